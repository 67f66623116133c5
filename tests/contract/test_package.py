"""The wheel holds what its code reads, and all descriptions of the software agree."""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from astropy.table import Table
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder with the content of the wheel, as an installer unpacks it."""
    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def ran(installed: Path, folder: Path, *arguments: str) -> str:
    """Output of Python that finds chemtag in the wheel alone."""
    environment = os.environ | {"PYTHONPATH": str(installed), "NUMBA_CACHE_DIR": str(folder / "n")}
    run = subprocess.run(
        [sys.executable, *arguments], cwd=folder, text=True, capture_output=True, env=environment
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_command_of_the_wheel_writes_and_checks_a_config(installed, tmp_path):
    stars = {"star": [f"S{i}" for i in range(9)], "mg_fe": [i / 90 for i in range(9)],
             "fe_h": [i * i / 99 for i in range(9)]}  # fmt: skip
    Table(stars).write(tmp_path / "my.csv")
    ran(installed, tmp_path, "-m", "chemtag", "new", "my.csv")
    said = ran(installed, tmp_path, "-m", "chemtag", "new", "--check", "my.yaml")
    assert "9 stars are tagged" in said
    where = ran(installed, tmp_path, "-c", "import chemtag; print(chemtag.__file__)")
    assert where.startswith(str(installed))


def test_descriptions_of_the_software_agree():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    meta = json.loads((ROOT / "codemeta.json").read_text())
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert citation["version"] == meta["version"] == PROJECT["version"]
    assert f"## {PROJECT['version']}" in changes
    assert meta["description"] == PROJECT["description"]
    assert citation["license"] == PROJECT["license"] == meta["license"].rsplit("/", 1)[-1]
    assert [one["name"] for one in meta["author"]] == [one["name"] for one in citation["authors"]]
