"""The sample with other clusters in the place of its own: how much would another survey differ?

A smooth bootstrap of clusters through the whole chain. Clusters of the same sizes get centres drawn
from a smoothed distribution of the observed ones (Silverman & Young 1987, Biometrika 74, 469), and
each star lies on either side of its centre (wild bootstrap, Liu 1988, Ann. Stat. 16, 1696), so
that cluster and star keep their own scatter, errors and outliers; field stars stay. Each such
sample is tagged and scored anew, so that its clusters meet each other as those of a survey do:
intervals that hold the groups as they are (chemtag.score.intervals) miss that.

What a survey of another selection would find is beyond it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chemtag.base.types import Floats, Ints

MIN_CLUSTERS = 3
"""Fewest clusters whose centres tell a covariance."""
CLIP = 3.0
"""Residuals beyond so many robust standard deviations do not widen the scatter within clusters."""


class ClusterModel(NamedTuple):
    """Kernels of the centres (K, D), root (D, D) of their covariance, residuals (n, D) of members.

    `several` (n,): whether the cluster of a member has two stars or more.
    """

    kernels: Floats
    root: Floats
    residuals: Floats
    several: npt.NDArray[np.bool_]


def model_of_clusters(coordinates: Floats, clusters: Ints) -> ClusterModel:
    """Model of the members: coordinates (n, D) and clusters (n,), any integer codes.

    The centre of a cluster is its median, so that a star of other birth does not move it. The
    covariance of the centres is freed of the scatter within clusters, mean(1 / size) of it, and no
    direction keeps a negative variance. Kernels have Silverman's bandwidth h = (4 / (K (d + 2))) **
    (1 / (d + 4)), d the rank of the covariance, and shrunken centres, so that the drawn ones have
    the covariance of the observed. Raises ValueError for fewer than `MIN_CLUSTERS` clusters or
    without a cluster of two members.
    """
    values = np.asarray(coordinates, dtype=float)
    _, code, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    if len(sizes) < MIN_CLUSTERS:
        raise ValueError(f"{len(sizes)} clusters tell no covariance of their centres")
    if sizes.max() < 2:
        raise ValueError("no cluster has two members, so their scatter is unknown")
    centres = np.stack([np.median(values[code == k], axis=0) for k in range(len(sizes))])
    residuals, several = values - centres[code], sizes[code] > 1
    observed = np.cov(centres, rowvar=False).reshape(values.shape[1], -1)
    within = _scatter_within(residuals[several], sizes[code[several]])
    root, freed = freeing_map(observed, within, sizes)
    rank = max(int(np.linalg.matrix_rank(observed)), 1)
    width = min((4 / (len(sizes) * (rank + 2))) ** (1 / (rank + 4)), 1.0)
    middle = centres.mean(axis=0)
    shrunken = middle + np.sqrt(1 - width**2) * (centres - middle) @ freed
    return ClusterModel(shrunken, width * root, residuals, several)


def freeing_map(observed: Floats, within: Floats, sizes: Ints) -> tuple[Floats, Floats]:
    """Root (D, D) of the covariance of centres freed of the scatter within, and the map to it.

    Observed centres scatter more than the true ones, by mean(1 / size) of the covariance `within`
    clusters; no direction keeps a negative variance. Offsets of observed centres from their middle
    times the map have the freed covariance.
    """
    root, _ = _roots(observed - within * np.mean(1 / sizes))
    _, inverse = _roots(observed)
    return root, inverse @ root


def other_members(model: ClusterModel, clusters: Ints, rng: np.random.Generator) -> Floats:
    """Coordinates (n, D) of the members of other clusters of the same sizes.

    `clusters` (n,) as the model was made from. In clusters of three stars and more each star
    takes its side anew, and residuals grow by n / (n - 0.6) in variance, as they are from a median
    of the same stars (within 7 % for normal scatter and n of 3 to 10). Two stars keep their
    distance. A star alone in its cluster takes the residual of any other.
    """
    _, code, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    kernel = rng.integers(len(sizes), size=len(sizes))
    centres = model.kernels[kernel] + rng.standard_normal(model.kernels.shape) @ model.root
    n = sizes[code]
    sides = np.where(n > 2, rng.choice([-1.0, 1.0], size=len(n)) * np.sqrt(n / (n - 0.6)), 1.0)
    residuals = model.residuals * sides[:, None]
    known = np.flatnonzero(model.several)
    alone = ~model.several
    residuals[alone] = model.residuals[rng.choice(known, size=int(alone.sum()))]
    return centres[code] + residuals


def _scatter_within(residuals: Floats, sizes: Ints) -> Floats:
    """Covariance (D, D) of residuals (n, D) of stars in clusters of `sizes` (n,)."""
    limit = CLIP * 1.4826 * np.median(np.abs(residuals), axis=0)
    clipped = np.clip(residuals, -limit, limit) * np.sqrt(sizes / (sizes - 1))[:, None]
    return clipped.T @ clipped / len(clipped)


def _roots(covariance: Floats) -> tuple[Floats, Floats]:
    """Symmetric square root and its pseudo-inverse, negative variances as none."""
    variances, axes = np.linalg.eigh(covariance)
    deviations = np.sqrt(np.clip(variances, 0, None))
    known = deviations > 1e-6 * max(deviations.max(), 1e-300)
    inverse = np.divide(1.0, deviations, out=np.zeros_like(deviations), where=known)
    return (axes * deviations) @ axes.T, (axes * inverse) @ axes.T
