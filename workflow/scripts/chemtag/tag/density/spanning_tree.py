# mypy: allow-untyped-defs
"""The exact minimum spanning tree of mutual reachability, by Boruvka's algorithm.

The mutual reachability of two stars is the largest of their distance and their two core distances
(Campello et al. 2013, definition 4; McInnes & Healy 2017, section 3.1). Boruvka: in each round
every component takes the least edge that leaves it, and components so joined merge. Three things
make rounds cheap: the lists of nearest neighbours answer most searches; the largest component never
searches (the least edges of the others belong to the tree by the cut property all the same); and
what remains asks the blocks, bounded by the best edge its component has already found.

Edges are ranked by (mutual reachability, distance, lower row, higher row). The order is total, so
the tree is unique: it depends on neither threads nor blocks nor the length of the lists.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import prange
from numpy.typing import NDArray

from chemtag.base.compiled import compiled
from chemtag.tag.density.blocks import Blocks
from chemtag.tag.density.neighbours import Neighbours, core_distances, search_arrays
from chemtag.tag.density.search import nearest_foreign


@dataclass(frozen=True)
class SpanningTree:
    """The n - 1 edges in rising rank: rows `first` < `second`, `weight` mutual reachability."""

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    weight: NDArray[np.float64]


@dataclass
class _Edges:
    """The best edge of each star or component: weight, length (plain distance), its two ends."""

    weight: NDArray[np.float64]
    length: NDArray[np.float64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]

    @classmethod
    def none(cls, n: int) -> "_Edges":
        return cls(np.full(n, np.inf), np.full(n, np.inf), np.full(n, -1), np.full(n, -1))


def minimum_spanning_tree(layout: Blocks, neighbours: Neighbours, min_samples: int) -> SpanningTree:
    """Return the minimum spanning tree of mutual reachability of n stars.

    `neighbours` are the lists of the same points, at least `min_samples` long (longer lists spare
    searches: 16 is a good least length). At most log2(n) rounds of O(n k) each, plus searches.
    Raises ValueError if the lists are too short.
    """
    n = len(layout.points)
    core = core_distances(neighbours, min_samples)
    lists = Neighbours(  # writeable, as in `as_points`
        np.require(neighbours.distances, np.float64, ["C", "W"]),
        np.require(neighbours.indices, np.int32, ["C", "W"]),
    )
    component, parent = np.arange(n), np.arange(n)
    leaf_component = np.full(len(layout.starts) - 1, -1)
    leaf_core = np.minimum.reduceat(core[layout.order], layout.starts[:-1])
    tree = _Edges.none(n - 1)
    passed = np.zeros(n, np.int32)
    done, largest = 0, -1
    while done < n - 1:
        own, unsure = _least_listed_edges(lists, core, component, largest, passed)
        best = _Edges.none(n)
        _least_by_component(component, own, best)
        for stars in _batches(unsure, lists, component, best):
            found = _search(layout, stars, component, leaf_component, core, leaf_core, best)
            _least_by_component(component, found, best)
        done = _join(
            parent,
            *(best.weight, best.length, best.source, best.target),
            *(tree.weight, tree.length, tree.source, tree.target),
            done,
        )
        largest = _relabel(parent, component)
        _label_leaves(component, layout.order, layout.starts, leaf_component)
    first = np.minimum(tree.source, tree.target).astype(np.int32)
    second = np.maximum(tree.source, tree.target).astype(np.int32)
    rank = np.lexsort((second, first, tree.length, tree.weight))
    return SpanningTree(first[rank], second[rank], tree.weight[rank])


def _least_listed_edges(
    neighbours: Neighbours,
    core: NDArray[np.float64],
    component: NDArray[np.int64],
    largest: int,
    passed: NDArray[np.int32],
) -> tuple[_Edges, NDArray[np.int64]]:
    """Return the least leaving edge in each star's list, and stars whose list proves nothing."""
    n = len(core)
    edges = _Edges(np.empty(n), np.empty(n), np.arange(n), np.empty(n, np.int64))
    unsure = np.empty(n, np.bool_)
    _scan_lists(
        neighbours.distances,
        neighbours.indices,
        core,
        component,
        largest,
        passed,
        edges.weight,
        edges.length,
        edges.target,
        unsure,
    )
    return edges, np.flatnonzero(unsure)


def _least_by_component(component: NDArray[np.int64], edges: _Edges, best: _Edges) -> None:
    """Lower `best`, by component, to the least of `edges`."""
    _reduce(
        component,
        *(edges.weight, edges.length, edges.source, edges.target),
        *(best.weight, best.length, best.source, best.target),
    )


