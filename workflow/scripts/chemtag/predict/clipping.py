"""Features held within the range of the training stars."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class Clipper(TransformerMixin, BaseEstimator):
    """Clip each feature to the quantiles `tail` and 1 - `tail` of the training stars.

    A linear model without it jumps on a single star far off, and is no fair baseline.
    """

    def __init__(self, tail: float = 0.005) -> None:
        self.tail = tail

    def fit(self, X: np.ndarray, y: Any = None) -> "Clipper":
        """Learn the two quantiles of each feature of X (N, D)."""
        self.low_, self.high_ = np.quantile(X, [self.tail, 1 - self.tail], axis=0)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Return X (N, D) within the quantiles."""
        return np.clip(X, self.low_, self.high_)
