"""Brier score and reliability of probabilities, by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from chemtag.score.reliability import brier_score, reliability


def test_by_hand():
    p, member = np.array([1.0, 0.5, 0.0, 0.55]), np.array([True, False, False, True])
    assert brier_score(p, member) == pytest.approx((0 + 0.25 + 0 + 0.2025) / 4)
    table = reliability(p, member, 2)
    assert table.number.tolist() == [1, 3]
    assert table.said == pytest.approx([0, 2.05 / 3])
    assert table.found == pytest.approx([0, 2 / 3])
    assert table.error == pytest.approx(3 / 4 * 0.05 / 3)


def test_against_scikit_learn():
    rng = np.random.default_rng(0)
    p = rng.uniform(size=500)
    member = rng.uniform(size=500) < p
    assert brier_score(p, member) == pytest.approx(brier_score_loss(member, p))
    assert reliability(p, member).error < 0.1
    assert reliability(1 - p, member).error > 0.3


def test_empty_bins_are_nan_and_do_not_count():
    table = reliability(np.array([0.05, 0.95]), np.array([False, True]))
    assert np.isnan(table.said[5])
    assert table.error == pytest.approx(0.05)
