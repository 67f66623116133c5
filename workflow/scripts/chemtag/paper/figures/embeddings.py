"""Maps of one space side by side, and the warning against groups sought on a UMAP."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from chemtag.paper.figures.chemical_map import legend_of, show_truth
from chemtag.paper.figures.style import (
    COLOURS,
    COLUMN_MM,
    PAGE_MM,
    counted,
    interval_arms,
    largest_clusters,
    new_figure,
    sample_marks,
)

METHODS = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA"}
MEASURES = {
    "trustworthiness": "trustworthiness",
    "neighbours_kept": "neighbours kept",
    "seed_overlap": "seed to seed",
}
PANELS = {"n_groups": "Groups", "grouped": "Share in groups", "rf40": "RF40"}


def embeddings_data(maps: pd.DataFrame, cluster: pd.Series) -> pd.DataFrame:
    """Return the drawn data (contract figure_embeddings): the first run of each method.

    `cluster` gives the cluster of each member by star_id.
    """
    data = maps.loc[maps["run"] == 0, ["method", "star_id", "x", "y"]].reset_index(drop=True)
    data["cluster"] = data["star_id"].map(cluster).fillna("").astype(object)
    return data


def draw_embeddings(
    data: pd.DataFrame, quality: pd.DataFrame, members: pd.Series, label: str, space: str
) -> Figure:
    """Draw the truth on each map of the drawn data, with its quality (contract map_quality).

    `members` are the numbers of members of the clusters of the whole sample, which decide on the
    symbols, so that they are those of its other figures.
    """
    methods = [method for method in METHODS if method in set(data["method"])]
    stars = data[data["method"] == methods[0]]
    sizes = stars.loc[stars["cluster"] != "", "cluster"].value_counts()
    everyone = sample_marks(members)
    marks = {n: everyone[n] for n in largest_clusters(members) if n in sizes.index}
    rows = -(-(len(marks) + 1) // 6)
    figure = new_figure(PAGE_MM, 74 + 3.4 * rows)
    panels = figure.subplots(1, len(methods), squeeze=False)[0]
    for axes, method in zip(panels, methods, strict=True):
        show_truth(axes, data[data["method"] == method], marks)
        axes.set_title(METHODS[method])
        unit = "" if method == "pca" else " (no unit)"
        axes.set_xlabel(f"{METHODS[method]} 1{unit}")
        axes.set_ylabel(f"{METHODS[method]} 2{unit}")
        _say_quality(axes, quality[quality["method"] == method])
    field = int((stars["cluster"] == "").sum())
    figure.suptitle(
        f"{label}: {counted(int(sizes.sum()), 'member')} of {counted(len(sizes), 'cluster')}, "
        f"{counted(field, 'field star')}, space {space}"
    )
    handles = legend_of(marks, len(sizes) - len(marks), field > 0)[:-2]
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


def warning_data(warning: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract umap_warning): groups, stars in groups and RF40."""
    drawn = warning["score"].isin(PANELS) & (warning["coordinates"] != "difference")
    return warning[drawn].reset_index(drop=True)


def draw_warning(data: pd.DataFrame, label: str, n_stars: int, setting: str) -> Figure:
    """Draw what is found in the space and on the UMAP, for Gaussian and sample."""
    figure = new_figure(COLUMN_MM, 68)
    panels = figure.subplots(1, 3)
    places = {"space": 0.0, "umap": 1.0}
    kinds = (("gaussian", "structureless Gaussian", "o"), ("sample", "the sample", "s"))
    for axes, (score, words) in zip(panels, PANELS.items(), strict=True):
        part = data[data["score"] == score]
        for number, (kind, name, marker) in enumerate(kinds):
            rows = part[part["data"] == kind]
            if rows.empty:
                continue
            at = rows["coordinates"].map(places).to_numpy(float) + 0.12 * (2 * number - 1)
            axes.errorbar(
                at, rows["value"], interval_arms(rows["value"], rows["low"], rows["high"]),
                fmt=marker, ms=4, color=COLOURS[1 - number], lw=0.9, label=name,
            )  # fmt: skip
            if score == "rf40":
                axes.scatter(
                    at, rows["null_p95"], marker="_", s=40, c=COLOURS[6], lw=0.9,
                    label="95th percentile of null",
                )  # fmt: skip
        axes.set_title(words)
        axes.set_xlim(-0.5, 1.5)
        axes.set_xticks(list(places.values()), ["space", "UMAP"])
        top = float(np.nanmax([*part["high"], *part["value"]])) if len(part) else 1.0
        axes.set_ylim(0, 1.12 * top if score != "grouped" else 1.05)
    figure.suptitle(f"{label}: a warning, not a result\n{counted(n_stars, 'star')}, {setting}")
    found = [axes.get_legend_handles_labels() for axes in panels]
    by_name = {
        name: handle
        for handles, names in found
        for handle, name in zip(handles, names, strict=True)
    }
    figure.legend(by_name.values(), by_name.keys(), loc="outside lower center", ncols=2)
    return figure
