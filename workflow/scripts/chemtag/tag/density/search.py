# mypy: allow-untyped-defs
"""Compiled searches over blocks: the nearest neighbours of all stars, and the nearest edge of one.

float32 lanes only rule stars out; a star that passes is measured in float64, always by
`_distance`, so a pair has one distance wherever it is found.
"""

import numpy as np
from llvmlite import ir
from numba import njit, prange, types
from numba.core import cgutils
from numba.extending import intrinsic

from chemtag.base.compiled import compiled
from chemtag.tag.density.blocks import LANES, LEAF_SIZE, STEP

CHUNKS = LEAF_SIZE // LANES
UNSEEN = np.float32(1e30)  # squared distance of a free place in a list; empty lanes lie beyond it
ROUND_UP = 1.0 + 2.0**-22  # a limit stays a limit when rounded to float32
WIDE = (
    16  # numbers of one instruction; the compiler splits it where the processor has narrower ones
)

_FLOAT, _INT, _LONG = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_VECTOR = ir.VectorType(_FLOAT, WIDE)
_FAST = ("fast",)
_NONE = ir.Constant(_LONG, 0)


@compiled()
def _distance(points, i, j):
    """Euclidean distance of two rows in float64, summed in the order of the columns."""
    total = 0.0
    for column in range(points.shape[1]):
        step = points[i, column] - points[j, column]
        total += step * step
    return np.sqrt(total)


def _pointer(context, builder, kind, array, place):
    """Address of the number at `place` of a contiguous float32 array, while code is generated."""
    return builder.gep(context.make_array(kind)(context, builder, array).data, [place])


def _load(builder, pointer, place):
    """WIDE numbers from `place` on."""
    address = builder.bitcast(builder.gep(pointer, [place]), _VECTOR.as_pointer())
    return builder.load(address, align=4)


def _repeat(builder, number):
    """One number WIDE times."""
    empty = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(empty, number, ir.Constant(_INT, 0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(_INT, WIDE), [0] * WIDE))


def _plus_square(builder, total, step):
    return builder.fadd(total, builder.fmul(step, step, flags=_FAST), flags=_FAST)


def _add_axis(builder, own, others, column, sums):
    """Add to the sums of all lanes what they differ in along one axis."""
    here = _repeat(builder, builder.load(builder.gep(own, [column])))
    row = builder.mul(column, ir.Constant(_LONG, LANES))
    for group, total in enumerate(sums):
        there = _load(builder, others, builder.add(row, ir.Constant(_LONG, group * WIDE)))
        step = builder.fsub(here, there, flags=_FAST)
        builder.store(_plus_square(builder, builder.load(total), step), total)


def _bits_within(builder, sums, limits):
    """One bit for each lane: whether its sum is at most its limit."""
    bits = ir.Constant(_LONG, 0)
    for group, (total, limit) in enumerate(zip(sums, limits, strict=True)):
        within = builder.bitcast(builder.fcmp_ordered("<=", total, limit), ir.IntType(WIDE))
        shift = ir.Constant(_LONG, group * WIDE)
        bits = builder.or_(bits, builder.shl(builder.zext(within, _LONG), shift))
    return bits


@intrinsic
def _within(typing, lanes, chunk, coordinates, star, steps, limit, squared):
    """Measure one star against LANES others; return the bits of those within `limit`.

    `chunk` and `star` are places in `lanes` and `coordinates`, `steps` = D / STEP. Stops as soon as
    all exceed the limit; else `squared` is filled. Written for the registers of the processor: left
    to itself, the compiler uses half their width.
    """
    signature = types.uint64(lanes, types.intp, coordinates, types.intp, types.intp,
                             types.float32, squared)  # fmt: skip

    def generate(context, builder, signature, arguments):
        kinds, groups = signature.args, range(LANES // WIDE)
        others = _pointer(context, builder, kinds[0], arguments[0], arguments[1])
        own = _pointer(context, builder, kinds[2], arguments[2], arguments[3])
        limits = [_repeat(builder, arguments[5])] * len(groups)
        zero = ir.Constant(_VECTOR, [0.0] * WIDE)
        sums = [cgutils.alloca_once_value(builder, zero) for _ in groups]
        bits = cgutils.alloca_once_value(builder, ir.Constant(_LONG, 0))
        for total in sums:
            builder.store(zero, total)
        with cgutils.for_range(builder, arguments[4]) as loop:
            first = builder.mul(loop.index, ir.Constant(_LONG, STEP))
            for d in range(STEP):
                _add_axis(builder, own, others, builder.add(first, ir.Constant(_LONG, d)), sums)
            builder.store(_bits_within(builder, [builder.load(s) for s in sums], limits), bits)
            with builder.if_then(builder.icmp_unsigned("==", builder.load(bits), _NONE)):
                loop.do_break()
        with builder.if_then(builder.icmp_unsigned("!=", builder.load(bits), _NONE)):
            out = _pointer(context, builder, kinds[6], arguments[6], ir.Constant(_LONG, 0))
            for g in groups:
                address = builder.gep(out, [ir.Constant(_LONG, g * WIDE)])
                pointer = builder.bitcast(address, _VECTOR.as_pointer())
                builder.store(builder.load(sums[g]), pointer, align=4)
        return builder.load(bits)

    return signature, generate


@intrinsic
def _near_box(typing, lanes, chunk, lower, upper, leaf, limits, first):
    """Return the bits of LANES stars whose box distance over STEP axes is within their limits.

    `chunk` is a place in `lanes`, `leaf` one in `lower` and `upper`, `first` one in `limits`.
    """
    signature = types.uint64(lanes, types.intp, lower, upper, types.intp, limits, types.intp)

    def generate(context, builder, signature, arguments):
        kinds, groups = signature.args, range(LANES // WIDE)
        stars = _pointer(context, builder, kinds[0], arguments[0], arguments[1])
        low = _pointer(context, builder, kinds[2], arguments[2], arguments[4])
        high = _pointer(context, builder, kinds[3], arguments[3], arguments[4])
        most = _pointer(context, builder, kinds[5], arguments[5], arguments[6])
        zero = ir.Constant(_VECTOR, [0.0] * WIDE)
        larger = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_VECTOR, [_VECTOR] * 2), f"llvm.maxnum.v{WIDE}f32"
        )
        sums = [zero for _ in groups]
        for d in range(STEP):
            corner = [ir.Constant(_LONG, d)]
            below = _repeat(builder, builder.load(builder.gep(low, corner)))
            above = _repeat(builder, builder.load(builder.gep(high, corner)))
            for g in groups:
                x = _load(builder, stars, ir.Constant(_LONG, d * LANES + g * WIDE))
                gap = builder.call(larger, [builder.fsub(below, x), builder.fsub(x, above)])
                sums[g] = _plus_square(builder, sums[g], builder.call(larger, [gap, zero]))
        within = [_load(builder, most, ir.Constant(_LONG, g * WIDE)) for g in groups]
        return _bits_within(builder, sums, within)

    return signature, generate


