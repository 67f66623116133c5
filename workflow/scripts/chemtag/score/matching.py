"""Scores that ask of each cluster whether one group finds it again.

Purity and completeness follow Price-Jones & Bovy (2019, MNRAS 487, 871: `efficiency` and
`completeness` of their majority match); the recovered rule, two-sided, is that of Casamiquela et
al. (2021, A&A 654, A151): cluster c is recovered at t if some group k has n_kc / n_k >= t and
n_kc / n_c >= t. Hence c is recovered at every t up to max_k n_kc / max(n_k, n_c), its *match*.

Two things that the rule leaves open change the count of small clusters. A match can lie exactly on
the threshold (2 of 5 stars), so every count is given with >= and with >. And one group can recover
two clusters, so the count one to one is given as well: the most clusters that can each have a
group of their own.

Field stars count in n_k and noise stars in n_c. `Contingency.without_field` gives the variant
without field stars. `score.sparse_matching` has the same for sparse counts.
"""

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from chemtag.base.types import Floats, Ints
from chemtag.score.contingency import Contingency, Counts

RECOVERED = 0.4
"""Least purity and completeness of a recovered cluster, and of a group that is not statistical."""
THRESHOLDS = (RECOVERED, 0.7)
"""The two thresholds of Casamiquela et al. (2021); column and metric names carry them."""


@dataclass(frozen=True)
class BestMatches:
    """Best group of each cluster; every array is (n_clusters,)."""

    group: Ints
    n_best: Ints
    n_shared: Ints
    purity: Floats
    completeness: Floats
    f1: Floats
    match: Floats


def divide(numerator: npt.ArrayLike, denominator: npt.ArrayLike, empty: float = np.nan) -> Floats:
    """numerator / denominator, `empty` where the denominator is 0."""
    top, bottom = np.broadcast_arrays(
        np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    )
    return np.divide(top, bottom, out=np.full(top.shape, empty), where=bottom != 0)


def match_matrix(counts: Contingency) -> Floats:
    """min(purity, completeness) = n_kc / max(n_k, n_c) (..., n_groups, n_clusters)."""
    larger = np.maximum(counts.group_sizes[..., :, None], counts.cluster_sizes[..., None, :])
    return counts.members / np.maximum(larger, 1)


@singledispatch
def cluster_matches(counts: Any) -> Floats:
    """Match of each cluster: the largest threshold it is recovered at (..., n_clusters)."""
    return match_matrix(counts).max(axis=-2, initial=0.0)


@singledispatch
def best_matches(counts: Any) -> BestMatches:
    """Best group of each cluster by min(purity, completeness) for one contingency.

    Ties go to the larger number of shared stars, then to the lower group. A cluster of which no
    group holds a member has group -1 and zeros.
    """
    ratio, shared = match_matrix(counts), counts.members
    match = ratio.max(axis=0, initial=0.0)
    candidates = np.where((ratio == match) & (shared > 0), shared, 0)
    found = candidates.max(axis=0, initial=0) > 0
    column = np.arange(ratio.shape[1])
    group = np.where(found, candidates.argmax(axis=0) if len(candidates) else 0, -1)
    n_best = np.zeros(len(column), dtype=np.int64)
    n_shared = np.zeros(len(column), dtype=np.int64)
    n_best[found] = counts.group_sizes[group[found]]
    n_shared[found] = shared[group[found], column[found]]
    return BestMatches(
        group=group,
        n_best=n_best,
        n_shared=n_shared,
        purity=divide(n_shared, n_best, empty=0.0),
        completeness=divide(n_shared, counts.cluster_sizes, empty=0.0),
        f1=divide(2 * n_shared, n_best + counts.cluster_sizes, empty=0.0),
        match=match,
    )


def eligible_clusters(counts: Counts, min_members: int) -> npt.NDArray[np.bool_]:
    """Clusters with at least `min_members` members in the sample (n_clusters,)."""
    return counts.cluster_sizes >= max(min_members, 1)


def recovery_fraction(
    matches: Floats, eligible: npt.NDArray[np.bool_], thresholds: npt.ArrayLike
) -> Floats:
    """RF(t) = clusters recovered at t / eligible clusters, (..., n_thresholds).

    matches (..., n_clusters) of `cluster_matches`; NaN without eligible clusters. Write
    thresholds as i / 100: a sum of steps is not the same float as the ratio of two counts.
    """
    return divide(recovered_clusters(matches, eligible, thresholds), eligible.sum())


def recovered_clusters(
    matches: Floats, eligible: npt.NDArray[np.bool_], thresholds: npt.ArrayLike
) -> Ints:
    """Eligible clusters recovered at each threshold (..., n_thresholds)."""
    levels = np.atleast_1d(np.asarray(thresholds, dtype=float))
    kept = matches[..., eligible]
    return np.stack([(kept >= level).sum(axis=-1) for level in levels], axis=-1)


def recovered_strictly(
    matches: Floats, eligible: npt.NDArray[np.bool_], thresholds: npt.ArrayLike
) -> Ints:
    """Eligible clusters with a match above each threshold, not on it (..., n_thresholds)."""
    levels = np.atleast_1d(np.asarray(thresholds, dtype=float))
    kept = matches[..., eligible]
    return np.stack([(kept > level).sum(axis=-1) for level in levels], axis=-1)


