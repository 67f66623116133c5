"""Intervals: against scipy and by hand, and whether they cover the truth as often as they say."""

import numpy as np
import pytest
from scipy import stats

from chemtag.base.problems import InputProblem
from chemtag.score import (
    cluster_matches,
    contingency,
    entropy_scores,
    intervals,
    pair_scores,
    recovery_area,
    recovery_fraction,
)

EVERY = np.ones(31, dtype=bool)


@pytest.mark.parametrize("level", [0.68, 0.95])
@pytest.mark.parametrize(("k", "n"), [(0, 31), (1, 31), (9, 31), (30, 31), (31, 31), (1, 1)])
def test_wilson_against_scipy(k, n, level):
    expected = stats.binomtest(k, n).proportion_ci(level, method="wilson")
    assert intervals.wilson_interval(k, n, level) == pytest.approx(tuple(expected), abs=1e-12)


def test_jeffreys():
    low, high = intervals.jeffreys_interval(3, 7, 0.95)
    posterior = stats.beta(3.5, 4.5)
    assert posterior.cdf(low) == pytest.approx(0.025)
    assert posterior.cdf(high) == pytest.approx(0.975)
    mirrored = intervals.jeffreys_interval(4, 7, 0.95)
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((low, high))
    low, high = intervals.jeffreys_interval(0, 28, 0.68)
    assert low == 0
    assert 0.02 < high < 0.05
    low, high = intervals.jeffreys_interval(28, 28, 0.68)
    assert high == 1
    assert 0.95 < low < 0.98
    assert np.isnan(intervals.jeffreys_interval(0, 0, 0.68)).all()
    assert np.isnan(intervals.wilson_interval(0, 0, 0.68)).all()


def test_level_outside_zero_and_one():
    with pytest.raises(InputProblem, match="found 68, expected a number between 0 and 1"):
        intervals.jeffreys_interval(9, 31, 68)


def test_resamples_keep_the_number_of_eligible_clusters():
    eligible = np.array([True, True, False, True, False])
    drawn = intervals.resampled_clusters(eligible, 200, np.random.default_rng(1))
    assert drawn.shape == (200, 5)
    assert (drawn[:, eligible].sum(axis=1) == 3).all()
    assert (drawn[:, ~eligible].sum(axis=1) == 2).all()
    again = intervals.resampled_clusters(eligible, 200, np.random.default_rng(1))
    assert (drawn == again).all()


def test_bootstrap_of_a_mean_has_the_error_of_the_mean():
    values = np.random.default_rng(2).normal(size=40)
    drawn = intervals.resampled_clusters(np.ones(40, dtype=bool), 20000, np.random.default_rng(3))
    ratios = intervals.bootstrap_ratios(values, np.ones(40), drawn)
    assert ratios.mean() == pytest.approx(values.mean(), abs=0.005)
    assert ratios.std() == pytest.approx(values.std() / np.sqrt(40), rel=0.02)
    low, high = intervals.percentile_interval(ratios, 0.68)
    assert low < values.mean() < high


def test_bootstrap_of_a_ratio_by_hand():
    drawn = np.array([[2, 0, 1], [0, 3, 0], [0, 0, 3]])
    ratios = intervals.bootstrap_ratios([3, 1, 0], [4, 5, 0], drawn)
    assert ratios[:2].tolist() == [6 / 8, 3 / 15]
    assert np.isnan(ratios[2])
    assert intervals.percentile_interval(ratios, 0.9) == pytest.approx((0.2275, 0.7225))
    assert np.isnan(intervals.percentile_interval([np.nan], 0.9)).all()


def test_paired_difference_cancels_what_settings_share():
    rng = np.random.default_rng(4)
    hard = rng.random(30)
    drawn = intervals.resampled_clusters(np.ones(30, dtype=bool), 2000, rng)
    low, high = intervals.paired_difference(hard + 0.1, hard, drawn, 0.95)
    assert (low, high) == pytest.approx((0.1, 0.1))
    alone = intervals.percentile_interval(
        intervals.bootstrap_ratios(hard, np.ones(30), drawn), 0.95, 30
    )
    assert alone.high - alone.low > 0.1


def test_jackknife_of_a_mean_is_the_error_of_the_mean():
    values = np.random.default_rng(5).normal(size=20)
    left_out = (values.sum() - values) / 19
    error = intervals.jackknife_error(left_out)
    assert error == pytest.approx(values.std(ddof=1) / np.sqrt(20))
    low, high = intervals.jackknife_interval(values.mean(), left_out, 0.95)
    expected = stats.t.interval(0.95, 19, values.mean(), error)
    assert (low, high) == pytest.approx(expected)
    assert intervals.jackknife_interval(0.9, left_out, 0.95, (0.0, 1.0)).high <= 1
    assert np.isnan(intervals.jackknife_error([1.0, 2.0]))
    assert np.isnan(intervals.jackknife_interval(1.0, [1.0, 1.0, 1.0], 0.95)).all()
    assert np.isnan(intervals.jackknife_interval(1.0, [1.0, np.nan, 2.0], 0.95)).all()


def realisation(rng):
    """31 clusters of 4-12 stars and 60 field stars; a random share of each cluster is a group.

    The others are spread over 25 mixed groups or are noise. Nothing here knows chemistry: it is
    the cheapest sample whose clusters differ as they do in a survey.
    """
    clusters = np.concatenate([np.repeat(np.arange(31), rng.integers(4, 13, 31)), np.full(60, -1)])
    groups = rng.integers(31, 56, len(clusters))
    groups[rng.random(len(clusters)) < 0.35] = -1
    kept = rng.beta(1.0, 1.2, 31)
    own = (clusters >= 0) & (rng.random(len(clusters)) < kept[clusters])
    groups[own] = clusters[own]
    return contingency(groups, clusters, 56, 31)


