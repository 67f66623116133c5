"""Permutation nulls: what is kept, p-values by hand, uniform under a true null, grid inside."""

import numpy as np
import pytest
from scipy import stats

from chemtag.base.seeds import generator_for
from chemtag.score import (
    adjusted_mutual_information,
    cluster_matches,
    contingency,
    nulls,
    recovery_fraction,
    scores_of_counts,
)

CLUSTERS = np.array([0] * 6 + [1] * 5 + [2] * 4 + [-1] * 15)


def test_permutations_keep_sizes_and_field():
    permuted = nulls.permuted_clusters(CLUSTERS, 50, generator_for(1, "a")).labels()
    assert permuted.shape == (50, 30)
    for row in permuted:
        assert (np.sort(row) == np.sort(CLUSTERS)).all()
    assert len(np.unique(permuted, axis=0)) == 50
    moved = nulls.permuted_clusters(CLUSTERS, 50, generator_for(1, "a"), among="members")
    members = moved.labels()
    assert (members[:, 15:] == -1).all()
    assert (np.sort(members[:, :15], axis=1) == np.sort(CLUSTERS[:15])).all()
    assert len(np.unique(members, axis=0)) == 50
    with pytest.raises(ValueError, match="stars or members"):
        nulls.permuted_clusters(CLUSTERS, 2, generator_for(1, "a"), among="groups")


def test_permuting_truth_is_permuting_groups():
    rng = np.random.default_rng(1)
    groups, order = rng.integers(-1, 4, 30), rng.permutation(30)
    moved_truth = contingency(groups, CLUSTERS[order])
    moved_groups = contingency(groups[np.argsort(order)], CLUSTERS)
    assert (moved_truth.counts == moved_groups.counts).all()


def test_every_star_is_equally_likely_everywhere():
    permuted = nulls.permuted_clusters(CLUSTERS, 6000, generator_for(2, "b")).labels()
    share = (permuted == 0).mean(axis=0)
    assert np.abs(share - 6 / 30).max() < 4.5 * np.sqrt(0.2 * 0.8 / 6000)


def test_draws_are_the_scores_of_each_permuted_truth():
    rng = np.random.default_rng(4)
    groups = rng.integers(-1, 5, 30)
    for among in ("stars", "members"):
        permuted = nulls.permuted_clusters(CLUSTERS, 40, rng, among)
        draws = nulls.permutation_draws(groups, permuted, lambda c: {"n": c.counts}, 3)
        expected = [contingency(groups, labels, 5, 3).counts for labels in permuted.labels()]
        np.testing.assert_array_equal(draws["n"], expected)
    with pytest.raises(ValueError, match="truths of 30 stars"):
        nulls.permutation_draws(groups[:9], permuted, lambda c: {"n": c.counts}, 3)


def test_chunks_do_not_matter(monkeypatch):
    rng = np.random.default_rng(3)
    groups = rng.integers(-1, 5, 30)
    permuted = nulls.permuted_clusters(CLUSTERS, 20, rng)
    eligible = np.ones(3, dtype=bool)

    def draws():
        return nulls.permutation_draws(groups, permuted, lambda c: scores_of_counts(c, eligible), 3)

    whole = draws()
    monkeypatch.setattr(nulls, "_CELLS", 70)
    parts = draws()
    for key, values in whole.items():
        assert values.shape == (20,)
        assert parts[key] == pytest.approx(values, abs=1e-12, nan_ok=True), key


def test_summary_by_hand():
    draws = np.array([1.0, 2, 3, 4, 5])
    summary = nulls.summarise_null(4.0, draws)
    assert summary.mean == 3
    assert summary.p_value == pytest.approx((1 + 2) / 6)
    assert np.isnan(summary.z), "five values tell no standard deviation"
    many = nulls.summarise_null(9.0, np.arange(1.0, 12))
    assert many.z == pytest.approx((9 - 6) / np.sqrt(11))
    assert (summary.low, summary.p95, summary.high) == pytest.approx((1.1, 4.8, 4.9))
    assert summary.n == 5
    assert nulls.summarise_null(2.0, draws, "lower").p_value == pytest.approx(3 / 6)
    assert nulls.summarise_null(9.0, draws).p_value == pytest.approx(1 / 6)
    neither = nulls.summarise_null(4.0, draws, "neither")
    assert np.isnan(neither.p_value)
    assert neither.mean == 3


def test_ties_count_and_constant_nulls_have_no_z():
    draws = np.full(9, 0.1 + 0.2)
    summary = nulls.summarise_null(0.3, draws)
    assert summary.p_value == 1
    assert np.isnan(summary.z)
    assert nulls.summarise_null(0.3, np.array([0.1, np.nan])) == nulls.NO_NULL
    assert nulls.summarise_null(0.3, np.array([])) == nulls.NO_NULL


