# mypy: allow-untyped-defs
"""A mixture of Gaussians behind the widths of the stars: the smooth density of everything.

Coordinates z (N, d) are those of the space `signal`, in which a birth cluster has unit width; star
i is blurred by its own variances v_i (d,), 1 on average. The mixture describes the density of
cluster centres, p0(theta) = sum_k w_k N(theta | m_k, B_k), and the density of observed stars is
that blurred, f_i = sum_k w_k N(z_i | m_k, B_k + v_i). Since every B_k is positive definite no
component is narrower than a birth cluster: the field cannot follow single groups.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from chemtag.base.compiled import compiled
from chemtag.base.types import Floats, Ints

FLOOR = 0.02
"""Least variance of a component beyond the width, in units of the width."""
NEGLIGIBLE = 1e-6
"""Responsibility below which a star counts for nothing in a component."""
LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Mixture:
    """Shares (ln, (K,)), centres (K, d) and covariances (K, d, d) of p0, the density of centres."""

    log_share: Floats
    mean: Floats
    spread: Floats

    def __len__(self) -> int:
        return len(self.log_share)

    def log_density(self, z: Floats, v: Floats, extra: float = 0.0) -> Floats:
        """ln f_i (N,) of stars at z (N, d) with variances v (N, d), blurred by `extra` besides."""
        return logsumexp(self.log_parts(z, v + extra), axis=1)

    def log_parts(self, z: Floats, v: Floats) -> Floats:
        """ln w_k N(z_i | m_k, B_k + v_i) of each star and component (N, K)."""
        z, v = np.ascontiguousarray(z), np.ascontiguousarray(v)
        parts = np.empty((len(z), len(self)))
        if (v == v[:1]).all():
            factors = np.linalg.cholesky(self.spread + np.eye(z.shape[1]) * v[0])
            _log_gaussians_shared(z, self.mean, np.linalg.inv(factors), parts)
        else:
            _log_gaussians(z, v, self.mean, self.spread, parts)
        return parts + self.log_share

    def draw(self, v: Floats, rng: np.random.Generator) -> Floats:
        """Draw one observed star for each row of variances v (N, d)."""
        component = rng.choice(len(self), size=len(v), p=np.exp(self.log_share))
        normals = rng.standard_normal((2, *v.shape))
        factors = np.linalg.cholesky(self.spread)
        centre = self.mean[component] + np.einsum("nij,nj->ni", factors[component], normals[0])
        return centre + np.sqrt(v) * normals[1]


@compiled()
def _log_gaussians_shared(z, mean, inverse_factor, out):
    """ln N(z_i | m_k, S_k) from the inverses of the Cholesky factors of S_k."""
    n, d = z.shape
    for k in range(len(mean)):
        constant = -0.5 * d * LOG_2PI
        for a in range(d):
            constant += np.log(inverse_factor[k, a, a])
        for i in range(n):
            square = 0.0
            for a in range(d):
                y = 0.0
                for b in range(a + 1):
                    y += inverse_factor[k, a, b] * (z[i, b] - mean[k, b])
                square += y * y
            out[i, k] = constant - 0.5 * square


@compiled()
def _log_gaussians(z, v, mean, spread, out):
    """ln N(z_i | m_k, B_k + diag v_i), a Cholesky factorisation for each star and component."""
    n, d = z.shape
    root = np.zeros((d, d))
    y = np.zeros(d)
    for k in range(len(mean)):
        for i in range(n):
            total = -0.5 * d * LOG_2PI
            for a in range(d):
                for b in range(a + 1):
                    x = spread[k, a, b]
                    if a == b:
                        x += v[i, a]
                    for c in range(b):
                        x -= root[a, c] * root[b, c]
                    root[a, b] = np.sqrt(x) if a == b else x / root[b, b]
                x = z[i, a] - mean[k, a]
                for c in range(a):
                    x -= root[a, c] * y[c]
                y[a] = x / root[a, a]
                total -= 0.5 * y[a] * y[a] + np.log(root[a, a])
            out[i, k] = total


def responsibilities(log_parts: Floats) -> tuple[Floats, float]:
    """Share of each component in each star (N, K), and the mean log likelihood of a star."""
    share = np.ascontiguousarray(log_parts).copy()
    return share, float(_normalise(share))


@compiled()
def _normalise(share):
    """Turn ln of parts (N, K) into shares of their sum, in place; gives the mean ln of the sums."""
    n, K = share.shape
    likelihood = 0.0
    for i in range(n):
        top = -np.inf
        for k in range(K):
            top = max(top, share[i, k])
        total = 0.0
        for k in range(K):
            away = share[i, k] - top
            share[i, k] = np.exp(away) if away > -50 else 0.0
            total += share[i, k]
        for k in range(K):
            share[i, k] /= total
        likelihood += top + np.log(total)
    return likelihood / n


@compiled()
def _moments(z, share):
    """Weights (K,), means (K, d) and covariances (K, d, d) of stars shared among components."""
    n, d = z.shape
    K = share.shape[1]
    weight, mean, spread = np.zeros(K), np.zeros((K, d)), np.zeros((K, d, d))
    for i in range(n):
        for k in range(K):
            r = share[i, k]
            if r > NEGLIGIBLE:
                weight[k] += r
                for a in range(d):
                    mean[k, a] += r * z[i, a]
    for k in range(K):
        mean[k] /= max(weight[k], 1e-9)
    for i in range(n):
        for k in range(K):
            r = share[i, k]
            if r > NEGLIGIBLE:
                for a in range(d):
                    for b in range(a + 1):
                        spread[k, a, b] += r * (z[i, a] - mean[k, a]) * (z[i, b] - mean[k, b])
    for k in range(K):
        for a in range(d):
            for b in range(a + 1):
                spread[k, a, b] /= max(weight[k], 1e-9)
                spread[k, b, a] = spread[k, a, b]
    return weight, mean, spread


@compiled()
def invert_root(spread, v, root):
    """Inverse of the Cholesky factor of `spread` + diag v, in the lower triangle of `root` (d, d).

    (spread + diag v)^-1 is its transpose times itself. A call of LAPACK costs several times as much
    for matrices of a dozen rows.
    """
    d = len(v)
    for a in range(d):
        for b in range(a + 1):
            x = spread[a, b]
            if a == b:
                x += v[a]
            for c in range(b):
                x -= root[a, c] * root[b, c]
            root[a, b] = np.sqrt(x) if a == b else x / root[b, b]
    for b in range(d):
        root[b, b] = 1 / root[b, b]
        for a in range(b + 1, d):
            x = 0.0
            for c in range(b, a):
                x -= root[a, c] * root[c, b]
            root[a, b] = x / root[a, a]


@compiled()
def _deconvolved_moments(z, v, share, mean, spread):
    """As `_moments`, of the true coordinates given the observed ones (Bovy et al. 2011, eq. 13-16).

    b_ik = m_k + B_k u_ik and C_ik = B_k - B_k T^-1 B_k with T = B_k + v_i, u_ik = T^-1 (z_i - m_k).
    B_k is common to all stars, so that sums of r u, r u u' and r T^-1 are all that is needed.
    """
    n, d = z.shape
    K = share.shape[1]
    weight, new_mean, new_spread = np.zeros(K), np.zeros((K, d)), np.zeros((K, d, d))
    root, y, u = np.zeros((d, d)), np.zeros(d), np.zeros(d)
    for k in range(K):
        B = spread[k]
        first, second = np.zeros(d), np.zeros((d, d))
        for i in range(n):
            r = share[i, k]
            if r <= NEGLIGIBLE:
                continue
            invert_root(B, v[i], root)
            weight[k] += r
            for a in range(d):
                y[a] = 0.0
                for c in range(a + 1):
                    y[a] += root[a, c] * (z[i, c] - mean[k, c])
            for a in range(d):
                u[a] = 0.0
                for c in range(a, d):
                    u[a] += root[c, a] * y[c]
                first[a] += r * u[a]
                for c in range(a + 1):
                    inverse = 0.0
                    for e in range(a, d):
                        inverse += root[e, a] * root[e, c]
                    second[a, c] += r * (u[a] * u[c] - inverse)
        for a in range(d):
            for c in range(a):
                second[c, a] = second[a, c]
        total = max(weight[k], 1e-9)
        moved = B @ first / total
        new_mean[k] = mean[k] + moved
        new_spread[k] = weight[k] / total * B + B @ second @ B / total - np.outer(moved, moved)
    return weight, new_mean, new_spread


def floored(spread: Floats, floor: float) -> Floats:
    """Covariances (K, d, d) with eigenvalues of at least `floor`.

    For a Gaussian this is the likeliest covariance under that constraint, given the sample's.
    """
    variances, axes = np.linalg.eigh(spread)
    return np.einsum("kij,kj,klj->kil", axes, np.maximum(variances, floor), axes)


def _nearest_means(z: Floats, k: int, seed: int) -> Ints:
    """Number of the k-means centre of each star (N,)."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        # Stars that share their places may have fewer means than asked for.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(k, n_init=1, random_state=seed).fit_predict(z).astype(np.int64)


