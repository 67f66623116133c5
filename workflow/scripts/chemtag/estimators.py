"""The taggers as scikit-learn estimators: `from chemtag import HDBSCAN` in a notebook.

Parameters bear the names of the package hdbscan. What is different is said here once: groups do
not depend on the order of the rows (tied links are removed at once), any number of settings share
one search for neighbours (`HDBSCAN.grid`), and the result is the same at each run.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import validate_data

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.tag.density import Clustering, Method, Metric, cluster, cluster_grid

Labels = npt.NDArray[np.int64]


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
