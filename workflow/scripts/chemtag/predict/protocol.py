"""What a predictor is given and what it gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Train:
    """`features` (N, D), NaN = missing; `errors` (N, D) or None; `label` (N,); `fold` (N,) int, the
    same for all rows of a star."""

    features: Floats
    label: Floats
    fold: npt.NDArray[np.int64]
    errors: Floats | None = None


@dataclass(frozen=True)
class Prediction:
    """`value` (M,), its interval `low`, `high` (M,) and `in_domain` (M,): False where the training
    stars say nothing of such a star."""

    value: Floats
    low: Floats
    high: Floats
    in_domain: npt.NDArray[np.bool_]


class Predictor(Protocol):
    """Learns a label from `train` and predicts it for `target` (M, D)."""

    def __call__(
        self, train: Train, target: Floats, settings: Mapping[str, Any], seed: int
    ) -> Prediction: ...
