"""Ties: groups by the definition of Campello et al. (2013), whatever the rows' order or threads."""

import math

import numba
import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import pdist, squareform

from chemtag.tag.density import cluster_grid, row_order_sensitivity


def lattice(n: int, d: int, step: float, seed: int) -> np.ndarray:
    """Clumpy points on a lattice: most distances, and exact duplicates, occur many times."""
    rng = np.random.default_rng([seed, n, d])
    X = rng.normal(size=(n, d))
    X[: n // 2] = X[: n // 2] * 0.3 + rng.normal(size=(4, d))[rng.integers(0, 4, n // 2)] * 2
    return np.round(X / step) * step


class ByDefinition:
    """HDBSCAN* as defined: at each level, the components of the mutual-reachability graph.

    Slow and plain. Stars leave a cluster at density 1 / w when all edges of weight >= w are gone.
    """

    def __init__(self, X: np.ndarray, min_cluster_size: int, min_samples: int):
        r = squareform(pdist(X))
        core = np.sort(r, axis=1)[:, min(min_samples, len(X) - 1)]
        self.reach = np.maximum(r, np.maximum(core[:, None], core))
        np.fill_diagonal(self.reach, 0)
        self.least = min_cluster_size
        self.leaves_at = np.zeros(len(X))
        self.clusters: list[dict] = []
        self._walk(np.arange(len(X)), birth=0.0, parent=-1)

    def _walk(self, stars, birth, parent):
        me = len(self.clusters)
        losses: list[tuple[float, int]] = []
        info = {"stars": stars, "parent": parent, "children": [], "birth": birth}
        self.clusters.append(info)
        while True:
            w, parts = self._split(stars)
            level = 1 / w if w > 0 else math.inf
            large = [p for p in parts if len(p) >= self.least]
            for part in parts:
                if len(part) < self.least:
                    self.leaves_at[part] = level
            gone = len(stars) if len(large) != 1 else len(stars) - len(large[0])
            losses.append((level, gone))
            if len(large) != 1:
                break
            stars = large[0]
        info["stability"] = sum((level - birth) * gone for level, gone in losses if gone)
        info["death"] = max(level for level, gone in losses if gone)
        for part in large:
            info["children"].append(self._walk(part, level, me))
        return me

    def _split(self, stars):
        """The largest weight whose removal, with all above it, disconnects the stars; the parts."""
        reach = self.reach[np.ix_(stars, stars)]
        w = linkage(squareform(reach), "single")[-1, 2]
        n_parts, part = connected_components(reach < w, directed=False)
        return w, [stars[part == p] for p in range(n_parts)]

    def kept(self, method: str) -> list[int]:
        if method == "leaf":
            return [c for c in range(1, len(self.clusters)) if not self.clusters[c]["children"]]
        return [k for child in self.clusters[0]["children"] for k in self._best(child)[1]]

    def _best(self, c):
        below = [self._best(child) for child in self.clusters[c]["children"]]
        total = math.fsum(b[0] for b in below)
        if self.clusters[c]["stability"] >= total:
            return self.clusters[c]["stability"], [c]
        return total, [k for b in below for k in b[1]]

    def groups(self, method: str) -> dict[frozenset, dict[int, float]]:
        """Map each group, as the set of its stars, to the probabilities of its members."""
        found = {}
        for c in self.kept(method):
            stars, death = self.clusters[c]["stars"], self.clusters[c]["death"]
            grade = [1.0 if x >= death else x / death for x in self.leaves_at[stars]]
            found[frozenset(stars.tolist())] = dict(zip(stars.tolist(), grade, strict=True))
        return found


@pytest.mark.parametrize("min_samples", [1, 3, 6])
@pytest.mark.parametrize(
    ("n", "d", "step"), [(60, 1, 0.5), (90, 2, 0.5), (90, 2, 0.25), (80, 4, 0.5), (60, 3, 1e-9)]
)
def test_groups_are_those_of_the_definition(n, d, step, min_samples):
    for seed in range(3):
        X = lattice(n, d, step, seed)
        for min_cluster_size in (2, 4, 8):
            definition = ByDefinition(X, min_cluster_size, min_samples)
            for c in cluster_grid(X, [min_cluster_size], [min_samples]):
                expected = definition.groups(c.method)
                ours = {frozenset(np.flatnonzero(c.labels == g)) for g in range(c.labels.max() + 1)}
                assert ours == set(expected), (seed, min_cluster_size, c.method)
                for members in expected.values():
                    for star, probability in members.items():
                        assert c.probabilities[star] == pytest.approx(probability, rel=1e-12)


def test_four_equal_clumps_split_at_once():
    """Corners of a square: one split into four groups, not a chain of three."""
    corner = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    X = np.vstack([corner + shift for shift in 10.0 * corner])
    for c in cluster_grid(X, [2, 4], [1, 2]):
        assert c.labels.tolist() == np.repeat([0, 1, 2, 3], 4).tolist()
        assert (c.persistence == c.persistence[0]).all()


KINDS = {
    "general": lambda rng: rng.normal(size=(900, 6)) * rng.choice([0.1, 1], size=(900, 1)),
    "lattice": lambda rng: lattice(700, 3, 0.25, 3),
    "tenths": lambda rng: np.round(rng.normal(size=(600, 3)) * 0.4, 1) * 1.1,
    "duplicates": lambda rng: rng.normal(size=(60, 4))[rng.integers(0, 60, 600)],
}


@pytest.mark.parametrize("kind", KINDS)
def test_groups_do_not_depend_on_the_order_of_rows(kind):
    rng = np.random.default_rng(11)
    X = KINDS[kind](rng)
    settings = ([2, 5, 20], [2, 5, 15])
    given = list(cluster_grid(X, *settings))
    assert max(c.labels.max() for c in given) > 2
    for _ in range(3):
        order = rng.permutation(len(X))
        for a, b in zip(given, cluster_grid(X[order], *settings), strict=True):
            assert groups_of(a.labels[order], a) == groups_of(b.labels, b), kind
            np.testing.assert_array_equal(a.probabilities[order], b.probabilities)


def groups_of(labels, clustering):
    """Map each group, as the set of its rows, to its persistence."""
    return {frozenset(np.flatnonzero(labels == g)): p for g, p in enumerate(clustering.persistence)}


def test_published_groups_do_depend_on_it():
    """What the exact core is for; if this fails, the package hdbscan has changed its ties."""
    X = np.random.default_rng(2).normal(size=(600, 6))
    moved = row_order_sensitivity(X, 5, 5, "leaf", n_permutations=4, rng=np.random.default_rng(0))
    assert moved.adjusted_rand_index.min() < 0.99
    assert moved.fraction_changed.max() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_groups_do_not_depend_on_threads(kind):
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("one thread only: nothing to compare")
    X = KINDS[kind](np.random.default_rng(12))
    before = numba.get_num_threads()
    found = []
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            found.append(list(cluster_grid(X, [2, 5, 20], [2, 5, 15])))
    finally:
        numba.set_num_threads(before)
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a.labels, b.labels)
        np.testing.assert_array_equal(a.probabilities, b.probabilities)
        np.testing.assert_array_equal(a.persistence, b.persistence)
