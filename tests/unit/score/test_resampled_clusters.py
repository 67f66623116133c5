"""Samples with other clusters: what is kept, what is drawn anew, and intervals made of them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from chemtag.base.tables import read_table, write_table
from chemtag.score import ScoreKey, contingency, scores_of_counts
from chemtag.score.evaluation import chance_of, evaluate, score_intervals
from chemtag.score.intervals import spread_interval
from chemtag.score.resampled_clusters import model_of_clusters, other_members
from chemtag.score.rows import resampled_clusters_rows, scores_of_resampled
from chemtag.select.truth import truth_of
from score_resampled_clusters import score_resampled_clusters

V = ScoreKey("v_measure", "group", "class")
GROUPS = np.repeat([0, 1, -1], [8, 7, 5])


def members(rng, sizes, spread=0.1):
    """Members (n, 2) of clusters of the given sizes whose means are a unit Gaussian."""
    code = np.repeat(np.arange(len(sizes)), sizes)
    return rng.normal(size=(len(sizes), 2))[code] + spread * rng.normal(size=(len(code), 2)), code


def test_model_of_three_pairs_by_hand():
    """Pairs at 0, 3 and 6, each -+1: scatter within 2, between 9 - 2 / 2 = 8, bandwidth 0.85."""
    values = np.array([[-1.0], [1.0], [2.0], [4.0], [5.0], [7.0]])
    model = model_of_clusters(values, np.array([0, 0, 1, 1, 2, 2]))
    width = (4 / 9) ** 0.2
    assert np.abs(model.residuals) == pytest.approx(np.ones((6, 1)))
    assert model.root == pytest.approx(np.array([[width * np.sqrt(8)]]))
    shrunken = 3 * np.sqrt(1 - width**2) * np.sqrt(8 / 9)
    assert model.kernels.ravel() == pytest.approx([3 - shrunken, 3, 3 + shrunken])


def test_centres_have_the_covariance_of_the_population():
    """With the scatter within clusters left in it would be about 1.4."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(300):
        values, code = members(rng, [4] * 30, spread=1.0)
        model = model_of_clusters(values, code)
        kernels = np.cov(model.kernels.T, ddof=0) + model.root @ model.root.T
        found.append(np.trace(kernels) / 2)
    assert abs(np.mean(found) - 1) < 0.07


def test_scatter_within_clusters_too_large_for_the_centres_leaves_no_negative_variance():
    values = np.array([[-1.0], [1.0], [-1.1], [1.1], [-0.9], [0.9]])
    model = model_of_clusters(values, np.array([0, 0, 1, 1, 2, 2]))
    assert model.root == pytest.approx(np.zeros((1, 1)))
    assert model.kernels == pytest.approx(np.zeros((3, 1)))


def test_a_star_of_other_birth_moves_neither_centre_nor_scatter_within():
    rng = np.random.default_rng(3)
    values, code = members(rng, [9] * 20)
    spoilt = values.copy()
    spoilt[::9] += 40.0
    clean, mixed = model_of_clusters(values, code), model_of_clusters(spoilt, code)
    assert np.abs(mixed.kernels - clean.kernels).max() < 0.25
    assert mixed.root == pytest.approx(clean.root, rel=0.2, abs=0.05)
    moved = other_members(mixed, code, rng)
    away = np.abs(moved - np.stack([np.median(moved[code == k], axis=0) for k in code]))
    assert (away.max(axis=1) > 20).sum() == 20


def test_stars_keep_the_size_of_their_residual_and_pairs_their_distance():
    rng = np.random.default_rng(1)
    values, code = members(rng, [3, 1, 4, 2, 1])
    model = model_of_clusters(values, code)
    drawn = other_members(model, code, rng)
    assert len(np.unique(drawn, axis=0)) == len(drawn)
    pair = values[code == 3]
    assert drawn[code == 3][0] - drawn[code == 3][1] == pytest.approx(pair[0] - pair[1])
    grown = model.residuals[code == 2] * np.sqrt(4 / 3.4)
    found = drawn[code == 2]
    options = [
        found[0] - grown[0] * side + grown * signs[:, None]
        for side in (-1, 1)
        for signs in np.array(np.meshgrid(*[[-1, 1]] * 4)).reshape(4, -1).T
    ]
    assert min(np.abs(option - found).max() for option in options) < 1e-12


def test_residuals_from_a_median_grow_to_the_scatter_of_their_stars():
    rng = np.random.default_rng(4)
    for size in range(3, 11):
        stars = rng.normal(size=(40_000, size))
        residuals = stars - np.median(stars, axis=1, keepdims=True)
        assert residuals.var() * size / (size - 0.6) == pytest.approx(1, abs=0.07)


def test_other_clusters_lie_where_clusters_lie():
    rng = np.random.default_rng(2)
    values, code = members(rng, [5] * 60)
    model = model_of_clusters(values, code)
    means = np.concatenate(
        [
            [other_members(model, code, rng)[code == number].mean(axis=0) for number in range(60)]
            for _ in range(50)
        ]
    )
    assert np.cov(means.T) == pytest.approx(np.cov(values.T), abs=0.12)


@pytest.mark.parametrize(
    ("code", "words"), [([0, 0, 1, 1], "2 clusters"), ([0, 1, 2, 3], "two members")]
)
def test_too_little_to_model(code, words):
    with pytest.raises(ValueError, match=words):
        model_of_clusters(np.zeros((4, 2)), np.array(code))