def _batches(
    unsure: NDArray[np.int64],
    neighbours: Neighbours,
    component: NDArray[np.int64],
    best: _Edges,
) -> Iterator[NDArray[np.int64]]:
    """Yield the stars that must search: first the most promising of each component, then the rest.

    An edge beyond a star's list weighs at least its last listed distance. The first batch lowers
    `best` (filled by the caller between the two), which spares most of the second.
    """
    least = neighbours.distances[unsure, -1]
    promising = np.lexsort((unsure, least))
    _, leaders = np.unique(component[unsure[promising]], return_index=True)
    leading = np.zeros(len(unsure), np.bool_)
    leading[promising[leaders]] = True
    for part in (leading, ~leading):
        stars, bound = unsure[part], best.weight[component[unsure[part]]]
        stars = stars[least[part] <= bound]
        if len(stars):
            yield stars


def _search(
    layout: Blocks,
    stars: NDArray[np.int64],
    component: NDArray[np.int64],
    leaf_component: NDArray[np.int64],
    core: NDArray[np.float64],
    leaf_core: NDArray[np.float64],
    best: _Edges,
) -> _Edges:
    """Return the least edge that leaves the component of each given star, if not above its best."""
    position = np.empty(len(core), np.int64)
    position[layout.order] = np.arange(len(core))
    found = _Edges.none(len(stars))
    found.source[:] = stars
    nearest_foreign(
        search_arrays(layout),
        (component, leaf_component, core, leaf_core, best.weight, best.length),
        position[stars],
        *(found.weight, found.length, found.target),
    )
    return found


@compiled(parallel=True)
def _scan_lists(
    distances, indices, core, component, largest, passed, weight, length, target, unsure
):
    """Find each star's least listed edge that leaves its component.

    `passed` remembers how much of a list lies in the own component for good. A star is `unsure` if
    a star beyond its list could do better.
    """
    n, k = indices.shape
    for i in prange(n):
        own = component[i]
        weight[i], length[i], target[i], unsure[i] = np.inf, np.inf, -1, False
        if own == largest:
            continue
        while passed[i] < k and component[indices[i, passed[i]]] == own:
            passed[i] += 1
        for p in range(passed[i], k):
            r, j = distances[i, p], indices[i, p]
            if r > weight[i]:
                break
            if component[j] != own:
                reach = max(r, core[i], core[j])
                if reach < weight[i]:  # lists rise in (distance, row), so a tie never wins
                    weight[i], length[i], target[i] = reach, r, j
        unsure[i] = weight[i] > distances[i, k - 1]


@compiled()
def _reduce(
    component, weight, length, source, target, best_weight, best_length, best_source, best_target
):
    """Lower the best edge of each component by the ranked edges of its stars."""
    for e in range(len(target)):
        if target[e] < 0:
            continue
        c = component[source[e]]
        better = weight[e] < best_weight[c]
        if weight[e] == best_weight[c]:
            better = length[e] < best_length[c]
            if length[e] == best_length[c]:
                low, high = min(source[e], target[e]), max(source[e], target[e])
                best_low = min(best_source[c], best_target[c])
                best_high = max(best_source[c], best_target[c])
                better = low < best_low or (low == best_low and high < best_high)
        if better:
            best_weight[c], best_length[c] = weight[e], length[e]
            best_source[c], best_target[c] = source[e], target[e]


@compiled()
def root_of(parent, x):
    """Root of x in a union-find forest, halving the path (Tarjan & van Leeuwen 1984)."""
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x


@compiled()
def _join(
    parent,
    best_weight,
    best_length,
    best_source,
    best_target,
    tree_weight,
    tree_length,
    tree_source,
    tree_target,
    done,
):
    """Add the components' best edges to the tree, each once; return the number of edges so far."""
    for c in range(len(best_target)):
        if best_target[c] < 0:
            continue
        a, b = root_of(parent, best_source[c]), root_of(parent, best_target[c])
        if a != b:
            parent[max(a, b)] = min(a, b)
            tree_weight[done], tree_length[done] = best_weight[c], best_length[c]
            tree_source[done], tree_target[done] = best_source[c], best_target[c]
            done += 1
    return done


@compiled()
def _relabel(parent, component):
    """Label each star by the root of its component; return the largest component's label."""
    size = np.zeros(len(component), np.int64)
    for i in range(len(component)):
        component[i] = root_of(parent, i)
        size[component[i]] += 1
    return np.argmax(size)


@compiled()
def _label_leaves(component, order, starts, leaf_component):
    """Label leaves whose stars all share one component by it, others by -1."""
    for leaf in range(len(leaf_component)):
        common = component[order[starts[leaf]]]
        for position in range(starts[leaf], starts[leaf + 1]):
            if component[order[position]] != common:
                common = -1
                break
        leaf_component[leaf] = common
