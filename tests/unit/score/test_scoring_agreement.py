"""Entropy, pair and B-cubed scores: by hand, against scikit-learn, at the edges."""

from itertools import permutations
from math import log, sqrt

import numpy as np
import pytest
from sklearn import metrics

from chemtag.score import (
    ScoreKey,
    adjusted_mutual_information,
    adjusted_rand_index,
    agreement_scores,
    bcubed_scores,
    contingency,
    entropy_scores,
    expected_mutual_information,
    fowlkes_mallows,
    pair_scores,
)

# Ten stars: clusters A (4 members) and B (3), 3 field stars; groups of 5 and 2, 3 noise stars.
#            A  A  A  B   f  B  B   A   f   f
GROUPS = np.array([0, 0, 0, 0, 0, 1, 1, -1, -1, -1])
CLUSTERS = np.array([0, 0, 0, 1, -1, 1, 1, 0, -1, -1])
POLICIES = [(n, f) for n in ("group", "drop", "singleton") for f in ("class", "drop")]


def entropy(*parts):
    total = sum(parts)
    return -sum(p / total * log(p / total) for p in parts)


def labels_under(groups, clusters, noise, field):
    """The policies applied to labels, the slow and plain way."""
    groups, clusters = groups.copy(), clusters.copy()
    kept = np.ones(len(groups), dtype=bool)
    if noise == "drop":
        kept &= groups >= 0
    if noise == "singleton":
        groups[groups < 0] = 1000 + np.arange((groups < 0).sum())
    if field == "drop":
        kept &= clusters >= 0
    return groups[kept], clusters[kept]


@pytest.mark.parametrize(
    ("noise", "field", "truth", "pred", "joint"),
    [
        ("group", "class", (4, 3, 3), (5, 2, 3), (3, 1, 1, 2, 1, 2)),
        ("drop", "class", (3, 3, 1), (5, 2), (3, 1, 1, 2)),
        ("singleton", "class", (4, 3, 3), (5, 2, 1, 1, 1), (3, 1, 1, 2, 1, 1, 1)),
        ("group", "drop", (4, 3), (4, 2, 1), (3, 1, 2, 1)),
        ("drop", "drop", (3, 3), (4, 2), (3, 1, 2)),
        ("singleton", "drop", (4, 3), (4, 2, 1), (3, 1, 2, 1)),
    ],
)
def test_entropy_scores_of_ten_stars_by_hand(noise, field, truth, pred, joint):
    scores = entropy_scores(contingency(GROUPS, CLUSTERS).under(noise=noise, field=field))
    h_t, h_p, h_tp = entropy(*truth), entropy(*pred), entropy(*joint)
    h, c = (h_t + h_p - h_tp) / h_t, (h_t + h_p - h_tp) / h_p
    assert scores["homogeneity"] == pytest.approx(h, abs=1e-12)
    assert scores["completeness_score"] == pytest.approx(c, abs=1e-12)
    assert scores["v_measure"] == pytest.approx(2 * h * c / (h + c), abs=1e-12)
    assert scores["vi"] == pytest.approx(2 * h_tp - h_t - h_p, abs=1e-12)


def test_pair_scores_of_ten_stars_by_hand():
    counts = contingency(GROUPS, CLUSTERS)
    # True pairs 6 + 3; pairs in groups 10 + 1; of one cluster among them 3 + 1.
    assert list(pair_scores(counts).values()) == [4 / 11, 4 / 9, 8 / 20]
    grouped = pair_scores(counts, noise="group")
    assert list(grouped.values()) == [4 / 14, 4 / 9, 8 / 23]
    dropped = pair_scores(counts, noise="drop")
    assert list(dropped.values()) == [4 / 11, 4 / 6, 8 / 17]
    without_field = pair_scores(counts, field="drop")
    assert list(without_field.values()) == [4 / 7, 4 / 9, 8 / 16]


def test_ari_and_fowlkes_mallows_of_ten_stars_by_hand():
    table = contingency(GROUPS, CLUSTERS).under(noise="group", field="class")
    # Together on both sides 3 + 1 + 1, in groups 10 + 1 + 3, in classes 6 + 3 + 3, of 45 pairs.
    expected = 14 * 12 / 45
    assert adjusted_rand_index(table) == pytest.approx((5 - expected) / (13 - expected))
    assert fowlkes_mallows(table) == pytest.approx(5 / sqrt(14 * 12))


