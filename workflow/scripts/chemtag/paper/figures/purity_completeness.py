"""Best match of each cluster in the plane of purity and completeness."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from chemtag.paper.figures.style import (
    COLUMN_MM,
    DARK,
    GREY,
    Mark,
    counted,
    new_figure,
    place_labels,
    sample_marks,
    say_nothing_to_show,
)
from chemtag.paper.tables import SIGNIFICANT
from chemtag.score.matching import THRESHOLDS

# Purity and completeness end at 1; the rest is room for half a symbol.
EDGE = 1.03


def data(table_clusters: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data: eligible clusters of T1 with a member in any group."""
    shown = table_clusters[table_clusters["eligible"] & (table_clusters["best_group"] >= 0)]
    names = ["cluster", "n_members", "purity", "completeness", "recovered_40"]
    return shown[[*names, "p_value", "q_value"]].reset_index(drop=True)


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return the clusters that are recovered, by name."""
    names = drawn.loc[drawn["recovered_40"].astype(bool), "cluster"].tolist()
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    named = f": {shown}" if names else ""
    some = f"{len(names)} of the {len(drawn)} clusters with a member in a group"
    return f"{some} are recovered{named}."


def draw(data: pd.DataFrame, table_clusters: pd.DataFrame, label: str) -> Figure:
    """Draw the best matches of the eligible clusters; `table_clusters` is T1 of the sample."""
    n_eligible = int(table_clusters["eligible"].sum())
    figure = new_figure(COLUMN_MM, 92)
    axes = figure.subplots()
    axes.set_xlim(-0.03, EDGE)
    axes.set_ylim(-0.03, EDGE)
    _draw_thresholds(axes)
    axes.set_xlabel("Completeness (share of the cluster in its best group)")
    axes.set_ylabel("Purity (share of the group in the cluster)")
    axes.set_aspect("equal")
    axes.set_xticks(np.arange(0, 1.01, 0.2))
    axes.set_yticks(np.arange(0, 1.01, 0.2))
    hidden = n_eligible - len(data)
    n_found = int(data["recovered_40"].sum())
    axes.set_title(
        f"{label}: {n_found} of {counted(n_eligible, 'cluster')} recovered at 40 %"
        + (f",\n{counted(hidden, 'cluster')} without a member in any group" if hidden else "")
    )
    sizes = [4, 10, 30]
    if data.empty:
        say_nothing_to_show(axes, "no eligible cluster has a member in a group")
    else:
        _draw_clusters(axes, data, sample_marks(table_clusters.set_index("cluster")["n_members"]))
    figure.legend(handles=_legend(sizes), loc="outside lower center", ncols=3)
    if not data.empty:
        _label_recovered(axes, data)
    return figure


def _draw_thresholds(axes: Axes) -> None:
    for level, style in zip(THRESHOLDS, ("--", "-"), strict=True):
        axes.plot([level, level, EDGE], [EDGE, level, level], color=GREY, lw=0.8, ls=style)
        axes.text(
            EDGE - 0.01, level - 0.008, f"{level:.0%}".replace("%", " %"), ha="right", va="top",
            color=DARK, fontsize=6.5,
        )  # fmt: skip


def area(n_members: np.ndarray | list[int]) -> np.ndarray:
    """Return the area of a symbol in points squared, linear in the number of members."""
    return np.clip(6.0 + 2.2 * np.asarray(n_members, dtype=float), 12.0, 120.0)


def apart(data: pd.DataFrame, step: float = 0.035) -> np.ndarray:
    """Return drawing positions (n, 2): clusters at the same place stand in a stack on it.

    The stack is vertical, so that a completeness on a line of recovery stays on it, unless a symbol
    would cross such a line or the edge; where every direction does, the symbols stay on each other.
    """
    points = data[["completeness", "purity"]].to_numpy(float, copy=True)
    for rows in places_of_several(points):
        for direction in ((0, 1), (0, -1), (-1, 0), (1, 0)):
            places = points[rows[0]] + step * np.outer(np.arange(len(rows)), direction)
            inside = ((places > -0.02) & (places <= 1.0 + 1e-9)).all()
            side = np.sign(np.round(places[:, :, None] - np.array(THRESHOLDS), 9))
            if inside and (side == side[0]).all():
                points[rows] = places
                break
    return points


def places_of_several(points: np.ndarray) -> list[list[int]]:
    """Return the rows of each place (n, 2) that several clusters share, in the order of places."""
    keys = [tuple(p) for p in np.round(points, 6)]
    shared = [[i for i, k in enumerate(keys) if k == key] for key in sorted(set(keys))]
    return [rows for rows in shared if len(rows) > 1]


def _draw_clusters(axes: Axes, data: pd.DataFrame, marks: dict[str, Mark]) -> None:
    points = apart(data)
    _draw_stacks(axes, data[["completeness", "purity"]].to_numpy(float), points)
    for row, (x, y) in zip(data.to_dict("records"), points, strict=True):
        mark = marks[row["cluster"]]
        filled = row["q_value"] < SIGNIFICANT
        axes.scatter(
            x, y, s=float(area([row["n_members"]])[0]), marker=mark.marker, lw=0.7,
            facecolors=mark.colour if filled else "white", edgecolors=mark.colour, zorder=3,
        )  # fmt: skip


def _draw_stacks(axes: Axes, places: np.ndarray, points: np.ndarray) -> None:
    """A line along each stack from the place that its clusters share; `× 3` where none stands."""
    for rows in places_of_several(places):
        stack = points[rows]
        if (stack == stack[0]).all():
            axes.annotate(
                f"× {len(rows)}", stack[0], xytext=(4, 3), textcoords="offset points",
                fontsize=6.5, color=DARK,
            )  # fmt: skip
        else:
            axes.plot(*stack.T, color=GREY, lw=0.6, zorder=2)


def _label_recovered(axes: Axes, data: pd.DataFrame) -> None:
    points = apart(data)
    chosen = data["recovered_40"].to_numpy(bool)
    order = np.lexsort((data["cluster"].to_numpy(str)[chosen], -points[chosen].sum(axis=1)))
    names = data["cluster"].to_numpy(str)[chosen][order]
    symbols = np.sqrt(area(data["n_members"].to_numpy()))
    place_labels(axes, points[chosen][order], list(names), points, symbols)


def _legend(sizes: list[int]) -> list[Line2D]:
    handles = [
        Line2D([], [], ls="", marker="o", mfc=face, mec=DARK, mew=0.7, ms=4, label=words)
        for face, words in ((DARK, r"$p_\mathrm{FDR} < 0.05$"), ("white", "not significant"))
    ]
    return handles + [
        Line2D(
            [], [], ls="", marker="o", mfc="white", mec=DARK, mew=0.7,
            ms=float(np.sqrt(area([n])[0])), label=f"{n} members",
        )
        for n in sizes
    ]  # fmt: skip
