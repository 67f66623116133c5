"""The stage predict from end to end on simulated stars, and what it says of a wrong table."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from chemtag.base.tables import read_table
from chemtag.predict.store import load


@pytest.fixture(scope="module")
def predicted(warm_checkout, root):
    """A checkout in which the task of tests/data/predict.yaml is done."""
    checkout = warm_checkout("predict")
    config = root / "tests" / "data" / "predict.yaml"
    checkout.snakemake("predict", "--cores", "2", "--configfile", config)
    return checkout


def test_every_file_is_there(predicted):
    files = predicted.tables("predict")
    found = {path.split("/", 1)[1] for path in files if path.startswith("predict/")}
    tables = ("predictions.parquet", "leaderboard.ecsv", "importance.ecsv", "costs.ecsv",
              "catalogue.parquet")  # fmt: skip
    assert found == {f"iron.{name}" for name in tables}
    for name in ("stars", "scores", "coverage", "importance"):
        for suffix in ("png", "pdf"):
            assert f"paper/figures/predict_{name}_iron.{suffix}" in files
    assert not any(path.startswith(("select/", "tag/")) for path in files)


def test_predictions_are_of_stars_not_seen_and_better_than_the_median(predicted):
    folder = predicted.folder / "results" / "predict" / "predict"
    board = read_table(folder / "iron.leaderboard.ecsv", "predictor_leaderboard")
    rmse = board[board["metric"] == "rmse"].set_index("entry")
    assert rmse["default"].sum() == 1
    default = rmse.index[rmse["default"]][0]
    assert rmse.loc[default, "value"] < 0.5 * rmse.loc["median", "value"]
    rows = read_table(folder / "iron.predictions.parquet", "predictions")
    own = rows[rows["entry"] == default]
    inside = (own["low"] <= own["truth"]) & (own["truth"] <= own["high"])
    n = len(own)
    assert abs(inside.mean() - 0.68) < 3 * np.sqrt(0.68 * 0.32 / n)
    assert own["fold"].nunique() == 5
    stars = read_table(predicted.folder / "results/predict/survey/survey.stars.parquet", "stars")
    truth = stars.set_index("star_id")["fe_h"]
    assert own.set_index("star_id")["truth"].equals(truth.loc[own["star_id"]].rename("truth"))


def test_the_catalogue_is_what_the_stored_predictor_gives(predicted):
    folder = predicted.folder / "results" / "predict"
    stored = load(folder / "predict" / "iron.predictor.zip")
    assert stored.provenance["derived_from"] == ["abundances"]
    assert stored.provenance["covers"]["not"] == "any star of the sky"
    file = pq.ParquetFile(folder / "predict" / "iron.catalogue.parquet")
    meta = [json.loads(text) for text in file.schema_arrow.metadata.values()]
    assert any(one.get("derived_from") == ["abundances"] for one in meta if isinstance(one, dict))
    found = file.read().to_pandas()
    catalogue = pd.read_parquet(folder / "survey" / "survey.stars.parquet")
    assert found["star_id"].tolist() == catalogue["star_id"].tolist()
    assert found["in_domain"].mean() > 0.9
    close = (found["value"] - catalogue["fe_h"]).std()
    assert close < 0.5 * catalogue["fe_h"].std()


def test_a_predicted_label_cuts_a_sample(predicted, root):
    config = root / "tests" / "data" / "predict.yaml"
    target = "results/predict/select/field.abundances.parquet"
    predicted.snakemake("--cores", "1", "--configfile", config, "--", target)
    folder = predicted.folder / "results" / "predict"
    labels = read_table(folder / "predict" / "iron.catalogue.parquet").set_index("star_id")
    assert labels["error"].to_numpy() == pytest.approx(
        (labels["high"] - labels["low"]) / 1.989, 1e-3
    )
    kept = labels[labels["in_domain"] & (labels["value"] >= -0.3) & (labels["error"] <= 0.2)]
    lost = labels[~labels["in_domain"] | (labels["value"] < -0.3)]
    funnel = read_table(folder / "select" / "field.funnel.ecsv", "funnel").set_index("cut")
    stars = set(read_table(folder / "select" / "field.abundances.parquet", "abundances")["star_id"])
    assert stars <= set(kept.index)
    assert len(lost) > 0
    assert "without a value are lost" in funnel.loc["windows/predicted_iron", "detail"]
    assert funnel.loc["windows/predicted_iron_err", "stars_left"] == len(kept)


def test_a_second_run_has_nothing_to_do_and_a_new_catalogue_trains_nothing(predicted, root):
    config = root / "tests" / "data" / "predict.yaml"
    again = predicted.snakemake("predict", "--cores", "1", "--configfile", config)
    assert "Nothing to be done" in again.stdout
    changed = yaml.safe_load(config.read_text())
    changed["predict"]["iron"]["apply"]["chunk"] = 250
    path = predicted.folder / "changed.yaml"
    path.write_text(yaml.safe_dump(changed, sort_keys=False))
    plan = predicted.snakemake("predict", "--dry-run", "--cores", "1", "--configfile", path).stdout
    assert "apply_predictor" in plan
    assert "train_predictor" not in plan
    assert "evaluate_models" not in plan


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"table": "absent.fits"}, "predict/iron/table: there is no file absent.fits"),
        ({"features": {"columns": ["fe_h", "mg_fe"]}}, "'fe_h' is among the features"),
    ],
)
def test_a_mistake_stops_the_run_with_one_sentence(predicted, root, change, said):
    config = yaml.safe_load((root / "tests" / "data" / "predict.yaml").read_text())
    config["predict"]["iron"] |= change
    if "features" in change:  # columns have errors that are no longer of features
        config["predict"]["iron"]["features"]["errors"] = {}
    path = predicted.folder / "wrong.yaml"
    path.write_text(yaml.safe_dump(config))
    target = "results/predict/predict/iron.leaderboard.ecsv"
    run = predicted.snakemake("--cores", "1", "--configfile", path, "--", target, check=False)
    assert run.returncode != 0
    assert said in run.stdout
    assert "Traceback (most recent" not in run.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"models": ["svm"]}, "svm"),
        ({"covers": {"labels": "all", "stars": "all"}}, "key 'not' is missing"),
    ],
)
def test_a_mistake_of_the_config_is_one_sentence(refusal, root, change, said):
    config = yaml.safe_load((root / "tests" / "data" / "predict.yaml").read_text())
    config["predict"]["iron"] |= change
    assert said in refusal(config, {})
