"""Significance of groups: formulas by hand, and p-values of samples without a group."""

import numpy as np
import pytest
from scipy import stats

from chemtag.tag.scan.field import fit_field
from chemtag.tag.scan.mixture import Mixture
from chemtag.tag.scan.null import (
    family_threshold,
    null_evidence,
    parametric_draw,
    significance,
    smoothed_draw,
)
from chemtag.tag.scan.sample import make_sample
from chemtag.tag.scan.scanning import first_maxima


def gaussian_field(n, d, seed, spread=5.0):
    """Stars of one Gaussian without a group."""
    rng = np.random.default_rng(seed)
    mixture = Mixture(np.zeros(1), np.zeros((1, d)), spread**2 * np.eye(d)[None])
    v = rng.uniform(0.7, 1.4, (n, d))
    return make_sample(mixture.draw(v, rng), v)


def test_p_and_q_by_hand():
    """Four draws of largest -2, 1, -5, 3; the last has two groups above 0."""
    null = np.array([[-2.0, -7], [1, -1], [-5, -np.inf], [3, 0.5]])
    found = significance(np.array([4.0, 0.7, -3.0]), null)
    np.testing.assert_allclose(found.p_family, [1 / 5, 3 / 5, 4 / 5])
    # null groups above: 0, 2 of 4 draws, 5 of 4; found above: 1, 2, 3
    np.testing.assert_allclose(found.q_false, [0, 0.25, 1.25 / 3])
    assert family_threshold(null, 0.25) == pytest.approx(np.quantile([-2, 1, -5, 3], 0.75))


def test_q_never_falls_with_falling_evidence():
    rng = np.random.default_rng(0)
    evidence = rng.normal(0, 3, 30)
    q = significance(evidence, rng.normal(-2, 3, (50, 9))).q_false
    assert (np.diff(q[np.argsort(-evidence)]) >= 0).all()
    assert ((q >= 0) & (q <= 1)).all()


def test_no_groups_have_no_significance():
    found = significance(np.empty(0), np.zeros((5, 3)))
    assert len(found.p_family) == len(found.q_false) == 0


def test_draws_keep_variances_and_the_spread_of_all():
    sample = gaussian_field(3000, 3, 0)
    field = fit_field(sample, "few", 0)
    rng = np.random.default_rng(1)
    for drawn in (parametric_draw(sample, field, rng), smoothed_draw(sample, rng)):
        assert drawn.z.shape == sample.z.shape
        np.testing.assert_allclose(np.cov(drawn.z.T), np.cov(sample.z.T), atol=3)
        assert drawn.variance.mean() == pytest.approx(sample.variance.mean(), rel=0.02)


def test_smoothing_wipes_out_most_of_a_cluster():
    sample = gaussian_field(300, 4, 0)
    z, v = sample.z.copy(), sample.variance
    z[:25] = 4 + np.sqrt(v[:25]) * np.random.default_rng(0).standard_normal((25, 4))
    sample = make_sample(z, v)
    field = fit_field(sample, "few", 0)
    assert first_maxima(sample, field).evidence[0] > 10
    smoothed = null_evidence(sample, field, "smoothed", range(9), 0)
    assert np.median(smoothed.max(axis=1)) < 2


def test_chunks_add_up_to_the_whole():
    sample = gaussian_field(150, 3, 2)
    field = fit_field(sample, "few", 0)
    whole = null_evidence(sample, field, "parametric", range(4), 7)
    parts = [null_evidence(sample, field, "parametric", range(a, a + 2), 7) for a in (0, 2)]
    np.testing.assert_array_equal(whole, np.vstack(parts))
    assert (whole[:, :-1] >= whole[:, 1:]).all()


def p_values(n, d, samples, draws):
    """Family-wise p of the largest evidence of samples without a group."""
    found = []
    for seed in range(samples):
        sample = gaussian_field(n, d, seed)
        field = fit_field(sample, "few", seed)
        largest = first_maxima(sample, field, 300).evidence[:1]
        null = null_evidence(sample, field, "parametric", range(draws), seed)
        found.append(significance(largest, null).p_family[0] if len(largest) else 1.0)
    return np.array(found)


def test_p_values_are_uniform_without_a_group():
    """40 samples of 150 stars, 19 draws each; Kolmogorov-Smirnov against the 20 steps of p."""
    found = p_values(150, 4, 40, 19)
    rng = np.random.default_rng(0)
    assert stats.kstest(found - rng.uniform(0, 1 / 20, 40), "uniform").pvalue > 0.01
    assert (found <= 0.05).mean() <= 0.15


@pytest.mark.slow
@pytest.mark.parametrize(("n", "d", "samples"), [(439, 8, 100), (2000, 8, 40)])
def test_p_values_of_larger_samples_are_uniform(n, d, samples):
    found = p_values(n, d, samples, 39)
    print(n, d, np.quantile(found, [0.05, 0.25, 0.5, 0.75, 0.95]))
    rng = np.random.default_rng(0)
    assert stats.kstest(found - rng.uniform(0, 1 / 40, samples), "uniform").pvalue > 0.01
