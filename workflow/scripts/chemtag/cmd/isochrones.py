"""A grid of isochrones: magnitudes of stars of one age and metallicity by initial mass."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chemtag.base.types import Floats

# Magnitudes beyond this are none: 999.999 in PARSEC tables.
NO_MAGNITUDE = 500.0
# Evolutionary labels of PARSEC: 8 and 9, thermal pulses and later, are short and badly sampled.
LAST_LABEL = 7


@dataclass(frozen=True)
class Isochrone:
    """One log10 age (yr) and [M/H]; initial masses (K,), rising; magnitudes (K, 3): G, BP, RP."""

    log_age: float
    mh: float
    mass: Floats
    magnitude: Floats

    def at(self, mass: Floats) -> Floats:
        """Return absolute G, BP, RP (N, 3) of initial masses (N,), NaN outside of the isochrone."""
        found = np.column_stack(
            [np.interp(mass, self.mass, band, np.nan, np.nan) for band in self.magnitude.T]
        )
        return found

    @property
    def colour(self) -> Floats:
        """BP - RP (K,)."""
        return self.magnitude[:, 1] - self.magnitude[:, 2]


@dataclass(frozen=True)
class Grid:
    """Isochrones, by age and then metallicity, and what they are."""

    isochrones: Sequence[Isochrone]
    name: str

    def near(self, log_age: float, mh: float) -> Isochrone:
        """Return the isochrone nearest in age, and of these nearest in [M/H]."""
        ages, metals = self._places
        off = np.abs(ages - log_age)
        same = np.flatnonzero(off <= off.min() + 1e-9)
        return self.isochrones[int(same[np.argmin(np.abs(metals[same] - mh))])]

    @cached_property
    def _places(self) -> tuple[Floats, Floats]:
        ages = np.array([one.log_age for one in self.isochrones])
        return ages, np.array([one.mh for one in self.isochrones])

    def between(self, log_age: tuple[float, float], mh: tuple[float, float]) -> list[Isochrone]:
        """Return the isochrones within both ranges, ends included."""
        return [
            one
            for one in self.isochrones
            if log_age[0] - 1e-6 <= one.log_age <= log_age[1] + 1e-6
            and mh[0] - 1e-6 <= one.mh <= mh[1] + 1e-6
        ]


def grid_of(
    log_age: Floats, mh: Floats, mass: Floats, magnitude: Floats, label: Floats | None, name: str
) -> tuple[Grid, int]:
    """Return the grid of rows (N,), magnitudes (N, 3), and how many rows have no magnitude.

    Rows without magnitude, and of evolutionary labels above LAST_LABEL, are dropped. Of rows of one
    mass the first stands.
    """
    known = (np.isfinite(magnitude) & (np.abs(magnitude) < NO_MAGNITUDE)).all(axis=1)
    kept = known & (np.ones(len(mass), bool) if label is None else label <= LAST_LABEL)
    found = []
    for age, metals in sorted(set(zip(np.round(log_age, 4), np.round(mh, 4), strict=True))):
        rows = np.flatnonzero(kept & (np.round(log_age, 4) == age) & (np.round(mh, 4) == metals))
        masses, first = np.unique(mass[rows], return_index=True)
        if len(masses) > 1:
            found.append(Isochrone(float(age), float(metals), masses, magnitude[rows[first]]))
    return Grid(tuple(found), name), int((~known).sum())
