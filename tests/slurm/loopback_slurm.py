"""Places and commands that the tests on Slurm share."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = Path(__file__).with_name("loopback.sh")
PROFILES = ("slurm", "slurm-generic")


def loopback(*arguments: str) -> None:
    """Run a command of loopback.sh."""
    subprocess.run([LOOPBACK, *arguments], check=True, timeout=300)
