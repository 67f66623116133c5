"""The ladder of HDBSCAN: its parts by hand, and a cluster beside a clump of the field."""

import numpy as np
import pytest

from chemtag.tag.motion.ladder import (
    Candidates,
    largest_dispersion,
    leaves,
    moves_together,
    outliers,
    proper_motion_dispersion,
    without_outliers,
    without_overlap,
)


def test_the_dispersion_by_hand():
    square = np.array([[0.0, 0], [2, 0], [0, 2], [2, 2]])
    assert proper_motion_dispersion(square) == pytest.approx(2**0.5)
    assert proper_motion_dispersion(square * [1, 0]) == pytest.approx(1)


def test_the_largest_dispersion_by_hand():
    # Hunt & Reffert round the constant to 4.74.
    assert largest_dispersion(4.74) == pytest.approx(5 * 2**0.5, rel=2e-4)
    assert largest_dispersion(0.3) == largest_dispersion(-1) == 1.0
    # at 1 mas 5 sqrt(2) / 4.74 = 1.49 mas/yr
    square = np.array([[0.0, 0], [2, 0], [0, 2], [2, 2]])
    assert moves_together(square, np.ones(4))
    assert not moves_together(1.1 * square, np.ones(4))


def test_outliers_by_hand():
    # median 2, median absolute deviation 1: those beyond 2 +- 7 * 1.4826 = -8.378, 12.378 leave
    core = [0.0, 1, 1, 2, 3, 3, 4]
    near = np.array([*core, -8.3, 12.3])[:, None]
    far = np.array([*core, -8.4, 12.4])[:, None]
    assert not outliers(near).any()
    assert np.flatnonzero(outliers(far)).tolist() == [7, 8]
    # a column without a spread says nothing, another one does
    assert not outliers(np.column_stack([np.eye(9)[0], near])).any()
    assert np.flatnonzero(outliers(np.column_stack([np.ones(9), far]))).tolist() == [7, 8]
    # 30 hides behind 300, which widens the spread
    hidden = np.array([0.0, 1, 2, 30, 300])[:, None]
    assert np.flatnonzero(outliers(hidden)).tolist() == [3, 4]


def test_outliers_of_each_group_leave_it():
    rng = np.random.default_rng(0)
    measured = np.vstack([rng.normal(0, 0.1, (20, 3)), rng.normal(3, 2, (30, 3))])
    measured[4, 1] = 4
    labels = np.repeat([0, 1], [20, 30])
    labels[25] = -1
    left = without_outliers(labels, measured)
    assert np.flatnonzero(left != labels).tolist() == [4]
    assert left[4] == -1
    assert without_outliers(np.full(3, -1), measured[:3]).tolist() == [-1] * 3


def test_a_rung_has_no_more_samples_than_stars():
    rng = np.random.default_rng(1)
    points = np.vstack([rng.normal(0, 0.01, (9, 2)), rng.uniform(-3, 3, (150, 2))])
    small, large = [labels for labels, _ in leaves(points, [10, 8], 10)]
    assert len(set(small[:9])) == 1
    assert small[0] >= 0
    alone = next(labels for labels, _ in leaves(points, [10], 10))
    assert large.tolist() == alone.tolist()
    assert next(labels for labels, _ in leaves(points, [8], 8)).tolist() == small.tolist()


def test_overlap_is_decided_by_the_order():
    rows = [np.array([0, 1, 2]), np.array([2, 3]), np.array([4, 5])]
    strength = [np.array([1.0, 0.5, 0.2]), np.ones(2), np.array([0.9, 1.0])]
    group, degree, sigma = without_overlap(Candidates(rows, strength, [9.0, 8.0, 7.0]), 7)
    assert group.tolist() == [0, 0, 0, -1, 1, 1, -1]
    assert degree.tolist() == [1, 0.5, 0.2, 0, 0.9, 1, 0]
    assert sigma.tolist() == [9, 7]
