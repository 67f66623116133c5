"""Scores by hand and against other implementations; the default is chosen, not believed."""

import numpy as np
import pandas as pd
import pytest
from predict_stars import linear_stars
from scipy import stats
from sklearn.metrics import root_mean_squared_error

from chemtag.base.tables import conform
from chemtag.predict.apart import cross_validate_apart
from chemtag.predict.evaluation import cross_validate, entries_of
from chemtag.predict.importance import importance
from chemtag.predict.leaderboard import (
    bias,
    binomial_interval,
    board_table,
    choose,
    leaderboard,
    resampled_rows,
    residual_slope,
    rmse,
    robust_scatter,
    thirds_of,
)
from chemtag.predict.training import Interval, shuffled_labels


def test_scores_by_hand():
    truth, value = np.array([0.0, 1, 2, 3]), np.array([1.0, 1, 2, 2])
    assert rmse(truth, value) == pytest.approx(np.sqrt(0.5))
    assert bias(truth, value) == 0
    assert robust_scatter(truth, np.array([1.0, 2, 4, 9])) == pytest.approx(1.4826 * 0.5)
    # residuals 1, 0, 0, -1 against -1.5, -.5, .5, 1.5: -3 / 5
    assert residual_slope(truth, value) == pytest.approx(-0.6)


def test_scores_against_other_implementations():
    rng = np.random.default_rng(1)
    truth, value = rng.normal(size=500), rng.normal(size=500)
    assert rmse(truth, value) == pytest.approx(root_mean_squared_error(truth, value))
    assert residual_slope(truth, value) == pytest.approx(stats.linregress(truth, value - truth)[0])
    scatter = stats.median_abs_deviation(value - truth, scale=1 / 1.4826)
    assert robust_scatter(truth, value) == pytest.approx(scatter)
    exact = stats.binomtest(20, 50).proportion_ci(0.6827, "exact")
    assert binomial_interval(20, 50) == pytest.approx((exact.low, exact.high))
    assert binomial_interval(0, 10)[0] == 0
    assert binomial_interval(10, 10)[1] == 1


def test_the_mean_for_all_has_slope_minus_one():
    truth = np.random.default_rng(1).normal(size=100)
    assert residual_slope(truth, np.full(100, truth.mean())) == pytest.approx(-1)


def test_thirds():
    assert np.bincount(thirds_of(np.arange(33.0))).tolist() == [11, 11, 11]
    assert thirds_of(np.arange(33.0))[[0, 20, 32]].tolist() == [0, 1, 2]
    assert (thirds_of(np.repeat([1.0, 1.1, 1.2, 1.3, 1.4], 60)) == -1).all()


def test_the_bootstrap_draws_stars_with_all_their_rows():
    group = np.array(["a", "b", "a", "c", "a"])
    for rows in resampled_rows(group, 20, 1):
        drawn = group[rows]
        assert (drawn == "a").sum() % 3 == 0
        assert (drawn == "a").sum() / 3 + (drawn == "b").sum() + (drawn == "c").sum() == 3


def made(stars, names=("median", "ridge", "knn"), tuned=()):
    entries = entries_of(names, tuned=tuned)
    found, costs = cross_validate(stars, entries, Interval(), 1)
    return leaderboard(found, entries, 1), entries, found, costs


def score(board, entry, metric):
    return board.set_index(["entry", "metric"]).loc[(entry, metric)]


def test_leaderboard():
    board, entries, found, costs = made(linear_stars(300), tuned=("knn",))
    conform(board_table(board, entries), "predictor_leaderboard", "here")
    conform(found, "predictions", "here")
    conform(costs, "predictor_costs", "here")
    assert np.isnan(score(board, "median", "coverage_low")["value"])
    assert choose(board, entries) == ("ridge", ["ridge"])
    assert board["entry"].iloc[0] == "ridge"
    truth, value = (found.loc[found["entry"] == "ridge", name] for name in ("truth", "value"))
    assert score(board, "ridge", "rmse")["value"] == pytest.approx(
        root_mean_squared_error(truth, value)
    )
    assert score(board, "ridge", "rmse")["low"] < score(board, "ridge", "rmse")["value"]
    assert score(board, "ridge", "rmse_ratio").tolist()[:3] == [1, 1, 1]
    assert score(board, "median", "rmse_ratio")["low"] > 2
    assert score(board, "median", "slope")["value"] == pytest.approx(-1, abs=0.05)
    assert len(found) == 4 * 300
    assert found.groupby("entry")["star_id"].nunique().eq(300).all()
    assert (costs["train_seconds"] > 0).all()
    assert costs.loc[costs["entry"] == "knn_tuned", "settings"].str.contains("n_neighbors").all()
    third = [score(board, "ridge", f"coverage_{word}") for word in ("low", "middle", "high")]
    assert sum(one["n_stars"] for one in third) == 300
    whole = sum(one["value"] * one["n_stars"] for one in third) / 300
    assert score(board, "ridge", "coverage")["value"] == pytest.approx(whole)


def test_in_a_process_of_its_own():
    """The same predictions, and the memory that the model took: trees are the larger."""
    stars = linear_stars(120)
    entries = entries_of(["median", "boosted_trees"], {"boosted_trees": {"max_iter": 5}})
    found, costs = cross_validate_apart(stars, entries, Interval(), 1)
    expected, _ = cross_validate(stars, entries, Interval(), 1)
    pd.testing.assert_frame_equal(found, expected)
    conform(costs, "predictor_costs", "here")
    memory = costs.groupby("entry")["memory_mb"].max()
    assert memory["boosted_trees"] > memory["median"] >= 0


def test_without_anything_to_learn_the_median_is_the_default():
    board, entries, _, _ = made(shuffled_labels(linear_stars(300), 1))
    assert choose(board, entries)[0] == "median"


def test_of_equals_the_simplest_is_taken():
    entries = entries_of(["boosted_trees", "knn", "ridge"], tuned=["ridge"])
    ratio = {"boosted_trees": 1.0, "knn": 0.99, "ridge": 1.02, "ridge_tuned": 0.98}
    board = pd.DataFrame(
        [{"entry": e, "metric": "rmse_ratio", "low": low} for e, low in ratio.items()]
    )
    assert choose(board, entries) == ("ridge_tuned", ["boosted_trees", "knn", "ridge_tuned"])


def test_importance_finds_what_the_label_is_made_of():
    """Permuting a feature adds 2 slope^2 variance to the squared noise of a linear relation."""
    (entry,) = entries_of(["ridge"])
    stars = linear_stars(4000, noise=1.0)
    table = importance(stars, entry, 1).set_index("feature")["value"]
    assert table.index.tolist() == ["x0", "x1", "x2"]
    values = stars.stars.values
    slopes, (squares,) = np.linalg.lstsq(
        np.column_stack([values, np.ones(4000)]), stars.label, rcond=None
    )[:2]
    added = 2 * slopes[:3] ** 2 * values.var(axis=0) / (squares / 4000)
    expected = np.sqrt(1 + added) - 1
    assert table["x0"] == pytest.approx(expected[0], rel=0.05)
    assert table["x1"] == pytest.approx(expected[1], rel=0.05)
    assert abs(table["x2"]) < 0.01
