"""Time the algorithms of the comparison over growing numbers of stars."""

import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.compare.inputs import Task, stars_of, tasks_of, true_sizes
from chemtag.compare.processes import Outcome, run_in_process
from chemtag.compare.scaling import scaling_rows
from chemtag.limits.sample import labelled_sample
from chemtag.tag.protocol import Space

logger = logging.getLogger("chemtag.time_algorithms")


def time_algorithms(
    space: Path,
    errors: Path,
    abundances: Path,
    truth: Path,
    timings: Path,
    scaling: Path,
    sample: str,
    alone: bool,
    names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    caps: Mapping[str, int],
    headline: Mapping[str, Any],
    ladder: Sequence[int],
    repeats: int,
    time_limit: float,
    error_conversion: str,
    width: Mapping[str, Any],
    seed: int,
) -> None:
    """Write each run of each algorithm on random stars of the sample, and the fitted exponents.

    Whoever is told the number of clusters is told that of the whole sample at every size. After a
    size that took longer than `time_limit` seconds the larger ones are skipped.
    """
    table = read_table(space, "space")
    known = labelled_sample(table, read_table(truth, "truth"), str(truth))
    stars = stars_of(
        table, read_table(errors, "space_errors"), read_table(abundances, "abundances"),
        error_conversion, width,
    )  # fmt: skip
    sizes = true_sizes(known.truth.clusters)
    steps = sorted(n for n in ladder if n <= len(stars))
    if not steps:
        raise InputProblem(
            f"config: compare/scaling/ladder begins with {min(ladder)} stars but the sample "
            f"{sample} has {len(stars)}; begin with fewer or choose a larger sample."
        )
    rng = generator_for(seed, "time_algorithms", sample)
    order = rng.permutation(len(stars))
    parts = {n: stars.take(np.sort(order[:n])) for n in steps}
    tasks = tasks_of(names, settings, caps, headline, sizes, seed, sample, alone)
    rows = []
    for task in tqdm(tasks, "algorithms", file=sys.stderr, delay=10):
        rows += climb(task, parts, repeats, time_limit)
    runs = pd.DataFrame(rows)
    meta = {"sample": sample, "dimensions": stars.coordinates.shape[1], "n_clusters": len(sizes)}
    write_table(runs, timings, "timings", meta)
    write_table(scaling_rows(runs), scaling, "scaling", meta)


def climb(
    task: Task, parts: Mapping[int, Space], repeats: int, time_limit: float
) -> list[dict[str, object]]:
    """Rows of the contract `timings` of one algorithm, from few to many stars."""
    rows = []
    slow = ""
    for n, stars in parts.items():
        outcome = (
            Outcome("skipped", slow) if slow else run_in_process(task, stars, time_limit, repeats)
        )
        if outcome.status == "stopped":
            slow = f"{n} stars were not done in {time_limit:g} s"
        logger.info("%s: %d stars: %s %s", task.algorithm.name, n, outcome.status, outcome.reason)
        for repeat, seconds in enumerate(outcome.seconds or [np.nan]):
            rows.append(
                {
                    "algorithm": task.algorithm.name,
                    "n_stars": n,
                    "run": repeat,
                    "status": outcome.status,
                    "reason": outcome.reason,
                    "seconds": seconds,
                    "memory_mb": outcome.memory_mb,
                }
            )
    return rows


if __name__ == "__main__":
    run(time_algorithms, snakemake)