def test_p_values_of_clusters():
    draws = np.array([[0.1, 0.5], [0.2, 0.5], [0.3, 0.5]])
    assert nulls.p_values([0.2, 0.6], draws) == pytest.approx([3 / 4, 1 / 4])


def test_false_discovery_by_hand():
    # Sorted 0.01 0.02 0.04 0.5 of four: p n / rank = 0.04 0.04 0.0533 0.5.
    adjusted = nulls.false_discovery([0.04, np.nan, 0.01, 0.5, 0.02])
    assert adjusted == pytest.approx([0.16 / 3, np.nan, 0.04, 0.5, 0.04], nan_ok=True)
    assert np.isnan(nulls.false_discovery([np.nan, np.nan])).all()


def test_best_setting_and_its_ties():
    rf40 = np.array([0.1, 0.3, 0.3, 0.3, 0.3])
    rf70 = np.array([0.9, 0.1, 0.2, 0.2, 0.2])
    ami = np.array([0.9, 0.9, 0.1, 0.4, 0.4])
    assert nulls.best_settings(rf40, rf70, ami, [1, 1, 1, 9, 5]) == 4
    assert nulls.best_settings(rf40, rf70, ami, [1, 1, 1, 5, 5]) == 3
    batch = nulls.best_settings(
        np.stack([rf40, rf40[::-1]], axis=1),
        np.stack([rf70, rf70[::-1]], axis=1),
        np.stack([ami, ami[::-1]], axis=1),
        [3, 3, 3, 3, 3],
    )
    assert batch.tolist() == [3, 0]
    draws = np.arange(10.0).reshape(5, 2)
    assert nulls.tuned_draws(draws, batch).tolist() == [6.0, 1.0]


def random_samples(n, n_settings):
    """Samples of 60 stars whose groups know nothing of the clusters; several settings each."""
    rng = np.random.default_rng(20211027)
    for _ in range(n):
        clusters = rng.integers(-1, 8, 60)
        groups = rng.integers(-1, rng.integers(5, 15), 60)
        settings = [groups]
        for _ in range(n_settings - 1):
            settings.append(np.where(rng.random(60) < 0.5, groups, rng.integers(-1, 12, 60)))
        yield settings, clusters, nulls.permuted_clusters(clusters, 49, rng)


def spread(value, draws, rng):
    """p-value with ties broken at random, which is exactly uniform under a true null."""
    better = (draws > value + 1e-9).sum()
    ties = (np.abs(draws - value) <= 1e-9).sum()
    return (better + rng.random() * (1 + ties)) / (1 + len(draws))


def three_scores(counts):
    table = counts.under(noise="group", field="class")
    rf = recovery_fraction(cluster_matches(counts), np.ones(8, dtype=bool), [0.4, 0.7])
    return {0: rf[..., 0], 1: rf[..., 1], 2: adjusted_mutual_information(table)}


def test_p_values_are_uniform_under_a_true_null():
    rng = np.random.default_rng(1)
    uniform, p = {0: [], 2: []}, {0: [], 2: []}
    for (groups,), clusters, permuted in random_samples(600, 1):
        draws = nulls.permutation_draws(groups, permuted, three_scores, 8)
        values = three_scores(contingency(groups, clusters, n_clusters=8))
        for name in uniform:
            uniform[name].append(spread(values[name], draws[name], rng))
            p[name].append(nulls.summarise_null(float(values[name]), draws[name]).p_value)
    for name in uniform:
        assert stats.kstest(uniform[name], "uniform").pvalue > 0.01
        for level in (0.04, 0.1, 0.2, 0.5):
            allowed = level + 3 * np.sqrt(level * (1 - level) / 600)
            assert np.mean(np.array(p[name]) <= level + 1e-12) <= allowed


def test_grid_search_inside_each_replicate_keeps_p_values_honest():
    rng = np.random.default_rng(2)
    naive, honest = [], []
    for settings, clusters, permuted in random_samples(200, 5):
        value, draw = np.empty((3, 5)), np.empty((3, 5, len(permuted)))
        for i, groups in enumerate(settings):
            one = three_scores(contingency(groups, clusters, n_clusters=8))
            many = nulls.permutation_draws(groups, permuted, three_scores, 8)
            for name in range(3):
                value[name, i], draw[name, i] = one[name], many[name]
        sizes = [groups.max() + 1 for groups in settings]
        chosen = int(nulls.best_settings(*value, sizes))
        in_replicates = nulls.best_settings(*draw, sizes)
        tuned = nulls.tuned_draws(draw[2], in_replicates)
        honest.append(spread(value[2, chosen], tuned, rng))
        naive.append(spread(value[2, chosen], draw[2, chosen], rng))
    assert stats.kstest(honest, "uniform").pvalue > 0.01
    assert stats.kstest(naive, "uniform").pvalue < 0.001
