"""Which stars make a group: the set with the best expected purity and completeness."""

from dataclasses import dataclass

import numpy as np

from chemtag.base.types import Floats, Ints
from chemtag.tag.scan.joint import Shares

NOISE = -1
FEWEST = 2
"""Stars below which a group is none."""


@dataclass(frozen=True)
class Members:
    """`group` (N,), -1 = none; `probability` (N,); expected `purity`, `completeness` (G,)."""

    group: Ints
    probability: Floats
    purity: Floats
    completeness: Floats


def members_of(shares: Shares, size: Floats, n_stars: int) -> Members:
    """Give each star to the group with the largest share r in it, if the group gains by it.

    Of the stars whose best group is g, by falling r, the first m are taken with the largest
    min(sum r / m, sum r / n_g): expected purity and completeness, n_g = `size` (G,) the expected
    members. That is the score a recovered cluster is judged by.
    """
    group = np.full(n_stars, NOISE, dtype=np.int64)
    probability = np.zeros(n_stars)
    purity, completeness = np.zeros(len(size)), np.zeros(len(size))
    order = np.lexsort((shares.group, -shares.r, shares.star))
    star = shares.star[order]
    best = np.append(True, star[1:] != star[:-1]) if len(star) else np.empty(0, dtype=bool)
    chosen = order[best]
    for g in range(len(size)):
        mine = chosen[shares.group[chosen] == g]
        mine = mine[np.lexsort((shares.star[mine], -shares.r[mine]))]
        if len(mine) < FEWEST:
            continue
        total = np.cumsum(shares.r[mine])
        pure, complete = total / np.arange(1, len(mine) + 1), total / size[g]
        m = int(np.argmax(np.minimum(pure, complete))) + 1
        if m >= FEWEST:
            group[shares.star[mine[:m]]] = g
            probability[shares.star[mine[:m]]] = shares.r[mine[:m]]
            purity[g], completeness[g] = pure[m - 1], min(complete[m - 1], 1.0)
    return Members(group, probability, purity, completeness)
