"""The width learnt from groups that a blind search finds."""

import numpy as np
import pytest

from chemtag.space.width import Width, quoted_width
from chemtag.tag.scan.calibrate import pooled_residuals, relaxed, self_width
from chemtag.tag.scan.joint import Shares


def test_pooled_residuals_by_hand():
    """Two groups of four sure stars; a third of two is too small, a share of .05 too little."""
    values = np.array([[0.0], [2], [0], [2], [10], [10], [10], [14], [5], [6], [99]])
    shares = Shares(np.array([0] * 4 + [1] * 4 + [2] * 2 + [0]), np.arange(11),
                    np.array([1.0] * 10 + [0.05]))  # fmt: skip
    total, degrees = pooled_residuals(values, shares, 3)
    assert total[0, 0] == pytest.approx(4 + 12)
    assert degrees == 6


def test_relaxation_goes_twice_as_far_but_stays_positive():
    np.testing.assert_allclose(relaxed(np.eye(2), 1.1 * np.eye(2)), 1.2 * np.eye(2))
    near = relaxed(np.eye(2), 0.3 * np.eye(2))
    assert np.linalg.eigvalsh(near)[0] > 0


def test_correlation_is_learnt_from_groups():
    """Members of 12 well-separated clusters, errors correlated by .6, told to be independent."""
    rng = np.random.default_rng(0)
    true = 0.02**2 * (0.6 + 0.4 * np.eye(5))
    code = np.repeat(np.arange(12), 25)
    values = rng.normal(0, 0.25, (12, 5))[code] + rng.multivariate_normal(np.zeros(5), true, 300)
    start = quoted_width(np.full((300, 5), 0.02), list("abcde"), scatter=0.0)
    found = self_width(values, start, "held_out", 0)
    assert found.source == "self"
    off = found.correlation[np.triu_indices(5, 1)]
    assert np.mean(off) == pytest.approx(0.6, abs=0.12)
    np.testing.assert_allclose(found.deviation, 0.02, rtol=0.15)


def test_without_groups_the_width_is_kept():
    rng = np.random.default_rng(1)
    start = Width("quoted", 0.01 * np.eye(3), list("abc"), "given")
    found = self_width(rng.normal(size=(6, 3)), start, "held_out", 0)
    np.testing.assert_array_equal(found.covariance, start.covariance)
    assert "no group was found" in found.notes[-1]
