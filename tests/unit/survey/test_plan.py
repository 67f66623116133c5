"""What a config says of its tables before any job runs."""

import copy
import subprocess
import sys
from pathlib import Path

import pytest

from chemtag.base.configuration import checked_config
from chemtag.base.problems import InputProblem
from chemtag.survey.abundances import element_of
from chemtag.survey.plan import _ABUNDANCE, check_tables

ROOT = Path(__file__).resolve().parents[3]
CONFIG = {
    "catalogs": {
        "mine": {
            "kind": "table",
            "path": "my.fits",
            "ratio": "x_fe",
            "columns": {"star_id": "ID", "teff": "TEFF"},
            "elements": {
                "fe": {"value": "FE_H", "error": "FE_H_ERR"},
                "mg": {"value": "MG_FE", "error": "MG_FE_ERR"},
                "si": {"value": "SI_FE"},
            },
        }
    },
    "samples": {"all": {"catalog": "mine", "elements": ["fe", "mg"]}},
}


def checked(elements=("fe", "mg"), spaces=("raw",), extra=None, **cuts):
    config = copy.deepcopy(CONFIG)
    sample = config["samples"]["all"]
    sample |= {"elements": list(elements), "spaces": list(spaces), "cuts": cuts}
    sample["headline"] = {"space": spaces[0]}
    config["catalogs"]["mine"]["elements"] |= extra or {}
    whole = checked_config(config, ROOT / "workflow/schemas/config.schema.yaml")
    check_tables(whole)


def test_a_config_without_fault_passes():
    checked()
    checked(["fe", "mg"], ["error_scaled"], windows={"teff": {"min": 4000}, "mg_h": {"min": -1}})
    checked(["fe", "si"], ["error_scaled"], errors={"floor": {"si": 0.03}})
    checked(["fe", "si"], ["error_scaled"], errors={"floor": 0.03})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"elements": ["fe", "si"], "spaces": ["error_scaled"]},
            "error_scaled divides by errors, but the column map .* names none of 'si'",
        ),
        ({"windows": {"snr": {"min": 50}}}, "cuts/windows/snr: the column map .* has no snr"),
        ({"windows": {"o_fe": {"min": 0}}}, "cuts/windows/o_fe: the column map .* has no o_fe"),
        ({"members": {"windows": {"extra_p": {"min": 1}}}}, "members/windows/extra_p"),
        ({"duplicates": "best_snr"}, "duplicates is best_snr, but .* has no snr"),
        ({"element_flags": [1]}, "element_flags needs a flag of 'fe'"),
        ({"trends": {"order": 1}}, "trends needs logg"),
        ({"extra": {"o": {"value": "MG_FE"}}}, "elements/mg/value and elements/o/value are both"),
        (
            {"extra": {"o": {"value": "O", "error": "MG_FE"}}},
            "elements/o/error are both the column",
        ),
    ],
)
def test_a_fault_of_the_config_is_one_sentence(options, words):
    with pytest.raises(InputProblem, match=words) as problem:
        checked(**options)
    assert str(problem.value).startswith("config: ")
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize("column", ["fe_h", "fe_fe", "mg_fe", "mg_h", "teff", "snr", "tiii_fe"])
def test_columns_of_abundances_are_those_of_the_library(column):
    match, pair = _ABUNDANCE.fullmatch(column), element_of(column)
    assert (match and match[1]) == (pair and pair[0])


def test_planning_imports_no_numpy():
    code = (
        "import sys, chemtag.survey.plan, chemtag.survey.content; assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT / "workflow" / "scripts")


@pytest.mark.parametrize("where", ["windows", "members"])
def test_a_window_that_no_number_lies_in_is_refused_before_the_first_job(where):
    windows = {"teff": {"min": 5000, "max": 4000}}
    cuts = {"windows": windows} if where == "windows" else {"members": {"windows": windows}}
    with pytest.raises(InputProblem, match="teff: min is 5000, above max, 4000, so that no star"):
        checked(**cuts)
    checked(windows={"teff": {"min": 5000, "max": 5000}})


@pytest.mark.parametrize(
    ("part", "entry", "sentence"),
    [
        ("elements", {"fe": {"value": "MG_H", "error": "FE_H_ERR"}}, "fe/value is 'MG_H'.*for mg"),
        ("elements", {"mg": {"value": "si_fe"}}, "mg/value is 'si_fe', which is named for si"),
        (
            "elements",
            {
                "mg": {"value": "MG_FE", "error": "e_[Si/Fe]"},
                "si": {"value": "SI_FE", "error": "e_[Mg/Fe]"},
            },
            "mg/error is .* for si",
        ),
        ("columns", {"ra": "l", "dec": "b"}, "'l' and 'b', which are named as galactic"),
        ("elements", {"mg": {"value": "SIFE"}}, "mg/value is 'SIFE', which is named for si"),
        ("columns", {"ra": "GLON", "dec": "GLAT"}, "expected ICRS"),
        ("columns", {"ra": "ecl_lon", "dec": "ecl_lat"}, "expected ICRS"),
        ("columns", {"ra": "_lII_deg", "dec": "_bII_deg"}, "expected ICRS"),
    ],
)
def test_columns_named_for_something_else_are_refused(part, entry, sentence):
    config = copy.deepcopy(CONFIG)
    config["catalogs"]["mine"][part] |= entry
    with pytest.raises(InputProblem, match=sentence):
        checked_config(config, ROOT / "workflow/schemas/config.schema.yaml")


@pytest.mark.parametrize(
    ("part", "entry"),
    [
        ("elements", {"mg": {"value": "X_FE[3]", "error": "mg_unc"}}),
        ("elements", {"mg": {"value": "MGFE", "error": "si_fe_err"}, "si": {"value": "SIFE"}}),
        ("columns", {"ra": "RAdeg", "dec": "b"}),
        ("columns", {"ra": "ra", "dec": "dec"}),
    ],
)
def test_columns_of_other_names_pass(part, entry):
    config = copy.deepcopy(CONFIG)
    config["catalogs"]["mine"][part] |= entry
    checked_config(config, ROOT / "workflow/schemas/config.schema.yaml")
