"""Groups of HDBSCAN over several smallest sizes, kept if they are significant and move together.

The recipe of Hunt & Reffert (2021, A&A 646, A104; 2023, A&A 673, A114): leaves of the hierarchy at
several `min_cluster_size`, the cluster significance test, and a limit on the dispersion of the
proper motions, since the test alone lets the clump of the field itself pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chemtag.base.types import Bools, Floats, Ints
from chemtag.survey.astrometry import KM_S
from chemtag.tag.motion.significance import significant_among

FLOOR = 1.0  # mas/yr
VELOCITY = 5.0  # km/s in each direction


@dataclass(frozen=True)
class Candidates:
    """Groups that may overlap: the rows of each, its strengths there and its significance."""

    rows: list[Ints]
    strength: list[Floats]
    significance: list[float]


def proper_motion_dispersion(motion: Floats) -> float:
    """Return the total standard deviation, in mas/yr, of proper motions (n, 2): both axes added in
    quadrature, divisor n."""
    return float(np.sqrt(motion.var(axis=0).sum()))


def largest_dispersion(parallax: float) -> float:
    """Return the largest total dispersion in mas/yr of a cluster at a parallax in mas.

    max(1, 5 sqrt(2) parallax / KM_S): 5 km/s in both directions, or 1 mas/yr for clusters so far
    that errors dominate (Hunt & Reffert 2023; Cantat-Gaudin & Anders 2020, A&A 633, A99).
    """
    return max(FLOOR, VELOCITY * np.sqrt(2) * parallax / KM_S)


def moves_together(motion: Floats, parallax: Floats) -> bool:
    """Whether stars with proper motions (n, 2) and parallaxes (n,) could be one cluster."""
    return proper_motion_dispersion(motion) < largest_dispersion(float(np.mean(parallax)))


def ladder(
    points: Floats,
    motion: Floats | None,
    parallax: Floats | None,
    rungs: Sequence[int],
    min_samples: int,
    least: float,
) -> Candidates:
    """Return the groups of all rungs that pass, the more significant first.

    `points` (N, D) are clustered; `motion` (N, 2) in mas/yr and `parallax` (N,) in mas decide on
    the dispersion, which is not asked for where they are None. `least`: significance in sigma.
    """
    from chemtag.tag.density import cluster_grid

    kept = Candidates([], [], [])
    for found in cluster_grid(points, sorted(rungs), [min_samples], ["leaf"]):
        labels = found.labels.astype(np.int64)
        sigma = significant_among(points, labels, least)
        for code in np.flatnonzero(sigma > least):
            rows = np.flatnonzero(labels == code)
            if motion is None or parallax is None or moves_together(motion[rows], parallax[rows]):
                kept.rows.append(rows)
                kept.strength.append(found.probabilities[rows])
                kept.significance.append(float(sigma[code]))
    # Of equal groups that of the smaller rung stays first.
    order = np.argsort(-np.array(kept.significance), kind="stable")
    return Candidates(
        [kept.rows[i] for i in order],
        [kept.strength[i] for i in order],
        [kept.significance[i] for i in order],
    )


def without_overlap(found: Candidates, n_stars: int) -> tuple[Ints, Floats, Floats]:
    """Return group (N,), strength (N,) and significance (K,) of groups that share no star.

    They are taken in their order; one that shares stars with an earlier one is left out.
    """
    group = np.full(n_stars, -1, dtype=np.int64)
    strength = np.zeros(n_stars)
    significance: list[float] = []
    for rows, degree, sigma in zip(found.rows, found.strength, found.significance, strict=True):
        taken: Bools = group[rows] >= 0
        if taken.any():
            continue
        group[rows] = len(significance)
        strength[rows] = degree
        significance.append(sigma)
    return group, strength, np.array(significance, dtype=float)
