"""Score the groups of the tagger of known width at each of its levels."""

import logging
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.score import ScoreKey
from chemtag.score.evaluation import chance_of_sample, evaluate, null_of
from chemtag.score.rows import (
    clusters_rows,
    codes_of_groups,
    group_scores_rows,
    recovery_rows,
    scores_rows,
)
from chemtag.select.truth import truth_in

logger = logging.getLogger("chemtag.score_scan")


def score_scan(
    members: Path,
    truth: Path,
    scores: Path,
    clusters: Path,
    group_scores: Path,
    scan_recovery: Path,
    n_permutations: int,
    n_bootstrap: int,
    seed: int,
    sample: str,
) -> None:
    """Write scores, clusters, group_scores (level as `setting`) and scan_recovery.

    By the scorer, the permutations and the resamples of all settings of the sample, so that they
    are paired with HDBSCAN's. Intervals hold the groups as they are.
    """
    listed = read_table(truth, "truth")
    star_id = listed["star_id"].to_numpy(dtype=object)
    known = truth_in(listed, star_id, str(truth))
    table = read_table(members, "scan_members")
    levels = list(table.attrs["levels"])
    codes = codes_of_groups(
        table.rename(columns={"level": "setting"}), levels, star_id, str(members)
    )
    chance = chance_of_sample(known, n_permutations, n_bootstrap, seed, sample)
    each = [(level, evaluate(row, known, chance)) for level, row in zip(levels, codes, strict=True)]
    for level, one in each:
        logger.info(
            "%s: %d of %d clusters recovered at 40 %%, %d groups",
            level,
            int(one.values[ScoreKey("n_recovered_40")]),
            int(np.sum(known.eligible)),
            int(one.values[ScoreKey("n_groups")]),
        )
    meta = {
        "width": table.attrs["width"],
        "levels": levels,
        "min_members": listed.attrs["min_members"],
        "n_permutations": n_permutations,
        "n_bootstrap": n_bootstrap,
        "seed": seed,
        "n_stars": len(star_id),
    }
    rows = [scores_rows(level, one, partial(null_of, one)) for level, one in each]
    write_table(pd.concat(rows), scores, "scores", meta)
    rows = [clusters_rows(level, one, known) for level, one in each]
    write_table(pd.concat(rows), clusters, "clusters", meta)
    rows = [group_scores_rows(level, one, known) for level, one in each]
    write_table(pd.concat(rows), group_scores, "group_scores", meta)
    curves = [recovery_rows(level, level, one, known, one.match_draws) for level, one in each]
    found = pd.concat(curves).drop(columns="role").rename(columns={"setting": "level"})
    write_table(found, scan_recovery, "scan_recovery", meta)


if __name__ == "__main__":
    run(score_scan, snakemake)
