"""Tuning without truth, and the optimism of tuning with it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from chemtag.limits.tuning import (
    agreement,
    chosen_blindly,
    first_best,
    nested,
    random_halves,
    stability,
)


def singletons(groups):
    """Noise stars renamed to groups of their own."""
    named = groups.copy()
    named[groups < 0] = groups.max(initial=-1) + 1 + np.arange((groups < 0).sum())
    return named


@pytest.mark.parametrize("seed", range(10))
def test_agreement_equals_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    first = rng.integers(-1, 5, 60)
    second = np.where(rng.random(60) < 0.6, first, rng.integers(-1, 5, 60))
    expected = adjusted_rand_score(singletons(first), singletons(second))
    assert agreement(first, second) == pytest.approx(expected)
    assert agreement(second, first) == pytest.approx(expected)


def test_agreement_of_extremes():
    noise, whole = np.full(5, -1), np.zeros(5, dtype=int)
    assert np.isnan(agreement(noise, noise)), "two times nothing found is not agreement"
    assert agreement(whole, whole) == 1
    assert agreement(whole, noise) == 0
    pair = np.array([0, 0, -1, -1, -1])
    assert agreement(pair, pair) == 1


def test_stability_by_hand():
    """Three copies: a = b, c shares nothing with them."""
    a = np.array([0, 0, 1, 1, -1, -1])
    c = np.array([-1, 0, 0, -1, 1, 1])
    ari = agreement(a, c)
    found = stability([a, a, c])
    assert found.value == pytest.approx((1 + 2 * ari) / 3)
    left = np.array([ari, ari, 1.0])
    assert found.error == pytest.approx(np.sqrt(2 / 3 * ((left - left.mean()) ** 2).sum()))
    assert stability([np.full(4, -1)] * 3).value == 0
    assert np.isnan(stability([a, a]).error)


def test_each_blind_rule_chooses_one_setting():
    criteria = pd.DataFrame(
        {
            "n_groups": [4, 2, 3],
            "stability": [0.1, 0.9, 0.9],
            "persistence": [0.5, np.nan, 0.2],
            "relative_validity": [-0.5, -0.2, -0.3],
            "dbcv": np.nan,
            "silhouette": [0.1, 0.2, 0.3],
        }
    )
    assert chosen_blindly(criteria) == ["persistence", "stability,relative_validity", "silhouette"]


def test_ties_go_to_fewer_groups():
    assert first_best([0.2, 0.5, 0.5, np.nan], [1, 9, 3, 0]) == 2
    assert first_best([0.5, 0.5], [3, 3]) == 0


def test_nested_by_hand():
    """Two settings, four clusters: A finds the first two, B the last two and the first."""
    matches = np.array([[0.5, 0.5, 0, 0], [0.4, 0, 0.6, 0.6]])
    halves = np.array([[True, True, False, False]])
    found = nested(matches, [5, 5], halves, 0.4)
    # Chosen on {0, 1}: A (2 of 2), scored on {2, 3}: 0. Chosen on {2, 3}: B, scored on {0, 1}: 1/2.
    assert found.value == pytest.approx(0.25)
    assert found.oracle == pytest.approx(0.75)
    assert found.optimism == pytest.approx(0.5)
    np.testing.assert_allclose(found.chosen, [0.5, 0.5])


def test_a_cluster_alone_has_no_nested_score():
    found = nested(
        np.array([[0.9], [0.3]]), [1, 1], random_halves(1, 8, np.random.default_rng(1)), 0.4
    )
    assert found.oracle == 1
    assert np.isnan([found.value, found.optimism, found.narrow.low, found.value_wide.high]).all()


def test_an_empty_half_neither_chooses_nor_scores():
    """Three clusters, one setting that finds all: 1 without any one of them as well."""
    halves = np.array([[True, False, False]])
    found = nested(np.full((1, 3), 0.9), [1], halves, 0.4)
    assert found.value == 1
    two = nested(np.full((1, 2), 0.9), [1], halves[:, 1:], 0.4)
    assert np.isnan(two.value)


def test_one_setting_has_no_optimism():
    rng = np.random.default_rng(0)
    matches = rng.random((1, 12))
    found = nested(matches, [3], random_halves(12, 50, rng), 0.4)
    assert found.optimism == pytest.approx(0, abs=1e-12)
    assert found.value == pytest.approx((matches >= 0.4).mean())


def test_order_of_settings_and_clusters_changes_nothing():
    rng = np.random.default_rng(1)
    matches, n_groups = rng.random((6, 10)).round(1), np.array([4, 9, 2, 7, 5, 3])
    halves = random_halves(10, 40, rng)
    found = nested(matches, n_groups, halves, 0.4)
    order, clusters = rng.permutation(6), rng.permutation(10)
    again = nested(matches[order][:, clusters], n_groups[order], halves[:, clusters], 0.4)
    assert again.value == pytest.approx(found.value)
    assert again.narrow == pytest.approx(found.narrow)
    np.testing.assert_allclose(again.chosen, found.chosen[order])


def test_halves_are_halves():
    halves = random_halves(9, 100, np.random.default_rng(0))
    assert (halves.sum(axis=1) == 4).all()
    assert 25 < halves[:, 0].sum() < 65


def test_nested_is_what_an_equal_setting_deserves():
    """Forty settings that all recover a cluster with probability 0.3: the oracle shines anyway.

    200 samples: the nested score is 0.3 on average, the oracle's is far above, and the 95 %
    interval of the nested score covers 0.3 in most samples.
    """
    rng = np.random.default_rng(3)
    nest, oracle, covered = [], [], 0
    for _ in range(200):
        matches = np.where(rng.random((40, 30)) < 0.3, 0.6, 0.1)
        found = nested(matches, np.zeros(40), random_halves(30, 20, rng), 0.4)
        nest.append(found.value)
        oracle.append(found.oracle)
        covered += found.value_wide.low <= 0.3 <= found.value_wide.high
    assert np.mean(nest) == pytest.approx(0.3, abs=4 * np.std(nest) / np.sqrt(200) + 0.005)
    assert np.mean(oracle) > 0.45
    print(np.mean(nest), np.std(nest), np.mean(oracle), covered / 200)
    assert covered > 170
