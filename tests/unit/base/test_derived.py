"""What predicted labels may be used for: witnesses, dimensions, windows."""

import copy

import numpy as np
import pandas as pd
import pytest
import yaml

from chemtag.base.configuration import checked_config
from chemtag.base.derived import SOURCES, labels_in_windows, refuse_as_witness
from chemtag.base.predicted import (
    derived_from,
    error_of_interval,
    predicted_labels,
    refuse_as_dimension,
)
from chemtag.base.problems import InputProblem
from chemtag.base.tables import write_table


def catalogue(folder, error=0.03, **meta):
    """A table of predicted labels of four stars, the last out of domain."""
    table = pd.DataFrame({"star_id": list("abcd"), "value": [0.0, 0.1, 0.2, 9.0]})
    table["low"], table["high"], table["error"] = table["value"] - 1, table["value"] + 1, error
    table["in_domain"], table["outside"] = [True] * 3 + [False], ["", "", "", "far"]
    path = folder / "iron.catalogue.parquet"
    whole = {"derived_from": ["spectra"], "predictor": {"unit": "dex"}, **meta}
    write_table(table, path, "catalogue_predictions", whole)
    return path


@pytest.mark.parametrize("sources", [["spectra"], ["other measurements"], list(SOURCES[1:])])
def test_what_does_not_derive_from_abundances_may_vet(sources):
    refuse_as_witness(sources, "age", "config: vet")


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        (["abundances"], "'age' derives from abundances, so it is no independent witness"),
        (["spectra", "abundances"], "'age' derives from abundances"),
        (None, "nothing says what 'age' derives from; declare derived_from"),
        ([], "nothing says what"),
        (["chemistry"], "derived_from of 'age' names 'chemistry', expected some of abundances"),
    ],
)
def test_what_may_not_vet_is_one_sentence(sources, sentence):
    with pytest.raises(InputProblem, match=f"config: vet: .*{sentence}"):
        refuse_as_witness(sources, "age", "config: vet")


def test_a_dimension_is_at_most_as_coarse_as_a_twentieth_of_a_dex():
    refuse_as_dimension(np.array([0.04, 0.05, 0.5, np.nan]), "MH", "t.fits")
    with pytest.raises(InputProblem, match=r"median error of 0\.060 dex, expected at most 0\.05"):
        refuse_as_dimension(np.array([0.05, 0.06, 0.5, np.nan]), "MH", "t.fits")
    with pytest.raises(InputProblem, match="without errors"):
        refuse_as_dimension(np.array([np.nan]), "MH", "t.fits")
    with pytest.raises(InputProblem, match="in Gyr, expected dex"):
        refuse_as_dimension(np.array([0.01]), "age", "t.fits", "Gyr")


@pytest.mark.parametrize(("level", "sigma"), [(0.682689, 1), (0.954500, 2), (0.997300, 3)])
def test_the_error_of_an_interval_is_that_of_a_gaussian(level, sigma):
    low, high = np.array([-0.2, 1.0]), np.array([0.2, 1.6])
    found = error_of_interval(low, high, level)
    np.testing.assert_allclose(found, np.array([0.2, 0.3]) / sigma, rtol=1e-5)


def test_predicted_labels_are_missing_out_of_domain(tmp_path):
    found = predicted_labels(catalogue(tmp_path))
    np.testing.assert_array_equal(found.value, [0.0, 0.1, 0.2, np.nan])
    np.testing.assert_array_equal(found.error, [0.03, 0.03, 0.03, np.nan])
    assert (found.derived_from, found.unit) == (("spectra",), "dex")


def test_tables_say_what_they_derive_from_or_nothing(tmp_path):
    path = catalogue(tmp_path)
    assert derived_from(path) == ("spectra",)
    own = tmp_path / "own.parquet"
    pd.read_parquet(path).to_parquet(own)
    assert derived_from(own) is None
    text = tmp_path / "own.csv"
    text.write_text("a,b\n1,2\n")
    assert derived_from(text) is None
    with pytest.raises(InputProblem, match="is no catalogue of predicted labels"):
        predicted_labels(own)


CONFIG = {
    "catalogs": {"mine": {"kind": "simulate", "recipe": "r.yaml"}},
    "samples": {"all": {"catalog": "mine", "elements": ["fe", "mg"]}},
    "predict": {
        "iron": {
            "table": "<results>/survey/mine.stars.parquet",
            "target": "fe_h",
            "features": {"columns": ["mg_fe"]},
            "covers": {"labels": "all", "stars": "all", "not": "none"},
            "apply": {"catalogue": "<results>/survey/mine.stars.parquet"},
        }
    },
}


def checked(root, windows, members=None, **iron):
    config = copy.deepcopy(CONFIG)
    config["predict"]["iron"] |= iron
    config["samples"]["all"]["cuts"] = {"windows": windows, "members": {"windows": members or {}}}
    whole = checked_config(config, root / "workflow/schemas/config.schema.yaml")
    return labels_in_windows(whole["samples"]["all"]["cuts"])


def test_windows_name_labels_of_the_run(root):
    assert checked(root, {"snr": {"min": 1}}) == []
    assert checked(root, {"predicted_iron_err": {"max": 1}}) == ["iron"]
    assert checked(root, {}, {"predicted_iron": {"max": 1}}) == ["iron"]


@pytest.mark.parametrize(
    ("windows", "iron", "sentence"),
    [
        ({"predicted_age": {"max": 1}}, {}, "there is no task 'age' under predict; there are iron"),
        (
            {"predicted_iron": {"max": 1}},
            {"apply": {"catalogue": "other.parquet"}},
            "is 'other.parquet', expected '<results>/survey/mine.stars.parquet'",
        ),
    ],
)
def test_windows_on_labels_that_the_run_does_not_have(root, windows, iron, sentence):
    with pytest.raises(InputProblem, match=f"config: samples/all/cuts/windows/.*{sentence}"):
        checked(root, windows, **iron)


def test_the_schema_of_predict_and_the_guards_know_the_same_sources(root):
    schema = (root / "workflow/schemas/config.schema.yaml").read_text()
    task = yaml.safe_load(schema)["$defs"]["label_transfer"]["properties"]
    assert tuple(task["derived_from"]["items"]["enum"]) == SOURCES
