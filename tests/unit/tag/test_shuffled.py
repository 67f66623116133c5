"""DBSCAN with the epsilon from shuffled fields, by hand and by brute force."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from chemtag.tag.motion.shuffled import dense_groups, shuffled_epsilons, smallest_distances


def test_smallest_distances_by_hand():
    # second neighbours of 0, 1, 3, 7: 3, 2, 3, 6; third: 7, 6, 4, 7
    line = np.array([[0.0], [1.0], [3.0], [7.0]])
    assert smallest_distances(line, [3, 4]).tolist() == [2, 4]


@pytest.mark.parametrize("seed", range(3))
def test_smallest_distances_of_many_stars_by_brute_force(seed):
    rng = np.random.default_rng(seed)
    points = np.vstack([rng.standard_t(3, (2500, 3)), np.zeros((9, 3))])
    for stars in (points, points[:2500]):
        sorted_rows = np.sort(cdist(stars, stars), axis=1)
        expected = [sorted_rows[:, rank - 1].min() for rank in (8, 9, 10, 15)]
        assert smallest_distances(stars, [8, 9, 10, 15]) == pytest.approx(expected, abs=1e-12)
    assert smallest_distances(points, [9, 10])[0] == 0


def test_epsilon_lies_halfway_to_the_mean_of_the_shuffles():
    points = np.random.default_rng(0).normal(size=(80, 3))
    rng = np.random.default_rng(9)
    smallest = []
    for _ in range(4):
        dealt = np.column_stack([rng.permutation(points[:, i]) for i in range(3)])
        smallest.append(np.sort(cdist(dealt, dealt), axis=1)[:, 7].min())
    here = np.sort(cdist(points, points), axis=1)[:, 7].min()
    expected = (here + np.mean(smallest)) / 2
    assert shuffled_epsilons(points, [8], 4, 9)[0] == pytest.approx(expected)


def test_in_one_dimension_a_shuffle_changes_nothing():
    points = np.random.default_rng(1).normal(size=(50, 1))
    assert shuffled_epsilons(points, [5], 2, 0) == pytest.approx(smallest_distances(points, [5]))


def test_groups_come_by_significance():
    rng = np.random.default_rng(2)
    points = np.vstack(
        [rng.normal(0, 1, (600, 3)), rng.normal(1.5, 0.05, (40, 3)), rng.normal(-2, 0.05, (20, 3))]
    )
    found = dense_groups(points, [8, 12], 5, 0, 3.0)
    assert found.significance == sorted(found.significance, reverse=True)
    assert min(found.significance) > 3
    assert (found.rows[0] >= 600).mean() > 0.9
