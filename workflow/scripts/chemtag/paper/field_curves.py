"""RF40 against the number of field stars, for the figures that hide clusters among them."""

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from chemtag.paper.figures.style import (
    COLOURS,
    COLUMN_MM,
    DARK,
    PAGE_MM,
    interval_arms,
    new_figure,
)

ROLES = (
    ("bayes", "upper bound: all densities known", "D", ":", COLOURS[2]),
    ("detectable_claims", "detectability limit of the claims", "v", (0, (1, 2)), DARK),
    ("scan_claims", "tagger of known width, claims", "^", "-", COLOURS[4]),
    ("oracle", "HDBSCAN, oracle: best of the grid, by truth", "s", "--", COLOURS[1]),
    ("headline", "HDBSCAN, headline setting", "o", "-", COLOURS[0]),
)
# Field stars are drawn on a logarithmic axis that is linear below this number, to show 0.
LINEAR_BELOW = 100


def field_curves(forecast: pd.DataFrame) -> pd.DataFrame:
    """Return RF40 with errors of all roles (contract forecast), for the most elements."""
    n_elements = forecast.attrs["n_elements"]
    chosen = (
        (forecast["score"] == "rf40")
        & (forecast["n_elements"] == n_elements)
        & (forecast["error_scale"] > 0)
        & forecast["role"].isin([role for role, *_ in ROLES])
    )
    return forecast[chosen].reset_index(drop=True)


def draw_field_curves(data: pd.DataFrame, title: str) -> Figure:
    """Draw RF40 of bound, oracle and headline for each scale of the errors.

    `title` has a place {} for the number of realisations.
    """
    scales = sorted(data["error_scale"].unique(), reverse=True)
    figure = new_figure(PAGE_MM if len(scales) > 1 else COLUMN_MM, 78)
    columns = min(len(scales), 3)
    rows = -(-len(scales) // columns)
    figure.set_size_inches(figure.get_size_inches()[0], (52 * rows + 22) / 25.4)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, scale in zip(panels.flat, scales, strict=False):
        part = data[data["error_scale"] == scale]
        if len(scales) > 1:
            axes.set_title(f"errors × {scale:g}")
        for role, words, marker, line, colour in ROLES:
            curve = part[part["role"] == role].sort_values("n_field")
            if curve.empty:
                continue
            _draw_curve(axes, curve, words, marker, line, colour)
        _mark_break(axes)
    for axes in panels.flat[len(scales) :]:
        axes.set_visible(False)
    axes = panels[0, 0]
    axes.set_xscale("symlog", linthresh=LINEAR_BELOW, linscale=0.4)
    axes.set_xlim(-15, max(data["n_field"].max() * 1.5, 2 * LINEAR_BELOW))
    ticks = [0, *(10**k for k in range(2, 7) if 10**k <= data["n_field"].max() * 1.5)]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylim(-0.03, 1.03)
    for axes in panels[:, 0]:
        axes.set_ylabel("RF40")
    for axes in panels[-1]:
        axes.set_xlabel("Field stars")
    number = int(data["n_realisations"].max()) if len(data) else 0
    width = 90 if len(scales) > 1 else 42
    figure.suptitle(textwrap.fill(title.format(number), width))
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3 if len(scales) > 1 else 1)
    return figure


def _draw_curve(
    axes: Axes, curve: pd.DataFrame, words: str, marker: str, line: Any, colour: str
) -> None:
    """Symbols with the interval of the mean and the scatter between surveys.

    No line crosses the break: the point without field stars stands alone.
    """
    axes.errorbar(
        curve["n_field"], curve["mean"],
        interval_arms(curve["mean"], curve["low"], curve["high"]), fmt=marker, ls="none",
        ms=3.5, color=colour, lw=0.9, label=words,
    )  # fmt: skip
    beyond = curve[curve["n_field"] > 0]
    axes.plot(beyond["n_field"], beyond["mean"], ls=line, color=colour, lw=0.9)
    axes.fill_between(
        beyond["n_field"], np.clip(beyond["mean"] - beyond["sd"], 0, 1),
        np.clip(beyond["mean"] + beyond["sd"], 0, 1), color=colour, alpha=0.12, lw=0,
    )  # fmt: skip


def _mark_break(axes: Axes) -> None:
    """Two strokes across each horizontal edge where the axis goes from linear to logarithmic."""
    for edge in (0, 1):
        for at in (0.42, 0.52):
            axes.plot(
                [at * LINEAR_BELOW], [edge], ls="", marker=(2, 0, -30), ms=7, color="black",
                mew=0.8, transform=axes.get_xaxis_transform(), clip_on=False, zorder=5,
            )  # fmt: skip
