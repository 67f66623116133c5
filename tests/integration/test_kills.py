"""A run killed at random moments, and started again as README.md prints, gives the same bytes.

`CHEMTAG_KILLS` is the number of kills (20), `CHEMTAG_KILLED` the config (tests/data/tiny.yaml).
"""

import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def printed_remedy() -> list[str]:
    """Arguments of Snakemake that README.md prints for a folder that is still locked."""
    (command,) = re.findall(r"^ {4}uv run snakemake (.*--unlock.*)$", README, re.M)
    return shlex.split(command, comments=True)


README = (ROOT / "README.md").read_text(encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """Each file of the results by its path; the provenance apart."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "provenance.json"
    }


def differing(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    """Paths that only one of two results has, or whose bytes differ."""
    paths = found.keys() | expected.keys()
    return sorted(path for path in paths if found.get(path) != expected.get(path))


def timeless(path: Path) -> dict:
    """The provenance without times and memory."""
    record = json.loads(path.read_text(encoding="utf-8"))
    for entry in (record["cost"]["total"], *record["cost"]["rules"].values()):
        for name in ("wall_s", "cpu_s", "longest_s", "peak_mb"):
            entry.pop(name, None)
    return record


@pytest.mark.slow
def test_a_run_killed_again_and_again_gives_the_same_bytes(new_checkout):
    config = ROOT / os.environ.get("CHEMTAG_KILLED", "tests/data/tiny.yaml")
    name = yaml.safe_load(config.read_text())["run"]
    words = ["--cores", "2", "--configfile", config]
    clean, killed = new_checkout("clean"), new_checkout("killed")
    start = time.monotonic()
    clean.snakemake(*words)
    took = time.monotonic() - start
    expected = contents(clean.folder / "results" / name)
    moments = random.Random(20211027)
    done = 0
    while done < int(os.environ.get("CHEMTAG_KILLS", "20")):
        process = subprocess.Popen(
            killed.command(*words),
            cwd=killed.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            assert process.wait(moments.uniform(0.02, 0.3) * took) == 0
            assert differing(contents(killed.folder / "results" / name), expected) == []
            shutil.rmtree(killed.folder / "results" / name)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            done += 1
            killed.snakemake(*printed_remedy())
            print(f"kill {done} after {time.monotonic() - start:.0f} s", flush=True)
    killed.snakemake(*words)
    print(f"{done} kills, a clean run takes {took:.0f} s")
    assert differing(contents(killed.folder / "results" / name), expected) == []
    records = [
        timeless(one.folder / "results" / name / "provenance.json") for one in (killed, clean)
    ]
    assert records[0] == records[1]
