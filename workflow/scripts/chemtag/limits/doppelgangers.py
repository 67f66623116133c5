"""Doppelgangers: stars of different birth as alike as stars of one cluster.

Two definitions. *Distance* (de Mijolla & Ness 2022, ApJ 926, 193, and their code): for each
cluster, the share of pairs closer than its own median distance between members, averaged over
clusters. *Chi-squared* (Ness et al. 2018, ApJ 853, 198): the share of pairs whose reduced
chi2 = 1/D sum_X (x_i - x_j)^2 / (s_i^2 + s_j^2) is at most the median of pairs within clusters.

Pairs of members are all counted. Of field pairs a random sample with replacement is; its sampling
error is sqrt(p (1 - p) / n) and is given beside the interval over clusters.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemtag.base.types import Floats, Ints
from chemtag.score import intervals
from chemtag.score.evaluation import LEVELS
from chemtag.score.intervals import Interval
from chemtag.score.matching import divide

Separation = Callable[[Ints, Ints], Floats]
"""Separation of the pairs (first, second) of star numbers, each (n,)."""

_PAIRS = 200_000  # pairs measured at a time


@dataclass(frozen=True)
class Rate:
    """A share of pairs; intervals over clusters, and the error from sampling the pairs."""

    value: float
    narrow: Interval
    wide: Interval
    sampling_error: float
    n_pairs: int


@dataclass(frozen=True)
class Pairs:
    """Pairs of stars of different birth, by star number, each (n,).

    `cluster` (n,) is the cluster of the first star, -1 for pairs of field stars, which every
    cluster is compared with. `sampled`: drawn at random with replacement, not all there are.
    """

    first: Ints
    second: Ints
    cluster: Ints
    sampled: bool


def distances(values: Floats) -> Separation:
    """Euclidean distance in the space of `values` (N, D)."""
    return _in_parts(lambda i, j: np.sqrt(((values[i] - values[j]) ** 2).sum(axis=1)))


def reduced_chi2(values: Floats, errors: Floats) -> Separation:
    """Reduced chi2 of two stars being the same, from values and 1 sigma errors (N, D)."""
    variance = errors**2

    def separation(i: Ints, j: Ints) -> Floats:
        return ((values[i] - values[j]) ** 2 / (variance[i] + variance[j])).mean(axis=1)

    return _in_parts(separation)


def _in_parts(separation: Separation) -> Separation:
    """The same, some pairs at a time, so that memory stays bounded."""

    def whole(i: Ints, j: Ints) -> Floats:
        parts = [
            separation(i[start : start + _PAIRS], j[start : start + _PAIRS])
            for start in range(0, len(i), _PAIRS)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    return whole


def sibling_pairs(clusters: Ints) -> Pairs:
    """All pairs within clusters; clusters (N,), -1 = field."""
    parts = []
    for code in np.unique(clusters[clusters >= 0]):
        inside = np.flatnonzero(clusters == code)
        i, j = np.triu_indices(len(inside), 1)
        parts.append((inside[i], inside[j]))
    return _joined(parts, clusters)


def stranger_pairs(clusters: Ints) -> Pairs:
    """All ordered pairs of a member with a member of another cluster."""
    members = np.flatnonzero(clusters >= 0)
    i, j = (part.ravel() for part in np.meshgrid(members, members, indexing="ij"))
    different = clusters[i] != clusters[j]
    return _joined([(i[different], j[different])], clusters)


def member_field_pairs(clusters: Ints, n_pairs: int, rng: np.random.Generator) -> Pairs:
    """Pairs of a member with a field star: all, or `n_pairs` a cluster if there are more."""
    field = np.flatnonzero(clusters < 0)
    parts, sampled = [], False
    for code in np.unique(clusters[clusters >= 0]):
        inside = np.flatnonzero(clusters == code)
        if len(inside) * len(field) <= n_pairs:
            parts.append((np.repeat(inside, len(field)), np.tile(field, len(inside))))
        else:
            sampled = True
            parts.append((rng.choice(inside, n_pairs), rng.choice(field, n_pairs)))
    found = _joined(parts, clusters)
    return Pairs(found.first, found.second, found.cluster, sampled)


def field_pairs(clusters: Ints, n_pairs: int, rng: np.random.Generator) -> Pairs:
    """Pairs of different field stars: all, or a sample of `n_pairs` if there are more."""
    field = np.flatnonzero(clusters < 0)
    n = len(field)
    if n * (n - 1) // 2 <= n_pairs:
        i, j = np.triu_indices(n, 1)
    else:
        i = rng.integers(0, n, n_pairs)
        j = rng.integers(0, n - 1, n_pairs)
        j = j + (j >= i)
    none = np.full(len(i), -1, dtype=np.int64)
    return Pairs(field[i], field[j], none, n * (n - 1) // 2 > n_pairs)


def matched_field_pairs(
    clusters: Ints, fe_h: Floats, width: float, n_pairs: int, rng: np.random.Generator
) -> Pairs:
    """Pairs of field stars whose [Fe/H] differ by at most `width` dex: all, or a sample.

    The sample is even over all such pairs: the first star is drawn with the number of its
    partners as weight, then a partner.
    """
    field = np.flatnonzero(clusters < 0)
    order = field[np.argsort(fe_h[field], kind="stable")]
    iron = fe_h[order]
    partners = np.searchsorted(iron, iron + width, side="right") - np.arange(len(order)) - 1
    total = int(partners.sum())
    if total <= n_pairs:
        i = np.repeat(np.arange(len(order)), partners)
        offset = np.arange(total) - np.repeat(np.cumsum(partners) - partners, partners)
    else:
        drawn = rng.integers(0, total, n_pairs)
        edges = np.cumsum(partners)
        i = np.searchsorted(edges, drawn, side="right")
        offset = drawn - (edges[i] - partners[i])
    none = np.full(len(i), -1, dtype=np.int64)
    return Pairs(order[i], order[i + 1 + offset], none, total > n_pairs)


def within_width(pairs: Pairs, fe_h: Floats, width: float) -> Pairs:
    """The pairs whose [Fe/H] differ by at most `width` dex."""
    near = np.abs(fe_h[pairs.first] - fe_h[pairs.second]) <= width
    return Pairs(pairs.first[near], pairs.second[near], pairs.cluster[near], pairs.sampled)


def _joined(parts: list[tuple[Ints, Ints]], clusters: Ints) -> Pairs:
    none = np.empty(0, dtype=np.int64)
    first = np.concatenate([none, *(i for i, _ in parts)])
    second = np.concatenate([none, *(j for _, j in parts)])
    return Pairs(first, second, clusters[first], sampled=False)


def median_separations(separations: Floats, cluster: Ints, n_clusters: int) -> Floats:
    """Median of the separations within each cluster (n_clusters,); NaN for one member."""
    result = np.full(n_clusters, np.nan)
    for code in np.unique(cluster):
        result[code] = np.median(separations[cluster == code])
    return result


def rates_of_clusters(limits: Floats, separations: Floats, pairs: Pairs) -> tuple[Floats, Ints]:
    """Share of a cluster's pairs below its limit (n_clusters,), NaN without; numbers of pairs.

    Field pairs (cluster -1) are compared with the limit of every cluster.
    """
    n_clusters = len(limits)
    if not len(separations):
        return np.full(n_clusters, np.nan), np.zeros(n_clusters, dtype=np.int64)
    if (pairs.cluster < 0).all():
        below = np.searchsorted(np.sort(separations), limits, side="left")
        count = np.full(n_clusters, len(separations), dtype=np.int64)
        return np.where(np.isfinite(limits), below / len(separations), np.nan), count
    count = np.bincount(pairs.cluster, minlength=n_clusters)
    closer = separations < limits[pairs.cluster]
    below = np.bincount(pairs.cluster, weights=closer, minlength=n_clusters)
    return np.where(np.isfinite(limits), divide(below, count), np.nan), count


def distance_rate(rates: Floats, counts: Ints, weights: Floats, drawn: Ints, pairs: Pairs) -> Rate:
    """Mean of the clusters' rates (n_clusters,) with `weights`; `drawn` resamples the clusters.

    Weights are 1 (each cluster counts alike) or the numbers of members. Clusters without a rate
    (fewer than two members, no pair) do not count.
    """
    known = np.isfinite(rates)
    top = np.where(known, np.nan_to_num(rates) * weights, 0.0)
    bottom = np.where(known, weights, 0.0)
    value = float(divide(top.sum(), bottom.sum()))
    draws = intervals.bootstrap_ratios(top, bottom, drawn)
    n = int(known.sum())
    narrow, wide = (_interval(draws, level, n) for level in LEVELS)
    one_sample = bool((pairs.cluster < 0).all())
    error = _sampling_error(rates[known], counts[known], bottom[known], value, one_sample)
    n_pairs = int(counts[known].max(initial=0) if one_sample else counts[known].sum())
    return Rate(value, narrow, wide, error if pairs.sampled else 0.0, n_pairs)


def _sampling_error(
    rates: Floats, counts: Ints, weights: Floats, value: float, one_sample: bool
) -> float:
    """Error of the mean rate from the sample of pairs; at most, where clusters share a sample."""
    if not len(rates):
        return np.nan
    share = weights / weights.sum()
    each = np.sqrt(rates * (1 - rates) / np.maximum(counts, 1))
    # Errors of rates from one and the same sample of pairs may add up fully.
    return float((share * each).sum() if one_sample else np.sqrt(((share * each) ** 2).sum()))


def chi2_rate(
    siblings: Floats, cluster: Ints, strangers: Floats, sampled: bool, drawn: Ints
) -> Rate:
    """Share of stranger pairs with chi2 at most the median of all sibling pairs.

    `siblings`, `cluster` (n,): chi2 of pairs within clusters and their cluster; `drawn`
    (n_bootstrap, n_clusters): the median is taken anew in each resample of clusters.
    """
    n = len(strangers)
    if not n or not len(siblings):
        return Rate(np.nan, intervals.NO_INTERVAL, intervals.NO_INTERVAL, np.nan, n)
    ordered = np.sort(strangers)
    order = np.argsort(siblings, kind="stable")
    sorted_siblings, owner = siblings[order], cluster[order]
    limits = [_weighted_median(sorted_siblings, weights[owner]) for weights in drawn]
    draws = np.searchsorted(ordered, limits, side="right") / n
    value = float(np.searchsorted(ordered, np.median(siblings), side="right") / n)
    n_units = len(np.unique(cluster))
    narrow, wide = (_interval(draws, level, n_units) for level in LEVELS)
    error = float(np.sqrt(value * (1 - value) / n)) if sampled else 0.0
    return Rate(value, narrow, wide, error, n)


def _weighted_median(ordered: Floats, weights: Ints) -> float:
    """Median of sorted values, each `weights` times there; NaN without."""
    total = weights.sum()
    if not total:
        return np.nan
    upto = np.cumsum(weights)
    low = ordered[np.searchsorted(upto, (total - 1) // 2, side="right")]
    high = ordered[np.searchsorted(upto, total // 2, side="right")]
    return float((low + high) / 2)


def _interval(draws: npt.ArrayLike, level: float, n_units: int) -> Interval:
    if n_units < intervals.MIN_UNITS:
        return intervals.NO_INTERVAL
    return intervals.percentile_interval(draws, level, n_units)


def histograms(
    separations: dict[str, Floats], n_bins: int = 40
) -> Iterator[tuple[str, float, float, int, float]]:
    """Yield (kind, low, high, count, density) of each bin, on common logarithmic bins.

    Separations of 0 count in the lowest bin. Density is per unit of ln(separation).
    """
    positive = [x[x > 0] for x in separations.values() if (x > 0).any()]
    if not positive:
        return
    low = min(float(np.quantile(x, 0.001)) for x in positive)
    high = max(float(x.max()) for x in positive) * 1.0001
    edges = np.geomspace(low, high, n_bins + 1)
    for kind, values in separations.items():
        counts, _ = np.histogram(np.maximum(values, low), edges)
        for k, count in enumerate(counts):
            width = np.log(edges[k + 1] / edges[k])
            share = count / len(values) if len(values) else np.nan
            yield kind, float(edges[k]), float(edges[k + 1]), int(count), share / width
