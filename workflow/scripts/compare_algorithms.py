"""Run the clustering algorithms of the comparison on a sample and score them alike."""

import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.compare.agreement import agreement_rows
from chemtag.compare.inputs import Task, stars_of, tasks_of, true_sizes
from chemtag.compare.leaderboard import (
    BOARDS,
    costs_row,
    groups_rows,
    leaderboard_rows,
    noise_rows,
    tasks_table,
    union_rows,
)
from chemtag.compare.processes import Outcome, run_in_process
from chemtag.limits.sample import Sample, labelled_sample
from chemtag.score import ScoreKey
from chemtag.score.evaluation import Evaluation, Truth, chance_of_sample, evaluate
from chemtag.score.rows import clusters_rows

logger = logging.getLogger("chemtag.compare_algorithms")


def compare_algorithms(
    space: Path,
    errors: Path,
    abundances: Path,
    truth: Path,
    tables: Mapping[str, Path],
    sample: str,
    alone: bool,
    names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    caps: Mapping[str, int],
    headline: Mapping[str, Any],
    time_limit: float,
    error_conversion: str,
    width: Mapping[str, Any],
    n_permutations: int,
    n_bootstrap: int,
    seed: int,
) -> None:
    """Write `tables`, by contract: algorithms, leaderboard, clusters, noise, what any of them
    recovers, agreement, groups and costs.

    Permutations and resamples are those of the scores of the sample, so that the algorithms are
    paired with each other and with the settings of the grid.
    """
    table = read_table(space, "space")
    listed = read_table(truth, "truth")
    known = labelled_sample(table, listed, str(truth))
    stars = stars_of(
        table, read_table(errors, "space_errors"), read_table(abundances, "abundances"),
        error_conversion, width,
    )  # fmt: skip
    sizes = true_sizes(known.truth.clusters)
    tasks = tasks_of(names, settings, caps, headline, sizes, seed, sample, alone)
    logger.info("%d stars, %d clusters, %d algorithms", len(stars), len(sizes), len(tasks))
    outcomes = {}
    for task in tqdm(tasks, "algorithms", file=sys.stderr, delay=10):
        outcomes[task.algorithm.name] = run_in_process(task, stars, time_limit)
        log_outcome(task, outcomes[task.algorithm.name])
    labels = {name: one.labels for name, one in outcomes.items() if one.labels is not None}
    scored = evaluations(labels, known.truth, n_permutations, n_bootstrap, seed, sample)
    meta = {"n_stars": len(stars), "n_clusters": len(sizes)}
    meta |= {
        "min_members": listed.attrs["min_members"],
        "seed": seed,
        "n_permutations": n_permutations,
        "boards": BOARDS,
    }
    for contract, rows in rows_of(tasks, outcomes, scored, known).items():
        write_table(rows, tables[contract], contract, meta)


def rows_of(
    tasks: Sequence[Task],
    outcomes: Mapping[str, Outcome],
    scored: Mapping[str, Evaluation],
    known: Sample,
) -> dict[str, pd.DataFrame]:
    """Rows of each contract that is written."""
    labels = {name: one.labels for name, one in outcomes.items() if one.labels is not None}
    found = [task for task in tasks if task.algorithm.name in labels]
    boards = {task.algorithm.name: task.algorithm.board for task in tasks}
    each = [(task, outcomes[task.algorithm.name]) for task in tasks]
    shape = known.coordinates.shape
    return {
        "algorithms": tasks_table(tasks),
        "leaderboard": pd.concat(
            leaderboard_rows(task, outcome, scored.get(task.algorithm.name))
            for task, outcome in each
        ),
        "clusters": pd.concat(clusters_rows(n, one, known.truth) for n, one in scored.items()),
        "algorithm_noise": pd.DataFrame(
            [noise_rows(task, labels[task.algorithm.name], known.truth) for task in found]
        ),
        "recovered_by_any": union_rows(scored, boards, known.truth),
        "algorithm_agreement": agreement_rows(labels),
        "algorithm_groups": pd.concat(
            groups_rows(task, labels[task.algorithm.name], known.star_id) for task in found
        ),
        "algorithm_costs": pd.DataFrame([costs_row(*one, *shape) for one in each]),
    }


def evaluations(
    labels: Mapping[str, Any],
    truth: Truth,
    n_permutations: int,
    n_bootstrap: int,
    seed: int,
    sample: str,
) -> dict[str, Evaluation]:
    """Evaluation of each algorithm against the same permutations and resamples."""
    chance = chance_of_sample(truth, n_permutations, n_bootstrap, seed, sample)
    result = {}
    for name, groups in tqdm(labels.items(), "scores", file=sys.stderr, delay=10):
        result[name] = evaluate(groups, truth, chance)
        values = result[name].values
        logger.info(
            "%s: %d clusters recovered at 40 %%, %d groups, %.0f %% noise",
            name,
            values[ScoreKey("n_recovered_40")],
            values[ScoreKey("n_groups")],
            100 * values[ScoreKey("noise_fraction")],
        )
    return result


def log_outcome(task: Task, outcome: Outcome) -> None:
    """Say in the log what came of an algorithm."""
    if outcome.status == "ok":
        logger.info(
            "%s: %.2f s, %.0f MB", task.algorithm.name, outcome.seconds[-1], outcome.memory_mb
        )
    else:
        logger.warning("%s: %s: %s", task.algorithm.name, outcome.status, outcome.reason)


if __name__ == "__main__":
    run(compare_algorithms, snakemake)
