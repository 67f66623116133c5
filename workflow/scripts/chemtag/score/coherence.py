"""Internal coherence of clusters: scatter of abundances within, beside errors and between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtr, gammaincinv, gammaln

from chemtag.base.types import Floats

Integers = NDArray[np.int64]

# Ends of the central 68 % interval: -1 and +1 sigma of a normal distribution.
LOW_TAIL, HIGH_TAIL = 0.15865525393145707, 0.8413447460685429


@dataclass(frozen=True)
class ClusterCoherence:
    """Statistics of each cluster and element; arrays of shape (clusters, elements), in dex."""

    n_stars: Integers
    mean: Floats
    mean_err: Floats
    scatter: Floats
    scatter_low: Floats
    scatter_high: Floats
    error: Floats
    intrinsic: Floats
    intrinsic_low: Floats
    intrinsic_high: Floats


@dataclass(frozen=True)
class ElementCoherence:
    """Statistics of each element over the clusters; arrays of shape (elements,), in dex."""

    n_clusters: Integers
    typical_scatter: Floats
    typical_low: Floats
    typical_high: Floats
    pooled_scatter: Floats
    pooled_low: Floats
    pooled_high: Floats
    between: Floats
    between_low: Floats
    between_high: Floats


def c4(n: Integers) -> Floats:
    """Return E[s] / sigma of the standard deviation s (ddof = 1) of n normal values; NaN for n < 2.

    c4(n) = sqrt(2 / (n - 1)) Gamma(n / 2) / Gamma((n - 1) / 2); 0.921 for n = 4, so dividing by it
    keeps small clusters from looking more coherent than large ones.
    """
    size = np.where(n >= 2, n, 2).astype(np.float64)
    factor = np.sqrt(2 / (size - 1)) * np.exp(gammaln(size / 2) - gammaln((size - 1) / 2))
    return np.where(n >= 2, factor, np.nan)


def _chi2_quantile(share: float | Floats, degrees: Floats) -> Floats:
    """Quantile of chi-square(degrees), without `scipy.stats`, which takes a second to load."""
    return 2 * gammaincinv(degrees / 2, share)


def scatter_interval(deviation: Floats, freedom: Integers) -> tuple[Floats, Floats]:
    """Return the central 68 % interval of sigma given s with `freedom` degrees of freedom.

    For normal values freedom * s**2 / sigma**2 follows chi-square(freedom).
    """
    degrees = np.where(freedom >= 1, freedom, np.nan)
    low = deviation * np.sqrt(degrees / _chi2_quantile(HIGH_TAIL, degrees))
    high = deviation * np.sqrt(degrees / _chi2_quantile(LOW_TAIL, degrees))
    return low, high


def cluster_coherence(values: Floats, errors: Floats, clusters: Integers) -> ClusterCoherence:
    """Measure each cluster: mean, scatter, error and intrinsic scatter of each element.

    `values` and `errors` (stars, elements) in dex, NaN where not measured; `clusters` (stars,)
    codes from 0, -1 = field. A star counts for an element where its value is finite. The scatter
    is the standard deviation (ddof = 1) over c4; its interval is that of `scatter_interval`. The
    intrinsic scatter is sqrt(max(0, s**2 - error**2)) with error the rms of the measurement errors
    of the same stars, taken as known; its interval carries that of s, and where that ends below the
    error, `least_upper_limit` is its upper end. Fewer than two stars, or stars without errors,
    leave NaN.
    """
    shape = (int(clusters.max(initial=-1)) + 1, values.shape[1])
    n_stars = np.zeros(shape, dtype=np.int64)
    mean, deviation, error = (np.full(shape, np.nan) for _ in range(3))
    for code in range(shape[0]):
        inside = values[clusters == code]
        finite = np.isfinite(inside)
        n_stars[code] = finite.sum(axis=0)
        squares = np.where(finite, errors[clusters == code] ** 2, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean[code] = np.where(finite, inside, 0.0).sum(axis=0) / n_stars[code]
            residual = np.where(finite, inside - mean[code], 0.0)
            deviation[code] = np.sqrt((residual**2).sum(axis=0) / (n_stars[code] - 1))
            error[code] = np.sqrt(squares.sum(axis=0) / n_stars[code])
    deviation[n_stars < 2] = np.nan
    low, high = scatter_interval(deviation, n_stars - 1)
    return ClusterCoherence(
        n_stars=n_stars,
        mean=mean,
        mean_err=deviation / np.sqrt(np.maximum(n_stars, 1)),
        scatter=deviation / c4(n_stars),
        scatter_low=low,
        scatter_high=high,
        error=error,
        intrinsic=_without_error(deviation, error),
        intrinsic_low=_without_error(low, error),
        intrinsic_high=np.where(
            high < error,
            least_upper_limit(deviation, error, n_stars - 1),
            _without_error(high, error),
        ),
    )


def least_upper_limit(deviation: Floats, error: Floats, freedom: Integers) -> Floats:
    """Return the 84 % upper limit of the intrinsic scatter given that it is not below zero.

    Stars that scatter less than their errors by chance do not show that they are alike. With
    freedom * s**2 / sigma**2 of chi-square(freedom), a prior flat in log sigma and sigma no smaller
    than the error, the chance of a larger sigma is chi2(freedom s**2 / sigma**2) over its value at
    the error; for s = 0 it is (error / sigma)**freedom.
    """
    degrees = np.where(freedom >= 1, freedom, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = degrees * deviation**2
        sigma = squares / _chi2_quantile(LOW_TAIL * chdtr(degrees, squares / error**2), degrees)
        alike = error**2 * LOW_TAIL ** (-2 / degrees)
    return _without_error(np.sqrt(np.where(deviation > 0, sigma, alike)), error)


def _without_error(scatter: Floats, error: Floats) -> Floats:
    excess: Floats = scatter**2 - error**2
    return np.sqrt(np.where(np.isnan(excess), np.nan, np.maximum(excess, 0.0)))


def element_coherence(
    measured: ClusterCoherence, generator: np.random.Generator, draws: int
) -> ElementCoherence:
    """Summarise clusters with at least two stars, element by element.

    - typical: median over clusters of the scatter;
    - pooled: sqrt(sum (N - 1) s**2 / sum (N - 1)), with its chi-square interval;
    - between: scatter of the cluster means, sqrt(var(means, ddof = 1) - mean(s**2 / N)), 0 where
      the means differ less than their errors; NaN for fewer than two clusters.

    The 68 % intervals of typical and between are percentiles of `draws` bootstrap samples of
    clusters.
    """
    valid = measured.n_stars >= 2
    deviation = np.where(valid, measured.scatter * c4(measured.n_stars), np.nan)
    freedom = np.where(valid, measured.n_stars - 1, 0)
    total = freedom.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = np.sqrt(np.nansum(freedom * deviation**2, axis=0) / total)
    pooled_low, pooled_high = scatter_interval(pooled, total)
    n_elements = valid.shape[1]
    point = np.full((2, n_elements), np.nan)
    ends = np.full((2, 2, n_elements), np.nan)
    for element in range(n_elements):
        chosen = valid[:, element]
        columns = [
            table[chosen, element] for table in (measured.scatter, measured.mean, measured.mean_err)
        ]
        point[:, element] = _typical_and_between(*(c[None, :] for c in columns))[:, 0]
        count = int(chosen.sum())
        if count >= 2:
            rows = generator.integers(0, count, size=(draws, count))
            sampled = _typical_and_between(*(c[rows] for c in columns))
            ends[:, :, element] = np.quantile(sampled, [LOW_TAIL, HIGH_TAIL], axis=1)
    return ElementCoherence(
        n_clusters=valid.sum(axis=0).astype(np.int64),
        typical_scatter=point[0],
        typical_low=ends[0, 0],
        typical_high=ends[1, 0],
        pooled_scatter=pooled,
        pooled_low=pooled_low,
        pooled_high=pooled_high,
        between=point[1],
        between_low=ends[0, 1],
        between_high=ends[1, 1],
    )


def _typical_and_between(scatter: Floats, mean: Floats, mean_err: Floats) -> Floats:
    """Median scatter and scatter between means of each row; shape (2, rows)."""
    count = scatter.shape[1]
    result = np.full((2, scatter.shape[0]), np.nan)
    if count >= 1:
        result[0] = np.median(scatter, axis=1)
    if count >= 2:
        excess = mean.var(axis=1, ddof=1) - (mean_err**2).mean(axis=1)
        result[1] = np.sqrt(np.maximum(excess, 0.0))
    return result
