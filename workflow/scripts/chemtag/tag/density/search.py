# mypy: allow-untyped-defs
"""Compiled searches over blocks: the nearest neighbours of all stars, and the nearest edge of one.

float32 lanes only rule stars out; a star that passes is measured in float64, always by
`_distance`, so a pair has one distance wherever it is found.

A compiled function here calls only functions of this file: numba keeps its compiled code in a cache
that notices edits of the file itself, not of the files it imports.
"""

import numpy as np
from numba import njit, prange

from chemtag.tag.density.blocks import LANES, LEAF_SIZE, STEP

CHUNKS = LEAF_SIZE // LANES
UNSEEN = np.float32(1e30)  # squared distance of a free place in a list; empty lanes lie beyond it
ROUND_UP = 1.0 + 2.0**-22  # a limit stays a limit when rounded to float32


@njit(cache=True)
def _distance(points, i, j):
    """Euclidean distance of two rows in float64, summed in the order of the columns."""
    total = 0.0
    for column in range(points.shape[1]):
        step = points[i, column] - points[j, column]
        total += step * step
    return np.sqrt(total)


@njit(fastmath=True, inline="always")
def _measure(coordinates, position, chunk, limit, squared):
    """Fill `squared` with the distances from one star to LANES others.

    Returns False as soon as all of them exceed `limit` (then `squared` is incomplete). Counting the
    lanes within the limit is the form of this test that the compiler turns into wide instructions.
    """
    for lane in range(LANES):
        squared[lane] = np.float32(0)
    for d in range(0, coordinates.shape[1], STEP):
        q0, q1, q2 = (
            coordinates[position, d],
            coordinates[position, d + 1],
            coordinates[position, d + 2],
        )
        q3, q4, q5 = (
            coordinates[position, d + 3],
            coordinates[position, d + 4],
            coordinates[position, d + 5],
        )
        x = chunk[d * LANES : (d + STEP) * LANES]
        for lane in range(LANES):
            squared[lane] += (
                (q0 - x[lane]) ** 2
                + (q1 - x[LANES + lane]) ** 2
                + (q2 - x[2 * LANES + lane]) ** 2
                + (q3 - x[3 * LANES + lane]) ** 2
                + (q4 - x[4 * LANES + lane]) ** 2
                + (q5 - x[5 * LANES + lane]) ** 2
            )
        within = np.int32(0)
        for lane in range(LANES):
            within += np.int32(squared[lane] <= limit)
        if within == 0:
            return False
    return True


@njit(fastmath=True, cache=True)
def _to_box(coordinates, position, lower, upper, leaf, dimensions):
    """Squared distance from a star to a leaf's box, over the first `dimensions` axes."""
    total = np.float32(0)
    for d in range(dimensions):
        gap = max(
            lower[leaf, d] - coordinates[position, d],
            coordinates[position, d] - upper[leaf, d],
            np.float32(0),
        )
        total += gap * gap
    return total


@njit(fastmath=True, cache=True)
def _between_boxes(lower, upper, leaf, gaps, centres):
    """Fill the squared gaps from one leaf to all, and 4 x the squared distances of centres."""
    for other in range(lower.shape[0]):
        gap2, centre2 = np.float32(0), np.float32(0)
        for d in range(lower.shape[1]):
            gap = max(
                lower[other, d] - upper[leaf, d], lower[leaf, d] - upper[other, d], np.float32(0)
            )
            gap2 += gap * gap
            shift = (lower[other, d] + upper[other, d]) - (lower[leaf, d] + upper[leaf, d])
            centre2 += shift * shift
        gaps[other], centres[other] = gap2, centre2
    centres[leaf] = np.float32(-1)  # the own leaf comes first


@njit(parallel=True, fastmath=True, cache=True)
def nearest_in_float32(coordinates, lanes, lower, upper, starts, found, positions, evaluated):
    """Fill the k nearest others of every star by float32 distance.

    `found` (n, k) float32 squared distances, ascending, UNSEEN at the start; `positions` (n, k)
    int32, both by position. `evaluated` (l,) counts the pairs measured for each leaf. A star left
    out of a list has a float32 distance, or a float32 distance of its box, of at least the last.
    """
    k, leaves = found.shape[1], lower.shape[0]
    for leaf in prange(leaves):
        first, last = starts[leaf], starts[leaf + 1]
        gaps, centres = np.empty(leaves, np.float32), np.empty(leaves, np.float32)
        _between_boxes(lower, upper, leaf, gaps, centres)
        squared = np.empty(LANES, np.float32)
        widest = UNSEEN
        chunks_seen = 0
        for other in np.argsort(centres):  # near leaves first: lists tighten early
            if gaps[other] > widest:
                continue
            for i in range(first, last):
                limit = found[i, k - 1]
                if _to_box(coordinates, i, lower, upper, other, STEP) > limit:
                    continue
                for c in range(CHUNKS):
                    chunks_seen += 1
                    if not _measure(coordinates, i, lanes[other, c], limit, squared):
                        continue
                    base = starts[other] + c * LANES
                    for lane in range(LANES):
                        value = squared[lane]
                        if value < limit and base + lane != i:
                            place = k - 1
                            while place > 0 and found[i, place - 1] > value:
                                found[i, place] = found[i, place - 1]
                                positions[i, place] = positions[i, place - 1]
                                place -= 1
                            found[i, place] = value
                            positions[i, place] = base + lane
                            limit = found[i, k - 1]
            widest = np.float32(0)
            for i in range(first, last):
                widest = max(widest, found[i, k - 1])
        evaluated[leaf] = chunks_seen * LANES


