"""The sample with other clusters in the place of its own: how much would another survey differ?

A parametric bootstrap (Efron & Tibshirani 1993, ch. 6.5) over the whole chain. Clusters of the
same sizes get new mean abundances, drawn from the Gaussian of the observed means, and the stars
keep their scatter about the mean, exchanged among all members; field stars stay. Each such sample
is tagged and scored anew, so that the clusters of a draw meet each other as those of a survey do:
intervals that hold the groups as they are (chemtag.intervals) miss that and are too narrow.

The means of a few dozen clusters tell their covariance, not its tails, and all members scatter
alike here. What a survey of another selection would find is beyond it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MIN_CLUSTERS = 3
"""Fewest clusters whose means tell a covariance."""


class ClusterModel(NamedTuple):
    """Mean (D,) and root (D, D) of the covariance of cluster means; residuals (n, D) of members."""

    mean: Floats
    root: Floats
    residuals: Floats


def model_of_clusters(coordinates: Floats, clusters: Ints) -> ClusterModel:
    """Model of the members: coordinates (n_members, D), their clusters (n_members,) 0 ... n - 1.

    Residuals from the mean of a cluster of n_c are scaled by sqrt(n_c / (n_c - 1)); clusters of
    one star have none. Of the covariance of the means the share of the scatter within clusters,
    mean(1 / n_c) of it, is taken off, and no direction keeps a negative variance. Raises
    ValueError for fewer than `MIN_CLUSTERS` clusters or without a cluster of two members.
    """
    values = np.asarray(coordinates, dtype=float)
    _, code, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    if len(sizes) < MIN_CLUSTERS:
        raise ValueError(f"{len(sizes)} clusters tell no covariance of their means")
    if sizes.max() < 2:
        raise ValueError("no cluster has two members, so their scatter is unknown")
    means = np.stack([values[code == number].mean(axis=0) for number in range(len(sizes))])
    several = sizes[code] > 1
    stretch = np.sqrt(sizes / np.maximum(sizes - 1, 1))[code[several], None]
    residuals = (values - means[code])[several] * stretch
    within = residuals.T @ residuals / len(residuals)
    between = np.cov(means, rowvar=False).reshape(within.shape) - within * np.mean(1 / sizes)
    variances, axes = np.linalg.eigh(between)
    return ClusterModel(means.mean(axis=0), axes * np.sqrt(np.clip(variances, 0, None)), residuals)


def other_members(model: ClusterModel, clusters: Ints, rng: np.random.Generator) -> Floats:
    """Coordinates (n_members, D) of the members of other clusters of the same sizes.

    `clusters` (n_members,) as the model was made from. Members of clusters of several stars take
    each residual once, so that no two stars of a cluster are alike.
    """
    _, code, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    means = model.mean + rng.standard_normal((len(sizes), len(model.mean))) @ model.root.T
    residuals = np.empty((len(code), len(model.mean)))
    several = sizes[code] > 1
    residuals[several] = rng.permutation(model.residuals)
    residuals[~several] = model.residuals[rng.integers(len(model.residuals), size=(~several).sum())]
    return means[code] + residuals
