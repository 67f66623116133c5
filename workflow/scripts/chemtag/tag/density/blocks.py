"""Stars laid out in blocks: small boxes in principal axes that one core scans at full width.

At the scale of nearest neighbours the measurement noise fills all dimensions of an abundance space,
so trees prune little, and a scan of many stars at once beats them. The stars are rotated to their
principal axes (most of a distance is then known after a few dimensions) and split at medians into
leaves of `LEAF_SIZE` stars. Within a leaf `LANES` stars lie side by side for each dimension, so
that one instruction works on many stars.

Coordinates are float32: they only *filter*. `relative_error` and `absolute_error` bound what that
rounding can do to a distance, and every decision is taken in float64 on the original points.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtag.base.problems import InputProblem

LEAF_SIZE = 128  # stars in a full leaf, a multiple of LANES
LANES = 64  # stars that are measured at once
STEP = 6  # dimensions added between two tests whether all LANES stars are already too far
FAR = np.float32(1e15)  # coordinate of the empty lanes in a leaf that is not full
UNIT_ROUNDOFF = 2.0**-24  # float32
LARGEST = 1e150  # beyond it squared distances overflow float64


@dataclass(frozen=True)
class Blocks:
    """Stars in leaves. n stars, d dimensions, l leaves; D is d rounded up to a multiple of STEP.

    `points` (n, d) float64 are the stars as given; `order` (n,) the row of the star at each
    position; `starts` (l + 1,) the first position of each leaf. In units of 1 / `scale` (a power of
    two): `coordinates` (n, D) float32 by position, `lanes` (l, LEAF_SIZE / LANES, D * LANES) the
    same numbers dimension by dimension, `lower` and `upper` (l, D) the corners of each leaf.

    For two stars at distance r, the distance r32 found from `coordinates` obeys
    |r32 - scale r| <= relative_error scale r + absolute_error, and likewise for boxes.
    """

    points: NDArray[np.float64]
    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    coordinates: NDArray[np.float32]
    lanes: NDArray[np.float32]
    lower: NDArray[np.float32]
    upper: NDArray[np.float32]
    scale: float
    relative_error: float
    absolute_error: float


def as_points(X: ArrayLike) -> NDArray[np.float64]:
    """Return coordinates (n stars, d dimensions) as contiguous float64, or say what is wrong.

    Raises InputProblem if the array is not a table of numbers with a row and a column at least, or
    holds NaN, infinity or values too large to be squared.
    """
    # Writeable as well: numba compiles anew for read-only arrays, which pandas often returns.
    points = np.require(X, np.float64, ["C", "W"])
    if points.ndim != 2 or 0 in points.shape:
        raise InputProblem(
            f"Coordinates of shape {points.shape} cannot be clustered: expected one row a star and "
            "one column a dimension, at least one of each; check the cuts of the sample."
        )
    bad = ~np.isfinite(points)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise InputProblem(
            f"Coordinates hold {int(bad.sum())} values that are not finite, the first in row "
            f"{row}, column {column}; expected numbers for every star: drop or complete "
            "those stars."
        )
    if np.abs(points).max() > LARGEST:
        raise InputProblem(
            f"Coordinates reach {np.abs(points).max():.3g}, expected at most {LARGEST:g}; "
            "look for a fill value, or change the unit."
        )
    return points


def build_blocks(X: ArrayLike) -> Blocks:
    """Lay stars out in blocks.

    `X` (n, d) in any unit; distances are Euclidean in it (for another scaling apply a linear map
    first). Time O(n d^2 + n d log n), memory about 8 (d + D) bytes a star.
    """
    points = as_points(X)
    rotated, scale = _principal_axes(points)
    n, d = rotated.shape
    order, starts = _median_splits(rotated.astype(np.float32))
    D = -(-d // STEP) * STEP
    coordinates = np.zeros((n, D), np.float32)
    coordinates[:, :d] = rotated[order]
    radius = float(np.sqrt((np.abs(coordinates).max(0).astype(np.float64) ** 2).sum()))
    return Blocks(
        points=points,
        order=order,
        starts=starts,
        coordinates=coordinates,
        lanes=_lanes(coordinates, starts),
        lower=np.minimum.reduceat(coordinates, starts[:-1], axis=0),
        upper=np.maximum.reduceat(coordinates, starts[:-1], axis=0),
        scale=scale,
        # A sum of D squares in any order errs by less than (D + 3) roundings, half of it after the
        # root; a stored coordinate errs by one rounding, at both ends of a distance. Both doubled:
        # that also covers the rotation in float64 and numbers too small for float32.
        relative_error=(D + 4) * UNIT_ROUNDOFF,
        absolute_error=4.0 * UNIT_ROUNDOFF * radius,
    )


def _principal_axes(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return centred points along axes of falling variance, scaled, and the scale."""
    centred = points - points.mean(0)
    extent = float(np.abs(centred).max())
    scale = 2.0 ** -np.ceil(np.log2(extent)) if extent > np.finfo(float).tiny else 1.0
    centred *= scale
    _, axes = np.linalg.eigh(centred.T @ centred)
    return centred @ axes[:, ::-1], scale


def _median_splits(coordinates: NDArray[np.float32]) -> tuple[NDArray, NDArray]:
    """Split stars at medians of the widest axis into leaves; return the order and the leaf starts.

    The lower half always fills whole leaves, so at most one leaf is not full.
    """
    n = len(coordinates)
    order = np.arange(n)
    pending, starts = [(0, n)], []
    while pending:
        first, last = pending.pop()
        if last - first <= LEAF_SIZE:
            starts.append(first)
            continue
        part = order[first:last]
        widest = int(np.argmax(coordinates[part].var(0)))
        leaves = -(-(last - first) // LEAF_SIZE)
        half = (leaves // 2) * LEAF_SIZE
        order[first:last] = part[np.argpartition(coordinates[part, widest], half)]
        pending += [(first + half, last), (first, first + half)]
    return order, np.array([*sorted(starts), n])


def _lanes(coordinates: NDArray[np.float32], starts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the leaves dimension by dimension, empty lanes filled with FAR."""
    leaves, D, chunks = len(starts) - 1, coordinates.shape[1], LEAF_SIZE // LANES
    lanes = np.empty((leaves, chunks, D * LANES), np.float32)
    for leaf, (first, last) in enumerate(pairwise(starts)):
        full = np.full((LEAF_SIZE, D), FAR)
        full[: last - first] = coordinates[first:last]
        lanes[leaf] = full.reshape(chunks, LANES, D).transpose(0, 2, 1).reshape(chunks, -1)
    return lanes
