"""How a run was made: code, config, data, versions, machine, and what each rule cost."""

import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from chemtag.base.text import without_credentials, without_folder
from chemtag.fetch.datasets import named_datasets, record_path
from chemtag.fetch.integrity import digest_of

# Folders of the checkout whose files decide what a run gives.
CODE_FOLDERS = ("workflow", "resources/recipes", "resources/published", "envs")


def git_state(folder: Path) -> dict[str, Any]:
    """Return commit, branch-free, its day (UTC), and whether tracked files differ from it.

    Outside of a git checkout, or without git, all are None and `note` says why.
    A checkout that merely lies inside another repository counts as none.
    """
    unknown: dict[str, Any] = {"commit": None, "date": None, "dirty": None}

    def ask(*words: str) -> str:
        answer = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True
        )
        return answer.stdout.strip()

    try:
        if Path(ask("rev-parse", "--show-toplevel")).resolve() != folder.resolve():
            return {**unknown, "note": "the workflow lies in the repository of something else"}
        seconds = int(ask("show", "-s", "--format=%ct", "HEAD"))
        day = datetime.fromtimestamp(seconds, UTC).date().isoformat()
        state = {"commit": ask("rev-parse", "HEAD"), "date": day}
        return {**state, "dirty": bool(ask("status", "--porcelain", "--untracked-files=no"))}
    except FileNotFoundError:
        return {**unknown, "note": "git is not installed where this was written"}
    except subprocess.CalledProcessError:
        return {**unknown, "note": "not a git checkout, or one without a commit"}


def code_digest(root: Path) -> str:
    """Return the SHA-256 of names and contents of the files of the workflow.

    It tells two versions of the code apart where there is no git.
    """
    whole = hashlib.sha256()
    for folder in CODE_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                name = path.relative_to(root).as_posix()
                whole.update(f"{name}\0{digest_of(path, 'sha256')}\n".encode())
    return whole.hexdigest()


