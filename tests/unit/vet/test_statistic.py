"""The statistic against the plainest computation of the same likelihood."""

import numpy as np
import pytest
from scipy.stats import norm

from chemtag.vet.statistic import common_value, field_density


def by_hand(x, e, spread, log_field):
    """The largest log likelihood ratio over a fine grid of centres and shares, one dimension."""
    centres = np.linspace(x.min(), x.max(), 2001)
    ratio = norm.pdf(x[:, None], centres, np.hypot(e, spread)[:, None]) / np.exp(log_field)[:, None]
    shares = np.linspace(0.001, 0.999, 300)
    return max(np.log1p(s * (ratio - 1)).sum(axis=0).max() for s in shares)


@pytest.mark.parametrize("seed", range(6))
def test_the_largest_likelihood_is_found(seed):
    rng = np.random.default_rng(seed)
    field = field_density(rng.normal(0, 20, (400, 1)))
    x = rng.normal(0, 20, 8)
    x[:4] = rng.normal(5, 0.5, 4)
    e = rng.uniform(0.3, 2, 8)
    found = common_value(x[None, :, None], e[None, :, None], np.array([0.5]), field)[0]
    best = by_hand(x, e, 0.5, field.log(x[:, None]))
    assert found <= best + 1e-3
    assert found == pytest.approx(best, abs=0.4)


def test_a_density_integrates_to_one_and_follows_its_stars():
    values = np.random.default_rng(1).normal(3, 2, (2000, 1))
    grid = np.linspace(-20, 30, 4001)
    density = np.exp(field_density(values).log(grid[:, None]))
    assert np.trapezoid(density, grid) == pytest.approx(1, abs=1e-3)
    assert grid[density.argmax()] == pytest.approx(3, abs=0.6)


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(2)
    field = field_density(rng.normal(0, 1, (300, 2)))
    values, errors = rng.normal(0, 1, (50, 6, 2)), np.full((50, 6, 2), 0.3)
    whole = common_value(values, errors, np.zeros(2), field)
    monkeypatch.setattr("chemtag.vet.statistic.BLOCK", 700)
    np.testing.assert_allclose(common_value(values, errors, np.zeros(2), field), whole, rtol=1e-12)


def test_equal_values_of_a_field_give_no_warning():
    field = field_density(np.full((50, 1), 4.0))
    found = common_value(np.full((2, 5, 1), 4.0), np.full((2, 5, 1), 1.0), np.zeros(1), field)
    assert np.isfinite(found).all()


def test_an_interpolated_density_is_that_of_its_kernels():
    rng = np.random.default_rng(3)
    # Two far outliers stretch the places over a hundred times the spread.
    values = np.concatenate([rng.normal(0, 1, 300), [-60.0, 80.0]])[:, None]
    field = field_density(values)
    at = np.concatenate([rng.uniform(-65, 85, 200), rng.normal(0, 1, 200), [-500.0]])[:, None]
    expected = [
        np.log(norm.pdf(x, field.points[:, 0], field.width[0]).mean() + 1e-320) for x in at[:, 0]
    ]
    near = np.array(expected) > -30
    assert near.sum() > 200
    np.testing.assert_allclose(field.log(at)[near], np.array(expected)[near], atol=2e-2)
    inside = near & (np.abs(at[:, 0]) < 2)
    np.testing.assert_allclose(field.log(at)[inside], np.array(expected)[inside], atol=2e-3)
    assert field.log(np.array([[-500.0]]))[0] < -1000
