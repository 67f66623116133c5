"""Significance of groups: formulas by hand, and p-values of samples without a group."""

import numpy as np
import pytest
from scipy import stats

from chemtag.base.problems import InputProblem
from chemtag.tag.scan.extremes import Extremes, fit_extremes
from chemtag.tag.scan.field import fit_field
from chemtag.tag.scan.mixture import Mixture
from chemtag.tag.scan.null import (
    Null,
    family_threshold,
    null_evidence,
    parametric_draw,
    significance,
    sizes_of_draws,
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
    null = Null(np.array([[-2.0, -7], [1, -1], [-5, -np.inf], [3, 0.5]]), np.full(4, 60))
    found = significance(np.array([4.0, 0.7, -3.0]), null, 60)
    np.testing.assert_allclose(found.p_family, [1 / 5, 3 / 5, 4 / 5])
    # null groups above: 0, 2 of 4 draws, 5 of 4; found above: 1, 2, 3
    np.testing.assert_allclose(found.q_false, [0, 0.25, 1.25 / 3])
    assert family_threshold(null, 0.25) == pytest.approx(np.quantile([-2, 1, -5, 3], 0.75))


def test_q_never_falls_with_falling_evidence():
    rng = np.random.default_rng(0)
    evidence = rng.normal(0, 3, 30)
    q = significance(evidence, Null(rng.normal(-2, 3, (50, 9)), np.full(50, 9)), 9).q_false
    assert (np.diff(q[np.argsort(-evidence)]) >= 0).all()
    assert ((q >= 0) & (q <= 1)).all()


def test_no_groups_have_no_significance():
    found = significance(np.empty(0), Null(np.zeros((5, 3)), np.full(5, 9)), 9)
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
    assert np.median(smoothed.evidence.max(axis=1)) < 2


def test_chunks_add_up_to_the_whole():
    sample = gaussian_field(150, 3, 2)
    field = fit_field(sample, "few", 0)
    whole = null_evidence(sample, field, "parametric", range(4), 7).evidence
    parts = [
        null_evidence(sample, field, "parametric", range(a, a + 2), 7).evidence for a in (0, 2)
    ]
    np.testing.assert_array_equal(whole, np.vstack(parts))
    assert (whole[:, :-1] >= whole[:, 1:]).all()


def test_the_law_of_the_largest_evidence_by_hand():
    """Location -6 + 0.5 ln N, scale 0.8: at N = e^4 the location is -4."""
    law = Extremes(-6.0, 0.5, 0.8, 200)
    n = np.exp(4.0)
    assert law.expected([-4.0, -4 + 0.8 * np.log(10)], n) == pytest.approx([1.0, 0.1])
    assert law.p_family([-4.0], n) == pytest.approx([1 - np.exp(-1)])
    assert law.p_family([50.0], n) == pytest.approx([1 / 201]), "no farther than it was seen"
    gumbel = stats.gumbel_r(-4, 0.8)
    assert law.p_family([-5.0, -2.5], n) == pytest.approx(gumbel.sf([-5.0, -2.5]))


def test_the_law_says_no_more_than_its_draws():
    """Ten draws are refused; without any candidate p is 1 / 21, and q never falls below it."""
    stars, evidence = np.full(20, 100), np.array([50.0, -9.0])
    nothing = significance(evidence, Null(np.full((20, 2), -np.inf), stars), 900)
    np.testing.assert_allclose(nothing.p_family, 1 / 21)
    np.testing.assert_allclose(nothing.q_false, [1 / 42, 1 / 42])
    spread = np.random.default_rng(0).gumbel(-4, 1, (20, 1))
    assert significance(evidence, Null(spread, stars), 900).q_false[0] == pytest.approx(1 / 21)
    with pytest.raises(InputProblem, match=r"null_draws is 10, .*raise tag/scan/null_draws"):
        significance(evidence, Null(np.zeros((10, 1)), np.full(10, 100)), 900)


def test_the_law_is_found_again_and_foretells_larger_samples():
    """60 fits to 150 draws of three sizes: p of the 5 % point at six times the stars."""
    found = []
    for seed in range(60):
        n = np.tile([250, 500, 1000], 50)
        largest = stats.gumbel_r(-6 + 0.5 * np.log(n), 0.8).rvs(random_state=seed)
        largest[3] = -np.inf
        law = fit_extremes(n, largest)
        point = stats.gumbel_r(-6 + 0.5 * np.log(6000), 0.8).isf(0.05)
        found.append([law.location, law.slope, law.scale, law.p_family([point], 6000)[0]])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(60)
    assert (np.abs(mean - [-6, 0.5, 0.8, 0.05])[:3] < 3 * error[:3] + 0.01).all()
    assert 0.03 < np.median(found, axis=0)[3] < 0.08
    largest = stats.gumbel_r(1, 2).rvs(100, random_state=0)
    alone = fit_extremes(np.full(100, 9), largest)
    of_scipy = stats.gumbel_r.fit(largest)
    assert alone.slope == 0
    assert (alone.location, alone.scale) == pytest.approx(of_scipy, rel=1e-4)


def test_large_samples_of_a_smooth_field_are_drawn_smaller():
    assert sizes_of_draws(900, 1, 1000) == [900]
    assert sizes_of_draws(48_000, 3, 10_000) == [2500, 5000, 10_000]
    assert sizes_of_draws(48_000, 121, 10_000) == [48_000], "fewer stars have another field"
    assert sizes_of_draws(48_000, 45, 10_000) == [48_000], "2,500 stars are too few for 45"
    sample = gaussian_field(1200, 3, 2)
    field = fit_field(sample, "few", 0)
    assert len(field.mixture) == 1
    null = null_evidence(sample, field, "smoothed", range(21), 7, 400)
    assert null.n_stars.tolist() == [100, 200, 400] * 7
    law = fit_extremes(null.n_stars, null.evidence.max(axis=1))
    found = significance(np.array([9.0, -5.0]), null, 1200)
    assert found.p_family == pytest.approx(law.p_family([9.0, -5.0], 1200))
    expected = np.maximum(law.expected([9.0, -5.0], 1200), 1 / 22)
    assert found.q_false == pytest.approx(np.minimum(expected / [1, 2], 1))


def p_values(n, d, samples, draws):
    """Family-wise p of the largest evidence of samples without a group."""
    found = []
    for seed in range(samples):
        sample = gaussian_field(n, d, seed)
        field = fit_field(sample, "few", seed)
        largest = first_maxima(sample, field, 300).evidence[:1]
        null = null_evidence(sample, field, "parametric", range(draws), seed)
        found.append(significance(largest, null, n).p_family[0] if len(largest) else 1.0)
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
