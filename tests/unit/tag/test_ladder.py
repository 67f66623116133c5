"""The ladder of HDBSCAN: its parts by hand, and a cluster beside a clump of the field."""

import numpy as np
import pytest

from chemtag.tag.motion.ladder import (
    Candidates,
    largest_dispersion,
    moves_together,
    proper_motion_dispersion,
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


def test_overlap_is_decided_by_the_order():
    rows = [np.array([0, 1, 2]), np.array([2, 3]), np.array([4, 5])]
    strength = [np.array([1.0, 0.5, 0.2]), np.ones(2), np.array([0.9, 1.0])]
    group, degree, sigma = without_overlap(Candidates(rows, strength, [9.0, 8.0, 7.0]), 7)
    assert group.tolist() == [0, 0, 0, -1, 1, 1, -1]
    assert degree.tolist() == [1, 0.5, 0.2, 0, 0.9, 1, 0]
    assert sigma.tolist() == [9, 7]
