"""Purity, completeness, RF(t), statistical groups, matched F1: by hand and by brute force."""

from itertools import permutations

import numpy as np
import pytest

from chemtag.score import (
    Contingency,
    ScoreKey,
    assigned_f1,
    best_matches,
    cluster_matches,
    contingency,
    coverage,
    eligible_clusters,
    fragmentation,
    group_purities,
    groups_of_clusters,
    matching_scores,
    noise_fraction,
    paired_clusters,
    recovered_clusters,
    recovered_strictly,
    recovery_area,
    recovery_fraction,
    statistical_fraction,
    statistical_groups,
)

# Ten stars: clusters A (4 members) and B (3), 3 field stars; groups of 5 and 2, 3 noise stars.
GROUPS = np.array([0, 0, 0, 0, 0, 1, 1, -1, -1, -1])
CLUSTERS = np.array([0, 0, 0, 1, -1, 1, 1, 0, -1, -1])
BOTH = np.array([True, True])


def test_ten_stars_by_hand():
    counts = contingency(GROUPS, CLUSTERS)
    best = best_matches(counts)
    assert best.group.tolist() == [0, 1]
    assert best.n_best.tolist() == [5, 2]
    assert best.n_shared.tolist() == [3, 2]
    assert best.purity.tolist() == [3 / 5, 1.0]
    assert best.completeness.tolist() == [3 / 4, 2 / 3]
    assert best.f1 == pytest.approx([6 / 9, 4 / 5])
    assert best.match.tolist() == [3 / 5, 2 / 3]
    match = cluster_matches(counts)
    assert recovery_fraction(match, BOTH, [0.4, 0.6, 0.65, 0.7]).tolist() == [1, 1, 0.5, 0]
    assert recovery_area(match, BOTH) == pytest.approx((3 / 5 + 2 / 3) / 2)
    assert statistical_fraction(counts, 0.4) == 0
    assert statistical_fraction(counts, 0.65) == 0.5
    assert noise_fraction(counts) == 0.3
    assert coverage(counts) == pytest.approx(6 / 7)
    assert groups_of_clusters(counts).tolist() == [1, 2]
    assert fragmentation(counts, BOTH, 0.4) == 1.5
    assert fragmentation(counts, BOTH, 0.65) == 2
    assert assigned_f1(counts, BOTH) == pytest.approx([6 / 9, 4 / 5])
    scores = matching_scores(counts, BOTH)
    assert scores[ScoreKey("matched_f1")] == pytest.approx((6 / 9 + 4 / 5) / 2)
    assert scores[ScoreKey("perfect_matches")] == 0
    assert scores[ScoreKey("n_recovered_40")] == 2
    assert scores[ScoreKey("n_groups")] == 2


def test_field_dropped():
    best = best_matches(contingency(GROUPS, CLUSTERS).without_field())
    assert best.purity.tolist() == [3 / 4, 1.0]


def test_only_eligible_clusters_count():
    counts = contingency(GROUPS, CLUSTERS)
    eligible = eligible_clusters(counts, 4)
    assert recovery_fraction(cluster_matches(counts), eligible, 0.65).tolist() == [0]
    assert fragmentation(counts, eligible, 0.4) == 1
    assert np.isnan(assigned_f1(counts, eligible)[1])


def test_no_eligible_cluster_is_undefined_not_zero():
    counts = contingency(GROUPS, CLUSTERS)
    scores = matching_scores(counts, np.array([False, False]))
    for name in ("rf40", "rf70", "rf_area", "matched_f1", "fragmentation"):
        assert np.isnan(scores[ScoreKey(name)])
    assert scores[ScoreKey("n_recovered_40")] == 0


def test_group_with_a_field_majority():
    # 9 of 20 members of A with 11 field stars: purity(k) = 0, yet A is recovered at 0.4.
    groups = np.zeros(20, dtype=int)
    clusters = np.array([0] * 9 + [-1] * 11)
    counts = contingency(groups, clusters)
    majority, n_majority, purity = group_purities(counts)
    assert (majority.tolist(), n_majority.tolist(), purity.tolist()) == ([-1], [0], [0.0])
    assert recovery_fraction(cluster_matches(counts), np.array([True]), 0.4) == 1
    assert not statistical_groups(counts, 0.4)[0]
    tie = contingency(np.zeros(4, dtype=int), np.array([0, 0, -1, -1]))
    assert group_purities(tie)[2].tolist() == [0.5]


def test_majority_ties_go_to_the_more_complete_cluster():
    groups = np.array([0, 0, 0, 0, -1])
    clusters = np.array([0, 0, 1, 1, 0])
    majority, _, purity = group_purities(contingency(groups, clusters))
    assert majority.tolist() == [1]
    assert purity.tolist() == [0.5]


