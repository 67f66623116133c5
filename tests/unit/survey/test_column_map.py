"""Catalog blocks of the config and the column maps of surveys."""

from pathlib import Path

import pytest
import yaml

from chemtag.base.configuration import checked, checked_config
from chemtag.base.problems import InputProblem

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
MAPS = sorted((ROOT / "resources" / "surveys").glob("*.yaml"))
MINE = {
    "kind": "table",
    "path": "my.fits",
    "ratio": "x_fe",
    "columns": {"star_id": "ID"},
    "elements": {"fe": {"value": "FE_H"}, "mg": {"value": "MG_FE"}},
}


def completed(**changes):
    block = {key: value for key, value in {**MINE, **changes}.items() if value is not None}
    config = {
        "catalogs": {"mine": block},
        "samples": {"all": {"catalog": "mine", "elements": ["fe", "mg"]}},
    }
    return checked_config(config, SCHEMA)["catalogs"]["mine"]


def on_map(path, **changes):
    return completed(survey=str(path), ratio=None, columns=None, elements=None, **changes)


@pytest.mark.parametrize("path", MAPS, ids=lambda p: p.stem)
def test_a_shipped_map_is_whole(path):
    document = yaml.safe_load(path.read_text())
    checked(document, SCHEMA.with_name("survey.schema.yaml"), str(path))
    assert document["citation"]
    block = on_map(path)
    assert block["columns"]["star_id"]
    assert {"fe", "mg"} <= set(block["elements"])
    assert all("error" in entry for entry in block["elements"].values())


def test_a_block_gets_its_defaults():
    block = completed()
    assert -9999.99 in block["missing_codes"]
    assert block["negative_errors"] == "refuse"
    assert block["flags"] == {}
    members = completed(members={"cluster": "LABEL"})["members"]
    assert members["field_values"] == ["", "field"]
    assert members["above"] == members["min"] == {}


def test_a_block_overrides_its_map_entry_by_entry(tmp_path):
    path = tmp_path / "map.yaml"
    entries = {key: MINE[key] for key in ("ratio", "columns", "elements")}
    entries["columns"] = {"star_id": "ID", "snr": "SNR", "teff": "TEFF"}
    path.write_text(yaml.safe_dump({**entries, "missing_codes": [-5], "citation": "A"}))
    block = completed(
        survey=str(path),
        ratio=None,
        columns={"snr": "SNREV", "teff": None},
        elements={"o": {"value": "O_FE"}, "mg": {"value": "MG_FE_2"}},
    )
    assert block["columns"] == {"star_id": "ID", "snr": "SNREV"}
    assert list(block["elements"]) == ["fe", "mg", "o"]
    assert block["elements"]["mg"] == {"value": "MG_FE_2"}
    assert block["missing_codes"] == [-5]
    assert block["citation"] == "A"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"elemnts": {}}, "config: unknown key 'elemnts' at catalogs/mine"),
        ({"elemnts": {}}, "did you mean 'elements'?"),
        ({"path": None}, "catalogs/mine: give either path or dataset"),
        ({"dataset": "x"}, "catalogs/mine: give either path or dataset"),
        ({"ratio": None}, "catalogs/mine: key 'ratio' is missing"),
        ({"ratio": "x_m"}, "ratio is 'x_m'"),
        ({"columns": None}, "key 'columns' is missing"),
        ({"columns": {"snr": "SNR"}}, "key 'star_id' is missing at columns"),
        ({"columns": {"star_id": 7}}, "columns/star_id is 7"),
        ({"columns": {"star_id": "ID", "sn": "SNR"}}, "unknown key 'sn' at"),
        ({"elements": {"Mg": {"value": "MG_FE"}}}, "'Mg' does not match"),
        ({"elements": {"mg": {"error": "MG_FE_ERR"}}}, "key 'value' is missing at"),
        ({"elements": {"fe": {"value": "FE_H"}}}, "names 'mg', which the column map of"),
        ({"ratio": "x_h"}, "ratio is x_h, that is [X/H], but elements/mg/value is 'MG_FE'"),
        ({"elements": {"mg": {"value": "mg_h"}}}, "'mg_h', which is named as [X/H]; set `ratio:"),
        ({"elements": {"mg": {"value": "[Mg/H]"}}}, "'[Mg/H]', which is named as [X/H]"),
        ({"elements": {"mg": {"value": "X_H[5]"}}}, "'X_H[5]', which is named as [X/H]"),
        ({"missing_codes": ["x"]}, "missing_codes/0 is 'x'"),
        ({"negative_errors": "zero"}, "negative_errors is 'zero'"),
        ({"survey": "absent.yaml"}, "survey is 'absent.yaml', which is no readable column map"),
        ({"members": {}}, "key 'cluster' is missing at catalogs/mine/members"),
        ({"members": {"cluster": "C", "path": "m.fits"}}, "columns to join by: none; give one of"),
        (
            {"members": {"cluster": "C", "star_id": "ID"}},
            "columns to join by: star_id; labels of the catalogue itself",
        ),
        (
            {"members": {"cluster": "C", "path": "m", "ra": "RA", "dec": "DEC"}},
            "members joins by ra, which the catalogue's own `columns` do not have",
        ),
        ({"members": {"cluster": "C", "path": "m", "ra": "RA"}}, "'dec' is a dependency of 'ra'"),
    ],
)
def test_a_mistaken_block_is_one_sentence(changes, sentence):
    with pytest.raises(InputProblem) as problem:
        completed(**changes)
    assert sentence in str(problem.value)
    assert "\n" not in str(problem.value)


def test_a_mistaken_map_names_its_file(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text("ratio: x_fe\ncolumns: {star_id: ID}\nelements: {mg: {valu: MG_FE}}\n")
    with pytest.raises(InputProblem) as problem:
        on_map(path)
    assert str(problem.value).startswith(f"{path}: ")
    assert "valu" in str(problem.value)
    path.write_text("just text")
    with pytest.raises(InputProblem, match="is not a column map"):
        on_map(path)
