"""What every algorithm is given, and what it says when it finds no groups."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Settings = Mapping[str, Any]

NOISE = -1


class NoGroups(Exception):
    """An algorithm ended without a partition: it did not converge, or lacks what it needs."""


@dataclass(frozen=True)
class Stars:
    """N stars in a chemical space.

    `star_id` (N,); `coordinates` (N, D); `covariances` (N, D, D) of their errors in units of the
    space, or None; `fe_h` (N,) in dex, or None.
    """

    star_id: npt.NDArray[Any]
    coordinates: Floats
    covariances: Floats | None = None
    fe_h: Floats | None = None

    def __len__(self) -> int:
        return len(self.star_id)

    def take(self, rows: npt.NDArray[Any]) -> "Stars":
        """Return the stars of the given rows, in that order."""
        return replace(
            self,
            star_id=self.star_id[rows],
            coordinates=self.coordinates[rows],
            covariances=None if self.covariances is None else self.covariances[rows],
            fe_h=None if self.fe_h is None else self.fe_h[rows],
        )
