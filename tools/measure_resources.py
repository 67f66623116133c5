"""Turn the benchmark files of finished runs into a table: what each rule took, for how many stars.

    uv run python tools/measure_resources.py shipped [RUN ...]
    uv run python tools/measure_resources.py --compare stars_1000 stars_50000 stars_300000

One row a rule and number of stars, the dearest job of each; with --compare one row a rule and one
column a run. `asks` is what the rule requests; a request below the measured memory (the largest of
the runs compared), or above ten times of it, is marked.
"""

import argparse
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


class Request(NamedTuple):
    """What a rule asks for: cores, MB of memory and minutes."""

    stage: str
    cores: int
    memory: int
    minutes: int


def requests() -> dict[str, Request]:
    """Stage and request of each rule."""
    found = {}
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for text in re.split(r"^rule ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            asked = [
                re.search(pattern, text)
                for pattern in (r"threads: (\d+)", r"mem_mb=\D*(\d+)", r"runtime=\D*(\d+)")
            ]
            if all(asked):
                found[text.split(":")[0]] = Request(path.stem, *(int(a[1]) for a in asked if a))
    return found


def stars_of(run: str, name: str) -> int | None:
    """Rows of the star table of a sample or catalogue; None where the job is of the whole run."""
    for pattern in TABLES:
        path = ROOT / "results" / run / pattern.format(name=name)
        if path.exists():
            return parquet.read_metadata(path).num_rows
    return None


def jobs_of(run: str, asked: dict[str, Request]) -> Iterator[Job]:
    """The measured jobs of a run."""
    folder = ROOT / "benchmarks" / run
    for path in sorted(folder.rglob("*.jsonl")):
        rule, _, name = path.relative_to(folder).with_suffix("").as_posix().partition("/")
        if rule in asked:
            record = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])
            stars = stars_of(run, name.split(".")[0].split("/")[-1]) if name else None
            numbers = (record[key] or 0.0 for key in ("s", "cpu_time", "max_rss"))
            yield Job(asked[rule].stage, rule, stars, *numbers)


def mark(memory: float, request: Request) -> str:
    """Say where a request does not suit what was measured."""
    if memory > request.memory:
        return " too little"
    return " too much" if 0 < memory * 10 < request.memory else ""


def print_dearest(jobs: list[Job], asked: dict[str, Request]) -> None:
    """Print a row for each rule and number of stars."""
    dearest: dict[tuple, Job] = {}
    for job in jobs:
        key = (job.stage, job.rule, job.stars)
        if key not in dearest or job.memory > dearest[key].memory:
            dearest[key] = job
    print("| stage | rule | stars | wall s | processor s | memory MB | asks MB |")
    print("|---|---|---|---|---|---|---|")
    order = list(asked)
    for job in sorted(dearest.values(), key=lambda j: (order.index(j.rule), j.stars or 0)):
        request = asked[job.rule]
        stars = f"{job.stars:,}" if job.stars else ""
        print(
            f"| {job.stage} | `{job.rule}` | {stars} | {job.seconds:.0f} | {job.processor:.0f} "
            f"| {job.memory:.0f} | {request.memory}{mark(job.memory, request)} |"
        )


def print_compared(runs: dict[str, list[Job]], asked: dict[str, Request]) -> None:
    """Print a row for each rule: processor seconds and MB of its dearest job in each run."""
    print(
        f"| stage | rule | cores | {' | '.join(f'{run}: s, MB' for run in runs)} | asks min, MB |"
    )
    print("|---|---|---|" + "---|" * (len(runs) + 1))
    for rule, request in asked.items():
        cells, most = [], 0.0
        for jobs in runs.values():
            own = [job for job in jobs if job.rule == rule]
            seconds = max((job.processor for job in own), default=0.0)
            memory = max((job.memory for job in own), default=0.0)
            cells.append(f"{seconds:.0f}, {memory:.0f}" if own else "")
            most = max(most, memory)
        if any(cells):
            asks = f"{request.minutes}, {request.memory}{mark(most, request)}"
            print(
                f"| {request.stage} | `{rule}` | {request.cores} | {' | '.join(cells)} | {asks} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", default=["shipped"])
    parser.add_argument("--compare", action="store_true", help="one column a run")
    options = parser.parse_args()
    asked = requests()
    runs = {run: list(jobs_of(run, asked)) for run in options.runs}
    if not any(runs.values()):
        sys.exit(f"No benchmark files under benchmarks/ for {', '.join(runs)}; run them first.")
    if options.compare:
        print_compared(runs, asked)
    else:
        print_dearest([job for jobs in runs.values() for job in jobs], asked)


if __name__ == "__main__":
    main()
