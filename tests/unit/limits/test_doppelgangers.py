"""Doppelganger rates by hand, by brute force, and with sampled pairs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist, pdist

import measure_doppelgangers as rule
from chemtag.limits import doppelgangers as dg
from chemtag.score.intervals import resampled_clusters


def universe(seed=0, sizes=(6, 4, 3), n_field=30, d=3):
    rng = np.random.default_rng(seed)
    clusters = np.concatenate([np.repeat(np.arange(len(sizes)), sizes), np.full(n_field, -1)])
    centres = rng.normal(0, 0.5, (len(sizes), d))
    values = rng.normal(0, 1, (len(clusters), d))
    values[clusters >= 0] = 0.4 * values[clusters >= 0] + centres[clusters[clusters >= 0]]
    order = rng.permutation(len(clusters))
    return values[order], clusters[order]


def test_by_hand_on_a_line():
    """Cluster a at 0, 1, 3 (median distance 2), b at 10, 10.5 (0.5); field at 2, 11, 30."""
    values = np.array([0, 1, 3, 10, 10.5, 2, 11, 30])[:, None]
    clusters = np.array([0, 0, 0, 1, 1, -1, -1, -1])
    distance = dg.distances(values)
    siblings = dg.sibling_pairs(clusters)
    limits = dg.median_separations(distance(siblings.first, siblings.second), siblings.cluster, 2)
    np.testing.assert_allclose(limits, [2, 0.5])
    rng = np.random.default_rng(0)
    for pairs, expected, numbers in (
        (
            dg.member_field_pairs(clusters, 99, rng),
            [2 / 9, 0],
            [9, 6],
        ),  # 1-2, 3-2; 0-2 is not below
        (dg.field_pairs(clusters, 99, rng), [0, 0], [3, 3]),
        (dg.stranger_pairs(clusters), [0, 0], [6, 6]),
    ):
        assert not pairs.sampled
        rates, counts = dg.rates_of_clusters(limits, distance(pairs.first, pairs.second), pairs)
        np.testing.assert_allclose(rates, expected)
        np.testing.assert_array_equal(counts, numbers)
    pairs = dg.member_field_pairs(clusters, 99, rng)
    rates, counts = dg.rates_of_clusters(limits, distance(pairs.first, pairs.second), pairs)
    drawn = np.ones((5, 2), dtype=int)
    alike = dg.distance_rate(rates, counts, np.ones(2), drawn, pairs)
    by_size = dg.distance_rate(rates, counts, np.array([3.0, 2.0]), drawn, pairs)
    assert alike.value == pytest.approx(1 / 9)
    assert by_size.value == pytest.approx((3 * 2 / 9 + 0) / 5)
    assert (alike.n_pairs, alike.sampling_error) == (15, 0.0)
    assert np.isnan(alike.narrow.low), "two clusters give no interval"


def test_chi2_by_hand():
    values = np.array([[0.0, 0.0], [1.0, 2.0], [0.5, 0.0]])
    errors = np.array([[0.6, 1.0], [0.8, 1.0], [0.8, 2.0]])
    chi2 = dg.reduced_chi2(values, errors)
    found = chi2(np.array([0, 0]), np.array([1, 2]))
    np.testing.assert_allclose(found, [(1 / 1.0 + 4 / 2) / 2, (0.25 / 1.0 + 0) / 2])


def test_chi2_of_one_distribution_is_one():
    rng = np.random.default_rng(1)
    errors = rng.uniform(0.5, 2, (4000, 5))
    chi2 = dg.reduced_chi2(rng.normal(0, errors), errors)
    mean = chi2(np.arange(0, 4000, 2), np.arange(1, 4000, 2)).mean()
    assert mean == pytest.approx(1, abs=4 * np.sqrt(2 / 5 / 2000))


def test_rates_equal_scipy_pair_by_pair():
    values, clusters = universe()
    distance = dg.distances(values)
    siblings = dg.sibling_pairs(clusters)
    limits = dg.median_separations(distance(siblings.first, siblings.second), siblings.cluster, 3)
    field = values[clusters < 0]
    pairs = dg.member_field_pairs(clusters, 10_000, np.random.default_rng(0))
    rates, _ = dg.rates_of_clusters(limits, distance(pairs.first, pairs.second), pairs)
    among = dg.field_pairs(clusters, 10_000, np.random.default_rng(0))
    field_rates, _ = dg.rates_of_clusters(limits, distance(among.first, among.second), among)
    others = dg.stranger_pairs(clusters)
    other_rates, _ = dg.rates_of_clusters(limits, distance(others.first, others.second), others)
    for code in range(3):
        inside = values[clusters == code]
        assert limits[code] == pytest.approx(np.median(pdist(inside)))
        assert rates[code] == pytest.approx((cdist(inside, field) < limits[code]).mean())
        assert field_rates[code] == pytest.approx((pdist(field) < limits[code]).mean())
        outside = values[(clusters >= 0) & (clusters != code)]
        assert other_rates[code] == pytest.approx((cdist(inside, outside) < limits[code]).mean())


def test_row_order_and_labels_change_nothing():
    values, clusters = universe()
    order = np.random.default_rng(3).permutation(len(values))

    def rates(values, clusters):
        distance = dg.distances(values)
        siblings = dg.sibling_pairs(clusters)
        apart = distance(siblings.first, siblings.second)
        limits = dg.median_separations(apart, siblings.cluster, 3)
        pairs = dg.field_pairs(clusters, 10_000, np.random.default_rng(0))
        return dg.rates_of_clusters(limits, distance(pairs.first, pairs.second), pairs)[0]

    np.testing.assert_allclose(rates(values[order], clusters[order]), rates(values, clusters))
    renamed = np.where(clusters >= 0, 2 - clusters, -1)
    np.testing.assert_allclose(rates(values, renamed)[::-1], rates(values, clusters))


def test_matched_pairs_are_all_pairs_of_like_iron():
    values, clusters = universe()
    fe_h = values[:, 0]
    field = np.flatnonzero(clusters < 0)
    expected = {
        frozenset((i, j)) for i in field for j in field if i != j and abs(fe_h[i] - fe_h[j]) <= 0.3
    }
    rng = np.random.default_rng(0)
    pairs = dg.matched_field_pairs(clusters, fe_h, 0.3, 10_000, rng)
    found = [frozenset(pair) for pair in zip(pairs.first, pairs.second, strict=True)]
    assert len(found) == len(set(found))
    assert set(found) == expected
    sample = dg.matched_field_pairs(clusters, fe_h, 0.3, 50 * len(expected) - 1, rng)
    assert not sample.sampled
    sample = dg.matched_field_pairs(clusters, fe_h, 0.3, len(expected) - 1, rng)
    assert sample.sampled
    assert {frozenset(p) for p in zip(sample.first, sample.second, strict=True)} <= expected
    near = dg.within_width(dg.stranger_pairs(clusters), fe_h, 0.3)
    assert (np.abs(fe_h[near.first] - fe_h[near.second]) <= 0.3).all()


def test_sampled_pairs_are_even_and_their_error_is_right():
    """The sample's rate scatters about that of all pairs by the stated error (300 samples)."""
    values, clusters = universe(n_field=40)
    fe_h = values[:, 0]
    distance = dg.distances(values)
    everything = dg.matched_field_pairs(clusters, fe_h, 0.5, 10**6, np.random.default_rng(0))
    true = (distance(everything.first, everything.second) < 1.2).mean()
    limits, drawn = np.array([1.2, 1.2, 1.2]), np.ones((4, 3), dtype=int)
    z = []
    for seed in range(300):
        pairs = dg.matched_field_pairs(clusters, fe_h, 0.5, 100, np.random.default_rng(seed))
        rates, counts = dg.rates_of_clusters(limits, distance(pairs.first, pairs.second), pairs)
        rate = dg.distance_rate(rates, counts, np.ones(3), drawn, pairs)
        z.append((rate.value - true) / np.sqrt(true * (1 - true) / 100))
        assert rate.sampling_error == pytest.approx(np.sqrt(rate.value * (1 - rate.value) / 100))
    assert abs(np.mean(z)) < 4 / np.sqrt(300)
    assert np.std(z) == pytest.approx(1, abs=4 / np.sqrt(600))


