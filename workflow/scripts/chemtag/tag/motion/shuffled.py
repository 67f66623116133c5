"""DBSCAN with the epsilon of Castro-Ginard et al., random stars by shuffling, several minPts.

Castro-Ginard et al. (2018, A&A 618, A59, Sect. 3.1): epsilon lies halfway between the smallest
distance to the (minPts - 1)-th neighbour in the field and the same where there are no clusters.
Here the field without clusters is the field itself with each coordinate dealt out anew, which
keeps the distribution of each; in the paper it is drawn from kernel density estimates.
"""

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from chemtag.base.log import log_progress
from chemtag.base.types import Floats, Ints
from chemtag.tag.motion.ladder import Candidates
from chemtag.tag.motion.significance import significant_among

FEW = 1000
"""Stars whose distances bound those of all."""


def smallest_distances(points: Floats, min_samples: Sequence[int]) -> Floats:
    """Return, for each minPts, the smallest distance to the (minPts - 1)-th neighbour.

    No star is looked at farther away than the smallest distances of a few stars reach.
    """
    ranks = [min(samples, len(points)) for samples in min_samples]
    tree = cKDTree(points)
    few = tree.query(points[:: max(len(points) // FEW, 1)], k=ranks)[0].min(axis=0)
    near = tree.query(points, k=ranks, distance_upper_bound=few.max())[0]
    return np.minimum(few, near.min(axis=0))


def dealt_anew(points: Floats, rng: np.random.Generator) -> Floats:
    """Return points (N, D) with each coordinate permuted over them, one after the other."""
    return np.column_stack([rng.permutation(column) for column in points.T])


def shuffled_epsilons(
    points: Floats, min_samples: Sequence[int], repeats: int, seed: int
) -> Floats:
    """Return epsilon for each minPts; `points` (N, D), `repeats` shuffles."""
    rng = np.random.default_rng(seed)
    random = np.zeros(len(min_samples))
    for _ in log_progress(range(repeats), repeats, "shuffles"):
        random += smallest_distances(dealt_anew(points, rng), min_samples)
    return (smallest_distances(points, min_samples) + random / repeats) / 2


def dense_groups(
    points: Floats, min_samples: Sequence[int], repeats: int, seed: int, least: float
) -> Candidates:
    """Return the groups of DBSCAN of all minPts more significant than `least`, the surest first."""
    from sklearn.cluster import DBSCAN

    rows: list[Ints] = []
    significance: list[float] = []
    for samples, epsilon in zip(
        min_samples, shuffled_epsilons(points, min_samples, repeats, seed), strict=True
    ):
        if not epsilon > 0:
            continue
        labels = DBSCAN(eps=epsilon, min_samples=samples).fit_predict(points).astype(np.int64)
        sigma = significant_among(points, labels, least)
        for code in np.flatnonzero(sigma > least):
            rows.append(np.flatnonzero(labels == code))
            significance.append(float(sigma[code]))
    order = np.argsort(-np.array(significance), kind="stable")
    return Candidates(
        [rows[i] for i in order],
        [np.ones(len(rows[i])) for i in order],
        [significance[i] for i in order],
    )
