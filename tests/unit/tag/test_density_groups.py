"""Groups of the exact core against the package hdbscan, where no two merges tie."""

import hdbscan
import numpy as np
import pytest
from hdbscan.hdbscan_ import _tree_to_labels

from chemtag.tag.density import (
    CondensedTree,
    cluster,
    cluster_grid,
    condense,
    extract,
    reference_cluster,
)
from chemtag.tag.density.hierarchy import linkage_from_scipy


def clumpy(n: int, d: int, seed: int) -> np.ndarray:
    """A broad background with clumps of many sizes and densities."""
    rng = np.random.default_rng([seed, n, d])
    X = rng.normal(size=(n, d))
    where = rng.integers(0, 12, n)
    centres = rng.normal(size=(12, d)) * 2
    inside = where < 9
    X[inside] = centres[where[inside]] + X[inside] * rng.uniform(0.02, 0.3, 9)[where[inside], None]
    return X


def untied_dendrogram(X: np.ndarray, min_samples: int) -> np.ndarray:
    """The package's own dendrogram with heights made strictly increasing, in scipy's format."""
    model = hdbscan.HDBSCAN(
        min_samples=min_samples, approx_min_span_tree=False, core_dist_n_jobs=1
    ).fit(X)
    Z = model.single_linkage_tree_.to_numpy()
    Z[:, 2] += np.arange(len(Z)) * 1e-13
    assert (np.diff(Z[:, 2]) > 0).all()
    return Z


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal up to the numbers of groups; noise is noise."""
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len({p[0] for p in pairs}) == len({p[1] for p in pairs}) and all(
        (p[0] < 0) == (p[1] < 0) for p in pairs
    )


def persistence_by_group(labels, persistence):
    """Persistence as a function of the group's first row, which does not depend on numbering."""
    return {int(np.flatnonzero(labels == g)[0]): p for g, p in enumerate(persistence)}


OPTIONS = [
    {},
    {"epsilon": 0.2},
    {"epsilon": 0.8},
    {"epsilon": 5.0},
    {"allow_single_cluster": True},
    {"allow_single_cluster": True, "epsilon": 0.8},
    {"allow_single_cluster": True, "epsilon": 50.0},
    {"max_cluster_size": 60},
]


@pytest.mark.parametrize("min_samples", [1, 4, 12])
@pytest.mark.parametrize(("n", "d"), [(300, 2), (900, 6), (700, 18)])
def test_groups_are_those_of_hdbscan_on_its_own_untied_tree(n, d, min_samples):
    Z = untied_dendrogram(clumpy(n, d, seed=1), min_samples)
    linkage = linkage_from_scipy(Z)
    for min_cluster_size in (2, 3, 5, 12, 40, 200):
        tree = condense(linkage, min_cluster_size)
        for method in ("eom", "leaf"):
            for options in OPTIONS:
                ours = extract(tree, method=method, **options)
                labels, probabilities, persistence = _tree_to_labels(
                    None,
                    Z,
                    min_cluster_size,
                    method,
                    allow_single_cluster=options.get("allow_single_cluster", False),
                    cluster_selection_epsilon=options.get("epsilon", 0.0),
                    max_cluster_size=options.get("max_cluster_size", 0),
                )[:3]
                case = (min_cluster_size, method, options)
                assert same_partition(ours.labels, labels), case
                np.testing.assert_allclose(ours.probabilities, probabilities, atol=1e-12)
                if method == "eom" and "epsilon" in options:
                    continue  # there the package overwrites the stability of what it passed by
                theirs = persistence_by_group(labels, persistence)
                for row, value in persistence_by_group(ours.labels, ours.persistence).items():
                    assert value == pytest.approx(theirs[row], rel=1e-6), case