def jackknifed(counts):
    table = counts.under(noise="group", field="class")
    return {
        "v_measure": entropy_scores(table)["v_measure"],
        "pair_f1": pair_scores(counts)["pair_f1"],
    }


@pytest.fixture(scope="module")
def coverage():
    """Share of 600 realisations whose interval holds the expectation over realisations."""
    rng = np.random.default_rng(1)
    samples = [realisation(rng) for _ in range(1500)]
    matches = np.array([cluster_matches(one) for one in samples])
    truth = {
        "rf40": recovery_fraction(matches, EVERY, 0.4).mean(),
        "rf_area": recovery_area(matches, EVERY).mean(),
    }
    scores = [jackknifed(one) for one in samples]
    truth |= {name: np.mean([one[name] for one in scores]) for name in scores[0]}
    drawn = intervals.resampled_clusters(EVERY, 1000, rng)
    hits = {}
    for counts, match, score in zip(samples[:600], matches, scores, strict=False):
        left_out = jackknifed(counts.without_cluster(np.arange(31)))
        recovered = match >= 0.4
        for level in (0.68, 0.95):
            found = {
                "rf40 jeffreys": intervals.jeffreys_interval(recovered.sum(), 31, level),
                "rf40 bootstrap": intervals.percentile_interval(
                    intervals.bootstrap_ratios(recovered, EVERY, drawn), level
                ),
                "rf_area bootstrap": intervals.percentile_interval(
                    intervals.bootstrap_ratios(match, EVERY, drawn), level, 31
                ),
                **{
                    f"{name} jackknife": intervals.jackknife_interval(
                        float(score[name]), left_out[name], level
                    )
                    for name in left_out
                },
            }
            for name, (low, high) in found.items():
                expected = truth[name.split()[0]]
                hits.setdefault((name, level), []).append(low <= expected <= high)
    return truth, {key: np.mean(held) for key, held in hits.items()}


def binomial_error(level, n=600):
    return np.sqrt(level * (1 - level) / n)


@pytest.mark.parametrize("level", [0.68, 0.95])
@pytest.mark.parametrize("name", ["rf_area bootstrap", "v_measure jackknife"])
def test_intervals_cover_the_truth(coverage, name, level):
    assert abs(coverage[1][name, level] - level) < 3 * binomial_error(level)


def test_pair_scores_cover_a_little_less(coverage):
    """Few large clusters make most pairs: 0.93 instead of 0.95, as the module says."""
    measured = coverage[1]
    assert abs(measured["pair_f1 jackknife", 0.68] - 0.68) < 3 * binomial_error(0.68)
    assert abs(measured["pair_f1 jackknife", 0.95] - 0.93) < 3 * binomial_error(0.93)


@pytest.mark.parametrize("level", [0.68, 0.95])
@pytest.mark.parametrize("method", ["jeffreys", "bootstrap"])
def test_intervals_of_rf40_cover_as_a_count_of_31_can(coverage, method, level):
    """A count is discrete: no interval from 31 clusters covers exactly 68 %.

    The exact coverage is a sum over the 32 counts; the realisations must agree with it.
    """
    truth, measured = coverage
    share = truth["rf40"]
    k = np.arange(32)
    if method == "jeffreys":
        ends = np.array([intervals.jeffreys_interval(i, 31, level) for i in k])
    else:
        tail = (1 - level) / 2
        ends = stats.binom.ppf([[tail], [1 - tail]], 31, k / 31).T / 31
    held = (ends[:, 0] <= share) & (share <= ends[:, 1])
    exact = stats.binom.pmf(k, 31, share)[held].sum()
    assert exact == pytest.approx(level, abs=0.08)
    assert abs(measured[f"rf40 {method}", level] - exact) < 3 * binomial_error(level)


def test_bootstrap_of_a_rare_share_fails_and_jeffreys_does_not():
    """Why RF(t) has Jeffreys intervals: 3 % of 31 clusters, exact coverage at 68 %."""
    k = np.arange(32)
    weight = stats.binom.pmf(k, 31, 0.03)
    ends = stats.binom.ppf([[0.16], [0.84]], 31, k / 31) / 31
    assert weight[(ends[0] <= 0.03) & (ends[1] >= 0.03)].sum() < 0.4
    jeffreys = np.array([intervals.jeffreys_interval(i, 31, 0.68) for i in k])
    assert weight[(jeffreys[:, 0] <= 0.03) & (jeffreys[:, 1] >= 0.03)].sum() > 0.68


def test_quantiles_are_those_of_scipy_stats_to_the_last_bit():
    """The intervals take them from scipy.special, which is quicker to load."""
    for n in (1, 2, 7, 31, 400):
        for k in {0, 1, n // 3, n}:
            for level in (0.68, 0.95):
                tail = (1 - level) / 2
                low, high = intervals.jeffreys_interval(k, n, level)
                assert low == (stats.beta.ppf(tail, k + 0.5, n - k + 0.5) if k else 0)
                assert high == (stats.beta.isf(tail, k + 0.5, n - k + 0.5) if k < n else 1)
    draws = np.array([0.1, 0.3, 0.2, 0.4])
    t = stats.t.isf((1 - 0.68) / 2, 9)
    assert intervals.spread_interval(0.25, draws, 0.68, 10) == (
        0.25 - t * draws.std(ddof=1),
        0.25 + t * draws.std(ddof=1),
    )
