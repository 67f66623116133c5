"""Format, lint and types of the whole tree."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["snakefmt", "--check", "."],
        ["mypy"],
        ["snakemake", "--lint"],
    ],
    ids=lambda c: " ".join(c[:2]),
)
def test_the_tree_is_clean(command):
    run = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_nothing_committed_belongs_to_a_machine():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert not any(file.name == "uv.lock" for file in files)
    home = str(Path.home())
    large = [f.name for f in files if f.exists() and f.stat().st_size > 1_000_000]
    assert large == []
    for file in files:
        if not file.exists():
            continue
        text = file.read_text(encoding="utf-8", errors="ignore")
        assert f"{ROOT}/" not in text, file
        assert len(home) < 3 or f"{home}/" not in text, file