def test_one_group_can_recover_two_clusters_and_counts_clusters():
    groups = np.zeros(10, dtype=int)
    clusters = np.repeat([0, 1], 5)
    counts = contingency(groups, clusters)
    assert recovered_clusters(cluster_matches(counts), BOTH, 0.4).tolist() == [2]
    assert statistical_fraction(counts, 0.4) == 0
    assert statistical_fraction(counts, 0.6) == 1


def test_ties_of_the_best_group():
    # Cluster of 10. Groups 0 and 1: 2 of its stars each, alone; group 2: 4 of it among 20.
    # match: 0.2, 0.2, 0.2; most shared stars wins.
    groups = np.array([0] * 2 + [1] * 2 + [2] * 4 + [-1] * 2 + [2] * 16)
    clusters = np.array([0] * 10 + [-1] * 16)
    counts = contingency(groups, clusters)
    assert best_matches(counts).group.tolist() == [2]
    # Without group 2 the tie goes to the lower group.
    lower = contingency(np.where(groups == 2, -1, groups), clusters)
    assert best_matches(lower).group.tolist() == [0]


@pytest.mark.parametrize("n", range(1, 60))
def test_thresholds_hold_exactly(n):
    """A ratio that equals the threshold is recovered, whatever the counts."""
    for k in range(1, n + 1):
        clusters = np.array([0] * k + [-1] * (n - k))
        match = cluster_matches(contingency(np.zeros(n, dtype=int), clusters))
        for percent in (40, 70):
            expected = 100 * k >= percent * n
            assert recovered_clusters(match, np.array([True]), percent / 100)[0] == expected


def brute_force(groups, clusters, t):
    """Recovered clusters, straight from the definition."""
    recovered = set()
    for c in set(clusters) - {-1}:
        for k in set(groups) - {-1}:
            shared = sum((g == k) and (x == c) for g, x in zip(groups, clusters, strict=True))
            n_k, n_c = (groups == k).sum(), (clusters == c).sum()
            if shared / n_k >= t and shared / n_c >= t:
                recovered.add((c, k))
    return recovered


def test_random_cases_against_the_definition():
    rng = np.random.default_rng(2)
    for _ in range(150):
        n = rng.integers(5, 60)
        clusters = rng.integers(-1, rng.integers(1, 8), n)
        groups = np.where(rng.random(n) < 0.6, clusters, rng.integers(-1, 9, n))
        counts = contingency(groups, clusters, 9, 8)
        eligible = eligible_clusters(counts, 1)
        for t in (0.2, 0.4, 0.7, 1.0):
            pairs = brute_force(groups, clusters, t)
            found = recovered_clusters(cluster_matches(counts), eligible, t)[0]
            assert found == len({c for c, _ in pairs})
            n_groups = len(set(groups) - {-1})
            if n_groups:
                real = len({k for _, k in pairs}) / n_groups
                assert statistical_fraction(counts, t) == pytest.approx(1 - real)


def test_area_is_the_integral_of_the_curve():
    rng = np.random.default_rng(3)
    match = rng.random(12)
    steps = np.arange(1, 20001) / 20000
    curve = recovery_fraction(match, np.ones(12, dtype=bool), steps)
    assert recovery_area(match, np.ones(12, dtype=bool)) == pytest.approx(curve.mean(), abs=1e-4)


def test_assignment_is_the_best_of_all():
    rng = np.random.default_rng(4)
    for _ in range(30):
        groups, clusters = rng.integers(-1, 5, 30), rng.integers(-1, 3, 30)
        counts = contingency(groups, clusters, 5, 3)
        eligible = counts.cluster_sizes > 0
        sizes = counts.group_sizes[:, None] + counts.cluster_sizes[None]
        f1 = 2 * counts.members / np.maximum(sizes, 1)
        best = max(
            sum(f1[k, c] for c, k in enumerate(order) if eligible[c])
            for order in permutations(range(5), 3)
        )
        assert np.nansum(assigned_f1(counts, eligible)) == pytest.approx(best)


def test_perfect_all_noise_one_group_and_singletons():
    clusters = np.repeat([0, 1, 2], [4, 5, 6])
    eligible = np.ones(3, dtype=bool)
    perfect = matching_scores(contingency(clusters, clusters), eligible)
    for name in ("rf40", "rf70", "rf_area", "matched_f1", "coverage", "fragmentation"):
        assert perfect[ScoreKey(name)] == 1
    assert perfect[ScoreKey("perfect_matches")] == 3
    assert perfect[ScoreKey("statistical_40")] == 0

    noise = matching_scores(contingency(np.full(15, -1), clusters), eligible)
    for name in ("rf40", "rf70", "rf_area", "matched_f1", "coverage", "n_groups"):
        assert noise[ScoreKey(name)] == 0
    assert noise[ScoreKey("noise_fraction")] == 1
    assert np.isnan(noise[ScoreKey("statistical_40")])
    assert best_matches(contingency(np.full(15, -1), clusters)).group.tolist() == [-1, -1, -1]

    one = matching_scores(contingency(np.zeros(15, dtype=int), clusters), eligible)
    assert one[ScoreKey("rf40")] == pytest.approx(1 / 3)
    assert one[ScoreKey("rf_area")] == pytest.approx((4 + 5 + 6) / 45)

    alone = matching_scores(contingency(np.arange(15), clusters), eligible)
    assert alone[ScoreKey("rf40")] == 0
    assert alone[ScoreKey("rf_area")] == pytest.approx((1 / 4 + 1 / 5 + 1 / 6) / 3)


