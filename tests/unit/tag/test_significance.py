"""The cluster significance test by hand, by brute force and against scipy."""

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from scipy.stats import mannwhitneyu, norm

from chemtag.tag.motion.significance import (
    field_distances,
    group_significances,
    neighbour_distances,
    sigma_denser,
    significant_among,
)


def test_the_test_by_hand():
    # no pair has the member farther: U = 0, mean 3, variance 2 * 3 * 6 / 12 = 3
    assert sigma_denser(np.array([1.0, 2]), np.array([3.0, 4, 5])) == pytest.approx(2.5 / 3**0.5)
    assert sigma_denser(np.array([1.0, 1]), np.array([1.0, 1, 1])) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_against_scipy(seed):
    rng = np.random.default_rng(seed)
    within, around = rng.integers(0, 20, 30) / 4, rng.integers(3, 25, 80) / 4
    p = mannwhitneyu(within, around, alternative="less", method="asymptotic").pvalue
    assert sigma_denser(within, around) == pytest.approx(norm.isf(p))


def test_equal_distributions_give_a_standard_normal():
    rng = np.random.default_rng(1)
    z = [sigma_denser(rng.exponential(size=20), rng.exponential(size=100)) for _ in range(1000)]
    assert abs(np.mean(z)) < 0.15
    assert np.std(z) == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("wanted", [100, 150, 350])
def test_the_field_around_by_brute_force(wanted):
    rng = np.random.default_rng(2)
    points = np.vstack([rng.normal(0, 1, (400, 3)), rng.normal(2, 0.1, (40, 3))])
    members = np.arange(400, 440)
    for pool in (np.arange(440), np.arange(50, 400)):
        field = points[pool[pool < 400]]
        nearest = np.argsort(cdist(field, points[members]).min(axis=1), kind="stable")[:wanted]
        among = np.sort(cdist(field[nearest], field), axis=1)[:, 9]
        found = field_distances(points, pool, cKDTree(points[pool]), members, 9, wanted)
        assert np.sort(found) == pytest.approx(np.sort(among))


def field_and_two_clusters(n_field, seed=5):
    """Stars spread evenly, a cluster (group 0), and beside it a denser one (group 1)."""
    rng = np.random.default_rng(seed)
    points = np.vstack(
        [
            rng.uniform(-3, 3, (n_field, 3)),
            rng.normal(0, 0.1, (60, 3)),
            rng.normal([0.8, 0, 0], 0.05, (200, 3)),
        ]
    )
    return points, np.repeat([-1, 0, 1], [n_field, 60, 200])


@pytest.mark.parametrize("seed", range(5))
def test_a_group_beside_a_denser_one_is_as_significant_as_alone(seed):
    points, group = field_and_two_clusters(800, seed)
    alone = group_significances(points[group < 1], group[group < 1])
    beside = group_significances(points, group)
    assert alone[0] > 10
    assert beside[0] == alone[0]
    assert beside[1] > 10


def test_a_group_that_falls_is_field_for_the_others():
    points, group = field_and_two_clusters(800)
    group[:800][np.linalg.norm(points[:800] - [0.8, -1.5, 0], axis=1) < 0.9] = 2
    within = group_significances(points, group)
    assert within[2] < 5 < within[:2].min()
    found = significant_among(points, group, 5.0)
    assert found[2] == within[2]
    fallen = np.where(group == 2, -1, group)
    assert found[:2].tolist() == group_significances(points, fallen).tolist()
    assert found[0] != within[0]
    assert significant_among(points, group, -9.0).tolist() == within.tolist()
    assert significant_among(points, group, 99.0).shape == (3,)
    assert significant_among(points, np.full(len(points), -1), 5.0).tolist() == []


def test_other_groups_stand_in_for_a_field_of_too_few_stars():
    points, group = field_and_two_clusters(99)
    within = np.sort(cdist(points[group == 0], points[group == 0]), axis=1)[:, 9]
    others = points[group != 0]
    nearest = np.argsort(cdist(others, points[group == 0]).min(axis=1), kind="stable")[:100]
    around = np.sort(cdist(others[nearest], others), axis=1)[:, 9]
    assert group_significances(points, group)[0] == pytest.approx(sigma_denser(within, around))
    points, group = field_and_two_clusters(100)
    assert group_significances(points, group)[0] > 8


@pytest.mark.parametrize("n_other", [0, 1, 200])
def test_identical_stars_are_compared_with_what_lies_elsewhere(n_other):
    rng = np.random.default_rng(6)
    points = np.vstack([np.zeros((2, 3)), rng.uniform(-1, 1, (n_other, 3))])
    group = np.repeat([0, -1], [2, n_other])
    sigma = group_significances(points, group)
    assert (sigma > 2) == (n_other == 200)
    # nothing lies elsewhere
    assert group_significances(np.zeros((202, 3)), np.repeat([0, -1], [2, 200])).tolist() == [0]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_stars_without_a_place_are_refused(bad):
    points, group = field_and_two_clusters(100)
    points[3, 1] = bad
    with pytest.raises(ValueError, match="coordinates are not finite; leave out"):
        group_significances(points, group)


def test_distances_to_neighbours_by_hand():
    line = np.array([[0.0], [1.0], [3.0], [7.0]])
    assert neighbour_distances(line, 2).tolist() == [3, 2, 3, 6]


def test_a_cluster_is_significant_and_a_piece_of_the_field_is_not():
    rng = np.random.default_rng(3)
    points = np.vstack([rng.uniform(-3, 3, (800, 3)), rng.normal(1, 0.1, (30, 3))])
    group = np.full(830, -1)
    group[800:] = 0
    near = np.argsort(np.linalg.norm(points[:800] + 1.5, axis=1))[:30]
    group[near] = 1
    sigma = group_significances(points, group)
    assert sigma[0] > 7
    assert sigma[1] < 3
    order = rng.permutation(830)
    assert group_significances(points[order], group[order]) == pytest.approx(sigma)


def test_tiny_groups_and_no_field():
    points = np.random.default_rng(4).normal(size=(12, 2))
    assert group_significances(points, np.full(12, -1)).tolist() == []
    alone = np.full(12, -1)
    alone[3] = 0
    assert group_significances(points, alone).tolist() == [-np.inf]
    assert group_significances(points, np.zeros(12, dtype=int)).tolist() == [-np.inf]
