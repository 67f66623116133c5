"""How much a group's data speak for a common value of part of its stars, against the field.

The log of the likelihood ratio of a mixture, a share `pi` of the stars at one value c and the
others of the field f, against stars of the field alone:

    L(c, pi) = sum_i ln(1 - pi + pi N(x_i | c, e_i^2 + s^2) / f(x_i)),

largest over c and pi. e_i are the errors, s the spread of true values within a birth group, f the
density of the observed values of matched field stars (Gaussian kernels).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import logsumexp

from chemtag.base.types import Floats

# Rounds of expectation and maximisation from each start, and starts: every star of smaller groups.
ROUNDS = 5
MAX_STARTS = 16
# Kernels of the density of the field: more stars than these are thinned evenly by rank.
MAX_KERNELS = 500
# Cells of one block of groups, so that memory stays small.
BLOCK = 2_000_000
# Places between which a density in one dimension is interpolated.
KNOTS = 4096
_TINY = 1e-300


@dataclass(frozen=True)
class FieldDensity:
    """Density of observed values of field stars: Gaussian kernels `points` (K, D), widths (D,)."""

    points: Floats
    width: Floats

    def log(self, values: Floats) -> Floats:
        """Return ln f at values (..., D) as (...).

        In one dimension it is interpolated between `KNOTS` places up to six widths beyond the
        stars, to 0.01 where they are; farther out it is computed.
        """
        flat = values.reshape(-1, values.shape[-1])
        if flat.shape[1] > 1:
            return self._computed(flat).reshape(values.shape[:-1])
        places, known = self._knots
        found = np.interp(flat[:, 0], places, known)
        beyond = (flat[:, 0] < places[0]) | (flat[:, 0] > places[-1])
        found[beyond] = self._computed(flat[beyond])
        return found.reshape(values.shape[:-1])

    @cached_property
    def _knots(self) -> tuple[Floats, Floats]:
        reach = 6 * self.width[0]
        places = np.linspace(self.points.min() - reach, self.points.max() + reach, KNOTS)
        return places, self._computed(places[:, None])

    def _computed(self, flat: Floats) -> Floats:
        """Return ln f at values (M, D)."""
        found = np.empty(len(flat))
        step = max(1, BLOCK // (len(self.points) * flat.shape[1]))
        norm = np.log(len(self.points)) + np.log(self.width * np.sqrt(2 * np.pi)).sum()
        for start in range(0, len(flat), step):
            part = flat[start : start + step, None, :]
            z = -0.5 * (((part - self.points) / self.width) ** 2).sum(axis=2)
            found[start : start + step] = logsumexp(z, axis=1) - norm
        return found


def field_density(values: Floats) -> FieldDensity:
    """Return the kernel density of values (K, D) by Scott's rule with a robust spread.

    The spread is the smaller of the standard deviation and (q84 - q16)/2, and never 0.
    """
    ordered = values[np.lexsort(values.T[::-1])]
    if len(ordered) > MAX_KERNELS:
        ordered = ordered[np.linspace(0, len(ordered) - 1, MAX_KERNELS).round().astype(int)]
    low, high = np.quantile(values, [0.16, 0.84], axis=0)
    spread = np.minimum(values.std(axis=0), (high - low) / 2)
    spread = np.where(spread > 0, spread, np.maximum(values.std(axis=0), 1e-9))
    width = spread * len(ordered) ** (-1.0 / (values.shape[1] + 4))
    return FieldDensity(ordered, width)


def common_value(values: Floats, errors: Floats, spread: Floats, field: FieldDensity) -> Floats:
    """Return the statistic (B,) of B groups: values and errors (B, n, D), spread (D,)."""
    n = values.shape[1]
    starts = min(n, MAX_STARTS)
    step = max(1, BLOCK // (starts * n * values.shape[2]))
    parts = [
        _of_block(values[i : i + step], errors[i : i + step], spread, field, starts)
        for i in range(0, len(values), step)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def _of_block(
    values: Floats, errors: Floats, spread: Floats, field: FieldDensity, starts: int
) -> Floats:
    variance = (errors**2 + spread**2)[:, None]  # (B, 1, n, D)
    log_field = np.maximum(field.log(values), np.log(_TINY))[:, None]  # (B, 1, n)
    stars = values[:, None]
    # Starts: every star of a small group, evenly spaced ones of a larger.
    centre = values[:, _spaced(values.shape[1], starts)]  # (B, S, D)
    share = np.full(centre.shape[:2], 0.5)
    norm = -0.5 * np.log(2 * np.pi * variance).sum(axis=3)
    for _ in range(ROUNDS):
        ratio = _ratio(stars, centre, variance, norm, log_field)
        taken = share[..., None] * ratio
        taken = taken / (taken + 1 - share[..., None])
        weight = taken[..., None] / variance
        total = np.maximum(weight.sum(axis=2), _TINY)
        centre = (weight * stars).sum(axis=2) / total
        share = np.clip(taken.mean(axis=2), 1e-3, 1 - 1e-9)
    ratio = _ratio(stars, centre, variance, norm, log_field)
    return np.log1p(share[..., None] * (ratio - 1)).sum(axis=2).max(axis=1)


def _ratio(
    stars: Floats, centre: Floats, variance: Floats, norm: Floats, log_field: Floats
) -> Floats:
    """N(x | c, v) / f(x), (B, S, n), bounded so that nothing overflows."""
    z = ((stars - centre[:, :, None]) ** 2 / variance).sum(axis=3)
    return np.exp(np.clip(norm - 0.5 * z - log_field, -200, 200))


def _spaced(n: int, starts: int) -> np.ndarray:
    return np.linspace(0, n - 1, starts).round().astype(int)