@singledispatch
def paired_clusters(
    counts: Any, eligible: npt.NDArray[np.bool_], threshold: float
) -> npt.NDArray[np.bool_]:
    """Eligible clusters recovered at t by a group of their own (..., n_clusters).

    As many clusters as possible, each with another group that matches it at t; where there is a
    choice, those with the larger sum of matches. Above t = 1/2 that is every recovered cluster,
    since a group can hold only one of them; at 0.4 it may hold two.
    """
    ratio = np.where(eligible, match_matrix(counts), 0.0)
    reached = ratio >= threshold
    found = np.asarray(reached.any(axis=-2))
    for place in np.argwhere((reached.sum(axis=-1) > 1).any(axis=-1)):
        where = tuple(place)
        clusters = np.flatnonzero(found[where])
        held = ratio[where][:, clusters]
        held = held[(held >= threshold).any(axis=1)]
        # A pair weighs more than all the matches together, so that the number counts first.
        weight = np.where(held >= threshold, 1 + held / (len(clusters) + 1), 0.0)
        rows, columns = linear_sum_assignment(weight, maximize=True)
        found[where] = False
        found[(*where, clusters[columns[weight[rows, columns] > 0]])] = True
    return found


def recovery_area(matches: Floats, eligible: npt.NDArray[np.bool_]) -> Floats:
    """Area under RF(t) for t in (0, 1] (...), which is the mean match of eligible clusters."""
    return divide(matches[..., eligible].sum(axis=-1), eligible.sum())


@singledispatch
def statistical_groups(counts: Any, threshold: float) -> npt.NDArray[np.bool_]:
    """Groups that match no cluster with purity and completeness >= t (..., n_groups).

    Every cluster counts here, eligible or not: a group that is a small cluster is no mixture.
    """
    return match_matrix(counts).max(axis=-1, initial=0.0) < threshold


def statistical_fraction(counts: Counts, threshold: float) -> Floats:
    """Statistical groups / groups (...); NaN without groups."""
    occupied = counts.group_sizes > 0
    statistical = statistical_groups(counts, threshold) & occupied
    return divide(statistical.sum(axis=-1), occupied.sum(axis=-1))


def noise_fraction(counts: Counts) -> Floats:
    """Stars in no group / stars (...)."""
    return divide(counts.n_noise, counts.n_stars)


def coverage(counts: Counts) -> Floats:
    """Cluster members in any group / cluster members (...)."""
    sizes = counts.cluster_sizes.sum(axis=-1)
    return divide(sizes - counts.noise_of_clusters.sum(axis=-1), sizes)


@singledispatch
def groups_of_clusters(counts: Any) -> Ints:
    """Groups that hold at least one member of each cluster (..., n_clusters)."""
    return (counts.members > 0).sum(axis=-2)


def fragmentation(counts: Counts, eligible: npt.NDArray[np.bool_], threshold: float) -> Floats:
    """Mean number of groups over the clusters recovered at t (...); NaN if there are none."""
    recovered = (cluster_matches(counts) >= threshold) & eligible
    pieces = (groups_of_clusters(counts) * recovered).sum(axis=-1)
    return divide(pieces, recovered.sum(axis=-1))


@singledispatch
def assigned_f1(counts: Any, eligible: npt.NDArray[np.bool_]) -> Floats:
    """F1 of each cluster with the group the Hungarian assignment gives it (..., n_clusters).

    The assignment is one to one among eligible clusters and maximises the sum of
    F1 = 2 n_kc / (n_k + n_c); unmatched clusters have 0, those not eligible NaN.
    """
    shape = counts.counts.shape[:-2]
    sizes = counts.group_sizes[..., :, None] + counts.cluster_sizes[..., None, :]
    score = 2 * counts.members / np.maximum(sizes, 1)
    score = score.reshape(int(np.prod(shape, dtype=int)), *score.shape[-2:])
    result = np.full((len(score), len(eligible)), np.nan)
    places = np.flatnonzero(eligible)
    result[:, places] = 0.0
    for index, matrix in enumerate(score):
        # Groups without a member cannot add to the sum; leaving them out is most of the speed.
        held = matrix[:, places][matrix[:, places].any(axis=1)]
        rows, columns = linear_sum_assignment(held, maximize=True)
        result[index, places[columns]] = held[rows, columns]
    return result.reshape(*shape, len(eligible))


@singledispatch
def group_purities(counts: Any) -> tuple[Ints, Ints, Floats]:
    """Majority cluster (-1 = field), its stars and purity of each group, for one contingency.

    purity(k) = max_c n_kc / n_k; 0 if field stars outnumber every cluster: such a group matches
    nothing by majority, though the two-sided rule may still recover a cluster with it. Ties go to
    the cluster with more of its members in the group, then to the lower code.
    """
    shared = counts.members
    n_groups = shared.shape[0]
    if not shared.shape[1]:
        none = np.zeros(n_groups, dtype=np.int64)
        return none - 1, none, none.astype(float)
    majority = shared.max(axis=1, initial=0)
    completeness = divide(shared, counts.cluster_sizes, empty=0.0)
    candidates = np.where(shared == majority[:, None], completeness, -1.0)
    cluster = candidates.argmax(axis=1)
    by_field = (counts.field_in_groups > majority) | (majority == 0)
    n_majority = np.where(by_field, 0, majority)
    return np.where(by_field, -1, cluster), n_majority, divide(n_majority, counts.group_sizes, 0.0)