@intrinsic
def _lowest(typing, bits):
    """Place of the lowest bit that is set; there must be one."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


@compiled(fastmath=True)
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


@compiled(fastmath=True)
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


@compiled(parallel=True, fastmath=True)
def nearest_in_float32(coordinates, lanes, lower, upper, starts, found, positions, evaluated):
    """Fill the k nearest others of every star by float32 distance.

    `found` (n, k) float32 squared distances, ascending, UNSEEN at the start; `positions` (n, k)
    int32, both by position. `evaluated` (l,) counts the pairs measured for each leaf. A star left
    out of a list has a float32 distance, or a float32 distance of its box, of at least the last.
    """
    k, leaves, D = found.shape[1], lower.shape[0], coordinates.shape[1]
    for leaf in prange(leaves):
        first, last = starts[leaf], starts[leaf + 1]
        gaps, centres = np.empty(leaves, np.float32), np.empty(leaves, np.float32)
        _between_boxes(lower, upper, leaf, gaps, centres)
        squared = np.empty(LANES, np.float32)
        limits = np.full(LEAF_SIZE, np.float32(-1))  # empty places have no neighbours
        limits[: last - first] = UNSEEN
        widest = UNSEEN
        chunks_seen = 0
        for other in np.argsort(centres):  # near leaves first: lists tighten early
            if gaps[other] > widest:
                continue
            tightened = False
            for own in range(CHUNKS):
                place = (leaf * CHUNKS + own) * D * LANES
                stars = _near_box(lanes, place, lower, upper, other * D, limits, own * LANES)
                while stars:
                    star = own * LANES + _lowest(stars)
                    stars &= stars - np.uint64(1)
                    i = first + star
                    limit = limits[star]
                    for c in range(CHUNKS):
                        chunks_seen += 1
                        chunk = (other * CHUNKS + c) * D * LANES
                        near = _within(lanes, chunk, coordinates, i * D, D // STEP, limit, squared)
                        base = starts[other] + c * LANES
                        while near:
                            lane = _lowest(near)
                            near &= near - np.uint64(1)
                            if squared[lane] < limit and base + lane != i:
                                _keep(found, positions, i, squared[lane], base + lane)
                                limit = found[i, k - 1]
                                tightened = True
                    limits[star] = limit
            if tightened:
                widest = limits.max()
        evaluated[leaf] = chunks_seen * LANES


@njit(inline="always")
def _keep(found, positions, i, value, position):
    """Put a star into the ascending list of star i; what stood last is lost."""
    place = found.shape[1] - 1
    while place > 0 and found[i, place - 1] > value:
        found[i, place] = found[i, place - 1]
        positions[i, place] = positions[i, place - 1]
        place -= 1
    found[i, place] = value
    positions[i, place] = position


@compiled(parallel=True)
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


@compiled(parallel=True)
def nearest_of_rows(layout, todo, distances, rows):
    """Rebuild in float64 the lists of the stars at positions `todo`.

    The k-th distance of the present list is an upper bound, so every star that belongs to the list
    passes the widened float32 limit. `layout` is the tuple made by `search_arrays`.
    """
    points, order, starts, coordinates, lanes, lower, upper, errors = layout
    k, D = distances.shape[1], coordinates.shape[1]
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
                chunk = (leaf * CHUNKS + c) * D * LANES
                base = starts[leaf] + c * LANES
                found = _within(lanes, chunk, coordinates, position * D, D // STEP, limit, squared)
                while found:
                    lane = _lowest(found)
                    found &= found - np.uint64(1)
                    if base + lane < starts[leaf + 1] and base + lane != position:
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


@compiled(parallel=True)
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
    D = coordinates.shape[1]
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
                chunk = (leaf * CHUNKS + c) * D * LANES
                base = starts[leaf] + c * LANES
                found = _within(lanes, chunk, coordinates, position * D, D // STEP, limit, squared)
                while found:
                    lane = _lowest(found)
                    found &= found - np.uint64(1)
                    if base + lane >= starts[leaf + 1] or squared[lane] > limit:
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
