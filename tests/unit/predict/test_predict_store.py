"""A predictor survives its file; a catalogue is predicted in chunks as it is at once."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from predict_stars import table_of

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table
from chemtag.predict.apply import apply_to
from chemtag.predict.features import Features, labelled_of, observed_of
from chemtag.predict.models import MODELS, model_of, settings_of
from chemtag.predict.store import Stored, load, save
from chemtag.predict.training import Interval, train

FEATURES = Features(("g", "mg_h"), (("g", "ks"),), {"mg_h": "mg_h_err"}, {"mg_h": (9.99,)})
FAST = {"boosted_trees": {"max_iter": 40}, "xgboost": {"n_estimators": 40}, "mlp": {"max_iter": 10}}


def stored(name="boosted_trees", n=200):
    model = model_of(name)
    labelled = labelled_of(table_of(n), FEATURES, "fe_h", "my.fits")
    trained = train(labelled, model, settings_of(model, FAST.get(name)), Interval(draws=4), 1)
    return Stored(trained, FEATURES, {"target": "fe_h", "unit": "dex", "n_stars": n})


@pytest.mark.parametrize("name", MODELS)
def test_stored_and_loaded_predict_the_same(name, tmp_path):
    one = stored(name)
    save(one, tmp_path / "one.predictor")
    other = load(tmp_path / "one.predictor")
    stars = observed_of(table_of(50, 9), FEATURES, "new.fits")
    expected, found = one.trained.predict(stars), other.trained.predict(stars)
    for part in ("value", "low", "high", "outside"):
        np.testing.assert_array_equal(getattr(found, part), getattr(expected, part))
    assert other.features == FEATURES
    assert other.provenance == one.provenance


@pytest.mark.parametrize("name", MODELS)
def test_equal_predictors_give_equal_bytes(name, tmp_path):
    for place in ("a", "b"):
        save(stored(name), tmp_path / place)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_file_is_open_and_holds_no_pickle(tmp_path):
    save(stored("ridge"), tmp_path / "one.predictor")
    with zipfile.ZipFile(tmp_path / "one.predictor") as archive:
        assert sorted(archive.namelist()) == ["arrays.npz", "model.json", "model.skops"]
        words = json.loads(archive.read("model.json"))
    assert words["provenance"]["target"] == "fe_h"
    assert words["features"]["colours"] == [["g", "ks"]]


def test_a_foreign_type_is_refused(tmp_path):
    import skops.io
    from sklearn.preprocessing import FunctionTransformer

    save(stored("ridge"), tmp_path / "good")
    evil = skops.io.dumps(FunctionTransformer(np.testing.assert_equal))
    with zipfile.ZipFile(tmp_path / "good") as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "evil", "w") as archive:
        for name, held in {**content, "model.skops": evil}.items():
            archive.writestr(name, held)
    with pytest.raises(InputProblem, match="do not open it, train it again"):
        load(tmp_path / "evil")


def test_other_files_are_one_sentence(tmp_path):
    (tmp_path / "text").write_text("no predictor")
    with pytest.raises(InputProblem, match="not a predictor of the stage predict"):
        load(tmp_path / "text")
    with pytest.raises(InputProblem, match="not a predictor"):
        load(tmp_path / "absent")


def catalogue(tmp_path, n=500):
    table = table_of(n, 5).drop(columns="fe_h")
    table.loc[3, "g"] = 99.0
    table.loc[4, "mg_h"] = 9.99
    table.loc[5, "ks"] = np.nan
    table["star_id"] = np.arange(n) + 2**62
    table.to_parquet(tmp_path / "stars.parquet")
    return tmp_path / "stars.parquet"


def test_chunks_do_not_matter(tmp_path):
    source, predictor = catalogue(tmp_path), stored()
    done = []
    applied = [
        apply_to(predictor, source, tmp_path / f"{rows}.parquet", rows, done.append)
        for rows in (500, 37)
    ]
    assert applied[0] == applied[1]
    assert sum(done) == 1000
    assert max(done[1:]) == 37
    one, other = (pd.read_parquet(tmp_path / f"{rows}.parquet") for rows in (500, 37))
    pd.testing.assert_frame_equal(one, other)
    assert one["star_id"].tolist() == [str(2**62 + i) for i in range(500)]
    assert one["outside"][[3, 4, 5]].tolist() == ["range", "missing", "missing"]
    assert (one["in_domain"] == (one["outside"] == "")).all()
    assert applied[0].rows == 500
    assert applied[0].in_domain + sum(applied[0].outside.values()) == 500
    stars = observed_of(pd.read_parquet(source), FEATURES, "stars")
    np.testing.assert_array_equal(one["value"], predictor.trained.predict(stars).value)


def test_the_predictions_say_where_they_come_from(tmp_path):
    apply_to(stored(), catalogue(tmp_path), tmp_path / "out.parquet")
    table = read_table(tmp_path / "out.parquet", "catalogue_predictions")
    assert table.attrs["predictor"] == {"target": "fe_h", "unit": "dex", "n_stars": 200}
    assert table.attrs["source"] == "stars.parquet"


def test_a_catalogue_without_a_column_is_one_sentence(tmp_path):
    source = catalogue(tmp_path)
    pd.read_parquet(source).drop(columns="ks").to_parquet(source)
    with pytest.raises(InputProblem, match="column 'ks' is missing, which the predictor was"):
        apply_to(stored(), source, tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()
    (tmp_path / "text.parquet").write_text("text")
    with pytest.raises(InputProblem, match="not a readable parquet file"):
        apply_to(stored(), tmp_path / "text.parquet", tmp_path / "out.parquet")


def test_a_failure_leaves_nothing_half_written(tmp_path):
    source = catalogue(tmp_path)
    table = pd.read_parquet(source)
    table.loc[400, "g"] = np.inf
    table.to_parquet(source)
    with pytest.raises(InputProblem, match="infinite"):
        apply_to(stored(), source, tmp_path / "out.parquet", 100)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["stars.parquet"]
