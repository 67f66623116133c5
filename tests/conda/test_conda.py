"""The shipped workflow with `--sdm conda`, every stage in an environment built from its YAML file.

The channel holds the installed distributions and the host has nothing but Snakemake, so a stage
whose YAML file lacks a package, or asks for a version that is not the installed one, fails here.
"""

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from local_channel import build

from checkout import copied

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "tests" / "data" / "one_sample.yaml"
# Every stage, with the figure that needs least: figures are drawn by one script.
TARGETS = [
    f"results/one_sample/{path}"
    for path in (
        "check/idealised.raw.json",
        "embed/idealised.raw.umap.parquet",
        "limits/idealised.raw.ceiling.ecsv",
        "paper/figures/funnel_idealised.pdf",
        "report/checklist/idealised.html",
    )
]
# What the worker of Snakemake itself imports beside the script.
SNAKEMAKE_ALONE = {"snakemake", "psutil", "yaml"}
SNAKEMAKE_ALONE |= {"requests", "certifi", "charset_normalizer", "idna", "urllib3"}
pytestmark = [pytest.mark.conda, pytest.mark.xdist_group("conda")]


class Site(NamedTuple):
    """A machine with a `conda` on its path and Snakemake in an environment of its own."""

    host: Path
    environment: dict[str, str]
    work: Path

    def snakemake(self, *arguments: str, witness: Path) -> subprocess.CompletedProcess[str]:
        witness.mkdir()
        return subprocess.run(
            [self.host / "bin" / "python", "-m", "snakemake", *arguments, "--sdm", "conda"],
            cwd=self.work,
            env=self.environment | {"WITNESS_FOLDER": str(witness)},
            capture_output=True,
            text=True,
            timeout=1800,
        )


def stand_in(folder: Path) -> Path:
    """Write `conda` and `activate` into folder/bin."""
    binaries = folder / "bin"
    binaries.mkdir(parents=True)
    conda = binaries / "conda"
    program = Path(__file__).with_name("conda_stand_in.py")
    conda.write_text(
        f'#!/bin/sh\nSTAND_IN_ROOT="{folder}" exec "{sys.executable}" -I "{program}" "$@"\n'
    )
    conda.chmod(0o755)
    (binaries / "activate").write_text(f'eval "$("{conda}" shell.posix activate "$1")"\n')
    return binaries


