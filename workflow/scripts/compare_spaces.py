"""Tag the stars of a sample by motions, by abundances and by both, and score all of it alike."""

import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.compare.inputs import tasks_of, true_sizes
from chemtag.compare.leaderboard import leaderboard_rows
from chemtag.compare.processes import Outcome, run_in_process
from chemtag.compare.views import NULLS, VIEWS, left_out, null_rows, views_of
from chemtag.score.evaluation import chance_of_sample, evaluate
from chemtag.select.truth import truth_in

logger = logging.getLogger("chemtag.compare_spaces")


def compare_spaces(
    abundances: Path,
    truth: Path,
    two_spaces: Path,
    two_spaces_nulls: Path,
    sample: str,
    alone: bool,
    names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    caps: Mapping[str, int],
    headline: Mapping[str, Any],
    time_limit: float,
    shuffles: int,
    n_permutations: int,
    n_bootstrap: int,
    seed: int,
) -> None:
    """Write the scores of each algorithm in each space, and its groups where there is no cluster.

    All spaces are scored against the same permutations of the truth. An algorithm that is left out
    of a space has the reason in its rows.
    """
    table = read_table(abundances, "abundances")
    listed = read_table(truth, "truth")
    known = truth_in(listed, table["star_id"].to_numpy(dtype=object), str(truth))
    sizes = true_sizes(known.clusters)
    tasks = tasks_of(names, settings, caps, headline, sizes, seed, sample, alone)
    chance = chance_of_sample(known, n_permutations, n_bootstrap, seed, sample)
    boards, nulls = [], []
    for view, stars in views_of(table).items():
        able = [task for task in tasks if not left_out(task, view, stars.names)]
        for task in tqdm(tasks, view, file=sys.stderr, delay=10):
            reason = left_out(task, view, stars.names)
            outcome, scored = Outcome("skipped", reason), None
            if not reason:
                outcome = run_in_process(task, stars, time_limit)
            if outcome.labels is not None:
                scored = evaluate(outcome.labels, known, chance)
            else:
                logger.warning("%s: %s: %s", view, task.algorithm.name, outcome.reason)
            rows = leaderboard_rows(task, outcome, scored)
            boards.append(rows.assign(view=view, label=task.algorithm.label))
        streams = [generator_for(seed, "two_spaces", sample, str(draw)) for draw in range(shuffles)]
        empty = null_rows(able, stars, known.clusters, streams, time_limit)
        nulls.append(empty.assign(view=view))
        logger.info("%s: %d stars in %d dimensions", view, *stars.coordinates.shape)
    meta = {
        "sample": sample,
        "n_stars": len(table),
        "n_members": int(known.members.sum()),
        "n_clusters": len(sizes),
        "min_members": listed.attrs["min_members"],
        "seed": seed,
        "n_permutations": n_permutations,
        "views": VIEWS,
    }
    write_table(pd.concat(boards, ignore_index=True), two_spaces, "two_spaces", meta)
    empty_meta = meta | {"nulls": NULLS}
    write_table(
        pd.concat(nulls, ignore_index=True), two_spaces_nulls, "two_spaces_nulls", empty_meta
    )


if __name__ == "__main__":
    run(compare_spaces, snakemake)
