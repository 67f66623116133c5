"""Recipes of the simulator that are wrong, and the step that follows one."""

import copy
from pathlib import Path

import pytest
import yaml

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table
from chemtag.survey import simulation
from simulate_survey import simulate_survey as simulate_catalog

RECIPES = Path(__file__).resolve().parents[3] / "resources" / "recipes"
SURVEY = simulation.read_recipe(RECIPES / "survey.yaml")


def changed(path, value):
    """The shipped survey with the value at the dotted `path` replaced, or removed if None."""
    recipe = copy.deepcopy(SURVEY)
    *parents, last = path.split(".")
    block = recipe
    for name in parents:
        block = block[name]
    if value is None:
        del block[last]
    else:
        block[last] = value
    return recipe


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("colour", "red", ["colour"]),
        ("measurement.colour", 1, ["colour", "measurement"]),
        ("measurement.sigma", None, ["sigma", "measurement"]),
        ("measurement.source", None, ["source", "measurement"]),
        ("measurement.sigma.mg", -0.01, ["mg", "-0.01"]),
        ("measurement.sigma.mg", "small", ["mg", "small"]),
        ("measurement.sigma.mg", float("nan"), ["measurement.sigma.mg", "nan", "finite"]),
        ("measurement.sigma.mg", None, ["measurement.sigma", "mg"]),
        ("measurement.sigma.xx", 0.1, ["measurement.sigma", "xx"]),
        ("measurement.common_mode.share", 1.5, ["share", "1.5"]),
        ("pattern.latents.alpha.zz", 1, ["pattern.latents.alpha", "zz"]),
        ("pattern.latents.iron", None, ["iron"]),
        ("clusters.latents.colour", {"mean": 0, "sd": 1}, ["clusters.latents", "colour"]),
        ("clusters.latents.iron.on_iron", 1, ["clusters.latents.iron", "on_iron"]),
        ("clusters.members", [], ["members"]),
        ("clusters.members", [{"name": "A", "stars": 0}], ["stars", "0"]),
        ("clusters.members", [{"name": "A", "stars": 2}] * 2, ["A", "more than once"]),
        ("field.populations.thin.share", 0.5, ["field.populations", "0.65"]),
        ("field.stars", 1.5, ["stars", "1.5"]),
        ("observation.membership.contamination", 1.0, ["contamination", "1.0"]),
        ("observation.membership.probability", [0.9, 0.2], ["probability", "lower end"]),
        ("observation.snr.median", 0, ["median", "0"]),
        ("observation.snr", "off", ["snr", "off"]),
        ("elements", ["mg", "si"], ["iron (fe)"]),
    ],
)
def test_wrong_recipes_are_told_in_a_sentence(path, value, words, tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text(yaml.safe_dump(changed(path, value)), encoding="utf-8")
    with pytest.raises(InputProblem) as problem:
        simulation.read_recipe(file)
    message = str(problem.value)
    assert str(file) in message
    assert "\n" not in message
    for word in words:
        assert word in message


def test_unreadable_recipes(tmp_path):
    with pytest.raises(InputProblem, match="no such recipe"):
        simulation.read_recipe(tmp_path / "none.yaml")
    file = tmp_path / "broken.yaml"
    file.write_text("elements: [fe, mg", encoding="utf-8")
    with pytest.raises(InputProblem, match="not valid YAML"):
        simulation.read_recipe(file)
    file.write_text("", encoding="utf-8")
    with pytest.raises(InputProblem, match=r"broken\.yaml"):
        simulation.read_recipe(file)


def run_step(folder, **options):
    paths = {
        "stars": folder / "c.stars.parquet",
        "members": folder / "c.members.ecsv",
        "birth": folder / "c.birth.parquet",
    }
    arguments = {"catalog": "c", "seed": 7, "n_field": 40, "error_scale": 1.0, **options}
    simulate_catalog(recipe=RECIPES / "survey.yaml", **arguments, **paths)
    return paths


def test_step_writes_the_same_bytes_twice(tmp_path):
    first, second = run_step(tmp_path / "a"), run_step(tmp_path / "b")
    for name in first:
        assert first[name].read_bytes() == second[name].read_bytes()
    stars = read_table(first["stars"], "stars")
    members = read_table(first["members"], "members")
    assert len(stars) == 439 + 22 + 40
    assert members["star_id"].isin(stars["star_id"]).all()
    assert stars.attrs["ratio"] == "x_fe"
    assert stars.attrs["elements"] == SURVEY["elements"]
    assert stars.attrs["source"] == "simulated"
    assert stars.attrs["recipe"] == "survey"
    assert stars.attrs["catalog"] == "c"
    assert stars.attrs["seed"] == 7


def test_catalogs_have_streams_of_their_own(tmp_path):
    one = run_step(tmp_path / "a", catalog="one")
    two = run_step(tmp_path / "b", catalog="two")
    names = [set(read_table(paths["stars"])["star_id"]) for paths in (one, two)]
    assert not names[0] & names[1]