def test_bcubed_of_ten_stars_by_hand():
    counts = contingency(GROUPS, CLUSTERS)
    alone = bcubed_scores(counts.under(noise="singleton", field="class"))
    precision = ((9 + 1 + 1) / 5 + 4 / 2 + 3) / 10
    recall = ((9 + 1) / 4 + (1 + 4) / 3 + (1 + 1 + 1) / 3) / 10
    assert alone["bcubed_precision"] == pytest.approx(precision)
    assert alone["bcubed_recall"] == pytest.approx(recall)
    assert alone["bcubed_f1"] == pytest.approx(2 * precision * recall / (precision + recall))
    grouped = bcubed_scores(counts.under(noise="group", field="class"))
    assert grouped["bcubed_precision"] == pytest.approx((11 / 5 + 4 / 2 + 5 / 3) / 10)
    assert grouped["bcubed_recall"] == pytest.approx((10 / 4 + 5 / 3 + 5 / 3) / 10)


def test_expected_mutual_information_is_the_mean_over_all_labellings():
    groups, clusters = np.array([0, 0, 0, 1, 1, -1, -1]), np.array([0, 0, 1, 1, 1, -1, -1])
    labellings = np.array(sorted(set(permutations(clusters.tolist()))))
    for noise in ("group", "singleton"):
        table = contingency(groups, labellings, 2, 2).under(noise=noise, field="class")
        mean = entropy_scores(table)["mutual_information"].mean()
        assert expected_mutual_information(table) == pytest.approx(np.full(len(labellings), mean))
    # Noise dropped: members and field stars left differ from one labelling to the next.
    table = contingency(groups, labellings, 2, 2).under(noise="drop", field="class")
    alone = [
        float(
            expected_mutual_information(
                contingency(groups, one, 2, 2).under(noise="drop", field="class")
            )
        )
        for one in labellings
    ]
    assert expected_mutual_information(table) == pytest.approx(alone, abs=1e-13)


@pytest.mark.parametrize(("noise", "field"), POLICIES)
def test_equal_to_scikit_learn(noise, field):
    rng = np.random.default_rng(POLICIES.index((noise, field)))
    compared = 0
    for _ in range(60):
        n = int(rng.integers(2, 150))
        clusters = rng.integers(-1, rng.integers(1, 20), n)
        groups = np.where(rng.random(n) < rng.random(), clusters, rng.integers(-1, 25, n))
        pred, true = labels_under(groups, clusters, noise, field)
        if not len(pred):
            continue
        compared += 1
        table = contingency(groups, clusters).under(noise=noise, field=field)
        scores = entropy_scores(table)
        expected = metrics.homogeneity_completeness_v_measure(true, pred)
        ours = [scores[name] for name in ("homogeneity", "completeness_score", "v_measure")]
        assert ours == pytest.approx(expected, abs=1e-10)
        mutual = metrics.mutual_info_score(true, pred)
        assert scores["mutual_information"] == pytest.approx(mutual, abs=1e-10)
        ami = metrics.adjusted_mutual_info_score(true, pred)
        assert adjusted_mutual_information(table, scores) == pytest.approx(ami, abs=1e-9)
        ari = metrics.adjusted_rand_score(true, pred)
        assert adjusted_rand_index(table) == pytest.approx(ari, abs=1e-10)
        fm = metrics.fowlkes_mallows_score(true, pred)
        assert fowlkes_mallows(table) == pytest.approx(fm, abs=1e-10)
    assert compared > 50


@pytest.mark.parametrize(("noise", "field"), POLICIES)
def test_bcubed_star_by_star(noise, field):
    rng = np.random.default_rng(7)
    for _ in range(20):
        clusters, groups = rng.integers(-1, 4, 30), rng.integers(-1, 5, 30)
        pred, true = labels_under(groups, clusters, noise, field)
        both = [((pred == p) & (true == t)).sum() for p, t in zip(pred, true, strict=True)]
        precision = np.mean([b / (pred == p).sum() for b, p in zip(both, pred, strict=True)])
        recall = np.mean([b / (true == t).sum() for b, t in zip(both, true, strict=True)])
        ours = bcubed_scores(contingency(groups, clusters).under(noise=noise, field=field))
        assert ours["bcubed_precision"] == pytest.approx(precision)
        assert ours["bcubed_recall"] == pytest.approx(recall)


def test_pairs_one_by_one():
    rng = np.random.default_rng(8)
    i, j = np.triu_indices(40, 1)
    for _ in range(20):
        clusters, groups = rng.integers(-1, 4, 40), rng.integers(-1, 5, 40)
        true = (clusters[i] == clusters[j]) & (clusters[i] >= 0)
        pred = (groups[i] == groups[j]) & (groups[i] >= 0)
        ours = pair_scores(contingency(groups, clusters))
        assert ours["pair_precision"] == pytest.approx((true & pred).sum() / pred.sum())
        assert ours["pair_recall"] == pytest.approx((true & pred).sum() / true.sum())


