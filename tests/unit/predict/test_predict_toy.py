"""One way of predicting: a toy model of fifteen lines passes every caller."""

import numpy as np
import pytest
from predict_stars import table_of
from sklearn.dummy import DummyRegressor

from chemtag.base.tables import read_table
from chemtag.predict.apply import apply_to
from chemtag.predict.evaluation import cross_validate, entries_of
from chemtag.predict.features import Features, labelled_of
from chemtag.predict.importance import importance
from chemtag.predict.leaderboard import board_table, default_entry, leaderboard
from chemtag.predict.models import MODELS, Model
from chemtag.predict.store import Stored, load, save
from chemtag.predict.training import Interval, predictor, train, tuned_settings


def fit_quantile(features, label, weight, settings, seed):
    """The same quantile of the training labels for every star."""
    toy = DummyRegressor(strategy="quantile", quantile=settings["quantile"])
    return toy.fit(features, label)


TOY = Model(
    "toy",
    "Toy",
    fit_quantile,
    {"quantile": 0.5},
    tuple({"quantile": q} for q in (0.1, 0.5, 0.9)),
    native=True,
    weighted=False,
)
FEATURES = Features(("g", "mg_h"), (("g", "ks"),))
FAST = Interval(draws=0, folds=3)


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """The toy in the registry: one line."""
    monkeypatch.setitem(MODELS, "toy", TOY)


@pytest.fixture(scope="module")
def stars():
    return labelled_of(table_of(90), FEATURES, "fe_h", "my.fits")


def test_folds_and_leaderboard_and_importance_call_it(stars):
    entries = entries_of(["toy", "ridge"], {"toy": {"quantile": 0.1}}, tuned=["toy"])
    found, costs = cross_validate(stars, entries, FAST, 1, 3)
    board = board_table(leaderboard(found, entries, 1), entries)
    rmse = board[board["metric"] == "rmse"].set_index("entry")["value"]
    assert set(rmse.index) == {"toy", "toy_tuned", "ridge"} == set(costs["entry"])
    assert rmse["ridge"] < rmse["toy_tuned"] < rmse["toy"]  # tuning finds the middle
    assert default_entry(board, entries).name == "ridge"
    assert (importance(stars, entries[0], 1, 3, 2)["value"] == 0).all()


def test_training_protocol_file_and_catalogue_agree(stars, tmp_path):
    assert tuned_settings(stars, TOY, {"quantile": 0.1}, 1) == {"quantile": 0.5}
    trained = train(stars, TOY, {"quantile": 0.5}, FAST, 1)
    one = trained.predict(stars.stars)
    assert one.value == pytest.approx(np.median(stars.label))
    assert 0.55 < ((one.low <= stars.label) & (stars.label <= one.high)).mean() < 0.8
    other = predictor(TOY, FAST)(stars, stars.stars, {}, 1)
    np.testing.assert_array_equal(other.low, one.low)
    save(Stored(trained, FEATURES, {"target": "fe_h", "unit": "dex"}), tmp_path / "toy")
    table_of(90).to_parquet(tmp_path / "stars.parquet")
    apply_to(load(tmp_path / "toy"), tmp_path / "stars.parquet", tmp_path / "found.parquet")
    found = read_table(tmp_path / "found.parquet")
    np.testing.assert_array_equal(found.sort_values("star_id")["value"], one.value)
