"""Abundance pattern of each cluster, relative to the mean of the sample."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from chemtag.paper.figures.style import (
    GREY,
    PAGE_MM,
    element_name,
    element_order,
    new_figure,
    ratio_words,
    sample_marks,
    say_nothing_to_show,
    solar_scale_label,
    solar_scale_words,
)

# Panels on one page; the clusters with most members are drawn.
PANELS = 36


def data(coherence: pd.DataFrame, elements: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_patterns) from the coherence of the sample."""
    names = ["cluster", "element", "n_stars", "mean", "mean_err", "scatter", "error"]
    middle = elements.set_index("element")["sample_mean"]
    drawn = coherence[names].rename(columns={"mean_err": "offset_err"})
    drawn["offset"] = drawn["mean"] - drawn["element"].map(middle).astype(float)
    return drawn.drop(columns="mean")


def about(elements: pd.DataFrame) -> dict[str, str]:
    """Return the meta of the drawn data."""
    return {"solar_scale": solar_scale_words(elements.attrs)}


def draw(
    data: pd.DataFrame,
    elements: pd.DataFrame,
    element_keys: list[str],
    label: str,
    about: Mapping[str, str],
) -> Figure:
    """Draw one panel a cluster: mean with scatter of each element, in order of `element_keys`."""
    order = element_order(list(elements["element"]), element_keys)
    sizes = data.groupby("cluster")["n_stars"].max()
    largest = sorted(sizes.index, key=lambda name: (-sizes[name], name))[:PANELS]
    first = data[data["element"] == ("fe_h" if "fe_h" in order else order[0])] if order else data
    rank = first.set_index("cluster")["offset"]
    names = sorted(largest, key=lambda name: (rank.get(name, np.inf), name))
    n_columns = min(4, max(len(names), 1))
    n_rows = max(-(-len(names) // n_columns), 1)
    figure = new_figure(PAGE_MM, max(22 * n_rows, 36) + 24)
    panels = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    marks = sample_marks(sizes)
    limit = _limit(data[data["cluster"].isin(names)])
    for axes, name in zip(panels.flat, names, strict=False):
        _draw_cluster(
            axes, data[data["cluster"] == name], order, marks[name].colour, marks[name].marker
        )
        axes.set_ylim(-1.15 * limit, 1.75 * limit)
        axes.text(
            0.03, 0.95, f"{name} ({sizes[name]})", transform=axes.transAxes, va="top", fontsize=6.5
        )
    for axes in panels.flat[max(len(names), 1) :]:
        axes.set_visible(False)
    for column in range(n_columns):
        last = max((r for r in range(n_rows) if r * n_columns + column < len(names)), default=0)
        panels[last, column].tick_params(labelbottom=True)
        panels[last, column].set_xticks(
            range(len(order)), [element_name(c) for c in order], rotation=90, fontsize=6
        )
    if not names:
        say_nothing_to_show(panels[0, 0], "no cluster member in the sample")
    some = f", {len(names)} largest of {len(sizes)} clusters" if len(sizes) > len(names) else ""
    figure.suptitle(
        f"{label}: mean abundances of clusters minus the mean of the sample{some}"
        + solar_scale_label(about["solar_scale"], "\n")
    )
    figure.supylabel(f"Δ{ratio_words(order)} (dex)", fontsize=7.5)
    _legend(figure)
    return figure


def _limit(data: pd.DataFrame) -> float:
    reach = data["offset"].abs() + data["scatter"].fillna(0.0)
    return float(np.nanmax(np.append(reach.to_numpy(float), 0.05)))


def _draw_cluster(
    axes: Axes, data: pd.DataFrame, order: list[str], colour: str, marker: str
) -> None:
    rows = data.set_index("element").reindex(order)
    x = np.arange(len(order))
    offset = rows["offset"].to_numpy(float)
    error = rows["error"].to_numpy(float)
    axes.fill_between(x, -error, error, color=GREY, alpha=0.35, lw=0, step="mid")
    axes.axhline(0, color=GREY, lw=0.5)
    axes.errorbar(
        x, offset, np.nan_to_num(rows["scatter"].to_numpy(float)), fmt=marker, ms=2.6, mew=0,
        color=colour, lw=0.6, capsize=0,
    )  # fmt: skip
    axes.plot(x, offset, color=colour, lw=0.4, alpha=0.6)
    axes.set_xlim(-0.7, len(order) - 0.3)
    axes.set_xticks(x, [])
    axes.tick_params(axis="x", length=1.5, top=False)


def _legend(figure: Figure) -> None:
    handles = [
        Line2D([], [], ls="", marker="o", ms=3, color="black", label="mean of the members"),
        Line2D([], [], color="black", lw=0.6, label="bar: scatter of the members (1 σ)"),
        Patch(fc=GREY, alpha=0.35, label="rms error used of one member"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
