"""Stability of groups over draws of the abundances within their errors."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from chemtag.paper.figures.style import (
    COLUMN_MM,
    DARK,
    GREY,
    counted,
    interval_arms,
    new_figure,
    say_nothing_to_show,
)

DISSOLVED, STABLE = 0.5, 0.75  # Hennig (2008) and Hennig (2007)


def data(group_stability: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_consensus) of a table group_stability."""
    names = {"jaccard_low": "low", "jaccard_high": "high"}
    shown = group_stability.rename(columns=names)
    return shown[["group", "n_stars", "jaccard", "low", "high", "membership"]]


def draw(data: pd.DataFrame, redraws: pd.DataFrame, label: str) -> Figure:
    """Draw each group's stability against its size; `redraws` counts the groups of each draw."""
    figure = new_figure(COLUMN_MM, 84)
    axes = figure.subplots()
    axes.set_ylim(-0.03, 1.03)
    axes.set_ylabel("Mean best Jaccard over the draws")
    axes.set_xlabel("Stars in the group")
    stable = int((data["jaccard"] > STABLE).sum())
    axes.set_title(
        f"{label}: {stable} of {counted(len(data), 'group')} stable,\n"
        f"{np.mean(redraws['n_groups'].tolist()):.1f} groups in a draw"
    )
    for level, style in ((DISSOLVED, "--"), (STABLE, "-")):
        axes.axhline(level, color=GREY, lw=0.8, ls=style, zorder=1)
    if data.empty:
        say_nothing_to_show(axes, "the headline setting finds no group")
        return figure
    scale = ScalarMappable(Normalize(0, 1), "cividis")
    sizes = data["n_stars"].to_numpy(float)
    logarithmic = bool(sizes.max() > 8 * sizes.min())
    x = apart(sizes, logarithmic)
    arms = interval_arms(data["jaccard"], data["low"], data["high"])
    axes.errorbar(
        x, data["jaccard"], yerr=arms, fmt="none", ecolor=GREY, elinewidth=0.5, capsize=0, zorder=2
    )
    colours = scale.to_rgba(np.nan_to_num(data["membership"].to_numpy(float)))
    axes.scatter(x, data["jaccard"], s=14, c=colours, edgecolors=DARK, linewidths=0.4, zorder=3)
    _size_axis(axes, sizes, logarithmic)
    figure.colorbar(scale, ax=axes, pad=0.02, fraction=0.05).set_label("Mean membership")
    return figure


def apart(sizes: np.ndarray, logarithmic: bool) -> np.ndarray:
    """Return abscissae: groups of one size stand side by side, within 0.35 stars or 4 % of it."""
    order = pd.Series(sizes)
    rank = order.groupby(sizes).cumcount().to_numpy()
    count = order.map(order.value_counts()).to_numpy()
    width = np.minimum(0.7, 0.1 * (count - 1))
    offset = width * (rank / np.maximum(count - 1, 1) - 0.5)
    return sizes * (1 + 0.11 * offset) if logarithmic else sizes + offset


def _size_axis(axes: Axes, sizes: np.ndarray, logarithmic: bool) -> None:
    if not logarithmic:
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        room = max(1.0, 0.04 * float(np.ptp(sizes)))  # for half a symbol
        axes.set_xlim(sizes.min() - room, sizes.max() + room)
        return
    axes.set_xscale("log")
    ticks = [t for p in range(7) for t in (10**p, 2 * 10**p, 5 * 10**p)]
    inside = [t for t in ticks if 0.8 * sizes.min() <= t <= 1.25 * sizes.max()]
    axes.set_xlim(0.8 * sizes.min(), 1.25 * sizes.max())
    step = 1 if len(inside) <= 7 else 3
    axes.set_xticks(inside[::step])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
