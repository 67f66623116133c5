"""Score the setting that the truth would choose among all spaces of a sample."""

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.settings import on_grid
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.score import ScoreKey
from chemtag.score.evaluation import (
    chance_of_sample,
    evaluate,
    oracle_match_draws,
    oracle_null,
    oracle_of,
)
from chemtag.score.recovery_sizes import size_rows
from chemtag.score.rows import codes_of_groups, recovery_rows, scores_rows
from chemtag.select.truth import truth_in

logger = logging.getLogger("chemtag.score_oracle")


def score_oracle(
    groups: list[Path],
    settings: list[Path],
    truth: Path,
    own_recovery: Path,
    own_sizes: Path,
    oracle_scores: Path,
    recovery: Path,
    recovery_sizes: Path,
    spaces: Sequence[str],
    n_permutations: int,
    n_bootstrap: int,
    seed: int,
    sample: str,
) -> None:
    """Write oracle_scores, and recovery and recovery_sizes of headline and oracle of a sample.

    The oracle is the best setting of the grid in any of the `spaces`, whose `groups` and `settings`
    come in that order. The choice (largest RF40; ties: RF70, AMI, fewer groups, the first) is
    made again in each permutation, in all spaces too: the permutations are those of every other
    score of the sample. Rows of the headline are those of its own space, `own_recovery` and
    `own_sizes`.
    """
    listed = read_table(truth, "truth")
    star_id = listed["star_id"].to_numpy(dtype=object)
    known = truth_in(listed, star_id, str(truth))
    names, places, codes = settings_of_spaces(spaces, groups, settings, star_id)
    chance = chance_of_sample(known, n_permutations, n_bootstrap, seed, sample)
    evaluations = [evaluate(row, known, chance).without_match_draws() for row in codes]
    best = oracle_of(evaluations)
    name, one = names[best.setting], evaluations[best.setting]
    logger.info(
        "oracle of %d settings in %d spaces: %s in %s, RF40 %.3f",
        len(names),
        len(spaces),
        name,
        places[best.setting],
        one.values[ScoreKey("rf40")],
    )
    meta = {
        "oracle": name,
        "oracle_space": places[best.setting],
        "searched": len(names),
        "min_members": listed.attrs["min_members"],
        "n_permutations": n_permutations,
        "seed": seed,
    }
    scores = scores_rows(name, one, partial(oracle_null, evaluations, best))
    write_table(scores, oracle_scores, "oracle_scores", meta)
    draws = oracle_match_draws(codes, best, known, chance)
    curve = recovery_rows("oracle", name, one, known, draws)
    sizes = size_rows("oracle", name, one.counts.cluster_sizes, one.match, draws)
    for rows, own, path, contract in (
        (curve, own_recovery, recovery, "recovery"),
        (sizes, own_sizes, recovery_sizes, "recovery_sizes"),
    ):
        table = read_table(own, contract)
        headline = table[table["role"] == "headline"]
        write_table(pd.concat([headline, rows]), path, contract, meta)


def settings_of_spaces(
    spaces: Sequence[str],
    groups: Sequence[Path],
    settings: Sequence[Path],
    star_id: npt.NDArray[Any],
) -> tuple[list[str], list[str], npt.NDArray[np.int32]]:
    """Names and spaces of all settings of the grids, and the groups (n_settings, n_stars)."""
    names: list[str] = []
    places: list[str] = []
    codes = []
    for space, found, tagged in zip(spaces, groups, settings, strict=True):
        table = read_table(tagged, "settings")
        every, own = list(table["setting"]), on_grid(table)
        codes.append(codes_of_groups(read_table(found, "groups"), every, star_id, str(found))[own])
        names += list(table.loc[own, "setting"])
        places += [space] * sum(own)
    return names, places, np.concatenate(codes)


if __name__ == "__main__":
    run(score_oracle, snakemake)
