"""Copies of the checkout to run in, and the environment of the executors of clusters."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("Snakefile", "workflow", "config", "envs", "profiles", "resources", "pyproject.toml")


def copied(folder: Path, parts: tuple[str, ...] = PARTS) -> Path:
    """Copy parts of the checkout, as a clone has them, into a folder; return the folder.

    Compiled code is shared with the checkout: it names the time and the size of its source, which
    a copy keeps, so that what is edited in the copy is compiled anew. Else each copy would compile
    the core of HDBSCAN for itself, 20 s of CPU and more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts:
        source = ROOT / part
        if source.is_dir():
            skip = shutil.ignore_patterns("downloads", "__pycache__")
            shutil.copytree(source, folder / part, ignore=skip)
        else:
            shutil.copy(source, folder / part)
    for module in (folder / "workflow" / "scripts").rglob("*.py"):
        own = module.with_name("__pycache__")
        shared = ROOT / own.relative_to(folder)
        if not own.is_symlink():
            shared.mkdir(exist_ok=True)
            own.symlink_to(shared)
    return folder


def cluster_snakemake() -> Path:
    """Return the Snakemake of `.venv-cluster`, made of the steps and the executors of clusters.

    Its modules are compiled when they are imported, which few ever are: all take 35 s of CPU.
    """
    environment = ROOT / ".venv-cluster"
    variables = {"UV_PROJECT_ENVIRONMENT": str(environment)}
    words = "--quiet --no-compile-bytecode --no-default-groups --group steps --group cluster"
    subprocess.run(
        ["uv", "sync", *words.split()], cwd=ROOT, env=os.environ | variables, check=True,
        timeout=600,
    )  # fmt: skip
    return environment / "bin" / "snakemake"
