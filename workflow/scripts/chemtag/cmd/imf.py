"""The initial mass function of Kroupa (2001, MNRAS 322, 231), as far as isochrones reach.

dN/dm goes as m^-1.3 from 0.08 to 0.5 and as m^-2.3 above (solar masses), continuous at 0.5.
"""

import numpy as np

from chemtag.base.types import Floats

LOWEST, BREAK = 0.08, 0.5
_BELOW, _ABOVE = 1.3, 2.3


def stars_below(mass: Floats) -> Floats:
    """Return the number of stars (any shape) between LOWEST and `mass` (solar), unnormalised.

    The integral of m^-1.3 to BREAK and of BREAK m^-2.3 beyond it.
    """
    low = np.clip(mass, LOWEST, BREAK)
    high = np.maximum(mass, BREAK)
    below = (LOWEST ** (1 - _BELOW) - low ** (1 - _BELOW)) / (_BELOW - 1)
    return below + BREAK * (BREAK ** (1 - _ABOVE) - high ** (1 - _ABOVE)) / (_ABOVE - 1)


def mass_below(stars: Floats) -> Floats:
    """Return the mass (any shape, solar) below which there are so many stars: the inverse."""
    to_break = stars_below(np.array(BREAK))
    few = np.minimum(stars, to_break)
    low = (LOWEST ** (1 - _BELOW) - (_BELOW - 1) * few) ** (1 / (1 - _BELOW))
    rest = np.maximum(stars - to_break, 0.0) * (_ABOVE - 1) / BREAK
    high = (BREAK ** (1 - _ABOVE) - rest) ** (1 / (1 - _ABOVE))
    return np.where(stars <= to_break, low, high)


def drawn_masses(low: float, high: float, n: int, generator: np.random.Generator) -> Floats:
    """Return `n` masses between `low` and `high` (solar), drawn from the function."""
    ends = stars_below(np.array([low, high]))
    return mass_below(generator.uniform(ends[0], ends[1], n))
