"""Five tables as their makers write them become configs that need no edit, and runs by them.

The whole runs to the page are slow; last done 2026-11-29 (docs/performance.md).
"""

import re
import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chemtag.__main__ import main
from five_tables import ELEMENTS, N_CLUSTERS, N_MEMBERS, N_STARS, TABLES, written


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_understood_without_an_edit(name, tmp_path, monkeypatch, capsys):
    written(tmp_path, name)
    monkeypatch.chdir(tmp_path)
    assert main(["new", name]) == 0
    config = yaml.safe_load((tmp_path / f"{name.split('.')[0]}.yaml").read_text())
    block, sample = config["catalogs"]["mine"], config["samples"]["all"]
    assert block["ratio"] == ("x_h" if name == "vizier.csv" else "x_fe")
    assert set(block["elements"]) == set(ELEMENTS)
    assert all("error" in entry for entry in block["elements"].values())
    assert sorted(sample["elements"]) == sorted(set(ELEMENTS) - {"c"}), "carbon changes in giants"
    capsys.readouterr()
    assert main(["new", "--check", f"{name.split('.')[0]}.yaml"]) == 0
    said = capsys.readouterr().out
    missing = name in ("allstar.fits", "vizier.csv")  # one star without magnesium
    assert f"{N_STARS - missing} stars are tagged" in said
    if name == "allstar.fits":
        assert re.search(r"duplicates +5 +222 ", said), "the rows of low S/N"
        assert "truth: none" in said, "allStar names no clusters"
    else:
        members = N_CLUSTERS * N_MEMBERS
        assert f"{members} members of {N_CLUSTERS} clusters, {N_CLUSTERS} of them" in said


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_table_becomes_a_page(name, new_checkout, monkeypatch):
    checkout = new_checkout("five")
    run = name.split(".")[0]
    written(checkout.folder, name)
    monkeypatch.chdir(checkout.folder)
    assert main(["new", name]) == 0
    said = checkout.snakemake("--cores", "2", "--configfile", f"{run}.yaml").stdout
    assert (checkout.folder / "results" / run / "report" / "index.html").is_file()
    assert re.search(r"^page: file://.*/report/index\.html$", said, re.M)
