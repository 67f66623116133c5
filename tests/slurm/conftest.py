"""A real Slurm on loopback, the environment with the executors, and profiles adapted to both."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from loopback_slurm import LOOPBACK, ROOT, loopback

import checkout


def _obstacle() -> str | None:
    if sys.platform != "linux" or not Path("/etc/debian_version").exists():
        return "the test Slurm is made of Debian packages"
    if os.geteuid() != 0:
        return "the test Slurm needs root to install packages and make host names"
    return None


@pytest.fixture(scope="session")
def slurm() -> Iterator[None]:
    """Eight nodes of eight cores; gone afterwards, whatever happens."""
    obstacle = _obstacle()
    if obstacle:
        pytest.skip(obstacle)
    claimed = {"NODES": "8", "CPUS": "8", "MEM": "12000"}
    os.environ |= {f"SLURM_LOOPBACK_{key}": value for key, value in claimed.items()}
    with Path("/tmp/slurm-loopback.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test Slurm on a machine
        setup = subprocess.run([LOOPBACK, "setup"], capture_output=True, text=True, timeout=300)
        try:
            if setup.returncode != 0:
                pytest.skip(f"Slurm cannot be set up here: {setup.stderr.strip()}")
            loopback("start")
            yield
        finally:
            loopback("clean")


@pytest.fixture(scope="session")
def cluster_snakemake() -> Path:
    """Snakemake in an environment of its own with the executors of clusters."""
    return checkout.cluster_snakemake()


@pytest.fixture(scope="session")
def quick_profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped profiles with the waiting times of a machine without a network."""
    folder = tmp_path_factory.mktemp("site") / "profiles"
    shutil.copytree(ROOT / "profiles", folder)
    quick = {
        "slurm": {"latency-wait": 5, "slurm-init-seconds-before-status-checks": 6},
        "slurm-generic": {"latency-wait": 5, "seconds-between-status-checks": 2},
        "pbs": {"latency-wait": 5, "seconds-between-status-checks": 2},
    }
    for name, changes in quick.items():
        path = folder / name / "profile.yaml"
        profile = yaml.safe_load(path.read_text())
        assert set(changes) <= set(profile)
        path.write_text(yaml.safe_dump(profile | changes, width=1000))
    return folder
