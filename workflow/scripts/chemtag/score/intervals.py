"""Intervals of scores: binomial, over other clusters, bootstrap and jackknife over clusters.

Clusters are the units: another survey would bring other clusters. No interval here contains the
choice of a setting.

- *Shares of clusters* (RF(t)): Jeffreys interval. The bootstrap of a share k/n is Binomial(n, k/n)
  and has no width at k = 0 or n; at a true share of 0.03 of 31 its 68 % interval covers 37 %.
- *Scores of the headline*: scatter over samples with other clusters, tagged anew
  (score.resampled_clusters). Measured on simulated samples of 31 and 28 clusters, the 68 and 95 %
  intervals cover their share within the errors of that measurement.

Where a sample is not tagged anew the groups are held as they are:

- *Means and ratios over clusters* (area under RF(t), matched F1, coverage): expanded percentile
  bootstrap over clusters, with the same resamples for every setting, so that differences pair.
- *Entropy and pair scores*: delete-one jackknife over clusters (Efron & Tibshirani 1993, ch. 11).
  A cluster drawn twice shares all its groups with its copy, which lowers purity by construction
  and biases their bootstrap; leaving clusters out does not. Field and noise stars stay in place.

These can be far too narrow: coverage, ARI and pair scores hold 42 to 61 % where they say 68 %,
80 to 90 % for 95 % (tests/golden/test_calibration.py).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

# scipy.stats has the same quantiles to the last bit, and takes half a second to load in every job.
from scipy.special import betainccinv, betaincinv, ndtr, ndtri, stdtrit

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats, Ints

MIN_UNITS = 3
"""Fewest clusters an interval over clusters is given for."""
MISFIT = 3.0
"""Standard deviations from the draws of other samples at which they do not describe the sample."""


class Interval(NamedTuple):
    """Lower and upper end; NaN where no interval is defined."""

    low: float
    high: float


NO_INTERVAL = Interval(np.nan, np.nan)


def wilson_interval(k: float, n: float, level: float) -> Interval:
    """Wilson score interval of a share k / n (Wilson 1927, JASA 22, 209); NaN for n = 0."""
    if n == 0:
        return NO_INTERVAL
    z = -ndtri((1 - _checked(level)) / 2)
    share = k / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return Interval(max(0.0, float(centre - half)), min(1.0, float(centre + half)))


def jeffreys_interval(k: float, n: float, level: float) -> Interval:
    """Equal-tailed Jeffreys interval of a share k / n; NaN for n = 0.

    Quantiles of Beta(k + 1/2, n - k + 1/2), lower end 0 for k = 0 and upper end 1 for k = n
    (Brown, Cai & DasGupta 2001, Stat. Sci. 16, 101).
    """
    if n == 0:
        return NO_INTERVAL
    tail = (1 - _checked(level)) / 2
    low = 0.0 if k == 0 else float(betaincinv(k + 0.5, n - k + 0.5, tail))
    high = 1.0 if k == n else float(betainccinv(k + 0.5, n - k + 0.5, tail))
    return Interval(low, high)


def resampled_clusters(
    eligible: npt.NDArray[np.bool_], n_bootstrap: int, rng: np.random.Generator
) -> Ints:
    """How often each cluster is drawn in each resample (n_bootstrap, n_clusters).

    Clusters are drawn with replacement, the eligible among themselves and the others among
    themselves, so that the number of eligible clusters is that of the sample.
    """
    drawn = np.zeros((n_bootstrap, len(eligible)), dtype=np.int64)
    for stratum in (eligible, ~eligible):
        n = int(stratum.sum())
        if n:
            drawn[:, stratum] = rng.multinomial(n, np.full(n, 1 / n), size=n_bootstrap)
    return drawn


def bootstrap_ratios(numerator: npt.ArrayLike, denominator: npt.ArrayLike, drawn: Ints) -> Floats:
    """sum(numerator) / sum(denominator) over the clusters of each resample (n_bootstrap,).

    A mean over clusters has denominator 1 for clusters that count and 0 for the others; NaN
    where no cluster that counts was drawn.
    """
    top = drawn @ np.asarray(numerator, dtype=float)
    bottom = drawn @ np.asarray(denominator, dtype=float)
    return np.divide(top, bottom, out=np.full(len(drawn), np.nan), where=bottom > 0)


def percentile_interval(draws: npt.ArrayLike, level: float, n_units: int | None = None) -> Interval:
    """Equal-tailed percentile interval of the draws that are defined; NaN without draws.

    With `n_units`, the number of clusters resampled, the tails are those of the expanded
    percentile interval (Hesterberg 2015, Am. Stat. 69, 371): the bootstrap alone is too narrow by
    sqrt((n - 1) / n) and by normal instead of Student tails.
    """
    finite = np.asarray(draws, dtype=float)
    finite = finite[np.isfinite(finite)]
    if not len(finite):
        return NO_INTERVAL
    tail = (1 - _checked(level)) / 2
    if n_units is not None and n_units > 1:
        stretch = np.sqrt(n_units / (n_units - 1))
        tail = float(ndtr(stretch * stdtrit(n_units - 1, tail)))
    low, high = np.quantile(finite, [tail, 1 - tail])
    return Interval(float(low), float(high))


def paired_difference(
    first: npt.ArrayLike, second: npt.ArrayLike, drawn: Ints, level: float
) -> Interval:
    """Bootstrap interval of mean(first - second) over clusters, on the same resamples.

    first, second (n_clusters,): per-cluster values of two settings, spaces or methods, such as
    recovered (0 or 1) or match.
    """
    change = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    draws = bootstrap_ratios(change, np.ones(len(change)), drawn)
    return percentile_interval(draws, level, len(change))


def jackknife_error(left_out: npt.ArrayLike) -> float:
    """Standard error from the scores with one cluster left out each (n_clusters,).

    sqrt((n - 1) / n sum (theta_i - mean theta)^2); NaN for fewer than `MIN_UNITS` clusters or
    an undefined score.
    """
    scores = np.asarray(left_out, dtype=float)
    n = len(scores)
    if n < MIN_UNITS or not np.isfinite(scores).all():
        return np.nan
    return float(np.sqrt((n - 1) / n * ((scores - scores.mean()) ** 2).sum()))


def jackknife_interval(
    value: float,
    left_out: npt.ArrayLike,
    level: float,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Interval:
    """value -+ t jackknife error, Student's t with n - 1 degrees of freedom, cut to `bounds`.

    NaN where the error is undefined or 0 (all clusters alike tell nothing about others).
    """
    error = jackknife_error(left_out)
    if not (np.isfinite(value) and error > 0):
        return NO_INTERVAL
    t = -stdtrit(len(np.asarray(left_out)) - 1, (1 - _checked(level)) / 2)
    low, high = np.clip([value - t * error, value + t * error], *bounds)
    return Interval(float(low), float(high))


def spread_interval(
    value: float,
    draws: npt.ArrayLike,
    level: float,
    n_units: int,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Interval:
    """value -+ t times the standard deviation of draws of other samples, cut to `bounds`.

    A bootstrap of the standard error (Efron & Tibshirani 1993, ch. 6), Student's t with
    n_units - 1 degrees of freedom. NaN for fewer than `MIN_UNITS` clusters or two draws, an
    undefined score, draws that do not vary, and where the value is further than `MISFIT` standard
    deviations from their mean: then they are not like the sample.
    """
    scores = np.asarray(draws, dtype=float)
    if n_units < MIN_UNITS or len(scores) < 2 or not np.isfinite([value, *scores]).all():
        return NO_INTERVAL
    error = scores.std(ddof=1)
    if error < 1e-12 or abs(value - scores.mean()) > MISFIT * error:
        return NO_INTERVAL
    t = -stdtrit(n_units - 1, (1 - _checked(level)) / 2)
    low, high = np.clip([value - t * error, value + t * error], *bounds)
    return Interval(float(low), float(high))


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise InputProblem(
            f"confidence level: found {level:g}, expected a number between 0 and 1, such as 0.68."
        )
    return level
