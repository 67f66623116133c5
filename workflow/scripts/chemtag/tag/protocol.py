"""What a tagger is given and what it gives, whatever it does in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from chemtag.base.types import Floats, Ints

Settings = Mapping[str, Any]

NOISE = -1
"""Group of a star that is in none."""


class NoGroups(Exception):
    """A tagger ended without a partition: it did not converge, or lacks what it needs."""


@dataclass(frozen=True)
class Space:
    """Coordinates of stars and the covariance of their errors.

    `star_id` (N,) in ascending order; `coordinates` (N, D); `covariance` (D, D) shared by all
    stars, (N, D, D) each star's own, or None where no error is known; `names` of the D axes.
    `beside`: further quantities (N,) of the stars by name, in their own units: [Fe/H] in dex as
    `fe_h`, say. `width`: covariance of a member about the centre of its birth cluster, errors and
    scatter within the cluster, shaped as `covariance`, or None where nobody says. Where each axis
    is one quantity, its value is coordinate * `divisor` + `centre` (D,); else both are None.
    """

    star_id: npt.NDArray[Any]
    coordinates: Floats
    covariance: Floats | None = None
    names: tuple[str, ...] = field(default=())
    beside: Mapping[str, Floats] = field(default_factory=dict)
    width: Floats | None = None
    centre: Floats | None = None
    divisor: Floats | None = None

    @classmethod
    def of(cls, coordinates: Floats, covariance: Floats | None = None) -> Self:
        """Return the space of stars that have no name but their row."""
        return cls(
            np.array([f"{row:08d}" for row in range(len(coordinates))], dtype=object),
            np.asarray(coordinates, dtype=float),
            covariance,
        )

    def __len__(self) -> int:
        return len(self.star_id)

    @property
    def covariances(self) -> Floats | None:
        """Covariance of each star's errors (N, D, D), or None where no error is known."""
        if self.covariance is None or self.covariance.ndim == 3:
            return self.covariance
        return np.broadcast_to(self.covariance, (len(self), *self.covariance.shape))

    def in_units(self, names: Sequence[str]) -> Floats:
        """Return the quantities `names` (N, len(names)) of the stars in their own units.

        Raises NoGroups where they are no axes of the space.
        """
        axes = self._axes(names)
        assert self.centre is not None
        assert self.divisor is not None
        return self.coordinates[:, axes] * self.divisor[axes] + self.centre[axes]

    def errors_in_units(self, names: Sequence[str]) -> Floats | None:
        """Return the covariance of each star's errors of the quantities `names`, or None."""
        axes = self._axes(names)
        if self.covariances is None:
            return None
        assert self.divisor is not None
        scale = np.outer(self.divisor[axes], self.divisor[axes])
        return self.covariances[:, axes][:, :, axes] * scale

    def _axes(self, names: Sequence[str]) -> list[int]:
        lacking = [name for name in names if name not in self.names]
        if lacking or self.centre is None or self.divisor is None:
            raise NoGroups(
                f"it needs {', '.join(names)} as axes of the space, which has "
                f"{', '.join(self.names) or 'no names'}; give them as features of the sample, and "
                "a space without transform"
            )
        return [self.names.index(name) for name in names]

    def moved(self, coordinates: Floats) -> Self:
        """Return the same stars at other coordinates (N, D)."""
        return replace(self, coordinates=coordinates)

    def take(self, rows: npt.NDArray[Any]) -> Self:
        """Return the stars of the given rows, in that order."""
        return replace(
            self,
            star_id=self.star_id[rows],
            coordinates=self.coordinates[rows],
            covariance=_of_rows(self.covariance, rows),
            beside={name: values[rows] for name, values in self.beside.items()},
            width=_of_rows(self.width, rows),
        )


def _of_rows(matrices: Floats | None, rows: npt.NDArray[Any]) -> Floats | None:
    """Matrices of some stars where each has its own, else those of all."""
    return matrices if matrices is None or matrices.ndim == 2 else matrices[rows]


@dataclass(frozen=True)
class Groups:
    """`group` (N,) of each star, 0 ... K-1 or NOISE; `probability` (N,) in [0, 1] that it belongs
    there, 0 for noise; `significance` (K,) of each group (larger is surer), or None."""

    group: Ints
    probability: Floats
    significance: Floats | None = None

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return int(self.group.max(initial=NOISE)) + 1


class Tagger(Protocol):
    """Finds groups without knowing the truth; the same for any order of the rows."""

    def __call__(self, space: Space, settings: Settings, seed: int) -> Groups: ...
