"""What precision, how many elements and how few field stars recovery takes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from chemtag.paper.figures.style import (
    DARK,
    GREY,
    PAGE_MM,
    counted,
    interval_arms,
    new_figure,
    with_interval,
)

ROLES = (("oracle", "oracle"), ("headline", "headline"), ("scan_claims", "known width"))
"""Rows of panels. Of the tagger of known width there is what was tried (limits/forecast)."""
# Contours need as many values along both axes.
FINE = 3
LEVELS = np.arange(0, 1.01, 0.1)


def data(forecast: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract forecast): RF40 with errors of HDBSCAN and known width."""
    chosen = (forecast["score"] == "rf40") & (forecast["error_scale"] > 0)
    roles = [role for role, _ in ROLES]
    return forecast[chosen & forecast["role"].isin(roles)].reset_index(drop=True)


def about(forecast: pd.DataFrame) -> dict[Any, Any]:
    """Return the meta of the drawn data: that of the table, with recipe."""
    return dict(forecast.attrs)


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return the worst and the best cell of the headline among most field stars."""
    rows = drawn[(drawn["role"] == "headline") & (drawn["score"] == "rf40")]
    rows = rows[rows["n_field"] == rows["n_field"].max()].sort_values(["mean", "error_scale"])
    if rows.empty:
        return ""
    cells = [
        f"{with_interval(row['mean'], row['low'], row['high'])} with errors times "
        f"{row['error_scale']:g} and {row['n_elements']} elements"
        for row in (rows.iloc[0], rows.iloc[-1])
    ]
    most = f"{rows['n_field'].iloc[0]:,} field stars"
    return f"Among {most} the headline has from {' to '.join(cells)}."


def draw(data: pd.DataFrame, about: Mapping[Any, Any]) -> Figure:
    """Draw RF40 over the factor on errors and the field, a column for each number of elements.

    A fine grid has contours; a coarse one a curve for each number of field stars.
    """
    numbers = sorted(data["n_elements"].unique(), reverse=True)[:4]
    fine = min(data["error_scale"].nunique(), data.loc[data["n_field"] > 0, "n_field"].nunique())
    roles = [pair for pair in ROLES if (data["role"] == pair[0]).any()]
    figure = new_figure(PAGE_MM, 20 + 48 * len(roles))
    panels = figure.subplots(
        len(roles), max(len(numbers), 2), sharex=True, sharey=True, squeeze=False
    )
    filled = None
    for axes in panels.flat:
        axes.set_visible(False)
    for row, (role, words) in zip(panels, roles, strict=True):
        for axes, number in zip(row, numbers, strict=False):
            part = data[(data["n_elements"] == number) & (data["role"] == role)]
            if part.empty:
                continue
            axes.set_visible(True)
            axes.set_title(f"{words}, {counted(int(number), 'element')}")
            if fine >= FINE:
                filled = _draw_contours(axes, part)
            else:
                _draw_curves(axes, part, sorted(data["n_field"].unique()))
    _name_axes(panels, data, fine >= FINE)
    surveys = int(data["n_realisations"].max()) if len(data) else 0
    figure.suptitle(
        f"Recipe {about['recipe']}: {counted(surveys, 'simulated survey')} "
        "(errors × 1: S/N = 100; members known exactly)"
    )
    if filled is not None:
        bar = figure.colorbar(filled, ax=panels, pad=0.01, fraction=0.03, aspect=30)
        bar.set_label("RF40, mean of the surveys")
    else:
        handles, names = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=4)
    return figure


def _name_axes(panels: np.ndarray, data: pd.DataFrame, fine: bool) -> None:
    scales = sorted(data["error_scale"].unique())
    first = panels[0, 0]
    first.set_xscale("log")
    first.set_xlim(scales[0] / 1.15, scales[-1] * 1.15)
    first.set_xticks(scales, [f"{value:g}" for value in scales])
    first.xaxis.set_minor_locator(NullLocator())
    if fine:
        first.set_yscale("log")
        first.yaxis.set_minor_formatter(NullFormatter())
    else:
        first.set_ylim(-0.03, 1.03)
    for column in panels.T:
        shown = [axes for axes in column if axes.get_visible()]
        if shown:
            shown[-1].set_xlabel("Factor on all errors")
            shown[-1].tick_params(axis="x", labelbottom=True)
    for axes in panels[:, 0]:
        axes.set_ylabel("Field stars" if fine else "RF40")


def _draw_curves(axes: Axes, rows: pd.DataFrame, fields: list[int]) -> None:
    """A curve a number of field stars, with the 68 % interval of each mean."""
    colours = colormaps["viridis"](np.linspace(0, 0.85, len(fields)))
    for n_field, colour, marker in zip(fields, colours, "osD^vPX" * len(fields), strict=False):
        curve = rows[rows["n_field"] == n_field].sort_values("error_scale")
        axes.errorbar(
            curve["error_scale"], curve["mean"],
            interval_arms(curve["mean"], curve["low"], curve["high"]), fmt=marker, ls="-", ms=3.5,
            color=colour, lw=0.9, label=counted(int(n_field), "field star"),
        )  # fmt: skip
    axes.axhline(0.5, color=GREY, lw=0.6, ls=":")


def _draw_contours(axes: Axes, rows: pd.DataFrame) -> QuadContourSet:
    """Contours between the simulated cells (dots); without field stars a survey has no place."""
    wide = rows[rows["n_field"] > 0].pivot(index="n_field", columns="error_scale", values="mean")
    x, y = np.meshgrid(wide.columns.to_numpy(float), wide.index.to_numpy(float))
    filled = axes.contourf(x, y, wide.to_numpy(), LEVELS, cmap="cividis")
    lines = axes.contour(x, y, wide.to_numpy(), [0.5], colors="white", linewidths=1.2)
    axes.clabel(lines, fmt="%.1f", fontsize=6.5)
    axes.plot(x.ravel(), y.ravel(), ls="", marker=".", ms=2.5, color=DARK)
    return filled
