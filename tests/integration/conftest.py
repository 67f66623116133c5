"""A copy of the checkout to run in, and the command that runs it."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from archived_stars import archive, row, stars  # noqa: F401
from small_survey import survey  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["Snakefile", "workflow", "config", "envs", "profiles", "resources", "pyproject.toml"]


class Checkout:
    """A copy of the checkout in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(
                    source, folder / part, ignore=shutil.ignore_patterns("downloads", "__pycache__")
                )
            else:
                shutil.copy(source, folder / part)
        (folder / "resources" / "downloads").mkdir(exist_ok=True)

    def command(self, *arguments: str | Path) -> list[str]:
        """The command line of Snakemake with the arguments."""
        return [str(Path(sys.executable).parent / "snakemake"), *map(str, arguments)]

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
            # What a killed job had begun to write is hidden and nobody reads it.
            if path.suffix in kept and "provenance" not in path.name and path.name[0] != "."
        }


@pytest.fixture(scope="session")
def new_checkout(tmp_path_factory):
    """Make copies of the checkout."""
    return lambda name: Checkout(tmp_path_factory.mktemp(name) / "chemtag")


@pytest.fixture(scope="session")
def tiny(new_checkout) -> Checkout:
    """A finished run of the tiny config on two cores."""
    checkout = new_checkout("tiny")
    checkout.snakemake("--cores", "2", "--configfile", ROOT / "tests" / "data" / "tiny.yaml")
    return checkout
