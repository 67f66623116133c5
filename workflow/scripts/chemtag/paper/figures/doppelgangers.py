"""Separations of pairs of stars, within and between clusters and in the field."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from chemtag.paper.figures.style import (
    COLOURS,
    PAGE_MM,
    new_figure,
    say_nothing_to_show,
    space_words,
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
    without = " without places" if doppelgangers.attrs.get("not_in_chi2") else ""
    figure = new_figure(PAGE_MM, 92)
    left, right = figure.subplots(1, 2)
    figure.suptitle(f"{label}: separations of pairs of stars")
    for axes, definition, words in (
        (left, "distance", f"Distance in the {space_words(space)} space ({unit or 'no unit'})"),
        (right, "chi2", f"Reduced $\\chi^2$ of the difference{without} (no unit)"),
    ):
        rows = data[data["definition"] == definition]
        axes.set_xlabel(words)
        if rows.empty:
            say_nothing_to_show(axes, "errors are not given for every abundance")
            continue
        _draw_histograms(axes, rows, doppelgangers[doppelgangers["definition"] == definition])
        axes.set_ylabel("Share of pairs per ln(abscissa)")
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
        if not part["n_pairs"].sum():
            continue
        edges = [*part["low"], part["high"].iloc[-1]]
        said = _rates_in_words(chosen[chosen["pairs"] == kind])
        name = ":\n".join([words, *said]) if said else words
        axes.stairs(part["density"], edges, color=colour, lw=1.1, label=name)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    # Less than two decades need more than powers of ten, and room for each.
    steps = (1.0,) if high / low > 100 else (1.0, 2.0, 5.0) if high / low > 8 else (1, 1.5, 2, 3, 5)
    axes.xaxis.set_major_locator(LogLocator(10, subs=steps, numticks=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(0, 1.05 * max(axes.dataLim.y1, 1e-9))
    legend = axes.legend(
        loc="upper left", bbox_to_anchor=(0, -0.2), borderaxespad=0,
        title="share closer than the median of siblings, 68 %",
    )  # fmt: skip
    legend.set_alignment("left")


def _rates_in_words(rates: pd.DataFrame) -> list[str]:
    """One line with the rate of all pairs and of pairs of like [Fe/H], each with its interval."""
    said = []
    for matched, where in (("none", ""), ("fe_h", " at like [Fe/H]")):
        rows = rates.loc[rates["matched"] == matched, ["value", "low", "high"]].to_numpy(float)
        if len(rows) and np.isfinite(rows[0, 0]):
            value, low, high = 100 * rows[0]
            places = 0 if value >= 9.95 else 1 if value >= 0.095 else 2
            ends = f" ({low:.{places}f}–{high:.{places}f})" if np.isfinite(low + high) else ""
            said.append(f"{value:.{places}f}{ends} %{where}")
    return [", ".join(said)] if said else []