def test_argument_order_matters():
    swapped = entropy_scores(contingency(CLUSTERS, GROUPS).under(noise="group", field="class"))
    scores = entropy_scores(contingency(GROUPS, CLUSTERS).under(noise="group", field="class"))
    assert scores["homogeneity"] == pytest.approx(swapped["completeness_score"])
    assert scores["homogeneity"] != pytest.approx(scores["completeness_score"])


def test_beta_weighs_completeness():
    scores = entropy_scores(contingency(GROUPS, CLUSTERS).under(noise="drop", field="class"), 2.0)
    h, c = scores["homogeneity"], scores["completeness_score"]
    assert scores["v_measure"] == pytest.approx(3 * h * c / (2 * h + c))


def test_perfect_partition():
    clusters = np.repeat([0, 1, 2], [4, 5, 6])
    for key, value in agreement_scores(contingency(clusters, clusters)).items():
        assert value == pytest.approx(0 if key.metric == "vi" else 1, abs=1e-12), key


def test_all_noise():
    clusters = np.array([0, 0, 0, 1, 1, 1, -1, -1])
    scores = agreement_scores(contingency(np.full(8, -1), clusters))
    assert scores[ScoreKey("homogeneity", "group", "class")] == 0
    assert scores[ScoreKey("completeness_score", "group", "class")] == 1
    assert scores[ScoreKey("v_measure", "group", "class")] == 0
    assert scores[ScoreKey("ami", "group", "class")] == 0
    assert scores[ScoreKey("pair_recall", "singleton", "class")] == 0
    assert np.isnan(scores[ScoreKey("pair_precision", "singleton", "class")])
    assert scores[ScoreKey("bcubed_precision", "singleton", "class")] == 1
    for key, value in scores.items():
        assert np.isnan(value) == (key.noise == "drop" or key.metric == "pair_precision"), key


def test_one_group_and_singletons():
    clusters = np.repeat([0, 1, 2], [4, 5, 6])
    one = agreement_scores(contingency(np.zeros(15, dtype=int), clusters))
    assert one[ScoreKey("homogeneity", "group", "class")] == 0
    assert one[ScoreKey("completeness_score", "group", "class")] == 1
    assert one[ScoreKey("pair_recall", "singleton", "class")] == 1
    alone = agreement_scores(contingency(np.arange(15), clusters))
    assert alone[ScoreKey("homogeneity", "drop", "class")] == pytest.approx(1, abs=1e-12)
    assert alone[ScoreKey("ami", "drop", "class")] == pytest.approx(0, abs=1e-9)
    assert alone[ScoreKey("ari", "drop", "class")] == 0
    assert alone[ScoreKey("bcubed_recall", "singleton", "class")] == pytest.approx(3 / 15)


def test_noise_as_singletons_is_a_group_for_each_noise_star():
    rng = np.random.default_rng(9)
    clusters, groups = rng.integers(-1, 6, 200), rng.integers(-1, 3, 200)
    written = groups.copy()
    written[groups < 0] = 3 + np.arange((groups < 0).sum())
    short = contingency(groups, clusters).under(noise="singleton", field="class")
    long = contingency(written, clusters).under(noise="group", field="class")
    for score in (adjusted_mutual_information, adjusted_rand_index, fowlkes_mallows):
        assert score(short) == pytest.approx(score(long), abs=1e-12)
    assert entropy_scores(short)["vi"] == pytest.approx(entropy_scores(long)["vi"])


def test_invariant_to_row_order_and_names_and_batches():
    rng = np.random.default_rng(10)
    groups, clusters = rng.integers(-1, 6, 90), rng.integers(-1, 5, 90)
    order, name = rng.permutation(90), rng.permutation(6)
    reference = agreement_scores(contingency(groups, clusters, 6, 5))
    renamed = np.where(groups < 0, -1, name[groups])[order]
    other = agreement_scores(contingency(renamed, clusters[order], 6, 5))
    batch = agreement_scores(contingency(groups, np.stack([clusters, clusters[order]]), 6, 5))
    for key, value in reference.items():
        assert other[key] == pytest.approx(value, abs=1e-12), key
        assert batch[key][0] == pytest.approx(value, abs=1e-12), key


def test_large_margins_stay_accurate():
    rng = np.random.default_rng(11)
    clusters = np.where(rng.random(9000) < 0.05, rng.integers(0, 28, 9000), -1)
    groups = np.where(rng.random(9000) < 0.3, rng.integers(0, 200, 9000), -1)
    table = contingency(groups, clusters).under(noise="group", field="class")
    expected = metrics.adjusted_mutual_info_score(clusters, groups)
    assert adjusted_mutual_information(table) == pytest.approx(expected, abs=1e-9)