@pytest.mark.parametrize("method", ["eom", "leaf"])
@pytest.mark.parametrize("seed", range(4))
def test_groups_are_those_of_hdbscan_from_the_points_on(method, seed):
    """With min_samples = 1 mutual reachability is the distance: no ties in general position."""
    X = clumpy(800, 7, seed)
    for min_cluster_size in (3, 10, 30):
        ours = cluster(X, min_cluster_size, 1, method)
        theirs = reference_cluster(X, min_cluster_size, 1, method)
        np.testing.assert_array_equal(ours.labels, theirs.labels)
        np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=1e-9)
        np.testing.assert_allclose(ours.persistence, theirs.persistence, rtol=1e-6)


def test_two_clumps_worked_by_hand():
    """0, 1, 2, 3 and 10, 11, 12: heights 1 within, 7 between; stabilities by hand."""
    X = np.array([0.0, 1, 2, 3, 10, 11, 12]).reshape(-1, 1)
    groups = cluster(X, min_cluster_size=3, min_samples=1)
    assert groups.labels.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert groups.probabilities.tolist() == [1.0] * 7
    # Stability = members x (1/1 - 1/7); persistence divides by members x the largest density 1.
    np.testing.assert_allclose(groups.persistence, [6 / 7, 6 / 7], rtol=1e-14)


def test_probability_is_density_relative_to_the_densest_member():
    """Gaps 1, 1, 2 in one clump: its last star leaves it at density 1/2."""
    X = np.array([0.0, 1, 2, 4, 30, 31, 32]).reshape(-1, 1)
    groups = cluster(X, min_cluster_size=3, min_samples=1)
    assert groups.labels.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert groups.probabilities.tolist() == [1, 1, 1, 0.5, 1, 1, 1]


def test_groups_are_numbered_by_size_then_first_row():
    X = np.array([20.0, 21, 0, 1, 2, 40, 41]).reshape(-1, 1)
    assert cluster(X, 2, 1, "leaf").labels.tolist() == [1, 1, 0, 0, 0, 2, 2]


def test_grid_equals_single_fits_and_shares_neighbours():
    from chemtag.tag.density import build_blocks, neighbours_for

    X = clumpy(500, 5, seed=9)
    stored = neighbours_for(build_blocks(X), [2, 6])
    grid = list(cluster_grid(X, [3, 8], [2, 6], ["leaf", "eom"], neighbours=stored))
    assert [(c.min_samples, c.min_cluster_size, c.method) for c in grid] == [
        (s, m, method) for s in (2, 6) for m in (3, 8) for method in ("leaf", "eom")
    ]
    for c in grid:
        alone = cluster(X, c.min_cluster_size, c.min_samples, c.method)
        np.testing.assert_array_equal(c.labels, alone.labels)
        np.testing.assert_array_equal(c.probabilities, alone.probabilities)
        np.testing.assert_array_equal(c.persistence, alone.persistence)


def test_a_cluster_exactly_as_stable_as_its_children_is_kept():
    """Root 0 with clusters 1 and 2; cluster 1, stability 2, with 3 and 4 of stability 1 each."""
    tree = CondensedTree(
        star_cluster=np.array([3, 3, 4, 4, 1, 2, 2], np.int32),
        star_density=np.array([3.0, 3, 3, 3, 1, 2, 2]),
        parent=np.array([-1, 0, 0, 1, 1], np.int32),
        size=np.array([7, 5, 2, 2, 2], np.int32),
        birth=np.array([0.0, 0.5, 0.5, 1, 1]),
        death=np.array([0.5, 1.0, 2, 3, 3]),
        stability=np.array([0.0, 2.0, 0.5, 1.0, 1.0]),
        first_child=np.array([1, 3, 0, 0, 0], np.int32),
        n_children=np.array([2, 2, 0, 0, 0], np.int32),
        min_cluster_size=2,
    )
    assert extract(tree).labels.tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert extract(tree, method="leaf").labels.tolist() == [0, 0, 1, 1, -1, 2, 2]
    assert extract(tree, max_cluster_size=4).labels.tolist() == [0, 0, 1, 1, -1, 2, 2]