def packages(env: Path) -> list[str]:
    return [entry.split()[0] for entry in yaml.safe_load(env.read_text())["dependencies"]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("the local conda channel is for Linux on x86-64")
    folder = tmp_path_factory.mktemp("conda")
    wanted = sorted({name for env in (ROOT / "envs").glob("*.yaml") for name in packages(env)})
    build(folder / "channels" / "conda-forge", [*wanted, "snakemake"])
    inherited = ("CONDA", "VIRTUAL_ENV", "PYTHON", "SNAKEMAKE", "UV_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(inherited)}
    environment["CONDA_CHANNEL_ALIAS"] = (folder / "channels").as_uri() + "/"
    environment["PATH"] = f"{stand_in(folder / 'conda')}:{environment['PATH']}"
    host = folder / "host"
    request = folder / "host.yaml"
    pins = f"[python ={platform.python_version()}, snakemake =9.27]"
    request.write_text(f"channels: [conda-forge]\ndependencies: {pins}\n")
    subprocess.run(
        ["conda", "env", "create", "--file", request, "--prefix", host],
        env=environment,
        check=True,
        timeout=300,
    )
    return Site(host, environment, copied(folder / "work"))


class Run(NamedTuple):
    """A run: its jobs by rule, and what the witness of each process wrote."""

    rules: set[str]
    records: list[dict]
    stage_of: dict[str, str]


def witnessed(site: Site, witness: Path, *targets: str) -> Run:
    """Run the workflow up to the targets, or all of it, in the environments of its stages."""
    words = (*targets, "--cores", "2", "--configfile", str(CONFIG))
    run = site.snakemake(*words, witness=witness)
    assert run.returncode == 0, run.stderr[-6000:]
    stage_of = {
        script: path.stem.removesuffix("_figures")
        for path in (site.work / "workflow" / "rules").glob("*.smk")
        for script in re.findall(r'"\.\./scripts/(\w+)\.py"', path.read_text())
    }
    # All figures run one script.
    finished = {
        "plot" if rule.startswith("plot_") else rule
        for rule in re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)", run.stderr, re.M)
    }
    records = [json.loads(path.read_text()) for path in witness.glob("*.json")]
    steps = [record for record in records if rule_of(record) in stage_of]
    return Run(finished & set(stage_of), steps, stage_of)


@pytest.fixture(scope="module")
def every_stage(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return witnessed(site, tmp_path_factory.mktemp("witness") / "run", *TARGETS)


def rule_of(record: dict) -> str:
    """Name of the rule: Snakemake runs tmpXXXX.<rule>.py."""
    return Path(record["script"]).stem.rpartition(".")[2]


def test_the_host_has_snakemake_and_nothing_of_the_science(site):
    query = "from importlib.metadata import distributions as d; print(*(x.name for x in d()))"
    run = subprocess.run(
        [site.host / "bin" / "python", "-c", query], capture_output=True, text=True, check=True
    )
    host = {name.lower() for name in run.stdout.split()}
    assert "snakemake" in host
    assert host.isdisjoint({"numpy", "pandas", "pyarrow", "astropy", "hdbscan", "umap-learn"})


def in_its_environment(site: Site, run: Run) -> bool:
    """Whether each script of a run had the environment of its stage, and nothing from outside."""
    conda = site.work / ".snakemake" / "conda"
    assert {rule_of(record) for record in run.records} == run.rules
    for record in run.records:
        prefix, stage = Path(record["prefix"]), run.stage_of[rule_of(record)]
        assert prefix.parent == conda.resolve(), rule_of(record)
        asked = (site.work / "envs" / f"{stage}.yaml").read_text()
        assert (conda / f"{prefix.name}.yaml").read_text() == asked, rule_of(record)
        foreign = {
            name
            for name in record["outside"]
            if name not in SNAKEMAKE_ALONE and not name.startswith("snakemake_interface")
        }
        assert foreign == set(), rule_of(record)
    return True


def test_each_stage_runs_in_its_environment(site, every_stage):
    assert in_its_environment(site, every_stage)
    assert {every_stage.stage_of[rule] for rule in every_stage.rules} == {
        "survey", "select", "space", "tag", "embed", "score", "limits", "paper", "check", "report",
    }  # fmt: skip


@pytest.mark.slow
def test_each_script_of_a_whole_run_runs_in_the_environment_of_its_stage(site, tmp_path):
    run = witnessed(site, tmp_path / "witness")
    assert in_its_environment(site, run)
    assert {"write_report", "typeset_manuscript", "write_provenance"} <= run.rules


def test_an_environment_without_a_package_its_script_needs_fails(site, every_stage, tmp_path):
    # pandas writes parquet through pyarrow, and no import statement of the script says so
    env = site.work / "envs" / "tag.yaml"
    text = env.read_text()
    assert "hdbscan" in text
    env.write_text("".join(line for line in text.splitlines(True) if "pyarrow" not in line))
    try:
        target = "results/one_sample/tag/idealised.raw.groups.parquet"
        once = ("--cores", "1", "--force", "--configfile", str(CONFIG))
        run = site.snakemake(target, *once, witness=tmp_path / "witness")
    finally:
        env.write_text(text)
    assert run.returncode != 0
    assert "pyarrow" in run.stdout + run.stderr


def test_a_pin_that_is_not_installed_cannot_be_solved(site, tmp_path):
    request = tmp_path / "future.yaml"
    request.write_text("channels: [conda-forge]\ndependencies: [numpy =99.9]\n")
    run = subprocess.run(
        ["conda", "env", "create", "--file", request, "--prefix", tmp_path / "env"],
        env=site.environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode != 0
    assert "numpy" in run.stderr


def test_the_check_of_a_channel_fails_where_the_channel_cannot_be_reached(site, tmp_path):
    tool = [sys.executable, ROOT / "tools" / "solve_environments.py"]
    reached = subprocess.run(tool, env=site.environment, capture_output=True, text=True)
    assert reached.returncode == 0, reached.stdout
    assert reached.stdout.count("ok ") == len(list((ROOT / "envs").glob("*.yaml")))
    nowhere = site.environment | {"CONDA_CHANNEL_ALIAS": (tmp_path / "none").as_uri() + "/"}
    missed = subprocess.run(tool, env=nowhere, capture_output=True, text=True)
    assert missed.returncode == 1
    assert "ok " not in missed.stdout
