"""The field of the scan: its order, its kinds, and what groups leave to it."""

from dataclasses import replace

import numpy as np
from scan_samples import with_groups

from chemtag.tag.scan.field import (
    field_beside,
    fit_field,
    held_out_order,
    log_local_ratio,
    most_components,
    ratio_helps,
)
from chemtag.tag.scan.mixture import Mixture, deconvolve
from chemtag.tag.scan.sample import make_sample


def test_order_of_a_small_mixture_is_found_by_held_out_stars():
    rng = np.random.default_rng(0)
    apart = Mixture(
        np.log([0.5, 0.3, 0.2]),
        np.array([[0.0, 0], [25, 0], [0, 25]]),
        np.repeat(9 * np.eye(2)[None], 3, axis=0),
    )
    v = rng.uniform(0.5, 1.5, (2000, 2))
    z = apart.draw(v, rng)
    assert held_out_order(z, v, 0) == 3
    assert held_out_order(z[:100], v[:100], 0) <= 2
    sample = make_sample(z, v)
    assert not ratio_helps(sample, 3, 0)
    assert ratio_helps(sample, 1, 0)


def test_a_broken_star_has_a_component_of_its_own():
    rng = np.random.default_rng(0)
    z = rng.normal(0, 5, (1000, 3))
    assert held_out_order(z, np.ones((1000, 3)), 0) == 1
    z[0] = 1e4
    assert held_out_order(z, np.ones((1000, 3)), 0) > 1


def test_kinds_of_field():
    z, v, _ = with_groups(900, [], d=3)
    sample = make_sample(z, v)
    few, many = fit_field(sample, "few", 0), fit_field(sample, "many", 0)
    assert len(few.mixture) == 1
    assert len(many.mixture) == most_components(900) == 3
    smooth = many.mixture.log_density(sample.z, sample.variance)
    np.testing.assert_allclose(
        many.log_density, smooth + log_local_ratio(sample, many.mixture), rtol=1e-12
    )
    np.testing.assert_array_equal(fit_field(sample, "held_out", 0).log_density, few.log_density)


def test_beside_groups_the_field_is_fitted_to_what_they_leave():
    """Weighted EM: with a share of 0 or 1 it is that of the stars left, and the ratio is kept."""
    z, v, code = with_groups(900, [60], d=3)
    sample = make_sample(z, v)
    taken = (code[sample.order] >= 0).astype(float)
    field = replace(fit_field(sample, "few", 0), ratio=True)
    ratio = np.linspace(-0.1, 0.1, len(sample))
    field = replace(field, log_density=field.log_density + ratio)
    beside = field_beside(sample, field, taken)
    left = taken == 0
    alone = deconvolve(field.mixture, sample.z[left], sample.variance[left], 4)
    np.testing.assert_allclose(beside.mixture.spread, alone.spread, rtol=1e-9)
    expected = alone.log_density(sample.z, sample.variance) + ratio
    np.testing.assert_allclose(beside.log_density, expected, rtol=1e-9)
    centre = np.argmin(((sample.z - sample.z[taken == 1].mean(axis=0)) ** 2).sum(axis=1))
    assert beside.log_density[centre] < field.log_density[centre] - 0.01
    assert field_beside(sample, field, np.zeros(len(sample))) is field
    told = replace(field, known=True)
    assert field_beside(sample, told, taken) is told, "it was not fitted to these stars"
    most = np.where(np.arange(len(sample)) < 300, 1.0, 0.0)
    assert field_beside(sample, field, most) is field, "too few are left to the field"
