"""What a tagger is given and what it gives, whatever it does in between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NOISE = -1
"""Group of a star that is in none."""


@dataclass(frozen=True)
class Space:
    """Coordinates of stars and the covariance of their errors.

    `star_id` (N,) in ascending order; `coordinates` (N, D); `covariance` (D, D) shared by all
    stars, (N, D, D) each star's own, or None where no error is known; `names` of the D axes.
    """

    star_id: npt.NDArray[Any]
    coordinates: Floats
    covariance: Floats | None = None
    names: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.star_id)


@dataclass(frozen=True)
class Groups:
    """`group` (N,) of each star, 0 ... K-1 or NOISE; `probability` (N,) in [0, 1] that it belongs
    there, 0 for noise; `significance` (K,) of each group (larger is surer), or None."""

    group: Ints
    probability: Floats
    significance: Floats | None = None


class Tagger(Protocol):
    """Finds groups without knowing the truth; the same for any order of the rows."""

    def __call__(self, space: Space, settings: Mapping[str, Any], seed: int) -> Groups: ...
