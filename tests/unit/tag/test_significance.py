"""The cluster significance test by hand, by brute force and against scipy."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import mannwhitneyu, norm

from chemtag.tag.motion.significance import (
    field_distances,
    group_significances,
    neighbour_distances,
    sigma_denser,
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


@pytest.mark.parametrize("wanted", [100, 150, 400])
def test_the_field_around_by_brute_force(wanted):
    from scipy.spatial import cKDTree

    rng = np.random.default_rng(2)
    points = np.vstack([rng.normal(0, 1, (400, 3)), rng.normal(2, 0.1, (40, 3))])
    members = np.arange(400, 440)
    gap = cdist(points[:400], points[members]).min(axis=1)
    nearest = np.argsort(gap, kind="stable")[:wanted]
    among = np.sort(cdist(points[nearest], points[:400]), axis=1)[:, 9]
    found = field_distances(points, cKDTree(points), members, 9, wanted)
    assert np.sort(found) == pytest.approx(np.sort(among))


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
