"""How much a chemical space can tell clusters apart: dimensions, elements, pairs of clusters.

The scatter between clusters is that of the cluster means less what the scatter within clusters
adds to a mean of few members: B = Cov(means, ddof 1) - mean over clusters of W / n_c, with W the
covariance within clusters, pooled (ddof = number of clusters).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import eigh
from scipy.special import fdtrc, ndtr

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats, Ints
from chemtag.limits.ceiling import cluster_answers, leave_one_out_posterior, most_probable
from chemtag.select.truth import Truth

Basis = Literal["within_sd", "whitened"]


@dataclass(frozen=True)
class Scatter:
    """Means (K, D), sizes (K,), covariance within clusters (D, D) with `dof`, and between them."""

    means: Floats
    sizes: Ints
    within: Floats
    between: Floats
    dof: int


def scatter_of(values: Floats, clusters: Ints, weights: Floats | None = None) -> Scatter:
    """Scatter within and between the clusters with at least two members.

    `values` (N, D), `clusters` (N,) with -1 = field. `weights` (K,), K = number of codes: how
    often each cluster counts (a bootstrap over clusters). Raises `InputProblem` for fewer than
    three clusters of two members.
    """
    sizes = np.bincount(clusters[clusters >= 0])
    codes = np.flatnonzero(sizes >= 2)
    if len(codes) < 3:
        raise InputProblem(
            "the scatter between clusters needs three clusters with at least two members; found "
            f"{len(codes)}; loosen the cuts of the sample or give more members."
        )
    times = np.ones(len(codes)) if weights is None else np.asarray(weights, dtype=float)[codes]
    d = values.shape[1]
    means = np.empty((len(codes), d))
    within = np.zeros((d, d))
    for k, code in enumerate(codes):
        stars = values[clusters == code]
        means[k] = stars.mean(axis=0)
        left = stars - means[k]
        within += times[k] * left.T @ left
    number = sizes[codes]
    dof = int((times * (number - 1)).sum())
    within /= dof
    total = times.sum()
    apart = means - (times[:, None] * means).sum(axis=0) / total
    spread = (times[:, None] * apart).T @ apart / (total - 1)
    between = spread - within * float((times / number).sum() / total)
    return Scatter(means, number, within, between, dof)


def element_ratios(scatter: Scatter) -> Floats:
    """Standard deviation between over that within clusters, one number a dimension (D,).

    0 where the means scatter no more than members do by chance.
    """
    return np.sqrt(np.maximum(np.diag(scatter.between), 0) / np.diag(scatter.within))


def eigenvalues(scatter: Scatter, basis: Basis) -> Floats:
    """Eigenvalues (D,) of the covariance between clusters in units of that within, descending.

    `within_sd`: each dimension divided by its standard deviation within clusters; `whitened`:
    correlations within clusters are removed too (generalised eigenvalues, the directions of linear
    discriminant analysis), so that no linear map of the space changes them. An eigenvalue of 1
    is a direction in which clusters scatter as much as their members.
    """
    if basis == "within_sd":
        sd = np.sqrt(np.diag(scatter.within))
        found = np.linalg.eigvalsh(scatter.between / np.outer(sd, sd))
    else:
        if np.linalg.matrix_rank(scatter.within) < len(scatter.within):
            return np.full(len(scatter.within), np.nan)
        found = eigh(scatter.between, scatter.within, eigvals_only=True)
    return found[::-1]


def participation_ratio(spectrum: Floats) -> float:
    """Effective number of dimensions (sum l)^2 / sum l^2; negative eigenvalues count as 0."""
    kept = np.maximum(spectrum, 0)
    squares = float((kept**2).sum())
    return float(kept.sum() ** 2 / squares) if squares > 0 else np.nan


def noise_edge(n: int, d: int) -> float:
    """Largest eigenvalue of the covariance of n vectors of d unit normals, (1 + sqrt(d / n))^2.

    Marchenko & Pastur (1967, Math. USSR Sb. 1, 457), for large n and d.
    """
    return float((1 + np.sqrt(d / n)) ** 2)


def error_spectrum(values: Floats, errors: Floats) -> Floats:
    """Eigenvalues (D,) of the covariance of all stars in units of the mean squared errors.

    Pure measurement noise gives 1 (up to `noise_edge`), if errors are right and independent.
    """
    scaled = values / np.sqrt((errors**2).mean(axis=0))
    return np.linalg.eigvalsh(np.cov(scaled.T))[::-1]


@dataclass(frozen=True)
class ClusterPairs:
    """Pairs of clusters (P,): indices of both, distance, expected confusion, p-value.

    `distance` is the Mahalanobis distance of the means freed of its bias (0 if below chance);
    `confusion` = Phi(-distance / 2) is the share of stars of two such Gaussians of equal numbers
    on the wrong side; `p_value` of equal means is Hotelling's.
    """

    first: Ints
    second: Ints
    distance: Floats
    confusion: Floats
    p_value: Floats


def cluster_pairs(scatter: Scatter) -> ClusterPairs:
    """Compare the means of each pair of clusters, in units of the scatter within.

    D^2 of sample means is biased upwards: unbiased is (nu - d - 1) / nu D^2 - d (1/n1 + 1/n2) with
    nu degrees of freedom of W (Lachenbruch 1975, Discriminant Analysis, ch. 2). Hotelling:
    (nu - d + 1) / (nu d) n1 n2 / (n1 + n2) D^2 ~ F(d, nu - d + 1). NaN if nu <= d + 1.
    """
    n_clusters, d = scatter.means.shape
    i, j = np.triu_indices(n_clusters, 1)
    if scatter.dof <= d + 1:
        nothing = np.full(len(i), np.nan)
        return ClusterPairs(i, j, nothing, nothing, nothing)
    step = scatter.means[i] - scatter.means[j]
    squares = (step * np.linalg.solve(scatter.within, step.T).T).sum(axis=1)
    nu, inverse = scatter.dof, 1 / scatter.sizes[i] + 1 / scatter.sizes[j]
    unbiased = np.maximum((nu - d - 1) / nu * squares - d * inverse, 0)
    distance = np.sqrt(unbiased)
    statistic = (nu - d + 1) / (nu * d) * squares / inverse
    return ClusterPairs(i, j, distance, ndtr(-distance / 2), fdtrc(d, nu - d + 1, statistic))


def ablation(values: Floats, truth: Truth) -> Iterator[tuple[int, Ints, Ints]]:
    """Yield the LDA ceiling without each dimension: (dimension, members placed, members).

    The first entry, dimension -1, is with all of them. Both arrays are (n_clusters,).
    """
    members = np.flatnonzero(truth.clusters >= 0)
    d = values.shape[1]
    for dropped in range(-1, d):
        kept = np.delete(values, dropped, axis=1) if dropped >= 0 else values
        answers = np.full(len(values), -1, dtype=np.int64)
        posterior = leave_one_out_posterior(kept, truth.clusters, members)
        answers[members] = most_probable(posterior)
        correct, sizes, _ = cluster_answers(answers, truth)
        yield dropped, correct, sizes
