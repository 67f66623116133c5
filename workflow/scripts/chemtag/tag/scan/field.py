# mypy: allow-untyped-defs
"""The smooth density of everything, which a group must stand out from.

Two fields. `few`: a mixture of as few Gaussians as BIC asks for, right where the density is a small
mixture, as in a simulation. `many`: one Gaussian for every 400 stars, behind the error of each
star, times the local ratio of stars seen to stars expected: a real disc has ridges that no small
mixture follows, and whose crests it would call groups.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from numba import njit

from chemtag.tag.scan.mixture import (
    LOG_2PI,
    Mixture,
    bayesian_information,
    deconvolve,
    fit_mixture,
)
from chemtag.tag.scan.prior import Prior, prior_of
from chemtag.tag.scan.sample import Sample

Floats = npt.NDArray[np.float64]
Kind = Literal["few", "many"]

MOST_COMPONENTS = 6
STARS_A_COMPONENT = 400
DECONVOLUTION_STEPS = 4
RATIO_VARIANCE = 4.0
"""Variance of the kernel of the local ratio, in units of the width."""
TRUST = 5.0
"""Stars that draw the local ratio to 1."""


@dataclass(frozen=True)
class Field:
    """`mixture`, its `prior` of cluster centres, and ln f (N,) at the sample's stars."""

    kind: Kind
    mixture: Mixture
    prior: Prior
    log_density: Floats


def mixture_by_bic(z: Floats, seed: int, most: int = MOST_COMPONENTS) -> Mixture:
    """Mixture of 1 ... `most` components with the least BIC, the better of two starts each.

    Ends where another component makes BIC worse.
    """
    best, least = None, np.inf
    for k in range(1, min(most, len(z)) + 1):
        for start in range(1 if k == 1 else 2):
            found = fit_mixture(z, k, seed + start)
            bic = bayesian_information(found, z)
            if bic < least:
                best, least, at = found, bic, k
        if k > 2 and at < k:
            break
    assert best is not None
    return best


def mixture_by_number(sample: Sample, seed: int) -> Mixture:
    """Mixture of one component for every `STARS_A_COMPONENT` stars, deconvolved star by star."""
    k = max(1, len(sample) // STARS_A_COMPONENT + 1)
    start = fit_mixture(sample.z, k, seed)
    return deconvolve(start, sample.z, sample.variance, DECONVOLUTION_STEPS)


@njit(cache=True)
def _kernel_sums(z, variance, reach):
    """sum over the other stars of exp(-|z_i - z_j|^2 / 2 variance), (N,); z sorted along axis 0."""
    n, d = z.shape
    total = np.zeros(n)
    limit = reach * variance
    for i in range(n):
        for j in range(i + 1, n):
            square = 0.0
            for a in range(d):
                square += (z[i, a] - z[j, a]) ** 2
                if square > limit:
                    break
            if square <= limit:
                pull = np.exp(-0.5 * square / variance)
                total[i] += pull
                total[j] += pull
            elif (z[j, 0] - z[i, 0]) ** 2 > limit:
                break
    return total


def log_local_ratio(sample: Sample, mixture: Mixture, reach: float = 14.0) -> Floats:
    """ln of (stars seen + c) / (stars expected + c), (N,), both smoothed by N(0, `RATIO_VARIANCE`).

    Multiplying the mixture by it follows what the mixture misses on scales of two widths and more
    (Hjort & Glad 1995, Ann. Stat. 23, 882). A kernel density would flatten every crest and so call
    it a group; here crest and expectation are flattened alike. `TRUST` stars c keep the ratio
    near 1 where there are few. O(N^2), stars beyond reach left out.
    """
    z, d = sample.z, sample.z.shape[1]
    seen = _kernel_sums(z, RATIO_VARIANCE, reach)
    smooth = mixture.log_density(z, np.ones((1, d)), extra=RATIO_VARIANCE)
    expected = len(z) * np.exp(smooth + 0.5 * d * (LOG_2PI + np.log(RATIO_VARIANCE)))
    return np.log((seen + TRUST) / (expected + TRUST))


def fit_field(sample: Sample, kind: Kind, seed: int) -> Field:
    """Return the field of the given kind for the stars of a sample."""
    if kind == "few":
        mixture = mixture_by_bic(sample.z, seed)
        log_density = mixture.log_density(sample.z, np.ones((1, sample.z.shape[1])))
    else:
        mixture = mixture_by_number(sample, seed)
        log_density = mixture.log_density(sample.z, sample.variance)
        log_density = log_density + log_local_ratio(sample, mixture)
    return Field(kind, mixture, prior_of(mixture), log_density)
