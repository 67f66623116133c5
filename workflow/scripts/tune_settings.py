"""Score the settings chosen without the truth beside those that tuning on the truth chooses."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.base.types import Floats
from chemtag.limits.tables import tuned_setting_rows, tuning_rows
from chemtag.limits.tuning import nested, random_halves
from chemtag.score import RECOVERED

logger = logging.getLogger("chemtag.tune_settings")


def tune_settings(
    criteria: list[Path],
    clusters: list[Path],
    tuning: Path,
    tuned_settings: Path,
    sample: str,
    spaces: Sequence[str],
    space: str,
    headline: str,
    halves: int,
    seed: int,
) -> None:
    """Write what each rule's setting recovers; the blind rules have chosen theirs in `criteria`.

    `criteria` and `clusters` are of the `spaces`, in that order; `space` is the headline's.
    """
    tables = [read_table(path, "criteria") for path in criteria]
    judged = pd.concat(
        [table.assign(space=name) for name, table in zip(spaces, tables, strict=True)],
        ignore_index=True,
    )
    match = np.concatenate(
        [
            match_table(read_table(path, "clusters"), table)
            for path, table in zip(clusters, tables, strict=True)
        ]
    )
    rng = generator_for(seed, "tune_settings", sample, "halves")
    parts = random_halves(match.shape[1], halves, rng)
    outcome = nested(match, judged["n_groups"].to_numpy(), parts, RECOVERED)
    meta = {**tables[list(spaces).index(space)].attrs, "halves": halves}
    meta.pop("contract", None)
    write_table(tuned_setting_rows(judged, match, outcome), tuned_settings, "tuned_settings", meta)
    chosen = tuning_rows(judged, match, outcome, (space, headline))
    for row in chosen.itertuples():
        logger.info("%s: %s in %s, RF40 %.3f", row.rule, row.setting, row.space, row.rf40)
    write_table(chosen, tuning, "tuning", meta)


def match_table(scored: pd.DataFrame, judged: pd.DataFrame) -> Floats:
    """Match of each eligible cluster (n_settings, n_clusters), settings as in `judged`.

    Clusters are in the order of their names, in every space alike.
    """
    eligible = scored[scored["eligible"]]
    matches = eligible.pivot(index="setting", columns="cluster", values="match")
    return matches.reindex(judged["setting"]).to_numpy(dtype=float)


if __name__ == "__main__":
    run(tune_settings, snakemake)
