"""A smooth surface of recovery over the plane of errors and field stars, with its uncertainty.

logit RF40 over (ln errors, ln field stars) is a Gaussian process: a plane plus a smooth deviation
whose size and lengths are the likeliest (scikit-learn). Cells of the plane share their clusters, so
their noise is correlated, and the whole covariance is used. What the surface says of a cell that it
was not shown, and where it crosses one half, then have intervals of their own.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit, ndtri

from chemtag.base.types import Floats

PLANE = 10.0
"""Prior deviation of the plane's three numbers, in logit: next to no opinion."""
LENGTHS = (0.2, 50.0)
"""Bounds of the lengths of the deviation, in units of the extent of the plane."""
SIZES = (0.05, 30.0)
"""Bounds of its standard deviation, in logit."""
LEVELS = (0.68, 0.95)


@dataclass(frozen=True)
class Surface:
    """`places` (c, 2) ln of errors and field stars, `value` (c,) logit of recovery, `noise` (c, c).

    `kernel` is a kernel of scikit-learn with its numbers fitted; `low`, `extent` (2,) scale the
    axes.
    """

    places: Floats
    value: Floats
    noise: Floats
    kernel: Any
    low: Floats
    extent: Floats

    def scaled(self, places: Floats) -> Floats:
        """Places in units of the extent of the plane, from -1/2 to 1/2."""
        return (np.atleast_2d(places) - self.low) / self.extent - 0.5

    def at(self, places: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of logit recovery at `places` (n, 2)."""
        here, known = self.scaled(places), self.scaled(self.places)
        across = self.kernel(here, known)
        total = self.kernel(known) + self.noise
        mean = across @ np.linalg.solve(total, self.value)
        spread = self.kernel.diag(here) - np.einsum(
            "ij,ji->i", across, np.linalg.solve(total, across.T)
        )
        return mean, np.sqrt(np.maximum(spread, 0))

    def left_out(self) -> tuple[Floats, Floats]:
        """Mean and deviation of each cell's value (c,) foretold from all other cells.

        Of the value as it was measured, its noise given that of the others included (Rasmussen &
        Williams 2006, eq. 5.12).
        """
        inverse = np.linalg.inv(self.kernel(self.scaled(self.places)) + self.noise)
        variance = 1 / np.diag(inverse)
        return self.value - variance * (inverse @ self.value), np.sqrt(variance)


def logit_of_share(units: Floats) -> tuple[Floats, Floats]:
    """Logit of the share recovered in each cell (c,) and its covariance (c, c).

    `units` (n, c) are 0 or 1. A share k / n is taken as (k + 1/2) / (n + 1), so that none and all
    have a logit; its variance is that of the units, at least the binomial one of that share.
    """
    n = len(units)
    share = (units.sum(axis=0) + 0.5) / (n + 1)
    slope = 1 / (share * (1 - share))
    covariance = np.atleast_2d(np.cov(units, rowvar=False)) / n
    least = share * (1 - share) / (n + 1)
    np.fill_diagonal(covariance, np.maximum(np.diag(covariance), least))
    return logit(share), covariance * np.outer(slope, slope)


def fit_surface(error_scales: Floats, n_fields: Floats, units: Floats) -> Surface:
    """Fit the surface to cells (c,) at `error_scales`, `n_fields`; `units` (n, c) are 0 or 1."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct

    places = np.column_stack([np.log(error_scales), np.log(n_fields)])
    value, noise = logit_of_share(units)
    low, extent = places.min(axis=0), np.ptp(places, axis=0)
    plane = ConstantKernel(PLANE**2, "fixed") * DotProduct(1.0, "fixed")
    deviation = ConstantKernel(0.25, tuple(size**2 for size in SIZES)) * RBF([1.0, 1.0], LENGTHS)
    model = GaussianProcessRegressor(plane + deviation, alpha=np.diag(noise), random_state=0)
    with warnings.catch_warnings():
        # A length at its bound says that the deviation is a plane, or has no shape: both are fine.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit((places - low) / extent - 0.5, value)
    return Surface(places, value, noise, model.kernel_, low, extent)


def shares(mean: Floats, deviation: Floats, level: float) -> tuple[Floats, Floats]:
    """Ends of the interval of a share at `level`, from logit mean and deviation."""
    reach = ndtri(0.5 + level / 2) * deviation
    return expit(mean - reach), expit(mean + reach)


def half_recovered(
    surface: Surface, error_scale: float, n_fields: Floats, level: float | None = None
) -> tuple[float, float]:
    """Field stars at which recovery falls to one half: the crossing, or the ends of its interval.

    `n_fields` (n,) ascend. NaN where it lies beyond them. The interval at `level` has the numbers
    of field stars at which one half is just within the surface's own interval.
    """
    places = np.column_stack([np.full(len(n_fields), np.log(error_scale)), np.log(n_fields)])
    mean, deviation = surface.at(places)
    reach = 0.0 if level is None else float(ndtri(0.5 + level / 2))
    ends = [_crossing(np.log(n_fields), mean + sign * reach * deviation) for sign in (-1, 1)]
    return ends[0], ends[1]


def _crossing(x: Floats, y: Floats) -> float:
    """exp(x) at which y falls through 0 for the last time; NaN if it does not."""
    falls = np.flatnonzero((y[:-1] >= 0) & (y[1:] < 0))
    if not len(falls):
        return float("nan")
    at = falls[-1]
    return float(np.exp(x[at] + (x[at + 1] - x[at]) * y[at] / (y[at] - y[at + 1])))


def side_of(surface: Surface, error_scale: float, n_fields: Floats) -> str:
    """Where the crossing lies: inside the plane, at fewer, or at more field stars than computed."""
    ends = np.log([[error_scale, n_fields[0]], [error_scale, n_fields[-1]]])
    first, last = surface.at(ends)[0]
    return "fewer" if first < 0 else "more" if last >= 0 else "inside"
