"""The Grid Engine profile on a real Grid Engine of one node."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import checkout

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "tests" / "slurm" / "fixture"
LOOPBACK = Path(__file__).with_name("loopback.sh")
pytestmark = [pytest.mark.gridengine, pytest.mark.slow]


@pytest.fixture
def cluster_snakemake() -> Path:
    """Snakemake in an environment of its own with the executors of clusters."""
    if sys.platform != "linux" or not Path("/etc/debian_version").exists() or os.geteuid() != 0:
        pytest.skip("the test Grid Engine needs Debian's packages and root")
    ready = subprocess.run([LOOPBACK, "run", "true"], capture_output=True, text=True)
    if ready.returncode != 0:
        pytest.skip(f"Grid Engine cannot be set up here: {ready.stderr.strip()[-300:]}")
    return checkout.cluster_snakemake()


def test_a_job_that_is_deleted_is_submitted_again(cluster_snakemake, tmp_path):
    shutil.copy(FIXTURE / "Snakefile", tmp_path)
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    path = tmp_path / "profiles" / "sge" / "profile.yaml"
    quick = {"latency-wait": 5, "seconds-between-status-checks": 2}
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | quick, width=1000))
    command = [LOOPBACK, "run", FIXTURE / "end_a_job.sh", cluster_snakemake, "profiles/sge"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    for rule, events in {"short": ["start", "end"], "long": ["start", "start", "end"]}.items():
        lines = (tmp_path / "runs" / f"{rule}.txt").read_text().splitlines()
        assert [line.split()[0] for line in lines] == events
