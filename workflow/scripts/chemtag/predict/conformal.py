"""Conformal intervals: split, or split within bins of the predicted value (Mondrian)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from chemtag.base.problems import InputProblem

Kind = Literal["split", "mondrian"]
KINDS: tuple[Kind, ...] = ("split", "mondrian")
# Fewer stars than this in a bin do not set its width.
LEAST_STARS = 20


@dataclass(frozen=True)
class Calibration:
    """Residuals of stars that the model has not seen, from which the intervals follow.

    residual, predicted, difficulty: (M,) of the calibration stars. Difficulty is the standard
    deviation expected of a residual, in any unit: intervals are wider in proportion. edges: inner
    edges of the bins of the predicted value; empty for `split`. level: nominal coverage.
    """

    residual: np.ndarray
    predicted: np.ndarray
    difficulty: np.ndarray
    edges: np.ndarray
    level: float

    def interval(self, value: np.ndarray, difficulty: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends (N,), (N,) of the intervals of predicted values (N,).

        value +- q * difficulty, where q is the ceil(level (m + 1))-th smallest of
        |residual| / difficulty among the m calibration stars of the bin (split conformal
        prediction: Fontana, Zeni & Vantini 2023, Bernoulli 29, 1; Mondrian bins and the package
        crepes: Bostroem 2024, PMLR 230).
        """
        from crepes import ConformalRegressor

        regressor = ConformalRegressor().fit(
            self.residual, self.difficulty, bins_of(self.predicted, self.edges)
        )
        ends = regressor.predict_int(
            value, difficulty, bins_of(value, self.edges), confidence=self.level
        )
        return ends[:, 0], ends[:, 1]


def bins_of(value: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the bin (N,) of each value; a value on an edge stands above it."""
    return np.searchsorted(edges, value, side="right")


def calibrate(
    residual: np.ndarray,
    predicted: np.ndarray,
    difficulty: np.ndarray,
    kind: Kind,
    level: float,
    n_bins: int = 3,
) -> Calibration:
    """Return the calibration by stars (M,) that the model has not seen.

    Mondrian bins hold like numbers of them by predicted value; there are fewer than `n_bins`
    where one would hold too few: less than LEAST_STARS, or than bound an interval of such a level.
    Raises InputProblem if all stars are too few.
    """
    least = max(LEAST_STARS, int(np.ceil(level / (1 - level))))
    if len(residual) < least:
        raise InputProblem(
            f"predict: {len(residual)} stars are left to calibrate intervals of {100 * level:g} %; "
            f"at least {least} are needed: give more stars with a label or a lower level."
        )
    edges = np.empty(0)
    if kind == "mondrian":
        for bins in range(n_bins, 1, -1):
            edges = np.quantile(predicted, np.arange(1, bins) / bins)
            counts = np.bincount(bins_of(predicted, edges), minlength=bins)
            if counts.min() >= least:
                break
        else:
            edges = np.empty(0)
    return Calibration(residual, predicted, difficulty, edges, level)
