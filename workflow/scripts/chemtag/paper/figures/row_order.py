"""How far the groups of the package hdbscan depend on the order of the rows."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from chemtag.paper.figures.style import COLOURS, COLUMN_MM, DARK, GREY, new_figure

# column, words, and the least reach of the axis from order 0
PANELS = (
    ("percent_changed", "Stars that\nchange group (%)", 0.5),
    ("adjusted_rand_index", "Adjusted\nRand index", 0.01),
    ("n_groups", "Groups", 1.0),
)


def data(row_order: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_row_order) of a table row_order."""
    return row_order[["permutation", "n_groups", "adjusted_rand_index", "fraction_changed"]]


def draw(data: pd.DataFrame, label: str) -> Figure:
    """Draw the permutations of a sample, order 0 as open symbol."""
    rows = data.assign(percent_changed=100 * data["fraction_changed"])
    permuted = rows["permutation"] > 0
    changed = int((rows.loc[permuted, "fraction_changed"] > 0).sum())
    figure = new_figure(COLUMN_MM, 96)
    panels = figure.subplots(len(PANELS), 1, sharex=True)
    for axes, (column, words, least) in zip(panels, PANELS, strict=True):
        _draw_panel(axes, rows, column, least)
        axes.set_ylabel(words)
    panels[0].set_title(
        f"{label}: {changed} of {int(permuted.sum())} row orders\nchange the groups of hdbscan"
    )
    panels[-1].set_xlabel("Order of the rows (0: by identifier)")
    panels[-1].xaxis.set_major_locator(MaxNLocator(11, integer=True))
    figure.align_ylabels(panels)
    return figure


def _draw_panel(axes: Axes, rows: pd.DataFrame, column: str, least: float) -> None:
    x, y = rows["permutation"].to_numpy(), rows[column].to_numpy(float)
    axes.axhline(y[0], color=GREY, lw=0.8, ls="--", zorder=1)
    axes.vlines(x[1:], y[0], y[1:], color=GREY, lw=0.8, zorder=2)
    axes.plot(x[1:], y[1:], ls="", marker="o", ms=3.5, color=COLOURS[1], zorder=3)
    axes.plot(x[:1], y[:1], ls="", marker="o", ms=4.5, mfc="white", mec=DARK, zorder=3)
    low, high = np.fmin(y.min(), y[0] - least), np.fmax(y.max(), y[0] + least)
    slack = 0.1 * (high - low)
    if column == "percent_changed":
        low = 0.0
    elif column == "adjusted_rand_index":
        high = 1.0
    axes.set_ylim(low - slack, high + slack)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=column == "n_groups"))
