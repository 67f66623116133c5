"""Compiled code: made once by jobs that start together, mended where it is damaged."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

MODULE = """
from chemtag.base.compiled import compiled

@compiled()
def twice(x):
    return 2 * x

@compiled(fastmath=True)
def thrice(x):
    return twice(x) + x
"""
PROGRAM = """
import logging, sys
logging.basicConfig(format="%(message)s")
sys.path.insert(0, sys.argv[1])
from small import thrice, twice
print(flush=True)
sys.stdin.readline()
stats = thrice(14), sum(thrice.stats.cache_hits.values()), sum(thrice.stats.cache_misses.values())
print(*stats)
"""


def started(folder: Path) -> subprocess.Popen:
    """The program in a Python of its own, with its compiled code in `folder`; it waits."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow" / "scripts")}
    environment["NUMBA_CACHE_DIR"] = str(folder / "cache")
    words = [sys.executable, "-c", PROGRAM, str(folder)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen(words, env=environment, text=True, **pipes)
    process.stdout.readline()
    return process


def ran(folder: Path) -> tuple[str, str]:
    """What one such process prints, and its messages."""
    return started(folder).communicate("go\n")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> Path:
    """A folder with a module and its compiled code, whole before and after each test."""
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "small.py").write_text(MODULE)
    assert ran(folder)[0] == "42 0 1\n"
    return folder


def test_jobs_that_start_together_compile_a_function_once(tmp_path):
    (tmp_path / "small.py").write_text(MODULE)
    together = [started(tmp_path) for _ in range(4)]
    for process in together:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = sorted(process.communicate()[0] for process in together)
    assert said == ["42 0 1\n", "42 1 0\n", "42 1 0\n", "42 1 0\n"]


def test_a_folder_that_cannot_be_locked_costs_time_only(tmp_path, monkeypatch):
    from filelock import FileLock, Timeout

    def refuse(self, **words):
        raise Timeout("elsewhere")

    from chemtag.base.compiled import compiled

    monkeypatch.setattr(FileLock, "acquire", refuse)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert compiled()(lambda x: 3 * x)(14) == 42


@pytest.mark.parametrize(
    ("suffix", "damage"),
    [(".nbi", "empty"), (".nbi", "nonsense"), (".nbc", "cut"), (".nbc", "other")],
)
def test_damaged_compiled_code_is_made_anew(compiled, suffix, damage):
    (path,) = (compiled / "cache").rglob(f"*thrice*{suffix}")
    whole = path.read_bytes()
    damaged = {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "nonsense": b"nonsense",
        "other": pickle.dumps(5) + b"x",
    }
    path.write_bytes(damaged[damage])
    said, messages = ran(compiled)
    assert said == "42 0 1\n", messages
    assert "it is made anew" in messages
    assert ran(compiled)[0] == "42 1 0\n", "and kept again"