def fit_mixture(
    z: Floats,
    n_components: int,
    seed: int,
    floor: float = FLOOR,
    rounds: int = 200,
    tolerance: float = 1e-3,
) -> Mixture:
    """Mixture of `n_components` for stars of unit width, by EM from k-means.

    EM ends when the mean log likelihood of a star grows by less than `tolerance`. O(N K d^2) a
    round. Components that lose their stars are kept with a share of almost 0.
    """
    d = z.shape[1]
    unit = np.eye(d)
    share, before = np.eye(n_components)[_nearest_means(z, n_components, seed)], -np.inf
    found = Mixture(np.empty(0), np.empty((0, d)), np.empty((0, d, d)))
    for _ in range(rounds):
        weight, mean, spread = _moments(z, share)
        spread = floored(spread, 1 + floor) - unit
        found = Mixture(np.log((weight + 1e-9) / (weight + 1e-9).sum()), mean, spread)
        share, now = responsibilities(found.log_parts(z, np.ones((1, d))))
        if now - before < tolerance:
            break
        before = now
    return found


def deconvolve(
    mixture: Mixture,
    z: Floats,
    v: Floats,
    steps: int,
    weight_of_star: Floats | None = None,
    floor: float = FLOOR,
) -> Mixture:
    """Take `steps` of EM from `mixture` with the variances v (N, d) of each star.

    Extreme deconvolution (Bovy, Hogg & Roweis 2011, AnnApS 5, 1657). `weight_of_star` (N,) is the
    share of each star that counts, 1 unless given.
    """
    z, v = np.ascontiguousarray(z), np.ascontiguousarray(v)
    for _ in range(steps):
        share, _ = responsibilities(mixture.log_parts(z, v))
        if weight_of_star is not None:
            share *= weight_of_star[:, None]
        weight, mean, spread = _deconvolved_moments(z, v, share, mixture.mean, mixture.spread)
        log_share = np.log((weight + 1e-9) / (weight + 1e-9).sum())
        mixture = Mixture(log_share, mean, floored(spread, floor))
    return mixture
