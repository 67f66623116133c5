# mypy: allow-untyped-defs
"""Groups from the condensed hierarchy: which clusters to keep, who belongs to them, how firmly."""

from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from chemtag.base.compiled import compiled
from chemtag.base.settings import Method
from chemtag.tag.density.hierarchy import CondensedTree, Linkage, condense


@dataclass(frozen=True)
class Groups:
    """Groups of n stars, numbered by falling size, then by their first row.

    `labels` (n,) int32, -1 is noise; `probabilities` (n,) float64, the star's density relative to
    the densest of its group (McInnes & Healy 2017), 0 for noise; `persistence` (groups,): stability
    divided by (members x the largest density in the sample), `cluster_persistence_` of `hdbscan`.
    """

    labels: NDArray[np.int32]
    probabilities: NDArray[np.float64]
    persistence: NDArray[np.float64]


def extract(
    tree: CondensedTree | Linkage,
    min_cluster_size: int | None = None,
    method: Method = "eom",
    epsilon: float = 0.0,
    allow_single_cluster: bool = False,
    max_cluster_size: int | None = None,
) -> Groups:
    """Return the flat groups of a hierarchy.

    `tree` is a condensed tree, or a `Linkage` that is condensed first with `min_cluster_size`.
    `method`: "eom" keeps the clusters of greatest total stability (excess of mass, Campello et al.
    2013, section 5), "leaf" those without children. `epsilon`: a cluster born at a smaller distance
    gives way to its first ancestor born at a larger one (Malzer & Baum 2020). With
    `allow_single_cluster` the whole sample may be a group; its members are then, as in `hdbscan`,
    the stars at least as dense as where it last loses stars, or 1 / epsilon. Clusters larger than
    `max_cluster_size` are not kept by "eom" (epsilon may return to one). Time O(n).

    Exact duplicates have infinite density: members of their group at finite density then have
    probability 0, and every persistence is 1, as in `hdbscan`.
    """
    if isinstance(tree, Linkage):
        if min_cluster_size is None:
            raise ValueError("a Linkage needs min_cluster_size to be condensed")
        tree = condense(tree, min_cluster_size)
    if method not in get_args(Method):
        raise ValueError(f"method {method!r}, expected one of {get_args(Method)}")
    if not epsilon >= 0:
        raise ValueError(f"epsilon = {epsilon}, expected 0 or more")
    allow_root = allow_single_cluster and tree.size[0] >= tree.min_cluster_size
    if method == "leaf":
        kept = _leaves(tree.n_children)
    else:
        largest = max_cluster_size or len(tree.star_cluster)
        kept = _excess_of_mass(
            tree.stability, tree.first_child, tree.n_children, tree.size, allow_root, largest
        )
        kept = _outermost_kept(kept, tree.parent) == np.arange(len(kept))
    if epsilon > 0 and not kept[0]:
        kept = _undo_late_splits(kept, tree.parent, tree.birth, epsilon, allow_root)
    holder = _outermost_kept(kept, tree.parent)[tree.star_cluster]
    if kept[0]:
        dense_enough = 1.0 / epsilon if epsilon > 0 else tree.death[0]
        holder[tree.star_density < dense_enough] = -1
    return _numbered(tree, holder)


def _numbered(tree: CondensedTree, holder: NDArray[np.int32]) -> Groups:
    """Number the groups and grade their members; `holder` (n,) is each star's cluster or -1."""
    labels = np.full(len(holder), -1, np.int32)
    member = holder >= 0
    clusters, first_row, group, size = np.unique(
        holder[member], return_index=True, return_inverse=True, return_counts=True
    )
    by_size = np.lexsort((first_row, -size))
    number = np.empty(len(clusters), np.int32)
    number[by_size] = np.arange(len(clusters))
    labels[member] = number[group]
    clusters, size = clusters[by_size], size[by_size]
    densest = tree.star_density.max()
    if np.isinf(densest) or densest == 0:
        persistence = np.ones(len(clusters))
    else:
        persistence = tree.stability[clusters] / (size * densest)
    return Groups(labels, _probabilities(tree.star_density, holder, tree.death), persistence)


@compiled()
def _probabilities(density, holder, death):
    probability = np.zeros(len(holder))
    for i in range(len(holder)):
        if holder[i] >= 0:
            top = death[holder[i]]
            if top == 0.0 or density[i] >= top:
                probability[i] = 1.0
            else:
                probability[i] = density[i] / top
    return probability


@compiled()
def _leaves(n_children):
    """Clusters without children; the root, which would be the whole sample, is never one."""
    kept = n_children == 0
    kept[0] = False
    return kept


@compiled()
def _excess_of_mass(stability, first_child, n_children, size, allow_root, max_cluster_size):
    """Keep, from the leaves up, a cluster if it is at least as stable as its best descendants.

    Clusters inside a kept cluster stay marked too: the outermost counts. The children's sum is
    taken in rising order, so that it does not depend on how they are numbered.
    """
    best = np.zeros(len(stability))  # greatest total stability at or below each cluster
    kept = np.zeros(len(stability), np.bool_)
    for c in range(len(stability) - 1, 0 if not allow_root else -1, -1):
        children = best[first_child[c] : first_child[c] + n_children[c]]
        below = np.sort(children).sum() if n_children[c] > 2 else children.sum()
        kept[c] = stability[c] >= below and size[c] <= max_cluster_size
        best[c] = stability[c] if kept[c] else below
    return kept


@compiled()
def _undo_late_splits(kept, parent, birth, epsilon, allow_root):
    """Replace kept clusters born below the distance epsilon by their first ancestor born above.

    The ancestor next to the root is the last resort, or the root itself if it is allowed.
    """
    chosen = np.zeros(len(kept), np.bool_)
    for leaf in np.flatnonzero(kept):
        c = leaf
        if 1.0 / birth[c] < epsilon:
            while parent[c] > 0 and 1.0 / birth[parent[c]] <= epsilon:
                c = parent[c]
            if parent[c] > 0 or allow_root:
                c = parent[c]
        chosen[c] = True
    return chosen


@compiled()
def _outermost_kept(kept, parent):
    """Return the outermost kept cluster at or above each cluster, -1 if there is none."""
    holder = np.full(len(kept), -1, np.int32)
    for c in range(len(kept)):
        if c > 0 and holder[parent[c]] >= 0:
            holder[c] = holder[parent[c]]
        elif kept[c]:
            holder[c] = c
    return holder
