"""Neighbours and spanning tree of the exact core, against brute force."""

import numpy as np
import pytest
from hdbscan._hdbscan_reachability import mutual_reachability
from scipy.spatial.distance import pdist, squareform

from chemtag.tag.density import (
    build_blocks,
    core_distances,
    minimum_spanning_tree,
    nearest_neighbours,
)
from chemtag.tag.density.neighbours import SearchCost

KINDS = ("normal", "duplicates", "lattice", "clumps", "flat", "offset", "constant", "heavy")


def sample(kind: str, n: int, d: int, seed: int) -> np.ndarray:
    """Points that are easy to get wrong: tied, repeated, degenerate, far from the origin."""
    rng = np.random.default_rng([seed, n, d, KINDS.index(kind)])
    X = rng.normal(size=(n, d))
    if kind == "duplicates":
        X[n // 2 :] = X[rng.integers(0, max(1, n // 8), n - n // 2)]
    if kind == "lattice":
        X = np.round(X * 2) / 2
    if kind == "clumps":
        X = X * 1e-6 + rng.normal(size=(4, d))[rng.integers(0, 4, n)]
    if kind == "flat":
        X[:, d // 2] = 3.0
    if kind == "offset":
        X = X * 1e-3 + 1e5
    if kind == "constant":
        X[:] = X[0]
    if kind == "heavy":
        X = rng.standard_cauchy(size=(n, d)) * 1e-20
    return X


def dense_tree_weights(X: np.ndarray, min_samples: int) -> np.ndarray:
    """Sorted weights of the mutual-reachability tree by Prim's algorithm on the full matrix."""
    n = len(X)
    r = squareform(pdist(X))
    core = np.sort(r, axis=1)[:, min(min_samples, n - 1)]
    r = np.maximum(r, np.maximum(core[:, None], core))
    reached = np.zeros(n, bool)
    best = np.full(n, np.inf)
    best[0] = 0.0
    weights = []
    for _ in range(n):
        j = int(np.argmin(np.where(reached, np.inf, best)))
        weights.append(best[j])
        reached[j] = True
        best = np.minimum(best, r[j])
    return np.sort(weights[1:])


CASES = [
    (kind, n, d) for kind in KINDS for n, d in ((2, 1), (7, 2), (130, 5), (300, 18), (260, 40))
]


@pytest.mark.parametrize(("kind", "n", "d"), CASES)
def test_neighbours_are_those_of_the_full_distance_matrix(kind, n, d):
    X = sample(kind, n, d, seed=1)
    expected = np.sort(squareform(pdist(X)), axis=1)[:, 1:]
    for k in (1, 5, n - 1):
        found = nearest_neighbours(X, k)
        size = min(k, n - 1)
        assert found.distances.shape == found.indices.shape == (n, size)
        np.testing.assert_allclose(found.distances, expected[:, :size], rtol=1e-12, atol=0)
        assert (found.indices != np.arange(n)[:, None]).all()
        own = np.sqrt(((X[:, None] - X[found.indices]) ** 2).sum(-1))
        np.testing.assert_allclose(found.distances, own, rtol=1e-12, atol=0)


def test_neighbours_at_one_distance_come_in_the_order_of_their_rows():
    X = np.arange(12.0).reshape(-1, 1) % 4  # three copies of 0, 1, 2, 3
    found = nearest_neighbours(X, 4)
    assert found.indices[4].tolist() == [0, 8, 1, 5]
    assert found.distances[4].tolist() == [0, 0, 1, 1]


def test_lists_that_float32_cannot_settle_are_rebuilt():
    """Points 1e-9 apart at a distance of 1 look alike in float32; the right ones must win."""
    rng = np.random.default_rng(5)
    shell = np.column_stack([1 + 1e-9 * rng.permutation(400), np.zeros(400)])
    X = np.vstack([[0.0, 0.0], shell, rng.normal(size=(200, 2)) * 0.1 + [0, 50]])
    cost = SearchCost()
    found = nearest_neighbours(X, 8, cost)
    assert cost.rebuilt > 0
    assert sorted(found.indices[0]) == sorted(1 + np.argsort(shell[:, 0])[:8])


@pytest.mark.parametrize(("kind", "n", "d"), CASES)
@pytest.mark.parametrize("min_samples", [1, 4, 20])
def test_tree_weighs_the_same_as_a_dense_one(kind, n, d, min_samples):
    X = sample(kind, n, d, seed=2)
    layout = build_blocks(X)
    tree = minimum_spanning_tree(layout, nearest_neighbours(layout, 20), min_samples)
    np.testing.assert_allclose(tree.weight, dense_tree_weights(X, min_samples), rtol=1e-12, atol=0)
    assert (tree.first < tree.second).all()
    assert len({*tree.first, *tree.second}) == n


def ranked_tree(X: np.ndarray, min_samples: int) -> list[tuple[int, int]]:
    """Kruskal's tree of all pairs ranked by (mutual reachability, distance, low row, high row)."""
    n = len(X)
    low, high = np.triu_indices(n, 1)
    length = np.sqrt(((X[low] - X[high]) ** 2).sum(1))
    core = np.sort(squareform(length), axis=1)[:, min_samples]
    weight = np.maximum(length, np.maximum(core[low], core[high]))
    group = np.arange(n)
    edges = []
    for e in np.lexsort((high, low, length, weight)):
        i, j = low[e], high[e]
        if group[i] != group[j]:
            group[group == group[j]] = group[i]
            edges.append((int(i), int(j)))
    return edges


@pytest.mark.parametrize("kind", ["lattice", "duplicates", "normal"])
@pytest.mark.parametrize("min_samples", [1, 5])
def test_tree_is_the_one_of_the_total_order(kind, min_samples):
    for n, d in ((150, 2), (260, 4)):  # lattice and columns summed exactly: ties are ties for both
        X = sample(kind, n, d, seed=9)
        layout = build_blocks(X)
        tree = minimum_spanning_tree(layout, nearest_neighbours(layout, 8), min_samples)
        assert list(zip(tree.first, tree.second, strict=True)) == ranked_tree(X, min_samples)


def test_short_lists_make_stars_search_and_change_nothing():
    """Tight pairs and far clumps: with lists of one or two, every round searches the blocks."""
    for kind in ("clumps", "lattice", "duplicates", "normal"):
        X = sample(kind, 900, 4, seed=3)
        layout = build_blocks(X)
        long = minimum_spanning_tree(layout, nearest_neighbours(layout, 300), 2)
        short = minimum_spanning_tree(layout, nearest_neighbours(layout, 2), 2)
        for a, b in zip(vars(long).values(), vars(short).values(), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("min_samples", [1, 3, 10])
def test_core_distances_follow_the_convention_of_hdbscan(min_samples):
    X = sample("normal", 200, 6, seed=4)
    reach = mutual_reachability(squareform(pdist(X)), min_points=min_samples)
    ours = core_distances(nearest_neighbours(X, 12), min_samples)
    np.testing.assert_allclose(ours, np.diag(reach), rtol=1e-12)


@pytest.mark.parametrize("min_samples", [1, 5, 15])
def test_tree_weighs_the_same_as_that_of_hdbscan(min_samples):
    import hdbscan

    X = sample("normal", 1500, 8, seed=6)
    model = hdbscan.HDBSCAN(
        min_samples=min_samples,
        approx_min_span_tree=False,
        gen_min_span_tree=True,
        core_dist_n_jobs=1,
    ).fit(X)
    layout = build_blocks(X)
    tree = minimum_spanning_tree(layout, nearest_neighbours(layout, 16), min_samples)
    theirs = np.sort(model.minimum_spanning_tree_.to_numpy()[:, 2])
    np.testing.assert_allclose(tree.weight, theirs, rtol=1e-12)


def test_tree_of_points_in_general_position_follows_a_permutation_of_rows():
    X = sample("normal", 700, 6, seed=7)
    order = np.random.default_rng(0).permutation(len(X))
    layouts = build_blocks(X), build_blocks(X[order])
    a, b = (minimum_spanning_tree(s, nearest_neighbours(s, 16), 5) for s in layouts)
    edges = {frozenset(e) for e in zip(a.first, a.second, strict=True)}
    assert edges == {frozenset(e) for e in zip(order[b.first], order[b.second], strict=True)}
    np.testing.assert_array_equal(a.weight, b.weight)


def test_impossible_lists_are_refused():
    X = sample("normal", 50, 3, seed=8)
    with pytest.raises(ValueError, match="too short"):
        core_distances(nearest_neighbours(X, 4), 5)
    with pytest.raises(ValueError, match="at least 1"):
        core_distances(nearest_neighbours(X, 4), 0)
    with pytest.raises(ValueError, match="at least 1"):
        nearest_neighbours(X, 0)
