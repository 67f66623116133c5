"""Map of a chemical space: true clusters beside the groups of the headline setting."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from chemtag.paper.figures.style import (
    COLOURS,
    GREY,
    LIGHT,
    PAGE_MM,
    Mark,
    counted,
    largest_clusters,
    mark_handle,
    new_figure,
    point_size,
    sample_marks,
)

# Lines from stars to the middle of their group can be read up to this many stars.
TIED_STARS = 2000
OTHER = Mark("o", GREY)


def map_data(
    embedding: pd.DataFrame, cluster: pd.Series, groups: pd.DataFrame, recovered: pd.DataFrame
) -> pd.DataFrame:
    """Return the drawn data (contract figure_map), one row a star of the embedding.

    `cluster` gives the cluster of each member by star_id; `groups` are the rows of the headline
    setting; `recovered` is T2, whose columns group and cluster say which group recovers which
    cluster.
    """
    group = groups.set_index("star_id")["group"]
    first = recovered.sort_values(["group", "cluster"]).drop_duplicates("group")
    name = first.set_index("group")["cluster"]
    data = embedding[["star_id", "x", "y"]].copy()
    data["cluster"] = data["star_id"].map(cluster).fillna("").astype(object)
    data["group"] = data["star_id"].map(group).fillna(-1).astype(np.int64)
    data["recovers"] = data["group"].map(name).fillna("").astype(object)
    return data


def draw_map(data: pd.DataFrame, label: str, space: str, setting: str) -> Figure:
    """Draw truth | groups of the drawn data (contract figure_map)."""
    sizes = data.loc[data["cluster"] != "", "cluster"].value_counts()
    shown = largest_clusters(sizes)
    every = sample_marks(sizes)
    marks = {name: every[name] for name in shown}
    n_columns = 6
    rows = -(-(len(shown) + 2) // n_columns)
    figure = new_figure(PAGE_MM, 88 + 3.4 * rows)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    field = int((data["cluster"] == "").sum())
    n_groups = int(data.loc[data["group"] >= 0, "group"].nunique())
    n_noise = int((data["group"] < 0).sum())
    show_truth(left, data, marks)
    _draw_groups(right, data, marks)
    left.set_title(
        f"Truth: {counted(len(sizes), 'cluster')}, {counted(int(sizes.sum()), 'member')}, "
        f"{counted(field, 'field star')}"
    )
    right.set_title(f"Groups: {counted(n_groups, 'group')}, {counted(n_noise, 'noise star')}")
    for axes in (left, right):
        axes.set_xlabel("UMAP 1 (no unit)")
        axes.label_outer()
        axes.margins(0.03)
    left.set_ylabel("UMAP 2 (no unit)")
    figure.suptitle(f"{label}: {counted(len(data), 'star')}, space {space}, {setting}")
    figure.legend(
        handles=legend_of(marks, len(sizes) - len(shown), field > 0),
        loc="outside lower center",
        ncols=n_columns,
    )
    return figure


def show_truth(axes: Axes, data: pd.DataFrame, marks: dict[str, Mark]) -> None:
    """Field stars in grey, members by the mark of their cluster."""
    field = data[data["cluster"] == ""]
    axes.scatter(
        field["x"], field["y"], s=point_size(len(data)), c=LIGHT, lw=0, rasterized=True, zorder=1
    )
    for name, stars in data[data["cluster"] != ""].groupby("cluster", sort=True):
        mark = marks.get(str(name), OTHER)
        axes.scatter(
            stars["x"], stars["y"], s=11, marker=mark.marker, c=mark.colour, lw=0.25,
            edgecolors="white", zorder=3 if str(name) in marks else 2,
        )  # fmt: skip


def _draw_groups(axes: Axes, data: pd.DataFrame, marks: dict[str, Mark]) -> None:
    """Noise as grey dots, groups of small samples tied to their median, recovered ones marked."""
    noise = data[data["group"] < 0]
    axes.scatter(
        noise["x"], noise["y"], s=point_size(len(data)), c=LIGHT, lw=0, rasterized=True, zorder=1
    )
    many = len(data) > TIED_STARS
    for code, stars in data[data["group"] >= 0].groupby("group", sort=True):
        name = stars["recovers"].iloc[0]
        found = marks.get(name, OTHER) if name else None
        colour = found.colour if found else COLOURS[int(str(code)) % (len(COLOURS) - 1)]
        points = stars[["x", "y"]].to_numpy(float)
        middle = np.median(points, axis=0)
        ties = np.stack([np.broadcast_to(middle, points.shape), points], axis=1)
        if not many:
            axes.add_collection(
                LineCollection(list(ties), colors=colour, linewidths=0.35, alpha=0.6, zorder=1.5)
            )
        if found:
            axes.scatter(
                points[:, 0], points[:, 1], s=11, marker=found.marker, c=colour, lw=0.25,
                edgecolors="white", zorder=4,
            )  # fmt: skip
        else:
            axes.scatter(
                points[:, 0], points[:, 1], s=3 if many else 6, facecolors="none",
                edgecolors=colour, lw=0.5, zorder=2, rasterized=many,
            )  # fmt: skip


def legend_of(marks: dict[str, Mark], n_others: int, has_field: bool) -> list[Line2D]:
    handles = [mark_handle(mark, name) for name, mark in marks.items()]
    if n_others:
        handles.append(mark_handle(OTHER, f"{n_others} more clusters"))
    grey = mark_handle(Mark("o", LIGHT), "field | noise" if has_field else "noise (right)")
    open_circle = mark_handle(Mark("o", COLOURS[0]), "other group")
    open_circle.set_markerfacecolor("none")
    return [*handles, grey, open_circle]
