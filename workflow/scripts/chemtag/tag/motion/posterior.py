"""How probably stars belong to clusters that UPMASK has found, by a mixture of place and motion.

The share of draws in which a star stays is no probability: the measured motion, which errors have
moved already, is moved a second time. Here the stars found are only where the clusters start:

    f = sum_c w_c P(s_i; s_c, a_c) N(x_i; m_c, V_c + S_i) + (1 - w) / A sum_k b_k N(x_i; m_k, V_k)

with the place s, the motion and parallax x, error covariance S, the area A of the field on the sky,
and the Plummer profile P = (1 + |s - s_c|^2 / a^2)^-2 / (pi a^2). P is a Student distribution of
two degrees of freedom in two dimensions, which gives the steps of EM for s_c and a.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.spatial import ConvexHull

from chemtag.base.log import log_progress
from chemtag.base.types import Floats, Ints
from chemtag.tag.motion.em import em_pass
from chemtag.tag.motion.ladder import moves_together
from chemtag.tag.motion.mixture import (
    FIELD_COMPONENTS,
    Parts,
    field_start,
    given_errors,
    next_parts,
    parted,
)
from chemtag.tag.motion.upmask import CONE, LEAST, cone_radius, half_radius

MOST = 4
"""Clusters looked for among the stars found."""
EACH = 10
"""Stars found for each of them."""
APART = 3.0
STARTS = 0.5
"""Stars that stay in this share of the draws or more are where the clusters start."""
FIELD = 0.1
"""Stars that stay in fewer of the draws are where the field starts from."""
STEPS = 200
GAIN = 0.01
"""In the log-likelihood; EM ends when it gains less."""
TAIL = 1e-6
TINY = 1e-4  # deg


@dataclass(frozen=True)
class Sky:
    """Plummer profiles of clusters on the sky: `centre` (C, 2) and `radius` (C,) in deg."""

    centre: Floats
    radius: Floats

    def log_density(self, sky: Floats) -> Floats:
        """Return the logarithm of each profile (N, C) at places (N, 2), per square deg."""
        squares = self.squares(sky)
        return -np.log(np.pi * self.radius**2) - 2 * np.log1p(squares)

    def squares(self, sky: Floats) -> Floats:
        """Return the squared distances (N, C) of places from the centres, in units of the radii."""
        away = sky[:, None] - self.centre
        return (away**2).sum(axis=2) / self.radius**2

    def next(self, sky: Floats, weight: Floats) -> "Sky":
        """Return the profiles after a step of EM, by probabilities `weight` (N, C)."""
        near = (weight > TAIL).any(axis=1)
        sky, weight = sky[near], weight[near]
        pull = weight * 2 / (1 + self.squares(sky))
        centre = pull.T @ sky / pull.sum(axis=0)[:, None]
        squares = ((sky[:, None] - centre) ** 2).sum(axis=2)
        return Sky(
            centre, np.maximum(np.sqrt((pull * squares).sum(axis=0) / weight.sum(axis=0)), TINY)
        )


def membership_by_model(
    sky: Floats, motion: Floats, errors: Floats | None, share: Floats, seed: int
) -> Floats | None:
    """Return the probability (N,) of each star to be of the clusters that UPMASK found.

    `sky` (N, 2) in deg, `motion` (N, 3) in mas/yr and mas, `errors` (N, 3, 3) or None, `share` (N,)
    of the draws in which a star stays: clusters start from those of half or more. None where a
    cluster of the model is none: its stars do not move together, or the cone is narrower than
    `CONE` times its radius.
    """
    widest = cone_radius(sky) / CONE
    rows = np.flatnonzero(share >= STARTS)
    clump = clumps(np.hstack([sky, motion])[rows], seed)
    parts = [rows[clump == k] for k in range(clump.max() + 1)]
    parts = [own for own in parts if len(own) >= LEAST and half_radius(sky[own]) <= widest]
    if not parts or (share < FIELD).sum() < FIELD_COMPONENTS:
        return None
    field = parted(field_start(motion[share < FIELD], FIELD_COMPONENTS, seed))[1]
    try:
        weight, profiles = fitted(sky, motion, errors, *started(sky, motion, errors, parts, field))
    except np.linalg.LinAlgError:
        return None
    for k in range(len(parts)):
        own = weight[:, k] >= 0.5
        together = own.sum() > 1 and moves_together(motion[own, :2], motion[own, 2])
        if not together or profiles.radius[k] > widest:
            return None
    return np.minimum(weight.sum(axis=1), 1.0)


def clumps(points: Floats, seed: int) -> Ints:
    """Return the clump (n,) of stars at `points` (n, D).

    Of the Gaussian mixture of the best BIC, up to `MOST` components without correlations, one for
    each `EACH` stars at most, those are one clump that lie within `APART` of their joint standard
    deviations in all axes: core and halo of a cluster, or stars of the field about it.
    """
    from sklearn.mixture import GaussianMixture

    spread = points.std(axis=0)
    scaled = (points - points.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    tried = [
        GaussianMixture(k, covariance_type="diag", n_init=3, reg_covar=1e-4, random_state=seed).fit(
            scaled
        )
        for k in range(1, max(min(MOST, len(points) // EACH), 1) + 1)
    ]
    best = min(tried, key=lambda model: float(model.bic(scaled)))
    gap = np.abs(best.means_[:, None] - best.means_)
    joint = np.sqrt(best.covariances_[:, None] + best.covariances_)
    _, clump = connected_components((gap < APART * joint).all(axis=2), directed=False)
    return np.asarray(clump, dtype=np.int64)[best.predict(scaled)]


def started(
    sky: Floats, motion: Floats, errors: Floats | None, parts: Sequence[Ints], field: Parts
) -> tuple[Parts, Sky]:
    """Return where EM starts: clusters from their stars, the field beside them."""
    share = np.array([len(own) for own in parts]) / len(sky)
    spread = []
    for own in parts:
        # Robust, as stars of the field are among those found.
        low, high = np.percentile(motion[own], [16, 84], axis=0)
        variance = np.maximum(((high - low) / 2) ** 2, TINY**2)
        blur = 0.0 if errors is None else np.diagonal(errors[own], axis1=1, axis2=2).mean(axis=0)
        spread.append(np.diag(np.maximum(variance - blur, 0.2 * variance)))
    profiles = Sky(
        np.array([np.median(sky[own], axis=0) for own in parts]),
        np.array([max(half_radius(sky[own]), TINY) for own in parts]),
    )
    return (
        np.concatenate([share, (1 - share.sum()) * field[0]]),
        np.vstack([*(np.median(motion[own], axis=0) for own in parts), field[1]]),
        np.concatenate([np.array(spread), field[2]]),
    ), profiles


def fitted(
    sky: Floats, motion: Floats, errors: Floats | None, found: Parts, profiles: Sky
) -> tuple[Floats, Sky]:
    """Return the probabilities (N, C) of each cluster that EM reaches, and its profiles.

    Raises LinAlgError where a cluster has died.
    """
    n_clusters = len(profiles.radius)
    even = np.full((len(sky), len(found[0]) - n_clusters), -np.log(ConvexHull(sky).volume))
    own = given_errors(motion, errors)
    before = -np.inf
    for _ in log_progress(range(STEPS), STEPS, "steps at most"):
        beside = np.hstack([profiles.log_density(sky), even])
        total, sums, weight = em_pass(motion, own, beside, *found, n_clusters)
        if total - before < GAIN:
            break
        before = total
        found = next_parts(motion, found, total, sums)
        if (sums[0][:n_clusters] < 2).any():
            raise np.linalg.LinAlgError("a cluster has no stars")
        profiles = profiles.next(sky, weight)
    return weight, profiles
