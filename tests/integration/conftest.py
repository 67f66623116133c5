"""A copy of the checkout to run in, and the command that runs it."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from archived_stars import archive, row, stars  # noqa: F401
from small_survey import survey  # noqa: F401

from checkout import copied
from chemtag.base.problems import InputProblem
from chemtag.new.check import explain
from warm_python import warm_python


class Checkout:
    """A copy of the checkout in a folder of its own, and the Python that runs it."""

    def __init__(self, folder: Path, python: Path | str = sys.executable) -> None:
        self.folder, self.python = copied(folder), python
        (folder / "resources" / "downloads").mkdir(exist_ok=True)

    def command(self, *arguments: str | Path) -> list[str]:
        """The command line of Snakemake with the arguments."""
        return [str(self.python), "-m", "snakemake", *map(str, arguments)]

    def snakemake(self, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess:
        """Run Snakemake here; its output is in `.stdout` (both streams)."""
        run = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "MPLBACKEND": "agg"},
            check=False,
        )
        if check:
            assert run.returncode == 0, run.stdout[-6000:]
        return run

    def tables(self, run: str) -> dict[str, str]:
        """Digest of each result of a run that must be reproducible, by its path."""
        base = self.folder / "results" / run
        kept = {".parquet", ".ecsv", ".json", ".tex", ".mrt", ".pdf", ".png"}
        return {
            str(path.relative_to(base)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(base.rglob("*"))
            if path.suffix in kept and "provenance" not in path.name
        }


@pytest.fixture(scope="session")
def new_checkout(tmp_path_factory):
    """Make copies of the checkout, with a Python as users have it."""
    return lambda name: Checkout(tmp_path_factory.mktemp(name) / "chemtag")


@pytest.fixture(scope="session")
def warm(tmp_path_factory):
    """A `python` that need not load what jobs load (tests/warm_python.py)."""
    with warm_python(tmp_path_factory.mktemp("warm")) as python:
        yield python


@pytest.fixture(scope="session")
def warm_checkout(tmp_path_factory, warm):
    """Make copies of the checkout that run by it."""
    return lambda name: Checkout(tmp_path_factory.mktemp(name) / "chemtag", warm)


@pytest.fixture
def refusal(tmp_path, monkeypatch):
    """The sentence that refuses a config or its tables, found in this process.

    By the functions that the Snakefile and the jobs of `survey` and `select` call; that a run
    prints such a sentence and ends is tried in test_own_table.py, for each of them once.
    """

    def refused(config: dict, tables: dict[str, pd.DataFrame]) -> str:
        for name, table in tables.items():
            table.to_csv(tmp_path / name, index=False)
        path = tmp_path / "my.yaml"
        path.write_text(yaml.safe_dump(config))
        monkeypatch.chdir(tmp_path)
        with pytest.raises(InputProblem) as problem:
            list(explain(path))
        said = str(problem.value)
        assert "\n" not in said
        return said

    return refused
