"""A user's table through the script of the rule `read_catalog`."""

import copy
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table

from chemtag.base.configuration import checked_config
from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from read_catalog import read_catalog  # noqa: E402

CONFIG = {
    "catalogs": {
        "mine": {
            "kind": "table",
            "path": "my.csv",
            "ratio": "x_fe",
            "columns": {"star_id": "ID", "ra": "RA", "dec": "DEC", "snr": "SNR"},
            "elements": {"fe": {"value": "FE_H"}, "mg": {"value": "MG_FE", "error": "E_MG"}},
            "members": {"cluster": "CLUSTER", "probability": "P", "min": {"Q": 1}},
        }
    },
    "samples": {"all": {"catalog": "mine", "elements": ["fe", "mg"]}},
}


@pytest.fixture
def catalogue(tmp_path):
    rng = np.random.default_rng(2)
    table = Table(
        {
            "ID": [f"s{i:02d}" for i in range(20)],
            "RA": np.linspace(1, 2, 20),
            "DEC": np.zeros(20),
            "SNR": np.full(20, 100.0),
            "FE_H": rng.normal(0, 0.1, 20).round(3),
            "MG_FE": rng.normal(0, 0.1, 20).round(3),
            "E_MG": np.full(20, 0.01),
            "CLUSTER": ["M 67"] * 4 + ["NGC_188"] * 4 + ["field"] * 12,
            "P": np.linspace(0.5, 0.9, 20),
            "Q": [1, 1, 1, 0] * 5,
        }
    )
    path = tmp_path / "my.csv"
    table.write(path, format="ascii.csv")
    return path


def run(tmp_path, catalogue, members_table=None, members=None):
    config = copy.deepcopy(CONFIG)
    config["catalogs"]["mine"]["path"] = str(catalogue)
    if members is not None:
        config["catalogs"]["mine"]["members"] = members
    block = checked_config(config, ROOT / "workflow/schemas/config.schema.yaml")["catalogs"]["mine"]
    outputs = {"stars": tmp_path / "out.stars.parquet", "members": tmp_path / "out.members.ecsv"}
    aliases = ROOT / "resources/clusters/aliases.yaml"
    read_catalog(catalogue, members_table, aliases, "mine", block, **outputs)
    stars = read_table(outputs["stars"], "stars")
    return stars, read_table(outputs["members"], "members")


def test_labels_in_the_table_become_members(tmp_path, catalogue):
    stars, members = run(tmp_path, catalogue)
    assert len(stars) == 20
    assert stars.attrs == {
        "catalog": "mine",
        "citation": "",
        "contract": "stars",
        "elements": ["fe", "mg"],
        "ratio": "x_fe",
        "solar_scale": "",
    }
    assert members["star_id"].tolist() == ["s00", "s01", "s02", "s04", "s05", "s06"]
    assert set(members["cluster"]) == {"NGC 2682", "NGC 188"}
    assert members["source"].tolist() == ["my.csv"] * 6  # without its folders


@pytest.mark.parametrize("way", ["identifier", "position"])
def test_a_table_of_members_is_joined(tmp_path, catalogue, way):
    own = pd.DataFrame({"CL": ["King 5", "King_5", "King 5"], "STAR": ["s03", "s05", "t99"]})
    own["R"], own["D"] = [1 + 3 / 19, 1 + 5 / 19, 300.0], [1e-5, -1e-5, 0.0]
    path = tmp_path / "members.parquet"
    own.to_parquet(path)
    join = {"star_id": "STAR"} if way == "identifier" else {"ra": "R", "dec": "D", "radius": 0.5}
    _, members = run(tmp_path, catalogue, path, {"cluster": "CL", "path": str(path), **join})
    assert members["star_id"].tolist() == ["s03", "s05"]
    assert members["cluster"].tolist() == ["King 5", "King 5"]
    assert members["probability"].isna().all()


def test_a_table_without_labels_gives_an_empty_list_of_members(tmp_path, catalogue):
    config = copy.deepcopy(CONFIG)
    del config["catalogs"]["mine"]["members"]
    block = checked_config(config, ROOT / "workflow/schemas/config.schema.yaml")["catalogs"]["mine"]
    out = tmp_path / "out.members.ecsv"
    aliases = ROOT / "resources/clusters/aliases.yaml"
    read_catalog(catalogue, None, aliases, "mine", block, tmp_path / "s.parquet", out)
    assert len(read_table(out, "members")) == 0


def test_rows_in_any_order_give_the_same_files(tmp_path, catalogue):
    run(tmp_path, catalogue)
    expected = [
        (tmp_path / f"out.{name}").read_bytes() for name in ("stars.parquet", "members.ecsv")
    ]
    header, *rows = catalogue.read_text().splitlines()
    catalogue.write_text("\n".join([header, *rows[::-1]]) + "\n")
    run(tmp_path, catalogue)
    found = [(tmp_path / f"out.{name}").read_bytes() for name in ("stars.parquet", "members.ecsv")]
    assert found == expected


def test_members_that_match_no_star_are_one_sentence(tmp_path, catalogue):
    path = tmp_path / "members.csv"
    path.write_text("CL,STAR\nKing 5,x1\n")
    with pytest.raises(InputProblem, match="none of 1 members matches a star of the catalogue"):
        run(tmp_path, catalogue, path, {"cluster": "CL", "path": str(path), "star_id": "STAR"})