def test_sampled_field_pairs_are_even_over_pairs_of_different_stars():
    clusters = np.array([0, -1, -1, 0, -1, -1, -1])
    pairs = dg.field_pairs(clusters, 9, np.random.default_rng(0))
    assert pairs.sampled
    counts = {}
    for seed in range(400):
        pairs = dg.field_pairs(clusters, 9, np.random.default_rng(seed))
        for pair in zip(pairs.first, pairs.second, strict=True):
            counts[frozenset(pair)] = counts.get(frozenset(pair), 0) + 1
    assert all(len(pair) == 2 for pair in counts), "no star is paired with itself"
    assert len(counts) == 10
    assert all(abs(n - 360) < 4 * np.sqrt(360) for n in counts.values())


def test_chi2_rate_and_its_bootstrap_by_brute_force():
    rng = np.random.default_rng(5)
    siblings, cluster = rng.gamma(2, 0.5, 60), np.repeat([0, 1, 2, 3], 15)
    strangers = rng.gamma(4, 1, 500)
    drawn = resampled_clusters(np.ones(4, dtype=bool), 80, rng)
    rate = dg.chi2_rate(siblings, cluster, strangers, True, drawn)
    assert rate.value == pytest.approx((strangers <= np.median(siblings)).mean())
    draws = [
        (strangers <= np.median(np.repeat(siblings, weights[cluster]))).mean() for weights in drawn
    ]
    assert min(draws) <= rate.narrow.low <= rate.value <= rate.narrow.high <= max(draws)
    assert rate.sampling_error == pytest.approx(np.sqrt(rate.value * (1 - rate.value) / 500))
    for weights in drawn[:20]:
        order = np.argsort(siblings)
        assert dg._weighted_median(siblings[order], weights[cluster[order]]) == pytest.approx(
            np.median(np.repeat(siblings, weights[cluster]))
        )


