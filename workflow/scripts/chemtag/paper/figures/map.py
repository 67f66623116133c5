"""Map of a chemical space: true clusters beside the groups of the headline setting."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from chemtag.base.settings import setting_words
from chemtag.paper.figures.style import (
    COLOURS,
    LIGHT,
    OTHER,
    PAGE_MM,
    Mark,
    counted,
    highlighted,
    legend_of,
    new_figure,
    point_size,
    recovered_names,
    show_truth,
    space_words,
)
from chemtag.paper.tables import clusters_of

# Lines from stars to the middle of their group can be read up to this many stars.
TIED_STARS = 2000


def data(
    embedding: pd.DataFrame,
    truth: pd.DataFrame | None,
    groups: pd.DataFrame,
    table_groups: pd.DataFrame | None,
    setting: str,
) -> pd.DataFrame:
    """Return the drawn data (contract figure_map), one row a star of the embedding.

    `groups` holds the stars in groups of every setting: a star absent from those of `setting` is
    noise. `table_groups` is T2, whose columns group and cluster say which group recovers which
    cluster. A sample whose clusters are not known has neither it nor a truth.
    """
    cluster = clusters_of(truth)
    group = groups[groups["setting"] == setting].set_index("star_id")["group"]
    name: pd.Series = pd.Series(dtype=object)
    if table_groups is not None:
        first = table_groups.sort_values(["group", "cluster"]).drop_duplicates("group")
        name = first.set_index("group")["cluster"]
    drawn = embedding[["star_id", "x", "y"]].copy()
    drawn["cluster"] = drawn["star_id"].map(cluster).fillna("").astype(object)
    drawn["group"] = drawn["star_id"].map(group).fillna(-1).astype(np.int64)
    drawn["recovers"] = drawn["group"].map(name).fillna("").astype(object)
    drawn["recovered"] = drawn["cluster"].isin(recovered_names(table_groups))
    return drawn


def about(space: str, setting: str) -> dict[str, str]:
    """Return the meta of the drawn data."""
    return {"space": space, "setting": setting}


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return the counts of both halves of the map."""
    members, grouped = drawn["cluster"] != "", drawn["group"] >= 0
    if not members.any():
        return (
            f"{len(drawn):,} stars whose clusters are not known; "
            f"{drawn.loc[grouped, 'group'].nunique():,} groups with {grouped.sum():,} stars."
        )
    matched = drawn.loc[drawn["recovers"] != "", "recovers"].nunique()
    return (
        f"{len(drawn):,} stars: {members.sum():,} members of "
        f"{drawn.loc[members, 'cluster'].nunique()} clusters, {(~members).sum():,} field stars; "
        f"{drawn.loc[grouped, 'group'].nunique():,} groups with {grouped.sum():,} stars, of which "
        f"{matched} recover a cluster at 40 per cent."
    )


def draw(data: pd.DataFrame, label: str, space: str, setting: str) -> Figure:
    """Draw truth | groups of the drawn data."""
    sizes = data.loc[data["cluster"] != "", "cluster"].value_counts()
    marks = highlighted(sizes, data.loc[data["recovered"], "cluster"].unique())
    n_columns = 6
    rows = -(-(len(marks) + 3) // n_columns)
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
        if len(sizes)
        else f"Truth: not known of {counted(field, 'star')}"
    )
    right.set_title(f"Groups: {counted(n_groups, 'group')}, {counted(n_noise, 'noise star')}")
    for axes in (left, right):
        axes.set_xlabel("UMAP 1 (no unit)")
        axes.label_outer()
        axes.margins(0.03)
    left.set_ylabel("UMAP 2 (no unit)")
    figure.suptitle(
        f"{label}: {counted(len(data), 'star')}, {space_words(space)} space, "
        f"{setting_words(setting)}"
    )
    figure.legend(
        handles=legend_of(marks, len(sizes) - len(marks), field > 0 and len(sizes) > 0),
        loc="outside lower center",
        ncols=n_columns,
    )
    return figure


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
