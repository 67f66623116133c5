"""Separations of pairs of stars, within and between clusters and in the field."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    PAGE_MM,
    new_figure,
    say_nothing_to_show,
)


def data(pair_separations: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract pair_separations): the table of the sample."""
    return pair_separations


def draw(
    data: pd.DataFrame, doppelgangers: pd.DataFrame, label: str, space: str, scale: str
) -> Figure:
    """Draw histograms of pair separations and the doppelganger rates (contracts of both).

    Distances are those of `space`, which are in dex where its `scale` is raw.
    """
    unit = "dex" if scale == "raw" else ""
    figure = new_figure(PAGE_MM, 88)
    left, right = figure.subplots(1, 2)
    figure.suptitle(f"{label}: separations of pairs of stars")
    for axes, definition, words in (
        (left, "distance", f"Distance in the space {space} ({unit or 'no unit'})"),
        (right, "chi2", "Reduced $\\chi^2$ of the difference (no unit)"),
    ):
        rows = data[data["definition"] == definition]
        axes.set_xlabel(words)
        if rows.empty:
            say_nothing_to_show(axes, "errors are not given for every abundance")
            continue
        _draw_histograms(axes, rows, doppelgangers[doppelgangers["definition"] == definition])
        axes.set_ylabel("Share of the pairs per unit of ln(abscissa)")
    return figure


KINDS = (
    ("siblings", "members of one cluster", COLOURS[0]),
    ("members", "members of two clusters", COLOURS[1]),
    ("member_field", "member and field star", COLOURS[2]),
    ("field", "two field stars", COLOURS[3]),
)


def _draw_histograms(axes: Axes, bins: pd.DataFrame, rates: pd.DataFrame) -> None:
    chosen = rates[rates["weighting"].isin(["clusters", "pairs"])]
    for kind, words, colour in KINDS:
        part = bins[bins["pairs"] == kind].sort_values("low")
        if part.empty:
            continue
        edges = [*part["low"], part["high"].iloc[-1]]
        said = _rates_in_words(chosen[chosen["pairs"] == kind])
        name = ":\n".join([words, *said]) if said else words
        axes.stairs(part["density"], edges, color=colour, lw=1.1, label=name)
    axes.set_xscale("log")
    # room for the legend above the highest bin: its lines are as many as the kinds, twice
    lines = 1 + 2 * len(axes.get_legend_handles_labels()[1])
    axes.set_ylim(0, max(axes.get_ylim()[1], 1e-9) / max(1 - 0.05 * lines, 0.4))
    legend = axes.legend(loc="upper left", title="share closer than the median of siblings, 68 %")
    legend.set_alignment("left")


def _rates_in_words(rates: pd.DataFrame) -> list[str]:
    """One line with the rate of all pairs and of pairs of like [Fe/H], each with its interval."""
    said = []
    for matched, where in (("none", ""), ("fe_h", " at like [Fe/H]")):
        rows = rates.loc[rates["matched"] == matched, ["value", "low", "high"]].to_numpy(float)
        if len(rows) and np.isfinite(rows[0, 0]):
            value, low, high = 100 * rows[0]
            ends = f" ({low:.2g}–{high:.2g})" if np.isfinite(low + high) else ""
            said.append(f"{value:.2g}{ends} %{where}")
    return [", ".join(said)] if said else []
