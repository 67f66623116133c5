"""Groups of HDBSCAN over several smallest sizes, kept if they are significant and move together.

The recipe of Hunt & Reffert (2021, A&A 646, A104; 2023, A&A 673, A114): leaves of the hierarchy at
several `min_cluster_size`, the cluster significance test, and a limit on the dispersion of the
proper motions, since the test alone lets the clump of the field itself pass. A leaf reaches out to
where it meets its neighbour, in a sparse field far beyond a small cluster, so that stars that do
not move with most of a group leave it before it is judged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chemtag.base.types import Bools, Floats, Ints
from chemtag.survey.astrometry import KM_S
from chemtag.tag.motion.significance import significant_among

FLOOR = 1.0  # mas/yr
VELOCITY = 5.0  # km/s in each direction
WIDTH = 7.0  # robust standard deviations, beyond which a star leaves its group


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


def outliers(measured: Floats) -> Bools:
    """Return which stars (n,) of a group do not move with it; `measured` (n, D) is of any units.

    Stars farther than `WIDTH` robust standard deviations (1.4826 times the median absolute
    deviation) from the median in any column, found anew without them until none is added. A column
    without a spread leaves none out.
    """
    inside = np.ones(len(measured), dtype=bool)
    while True:
        offset = np.abs(measured - np.median(measured[inside], axis=0))
        spread = 1.4826 * np.median(offset[inside], axis=0)
        far = (offset > WIDTH * np.where(spread > 0, spread, np.inf)).any(axis=1)
        if not (far & inside).any():
            return ~inside
        inside &= ~far


def without_outliers(labels: Ints, measured: Floats) -> Ints:
    """Return labels (N,) with the outliers of each group in no group; `measured` (N, D)."""
    left = labels.copy()
    for code in range(int(labels.max(initial=-1)) + 1):
        rows = np.flatnonzero(labels == code)
        left[rows[outliers(measured[rows])]] = -1
    return left


def ladder(
    points: Floats, measured: Floats | None, rungs: Sequence[int], min_samples: int, least: float
) -> Candidates:
    """Return the groups of all rungs that pass, the more significant first.

    `points` (N, D) are clustered; `measured` (N, 3), proper motions in mas/yr and parallaxes in
    mas, say who does not move with a group and whether the others could be one cluster, neither of
    which is asked where it is None. `min_samples` is at most the rung. `least`: significance in
    sigma.
    """
    kept = Candidates([], [], [])
    for labels, strength in leaves(points, rungs, min_samples):
        if measured is not None:
            labels = without_outliers(labels, measured)
        sigma = significant_among(points, labels, least)
        for code in np.flatnonzero(sigma > least):
            rows = np.flatnonzero(labels == code)
            if measured is None or moves_together(measured[rows, :2], measured[rows, 2]):
                kept.rows.append(rows)
                kept.strength.append(strength[rows])
                kept.significance.append(float(sigma[code]))
    # Of equal groups that of the smaller rung stays first.
    order = np.argsort(-np.array(kept.significance), kind="stable")
    return Candidates(
        [kept.rows[i] for i in order],
        [kept.strength[i] for i in order],
        [kept.significance[i] for i in order],
    )


def leaves(points: Floats, rungs: Sequence[int], min_samples: int) -> Iterator[tuple[Ints, Floats]]:
    """Yield labels (N,) and strengths (N,) of the leaves at each rung, the smallest first."""
    from chemtag.tag.density import cluster_grid

    together: dict[int, list[int]] = {}
    for rung in sorted(rungs):
        together.setdefault(min(min_samples, rung), []).append(rung)
    for samples, sizes in together.items():
        for found in cluster_grid(points, sizes, [samples], ["leaf"]):
            yield found.labels.astype(np.int64), found.probabilities


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
