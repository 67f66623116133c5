"""What every profile promises, and the words of the status scripts, without a cluster."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
import yte

ROOT = Path(__file__).resolve().parents[2]
PROFILES = {p.parent.name: yaml.safe_load(p.read_text()) for p in ROOT.glob("profiles/*/*.yaml")}
CLUSTERS = sorted(set(PROFILES) - {"default"})
RULES = {
    name
    for path in (ROOT / "workflow" / "rules").glob("*.smk")
    for name in re.findall(r"^rule (\w+):", path.read_text(), re.M)
}
NO_SUCH_JOB = "slurm_load_jobs error: Invalid job id specified"


def test_the_profile_that_loads_itself_suits_any_machine():
    taken = {"executor", "default-resources", "software-deployment-method", "retries", "groups"}
    assert taken.isdisjoint(PROFILES["default"])


@pytest.mark.parametrize(("terminal", "logger"), [(True, "rich"), (False, None)])
def test_progress_bars_are_for_terminals(terminal, logger, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    text = (ROOT / "profiles" / "default" / "profile.yaml").read_text()
    assert yte.process_yaml(text, require_use_yte=True).get("logger") == logger


def test_the_default_profile_travels_with_the_workflow():
    """Snakemake looks beside the Snakefile that it is given: the root's, or that of `workflow/`."""
    copies = [ROOT / folder / "profiles/default/profile.yaml" for folder in (".", "workflow")]
    assert copies[0].read_bytes() == copies[1].read_bytes()


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_cluster_profile_has_machines_only(name):
    profile = PROFILES[name]
    assert {"executor", "jobs", "retries", "latency-wait"} <= set(profile)
    assert {"config", "configfile", "configfiles", "set-threads"}.isdisjoint(profile)
    assert {"mem_mb", "runtime"} <= set(profile["default-resources"])
    assert "mem" not in profile["default-resources"], "the Slurm plugin loses expressions in mem"
    assert set(profile["groups"]) <= RULES
    short = {rule for rule in RULES if rule.startswith("tabulate_")}
    assert short <= set(profile["groups"]), "tables take seconds each"
    figures = (ROOT / "workflow" / "rules" / "paper_figures.smk").read_text()
    assert 'group:\n            "paper"' in figures, "figures too, and say so in their rule"
    assert set(profile["groups"].values()) == set(profile["group-components"])
    assert not any("array" in key for key in profile)


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_scripts_of_a_profile_can_be_run(name):
    text = " ".join(str(value) for value in PROFILES[name].values())
    for script in re.findall(r"profiles/[\w/-]+\.(?:sh|py)", text):
        assert os.access(ROOT / script, os.X_OK), script


def stub(folder: Path, name: str, says: str, code: int = 0) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{says}\nEND\nexit {code}\n")
    path.chmod(0o755)


def said(script: str, job: str, folder: Path) -> str:
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    command = [ROOT / "profiles" / script, job]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert run.returncode == 0
    return run.stdout.strip()


@pytest.mark.parametrize(
    ("squeue", "sacct", "word"),
    [
        (("RUNNING", 0), ("", 0), "running"),
        (("PENDING", 0), ("", 0), "running"),
        (("COMPLETING", 0), ("", 0), "running"),
        (("COMPLETED", 0), ("", 0), "success"),
        (("OUT_OF_MEMORY", 0), ("", 0), "failed"),
        (("NODE_FAIL", 0), ("", 0), "failed"),
        (("slurm_load_jobs error: Unable to contact slurm controller", 1), ("", 0), "running"),
        ((NO_SUCH_JOB, 1), ("COMPLETED", 0), "success"),
        ((NO_SUCH_JOB, 1), ("CANCELLED by 1000", 0), "failed"),
        ((NO_SUCH_JOB, 1), ("Slurm accounting storage is disabled", 1), "failed"),
        ((NO_SUCH_JOB, 1), ("sacct: error: connection refused", 1), "running"),
        ((NO_SUCH_JOB, 1), ("", 0), "failed"),
    ],
)
def test_slurm_states_become_one_word(squeue, sacct, word, tmp_path):
    stub(tmp_path, "squeue", *squeue)
    stub(tmp_path, "sacct", *sacct)
    assert said("slurm-generic/status.sh", "7", tmp_path) == word


