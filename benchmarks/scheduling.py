"""Measure what Snakemake itself costs for 10, 1,000 and 10,000 jobs.

    uv run python benchmarks/scheduling.py [--jobs 10 1000 10000] [--cluster SNAKEMAKE]

DAG: a dry run of the shipped workflow with as many samples as give that many jobs. Scheduler (with
--cluster, the `snakemake` of an environment with cluster-generic): as many jobs of one rule through
a cluster that does everything at once, so that only Snakemake's own work is left. Processor seconds
beside wall seconds tell a busy machine from a slow program.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
DRY_RUN = ["--dry-run", "--cores", "1", "--nolock", "--quiet", "rules", "--configfile"]
MANY = """
rule all:
    input:
        expand("out/{{i}}", i=range({jobs})),


rule step:
    output:
        "out/{{i}}",
    shell:
        "true"
"""


def config_of(samples: int) -> dict:
    """A config with `samples` samples of one simulated catalogue."""
    catalog = {"kind": "simulate", "recipe": "resources/recipes/highres.yaml"}
    sample = {
        "catalog": "highres",
        "stars": "members",
        "elements": ["fe", "mg"],
        "spaces": ["raw"],
        "grid": {"min_cluster_size": [2], "min_samples": [1]},
    }
    return {
        "run": "scheduling",
        "catalogs": {"highres": catalog},
        "samples": {f"s{number}": sample for number in range(samples)},
    }


def timed(command: list, folder: Path) -> tuple[float, float, float, str]:
    """Return wall seconds, processor seconds, peak MB and what the command said."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        run = subprocess.Popen(
            [str(c) for c in command], cwd=folder, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(run.pid, 0)  # of this process, not of all so far
        wall = time.perf_counter() - start
        said.seek(0)
        text = said.read()
    if status != 0:
        sys.exit(text[-4000:])
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text


def dry_run(samples: int, folder: Path) -> tuple[int, float, float, float]:
    """Return jobs, wall seconds, processor seconds and peak MB of a dry run of so many samples."""
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config_of(samples)))
    *costs, said = timed([SNAKEMAKE, *DRY_RUN, path], ROOT)
    total = re.search(r"^total +(\d+)", said, re.M)
    assert total, said
    return int(total.group(1)), *costs


def measure_dag(jobs: int, folder: Path) -> None:
    """Print the cost of a dry run of the shipped workflow with about `jobs` jobs."""
    one, two = (dry_run(samples, folder)[0] for samples in (1, 2))
    samples = max(1, 1 + round((jobs - one) / (two - one)))
    found, wall, processor, memory = dry_run(samples, folder)
    size = f"{samples} samples, {found} jobs"
    print(f"| DAG | {size} | {wall:.1f} | {processor:.1f} | {memory:.0f} |", flush=True)


def measure_scheduler(jobs: int, snakemake: Path, folder: Path) -> None:
    """Print the cost of `jobs` jobs through a cluster that does everything at once."""
    (folder / "out").mkdir()
    (folder / "Snakefile").write_text(MANY.format(jobs=jobs))
    command = [snakemake, "--executor", "cluster-generic", "--jobs", "100", "--quiet", "rules"]
    command += ["--cluster-generic-submit-cmd", "touch {output} && echo {jobid} #"]
    command += ["--cluster-generic-status-cmd", "echo success #"]
    command += ["--max-status-checks-per-second", "1000", "--max-jobs-per-timespan", "1000/1s"]
    command += ["--seconds-between-status-checks", "1", "--workflow-profile", "none"]
    wall, processor, memory, _ = timed(command, folder)
    assert sum(1 for _ in (folder / "out").iterdir()) == jobs
    print(f"| scheduler | {jobs} jobs | {wall:.1f} | {processor:.1f} | {memory:.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", nargs="+", type=int, default=[10, 1_000, 10_000])
    parser.add_argument("--cluster", type=Path, metavar="SNAKEMAKE")
    options = parser.parse_args()
    print("| what | size | wall s | processor s | MB |\n|---|---|---|---|---|")
    for jobs in options.jobs:
        with tempfile.TemporaryDirectory() as folder:
            measure_dag(jobs, Path(folder))
        if options.cluster:
            with tempfile.TemporaryDirectory() as folder:
                measure_scheduler(jobs, options.cluster.absolute(), Path(folder))


if __name__ == "__main__":
    main()
