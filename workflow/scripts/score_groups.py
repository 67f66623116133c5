"""Score the groups of every setting of the grid against the clusters."""

import logging
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from chemtag.base.problems import InputProblem
from chemtag.base.settings import on_grid
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.score import ScoreKey
from chemtag.score.evaluation import (
    Chance,
    Evaluation,
    chance_of_sample,
    evaluate,
    null_of,
    oracle_match_draws,
    oracle_null,
    oracle_of,
)
from chemtag.score.recovery_sizes import size_rows
from chemtag.score.rows import (
    clusters_rows,
    codes_of_groups,
    group_scores_rows,
    recovery_rows,
    scores_of_resampled,
    scores_rows,
)
from chemtag.select.truth import Truth, truth_in

logger = logging.getLogger("chemtag.score_groups")


def score_groups(
    groups: Path,
    settings: Path,
    space: Path,
    truth: Path,
    resampled: Path | None,
    scores: Path,
    clusters: Path,
    group_scores: Path,
    recovery: Path,
    recovery_sizes: Path,
    oracle_scores: Path,
    headline: str,
    n_permutations: int,
    n_bootstrap: int,
    seed: int,
    sample: str,
) -> None:
    """Write scores, clusters, group_scores, recovery, recovery_sizes, oracle_scores of a space.

    `headline` names the setting of the headline; the oracle is the setting with the largest RF40
    (ties: RF70, AMI, fewer groups), and its null repeats that choice in each permutation.
    Permutations and resamples depend on seed and sample only, so that the settings and spaces of
    a sample are paired. `resampled`: scores of the headline on samples with resampled
    clusters, from which its intervals come; None outside the headline's space.
    """
    names, n_grid = setting_names(settings, headline)
    star_id = read_table(space, columns=["star_id"])["star_id"].to_numpy(dtype=object)
    listed = read_table(truth, "truth")
    known = truth_in(listed, star_id, str(truth))
    codes = codes_of_groups(read_table(groups, "groups"), names, star_id, str(groups))
    spread: dict[ScoreKey, np.ndarray] = {}
    if resampled is not None:
        spread = scores_of_resampled(read_table(resampled, "resampled_clusters"))
    of_settings = [spread if name == headline else {} for name in names]
    chance = chance_of_sample(known, n_permutations, n_bootstrap, seed, sample)
    evaluations = evaluated(codes, known, chance, of_settings, names.index(headline))
    oracle = oracle_of(evaluations[:n_grid])
    reported = {"headline": names.index(headline), "oracle": oracle.setting}
    log_findings(evaluations[reported["headline"]], known, headline, names[oracle.setting])

    meta = {role: names[setting] for role, setting in reported.items()} | {
        "min_members": listed.attrs["min_members"],
        "n_permutations": n_permutations,
        "n_bootstrap": n_bootstrap,
        "seed": seed,
        "n_stars": len(star_id),
    }
    each = list(zip(names, evaluations, strict=True))
    rows = [scores_rows(name, one, partial(null_of, one)) for name, one in each]
    write_table(pd.concat(rows), scores, "scores", meta)
    of_oracle = scores_rows(*each[oracle.setting], partial(oracle_null, evaluations, oracle))
    write_table(of_oracle, oracle_scores, "scores", {**meta, "role": "oracle"})
    rows = [clusters_rows(name, one, known) for name, one in each]
    write_table(pd.concat(rows), clusters, "clusters", meta)
    rows = [group_scores_rows(*each[i], known) for i in sorted(set(reported.values()))]
    write_table(pd.concat(rows), group_scores, "group_scores", meta)
    tuned = oracle_match_draws(codes, oracle, known, chance)
    curves, sizes = recoveries(reported, names, evaluations, known, tuned)
    write_table(curves, recovery, "recovery", meta)
    write_table(sizes, recovery_sizes, "recovery_sizes", meta)


def recoveries(
    reported: dict[str, int],
    names: list[str],
    evaluations: list[Evaluation],
    truth: Truth,
    tuned: np.ndarray,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of recovery and recovery_sizes for the setting of each role in `reported`.

    `tuned` (n_permutations, n_clusters) are the matches of the oracle's null.
    """
    curves, sizes = [], []
    for role, i in reported.items():
        name, one = names[i], evaluations[i]
        draws = tuned if role == "oracle" else one.match_draws
        curves.append(recovery_rows(role, name, one, truth, draws))
        sizes.append(size_rows(role, name, one.counts.cluster_sizes, one.match, draws))
    return pd.concat(curves), pd.concat(sizes)


def evaluated(
    codes: np.ndarray,
    truth: Truth,
    chance: Chance,
    others: list[dict[ScoreKey, np.ndarray]],
    headline: int,
) -> list[Evaluation]:
    """Evaluation of each setting; codes (n_settings, n_stars), `others` one a setting.

    Only that of the headline keeps the matches of its null.
    """
    result = []
    for setting, (row, spread) in enumerate(zip(logged(codes), others, strict=True)):
        one = evaluate(row, truth, chance, spread)
        result.append(one if setting == headline else one.without_match_draws())
    return result


def setting_names(settings: Path, headline: str) -> tuple[list[str], int]:
    """Settings, those of the grid first, and how many are of the grid, which the oracle searches.

    Raises `InputProblem` if the headline is not among them.
    """
    table = read_table(settings, "settings")
    own = np.array(on_grid(table), dtype=bool)
    names = [*table.loc[own, "setting"], *table.loc[~own, "setting"]]
    if headline not in names:
        raise InputProblem(
            f"{settings}: the headline setting {headline!r} is not in the grid; found "
            f"{', '.join(names[:6])}{' ...' if len(names) > 6 else ''}; choose one of the grid's "
            "settings under headline in the config, or widen the grid."
        )
    return names, int(own.sum())


def logged(codes: np.ndarray, every: float = 10.0) -> Iterator[Any]:
    """Go through the settings, with a bar on the terminal and a line in the log every 10 s."""
    last = time.monotonic()
    for done, row in enumerate(tqdm(codes, "settings", file=sys.stderr, delay=every)):
        if time.monotonic() - last > every:
            last = time.monotonic()
            logger.info("%d of %d settings scored", done, len(codes))
        yield row


def log_findings(evaluation: Evaluation, truth: Truth, headline: str, oracle: str) -> None:
    """Say in the log what the headline found."""
    logger.info(
        "headline %s: %d of %d clusters recovered at 40 %%, %d groups, %.0f %% noise; oracle %s",
        headline,
        int(evaluation.values[ScoreKey("n_recovered_40")]),
        int(truth.eligible.sum()),
        int(evaluation.values[ScoreKey("n_groups")]),
        100 * evaluation.values[ScoreKey("noise_fraction")],
        oracle,
    )


if __name__ == "__main__":
    run(score_groups, snakemake)