def test_invariant_to_row_order_and_names():
    rng = np.random.default_rng(5)
    groups, clusters = rng.integers(-1, 6, 80), rng.integers(-1, 5, 80)
    eligible = np.array([True, True, False, True, True])
    reference = matching_scores(contingency(groups, clusters, 6, 5), eligible)
    order, name, cluster_name = rng.permutation(80), rng.permutation(6), rng.permutation(5)
    renamed = np.where(groups < 0, -1, name[groups])
    moved = np.where(clusters < 0, -1, cluster_name[clusters])
    carried = np.empty(5, dtype=bool)
    carried[cluster_name] = eligible
    other = matching_scores(contingency(renamed[order], moved[order], 6, 5), carried)
    for key, value in reference.items():
        assert other[key] == pytest.approx(value, rel=1e-12, nan_ok=True), key


def test_batch_is_each_alone():
    rng = np.random.default_rng(6)
    groups, clusters = rng.integers(-1, 6, 50), rng.integers(-1, 4, (9, 50))
    eligible = np.array([True, False, True, True])
    batch = matching_scores(contingency(groups, clusters, 6, 4), eligible)
    for i, labels in enumerate(clusters):
        alone = matching_scores(contingency(groups, labels, 6, 4), eligible)
        for key, value in alone.items():
            assert batch[key][i] == pytest.approx(value, nan_ok=True), key


def test_a_match_on_the_threshold_counts_with_at_least_and_not_with_above():
    """Two of five stars: purity 2/2, completeness exactly 0.4; three of five: 0.6."""
    clusters = np.repeat([0, 1], 5)
    groups = np.array([0, 0, -1, -1, -1, 1, 1, 1, -1, -1])
    scores = matching_scores(contingency(groups, clusters), BOTH)
    assert scores[ScoreKey("rf40")] == 1
    assert scores[ScoreKey("rf40_strict")] == 0.5
    match = cluster_matches(contingency(groups, clusters))
    assert recovered_strictly(match, BOTH, [0.4, 0.6]).tolist() == [1, 0]


def test_a_group_of_two_stars_each_of_two_clusters_recovers_one_of_them():
    """Group 0 holds two of five stars of A and of B; group 1 two more of B: with it both pair."""
    clusters = np.repeat([0, 1], 5)
    groups = np.array([0, 0, -1, -1, -1, 0, 0, -1, -1, -1])
    counts = contingency(groups, clusters)
    scores = matching_scores(counts, BOTH)
    assert scores[ScoreKey("rf40")] == 1
    assert scores[ScoreKey("rf40_one_to_one")] == 0.5
    groups[7:9] = 1
    counts = contingency(groups, clusters)
    assert paired_clusters(counts, BOTH, 0.4).tolist() == [True, True]
    assert matching_scores(counts, BOTH)[ScoreKey("rf40_one_to_one")] == 1


def test_pairs_are_as_many_as_a_search_of_all_assignments_finds():
    rng = np.random.default_rng(5)
    for _ in range(200):
        clusters = rng.integers(-1, 4, 24)
        counts = contingency(rng.integers(-1, 5, 24), clusters, 5, 4)
        eligible = counts.cluster_sizes >= rng.integers(1, 6)
        threshold = rng.choice([0.2, 0.3, 0.4])
        ratio = counts.members / np.maximum(
            np.maximum(counts.group_sizes[:, None], counts.cluster_sizes), 1
        )
        most = max(
            sum(ratio[k, c] >= threshold and bool(eligible[c]) for c, k in enumerate(order))
            for order in permutations(range(5), 4)
        )
        assert paired_clusters(counts, eligible, threshold).sum() == most


def test_pairs_of_a_batch_are_those_of_each():
    rng = np.random.default_rng(6)
    many = [contingency(rng.integers(-1, 4, 20), np.repeat(range(4), 5), 4, 4) for _ in range(30)]
    batch = Contingency(np.stack([one.counts for one in many]))
    eligible = np.ones(4, dtype=bool)
    together = paired_clusters(batch, eligible, 0.4)
    assert together.tolist() == [paired_clusters(one, eligible, 0.4).tolist() for one in many]