def test_spread_interval_by_hand():
    low, high = spread_interval(0.5, [0.1, 0.3, 0.5], 0.68, 4)
    half = stats.t.ppf(0.84, 3) * 0.2
    assert (low, high) == pytest.approx((0.5 - half, 0.5 + half))
    assert spread_interval(0.1, [0.1, 0.3, 0.5], 0.95, 4, (0, 1)).low == 0
    for value, draws, units in (
        (0.5, [0.5, 0.5], 9), (0.5, [0.1, 0.9], 2), (np.nan, [0.1, 0.9], 9),
        (0.5, [0.1, np.nan], 9), (0.5, [], 9), (0.9, [0.4, 0.5, 0.6], 9),
    ):  # fmt: skip
        assert np.isnan(spread_interval(value, draws, 0.68, units).low)


def test_shares_keep_their_binomial_interval_and_the_rest_takes_the_scatter():
    rng = np.random.default_rng(3)
    truth = truth_of(np.repeat(["a", "b", "c", "d"], 5), 1)
    chance = chance_of(truth, 0, 50, rng, rng)
    plain = evaluate(GROUPS, truth, chance)
    others = {key: value + np.array([-0.1, 0.0, 0.1]) for key, value in plain.values.items()}
    found = evaluate(GROUPS, truth, chance, others)
    assert found.values == plain.values
    methods = {key.metric: one.method for key, one in found.intervals.items()}
    assert {methods[name] for name in ("rf40", "rf70", "n_recovered_40")} == {"jeffreys"}
    scattered = ("v_measure", "coverage", "n_groups", "statistical_40")
    assert {methods[name] for name in scattered} == {"other clusters"}
    assert plain.intervals[V].method == "jackknife"
    half = stats.t.ppf(0.84, 3) * 0.1
    assert found.intervals[V].narrow.low == pytest.approx(plain.values[V] - half)


def test_a_score_that_does_not_vary_falls_back_to_the_groups_as_they_are():
    counts = contingency(GROUPS, np.repeat(np.arange(4), 5))
    eligible = np.ones(4, dtype=bool)
    values = {key: float(value) for key, value in scores_of_counts(counts, eligible).items()}
    others = {key: np.full(3, value) for key, value in values.items()}
    drawn = np.ones((20, 4), dtype=np.int64)
    found = score_intervals(counts, values, eligible, drawn, others)[V]
    assert found.method == "jackknife"
    assert found.note.startswith("groups held")
    apart = {key: value + 1 + np.array([-0.1, 0.0, 0.1]) for key, value in values.items()}
    assert score_intervals(counts, values, eligible, drawn, apart)[V].method == "jackknife"


@pytest.fixture
def make_space():
    """Write a space table and the truth of clusters of the given sizes in a field."""

    def write(folder, sizes, n_field):
        rng = np.random.default_rng(7)
        values, code = members(rng, sizes)
        values = np.vstack([values, 2 * rng.normal(size=(n_field, 2))])
        star_id = [f"s{number:03d}" for number in range(len(values))]
        space = pd.DataFrame({"star_id": star_id, "fe_h": values[:, 0], "mg_fe": values[:, 1]})
        labels = [f"C{number}" for number in code] + [""] * n_field
        truth = pd.DataFrame({"star_id": star_id, "cluster": labels})
        truth["eligible"] = truth["cluster"] != ""
        write_table(space, folder / "space.parquet", "space", {"sample": "s", "space": "raw"})
        write_table(truth, folder / "truth.parquet", "truth")
        return {"space": folder / "space.parquet", "truth": folder / "truth.parquet"}

    return write


@pytest.fixture
def step(tmp_path, make_space):
    """Inputs of the step for six clusters of five among 60 field stars."""
    return make_space(tmp_path, [5] * 6, 60)


HEADLINE = {"metric": "euclidean", "method": "leaf", "min_cluster_size": 3, "min_samples": 2}


def run(paths, out, **changes):
    arguments = {
        "headline": HEADLINE, "n_draws": 4,
        "backend": "exact", "seed": 5, "memory_mb": 3000,
    } | changes  # fmt: skip
    score_resampled_clusters(**paths, resampled=out, **arguments)
    return read_table(out, "resampled_clusters")


def test_step_is_deterministic_and_draws_do_not_depend_on_their_number(step, tmp_path):
    four, again = run(step, tmp_path / "a.parquet"), run(step, tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert four.equals(again)
    two = run(step, tmp_path / "c.parquet", n_draws=2)
    assert two.equals(four[four["draw"] < 2].reset_index(drop=True))
    scores = scores_of_resampled(four)
    assert scores[V].shape == (4,)
    assert scores[V].std() > 0
    assert scores[ScoreKey("n_groups")].min() >= 1


def test_too_few_clusters_are_said_and_leave_an_empty_table(tmp_path, make_space):
    table = run(make_space(tmp_path, [5, 4], 30), tmp_path / "few.parquet")
    assert table.empty
    assert table.attrs["absent"].startswith("2 clusters")
    assert scores_of_resampled(table) == {}


def test_rows_of_no_draw_have_the_columns_of_the_contract(tmp_path):
    path = tmp_path / "none.parquet"
    write_table(resampled_clusters_rows([]), path, "resampled_clusters")
    assert read_table(path, "resampled_clusters").empty
