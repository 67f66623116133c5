"""Exact nearest neighbours and core distances."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtag.tag.density.blocks import Blocks, build_blocks
from chemtag.tag.density.search import UNSEEN, measure_lists, nearest_in_float32, nearest_of_rows

SPARE = 4  # neighbours kept in float32 beyond those asked for, so that lists can be certified


@dataclass(frozen=True)
class Neighbours:
    """The k nearest others of each star: `distances` (n, k) ascending and `indices` (n, k) int32.

    Rows and indices follow the input. The star itself is not in its list. Stars at one distance are
    in the order of their rows, so the lists are a function of the points alone.
    """

    distances: NDArray[np.float64]
    indices: NDArray[np.int32]


@dataclass
class SearchCost:
    """What a search did: pairs measured in float32, and lists rebuilt in float64."""

    pairs: int = 0
    rebuilt: int = 0


def nearest_neighbours(X: ArrayLike | Blocks, k: int, cost: SearchCost | None = None) -> Neighbours:
    """Return the exact k nearest others of every star (k = n - 1 at most).

    `X` (n, d) or its `Blocks`. Candidates are found in float32, measured in float64, and each list
    is certified: its k-th distance must lie below the least distance that a star left out can have,
    given the bounds of rounding. A list that fails (ties, very tight clumps) is rebuilt in float64.
    Time O(n^2 d) at worst with a small constant, less as far as boxes rule pairs out; memory
    (8 d + 20 k) n bytes. `cost` is filled if given. Raises InputProblem as `as_points`.
    """
    layout = X if isinstance(X, Blocks) else build_blocks(X)
    n = len(layout.points)
    if k < 1 and n > 1:
        raise ValueError(f"k = {k} neighbours, expected at least 1")
    k = min(k, n - 1)
    if k < 1:
        return Neighbours(np.empty((n, 0)), np.empty((n, 0), np.int32))
    kept = min(k + SPARE, n - 1)
    found = np.full((n, kept), UNSEEN, np.float32)
    positions = np.zeros((n, kept), np.int32)
    evaluated = np.zeros(len(layout.starts) - 1, np.int64)
    nearest_in_float32(
        layout.coordinates,
        layout.lanes,
        layout.lower,
        layout.upper,
        layout.starts,
        found,
        positions,
        evaluated,
    )
    distances, indices = np.empty((n, k)), np.empty((n, k), np.int32)
    measure_lists(layout.points, layout.order, positions, distances, indices)
    doubtful = (
        _uncertified(layout, found[:, -1], distances[:, -1])
        if kept < n - 1
        else np.empty(0, np.int64)
    )
    if len(doubtful):
        nearest_of_rows(search_arrays(layout), doubtful, distances, indices)
    if cost is not None:
        cost.pairs, cost.rebuilt = int(evaluated.sum()), len(doubtful)
    return Neighbours(distances, indices)


def _uncertified(
    layout: Blocks, last_found: NDArray[np.float32], kth: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the positions of stars whose list may miss one that is as near as its k-th."""
    shown = np.sqrt(last_found.astype(np.float64))
    border = shown * (1.0 - layout.relative_error) - layout.absolute_error
    return np.flatnonzero(kth[layout.order] * layout.scale >= border)


def search_arrays(layout: Blocks) -> tuple:
    """Return the layout as the tuple that the compiled searches take."""
    return (
        layout.points,
        layout.order,
        layout.starts,
        layout.coordinates,
        layout.lanes,
        layout.lower,
        layout.upper,
        (layout.scale, layout.relative_error, layout.absolute_error),
    )


def core_distances(neighbours: Neighbours, min_samples: int) -> NDArray[np.float64]:
    """Return the distance of each star to its `min_samples`-th neighbour, (n,).

    The star itself is not counted: this is the convention of the package `hdbscan`, one less than
    that of scikit-learn and of Campello et al. (2013, definition 1). As in `hdbscan`, a sample of n
    stars uses n - 1 if `min_samples` is larger. Raises ValueError if the lists are too short.
    """
    n, k = neighbours.distances.shape
    if min_samples < 1:
        raise ValueError(f"min_samples = {min_samples}, expected at least 1")
    if n == 1:
        return np.zeros(1)
    wanted = min(min_samples, n - 1)
    if wanted > k:
        raise ValueError(f"lists of {k} neighbours are too short for min_samples = {min_samples}")
    return neighbours.distances[:, wanted - 1].copy()