def test_clusters_hidden_in_their_own_field_have_rate_one_half():
    """If the field is drawn from the cluster's own density, half of all pairs are as close."""
    rng = np.random.default_rng(2)
    clusters = np.append(np.repeat(np.arange(8), 30), np.full(400, -1))
    values = rng.normal(0, 1, (len(clusters), 4))
    distance = dg.distances(values)
    siblings = dg.sibling_pairs(clusters)
    limits = dg.median_separations(distance(siblings.first, siblings.second), siblings.cluster, 8)
    pairs = dg.field_pairs(clusters, 20_000, rng)
    rates, counts = dg.rates_of_clusters(limits, distance(pairs.first, pairs.second), pairs)
    drawn = resampled_clusters(np.ones(8, dtype=bool), 200, rng)
    rate = dg.distance_rate(rates, counts, np.ones(8), drawn, pairs)
    assert rate.wide.low < 0.5 < rate.wide.high
    assert rate.value == pytest.approx(0.5, abs=0.05)


def test_nothing_to_compare_is_nan():
    _, clusters = universe(n_field=0)
    pairs = dg.field_pairs(clusters, 100, np.random.default_rng(0))
    rates, counts = dg.rates_of_clusters(np.ones(3), np.empty(0), pairs)
    assert np.isnan(dg.distance_rate(rates, counts, np.ones(3), np.ones((2, 3), int), pairs).value)
    drawn = np.ones((2, 3), dtype=int)
    assert np.isnan(dg.chi2_rate(np.ones(4), np.zeros(4, int), np.empty(0), False, drawn).value)


def test_histograms_hold_every_pair():
    rng = np.random.default_rng(0)
    apart = {"siblings": rng.gamma(2, 1, 300), "field": np.append(rng.gamma(4, 2, 500), 0.0)}
    rows = list(dg.histograms(apart, 20))
    for kind, number in (("siblings", 300), ("field", 501)):
        mine = [row for row in rows if row[0] == kind]
        assert sum(row[3] for row in mine) == number
        assert sum(row[4] * np.log(row[2] / row[1]) for row in mine) == pytest.approx(1)


def test_places_are_in_the_distance_and_not_in_chi2(tmp_path, monkeypatch):
    rng = np.random.default_rng(3)
    star_id = np.array([f"s{i}" for i in range(30)], dtype=object)
    space = pd.DataFrame(
        {"star_id": star_id, "xi": rng.normal(size=30), "pmra": rng.normal(size=30)}
    )
    listed = pd.DataFrame({"star_id": star_id, "eligible": True})
    listed["cluster"] = np.repeat(["A", "B"], 15)
    listed.attrs["min_members"] = 4
    given = {"space": space, "truth": listed, "abundances": pd.DataFrame({"star_id": star_id})}
    written = {}
    monkeypatch.setattr(rule, "read_table", lambda path, contract: given[contract])
    monkeypatch.setattr(
        rule, "write_table", lambda t, path, contract, meta: written.update({contract: (t, meta)})
    )
    monkeypatch.setattr(rule, "errors_in_space", lambda *_: np.tile([1e-8, 0.5], (30, 1)))
    here = Path("here")
    rule.measure_doppelgangers(here, here, here, here, here, "s", "as_given", 0.1, 500, 20, 1)
    bins, meta = written["pair_separations"]
    assert meta["not_in_chi2"] == ["xi"]
    largest = np.ptp(space["pmra"]) ** 2 / (2 * 0.5**2)
    assert bins.loc[(bins["definition"] == "chi2") & (bins["n_pairs"] > 0), "low"].max() < largest
