# mypy: allow-untyped-defs
"""Whether stars lie closer together on the sky than stars of their field do: spanning tree, kernel.

Both tests give one number a group of stars; what it is among as many stars drawn from the field at
random is simulated, once for each number of stars.
"""

import numpy as np

from chemtag.base.compiled import compiled
from chemtag.base.seeds import generator_for
from chemtag.base.types import Floats, Ints

GRID = 24
"""Points a side on which the kernel density is looked at."""


@compiled()
def tree_length(sky):
    """Return the total length of the Euclidean minimum spanning tree of points (n, 2) (Prim)."""
    n = len(sky)
    gap = np.full(n, np.inf)
    inside = np.zeros(n, dtype=np.bool_)
    total = 0.0
    here = 0
    for _ in range(n - 1):
        inside[here] = True
        nearest = -1
        for other in range(n):
            if inside[other]:
                continue
            distance = (sky[here, 0] - sky[other, 0]) ** 2 + (sky[here, 1] - sky[other, 1]) ** 2
            gap[other] = min(gap[other], distance)
            if nearest < 0 or gap[other] < gap[nearest]:
                nearest = other
        total += np.sqrt(gap[nearest])
        here = nearest
    return total


@compiled()
def kernel_peak(sky, low, high):
    """Return how far the densest place stands above the mean, in standard deviations over a grid.

    Krone-Martins & Moitinho (2014): a Gaussian kernel on each axis, of the width of Scott's rule,
    sigma n^(-1/6), looked at on a grid from `low` to `high` (2,).
    """
    n = len(sky)
    if n < 2:
        return 0.0
    density = np.zeros((GRID, GRID))
    parts = np.empty((2, GRID, n))
    for axis in range(2):
        width = max(np.std(sky[:, axis]) * n ** (-1 / 6), 1e-9 * (high[axis] - low[axis]))
        for place in range(GRID):
            at = low[axis] + (high[axis] - low[axis]) * (place + 0.5) / GRID
            for star in range(n):
                parts[axis, place, star] = np.exp(-0.5 * ((at - sky[star, axis]) / width) ** 2)
    for i in range(GRID):
        for j in range(GRID):
            for star in range(n):
                density[i, j] += parts[0, i, star] * parts[1, j, star]
    spread = np.std(density)
    return (np.max(density) - np.mean(density)) / spread if spread > 0 else 0.0


@compiled()
def _lengths(sky, rows, starts):
    """Tree lengths of groups: their rows one after the other, group g from starts[g]."""
    found = np.empty(len(starts) - 1)
    for g in range(len(found)):
        found[g] = tree_length(sky[rows[starts[g] : starts[g + 1]]])
    return found


@compiled()
def _peaks(sky, rows, starts, low, high):
    """Kernel peaks of groups, as `_lengths`."""
    found = np.empty(len(starts) - 1)
    for g in range(len(found)):
        found[g] = kernel_peak(sky[rows[starts[g] : starts[g + 1]]], low, high)
    return found


class SkyTest:
    """How far groups are from random draws of the field on the sky, in their standard deviation.

    `sky` (N, 2) of all stars; `kind` tree or kernel; `draws` random groups of each size, drawn from
    `seed` and the size alone. A group that is closer together than random has a positive number.
    """

    def __init__(self, sky: Floats, kind: str, draws: int, seed: int) -> None:
        self.sky, self.kind, self.draws, self.seed = np.ascontiguousarray(sky), kind, draws, seed
        self.low, self.high = sky.min(axis=0), sky.max(axis=0)
        self.known: dict[int, tuple[float, float]] = {}

    def values(self, rows: Ints, starts: Ints) -> Floats:
        """Return the number of each group: its tree length, or its kernel peak."""
        if self.kind == "tree":
            return _lengths(self.sky, rows, starts)
        return _peaks(self.sky, rows, starts, self.low, self.high)

    def of_random(self, size: int) -> tuple[float, float]:
        """Return mean and standard deviation of the number among random groups of `size` stars."""
        if size not in self.known:
            rng = generator_for(self.seed, "upmask", "random groups", size)
            rows = np.concatenate(
                [rng.choice(len(self.sky), size, replace=False) for _ in range(self.draws)]
            )
            found = self.values(rows, np.arange(self.draws + 1) * size)
            self.known[size] = float(found.mean()), float(found.std(ddof=1))
        return self.known[size]

    def closeness(self, group: Ints) -> Floats:
        """Return, for groups of codes 0 ... K-1 (N,), how much closer they are than random.

        The number of standard deviations; -inf for groups of fewer than 3 stars, or of all.
        """
        rows = np.argsort(group, kind="stable")
        sizes = np.bincount(group[group >= 0])
        rows = rows[len(group) - sizes.sum() :]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        found = self.values(rows, starts)
        far = np.full(len(sizes), -np.inf)
        sign = -1.0 if self.kind == "tree" else 1.0
        for code, size in enumerate(sizes):
            if 3 <= size < len(self.sky):
                mean, spread = self.of_random(int(size))
                if spread > 0:
                    far[code] = sign * (found[code] - mean) / spread
        return far
