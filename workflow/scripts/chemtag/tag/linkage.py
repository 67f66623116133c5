"""Ward's tree cut by the known width: groups where there is no field.

Ward's method (1963) joins the two groups whose union adds least to the scatter within groups. In
the space `signal` a birth cluster is a unit ball, so the height at which the last two parts of one
cluster of n stars join has a known distribution. From the top of the tree each node is split that
is higher than such a cluster would be.
"""

from collections.abc import Callable

import numpy as np

from chemtag.base.seeds import generator_for
from chemtag.base.types import Floats, Ints
from chemtag.space.signal import canonical_order
from chemtag.tag.protocol import NOISE

ALPHA = 0.05
"""Share of true clusters that are split."""
FEWEST = 2
DRAWS = 200
SIZES = 14
"""Sizes at which the heights are drawn; between them they are interpolated in ln n."""


def ward_heights(
    n_most: int, dimensions: int, alpha: float, seed: int, draws: int = DRAWS
) -> Callable[[float], float]:
    """Height of the last Ward merge of n stars of one cluster: its 1 - alpha quantile by n.

    By simulation: n draws of N(0, 1) in `dimensions`, `draws` times for each of `SIZES` sizes up to
    `n_most`.
    """
    from scipy.cluster.hierarchy import linkage

    sizes = np.unique(np.round(np.geomspace(2, max(n_most, 3), SIZES)).astype(int))
    quantiles = []
    for size in sizes:
        rng = generator_for(seed, "ward heights", int(size), dimensions)
        last = [
            linkage(rng.standard_normal((size, dimensions)), "ward")[-1, 2] for _ in range(draws)
        ]
        quantiles.append(float(np.quantile(last, 1 - alpha)))
    return lambda n: float(np.interp(np.log(n), np.log(sizes), quantiles))


def cut_by_width(tree: Floats, limit: Callable[[float], float], fewest: int = FEWEST) -> Ints:
    """Groups (N,) of a Ward tree (N - 1, 4) as scipy gives it, -1 = none.

    A node of n stars is one group if its height is at most `limit(n)`, else it is split. Groups of
    fewer than `fewest` stars are none.
    """
    n = len(tree) + 1
    group = np.full(n, NOISE, dtype=np.int64)
    number, todo = 0, [2 * n - 2]
    while todo:
        node = todo.pop()
        if node < n:
            size = 1
        else:
            left, right, height, count = tree[node - n]
            size = int(count)
            if height > limit(size):
                todo += [int(left), int(right)]
                continue
        if size >= fewest:
            group[stars_below(tree, node)] = number
            number += 1
    return group


def stars_below(tree: Floats, node: int) -> Ints:
    """Stars under a node of a tree."""
    n = len(tree) + 1
    found, todo = [], [node]
    while todo:
        one = todo.pop()
        if one < n:
            found.append(one)
        else:
            todo += [int(tree[one - n, 0]), int(tree[one - n, 1])]
    return np.array(sorted(found), dtype=np.int64)


def known_width_linkage(z: Floats, alpha: float = ALPHA, seed: int = 0) -> Ints:
    """Groups (N,) of stars at z (N, d) in the space `signal`, -1 = none.

    For samples of cluster members only: it knows no field, and puts a field star with its nearest
    neighbours. `alpha` is the share of clusters that are wrongly split; where clusters overlap a
    larger one separates more of them. O(N^2) time and memory. The same for any order of the rows.
    """
    from scipy.cluster.hierarchy import linkage

    group = np.full(len(z), NOISE, dtype=np.int64)
    if len(z) < FEWEST:
        return group
    order = canonical_order(z)
    tree = linkage(z[order], "ward")
    group[order] = cut_by_width(tree, ward_heights(len(z), z.shape[1], alpha, seed))
    return group
