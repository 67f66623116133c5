"""The width of a birth cluster measured on the known members of other clusters.

This learns from truth: `other_clusters` is in its name, and the cluster that is scored is never
among those it is measured on. Members lists hold contaminants, and abundances of members follow
Teff and log g; so the centre of each cluster and the common covariance are those of a multivariate
t, trends common to all clusters are removed, and few stars are helped by a simpler matrix.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaincinv

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats, Ints
from chemtag.space.width import Width

DEGREES = 4.0
"""Degrees of freedom of the t: stars far off count for little."""
ROUNDS = 60
RIDGE = 2.0
"""Stars' worth of prior on slopes of 0 (per 500 K and per dex of log g)."""
SHRINKAGE = 20.0
"""Stars' worth of prior on one common mode and a diagonal, for each abundance."""


@dataclass(frozen=True)
class Within:
    """Covariance (D, D) in dex^2 within clusters, their centres (K, D), slopes (F, D)."""

    covariance: Floats
    centres: Floats
    slopes: Floats


def centred(table: Floats, code: Ints, weight: Floats) -> Floats:
    """`table` (N, F) less the weighted mean of its cluster."""
    total = np.bincount(code, weight)
    means = [np.bincount(code, weight * column) / total for column in table.T]
    return table - np.stack(means, axis=1)[code] if len(means) else table


def t_weights(residuals: Floats, covariance: Floats) -> Floats:
    """Weights (N,) of EM for a multivariate t, (nu + D) / (nu + squared Mahalanobis distance).

    Lange, Little & Taylor (1989, JASA 84, 881).
    """
    square = np.einsum("ni,ij,nj->n", residuals, np.linalg.inv(covariance), residuals)
    return (DEGREES + residuals.shape[1]) / (DEGREES + square)


def gaussian_core(dimensions: int) -> float:
    """Scale matrix of the t fitted to Gaussian members, in units of their covariance.

    The s for which E[(nu + D) q / (nu s + q)] = D with q chi-squared of D degrees: 0.69 for D = 1,
    0.92 for D = 20. Dividing by it makes the covariance right where there are no outliers.
    """
    quantiles = 2 * gammaincinv(dimensions / 2, (np.arange(4000) + 0.5) / 4000)

    def surplus(scale: float) -> float:
        mean = np.mean((DEGREES + dimensions) * quantiles / (DEGREES * scale + quantiles))
        return float(mean - dimensions)

    return float(brentq(surplus, 0.1, 1.5))


def within_clusters(values: Floats, code: Ints, trends: Floats | None = None) -> Within:
    """Robust covariance of `values` (N, D) within clusters `code` (N,), by EM of a t.

    `trends` (N, F) are Teff and log g, say, in units of a typical range; slopes on them are common
    to all clusters, with a ridge of `RIDGE` stars. Divisor N - K: a centre a cluster is fitted. The
    covariance is the scale matrix of the t over `gaussian_core`: right for Gaussian members, and
    hardly inflated by contaminants.
    """
    n, D = values.shape
    K = int(code.max()) + 1
    features = np.empty((n, 0)) if trends is None else np.asarray(trends, dtype=float)
    slopes: Floats = np.zeros((features.shape[1], D))
    centres = np.array([np.median(values[code == k], axis=0) for k in range(K)])
    residuals = values - centres[code]
    covariance: Floats = residuals.T @ residuals / (n - K)
    for _ in range(ROUNDS):
        weight = t_weights(residuals, covariance)
        x, y = centred(features, code, weight), centred(values, code, weight)
        if features.shape[1]:
            normal = (weight[:, None] * x).T @ x + RIDGE * np.eye(x.shape[1])
            slopes = np.asarray(np.linalg.solve(normal, (weight[:, None] * x).T @ y), float)
        residuals = y - x @ slopes
        covariance = np.asarray((weight[:, None] * residuals).T @ residuals / (n - K), float)
    total = np.bincount(code, weight)
    level = values - features @ slopes
    centres = np.stack([np.bincount(code, weight * column) / total for column in level.T], axis=1)
    return Within(covariance / gaussian_core(D), centres, slopes)


