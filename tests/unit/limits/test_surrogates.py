"""Surrogate samples: what each keeps, what it destroys, and p-values that are uniform under it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from chemtag.base.tables import conform
from chemtag.limits import null_tables
from chemtag.limits import surrogates as made
from chemtag.score import (
    PAPER_AMI,
    ScoreKey,
    adjusted_mutual_information,
    contingency,
    scores_of_counts,
)
from chemtag.score.nulls import best_settings

EVERY = np.ones(3, dtype=bool)


def clumps(rng, n_clusters=6, size=8, n_field=0, spread=0.05):
    """Members (n_clusters * size) and field stars in three dimensions, with true codes."""
    centres = 0.5 * rng.normal(size=(n_clusters, 3))
    members = np.repeat(centres, size, axis=0) + spread * rng.normal(size=(n_clusters * size, 3))
    values = np.vstack([members, rng.normal(size=(n_field, 3))])
    codes = np.append(np.repeat(np.arange(n_clusters), size), np.full(n_field, -1))
    return values, codes


def test_a_smooth_density_has_the_mean_and_covariance_of_a_gaussian():
    rng = np.random.default_rng(0)
    covariance = np.array([[1.0, 0.6, 0], [0.6, 2.0, -0.1], [0, -0.1, 0.01]])
    values = rng.multivariate_normal([3, -1, 0.5], covariance, 3000)
    density = made.smooth_density(values, rng)
    assert len(density.weights) == 1
    drawn = density.draw(20000, rng)
    assert drawn.mean(axis=0) == pytest.approx(values.mean(axis=0), abs=0.05)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(values.T), atol=0.08)


def test_two_populations_need_two_components():
    rng = np.random.default_rng(1)
    values = np.vstack([rng.normal(0, 1, (700, 2)), rng.normal([6, 0], 0.5, (300, 2))])
    density = made.smooth_density(values, rng)
    assert len(density.weights) == 2
    drawn = density.draw(10000, rng)
    assert (drawn[:, 0] > 4).mean() == pytest.approx(0.3, abs=0.02)


def test_shuffling_keeps_iron_and_each_column_within_its_bin():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(200, 4))
    bins = made.iron_bins(values[:, 1], 200)
    assert np.bincount(bins).tolist() == [34, 33, 33, 34, 33, 33]
    assert values[bins == 0, 1].max() < values[bins == 1, 1].min()
    moved = made.shuffled_within(values, bins, 1, rng)
    assert (moved[:, 1] == values[:, 1]).all()
    for code in range(6):
        held = bins == code
        assert (np.sort(moved[held], axis=0) == np.sort(values[held], axis=0)).all()
    assert (moved[:, 0] != values[:, 0]).mean() > 0.9
    assert (made.iron_bins(None, 200) == 0).all()
    assert (made.iron_bins(values[:20, 1], 20) == 0).all(), "too few stars for two bins"


def test_shuffling_destroys_what_binds_elements():
    rng = np.random.default_rng(3)
    common = rng.normal(size=2000)
    values = np.column_stack([rng.normal(size=2000), common, common + 0.1 * rng.normal(size=2000)])
    moved = made.shuffled_within(values, made.iron_bins(values[:, 0], 2000), 0, rng)
    assert np.corrcoef(values[:, 1:].T)[0, 1] > 0.99
    assert abs(np.corrcoef(moved[:, 1:].T)[0, 1]) < 0.1


def test_blurred_clusters_by_hand():
    values = np.array([[1.0, 0], [3, 0], [10, 10], [5, 5]])
    codes = np.array([0, 0, 1, -1])
    moved = made.blurred_clusters(values, np.full((4, 2), 0.5), codes)
    assert moved.tolist() == [[2.5, 0.5], [2.5, 0.5], [10.5, 10.5], [5, 5]]


def test_shrunken_means_scatter_as_the_true_centres_do():
    """2,000 clusters of 4 stars: centres of variance 1 and 0.01, scatter within 0.5 a star."""
    rng = np.random.default_rng(11)
    centres = rng.normal(size=(2000, 2)) * [1.0, 0.1]
    codes = np.repeat(np.arange(2000), 4)
    values = centres[codes] + rng.normal(scale=0.5, size=(8000, 2))
    means = made.shrunken_means(values, codes)
    raw = np.stack([values[codes == k].mean(axis=0) for k in range(2000)])
    assert raw.var(axis=0) == pytest.approx([1 + 1 / 16, 0.01 + 1 / 16], rel=0.1)
    assert means.var(axis=0) == pytest.approx([1, 0.01], rel=0.25)
    gap = ((means - centres) ** 2).mean(axis=0)
    assert (gap <= ((raw - centres) ** 2).mean(axis=0)).all(), "and lie closer to them"


def test_scatter_within_by_hand():
    values = np.array([[0.0], [2], [10], [10], [13], [99]])
    # Deviations -1 1 | -1 -1 2, freedom 1 + 2.
    expected = np.sqrt((2 + 6) / 3)
    found = made.scatter_within(values, np.array([0, 0, 1, 1, 1, -1]))
    assert found == pytest.approx([expected])


def test_strangers_keep_sizes_and_are_alike():
    rng = np.random.default_rng(4)
    values, codes = clumps(rng, n_field=3000)
    plane = values[:, :2] / 0.05
    labels = made.labels_of_strangers(plane, codes, rng)
    assert (labels[codes >= 0] == -2).all(), "members are no part of the surrogate"
    field = labels[codes < 0]
    assert np.bincount(field[field >= 0]).tolist() == [8] * 6
    for code in range(6):
        gap = plane[labels == code].mean(axis=0) - plane[codes == code].mean(axis=0)
        assert np.hypot(*gap) < 4, "within a few scatters of the cluster"
    with pytest.raises(ValueError, match="as many field stars"):
        made.labels_of_strangers(plane[:50], codes[:50], rng)


def test_labels_among_neighbours_are_permuted_in_small_cells():
    rng = np.random.default_rng(5)
    plane = rng.uniform(size=(640, 2))
    codes = np.arange(640)
    moved = made.labels_among_neighbours(plane, codes, rng)
    assert np.sort(moved).tolist() == codes.tolist()
    step = np.linalg.norm(plane[moved] - plane, axis=1)
    # 64 cells of 10 stars: a cell is about 1/8 wide, random pairs of the square 0.52 apart.
    assert step.mean() < 0.12
    assert (moved != codes).mean() > 0.8


def test_roles_search_the_grid_in_each_replicate():
    rng = np.random.default_rng(6)
    codes = np.repeat(np.arange(3), 6)
    labels = np.stack([rng.permutation(codes) for _ in range(20)])
    groupings = [rng.integers(-1, 4, 18), codes.copy(), rng.integers(-1, 6, 18)]
    found = null_tables.scores_of_roles(groupings, labels, EVERY, 1)
    each = [scores_of_counts(contingency(g, labels, n_clusters=3), EVERY) for g in groupings]
    key = ScoreKey("rf40")
    assert (found["headline"][key] == each[1][key]).all()
    ranking = [np.stack([e[k] for e in each]) for k in (key, ScoreKey("rf70"), PAPER_AMI)]
    best = best_settings(*ranking, [g.max() + 1 for g in groupings])
    assert found["oracle"][key].tolist() == [each[b][key][r] for r, b in enumerate(best)]
    assert (found["oracle"][key] >= found["headline"][key]).all()
    assert "oracle" not in null_tables.scores_of_roles(groupings[:1], labels, EVERY, 0)


def score_row(**changes):
    row = {
        "setting": "s", "metric": "rf40", "noise": "none", "field": "none", "value": 0.5,
        "low": 0.4, "high": 0.6, "null_mean": 0.1, "null_low": 0.0, "null_high": 0.2,
        "null_p95": 0.2, "z": 4.0, "p_value": 0.001, "n_null": 1000,
    }  # fmt: skip
    return row | changes


def test_null_table_by_hand():
    draws = null_tables.draw_rows("smooth", 0, {"headline": {ScoreKey("rf40"): np.arange(11) / 10}})
    scores = {"headline": pd.DataFrame([score_row()]), "oracle": pd.DataFrame([score_row()])}
    absent = {"oracle": "not searched", "blurred": "no errors"}
    table = conform(null_tables.null_rows(scores, draws, absent), "nulls", "nulls")
    rows = table.set_index(["role", "null"])
    smooth = rows.loc["headline", "smooth"]
    assert (smooth["null_mean"], smooth["n_null"]) == (pytest.approx(0.5), 11)
    assert smooth["p_value"] == pytest.approx((1 + 6) / 12)
    assert smooth["z"] == pytest.approx(0.0)
    assert rows.loc["headline", "stars_permuted"]["p_value"] == 0.001
    assert rows.loc["headline", "blurred"]["note"] == "no errors"
    assert rows.loc["oracle", "smooth"]["note"] == "not searched"
    assert rows.loc["oracle", "smooth"]["n_null"] == 0
    assert len(table) == 12
    silent = table[(table["n_null"] == 0) & (table["note"] == "")]
    assert silent.empty, "no absent null without a reason"


def test_undefined_replicates_are_counted():
    draws = null_tables.draw_rows(
        "smooth", 0, {"headline": {ScoreKey("rf40"): np.array([0.1, np.nan, 0.3, 0.2])}}
    )
    table = null_tables.null_rows({"headline": pd.DataFrame([score_row()])}, draws, {})
    row = table.set_index("null").loc["smooth"]
    assert row["n_null"] == 3
    assert row["note"] == "undefined in 1 replicates"


def test_p_values_of_strangers_are_uniform_where_birth_means_nothing():
    """Labels that follow the plane only: whatever groups know, it is nothing beyond the plane."""
    rng = np.random.default_rng(7)
    uniform = []
    for _ in range(200):
        plane = rng.normal(size=(160, 2))
        cells = (plane[:, 0] > 0).astype(int) * 2 + (plane[:, 1] > 0)
        labels = made.labels_among_neighbours(plane, cells, rng)
        groups = cells.copy()
        groups[rng.random(160) < 0.3] = -1
        others = [made.labels_among_neighbours(plane, cells, rng) for _ in range(19)]
        counts = contingency(groups, np.stack([labels, *others]), n_clusters=4)
        values = adjusted_mutual_information(counts.under(noise="group", field="class"))
        rank = (values[1:] > values[0] + 1e-12).sum()
        uniform.append((rank + rng.random()) / 20)
    assert stats.kstest(uniform, "uniform").pvalue > 0.01
