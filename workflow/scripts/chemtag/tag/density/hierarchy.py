# mypy: allow-untyped-defs
"""From the spanning tree to the condensed cluster hierarchy.

`single_linkage` writes the tree as a dendrogram. `condense` walks it from the top: a component
that splits into at least two parts of `min_cluster_size` stars is replaced by them; otherwise it
goes on, and the stars of smaller parts fall out of it (Campello et al. 2013, section 4.2; McInnes
& Healy 2017, section 3.2). Density is lambda = 1 / distance.

All edges of one weight are removed *at once*, as Campello et al. (2013, algorithm 1) have it. Many
edges of a mutual-reachability tree weigh the same core distance; removing them one by one, as
published packages do, lets their accidental order, that is the order of the rows, decide what
counts as a split. Removed at once, the hierarchy depends only on the components at each level,
which are the same for every minimum spanning tree.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtag.base.compiled import compiled
from chemtag.tag.density.spanning_tree import SpanningTree, root_of

SPLIT_OFF = -2  # node inside a level that was already taken apart
INSIDE = -1.0  # lambda of a node whose stars are still in their cluster


class Linkage(NamedTuple):
    """The dendrogram of n stars: node i < n is star i, node n + t is made by merge t.

    `left`, `right` (n - 1,) int32 the nodes merged; `height` (n - 1,) float64 the distance, rising;
    `size` (2 n - 1,) int32 the stars below each node.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    height: NDArray[np.float64]
    size: NDArray[np.int32]


@dataclass(frozen=True)
class CondensedTree:
    """The cluster hierarchy for one `min_cluster_size`: n stars, c clusters, cluster 0 the root.

    `star_cluster` (n,) int32: the smallest cluster that holds the star; `star_density` (n,): lambda
    at which the star leaves it. By cluster (c,): `parent` (-1 for the root; always a lower number),
    `size` in stars and `birth` as lambda when it appears, `death` the largest lambda at which it
    loses stars, `stability` (Campello et al. 2013, equation 3), and its `n_children`, numbered on
    from `first_child`.
    """

    star_cluster: NDArray[np.int32]
    star_density: NDArray[np.float64]
    parent: NDArray[np.int32]
    size: NDArray[np.int32]
    birth: NDArray[np.float64]
    death: NDArray[np.float64]
    stability: NDArray[np.float64]
    first_child: NDArray[np.int32]
    n_children: NDArray[np.int32]
    min_cluster_size: int


def single_linkage(tree: SpanningTree) -> Linkage:
    """Return the dendrogram of a minimum spanning tree. Time O(n log n), memory 28 n bytes."""
    return _single_linkage(tree.first, tree.second, tree.weight)


def linkage_from_scipy(Z: ArrayLike) -> Linkage:
    """Return the dendrogram that scipy.cluster.hierarchy writes as (left, right, height, size)."""
    rows = np.asarray(Z, dtype=np.float64)
    size = np.ones(2 * len(rows) + 1, np.int32)
    size[len(rows) + 1 :] = rows[:, 3]
    return Linkage(
        rows[:, 0].astype(np.int32), rows[:, 1].astype(np.int32), rows[:, 2].copy(), size
    )


def condense(linkage: Linkage, min_cluster_size: int) -> CondensedTree:
    """Return the hierarchy of clusters of at least `min_cluster_size` stars.

    Time O(n), memory about 60 n bytes. Raises ValueError if `min_cluster_size` is below 2.
    """
    if min_cluster_size < 2:
        raise ValueError(f"min_cluster_size = {min_cluster_size}, expected at least 2")
    arrays = (np.require(a, requirements=["C", "W"]) for a in linkage)  # as in `as_points`
    return CondensedTree(*_condense(*arrays, min_cluster_size))


@compiled()
def _single_linkage(first, second, weight):
    n = len(weight) + 1
    left, right = np.empty(n - 1, np.int32), np.empty(n - 1, np.int32)
    size = np.ones(2 * n - 1, np.int32)
    parent, node_of = np.arange(n), np.arange(n)  # union-find over stars; dendrogram node of a root
    for t in range(n - 1):
        a, b = root_of(parent, first[t]), root_of(parent, second[t])
        left[t], right[t] = node_of[a], node_of[b]
        size[n + t] = size[left[t]] + size[right[t]]
        if size[left[t]] < size[right[t]]:
            a, b = b, a
        parent[b] = a
        node_of[a] = n + t
    return Linkage(left, right, weight.copy(), size)


@compiled()
def _parts(left, right, height, node, cluster, pending, parts):
    """Take a node apart at its height: fill `parts`, return their number.

    Nodes below it of the same height are taken apart with it and marked in `cluster`.
    """
    n = len(left) + 1
    level = height[node - n]
    pending[0], n_pending, n_parts = node, 1, 0
    while n_pending > 0:
        n_pending -= 1
        x = pending[n_pending]
        if x >= n and height[x - n] == level:
            cluster[x] = SPLIT_OFF
            pending[n_pending], pending[n_pending + 1] = left[x - n], right[x - n]
            n_pending += 2
        else:
            parts[n_parts] = x
            n_parts += 1
    return n_parts


@compiled()
def _condense(left, right, height, size, min_cluster_size):
    n = len(left) + 1
    most = 2 * (n // min_cluster_size) + 2
    cluster, density = np.full(2 * n - 1, -1, np.int32), np.full(2 * n - 1, INSIDE)
    parent, n_stars = np.full(most, -1, np.int32), np.full(most, n, np.int32)
    birth, death, stability = np.zeros(most), np.zeros(most), np.zeros(most)
    first_child, n_children = np.zeros(most, np.int32), np.zeros(most, np.int32)
    pending, parts = np.empty(n + 1, np.int64), np.empty(n + 1, np.int64)
    cluster[2 * n - 2], n_clusters = 0, 1
    for node in range(2 * n - 2, n - 1, -1):
        c = cluster[node]
        if c == SPLIT_OFF:
            continue
        if density[node] != INSIDE:  # it fell out whole: so did all below it
            for x in (left[node - n], right[node - n]):
                cluster[x], density[x] = c, density[node]
            continue
        level = 1.0 / height[node - n] if height[node - n] > 0 else np.inf
        n_parts = _parts(left, right, height, node, cluster, pending, parts)
        n_large = 0
        for x in parts[:n_parts]:
            n_large += size[x] >= min_cluster_size
        if n_large >= 2:
            first_child[c], n_children[c] = n_clusters, n_large
        leaving = 0
        for x in parts[:n_parts]:
            cluster[x] = c
            if size[x] < min_cluster_size:
                density[x] = level
                leaving += size[x]
            elif n_large >= 2:
                cluster[x] = n_clusters
                parent[n_clusters], n_stars[n_clusters] = c, size[x]
                birth[n_clusters] = level
                n_clusters += 1
                leaving += size[x]
        if leaving > 0:
            stability[c] += (level - birth[c]) * leaving
            death[c] = max(death[c], level)
    if n == 1:
        density[0] = 0.0
    m = n_clusters
    return (
        *(cluster[:n], density[:n], parent[:m], n_stars[:m], birth[:m], death[:m]),
        *(stability[:m], first_child[:m], n_children[:m], min_cluster_size),
    )
