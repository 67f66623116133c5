"""One cluster in a field: a mixture in proper motion and parallax that knows each star's errors.

Density of star i with measured x_i and error covariance S_i:

    f(x_i) = w N(x_i; m, V + S_i) + (1 - w) sum_k a_k N(x_i; m_k, V_k)

The cluster has an intrinsic covariance V of its own (Bovy, Hogg & Roweis 2011, AnnApS 5, 1657); the
components of the field, `k` of them, describe it as it is measured. All are fitted at once by EM.
The classical mixture is that of Vasilevskis, Klemola & Preston (1958, AJ 63, 387).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from chemtag.base.log import log_progress
from chemtag.base.types import Floats, Ints
from chemtag.tag.motion.em import em_pass
from chemtag.tag.motion.ladder import largest_dispersion, moves_together

FIELD_COMPONENTS = 4
STARTS = 4
CROWD = 15  # neighbours that make a dense place
BACKGROUND = 300  # neighbours that say how dense it is around
Parts = tuple[Floats, Floats, Floats]
"""Shares (K,), centres (K, D) and covariances (K, D, D) of the components of a mixture."""
LEAST_SHARE = 1e-12


@dataclass(frozen=True)
class Mixture:
    """`share` (1 + K,), `centre` (1 + K, D), `covariance` (1 + K, D, D); the cluster is the first.

    `log_likelihood` is the sum over stars.
    """

    share: Floats
    centre: Floats
    covariance: Floats
    log_likelihood: float

    def probability(self, points: Floats, errors: Floats | None) -> Floats:
        """Return the probability (N,) that each star is of the cluster."""
        logs = log_densities(points, errors, self.share, self.centre, self.covariance)
        return np.exp(logs[:, 0] - logsumexp(logs, axis=1))


def log_densities(
    points: Floats, errors: Floats | None, share: Floats, centre: Floats, covariance: Floats
) -> Floats:
    """Return log(a_k N(x_i; m_k, V_k)) (N, 1 + K), with S_i added to V of the first component."""
    logs = np.empty((len(points), len(share)))
    for k in range(len(share)):
        spread = covariance[k] if k or errors is None else covariance[k] + errors
        logs[:, k] = np.log(share[k]) + log_gaussian(points - centre[k], spread)
    return logs


def log_gaussian(offset: Floats, covariance: Floats) -> Floats:
    """Return log N(offset; 0, covariance) of offsets (N, D), one (D, D) or each its own."""
    root = np.linalg.cholesky(covariance)
    dimensions = offset.shape[1]
    if covariance.ndim == 2:
        whitened = np.linalg.solve(root, offset.T).T
        volume = 2 * np.log(np.diag(root)).sum()
    else:
        whitened = np.linalg.solve(root, offset[:, :, None])[:, :, 0]
        volume = 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    squares = (whitened**2).sum(axis=1)
    return -0.5 * (squares + volume + dimensions * np.log(2 * np.pi))


def crowded_places(points: Floats, n: int, crowd: int, background: int) -> tuple[Ints, Floats]:
    """Return the rows of the `n` places densest against what is around, and their radii.

    The contrast of a star is (r_far / r_near)^D, with the distances to its `crowd`-th and
    `background`-th neighbours; a place counts only outside the radius r_far of those before it.
    `points` (N, D) are in units of their spread.
    """
    from scipy.spatial import cKDTree

    far = min(background, len(points) - 1)
    near = min(crowd, far)
    tree = cKDTree(points)
    distances = tree.query(points, k=[near + 1, far + 1])[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        contrast = np.where(distances[:, 0] > 0, distances[:, 1] / distances[:, 0], np.inf)
    free = np.ones(len(points), dtype=bool)
    rows: list[int] = []
    for row in np.argsort(-contrast, kind="stable"):
        if not free[row]:
            continue
        rows.append(int(row))
        free[tree.query_ball_point(points[row], distances[row, 1])] = False
        if len(rows) == n:
            break
    chosen = np.array(rows, dtype=np.int64)
    return chosen, distances[chosen, 0]


def fit_mixture(
    points: Floats,
    errors: Floats | None,
    start: Parts,
    max_iter: int = 200,
    tolerance: float = 1e-6,
) -> Mixture:
    """Return the mixture that EM reaches from (share, centre, covariance).

    `points` (N, D), `errors` (N, D, D) or None. Ends when the mean log-likelihood gains less than
    `tolerance`. A millionth of the variance of the sample is added to each covariance.
    """
    share, centre, covariance = found = start
    own, alone = given_errors(points, errors), np.empty((0, len(share)))
    before = -np.inf
    for _ in log_progress(range(max_iter), max_iter, "steps at most"):
        total, sums, _weight = em_pass(points, own, alone, *found)
        now = total / len(points)
        if now - before < tolerance:
            break
        before = now
        found = next_parts(points, found, total, sums)
    share, centre, covariance = found
    logs = log_densities(points, errors, share, centre, covariance)
    return Mixture(share, centre, covariance, float(logsumexp(logs, axis=1).sum()))


def given_errors(points: Floats, errors: Floats | None) -> Floats:
    """Return covariances of the errors as `em_pass` takes them: none is an array of no star."""
    return np.empty((0, *points.shape[1:], points.shape[1])) if errors is None else errors


def next_parts(points: Floats, found: Parts, likelihood: float, sums: Parts) -> Parts:
    """Return the parameters that follow from the `sums` of `em_pass` over `points` (N, D).

    A millionth of the variance of the sample is added to each covariance. Raises LinAlgError where
    a component has no width.
    """
    if not np.isfinite(likelihood):
        raise np.linalg.LinAlgError("a component has no width")
    number = np.maximum(sums[0], LEAST_SHARE)
    shift = sums[1] / number[:, None]
    # About the new centres, which are the means.
    spread = sums[2] / number[:, None, None] - shift[:, :, None] * shift[:, None]
    floor = 1e-6 * np.diag(points.var(axis=0))
    return number / number.sum(), found[1] + shift, spread + floor


def with_cluster(share: float, centre: Floats, covariance: Floats, field: Parts) -> Parts:
    """Return the start of EM: a cluster of a `share` of the stars, and the field beside it."""
    return (
        np.concatenate([[share], (1 - share) * field[0]]),
        np.vstack([centre, field[1]]),
        np.concatenate([covariance[None], field[2]]),
    )


def parted(found: Parts) -> tuple[Parts, Parts]:
    """Return those components that could be clusters, and the field: the others.

    A component could be a cluster if its proper motions are no wider than a cluster's at its
    parallax. A rich cluster takes components of its own, which must not stay with the field.
    """
    width = np.sqrt(np.trace(found[2][:, :2, :2], axis1=1, axis2=2))
    compact = width < [largest_dispersion(parallax) for parallax in found[1][:, 2]]
    compact[np.argmax(width)] = False
    share, centre, covariance = (array[~compact] for array in found)
    own_share, own_centre, own_covariance = (array[compact] for array in found)
    return (own_share, own_centre, own_covariance), (share / share.sum(), centre, covariance)


def field_start(points: Floats, components: int, seed: int) -> Parts:
    """Return shares, centres and covariances of a Gaussian mixture of all stars."""
    from sklearn.mixture import GaussianMixture

    spread = points.std(axis=0)
    model = GaussianMixture(
        components, reg_covar=1e-3, random_state=seed, max_iter=100, tol=1e-3
    ).fit((points - points.mean(axis=0)) / spread)
    scale = np.outer(spread, spread)
    return (
        model.weights_,
        model.means_ * spread + points.mean(axis=0),
        model.covariances_ * scale,
    )


def find_cluster(
    points: Floats, errors: Floats | None, components: int, starts: int, seed: int
) -> Mixture | None:
    """Return the likeliest mixture whose cluster moves together, None where none does.

    `points` (N, 3) are proper motions in mas/yr and parallaxes in mas, `errors` (N, 3, 3). EM
    starts at the `starts` densest places, and where a mixture of all stars has a compact component
    (`parted`); a cluster moves together if the stars that are rather
    its members than not do (`moves_together`).
    """
    low, high = np.percentile(points, [25, 75], axis=0)
    spread = np.where(high > low, high - low, 1.0)
    compact, field = parted(field_start(points, components, seed))
    tried = [with_cluster(*one, field) for one in zip(*compact, strict=True)]
    rows, radii = crowded_places(points / spread, starts, CROWD, BACKGROUND)
    for row, radius in zip(rows, radii, strict=True):
        first = np.diag((radius * spread) ** 2) / 2
        tried.append(with_cluster(min(CROWD / len(points), 0.5), points[row], first, field))
    best: Mixture | None = None
    for start in log_progress(tried, len(tried), "starts"):
        try:
            found = fit_mixture(points, errors, start)
        except np.linalg.LinAlgError:
            continue  # a component has died
        members = found.probability(points, errors) >= 0.5
        if members.sum() < 2 or not moves_together(points[members, :2], points[members, 2]):
            continue
        if best is None or found.log_likelihood > best.log_likelihood:
            best = found
    return best
