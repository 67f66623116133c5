"""The PBS profile on the qsub, qstat and qdel that Slurm ships as wrappers; no PBS is at hand."""

import shutil
import subprocess
from pathlib import Path

import pytest

FIXTURE = Path(__file__).with_name("fixture")
pytestmark = [pytest.mark.slurm, pytest.mark.slow, pytest.mark.xdist_group("slurm")]


@pytest.fixture
def wrappers(slurm) -> None:
    """The commands of PBS and Torque in front of Slurm."""
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "slurm-wlm-torque"]
    done = subprocess.run(install, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no wrappers of PBS commands: {done.stderr.strip()[-200:]}")


def test_a_job_that_is_deleted_is_submitted_again(
    wrappers, cluster_snakemake, quick_profiles, tmp_path
):
    shutil.copy(FIXTURE / "Snakefile", tmp_path)
    shutil.copytree(quick_profiles, tmp_path / "profiles")
    command = [FIXTURE / "end_a_job.sh", cluster_snakemake, "profiles/pbs"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout[-6000:]
    for rule, events in {"short": ["start", "end"], "long": ["start", "start", "end"]}.items():
        lines = (tmp_path / "runs" / f"{rule}.txt").read_text().splitlines()
        assert [line.split()[0] for line in lines] == events