@pytest.mark.parametrize(
    ("qstat", "code", "word"),
    [
        ("7.server  chemtag.tag  me  00:00:01 R batch", 0, "running"),
        ("7.server  chemtag.tag  me  00:00:01 E batch", 0, "running"),
        ("      7 0.55500 chemtag.ta me           r     11/22/2026", 0, "running"),
        ("      7 0.00000 chemtag.ta me           Eqw   11/22/2026", 0, "failed"),
        ("connection refused", 1, "running"),
        ("77.server  chemtag.tag  me  00:00:01 R batch", 0, "running"),
    ],
)
def test_states_of_pbs_and_grid_engine_become_one_word(qstat, code, word, tmp_path):
    record = tmp_path / "logs" / "cluster" / "job.7"
    record.parent.mkdir(parents=True)
    record.write_text(f"{tmp_path}/exit\n")
    stub(tmp_path, "qstat", qstat, code)
    assert said("pbs/status.sh", "7.server", tmp_path) == word
    (tmp_path / "exit").write_text("0\n")
    assert said("pbs/status.sh", "7.server", tmp_path) == "success"
    (tmp_path / "exit").write_text("1\n")
    assert said("pbs/status.sh", "7.server", tmp_path) == "failed"


def test_a_job_that_left_the_queue_without_a_word_has_failed_after_a_minute(tmp_path):
    record = tmp_path / "logs" / "cluster" / "job.7"
    record.parent.mkdir(parents=True)
    record.write_text(f"{tmp_path}/exit\n")
    stub(tmp_path, "qstat", "")
    assert said("pbs/status.sh", "7", tmp_path) == "running"
    gone = tmp_path / "logs" / "cluster" / "job.7.gone"
    os.utime(gone, (gone.stat().st_mtime - 130,) * 2)
    assert said("pbs/status.sh", "7", tmp_path) == "failed"


def submitted(folder: Path, squeue: str, **properties: object) -> tuple[str, str]:
    """What submit.py prints, and what it asked of sbatch."""
    stub(folder, "squeue", squeue)
    sbatch = folder / "sbatch"
    sbatch.write_text(f'#!/bin/sh\necho "$@" >{folder}/asked\necho 8\n')
    sbatch.chmod(0o755)
    (folder / "asked").write_text("")
    script = folder / "job.sh"
    script.write_text(f"#!/bin/sh\n# properties = {json.dumps(properties)}\ntrue\n")
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    command = [sys.executable, ROOT / "profiles" / "slurm-generic" / "submit.py", "--mem=1", script]
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout.strip(), (folder / "asked").read_text()


def test_a_job_in_the_queue_is_taken_up_and_others_are_submitted(tmp_path):
    job = {"rule": "tag", "output": ["a"], "input": ["b"], "params": {"k": 1}, "jobid": 3}
    number, asked = submitted(tmp_path, "", **job)
    assert number == "8"
    assert "--dependency=singleton" in asked
    assert "--mem=1" in asked
    number, nothing = submitted(tmp_path, "5", **job)
    assert (number, nothing) == ("5", "")


def test_the_name_of_a_job_is_what_it_does(tmp_path):
    def name(**changes: object) -> str:
        job = {"rule": "tag", "output": ["a"], "params": {"k": 1}, "jobid": 3, "threads": 1}
        _, asked = submitted(tmp_path, "", **(job | changes))
        return re.search(r"--job-name=(\S+)", asked).group(1)

    assert name() == name(jobid=4, threads=8)
    assert len({name(), name(params={"k": 2}), name(output=["b"]), name(rule="space")}) == 4
    assert name(output=None) != name(output=None), "nothing is known of it, so it is taken up never"
