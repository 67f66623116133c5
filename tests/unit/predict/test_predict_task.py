"""Tasks as a config states them; the recipes; mistakes in one sentence."""

import numpy as np
import pytest
import yaml
from predict_stars import table_of

from chemtag.base.problems import InputProblem
from chemtag.predict.task import read_tasks, task_from, training_stars, within_cuts
from chemtag.predict.xp import coefficient_names

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


def test_xp_coefficients_join_the_features():
    task = task_from("iron", changed(xp={"path": "xp.csv", "coefficients": 3}), "c.yaml")
    assert task.features.columns == ("g", *coefficient_names(3))
    assert task.features.errors["rp_3"] == "rp_3_err"


WRONG = {
    "unknown": ({"modles": []}, "unknown key 'modles'; allowed are citation, covers"),
    "covers": ({"covers": {"labels": "all", "stars": "dwarfs"}}, "'not' is missing; say in words"),
    "model": ({"models": ["svm"]}, "there is no model 'svm'"),
    "setting": ({"settings": {"knn": {"k": 1}}}, "unknown setting 'k'"),
    "interval": ({"interval": {"kind": "quantile"}}, "'quantile', expected split or mondrian"),
    "calibration": ({"interval": {"calibration": "none"}}, "expected cross or held_out"),
    "level": ({"interval": {"level": 68}}, "68, expected between 0 and 1"),
    "interval key": ({"interval": {"alpha": 1}}, "interval: unknown key 'alpha'"),
    "transform": ({"transform": "ln"}, "'ln', expected none or log10"),
    "xp": ({"xp": {"coefficients": 3}}, "xp: .*'path'"),
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
    tasks = read_tasks(root / "resources" / "predict" / f"{recipe}.yaml")
    assert tasks
    for task in tasks.values():
        assert task.citation, task.name
        assert task.title, task.name
        assert "hot stars" in task.covers["not"], task.name
    whole = yaml.safe_load((root / "resources" / "predict" / f"{recipe}.yaml").read_text())
    assert list(whole) == ["predict"]
