"""Scatter within and between clusters."""

import numpy as np
import pytest
from scipy.stats import chi2, norm

from chemtag.score.coherence import (
    c4,
    cluster_coherence,
    element_coherence,
    least_upper_limit,
    scatter_interval,
)


def measured(values, errors, clusters):
    return cluster_coherence(
        np.asarray(values, float), np.asarray(errors, float), np.asarray(clusters, np.int64)
    )


def test_c4_has_the_tabulated_values():
    # Montgomery, Introduction to Statistical Quality Control, appendix VI
    table = c4(np.array([2, 3, 4, 5, 10, 25]))
    np.testing.assert_allclose(table, [0.7979, 0.8862, 0.9213, 0.9400, 0.9727, 0.9896], atol=5e-5)
    assert np.isnan(c4(np.array([0, 1]))).all()


def test_a_case_by_hand():
    # values 0, 0.02, 0.04: mean 0.02, s = 0.02; errors 0.01 each
    result = measured([[0.0], [0.02], [0.04], [9.0]], [[0.01]] * 4, [0, 0, 0, -1])
    assert result.n_stars[0, 0] == 3
    assert result.mean[0, 0] == pytest.approx(0.02)
    assert result.mean_err[0, 0] == pytest.approx(0.02 / np.sqrt(3))
    assert result.scatter[0, 0] == pytest.approx(0.02 / 0.886227, rel=1e-6)
    assert result.error[0, 0] == pytest.approx(0.01)
    assert result.intrinsic[0, 0] == pytest.approx(np.sqrt(0.0004 - 0.0001))
    low = 0.02 * np.sqrt(2 / chi2.ppf(0.84134474, 2))
    assert result.scatter_low[0, 0] == pytest.approx(low)
    assert result.intrinsic_low[0, 0] == pytest.approx(np.sqrt(max(low**2 - 1e-4, 0)))


def test_missing_values_count_for_no_element_and_single_stars_have_no_scatter():
    values = [[0.1, np.nan], [0.3, 0.5], [1.0, 1.0]]
    result = measured(values, np.full((3, 2), 0.05), [0, 0, 1])
    assert result.n_stars.tolist() == [[2, 1], [1, 1]]
    assert result.mean[0].tolist() == pytest.approx([0.2, 0.5])
    assert np.isnan(result.scatter).tolist() == [[False, True], [True, True]]
    assert np.isnan(result.mean_err).tolist() == [[False, True], [True, True]]


def test_stars_without_errors_leave_the_intrinsic_scatter_unknown():
    result = measured([[0.0], [0.1]], [[np.nan], [0.01]], [0, 0])
    assert np.isnan(result.error[0, 0])
    assert np.isnan(result.intrinsic[0, 0])
    assert np.isfinite(result.scatter[0, 0])


def test_scatter_below_the_errors_is_no_intrinsic_scatter():
    result = measured([[0.0], [0.001]], [[0.05], [0.05]], [0, 0])
    assert result.scatter_high[0, 0] < 0.05
    assert result.intrinsic[0, 0] == result.intrinsic_low[0, 0] == 0
    assert result.intrinsic_high[0, 0] > 0.05


def test_upper_limit_of_stars_alike_equals_the_posterior_by_quadrature():
    for deviation, error, freedom in ((0.004, 0.02, 4), (0.019, 0.02, 9), (1e-6, 0.03, 3)):
        sigma = np.geomspace(error, 1e4 * error, 400_001)
        density = sigma ** (-freedom - 1.0) * np.exp(-freedom * deviation**2 / (2 * sigma**2))
        share = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) * np.diff(sigma))])
        limit = np.interp(norm.cdf(1), share / share[-1], sigma)
        found = least_upper_limit(np.array([deviation]), np.array([error]), np.array([freedom]))
        assert found[0] == pytest.approx(np.sqrt(limit**2 - error**2), rel=1e-4)
    none = least_upper_limit(np.array([0.0]), np.array([0.02]), np.array([4]))
    tiny = least_upper_limit(np.array([1e-7]), np.array([0.02]), np.array([4]))
    assert none == pytest.approx(tiny, rel=1e-6)


def test_no_cluster_gives_empty_arrays_and_no_summary():
    result = measured(np.zeros((3, 2)), np.ones((3, 2)), [-1, -1, -1])
    assert result.mean.shape == (0, 2)
    summary = element_coherence(result, np.random.default_rng(0), 20)
    assert summary.n_clusters.tolist() == [0, 0]
    assert np.isnan(summary.typical_scatter).all()
    assert np.isnan(summary.pooled_scatter).all()
    assert np.isnan(summary.between).all()


@pytest.fixture(scope="module")
def many() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """4,000 clusters of 5 stars, sigma 0.03 within (0.02 of it measurement), 0.1 between."""
    rng = np.random.default_rng(11)
    clusters = np.repeat(np.arange(4000), 5)
    centres = rng.normal(0, 0.1, (4000, 1))
    values = centres[clusters] + rng.normal(0, 0.03, (20000, 1))
    return values, np.full_like(values, 0.02), clusters


def test_scatter_is_unbiased_and_its_interval_covers_sigma(many):
    result = measured(*many)
    # standard error of the mean scatter: 0.03 * sqrt(1 - c4^2) / c4 / sqrt(4000) = 0.00017
    assert result.scatter.mean() == pytest.approx(0.03, abs=0.0006)
    inside = (result.scatter_low <= 0.03) & (result.scatter_high >= 0.03)
    assert inside.mean() == pytest.approx(0.6827, abs=0.03)
    true = np.sqrt(0.03**2 - 0.02**2)
    covered = (result.intrinsic_low <= true) & (result.intrinsic_high >= true)
    above = result.scatter_high >= 0.02
    assert (covered & above).mean() == pytest.approx(0.6827, abs=0.03)
    # Below their errors a limit stands in the place of an interval that would end at zero.
    assert 0.02 < (~above).mean() < 0.08
    assert covered[~above].mean() > 0.8


def test_summary_recovers_what_was_put_in(many):
    summary = element_coherence(measured(*many), np.random.default_rng(2), 50)
    assert summary.pooled_scatter[0] == pytest.approx(0.03, rel=0.02)
    assert summary.between[0] == pytest.approx(0.1, rel=0.04)
    assert summary.between_low[0] < summary.between[0] < summary.between_high[0]
    assert summary.typical_low[0] <= summary.typical_scatter[0] <= summary.typical_high[0]


def test_means_that_differ_by_their_errors_only_show_no_scatter_between():
    rng = np.random.default_rng(5)
    values = rng.normal(0, 0.03, (500, 1))
    result = measured(values, np.full_like(values, 0.03), np.repeat(np.arange(100), 5))
    assert element_coherence(result, rng, 20).between[0] < 0.01


def test_row_order_and_names_of_clusters_do_not_matter(many):
    values, errors, clusters = (part[:50] for part in many)
    shuffled = np.random.default_rng(0).permutation(50)
    one = measured(values, errors, clusters)
    two = measured(values[shuffled], errors[shuffled], clusters[shuffled])
    np.testing.assert_allclose(one.scatter, two.scatter, rtol=1e-12)
    np.testing.assert_allclose(one.mean, two.mean, atol=1e-15)


def test_pooled_interval_is_that_of_chi_square():
    low, high = scatter_interval(np.array([0.1]), np.array([10]))
    assert low[0] == pytest.approx(0.1 * np.sqrt(10 / chi2.ppf(0.84134474, 10)))
    assert high[0] == pytest.approx(0.1 * np.sqrt(10 / chi2.ppf(0.15865525, 10)))
