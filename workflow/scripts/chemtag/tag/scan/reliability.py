"""What the expected purity and completeness of a group are worth: a calibration learnt by trial.

The shares of a group's stars (`chemtag.tag.scan.membership`) say how pure it is if it is one, and
if size and centre are right. A group may be none, and those it has were fitted to the same stars.
So both numbers are too high, most of all at small evidence. On simulated samples, where the truth
is known, true values t were set against expected ones e and the evidence E:

    t = chance + max(1 - (1 - e)^power - chance, 0) pi,    pi = 1 / (1 + exp(-offset - slope E)),

with pi the share of groups that are one, `chance` the value of those that are none (a lone member
and its neighbours), and `power` what the fit makes the rest look better than they are. t never
falls where e or E rises. It is learnt from other samples: no truth of the sample at hand is read. A
field that is rougher than the simulated ones has more false groups, and there the calibrated values
are too high still (docs/tagger.md).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from chemtag.base.types import Floats

STARTS = ((0.0, 0.5, 1.0, 0.2), (3.0, 1.5, 0.8, 0.2), (1.0, 1.0, 1.0, 0.05))
BOUNDS = ((-10.0, 10.0), (0.0, 10.0), (0.1, 2.0), (0.0, 0.5))


@dataclass(frozen=True)
class Reliability:
    """`offset` and `slope` of pi, `power` on the expected impurity, value by `chance`."""

    offset: float
    slope: float
    power: float
    chance: float

    def calibrated(self, expected: npt.ArrayLike, evidence: npt.ArrayLike) -> Floats:
        """Values (K,) in 0 ... 1; NaN where the expected value or the evidence is."""
        E = np.asarray(evidence, dtype=float)
        real = 1 - (1 - np.clip(np.asarray(expected, dtype=float), 0, 1)) ** self.power
        share = expit(self.offset + self.slope * E)
        return np.asarray(self.chance + np.maximum(real - self.chance, 0) * share, float)


def fit_reliability(
    expected: npt.ArrayLike, evidence: npt.ArrayLike, true: npt.ArrayLike
) -> Reliability:
    """The coefficients by maximum (quasi-)likelihood of true shares (K,) in 0 ... 1.

    Papke & Wooldridge (1996, J. Appl. Econometrics 11, 619): the likelihood of a coin, for shares.
    The best of several `STARTS` is taken.
    """
    t = np.asarray(true, dtype=float)

    def minus_log_likelihood(values: Floats) -> float:
        p = np.clip(Reliability(*values).calibrated(expected, evidence), 1e-6, 1 - 1e-6)
        return float(-(t * np.log(p) + (1 - t) * np.log1p(-p)).sum())

    tried = [
        minimize(minus_log_likelihood, start, method="L-BFGS-B", bounds=BOUNDS) for start in STARTS
    ]
    best = min(tried, key=lambda found: float(found.fun))
    return Reliability(*(float(value) for value in best.x))


LEARNT_ON = "survey recipe, whole observation, 15 samples among 400 to 8,000 field stars"
"""`python benchmarks/tagger.py reliability --rows R.jsonl`, R.jsonl of `observed`: seeds 0 to 5
among 400 and 2,000 field stars, 0 to 2 among 8,000; with contaminants, trends, tails of errors."""
PURITY = Reliability(0.52, 0.50, 0.70, 0.32)
COMPLETENESS = Reliability(-0.90, 0.58, 0.43, 0.24)
