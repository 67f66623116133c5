"""What becomes of noise and field in a score, and the types that all counts share."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from chemtag.base.types import Floats

NoisePolicy = Literal["group", "drop", "singleton"]
FieldPolicy = Literal["class", "drop"]
Summand = Callable[[npt.NDArray[Any]], Floats]
"""A function of numbers of stars, 0 where there is none."""


def inverse(sizes: npt.NDArray[Any]) -> Floats:
    """1 / sizes, 0 where there is no star."""
    return np.divide(1.0, sizes, out=np.zeros(np.shape(sizes)), where=sizes != 0)
