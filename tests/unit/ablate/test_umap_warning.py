"""The warning against groups sought on a UMAP: structureless data, counts and intervals."""

import numpy as np
import pytest

from chemtag.ablate import umap_warning
from chemtag.ablate.umap_warning import Found, found_in, gaussian_like, trials, warning_rows
from chemtag.base.settings import Setting
from chemtag.base.tables import conform
from chemtag.score.nulls import permuted_clusters
from chemtag.select.truth import Truth

SETTING = Setting("euclidean", "leaf", 3, 1)


def test_the_gaussian_has_mean_and_covariance_of_the_sample():
    rng = np.random.default_rng(0)
    turn = np.array([[2.0, 1.0], [0.0, 0.3]])
    points = np.repeat([[5.0, -2.0]], 20_000, axis=0) + rng.normal(size=(20_000, 2)) @ turn
    drawn = gaussian_like(points, rng)
    np.testing.assert_allclose(drawn.mean(axis=0), points.mean(axis=0), atol=0.06)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(points.T), rtol=0.05)


def test_counts_of_two_clumps_by_hand():
    points = np.array([[0.0], [0.1], [0.2], [9.0], [9.1], [9.2], [50.0]])
    truth = Truth(np.array([0, 0, 0, 1, 1, 1, -1]), ("a", "b"), np.ones(2, dtype=bool))
    permuted = permuted_clusters(truth.clusters, 4, np.random.default_rng(0))
    found = found_in(points, SETTING, truth, permuted)
    assert found.n_groups == 2
    assert found.grouped == pytest.approx(6 / 7)
    assert found.rf40 == 1
    assert found.draws.shape == (4,)
    assert np.isnan(found_in(points, SETTING).rf40)


def test_each_seed_pairs_space_and_map(monkeypatch):
    monkeypatch.setattr(umap_warning, "umap_of", lambda points, *_: points[:, :2])
    rng = np.random.default_rng(1)
    points = rng.normal(size=(60, 3))
    truth = Truth(np.repeat(np.arange(6), 10), tuple("abcdef"), np.ones(6, dtype=bool))
    permuted = permuted_clusters(truth.clusters, 5, rng)
    umap = {"n_neighbors": 5, "min_dist": 0.1}
    rngs = [np.random.default_rng(k) for k in range(3)]
    result = trials(points, SETTING, truth, permuted, umap, range(3), rngs)
    assert {key: len(found) for key, found in result.items()} == {
        ("sample", "space"): 1, ("sample", "umap"): 3,
        ("gaussian", "space"): 3, ("gaussian", "umap"): 3,
    }  # fmt: skip
    first = found_in(points[:, :2], SETTING)
    assert result["sample", "umap"][0].n_groups == first.n_groups
    conform(warning_rows(result, 6), "umap_warning", "here")


def cases():
    """Results of four seeds, invented."""

    def one(groups, grouped, rf40=np.nan):
        return Found(groups, grouped, 0.2, rf40, np.array([0.0, 0.1]))

    return {
        ("sample", "space"): [one(30.0, 0.5, 0.25)],
        ("sample", "umap"): [
            one(n, 0.9, r) for n, r in ((40, 0.5), (42, 0.25), (44, 0.5), (46, 0.25))
        ],
        ("gaussian", "space"): [one(n, 0.4) for n in (14.0, 15, 16, 17)],
        ("gaussian", "umap"): [one(n, 0.9) for n in (30.0, 33, 31, 34)],
    }


def test_rows_have_interval_null_or_a_reason():
    table = conform(warning_rows(cases(), 8), "umap_warning", "here")
    rows = table.set_index(["data", "coordinates", "score"])
    assert rows.loc[("gaussian", "space", "n_groups"), "value"] == 15.5
    gap = rows.loc[("gaussian", "difference", "n_groups")]
    assert gap["value"] == pytest.approx(16.5)
    # differences 16, 18, 15, 17: standard error 0.645, Student of 3 degrees of freedom 1.19
    assert gap["high"] - gap["value"] == pytest.approx(0.6455 * 1.1889, rel=1e-3)
    assert np.isnan(rows.loc[("sample", "space", "n_groups"), "low"])
    flat = rows.loc[("sample", "umap", "rf40")]
    assert flat["value"] == pytest.approx(0.375)
    assert flat["low"] < 0.375 < flat["high"]
    assert flat["null_mean"] == pytest.approx(0.05)
    bare = table["low"].isna()
    assert (table.loc[bare, "note"] != "").all()
