"""Whether probabilities of membership mean what they say."""

from dataclasses import dataclass

import numpy as np

from chemtag.base.types import Bools, Floats, Ints


@dataclass(frozen=True)
class Reliability:
    """By bin of the probability: the number of stars, their mean probability, the share that are
    members; NaN where a bin is empty."""

    number: Ints
    said: Floats
    found: Floats

    @property
    def error(self) -> float:
        """Mean of |said - found| over the stars: the expected calibration error."""
        filled = self.number > 0
        gap = np.abs(self.said[filled] - self.found[filled])
        return float((self.number[filled] * gap).sum() / self.number.sum())


def brier_score(probability: Floats, member: Bools) -> float:
    """Return the mean of (p - 1)^2 over members and p^2 over others (Brier 1950, MWR 78, 1).

    0 is perfect; everyone at the true share of members s gives s (1 - s).
    """
    return float(np.mean((probability - member) ** 2))


def reliability(probability: Floats, member: Bools, bins: int = 10) -> Reliability:
    """Return what is said and what is found in `bins` equal bins of the probability."""
    which = np.minimum((probability * bins).astype(np.int64), bins - 1)
    number = np.bincount(which, minlength=bins)
    with np.errstate(invalid="ignore"):
        said = np.bincount(which, probability, bins) / number
        found = np.bincount(which, member.astype(float), bins) / number
    return Reliability(number, said, found)