@njit(parallel=True, cache=True)
def measure_lists(points, order, positions, distances, rows):
    """Measure lists in float64, sort each by (distance, row) and keep the first k.

    `positions` (n, kept) by position; `distances` and `rows` (n, k), by row, are filled, k <= kept.
    """
    kept, k = positions.shape[1], distances.shape[1]
    for position in prange(len(order)):
        i = order[position]
        near, who = np.empty(kept), np.empty(kept, np.int64)
        for p in range(kept):
            j = order[positions[position, p]]
            _insert(near, who, p, _distance(points, i, j), j)
        distances[i], rows[i] = near[:k], who[:k]


@njit(inline="always")
def _insert(near, who, last, distance, row):
    """Insert (distance, row) into the ascending places 0 ... last; what stood at `last` is lost."""
    place = last
    while place > 0 and (
        near[place - 1] > distance or (near[place - 1] == distance and who[place - 1] > row)
    ):
        near[place], who[place] = near[place - 1], who[place - 1]
        place -= 1
    near[place], who[place] = distance, row


@njit(parallel=True, cache=True)
def nearest_of_rows(layout, todo, distances, rows):
    """Rebuild in float64 the lists of the stars at positions `todo`.

    The k-th distance of the present list is an upper bound, so every star that belongs to the list
    passes the widened float32 limit. `layout` is the tuple made by `search_arrays`.
    """
    points, order, starts, coordinates, lanes, lower, upper, errors = layout
    k = distances.shape[1]
    for w in prange(len(todo)):
        position = todo[w]
        i = order[position]
        near, who = np.full(k, np.inf), np.full(k, np.int64(points.shape[0]))
        limit = _float32_limit(distances[i, k - 1], errors)
        squared = np.empty(LANES, np.float32)
        for leaf in range(lower.shape[0]):
            if _to_box(coordinates, position, lower, upper, leaf, lower.shape[1]) > limit:
                continue
            for c in range(CHUNKS):
                if not _measure(coordinates, position, lanes[leaf, c], limit, squared):
                    continue
                base = starts[leaf] + c * LANES
                for lane in range(LANES):
                    if squared[lane] <= limit and base + lane != position:
                        j = order[base + lane]
                        r = _distance(points, i, j)
                        if r < near[k - 1] or (r == near[k - 1] and j < who[k - 1]):
                            _insert(near, who, k - 1, r, j)
        distances[i], rows[i] = near, who


@njit(inline="always")
def _float32_limit(distance, errors):
    """The largest float32 squared distance that a pair within `distance` can show."""
    scale, relative_error, absolute_error = errors
    reach = distance * scale * (1.0 + relative_error) + absolute_error
    return np.float32(min(reach * reach * ROUND_UP, 1e30))


@njit(inline="always")
def _ranks_first(reach, r, j, bound, bound_length, j_best):
    """Whether the edge (reach, r, j) ranks before the best; j_best = -1: found by another star."""
    if reach != bound:
        return reach < bound
    if r != bound_length:
        return r < bound_length
    return j_best < 0 or j < j_best


@njit(parallel=True, cache=True)
def nearest_foreign(layout, forest, todo, weight, length, target):
    """Find, for the stars at positions `todo`, the least edge that leaves their component.

    Edges are ranked by (mutual reachability, distance, row); only edges not above the component's
    best so far (`best_weight`, `best_length`, by component) are looked for. Fills `weight`,
    `length` and `target` (row, -1 if there is none). `forest` starts with the component of each
    star, of each leaf (-1: several), the core distance of each star, the least of each leaf;
    `layout` as `nearest_of_rows`.
    """
    component, leaf_component, core, leaf_core, best_weight, best_length = forest
    points, order, starts, coordinates, lanes, lower, upper, errors = layout
    for w in prange(len(todo)):
        position = todo[w]
        i = order[position]
        own = component[i]
        bound, bound_length, j_best = best_weight[own], best_length[own], np.int64(-1)
        target[w] = -1
        if core[i] > bound:
            continue
        gaps = np.empty(lower.shape[0], np.float32)
        for leaf in range(lower.shape[0]):
            gaps[leaf] = _to_box(coordinates, position, lower, upper, leaf, lower.shape[1])
        squared = np.empty(LANES, np.float32)
        limit = _float32_limit(bound, errors)
        for leaf in np.argsort(gaps):
            if gaps[leaf] > limit:
                break
            if leaf_component[leaf] == own or leaf_core[leaf] > bound:
                continue
            for c in range(CHUNKS):
                if not _measure(coordinates, position, lanes[leaf, c], limit, squared):
                    continue
                base = starts[leaf] + c * LANES
                for lane in range(min(LANES, starts[leaf + 1] - base)):
                    if squared[lane] > limit:
                        continue
                    j = order[base + lane]
                    if component[j] == own or core[j] > bound:
                        continue
                    r = _distance(points, i, j)
                    reach = max(r, core[i], core[j])
                    if _ranks_first(reach, r, j, bound, bound_length, j_best):
                        bound, bound_length, j_best = reach, r, j
                        limit = _float32_limit(bound, errors)
        weight[w], length[w], target[w] = bound, bound_length, j_best
