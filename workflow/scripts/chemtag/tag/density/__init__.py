"""Exact HDBSCAN* for abundance spaces of 5 to 40 dimensions.

    build_blocks -> nearest_neighbours -> minimum_spanning_tree -> single_linkage -> condense
    -> extract

Each stage is a pure function whose result can be stored and shared between settings;
`cluster_grid` does the sharing. The algorithm is that of Campello, Moulavi & Sander (2013) and
Campello et al. (2015), with the words of McInnes & Healy (2017).

Names are loaded on first use: a program that does not cluster never imports the compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chemtag.tag.density.blocks import Blocks, as_points, build_blocks
    from chemtag.tag.density.extraction import Groups, Method, extract
    from chemtag.tag.density.grid import (
        Clustering,
        cluster,
        cluster_grid,
        neighbours_for,
        predicted_memory,
    )
    from chemtag.tag.density.hierarchy import CondensedTree, Linkage, condense, single_linkage
    from chemtag.tag.density.metrics import Metric, as_euclidean, mahalanobis_map
    from chemtag.tag.density.neighbours import Neighbours, core_distances, nearest_neighbours
    from chemtag.tag.density.reference import (
        RowOrderSensitivity,
        fraction_changed,
        manhattan_linkage,
        reference_cluster,
        row_order_sensitivity,
    )
    from chemtag.tag.density.spanning_tree import SpanningTree, minimum_spanning_tree

_HOME = {
    **dict.fromkeys(("Blocks", "as_points", "build_blocks"), "blocks"),
    **dict.fromkeys(("Groups", "Method", "extract"), "extraction"),
    **dict.fromkeys(("Clustering", "cluster", "cluster_grid"), "grid"),
    **dict.fromkeys(("neighbours_for", "predicted_memory"), "grid"),
    **dict.fromkeys(("CondensedTree", "Linkage", "condense", "single_linkage"), "hierarchy"),
    **dict.fromkeys(("Metric", "as_euclidean", "mahalanobis_map"), "metrics"),
    **dict.fromkeys(("Neighbours", "core_distances", "nearest_neighbours"), "neighbours"),
    **dict.fromkeys(("RowOrderSensitivity", "fraction_changed"), "reference"),
    **dict.fromkeys(
        ("manhattan_linkage", "reference_cluster", "row_order_sensitivity"), "reference"
    ),
    **dict.fromkeys(("SpanningTree", "minimum_spanning_tree"), "spanning_tree"),
}

__all__ = [
    "Blocks",
    "Clustering",
    "CondensedTree",
    "Groups",
    "Linkage",
    "Method",
    "Metric",
    "Neighbours",
    "RowOrderSensitivity",
    "SpanningTree",
    "as_euclidean",
    "as_points",
    "build_blocks",
    "cluster",
    "cluster_grid",
    "condense",
    "core_distances",
    "extract",
    "fraction_changed",
    "mahalanobis_map",
    "manhattan_linkage",
    "minimum_spanning_tree",
    "nearest_neighbours",
    "neighbours_for",
    "predicted_memory",
    "reference_cluster",
    "row_order_sensitivity",
    "single_linkage",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
