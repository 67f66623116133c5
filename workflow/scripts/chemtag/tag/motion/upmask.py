"""UPMASK: members are stars alike in motion that also lie close together on the sky.

Krone-Martins & Moitinho (2014, A&A 561, A57), with astrometry in place of photometry and the
spanning tree of Cantat-Gaudin et al. (2018, A&A 618, A93): the data are drawn anew within their
errors; k-means cuts them into small groups; a group stays if its stars lie closer together on
the sky than random stars of the field; what stays is cut again until nothing falls. The
probability of a star is the share of the draws in which it stays.
"""

import numpy as np
from scipy.spatial import cKDTree

from chemtag.base.log import log_progress
from chemtag.base.seeds import generator_for
from chemtag.base.types import Bools, Floats, Ints
from chemtag.tag.motion.skies import SkyTest

LEAST = 5
"""Fewer stars left than this are no group."""
ROUNDS = 20
CONE = 3.0
"""A cone of fewer r50 of the cluster has no sky beside it to compare with."""


def membership(
    motion: Floats,
    errors: Floats | None,
    test: SkyTest,
    per_group: int,
    sigma: float,
    draws: int,
    seed: int,
) -> Floats:
    """Return the probability (N,) of each star by UPMASK.

    `motion` (N, D) are proper motions and parallaxes, `errors` (N, D, D) or None; `per_group`
    stars a group of k-means on average, `sigma` the closeness on the sky that a group needs.
    Without errors only k-means differs between draws.
    """
    roots = None if errors is None else np.linalg.cholesky(errors)
    kept = np.zeros(len(motion))
    for draw in log_progress(range(draws), draws, "draws"):
        rng = generator_for(seed, "upmask", "draw", draw)
        moved = motion
        if roots is not None:
            moved = motion + np.einsum("nij,nj->ni", roots, rng.standard_normal(motion.shape))
        kept += stays(moved, test, per_group, sigma, int(rng.integers(2**31)))
    return kept / draws


def stays(motion: Floats, test: SkyTest, per_group: int, sigma: float, seed: int) -> Bools:
    """Return which stars (N,) stay in one draw: cut and test until no star falls any more."""
    spread = motion.std(axis=0)
    scaled = motion / np.where(spread > 0, spread, 1.0)
    rows: Ints = np.arange(len(motion))
    for turn in range(ROUNDS):
        if len(rows) < LEAST:
            rows = rows[:0]
            break
        group = np.full(len(motion), -1, dtype=np.int64)
        group[rows] = cut(scaled[rows], max(len(rows) // per_group, 1), seed + turn)
        close = test.closeness(group) >= sigma
        left = rows[close[group[rows]]]
        if len(left) == len(rows):
            break
        rows = left
    found = np.zeros(len(motion), dtype=bool)
    found[rows] = True
    return found


def cut(points: Floats, n_groups: int, seed: int, max_iter: int = 20) -> Ints:
    """Return the group (n,) of each point (n, D) by Lloyd's k-means from random points.

    The nearest centre is found with a tree, in n log k, and sums are taken in the order of the
    rows, whatever the number of threads. A centre without points stays where it is.
    """
    centre = points[np.random.default_rng(seed).choice(len(points), n_groups, replace=False)]
    group = np.zeros(len(points), dtype=np.int64)
    for turn in range(max_iter):
        before, group = group, cKDTree(centre).query(points)[1].astype(np.int64)
        if turn and (group == before).all():
            break
        number = np.bincount(group, minlength=n_groups)
        sums = np.column_stack([np.bincount(group, x, n_groups) for x in points.T])
        filled = number > 0
        centre = centre.copy()
        centre[filled] = sums[filled] / number[filled, None]
    return group


def cone_radius(sky: Floats) -> float:
    """Return the largest distance of stars (N, 2) from the middle of their field."""
    middle = (sky.min(axis=0) + sky.max(axis=0)) / 2
    return float(np.sqrt(((sky - middle) ** 2).sum(axis=1)).max())


def half_radius(sky: Floats) -> float:
    """Return the median distance r50 of stars (n, 2) from their median place."""
    return float(np.median(np.sqrt(((sky - np.median(sky, axis=0)) ** 2).sum(axis=1))))
