"""The scores of `score.matching` for counts of the cells that hold a member."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from chemtag.base.types import Floats, Ints
from chemtag.score.matching import (
    BestMatches,
    assigned_f1,
    best_matches,
    cluster_matches,
    divide,
    group_purities,
    groups_of_clusters,
    paired_clusters,
    statistical_groups,
)
from chemtag.score.sparse import SparseContingency

_DENSE_ASSIGNMENT = 50_000


def _ratios(counts: SparseContingency) -> Floats:
    """n_kc / max(n_k, n_c) of each cell (n_cells,)."""
    larger = np.maximum(counts.sizes[counts.group], _sizes_of_clusters(counts))
    return counts.stars / np.maximum(larger, 1)


def _sizes_of_clusters(counts: SparseContingency) -> Ints:
    """Members of the cluster of each cell (n_cells,)."""
    return counts.sizes_of_clusters[counts.labelling, counts.cluster]


@cluster_matches.register
def _(counts: SparseContingency) -> Floats:
    match = np.zeros(counts.noise.shape)
    np.maximum.at(match, (counts.labelling, counts.cluster), _ratios(counts))
    return counts.shaped(match)


@best_matches.register
def _(counts: SparseContingency) -> BestMatches:
    ratio, sizes = _ratios(counts), counts.cluster_sizes
    order = np.lexsort((counts.group, -counts.stars, -ratio, counts.cluster))
    order = order[np.diff(counts.cluster[order], prepend=-1) != 0]
    found = counts.cluster[order]
    match = np.zeros(counts.n_clusters)
    group = np.full(counts.n_clusters, -1)
    n_best, n_shared = (np.zeros(counts.n_clusters, dtype=np.int64) for _ in range(2))
    match[found], group[found] = ratio[order], counts.group[order]
    n_best[found], n_shared[found] = counts.sizes[group[found]], counts.stars[order]
    return BestMatches(
        group=group,
        n_best=n_best,
        n_shared=n_shared,
        purity=divide(n_shared, n_best, empty=0.0),
        completeness=divide(n_shared, sizes, empty=0.0),
        f1=divide(2 * n_shared, n_best + sizes, empty=0.0),
        match=match,
    )


@statistical_groups.register
def _(counts: SparseContingency, threshold: float) -> npt.NDArray[np.bool_]:
    statistical = np.ones((counts.n_labellings, counts.n_groups), dtype=bool)
    hit = _ratios(counts) >= threshold
    statistical[counts.labelling[hit], counts.group[hit]] = False
    return counts.shaped(statistical)


@groups_of_clusters.register
def _(counts: SparseContingency) -> Ints:
    return counts.shaped(counts.by_cluster(np.ones_like(counts.stars)).astype(np.int64))


@group_purities.register
def _(counts: SparseContingency) -> tuple[Ints, Ints, Floats]:
    completeness = counts.stars / _sizes_of_clusters(counts)
    order = np.lexsort((counts.cluster, -completeness, -counts.stars, counts.group))
    order = order[np.diff(counts.group[order], prepend=-1) != 0]
    cluster = np.full(counts.n_groups, -1)
    majority = np.zeros(counts.n_groups, dtype=np.int64)
    cluster[counts.group[order]] = counts.cluster[order]
    majority[counts.group[order]] = counts.stars[order]
    by_field = (counts.field_in_groups > majority) | (majority == 0)
    n_majority = np.where(by_field, 0, majority)
    return np.where(by_field, -1, cluster), n_majority, divide(n_majority, counts.group_sizes, 0.0)


@assigned_f1.register
def _(counts: SparseContingency, eligible: npt.NDArray[np.bool_]) -> Floats:
    result = np.full(counts.noise.shape, np.nan)
    result[:, eligible] = 0.0
    use = eligible[counts.cluster]
    sizes = counts.sizes[counts.group] + _sizes_of_clusters(counts)
    f1 = (2 * counts.stars / sizes)[use]
    labelling, cluster, held = counts.labelling[use], counts.cluster[use], counts.cell_in_held[use]
    ends = np.searchsorted(labelling, np.arange(counts.n_labellings + 1))
    for index in np.flatnonzero(np.diff(ends)):
        own = slice(ends[index], ends[index + 1])
        places, column = np.unique(cluster[own], return_inverse=True)
        # Groups of a labelling lie side by side; those of clusters that do not count are empty.
        row = held[own] - held[ends[index]]
        result[index, places] = _assignment(row, column, f1[own], len(places))
    return counts.shaped(result)


@paired_clusters.register
def _(
    counts: SparseContingency, eligible: npt.NDArray[np.bool_], threshold: float
) -> npt.NDArray[np.bool_]:
    ratio = _ratios(counts)
    use = np.flatnonzero(eligible[counts.cluster] & (ratio >= threshold))
    use = use[np.lexsort((counts.group[use], counts.labelling[use]))]
    labelling, group, cluster = (a[use] for a in (counts.labelling, counts.group, counts.cluster))
    found = np.zeros(counts.noise.shape, dtype=bool)
    found[labelling, cluster] = True
    contested = (np.diff(labelling) == 0) & (np.diff(group) == 0)
    for index in np.unique(labelling[1:][contested]):
        own = labelling == index
        places, column = np.unique(cluster[own], return_inverse=True)
        row = np.unique(group[own], return_inverse=True)[1]
        # A pair weighs more than all the matches together, so that the number counts first.
        weight = (1 + ratio[use][own] / (len(places) + 1)) / 2
        found[index, places] = _assignment(row, column, weight, len(places)) > 0
    return counts.shaped(found)


def _assignment(row: Ints, column: Ints, value: Floats, n_columns: int) -> Floats:
    """Value of each column (n_columns,) in the assignment to rows with the largest sum, or 0."""
    n_rows = int(row[-1]) + 1
    if n_rows * n_columns <= _DENSE_ASSIGNMENT:
        matrix = np.zeros((n_rows, n_columns))
        matrix[row, column] = value
        rows, columns = linear_sum_assignment(matrix, maximize=True)
        result = np.zeros(n_columns)
        result[columns] = matrix[rows, columns]
        return result
    # A column may stay alone: it then has a row of its own. Weights must not be 0.
    own = np.arange(n_columns)
    weights = csr_array(
        (
            np.append(2 - value, np.full(n_columns, 2.0)),
            (np.append(column, own), np.append(row, n_rows + own)),
        ),
        shape=(n_columns, n_rows + n_columns),
    )
    columns, rows = min_weight_full_bipartite_matching(weights)
    result = np.zeros(n_columns)
    result[columns] = 2 - weights[columns, rows]
    return result
