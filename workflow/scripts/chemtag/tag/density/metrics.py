"""Metrics: what is Euclidean after a linear map runs on the exact core, Manhattan is delegated."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtag.base.problems import InputProblem
from chemtag.base.settings import Metric


def mahalanobis_map(covariance: ArrayLike) -> NDArray[np.float64]:
    """Return the matrix W (d, d) with |(x - y) W| = sqrt((x - y)^T C^-1 (x - y)).

    `covariance` C (d, d), in squared units of the coordinates. With C = L L^T (Cholesky), W is the
    transposed inverse of L. Raises InputProblem if C is not symmetric and positive definite.
    """
    C = np.asarray(covariance, dtype=np.float64)
    if C.ndim != 2 or C.shape[0] != C.shape[1] or not np.allclose(C, C.T, rtol=1e-10):
        raise InputProblem(
            f"A covariance of shape {C.shape} was given for the Mahalanobis metric, expected a "
            "symmetric matrix of dimensions x dimensions; check its source."
        )
    scale = np.sqrt(np.maximum(np.diag(C), 0.0))
    correlation = C / np.outer(scale, scale) if (scale > 0).all() else C
    if (scale <= 0).any() or np.linalg.eigvalsh(correlation)[0] < 1e-12:
        raise InputProblem(
            "The covariance of the Mahalanobis metric is singular: a dimension is constant or a "
            "combination of others; expected independent dimensions: leave one out."
        )
    return np.linalg.inv(np.linalg.cholesky(C)).T


def as_euclidean(
    X: ArrayLike, metric: Metric, covariance: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return coordinates (n, d) in which Euclidean distance is the metric asked for.

    "mahalanobis" uses `covariance` (d, d), by default that of the sample (divisor n - 1).
    """
    points = np.asarray(X, dtype=np.float64)
    if metric == "euclidean":
        return points
    if metric != "mahalanobis":
        raise ValueError(f"metric {metric!r} is not Euclidean after a linear map")
    if covariance is None:
        if len(points) < 2:
            raise InputProblem(
                "The Mahalanobis metric needs a covariance and the sample has one star; "
                "expected two stars at least: loosen the cuts or use the Euclidean metric."
            )
        covariance = np.atleast_2d(np.cov(points, rowvar=False))
    return points @ mahalanobis_map(covariance)
