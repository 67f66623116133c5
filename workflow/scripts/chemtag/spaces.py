"""Chemical spaces: how abundances become the coordinates that are tagged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chemtag.problems import InputProblem

Array = NDArray[np.float64]

# Of 31 simulated clusters (16 elements) 14.5 are recovered at errors of 0.03 dex, 5.6 at 0.05,
# 0.9 at 0.15.
COARSE_ERROR = 0.05


@dataclass(frozen=True)
class Space:
    """Coordinates (N, D) = (values - centre) / scale, with centre and scale (D,) in dex.

    `notes` are sentences about the space that a user should read.
    """

    coordinates: Array
    centre: Array
    scale: Array
    unit: str
    notes: list[str] = field(default_factory=list)

    def to_abundances(self, coordinates: Array) -> Array:
        """Map coordinates (M, D) back to abundances in dex."""
        return np.asarray(coordinates) * self.scale + self.centre


def raw_scale(values: Array, errors: Array, dimensions: Sequence[str]) -> tuple[Array, Array]:
    """Dex as they are: centre 0, scale 1."""
    return np.zeros(values.shape[1]), np.ones(values.shape[1])


def zscore_scale(values: Array, errors: Array, dimensions: Sequence[str]) -> tuple[Array, Array]:
    """Mean and population standard deviation (ddof 0) of the sample."""
    for i, dimension in enumerate(dimensions):
        if np.ptp(values[:, i]) == 0:
            raise InputProblem(
                f"column {dimension} holds the same value {values[0, i]:g} for all {len(values)} "
                "stars, so it has no standard deviation; leave the element out or use the scale "
                "raw."
            )
    return values.mean(axis=0), values.std(axis=0, ddof=0)


def error_scale(values: Array, errors: Array, dimensions: Sequence[str]) -> tuple[Array, Array]:
    """Median error of the sample, one number an element (Hogg et al. 2016, ApJ 833, 262)."""
    typical = median_errors(errors)
    for i, dimension in enumerate(dimensions):
        if not np.isfinite(typical[i]) or typical[i] <= 0:
            found = "no errors" if np.isnan(typical[i]) else f"a median error of {typical[i]:g}"
            raise InputProblem(
                f"column {dimension}_err has {found}, so {dimension} cannot be scaled by it; set "
                "cuts/errors/floor, give the errors of the catalogue, or use the scale raw or "
                "zscore."
            )
    return np.zeros(values.shape[1]), typical


Scale = Callable[[Array, Array, Sequence[str]], tuple[Array, Array]]
SCALES: dict[str, Scale] = {
    "raw": raw_scale,
    "zscore": zscore_scale,
    "error_scaled": error_scale,
}
UNITS = {"raw": "dex", "zscore": "", "error_scaled": ""}


def median_errors(errors: Array) -> Array:
    """Return the median of the errors given, an element (E,); NaN where none is given."""
    errors = np.asarray(errors, dtype=float)
    result = np.full(errors.shape[1], np.nan)
    for i in range(errors.shape[1]):
        given = errors[~np.isnan(errors[:, i]), i]
        if len(given):
            result[i] = np.median(given)
    return result


def make_space(values: Array, errors: Array, scale: str, dimensions: Sequence[str]) -> Space:
    """Return the space of abundances `values` (N, D) with `errors` (N, D), both in dex.

    `scale` is one of `SCALES`, `dimensions` the columns' names for messages. All scales are
    linear maps of each column. Raises `InputProblem` for a missing abundance, for a constant
    column under zscore and for absent or zero errors under error_scaled.
    """
    values, errors = np.asarray(values, dtype=float), np.asarray(errors, dtype=float)
    missing = ~np.isfinite(values)
    if missing.any():
        worst = int(missing.sum(axis=0).argmax())
        raise InputProblem(
            f"column {dimensions[worst]} has no value for {int(missing[:, worst].sum())} of "
            f"{len(values)} stars; a space needs all of them: add the element (and fe, to change "
            "the ratio) to the sample's elements."
        )
    centre, divisor = SCALES[scale](values, errors, dimensions)
    coordinates = (values - centre) / divisor
    return Space(coordinates, centre, divisor, UNITS[scale], coarse_notes(errors, dimensions))


def coarse_notes(errors: Array, dimensions: Sequence[str]) -> list[str]:
    """Return a warning if the typical abundance is too coarse to tag, else nothing."""
    typical = median_errors(errors)
    given = np.isfinite(typical)
    if not given.any() or np.median(typical[given]) <= COARSE_ERROR:
        return []
    worst = dimensions[int(np.nanargmax(typical))]
    return [
        f"the median error of the sample is {np.median(typical[given]):.3f} dex (largest: {worst}, "
        f"{np.nanmax(typical):.3f} dex); above {COARSE_ERROR:g} dex few birth clusters can be told "
        "apart, so expect low scores."
    ]
