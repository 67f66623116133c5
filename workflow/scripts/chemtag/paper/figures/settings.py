"""In how many settings of the grid each cluster comes back."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from chemtag.paper.figures.style import (
    COLOURS,
    GREY,
    PAGE_MM,
    counted,
    largest_clusters,
    new_figure,
    space_words,
)
from chemtag.paper.tables import SIGNIFICANT
from chemtag.score.matching import RECOVERED


def data(table_settings: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract table_settings): T4 of the sample."""
    return table_settings


def draw(data: pd.DataFrame, label: str, spaces: list[str]) -> Figure:
    """Draw T4 (contract table_settings): a bar a cluster, a panel a space.

    Where no setting of any space recovers a cluster there is no bar to draw: then it is the largest
    match of each cluster, which says how far from recovery the best of the grid stays.
    """
    sizes = data.drop_duplicates("cluster").set_index("cluster")["n_members"]
    names = largest_clusters(sizes)
    once = set(data.loc[data["n_recovered_40"] > 0, "cluster"])
    recovered = once & set(names)
    none = len(names) > 0 and not recovered
    shown = recovered or set(names)
    order = sorted(shown, key=lambda name: (-sizes[name], name))
    figure = new_figure(PAGE_MM, max(3.4 * len(order), 20) + 32)
    panels = figure.subplots(1, len(spaces), sharey=True, sharex=True, squeeze=False)[0]
    figure.suptitle(f"{label}: {_title(len(sizes), names, once)}")
    for axes, space in zip(panels, spaces, strict=True):
        of_space = data[data["space"] == space]
        rows = of_space.set_index("cluster").reindex(order).dropna(subset=["n_settings"])
        (_draw_matches if none else _draw_space)(axes, rows, order)
        n_settings = of_space["n_settings"].max()
        axes.set_title(
            f"{space_words(space)} space"
            + (f", {n_settings:.0f} settings" if n_settings > 0 else "")
        )
        if order:
            axes.set_xlabel("Largest match of all settings" if none else "Share of the settings")
    panels[0].set_yticks(range(len(order)), [f"{name} ({sizes[name]})" for name in order])
    panels[0].set_ylim(max(len(order), 1) - 0.4, -0.6)
    panels[0].set_xlim(0, 1)
    for axes in panels:
        axes.tick_params(axis="y", length=0)
    handles = _legend_of_matches() if none else _legend()
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def _title(n_clusters: int, names: Collection[str], once: set[str]) -> str:
    """Say what is drawn of how many clusters, and how many of those named no setting recovers."""
    some = f", {len(names)} largest of {n_clusters} clusters" if n_clusters > len(names) else ""
    n_never = len(set(names) - once)
    if names and n_never == len(names):
        which = "one of these" if once else "a cluster"
        return f"no setting recovers {which}; largest match of each{some}"
    never = f"\nnot drawn: {counted(n_never, 'cluster')} that no setting recovers"
    return f"settings that recover each cluster{some}" + (never if n_never else "")


def _draw_matches(axes: Axes, rows: pd.DataFrame, order: list[str]) -> None:
    at = [order.index(name) for name in rows.index]
    axes.axvline(RECOVERED, color="black", lw=0.8, ls="--")
    axes.plot(
        rows["best_match"].to_numpy(float), at,
        ls="", marker="o", ms=3.5, c=COLOURS[0], clip_on=False, zorder=3,
    )  # fmt: skip
    axes.set_axisbelow(True)
    axes.grid(axis="x", color=GREY, lw=0.3, alpha=0.6)


def _draw_space(axes: Axes, rows: pd.DataFrame, order: list[str]) -> None:
    if rows.empty or not (rows["n_recovered_40"] > 0).any():
        axes.text(0.5, 0.5, "no cluster is recovered", ha="center", transform=axes.transAxes)
        return
    at = [order.index(name) for name in rows.index]
    settings = rows["n_settings"].to_numpy(float)
    shares = {name: rows[name].to_numpy(float) / settings for name in (
        "n_recovered_40", "n_significant", "n_recovered_70")}  # fmt: skip
    axes.barh(at, shares["n_recovered_40"], 0.74, fc="white", ec=COLOURS[0], lw=0.7)
    axes.barh(at, shares["n_significant"], 0.74, fc=COLOURS[0], alpha=0.45, lw=0)
    axes.barh(at, shares["n_recovered_70"], 0.34, fc=COLOURS[1], lw=0)
    found = rows["headline_40"].to_numpy(bool)
    axes.plot(
        np.full(found.sum(), 0.975), np.asarray(at)[found], ls="", marker="*", ms=4.5, color="black"
    )
    axes.set_axisbelow(True)
    axes.grid(axis="x", color=GREY, lw=0.3, alpha=0.6)


def _legend_of_matches() -> list[Line2D]:
    return [
        Line2D([], [], ls="", marker="o", ms=3.5, color=COLOURS[0],
               label="best of the settings, chosen with the truth"),
        Line2D([], [], ls="--", lw=0.8, color="black", label="recovered at 40 % from here on"),
    ]  # fmt: skip


def _legend() -> list[Patch | Line2D]:
    return [
        Patch(fc="white", ec=COLOURS[0], lw=0.7, label="recovered at 40 %"),
        Patch(fc=COLOURS[0], alpha=0.45, lw=0, label=f"of these above chance (p < {SIGNIFICANT})"),
        Patch(fc=COLOURS[1], lw=0, label="recovered at 70 %"),
        Line2D([], [], ls="", marker="*", ms=5, color="black", label="by the headline setting"),
    ]
