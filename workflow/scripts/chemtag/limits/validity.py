"""Internal validity of groups: what can be said of a partition without the truth.

*Relative validity*: the index of Moulavi et al. (2014, SDM, 839), read off the spanning tree of
mutual reachability as the package `hdbscan` does; of edges of one weight our tree has the shortest,
theirs the first by row, so values differ a little where min_samples is above 1. *DBCV*: the index
itself, by that package. *Silhouette* (Rousseeuw 1987), by scikit-learn, of the stars in groups.
"""

import warnings

import numpy as np
import numpy.typing as npt
from sklearn.metrics import silhouette_score

from chemtag.base.types import Floats
from chemtag.tag.density import (
    Metric,
    SpanningTree,
    as_euclidean,
    build_blocks,
    minimum_spanning_tree,
    neighbours_for,
)

DBCV_STARS = 1000
"""Most stars DBCV is computed for: it takes every pair of groups by itself."""
SILHOUETTE_STARS = 5000
"""Stars in groups the silhouette is an average over at most, a random sample of them."""


def spanning_trees(
    values: Floats, min_samples: list[int], metric: Metric
) -> dict[int, SpanningTree]:
    """Spanning tree of values (N, D) for each `min_samples`; none for the Manhattan metric.

    That tree comes from the package `hdbscan`, which gives its dendrogram but no stars of edges.
    """
    if metric == "manhattan" or len(values) < 3:
        return {}
    layout = build_blocks(as_euclidean(values, metric))
    lists = neighbours_for(layout, min_samples)
    return {samples: minimum_spanning_tree(layout, lists, samples) for samples in min_samples}


def relative_validity(tree: SpanningTree, groups: npt.NDArray[np.integer]) -> float:
    """Mean over all stars of the validity of their group, noise counting 0; NaN without groups.

    The validity of a group is (separation - sparseness) / max of both: its sparseness is the
    longest edge of the tree inside it, its separation the shortest edge to another group. A group
    with no such edge is set apart by twice the longest edge of the tree, a group alone by twice
    the shortest edge to a noise star.
    """
    sizes = np.bincount(groups[groups >= 0])
    if not len(sizes):
        return np.nan
    first, second, weight = groups[tree.first], groups[tree.second], tree.weight
    sparseness, separation = np.zeros(len(sizes)), np.full(len(sizes), np.inf)
    inside = (first == second) & (first >= 0)
    np.maximum.at(sparseness, first[inside], weight[inside])
    between = (first != second) & (first >= 0) & (second >= 0)
    for ends in (first, second):
        np.minimum.at(separation, ends[between], weight[between])
    to_noise = (first >= 0) != (second >= 0)
    alone = len(sizes) == 1 and to_noise.any()
    apart = 2 * float(weight[to_noise].min() if alone else weight.max())
    separation[np.isinf(separation)] = apart
    larger = np.maximum(separation, sparseness)
    each = np.divide(separation - sparseness, larger, out=np.zeros(len(sizes)), where=larger > 0)
    return float((sizes * each).sum() / len(groups))


def density_based_validity(
    values: Floats, groups: npt.NDArray[np.integer], metric: Metric
) -> float:
    """DBCV of groups (N,) of values (N, D); NaN with fewer than two groups or too many stars."""
    if len(values) > DBCV_STARS or groups.max(initial=-1) < 1:
        return np.nan
    from hdbscan.validity import validity_index

    points = values if metric == "manhattan" else as_euclidean(values, metric)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        name = "manhattan" if metric == "manhattan" else "euclidean"
        return float(validity_index(np.ascontiguousarray(points), groups.astype(int), metric=name))


def silhouette(
    values: Floats,
    groups: npt.NDArray[np.integer],
    metric: Metric,
    rng: np.random.Generator,
) -> float:
    """Mean silhouette of the stars in groups; NaN with fewer than two groups, or all singles."""
    grouped = np.flatnonzero(groups >= 0)
    if len(grouped) > SILHOUETTE_STARS:
        grouped = np.sort(rng.choice(grouped, SILHOUETTE_STARS, replace=False))
    codes = groups[grouped]
    if not 2 <= len(np.unique(codes)) < len(codes):
        return np.nan
    points = values if metric == "manhattan" else as_euclidean(values, metric)
    name = "manhattan" if metric == "manhattan" else "euclidean"
    return float(silhouette_score(points[grouped], codes, metric=name))
