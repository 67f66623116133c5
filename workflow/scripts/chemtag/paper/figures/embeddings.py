"""Maps of one space side by side: the true clusters on UMAP, t-SNE and PCA."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from chemtag.paper.figures.style import (
    PAGE_MM,
    counted,
    highlighted,
    legend_of,
    new_figure,
    recovered_names,
    show_truth,
    space_words,
)
from chemtag.paper.tables import clusters_of

METHODS = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA"}
MEASURES = {
    "trustworthiness": "trustworthiness",
    "neighbours_kept": "neighbours kept",
    "seed_overlap": "seed to seed",
}


def data(
    maps: pd.DataFrame, truth: pd.DataFrame | None, table_groups: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the drawn data (contract figure_embeddings): the first run of each method.

    `table_groups` is T2: its clusters are recovered.
    """
    drawn = maps.loc[maps["run"] == 0, ["method", "star_id", "x", "y", "placed"]]
    cluster = drawn["star_id"].map(clusters_of(truth)).fillna("").astype(object)
    # Members all; of the stars that were placed beside a map no field star.
    drawn = drawn.assign(cluster=cluster)[~drawn["placed"].astype(bool) | (cluster != "")]
    drawn = drawn.drop(columns="placed").reset_index(drop=True)
    drawn["recovered"] = drawn["cluster"].isin(recovered_names(table_groups))
    return drawn


def about(space: str) -> dict[str, str]:
    """Return the meta of the drawn data."""
    return {"space": space}


def draw(
    data: pd.DataFrame,
    map_quality: pd.DataFrame,
    embedding: pd.DataFrame,
    truth: pd.DataFrame | None,
    label: str,
    space: str,
) -> Figure:
    """Draw the truth on each map of the drawn data, with its quality (contract map_quality).

    `embedding` holds every star of the sample: the members of the whole sample decide on the
    symbols, so that they are those of its other figures.
    """
    cluster = embedding["star_id"].map(clusters_of(truth)).dropna()
    members = cluster[cluster != ""].value_counts()
    methods = [method for method in METHODS if method in set(data["method"])]
    stars = data[data["method"] == methods[0]]
    sizes = stars.loc[stars["cluster"] != "", "cluster"].value_counts()
    told = highlighted(members, stars.loc[stars["recovered"], "cluster"].unique())
    marks = {name: mark for name, mark in told.items() if name in sizes.index}
    rows = -(-(len(marks) + 1) // 6)
    figure = new_figure(PAGE_MM, 74 + 3.4 * rows)
    panels = figure.subplots(1, len(methods), squeeze=False)[0]
    for axes, method in zip(panels, methods, strict=True):
        show_truth(axes, data[data["method"] == method], marks)
        axes.set_title(METHODS[method])
        unit = "" if method == "pca" else " (no unit)"
        axes.set_xlabel(f"{METHODS[method]} 1{unit}")
        axes.set_ylabel(f"{METHODS[method]} 2{unit}")
        _say_quality(axes, map_quality[map_quality["method"] == method])
    field = int((stars["cluster"] == "").sum())
    figure.suptitle(
        f"{label}: {counted(int(sizes.sum()), 'member')} of {counted(len(sizes), 'cluster')}, "
        f"{counted(field, 'field star')}, {space_words(space)} space"
        if len(sizes)
        else f"{label}: {counted(field, 'star')}, clusters not known, {space_words(space)} space"
    )
    handles = legend_of(marks, len(sizes) - len(marks), field > 0)[:-2]
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=6)
    return figure


def _say_quality(axes: Axes, quality: pd.DataFrame) -> None:
    values = dict(zip(quality["measure"], quality["value"].to_numpy(dtype=float), strict=True))
    lines = [f"{words} {values[name]:.2f}" for name, words in MEASURES.items()]
    # Above the stars, so that words hide none of them.
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.24 * (high - low))
    axes.text(
        0.03, 0.975, "\n".join(lines), transform=axes.transAxes, ha="left", va="top", fontsize=6.5,
        zorder=6, path_effects=[withStroke(linewidth=1.5, foreground="white")],
    )  # fmt: skip
