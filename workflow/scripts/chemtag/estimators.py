"""The taggers as scikit-learn estimators: `from chemtag import HDBSCAN, KnownWidth` in a notebook.

What both promise is said here once: groups do not depend on the order of the rows (tied links are
removed at once), nor on the number of cores, and are the same at each run; any number of settings
share what is costly (`grid`): HDBSCAN one search for neighbours and one tree for each min_samples,
KnownWidth one field and one search for maxima.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import validate_data

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.space.signal import Signal, signal_space
from chemtag.tag.density import Clustering, Method, Metric, cluster, cluster_grid

if TYPE_CHECKING:
    from chemtag.tag.scan.field import Kind
    from chemtag.tag.scan.scanning import Found

Labels = npt.NDArray[np.int64]
Level = str | float


class HDBSCAN(ClusterMixin, BaseEstimator):
    """Exact HDBSCAN* (Campello, Moulavi & Sander 2013), the same for any order of the rows.

    Parameters as in the package hdbscan: `min_cluster_size` stars make a group; `min_samples`, by
    default `min_cluster_size`, is the number of the neighbour that sets the core distance, the star
    itself not counted (scikit-learn's HDBSCAN counts it, so its min_samples is one more);
    `cluster_selection_method` "eom" or "leaf"; `cluster_selection_epsilon`; `allow_single_cluster`;
    `max_cluster_size` (0: none); `metric` "euclidean", "mahalanobis" or "manhattan".

    After `fit`: `labels_` (n,), -1 for noise, numbered by falling size; `probabilities_` (n,);
    `cluster_persistence_` (number of groups,); `n_features_in_`.
    """

    def __init__(
        self,
        min_cluster_size: int = 5,
        min_samples: int | None = None,
        *,
        cluster_selection_method: Method = "eom",
        cluster_selection_epsilon: float = 0.0,
        allow_single_cluster: bool = False,
        max_cluster_size: int = 0,
        metric: Metric = "euclidean",
    ) -> None:
        self.min_cluster_size = min_cluster_size
        self.min_samples = min_samples
        self.cluster_selection_method = cluster_selection_method
        self.cluster_selection_epsilon = cluster_selection_epsilon
        self.allow_single_cluster = allow_single_cluster
        self.max_cluster_size = max_cluster_size
        self.metric = metric

    def fit(self, X: npt.ArrayLike, y: Any = None) -> Self:
        """Find groups of the stars X (n, d).

        Raises ValueError for fewer stars than a setting asks for, as for anything else that
        scikit-learn refuses.
        """
        points = self._points(X)
        samples = self.min_cluster_size if self.min_samples is None else self.min_samples
        if max(samples, self.min_cluster_size) > len(points):
            raise ValueError(
                f"min_cluster_size={self.min_cluster_size} and min_samples={samples} with "
                f"n_samples={len(points)}: give at least as many samples"
            )
        try:
            found = cluster(
                points,
                self.min_cluster_size,
                min(samples, len(points) - 1),
                self.cluster_selection_method,
                metric=self.metric,
                epsilon=self.cluster_selection_epsilon,
                allow_single_cluster=self.allow_single_cluster,
                max_cluster_size=self.max_cluster_size or None,
            )
        except InputProblem as problem:
            raise ValueError(str(problem)) from problem
        self.labels_: Labels = found.labels.astype(np.int64)
        self.probabilities_: Floats = found.probabilities
        self.cluster_persistence_: Floats = found.persistence
        return self

    def grid(
        self,
        X: npt.ArrayLike,
        min_cluster_size: Sequence[int],
        min_samples: Sequence[int],
        cluster_selection_method: Sequence[Method] = ("eom", "leaf"),
    ) -> Iterator[Clustering]:
        """Yield the groups of X (n, d) for every setting, neighbours and trees shared.

        Each has `min_cluster_size`, `min_samples`, `method`, `labels`, `probabilities` and
        `persistence`; metric and selection options are those of the estimator.
        """
        yield from cluster_grid(
            self._points(X),
            list(min_cluster_size),
            list(min_samples),
            list(cluster_selection_method),
            metric=self.metric,
            epsilon=self.cluster_selection_epsilon,
            allow_single_cluster=self.allow_single_cluster,
            max_cluster_size=self.max_cluster_size or None,
        )

    def _points(self, X: npt.ArrayLike) -> Floats:
        return np.asarray(validate_data(self, X, dtype=np.float64, ensure_min_samples=2))


class KnownWidth(ClusterMixin, BaseEstimator):
    """Groups as wide as a birth cluster is known to be, above a smooth field (docs/tagger.md).

    The stars are abundances (n, d) in dex. The width of a birth cluster is the covariance of a
    member about its centre: `errors`, one number, (d,) one an element, or given to `fit` (n, d) one
    a star and element, and `scatter`, the intrinsic scatter within a cluster in dex. Errors of two
    elements are correlated by `correlation` (the same for all pairs). `level` is the least evidence
    of a group: "claims" (-1), "listed" (-3), "candidates" (-6) or a number; `field` is how the
    density of the field is fitted; `random_state` an integer.

    After `fit`: `labels_` (n,), -1 for stars of no group, the strongest group first;
    `probabilities_` (n,) of membership; `evidence_` (number of groups,); `n_features_in_`.
    """

    def __init__(
        self,
        errors: float | npt.ArrayLike = 0.05,
        scatter: float = 0.01,
        *,
        correlation: float = 0.0,
        level: Level = "claims",
        field: "Kind" = "held_out",
        random_state: int = 0,
    ) -> None:
        self.errors = errors
        self.scatter = scatter
        self.correlation = correlation
        self.level = level
        self.field = field
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: Any = None, errors: npt.ArrayLike | None = None) -> Self:
        """Find groups among the stars X (n, d), with `errors` (n, d) of their own, if given.

        Raises ValueError for errors or a scatter that are no widths, and for an unknown level.
        """
        (found,) = self._scanned(X, errors, [self.level])
        self.labels_: Labels = found.group.astype(np.int64)
        self.probabilities_: Floats = found.probability
        self.evidence_: Floats = found.evidence
        return self

    def grid(
        self,
        X: npt.ArrayLike,
        level: Sequence[Level] = ("claims", "listed", "candidates"),
        errors: npt.ArrayLike | None = None,
    ) -> Iterator["Found"]:
        """Yield what is found at each level, on one field and from one search for maxima.

        Each has `threshold`, `group`, `probability`, `evidence`, `size`, `purity`, `completeness`.
        """
        yield from self._scanned(X, errors, level)

    def _scanned(
        self, X: npt.ArrayLike, errors: npt.ArrayLike | None, level: Sequence[Level]
    ) -> list["Found"]:
        from chemtag.tag.scan.scanning import THRESHOLDS, scan

        points = np.asarray(validate_data(self, X, dtype=np.float64, ensure_min_samples=2))
        unknown = [one for one in level if isinstance(one, str) and one not in THRESHOLDS]
        if unknown:
            raise ValueError(f"level={unknown[0]!r}: give {', '.join(THRESHOLDS)} or a number")
        least = {
            str(i): THRESHOLDS[one] if isinstance(one, str) else float(one)
            for i, one in enumerate(level)
        }
        try:
            signal = self._signal(points, self.errors if errors is None else errors)
            kind, seed = self.field, int(self.random_state)
            return list(scan(signal.coordinates, signal.variance, kind, seed, least).found.values())
        except InputProblem as problem:
            raise ValueError(str(problem)) from problem

    def _signal(self, points: Floats, errors: npt.ArrayLike) -> Signal:
        """The space in which a birth cluster is a ball of radius one."""
        n, d = points.shape
        sigma = np.asarray(errors, dtype=np.float64)
        shapes: tuple[tuple[int, ...], ...] = ((), (d,), (n, d))
        if sigma.shape not in shapes:
            raise ValueError(f"errors have the shape {sigma.shape}: give one of {shapes}")
        if not (np.isfinite(sigma).all() and (sigma >= 0).all() and self.scatter >= 0):
            raise ValueError("errors and scatter are widths in dex: give finite ones from 0 up")
        if not (sigma**2 + self.scatter**2 > 0).all():
            raise ValueError("the width of a birth cluster is 0: give errors or a scatter above 0")
        own = np.broadcast_to(sigma, (n, d) if sigma.ndim == 2 else (d,))
        alike = np.eye(d) + self.correlation * (1 - np.eye(d))
        width = own[..., :, None] * alike * own[..., None, :] + self.scatter**2 * np.eye(d)
        return signal_space(points, width)
