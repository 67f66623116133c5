"""Turn the benchmark files of finished runs into a table: what each rule took, for how many stars.

    uv run python tools/measure_resources.py shipped [RUN ...]

One row a rule and number of stars, the dearest job of each. `asks` is what the rule requests; a
request below the measured memory, or above ten times of it, is marked.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as parquet

ROOT = Path(__file__).resolve().parents[1]
TABLES = ("select/{name}.abundances.parquet", "survey/{name}.stars.parquet")


class Job(NamedTuple):
    """One measured job: seconds of wall clock and of all processors, MB of memory."""

    stage: str
    rule: str
    stars: int | None
    seconds: float
    processor: float
    memory: float


def requests() -> dict[str, tuple[str, int]]:
    """Stage and requested MB of each rule."""
    found = {}
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for text in re.split(r"^rule ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            memory = re.search(r"mem_mb=\D*(\d+)", text)
            if memory:
                found[text.split(":")[0]] = (path.stem, int(memory.group(1)))
    return found


def stars_of(run: str, name: str) -> int | None:
    """Rows of the star table of a sample or catalogue; None where the job is of the whole run."""
    for pattern in TABLES:
        path = ROOT / "results" / run / pattern.format(name=name)
        if path.exists():
            return parquet.read_metadata(path).num_rows
    return None


def jobs_of(run: str, stages: dict[str, tuple[str, int]]) -> Iterator[Job]:
    """The measured jobs of a run."""
    folder = ROOT / "benchmarks" / run
    for path in sorted(folder.rglob("*.jsonl")):
        rule, _, name = path.relative_to(folder).with_suffix("").as_posix().partition("/")
        if rule in stages:
            record = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])
            stars = stars_of(run, name.split(".")[0].split("/")[-1]) if name else None
            numbers = (record[key] or 0.0 for key in ("s", "cpu_time", "max_rss"))
            yield Job(stages[rule][0], rule, stars, *numbers)


def main(runs: list[str]) -> None:
    asked = requests()
    dearest: dict[tuple, Job] = {}
    for run in runs:
        for job in jobs_of(run, asked):
            key = (job.stage, job.rule, job.stars)
            if key not in dearest or job.memory > dearest[key].memory:
                dearest[key] = job
    if not dearest:
        sys.exit(f"No benchmark files under benchmarks/ for {', '.join(runs)}; run them first.")
    print("| stage | rule | stars | wall s | processor s | memory MB | asks MB |")
    print("|---|---|---|---|---|---|---|")
    order = list(asked)
    for job in sorted(dearest.values(), key=lambda j: (order.index(j.rule), j.stars or 0)):
        request = asked[job.rule][1]
        mark = " too little" if job.memory > request else ""
        mark = " too much" if 0 < job.memory * 10 < request else mark
        stars = f"{job.stars:,}" if job.stars else ""
        print(
            f"| {job.stage} | `{job.rule}` | {stars} | {job.seconds:.0f} | {job.processor:.0f} "
            f"| {job.memory:.0f} | {request}{mark} |"
        )


if __name__ == "__main__":
    main(sys.argv[1:] or ["shipped"])
