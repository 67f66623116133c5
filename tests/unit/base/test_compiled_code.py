"""Compiled code: made once by jobs that start together, mended where it is damaged."""

import os
import pickle
import shutil
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


UNLOCKED = """
import os, sys
import filelock
from chemtag.base.compiled import compiled

tried = []
def refuse(self, **words):
    tried.append(self)
    raise filelock.Timeout("elsewhere") if sys.argv[1] == "waited" else NotImplementedError

if sys.argv[1] in ("waited", "no locks"):
    filelock.FileLock.acquire = refuse

@compiled()
def thrice(x):
    return 3 * x

@compiled()
def wrong(x):
    return x.no_such_attribute

if sys.argv[1] == "failed":
    import numba
    for _ in range(2):
        try:
            wrong(1)
        except numba.TypingError:
            tried.append(1)
if sys.argv[1] == "forked":
    tried.append(thrice(2.0))
    if os.fork() == 0:
        assert thrice(14) == 42
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.wait()[1]) == 7
said = thrice(14)
assert tried
print(said)
"""


@pytest.mark.parametrize("why", ["waited", "no locks", "failed", "forked"])
def test_what_goes_wrong_with_locks_costs_time_only(why, tmp_path):
    (tmp_path / "program.py").write_text(UNLOCKED)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow" / "scripts")}
    environment["NUMBA_CACHE_DIR"] = str(tmp_path / "cache")
    words = [sys.executable, str(tmp_path / "program.py"), why]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == "42\n", done.stderr


CALLER = """
from chemtag.base import imports
from pathlib import Path
imports.SCRIPTS = Path(__file__).resolve().parents[1]
from chemtag.base.compiled import compiled
from chemtag.callee import add

@compiled()
def added(x):
    return add(x)
"""


def test_code_is_compiled_anew_where_a_function_that_it_calls_has_changed(tmp_path):
    """A file of the library is stamped with all that it imports."""
    library = tmp_path / "chemtag"
    shutil.copytree(ROOT / "workflow" / "scripts" / "chemtag" / "base", library / "base")
    (library / "__init__.py").write_text("")
    (library / "caller.py").write_text(CALLER)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    environment["NUMBA_CACHE_DIR"] = str(tmp_path / "cache")
    words = [sys.executable, "-c", "from chemtag.caller import added; print(added(40))"]
    said = []
    for term in (1, 1, 2):
        code = "from chemtag.base.compiled import compiled\n@compiled()\ndef add(x): return x + "
        if term == 2 or not said:
            (library / "callee.py").write_text(f"{code}{term}\n")
        said.append(subprocess.run(words, env=environment, capture_output=True, text=True).stdout)
    assert said == ["41\n", "41\n", "42\n"]


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
