"""Groups of field stars that match a group star by star in Teff, log g and [Fe/H]."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from chemtag.base.types import Bools, Floats, Ints

# Draws of a star that is in the drawn group already are repeated so often, then taken in order.
TRIES = 50


@dataclass(frozen=True)
class Matched:
    """Rows of the stars that may stand for each star of a group, (n, K)."""

    rows: Ints

    @property
    def pool(self) -> Ints:
        """Rows of all of them, once each."""
        return np.unique(self.rows)


def matched_stars(parameters: Floats, own: Ints, offered: Bools, neighbours: int) -> Matched:
    """Return, for each star in rows `own` (n,), its nearest among the rows `offered` (N,).

    `parameters` (N, P) are scaled by the standard deviation of the offered stars; P = 0 or a star
    without all of them is matched with every offered star. Ties go by row, which is by identifier.
    """
    rows = np.flatnonzero(offered)
    k = min(neighbours, len(rows))
    everyone = _spread_evenly(rows, k)
    if not parameters.shape[1]:
        return Matched(np.tile(everyone, (len(own), 1)))
    known = np.asarray(np.isfinite(parameters).all(axis=1))
    candidates = rows[known[rows]]
    if len(candidates) < k:
        return Matched(np.tile(everyone, (len(own), 1)))
    scale = parameters[candidates].std(axis=0)
    scale[scale <= 0] = 1.0
    tree = cKDTree(parameters[candidates] / scale)
    found = np.tile(everyone, (len(own), 1))
    inside = known[own]
    if inside.any():
        at = tree.query(parameters[own[inside]] / scale, k=k)[1]
        found[inside] = candidates[at.reshape(-1, k)]
    return Matched(found)


def _spread_evenly(rows: Ints, k: int) -> Ints:
    return rows[np.linspace(0, len(rows) - 1, k).round().astype(int)] if k else rows[:0]


def drawn_groups(matched: Matched, draws: int, generator: np.random.Generator) -> Ints:
    """Return `draws` groups of rows (draws, n), a match for each star, no star twice in a group."""
    n, k = matched.rows.shape
    drawn = matched.rows[np.arange(n), generator.integers(0, k, (draws, n))]
    for _ in range(TRIES):
        again = _repeated(drawn)
        if not again.any():
            break
        where = np.nonzero(again)
        drawn[where] = matched.rows[where[1], generator.integers(0, k, len(where[0]))]
    return drawn


def _repeated(drawn: Ints) -> Bools:
    """True for each star that stands before in its group, (draws, n)."""
    order = np.argsort(drawn, axis=1, kind="stable")
    ordered = np.take_along_axis(drawn, order, axis=1)
    same = np.zeros(drawn.shape, dtype=bool)
    same[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    found = np.zeros(drawn.shape, dtype=bool)
    np.put_along_axis(found, order, same, axis=1)
    return found