def one_mode(covariance: Floats, rounds: int = 500) -> Floats:
    """The covariance (D, D) by one common mode and a diagonal: factor analysis by EM.

    Rubin & Thayer (1982, Psychometrika 47, 69). 2 D numbers, where the full matrix has D (D + 1)/2.
    """
    variance = np.diag(covariance)
    load, own = 0.7 * np.sqrt(variance), 0.5 * variance
    for _ in range(rounds):
        beta = np.linalg.solve(np.outer(load, load) + np.diag(own), load)
        load = covariance @ beta / (1 - beta @ load + beta @ covariance @ beta)
        own = np.maximum(variance - load * (beta @ covariance), 1e-3 * variance)
    return np.outer(load, load) + np.diag(own)


def shrunk(covariance: Floats, n_free: int) -> Floats:
    """Average of the covariance of `n_free` degrees and its `one_mode`, `SHRINKAGE` stars each."""
    D = len(covariance)
    prior = SHRINKAGE * D / 10
    return (n_free * covariance + prior * one_mode(covariance)) / (n_free + prior)


def width_of_clusters(
    values: Floats, names: Sequence[str], clusters: NDArray, trends: Floats | None = None
) -> Width:
    """Width `other_clusters` from the members (N, D) of known `clusters` (N,), shared by all stars.

    The caller leaves out the cluster that will be scored; `leave_one_out` does. Clusters of one
    star tell nothing and are ignored. Raises `InputProblem` for fewer members than it needs.
    """
    clusters = np.asarray(clusters).astype(str)
    known, code, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    kept = sizes[code] >= 2
    code = np.unique(code[kept], return_inverse=True)[1]
    n, K, D = int(kept.sum()), int((sizes >= 2).sum()), values.shape[1]
    if n - K < 2 * D:
        raise InputProblem(
            f"the width of a birth cluster in {D} abundances needs {2 * D} members more than "
            f"clusters, and there are {n} members in {K} clusters with two or more; use fewer "
            "elements, or the source quoted or published."
        )
    features = None if trends is None else np.asarray(trends, dtype=float)[kept]
    found = within_clusters(np.asarray(values, dtype=float)[kept], code, features)
    basis = f"{n} members of {K} clusters ({', '.join(known[sizes >= 2])}), robust"
    if trends is not None:
        basis += ", trends removed"
    return Width("other_clusters", shrunk(found.covariance, n - K), list(names), basis)


def leave_one_out(
    values: Floats, names: Sequence[str], clusters: NDArray, trends: Floats | None = None
) -> dict[str, Width]:
    """For each cluster the width measured on all others."""
    clusters = np.asarray(clusters).astype(str)
    result = {}
    for name in np.unique(clusters):
        others = clusters != name
        features = None if trends is None else np.asarray(trends, dtype=float)[others]
        result[str(name)] = width_of_clusters(values[others], names, clusters[others], features)
    return result


def star_widths(width: Width, errors: Floats, share: float = 0.9) -> Width:
    """V_i (N, D, D): a shared width scaled by the quoted errors (N, D) of each star.

    s_ij^2 = W_jj (share e_ij^2 / median_i e_ij^2 + 1 - share): correlation and size are those of
    the clusters, but a star of low S/N is wider. `share` is the part of the variance that follows
    the quoted error; the rest does not.
    """
    deviation = width.deviation
    relative = (errors / np.median(errors, axis=0)) ** 2
    sigma = deviation * np.sqrt(share * relative + 1 - share)
    covariance = sigma[:, :, None] * width.correlation * sigma[:, None, :]
    return Width(width.source, covariance, width.names, f"{width.basis}; scaled by errors")
