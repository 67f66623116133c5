"""Clusterings of one sample over a grid of settings, at little more than the price of one.

The neighbours are found once, the spanning tree once for each `min_samples`, and the condensed
hierarchy once for each `min_cluster_size` under it; both methods of selection share the last.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtag.tag.density.blocks import LEAF_SIZE, STEP, Blocks, as_points, build_blocks
from chemtag.tag.density.extraction import Groups, Method, extract
from chemtag.tag.density.hierarchy import Linkage, condense, single_linkage
from chemtag.tag.density.metrics import Metric, as_euclidean
from chemtag.tag.density.neighbours import SPARE, Neighbours, nearest_neighbours
from chemtag.tag.density.reference import manhattan_linkage
from chemtag.tag.density.spanning_tree import minimum_spanning_tree

LEAST_NEIGHBOURS = 16  # shorter lists send more stars to search the blocks


@dataclass(frozen=True)
class Clustering:
    """The groups of one setting: see `Groups` for `labels`, `probabilities`, `persistence`."""

    min_cluster_size: int
    min_samples: int
    method: Method
    labels: NDArray[np.int32]
    probabilities: NDArray[np.float64]
    persistence: NDArray[np.float64]


def neighbours_for(X: ArrayLike | Blocks, min_samples: Sequence[int]) -> Neighbours:
    """Return the lists of neighbours that serve every `min_samples` of a grid."""
    return nearest_neighbours(X, max(LEAST_NEIGHBOURS, *min_samples))


def cluster_grid(
    X: ArrayLike,
    min_cluster_sizes: Sequence[int],
    min_samples: Sequence[int],
    methods: Sequence[Method] = ("eom", "leaf"),
    *,
    metric: Metric = "euclidean",
    covariance: ArrayLike | None = None,
    epsilon: float = 0.0,
    allow_single_cluster: bool = False,
    max_cluster_size: int | None = None,
    neighbours: Neighbours | None = None,
) -> Iterator[Clustering]:
    """Yield the exact HDBSCAN* groups of n stars for every setting of a grid.

    `X` (n, d). Order: `min_samples` outermost, then `min_cluster_sizes`, then `methods`.
    `min_samples` counts neighbours without the star itself, as the package `hdbscan`; the other
    parameters are those of `extract`. Groups are the same for any row order (up to their
    numbers) and any number of threads (set by the caller, numba.set_num_threads).

    `metric`: "euclidean"; "mahalanobis" with `covariance` (d, d), by default the sample's, applied
    as a linear map; "manhattan" takes its tree from the package `hdbscan` (see
    `manhattan_linkage`), only the groups are extracted here. `neighbours`: lists found before by
    `neighbours_for` on the same coordinates (after the linear map), to spare the search.

    Raises InputProblem for unusable coordinates, ValueError for impossible settings.
    """
    if min(min_samples) < 1 or min(min_cluster_sizes) < 2:
        raise ValueError("expected min_samples >= 1 and min_cluster_size >= 2")
    points = as_points(X)
    for samples, linkage in _linkages(points, min_samples, metric, covariance, neighbours):
        for size in min_cluster_sizes:
            tree = condense(linkage, size)
            for method in methods:
                groups = extract(
                    tree,
                    method=method,
                    epsilon=epsilon,
                    allow_single_cluster=allow_single_cluster,
                    max_cluster_size=max_cluster_size,
                )
                yield Clustering(
                    size, samples, method, groups.labels, groups.probabilities, groups.persistence
                )


def _linkages(
    points: NDArray[np.float64],
    min_samples: Sequence[int],
    metric: Metric,
    covariance: ArrayLike | None,
    neighbours: Neighbours | None,
) -> Iterator[tuple[int, Linkage]]:
    """Yield (min_samples, dendrogram)."""
    if metric == "manhattan":
        for samples in min_samples:
            yield samples, manhattan_linkage(points, samples)
        return
    layout = build_blocks(as_euclidean(points, metric, covariance))
    if neighbours is None:
        neighbours = neighbours_for(layout, min_samples)
    elif len(neighbours.distances) != len(points):
        raise ValueError(
            f"neighbours of {len(neighbours.distances)} stars given for {len(points)} stars"
        )
    for samples in min_samples:
        yield samples, single_linkage(minimum_spanning_tree(layout, neighbours, samples))


def cluster(
    X: ArrayLike,
    min_cluster_size: int,
    min_samples: int,
    method: Method = "eom",
    **options: Any,
) -> Groups:
    """Return the exact HDBSCAN* groups of n stars for one setting; options as `cluster_grid`."""
    (found,) = cluster_grid(X, [min_cluster_size], [min_samples], [method], **options)
    return Groups(found.labels, found.probabilities, found.persistence)


def predicted_memory(n: int, d: int, k: int) -> int:
    """Return the peak memory in bytes of a grid on n stars, d dimensions, lists of k neighbours.

    Arrays only, without the interpreter and its libraries (about 0.2 GB). The peak is in the search
    for neighbours (the coordinates six times over in the layout, lists in float32 and float64) or
    in a spanning tree, whichever is larger; the lists are kept throughout. `k` as `neighbours_for`
    chooses it: the largest min_samples, 16 at least.
    """
    D = -(-d // STEP) * STEP
    layout = n * (8 * d + 8 * D + 8) + LEAF_SIZE * 8 * D
    building = n * (24 * d + 8 * D)
    lists = n * k * 12
    search = n * (k + SPARE) * 8
    tree = n * 260
    return int(max(layout + building, layout + lists + search, layout + lists + tree))
