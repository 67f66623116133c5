"""What other elements would bring: field stars at which half of the clusters are recovered."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from chemtag.base.settings import PLANNED
from chemtag.paper.figures.style import COLOURS, PAGE_MM, counted, new_figure

PANELS = (
    ("oracle", "HDBSCAN, best setting of the grid"),
    ("known_width", "Tagger of known width"),
)
STYLES = ("-", "--", "-.", ":")


def data(planner_elements: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract planner_elements): the roles of the two panels."""
    drawn = planner_elements[planner_elements["role"].isin([role for role, _ in PANELS])]
    return drawn.reset_index(drop=True)


def about(planner_elements: pd.DataFrame) -> dict[Any, Any]:
    """Return the meta of the drawn data: that of the table, with recipe and sets of elements."""
    return dict(planner_elements.attrs)


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return, for each set, the field stars at one half with the least errors of known width."""
    rows = drawn[(drawn["role"] == PANELS[-1][0]) & np.isfinite(drawn["n_field"])]
    said = []
    for name in _in_order(rows):
        row = rows[rows["element_set"] == name].sort_values("error_scale").iloc[0]
        ends = f" ({row['low']:,.0f} to {row['high']:,.0f})" if np.isfinite(row["low"]) else ""
        value = f"{row['n_field']:,.0f}{ends}"
        said.append(f"{_words(row)} {value} field stars with errors times {row['error_scale']:.2g}")
    if not said:
        return f"{PANELS[-1][1]}, half of the clusters nowhere in the plane."
    return f"{PANELS[-1][1]}, half of the clusters among: {'; '.join(said)}."


def draw(data: pd.DataFrame, about: Mapping[str, Any]) -> Figure:
    """Draw the contour of one half of each set of elements for both taggers, 68 % intervals."""
    figure = new_figure(PAGE_MM, 88)
    panels = figure.subplots(1, len(PANELS), sharex=True, sharey=True)
    for axes, (role, words) in zip(panels, PANELS, strict=True):
        rows = data[data["role"] == role]
        for number, name in enumerate(_in_order(data)):
            _draw_set(axes, rows[rows["element_set"] == name], number)
        axes.set_title(words)
        axes.set_xlabel("Factor on all errors (× 1: S/N = 100)")
    _name_axes(panels[0], data)
    figure.suptitle(f"Recipe {about['recipe']}: field stars at which RF40 is 0.5")
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return figure


def _in_order(data: pd.DataFrame) -> list[str]:
    """Names of the sets, the planned one first."""
    return sorted(data["element_set"].unique(), key=lambda name: (name != PLANNED, name))


def _words(row: Mapping[Any, Any]) -> str:
    name = "as planned" if row["element_set"] == PLANNED else row["element_set"]
    return f"{name} ({counted(int(row['n_elements']), 'element')})"


def _draw_set(axes: Axes, rows: pd.DataFrame, number: int) -> None:
    """One contour; where it or an end lies outside the plane, it is left out."""
    rows = rows.sort_values("error_scale")
    colour, style = COLOURS[number % len(COLOURS)], STYLES[number % len(STYLES)]
    inside = rows[np.isfinite(rows[["low", "high"]]).all(axis=1)]
    axes.fill_between(
        inside["error_scale"], inside["low"], inside["high"], color=colour, alpha=0.2, lw=0
    )
    axes.plot(
        rows["error_scale"], rows["n_field"], color=colour, ls=style, lw=1.4,
        label=_words(rows.to_dict("records")[0]),
    )  # fmt: skip


def _name_axes(axes: Axes, data: pd.DataFrame) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    least, most = data["error_scale"].min(), data["error_scale"].max()
    axes.set_xlim(least, most)
    shown = [tick for tick in (0.1, 0.2, 0.5, 1, 2) if least <= tick <= most]
    axes.set_xticks(shown, [f"{value:g}" for value in shown])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("Field stars")
