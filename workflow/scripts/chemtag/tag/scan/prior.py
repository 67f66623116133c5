# mypy: allow-untyped-defs
"""The density of cluster centres p0 as a prior: its slope at a place, and the price of looking.

p0(theta) = sum_k w_k N(theta | m_k, B_k). Near theta it is, to first order of an EM step, the
Gaussian of precision P = sum_k rho_k B_k^-1 and of mean term h = sum_k rho_k B_k^-1 m_k, with
rho_k the share of component k in p0 at theta.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from chemtag.base.compiled import compiled
from chemtag.base.types import Floats
from chemtag.tag.scan.mixture import Mixture


@dataclass(frozen=True)
class Prior:
    """p0 with what the search needs at every step: ln w_k - ln |B_k| / 2, m_k, B_k, B_k^-1."""

    log_height: Floats
    mean: Floats
    spread: Floats
    precision: Floats

    def local_gaussian(self, theta: Floats) -> tuple[Floats, Floats]:
        """P (G, d, d) and h (G, d) at theta (G, d)."""
        G, d = theta.shape
        P, h = np.zeros((G, d, d)), np.zeros((G, d))
        for g in range(G):
            add_prior(theta[g], self.log_height, self.mean, self.precision, P[g], h[g])
        return P, h

    def log_occam(self, theta: Floats, weight: Floats) -> Floats:
        """ln of the prior volume that a group leaves, (G,): the price of looking everywhere.

        With `weight` (G, d) = sum_i r_i / v_i, the precision that the members give the centre
        theta (G, d), the integral of likelihood times prior about its maximum is the likelihood
        there times sum_k w_k |1 + W B_k|^-1/2 exp(-(theta - m_k)' B_k^-1 (theta - m_k) / 2): the
        Occam factor (MacKay 1992, Neural Comp. 4, 415), exact for one Gaussian component.
        """
        root = np.sqrt(weight)
        parts = np.empty((len(theta), len(self.log_height)))
        for k, (mean, spread, precision) in enumerate(
            zip(self.mean, self.spread, self.precision, strict=True)
        ):
            away = theta - mean
            square = np.einsum("gi,ij,gj->g", away, precision, away)
            shrink = np.eye(theta.shape[1]) + root[:, :, None] * spread * root[:, None, :]
            # log_height holds -ln|B|/2, which is not part of this formula.
            log_share = self.log_height[k] + 0.5 * np.linalg.slogdet(spread)[1]
            parts[:, k] = log_share - 0.5 * square - 0.5 * np.linalg.slogdet(shrink)[1]
        return logsumexp(parts, axis=1)


def prior_of(mixture: Mixture) -> Prior:
    """Return the mixture's p0 in the form of a `Prior`."""
    log_height = mixture.log_share - 0.5 * np.linalg.slogdet(mixture.spread)[1]
    return Prior(
        log_height, mixture.mean, mixture.spread, np.asarray(np.linalg.inv(mixture.spread), float)
    )


@compiled()
def add_prior(theta, log_height, mean, precision, P, h):
    """Add the local Gaussian of p0 at theta (d,) to P (d, d) and h (d,), in place."""
    K, d = mean.shape
    height = np.empty(K)
    top = -np.inf
    for k in range(K):
        square = 0.0
        for a in range(d):
            y = theta[a] - mean[k, a]
            square += precision[k, a, a] * y * y
            for b in range(a):
                square += 2 * precision[k, a, b] * y * (theta[b] - mean[k, b])
        height[k] = log_height[k] - 0.5 * square
        top = max(top, height[k])
    total = 0.0
    for k in range(K):
        height[k] = np.exp(height[k] - top)
        total += height[k]
    for k in range(K):
        share = height[k] / total
        if share < 1e-6:
            continue
        for a in range(d):
            for b in range(d):
                P[a, b] += share * precision[k, a, b]
                h[a] += share * precision[k, a, b] * mean[k, b]
