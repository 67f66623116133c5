"""Where a run may be, and what it survives: other folders, odd Pythons, damaged compiled code."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from chemtag.base.configuration import check_python, located
from chemtag.base.problems import InputProblem

ROOT = Path(__file__).resolve().parents[3]


def test_files_of_the_checkout_are_found_from_another_folder(tmp_path):
    recipe = "resources/recipes/highres.yaml"
    config = {
        "a": [recipe, "mine.csv", "resources/no/such", 5, None],
        "b": {recipe: "config/config.yaml"},
        "c": "resources/" + "x" * 300,
    }
    assert located(config, ROOT, ROOT) == config, "in the checkout nothing changes"
    found = located(config, ROOT, tmp_path)
    assert (tmp_path / found["a"][0]).resolve() == ROOT / recipe
    assert found["a"][1:] == config["a"][1:]
    assert list(found["b"]) == [recipe]
    assert found["c"] == config["c"]
    own = tmp_path / recipe
    own.parent.mkdir(parents=True)
    own.write_text("")
    assert located(recipe, ROOT, tmp_path) == recipe, "a file of one's own goes first"


@pytest.mark.parametrize("folder", ["a folder", "ann's", 'a"b', "a$b", "a&b", "a(b)", "a\tb"])
def test_a_python_that_the_shell_cannot_start_is_named(folder):
    with pytest.raises(InputProblem, match="which Snakemake cannot start") as problem:
        check_python(f"/home/{folder}/.venv/bin/python")
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    "path", ["/usr/bin/python3.12", "/home/é/env-1/bin/python", "/a@b/c+d/python"]
)
def test_other_pythons_are_taken(path):
    check_python(path)


PROGRAM = """
import logging, sys
logging.basicConfig(format="%(message)s")
from chemtag.base.compiled import mend_damaged_cache
mend_damaged_cache(); mend_damaged_cache()
sys.path.insert(0, sys.argv[1])
from small import twice
print(twice(21), sum(twice.stats.cache_hits.values()))
"""


def ran(folder: Path) -> subprocess.CompletedProcess:
    """The program in a Python of its own, its module and its compiled code in `folder`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow" / "scripts")}
    environment["NUMBA_CACHE_DIR"] = str(folder / "cache")
    words = [sys.executable, "-c", PROGRAM, str(folder)]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> Path:
    """A folder with a module and its compiled code, whole before and after each test."""
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "small.py").write_text(
        "from numba import njit\n@njit(cache=True)\ndef twice(x):\n    return 2 * x\n"
    )
    assert ran(folder).stdout == "42 0\n"
    return folder


@pytest.mark.parametrize(
    ("suffix", "damage"),
    [(".nbi", "empty"), (".nbi", "nonsense"), (".nbc", "cut"), (".nbc", "other")],
)
def test_damaged_compiled_code_is_made_anew(compiled, suffix, damage):
    (path,) = (compiled / "cache").rglob(f"*{suffix}")
    whole = path.read_bytes()
    damaged = {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "nonsense": b"nonsense",
        "other": pickle.dumps(5) + b"x",
    }
    path.write_bytes(damaged[damage])
    mended = ran(compiled)
    assert mended.stdout == "42 0\n", mended.stderr
    assert "it is made anew" in mended.stderr
    assert ran(compiled).stdout == "42 1\n", "and kept again"
