"""Whether training stars cover a star: in domain or not."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from chemtag.base.seeds import generator_for
from chemtag.predict.protocol import OUTSIDE

NEIGHBOUR = 5
MOST_DIMENSIONS, EXPLAINED = 12, 0.99
LARGEST_REFERENCE = 5000
# A feature may leave the training range by this share of it.
SLACK = 0.05
FARTHEST = 10.0
# A feature that fewer training stars than this share lack counts as never missing.
RARELY = 0.001


@dataclass(frozen=True)
class Domain:
    """Cover of feature space by the training stars.

    centre, scale, low, high: (D,) of the features. lacking: (D,) share of training stars without
    the feature. axes: (D, P) principal axes; reference: (M, P) training stars on them. reach:
    largest distance to the NEIGHBOUR-th nearest of them that counts as covered; rest: largest
    squared distance from the space of the axes.
    """

    centre: np.ndarray
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray
    lacking: np.ndarray
    axes: np.ndarray
    reference: np.ndarray
    reach: float
    rest: float

    def outside(self, features: np.ndarray) -> np.ndarray:
        """Return by its place in OUTSIDE why each star of features (N, D) is not covered (int8).

        `missing`: it lacks a feature that (nearly) all training stars have; `range`: a feature lies
        beyond those of the training stars; `far`: too far from them all in the space of features.
        """
        found = np.zeros(len(features), dtype=np.int8)
        if not len(features):
            return found
        found[self._far(features)] = OUTSIDE.index("far")
        with np.errstate(invalid="ignore"):
            beyond = (features < self.low) | (features > self.high)
        found[beyond.any(axis=1)] = OUTSIDE.index("range")
        lacks = np.isnan(features) & (self.lacking < RARELY)
        found[lacks.any(axis=1)] = OUTSIDE.index("missing")
        return found

    def _far(self, features: np.ndarray) -> np.ndarray:
        scaled = scale_features(features, self.centre, self.scale)
        projected = scaled @ self.axes
        rest = (scaled**2).sum(axis=1) - (projected**2).sum(axis=1)
        k = min(NEIGHBOUR, len(self.reference))
        distance, _ = cKDTree(self.reference).query(
            projected, k=[k], distance_upper_bound=np.nextafter(self.reach, np.inf)
        )
        return ~np.isfinite(distance[:, 0]) | (rest > self.rest)


def scale_features(features: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return features in units of their spread, missing ones at the centre, at most FARTHEST."""
    scaled = np.nan_to_num((features - centre) / scale, nan=0.0)
    return np.clip(scaled, -FARTHEST, FARTHEST)


def domain_of(features: np.ndarray, group: np.ndarray, seed: int, quantile: float = 0.99) -> Domain:
    """Return the domain of training features (N, D), one row of each `group` (N,).

    Features are scaled by median and quartiles and turned to principal axes, the first ones that
    hold EXPLAINED of the variance, at most MOST_DIMENSIONS. Of the training stars themselves about
    1 - quantile each is too far from the others and too far off the axes. Of more than
    LARGEST_REFERENCE stars a random part is the reference.
    """
    features = features[np.sort(np.unique(group, return_index=True)[1])]
    lacking = np.isnan(features).mean(axis=0)
    low, centre, high = (np.nanquantile(features, q, axis=0) for q in (0.25, 0.5, 0.75))
    spread = (high - low) / 1.349
    scale = np.where(spread > 0, spread, np.nanstd(features, axis=0))
    scale = np.where(scale > 0, scale, 1.0)
    least, most = np.nanmin(features, axis=0), np.nanmax(features, axis=0)
    slack = SLACK * (most - least)
    scaled = scale_features(features, centre, scale)
    axes = principal_axes(scaled)
    projected = scaled @ axes
    rest = (scaled**2).sum(axis=1) - (projected**2).sum(axis=1)
    if len(projected) > LARGEST_REFERENCE:
        rows = generator_for(seed, "domain").choice(
            len(projected), LARGEST_REFERENCE, replace=False
        )
        projected = projected[np.sort(rows)]
    k = min(NEIGHBOUR, len(projected) - 1)
    # A star's nearest neighbour is itself.
    distance, _ = cKDTree(projected).query(projected, k=[k + 1])
    return Domain(
        centre, scale, least - slack, most + slack, lacking, axes, projected,
        float(np.quantile(distance[:, 0], quantile)),
        float(np.quantile(rest, quantile)) + 1e-9 * scaled.shape[1],
    )  # fmt: skip


def principal_axes(scaled: np.ndarray) -> np.ndarray:
    """Return the axes (D, P) about the origin that hold EXPLAINED of the squares of (N, D)."""
    squares, axes = np.linalg.eigh(scaled.T @ scaled)
    squares, axes = squares[::-1], axes[:, ::-1]
    held = np.cumsum(squares) / max(squares.sum(), np.finfo(float).tiny)
    number = min(int(np.searchsorted(held, EXPLAINED)) + 1, MOST_DIMENSIONS, len(held))
    axes = axes[:, :number]
    # Of the two signs of an axis the one with the larger sum, so that builds agree.
    return axes * np.where(axes.sum(axis=0) < 0, -1.0, 1.0)
