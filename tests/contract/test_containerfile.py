"""The Containerfile against the checkout; no image is built."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINES = [
    line.split(maxsplit=1)
    for line in (ROOT / "Containerfile").read_text().splitlines()
    if line and not line.startswith("#")
]


def arguments(instruction: str) -> list[str]:
    return [rest for word, rest in LINES if word == instruction]


def test_it_holds_known_instructions_and_starts_from_the_python_of_the_checkout():
    assert LINES[0][0] == "FROM"
    assert {word for word, _ in LINES} <= {"FROM", "RUN", "WORKDIR", "COPY", "ENTRYPOINT", "CMD"}
    version = (ROOT / ".python-version").read_text().strip()
    assert re.search(rf"/python:{re.escape(version)}-", arguments("FROM")[0])


def test_it_copies_what_a_run_needs():
    copied = {name for rest in arguments("COPY") for name in rest.split()[:-1]}
    for name in copied:
        assert (ROOT / name).exists(), name
    assert {"Snakefile", "workflow", "config", "envs", "profiles", "resources"} <= copied


def test_it_installs_pinned_tools_and_the_groups_of_the_project():
    installed = " ".join(arguments("RUN"))
    assert re.search(r"uv==\d+\.\d+\.\d+", installed)
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert set(re.findall(r"--group (\w+)", installed)) <= set(groups)


def test_it_runs_snakemake():
    assert json.loads(arguments("ENTRYPOINT")[0])[-1] == "snakemake"
    assert json.loads(arguments("CMD")[0])[0] == "--cores"
