"""The package `hdbscan` as reference: its groups, how far they depend on row order, its Manhattan.

`approx_min_span_tree=False` throughout: the package's default tree is not exact.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtag.base.problems import InputProblem
from chemtag.tag.density.blocks import as_points
from chemtag.tag.density.extraction import Groups, Method
from chemtag.tag.density.hierarchy import Linkage, linkage_from_scipy
from chemtag.tag.density.metrics import Metric, as_euclidean

LARGEST_MANHATTAN = 50_000  # stars; the delegated tree takes quadratic time, about a minute there


@dataclass(frozen=True)
class RowOrderSensitivity:
    """How the reference's answer moves when rows are permuted, one entry a permutation.

    `adjusted_rand_index`: agreement with the given order, noise counted as a group.
    `fraction_changed`: stars whose group changes, groups matched one to one for greatest overlap
    and noise matched to noise. `n_groups`: groups found; `n_groups_given`: in the given order.
    """

    adjusted_rand_index: NDArray[np.float64]
    fraction_changed: NDArray[np.float64]
    n_groups: NDArray[np.int64]
    n_groups_given: int


def reference_cluster(
    X: ArrayLike,
    min_cluster_size: int,
    min_samples: int,
    method: Method = "eom",
    *,
    metric: Metric = "euclidean",
    covariance: ArrayLike | None = None,
    epsilon: float = 0.0,
    allow_single_cluster: bool = False,
    max_cluster_size: int | None = None,
) -> Groups:
    """Return the groups of `hdbscan.HDBSCAN`, numbered as ours (by size, then first row).

    The package breaks ties by row order, so this can differ from `cluster` and from itself on
    permuted rows. Parameters as `chemtag.tag.density.cluster`.
    """
    points = as_points(X)
    if metric != "manhattan":
        points = as_euclidean(points, metric, covariance)
    if len(points) < 3:  # the package fails on one star and on two
        return Groups(np.full(len(points), -1, np.int32), np.zeros(len(points)), np.empty(0))
    import hdbscan

    model = hdbscan.HDBSCAN(
        min_cluster_size=int(min_cluster_size),
        min_samples=int(min_samples),
        cluster_selection_method=method,
        cluster_selection_epsilon=float(epsilon),
        allow_single_cluster=allow_single_cluster,
        max_cluster_size=max_cluster_size or 0,
        **_exact_tree(metric),
    ).fit(points)
    number, labels = _by_size(model.labels_)
    return Groups(labels, model.probabilities_, model.cluster_persistence_[number])


def _exact_tree(metric: Metric) -> dict:
    if metric == "manhattan":
        return {"metric": "manhattan", "algorithm": "prims_kdtree"}
    return {"metric": "euclidean", "approx_min_span_tree": False, "core_dist_n_jobs": 1}


def _by_size(labels: NDArray) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the old numbers of groups in the order of size and first row, and the new labels."""
    old, first_row, size = np.unique(labels, return_index=True, return_counts=True)
    old, first_row, size = old[old >= 0], first_row[old >= 0], size[old >= 0]
    number = old[np.lexsort((first_row, -size))]
    new = np.full(labels.max() + 2, -1, np.int32)  # the last entry stands for noise
    new[number] = np.arange(len(number))
    return number, new[labels]


def manhattan_linkage(X: ArrayLike, min_samples: int) -> Linkage:
    """Return the dendrogram of mutual reachability under the Manhattan metric, by `hdbscan`.

    Delegated to the package's Prim tree over a kd-tree, which is exact, unlike its ball-tree
    Boruvka, but quadratic in time. Labels are still ours, with ties removed at once. Raises
    InputProblem beyond LARGEST_MANHATTAN stars.
    """
    points = as_points(X)
    if len(points) > LARGEST_MANHATTAN:
        raise InputProblem(
            f"The Manhattan metric was asked for {len(points)} stars, expected at most "
            f"{LARGEST_MANHATTAN} because its tree takes quadratic time; use the Euclidean metric "
            "or a smaller sample."
        )
    if len(points) < 3:
        return _tiny_linkage(points)
    import hdbscan

    model = hdbscan.HDBSCAN(
        min_cluster_size=2, min_samples=int(min_samples), **_exact_tree("manhattan")
    ).fit(points)
    return linkage_from_scipy(model.single_linkage_tree_.to_numpy())


def _tiny_linkage(points: NDArray[np.float64]) -> Linkage:
    """The dendrogram of one star or of two under the Manhattan metric."""
    if len(points) == 1:
        return linkage_from_scipy(np.empty((0, 4)))
    return linkage_from_scipy([[0, 1, np.abs(points[0] - points[1]).sum(), 2]])


def row_order_sensitivity(
    X: ArrayLike,
    min_cluster_size: int,
    min_samples: int,
    method: Method = "eom",
    *,
    metric: Metric = "euclidean",
    n_permutations: int = 10,
    rng: np.random.Generator,
) -> RowOrderSensitivity:
    """Measure how far the groups of package `hdbscan` depend on the order of the rows.

    `X` (n, d). A Mahalanobis map is that of the rows as given. Their groups are compared with those
    of `n_permutations` random orders drawn from `rng`, all by `reference_cluster`. (Hubert & Arabie
    1985 for the adjusted Rand index.)
    """
    from sklearn.metrics import adjusted_rand_score

    points = as_points(X)
    if metric != "manhattan":
        points, metric = as_euclidean(points, metric), "euclidean"
    setting = (min_cluster_size, min_samples, method)
    given = reference_cluster(points, *setting, metric=metric).labels
    agreement, changed = np.empty(n_permutations), np.empty(n_permutations)
    n_groups = np.empty(n_permutations, np.int64)
    for p in range(n_permutations):
        order = rng.permutation(len(points))
        labels = np.empty_like(given)
        labels[order] = reference_cluster(points[order], *setting, metric=metric).labels
        agreement[p] = adjusted_rand_score(given, labels)
        changed[p] = fraction_changed(given, labels)
        n_groups[p] = labels.max() + 1
    return RowOrderSensitivity(agreement, changed, n_groups, int(given.max()) + 1)


def fraction_changed(before: NDArray[np.int32], after: NDArray[np.int32]) -> float:
    """Return the fraction of stars whose group differs between two labellings of n stars.

    Groups are matched one to one for the greatest number of shared stars (assignment problem);
    noise (-1) matches noise; stars of unmatched groups have changed.
    """
    from scipy.optimize import linear_sum_assignment

    kept = int(np.sum((before < 0) & (after < 0)))
    grouped = (before >= 0) & (after >= 0)
    if grouped.any():
        rows, a = np.unique(before[grouped], return_inverse=True)
        columns, b = np.unique(after[grouped], return_inverse=True)
        shared = np.zeros((len(rows), len(columns)))
        np.add.at(shared, (a, b), 1)
        kept += int(shared[linear_sum_assignment(shared, maximize=True)].sum())
    return 1.0 - kept / len(before)
