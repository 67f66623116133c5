"""The largest evidence of samples without a group, as a law of the number of stars.

Chance groups are rare and far apart, so their number above an evidence E is Poisson, with a mean
that falls off like exp(-(E - m) / s): that there is none has the probability P(largest < E) =
exp(-exp(-(E - m) / s)), Gumbel's law (`gumbel_r` of scipy.stats). Its location m moves with ln N.
Fitted to draws of several sizes it gives the p-values of samples that are too large to be drawn
often.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from chemtag.base.types import Floats

FEWEST = 2
"""Least number of sizes that tell how the location moves."""


@dataclass(frozen=True)
class Extremes:
    """Location `location` + `slope` ln N and scale `scale` of Gumbel's law, of `draws` samples."""

    location: float
    slope: float
    scale: float
    draws: int

    def expected(self, evidence: npt.ArrayLike, n_stars: float) -> Floats:
        """Expected number of chance groups (K,) of at least `evidence` in a sample of N stars."""
        centre = self.location + self.slope * np.log(n_stars)
        power = np.clip(-(np.asarray(evidence, dtype=float) - centre) / self.scale, -700, 700)
        return np.exp(power)

    def p_family(self, evidence: npt.ArrayLike, n_stars: float) -> Floats:
        """Probability (K,) that the largest evidence of a sample of N stars is at least this.

        At least 1 / (1 + draws): the law is not known farther out than it was seen.
        """
        return np.maximum(-np.expm1(-self.expected(evidence, n_stars)), 1 / (1 + self.draws))


def fit_extremes(n_stars: npt.ArrayLike, largest: npt.ArrayLike) -> Extremes:
    """Gumbel's law of `largest` (T,) evidences of samples of `n_stars` (T,), by maximum likelihood.

    ln L = sum(-ln s - x - exp(-x)), x = (E - location - slope ln N) / s. Draws without any
    candidate count as the weakest that was seen. With fewer than `FEWEST` sizes the slope is 0.
    """
    log_n = np.log(np.asarray(n_stars, dtype=float))
    found = np.asarray(largest, dtype=float)
    if not np.isfinite(found).any():
        raise ValueError("no draw has any candidate")
    found = np.where(np.isfinite(found), found, found[np.isfinite(found)].min())
    middle, moves = log_n.mean(), len(np.unique(log_n)) >= FEWEST
    start_scale = max(found.std() * np.sqrt(6) / np.pi, 1e-3)
    start = np.array([found.mean() - 0.5772 * start_scale, 0.0, np.log(start_scale)])

    def minus_log_likelihood(values: Floats) -> float:
        scale = np.exp(values[2])
        x = (found - values[0] - moves * values[1] * (log_n - middle)) / scale
        return float((values[2] + x + np.exp(np.minimum(-x, 50))).sum())

    best = minimize(
        minus_log_likelihood, start, method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-8, "maxiter": 5000},
    ).x  # fmt: skip
    slope = float(best[1]) if moves else 0.0
    return Extremes(float(best[0] - slope * middle), slope, float(np.exp(best[2])), len(found))
