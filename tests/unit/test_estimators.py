"""The estimators: scikit-learn's own checks, the package hdbscan, row orders and grids."""

import hdbscan
import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import chemtag
from chemtag import HDBSCAN


@parametrize_with_checks([HDBSCAN()])
def test_scikit_learn_accepts_it(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def stars():
    rng = np.random.default_rng(4)
    clumps = [rng.normal(3 * k, 0.4, (40, 3)) for k in range(4)]
    return np.concatenate([*clumps, rng.uniform(-3, 13, (60, 3))])


@pytest.mark.parametrize("method", ["eom", "leaf"])
def test_groups_are_those_of_the_package(stars, method):
    ours = HDBSCAN(8, 4, cluster_selection_method=method).fit(stars)
    theirs = hdbscan.HDBSCAN(8, 4, cluster_selection_method=method, approx_min_span_tree=False).fit(
        stars
    )
    assert adjusted_rand_score(ours.labels_, theirs.labels_) > 0.97
    assert ours.labels_.max() == theirs.labels_.max()
    assert len(ours.cluster_persistence_) == ours.labels_.max() + 1


def test_the_order_of_the_rows_changes_nothing():
    rng = np.random.default_rng(0)
    points = rng.integers(0, 6, (120, 2)).astype(float)  # many ties
    points += rng.normal(0, 1e-9, points.shape).round(9)
    labels = HDBSCAN(4, 2).fit_predict(points)
    for _ in range(5):
        order = rng.permutation(len(points))
        moved = np.empty_like(labels)
        moved[order] = HDBSCAN(4, 2).fit_predict(points[order])
        assert adjusted_rand_score(labels, moved) == pytest.approx(1)


def test_min_samples_defaults_to_min_cluster_size(stars):
    assert (HDBSCAN(9).fit(stars).labels_ == HDBSCAN(9, 9).fit(stars).labels_).all()


def test_a_grid_holds_the_groups_of_each_setting(stars):
    found = list(HDBSCAN().grid(stars, [5, 8], [3, 4], ["leaf"]))
    assert [(f.min_cluster_size, f.min_samples) for f in found] == [(5, 3), (8, 3), (5, 4), (8, 4)]
    for one in found:
        alone = HDBSCAN(one.min_cluster_size, one.min_samples, cluster_selection_method="leaf")
        assert (alone.fit(stars).labels_ == one.labels).all()


def test_the_package_names_what_it_has():
    assert chemtag.__all__ == ["HDBSCAN"]
    with pytest.raises(AttributeError, match="no attribute 'Hdbscan'"):
        _ = chemtag.Hdbscan