def without_private_paths(value: Any, root: Path) -> Any:
    """Return plain JSON values with absolute paths relative to `root`, or cut to the file name.

    Paths of a user's machine name the user and are of no use elsewhere; addresses lose user,
    password and keys. Keys are treated like values.
    """
    if isinstance(value, Mapping):
        return {
            str(without_private_paths(key, root)): without_private_paths(entry, root)
            for key, entry in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [without_private_paths(entry, root) for entry in value]
    if isinstance(value, str):
        return without_folder(without_credentials(value), root)
    return value


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in nested plain values."""
    if isinstance(value, Mapping):
        for entry in value.values():
            yield from texts_in(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from texts_in(entry)
    elif isinstance(value, str):
        yield value


def data_of(config: Mapping[str, Any], root: Path) -> dict[str, dict[str, Any]]:
    """Return digest and size of each file the config names, and the records of its datasets.

    A dataset's record was written when it was fetched and verified, and is not computed anew.
    """
    files = {}
    for text in sorted(set(texts_in(config))):
        path = file_called(text, root)
        if path is not None:
            name = str(without_private_paths(text, root))
            files[name] = {"sha256": digest_of(path, "sha256"), "bytes": path.stat().st_size}
    records = {}
    for name in named_datasets(config):
        record = root / record_path(name)
        if record.is_file():
            content = json.loads(record.read_text(encoding="utf-8"))
            records[name] = without_private_paths(content, root)
    return {"files": files, "datasets": records}


def file_called(text: str, root: Path) -> Path | None:
    """Return the file that a text names, or None: most texts of a config are no paths."""
    try:
        path = root / Path(text).expanduser()
        return path if path.is_file() else None
    # No home for `~`, a text longer than names of files may be, or with characters they have not.
    except (RuntimeError, OSError, ValueError):
        return None


def package_versions() -> dict[str, str]:
    """Return the version of every package of the environment this runs in, by name."""
    found = {
        re.sub(r"[-_.]+", "-", entry.metadata["Name"]).lower(): entry.version
        for entry in distributions()
        if entry.metadata["Name"]
    }
    return dict(sorted(found.items()))


def environment_of() -> dict[str, Any]:
    """Return Python, packages and platform; neither host nor user."""
    conda = ".snakemake/conda" in Path(sys.prefix).as_posix()
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "deployment": "a conda environment a stage" if conda else "one environment for all rules",
        "packages": package_versions(),
        "platform": {
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
            "cores": os.cpu_count(),
        },
    }


def cost_of_rules(
    benchmarks: Iterable[Path], patterns: Sequence[tuple[str, str]], folder: Path
) -> dict[str, dict[str, Any]]:
    """Return jobs, wall time (s), CPU time (s) and peak memory (MB) of each rule.

    `patterns` are names of rules and regular expressions of their benchmark files, relative to
    `folder`; other files are of an earlier config and do not count. A file of several repeats
    counts with its last line.
    """
    found: dict[str, dict[str, Any]] = {}
    compiled = [(rule, re.compile(pattern)) for rule, pattern in patterns]
    for path in sorted(benchmarks):
        name = path.relative_to(folder).as_posix()
        rule = next((rule for rule, pattern in compiled if pattern.fullmatch(name)), None)
        lines = path.read_text(encoding="utf-8").splitlines()
        if rule is None or not lines:
            continue
        measured = json.loads(lines[-1])
        entry = found.setdefault(
            rule, {"jobs": 0, "wall_s": 0.0, "longest_s": 0.0, "cpu_s": 0.0, "peak_mb": None}
        )
        entry["jobs"] += 1
        entry["wall_s"] += number_of(measured.get("s"))
        entry["longest_s"] = max(entry["longest_s"], number_of(measured.get("s")))
        entry["cpu_s"] += number_of(measured.get("cpu_time"))
        peak = measured.get("max_rss")
        if isinstance(peak, (int, float)):
            entry["peak_mb"] = max(entry["peak_mb"] or 0.0, float(peak))
    return {rule: {k: rounded(v) for k, v in found[rule].items()} for rule in sorted(found)}


def number_of(value: Any) -> float:
    """Return a number of a benchmark file; jobs too short to be measured have none and count 0."""
    return float(value) if isinstance(value, (int, float)) else 0.0


def rounded(value: Any) -> Any:
    """Return a float to two decimals, anything else as it is."""
    return round(value, 2) if isinstance(value, float) else value


def total_cost(rules: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sum over all rules, and the largest peak of memory."""
    peaks = [entry["peak_mb"] for entry in rules.values() if entry["peak_mb"] is not None]
    return {
        "jobs": sum(entry["jobs"] for entry in rules.values()),
        "wall_s": round(sum(entry["wall_s"] for entry in rules.values()), 2),
        "cpu_s": round(sum(entry["cpu_s"] for entry in rules.values()), 2),
        "peak_mb": max(peaks, default=None),
    }


def provenance_of(
    config: Mapping[str, Any],
    checkout: Path,
    folder: Path,
    benchmarks: Path,
    patterns: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    """Return the whole record of a run as plain JSON values.

    `checkout` holds the workflow; `folder` is where the run was started, usually the same;
    `benchmarks` is the folder of the run's benchmark files.
    """
    rules = cost_of_rules((folder / benchmarks).rglob("*.jsonl"), patterns, folder)
    code = code_digest(checkout)
    return {
        "run": config["run"],
        "code": {**git_state(checkout), "sha256": code, "folders": list(CODE_FOLDERS)},
        "config": without_private_paths(config, folder),
        "seed": {
            "seed": config["seed"],
            "streams": "numpy.random.SeedSequence of the seed and the SHA-256 of the job's name "
            "(chemtag.base.seeds); no result depends on the order or number of jobs",
        },
        "data": data_of(config, folder),
        "environment": environment_of(),
        "cost": {
            "note": "wall and CPU time are sums over the jobs of a rule, by the benchmark files of "
            "Snakemake; jobs run side by side, so a run takes less than the sum. Peaks are "
            "resident memory; jobs of a fraction of a second have none.",
            "total": total_cost(rules),
            "rules": rules,
        },
    }


def readme_of(
    template: str, record: Mapping[str, Any], stages: Iterable[str], words: Mapping[str, str]
) -> str:
    """Return the README of the results folder from its template and the record of the run.

    `words` say what the folder of a stage holds.
    """
    code = record["code"]
    commit = f"commit `{code['commit']}`" if code["commit"] else f"SHA-256 `{code['sha256']}`"
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    return environment.from_string(template, {}).render(
        run=record["run"],
        code=commit + (" with changes that were not committed" if code["dirty"] else ""),
        folders=[(stage, words.get(stage, "see docs/design.md")) for stage in stages],
    )
