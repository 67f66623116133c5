"""Tasks as a config states them; the recipes; mistakes in one sentence."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from predict_stars import table_of

from chemtag.base.problems import InputProblem
from chemtag.predict.task import (
    XP,
    meta_of,
    provenance_of,
    read_tasks,
    task_from,
    training_stars,
    with_spectra,
    within_cuts,
)
from chemtag.predict.xp import ContinuousSpectra, coefficient_names

PLAIN = {
    "table": "my.fits",
    "target": "fe_h",
    "features": {"columns": ["g"], "colours": [["g", "ks"]]},
    "covers": {"labels": "all", "stars": "dwarfs", "not": "giants"},
}
RECIPES = ("assaad", "shboost", "ages")


def changed(**keys):
    return {**PLAIN, **keys}


def test_a_task():
    task = task_from("iron", changed(group="star", missing={"g": [99]}, folds=3), "c.yaml")
    assert [entry.name for entry in task.entries] == ["median", "ridge", "knn", "boosted_trees"]
    stars = training_stars(table_of(), task, "my.fits")
    assert len(stars) == 200
    assert len(np.unique(stars.group)) == 100


def test_cuts():
    task = task_from("iron", changed(cuts={"g": {"min": 9.5}, "fe_h": {"max": 0.5}}), "c.yaml")
    table = table_of()
    table.loc[0, "g"] = np.nan
    kept = within_cuts(table, task, "my.fits")
    assert kept.index.tolist() == table.index[(table["g"] >= 9.5) & (table["fe_h"] <= 0.5)].tolist()
    assert task.cuts_on_label == ["fe_h"]


def test_cuts_that_no_star_passes_are_named():
    task = task_from("iron", changed(cuts={"g": {"min": 1e6}, "ks": {"max": 99}}), "c.yaml")
    with pytest.raises(InputProblem, match=r"my\.fits: no star is within predict/iron/cuts: .* g"):
        within_cuts(table_of(), task, "my.fits")


def test_xp_coefficients_join_the_features():
    task = task_from("iron", changed(xp={"path": "xp.csv", "coefficients": 3}), "c.yaml")
    assert task.features.columns == ("g", *coefficient_names(3))
    assert task.features.errors["rp_3"] == "rp_3_err"


@pytest.mark.parametrize("name", ["ridge", "xgboost"])
def test_provenance(name):
    task = task_from("iron", changed(group="star", models=[name], unit="dex"), "c.yaml")
    stars = training_stars(table_of(), task, "my.fits")
    board = pd.DataFrame({"entry": [name], "metric": ["rmse"], "value": [0.2]})
    said = provenance_of(task, stars, task.entries[0], 3, board)
    assert (said["rows"], said["stars"], said["unit"]) == (200, 100, "dex")
    assert said["scores"] == {"rmse": 0.2}
    assert said["covers"]["not"] == "giants"
    assert ("xgboost-cpu" in said["versions"]) == (name == "xgboost")
    assert json.loads(json.dumps(said)) == said


def spectra_of(n):
    rng = np.random.default_rng(1)
    coefficients = {band: rng.uniform(1, 2, (n, 55)) for band in ("bp", "rp")}
    errors = {band: np.full((n, 55), 0.01) for band in ("bp", "rp")}
    return ContinuousSpectra(np.arange(n) + 2**62, coefficients, errors, None, {})


def test_spectra_join_by_source_id():
    xp, spectra = XP("xp.csv", 2), spectra_of(50)
    table = table_of(60).assign(source_id=np.arange(60) + 2**62 + 10)[::-1]
    joined = with_spectra(table, xp, spectra, "my.fits")
    assert joined.index.tolist() == table.index.tolist()
    expected = spectra.table(2).set_index("source_id")["rp_2"].reindex(table["source_id"])
    np.testing.assert_array_equal(joined["rp_2"], expected)
    assert joined["bp_1"].isna().sum() == 20
    by_flux = with_spectra(table, XP("xp.csv", 1, flux="g"), spectra, "my.fits")
    has = by_flux["bp_1"].notna()
    star = (by_flux["source_id"] - 2**62)[has]
    np.testing.assert_allclose(
        by_flux["bp_1"][has], spectra.coefficients["bp"][star, 0] / by_flux["g"][has]
    )


def test_spectra_that_do_not_join_are_one_sentence():
    table = table_of(20)
    for changed_table, words in (
        (table, "column 'source_id' is missing"),
        (table.assign(source_id=1e18), "expected integers"),
        (table.assign(source_id=7), "no 'source_id' is among the 50"),
    ):
        with pytest.raises(InputProblem, match=words):
            with_spectra(changed_table, XP("xp.csv", 2), spectra_of(50), "my.fits")
    twice = ContinuousSpectra(np.array([1, 1]), {}, {}, None, {})
    with pytest.raises(InputProblem, match="comes twice"):
        with_spectra(table.assign(source_id=1), XP("xp.csv", 2), twice, "my.fits")


WRONG = {
    "unknown": ({"modles": []}, "unknown key 'modles'; allowed are apply, citation, covers"),
    "covers": ({"covers": {"labels": "all", "stars": "dwarfs"}}, "'not' is missing; say in words"),
    "model": ({"models": ["svm"]}, "there is no model 'svm'"),
    "setting": ({"settings": {"knn": {"k": 1}}}, "unknown setting 'k'"),
    "interval": ({"interval": {"kind": "quantile"}}, "'quantile', expected split or mondrian"),
    "calibration": ({"interval": {"calibration": "none"}}, "expected cross or held_out"),
    "level": ({"interval": {"level": 68}}, "68, expected between 0 and 1"),
    "interval key": ({"interval": {"alpha": 1}}, "interval: unknown key 'alpha'"),
    "transform": ({"transform": "ln"}, "'ln', expected none or log10"),
    "xp": ({"xp": {"coefficients": 3}}, "xp: .*'path'"),
    "apply": ({"apply": {"catalog": "a"}}, "apply: unknown key 'catalog'"),
    "features": ({"features": {"columns": []}}, "no feature is listed"),
}


@pytest.mark.parametrize("case", WRONG)
def test_mistakes_are_one_sentence(case):
    keys, words = WRONG[case]
    with pytest.raises(InputProblem, match=words) as problem:
        task_from("iron", changed(**keys), "c.yaml")
    assert "\n" not in str(problem.value)


def test_absent_keys_and_files(tmp_path):
    with pytest.raises(InputProblem, match="key 'target' is missing"):
        task_from("iron", {k: v for k, v in PLAIN.items() if k != "target"}, "c.yaml")
    with pytest.raises(InputProblem, match="not a readable YAML"):
        read_tasks(tmp_path / "absent.yaml")
    (tmp_path / "empty.yaml").write_text("run: x")
    with pytest.raises(InputProblem, match="no block 'predict'"):
        read_tasks(tmp_path / "empty.yaml")


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipes_can_be_read(recipe, root):
    tasks = read_tasks(root / "config" / f"predict-{recipe}.yaml")
    assert tasks
    for task in tasks.values():
        assert task.citation, task.name
        assert task.title, task.name
        assert "hot stars" in task.covers["not"], task.name
    whole = yaml.safe_load((root / "config" / f"predict-{recipe}.yaml").read_text())
    assert list(whole) == ["run", "predict"]


@pytest.mark.parametrize(
    ("features", "declared", "sources"),
    [
        ({"columns": ["g", "teff"]}, [], ["other measurements"]),
        ({"columns": ["mg_h", "c_fe"]}, [], ["abundances"]),
        ({"columns": ["parallax"], "colours": [["g", "FE_H"]]}, [],
         ["abundances", "other measurements"]),
        ({"columns": ["magnesium"]}, ["abundances"], ["abundances", "other measurements"]),
    ],
)  # fmt: skip
def test_predictions_say_what_they_derive_from(features, declared, sources):
    task = task_from("iron", changed(features=features, derived_from=declared), "c.yaml")
    assert task.sources == sources
    assert meta_of(task)["derived_from"] == sources


def test_spectra_are_a_source_and_no_columns_of_the_table():
    given = {"path": "xp.csv", "coefficients": 2, "key": "gaia", "flux": "gflux"}
    task = task_from("iron", changed(xp=given, group="star", cuts={"j": {"max": 9}}), "c.yaml")
    assert task.sources == ["spectra", "other measurements"]
    assert task.columns == ["star_id", "g", "ks", "gaia", "gflux", "fe_h", "star", "j"]
