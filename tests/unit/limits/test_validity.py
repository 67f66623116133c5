"""Validity without the truth: by hand, and against the package hdbscan."""

import hdbscan
import numpy as np
import pytest

from chemtag.limits.validity import (
    density_based_validity,
    relative_validity,
    silhouette,
    spanning_trees,
)
from chemtag.tag.density import SpanningTree, cluster


def tree_of(edges):
    first, second, weight = zip(*edges, strict=True)
    return SpanningTree(np.array(first), np.array(second), np.array(weight, dtype=float))


def blobs(seed, n=240, n_field=60, d=4):
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 2, (8, d))
    values = centres[rng.integers(0, 8, n)] + rng.normal(0, 0.35, (n, d))
    return np.vstack([values, rng.normal(0, 3, (n_field, d))])


def test_relative_validity_by_hand():
    # A chain of six stars: two in group 0, two in group 1, then two noise stars.
    chain = tree_of([(0, 1, 1), (2, 3, 2), (1, 2, 4), (3, 4, 5), (4, 5, 6)])
    groups = np.array([0, 0, 1, 1, -1, -1])
    # Separation 4 for both; (4 - 1) / 4 and (4 - 2) / 4, two stars of six each.
    assert relative_validity(chain, groups) == pytest.approx((2 * 0.75 + 2 * 0.5) / 6)
    # Alone, a group is set apart by twice the shortest edge to noise, here 4.
    alone = np.array([0, 0, -1, -1, -1, -1])
    assert relative_validity(chain, alone) == pytest.approx(2 * (8 - 1) / 8 / 6)
    # Groups that share no edge: twice the longest edge, 12.
    apart = np.array([0, 0, -1, -1, 1, 1])
    expected = (2 * (12 - 1) / 12 + 2 * (12 - 6) / 12) / 6
    assert relative_validity(chain, apart) == pytest.approx(expected)
    assert np.isnan(relative_validity(chain, np.full(6, -1)))
    swapped = np.array([1, 1, 0, 0, -1, -1])
    assert relative_validity(chain, swapped) == relative_validity(chain, groups)


@pytest.mark.parametrize("method", ["eom", "leaf"])
@pytest.mark.parametrize("seed", range(3))
def test_relative_validity_equals_the_package_on_its_own_tree(seed, method):
    model = hdbscan.HDBSCAN(
        min_cluster_size=5, min_samples=4, cluster_selection_method=method,
        gen_min_span_tree=True, approx_min_span_tree=False, core_dist_n_jobs=1,
    ).fit(blobs(seed))  # fmt: skip
    edges = model.minimum_spanning_tree_.to_numpy()
    tree = SpanningTree(edges[:, 0].astype(int), edges[:, 1].astype(int), edges[:, 2])
    assert relative_validity(tree, model.labels_) == pytest.approx(model.relative_validity_)


@pytest.mark.parametrize("seed", range(3))
def test_relative_validity_of_the_exact_core_is_that_of_the_package(seed):
    """With min_samples 1 mutual reachability is distance, so there are no ties to break."""
    values = blobs(seed)
    model = hdbscan.HDBSCAN(
        min_cluster_size=5, min_samples=1, gen_min_span_tree=True,
        approx_min_span_tree=False, core_dist_n_jobs=1,
    ).fit(values)  # fmt: skip
    tree = spanning_trees(values, [1], "euclidean")[1]
    groups = cluster(values, 5, 1).labels
    assert relative_validity(tree, groups) == pytest.approx(model.relative_validity_)


@pytest.mark.parametrize("seed", range(3))
def test_relative_validity_does_not_depend_on_the_order_of_rows(seed):
    """Among edges of one weight the tree takes the shortest distance, whatever the rows."""
    values = blobs(seed)
    groups = cluster(values, 5, 4).labels
    order = np.random.default_rng(seed).permutation(len(values))
    there = relative_validity(spanning_trees(values, [4], "euclidean")[4], groups)
    again = relative_validity(spanning_trees(values[order], [4], "euclidean")[4], groups[order])
    assert again == pytest.approx(there)


def test_better_groups_are_more_valid():
    rng = np.random.default_rng(4)
    truth = np.repeat(np.arange(5), 30)
    values = 8.0 * np.eye(5)[truth] + rng.normal(size=(150, 5))
    mixed = rng.permutation(truth)
    tree = spanning_trees(values, [3], "euclidean")[3]
    for score in (
        lambda g: relative_validity(tree, g),
        lambda g: density_based_validity(values, g, "euclidean"),
        lambda g: silhouette(values, g, "euclidean", rng),
    ):
        assert score(truth) > 0.3 > score(mixed)


def test_undefined_cases_are_nan():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(30, 2))
    noise, one = np.full(30, -1), np.zeros(30, dtype=int)
    for groups in (noise, one):
        assert np.isnan(density_based_validity(values, groups, "euclidean"))
        assert np.isnan(silhouette(values, groups, "euclidean", rng))
    assert np.isnan(silhouette(values, np.arange(30), "euclidean", rng))
    assert spanning_trees(values, [2], "manhattan") == {}
    many = rng.normal(size=(1001, 2))
    assert np.isnan(density_based_validity(many, np.arange(1001) % 3, "euclidean"))
