"""Score the settings chosen without the truth beside those that tuning on the truth chooses."""

import logging
from pathlib import Path

import pandas as pd

from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.limits.tables import tuned_setting_rows, tuning_rows
from chemtag.limits.tuning import nested, random_halves
from chemtag.score import THRESHOLDS

logger = logging.getLogger("chemtag.tune_settings")


def tune_settings(
    criteria: Path,
    clusters: Path,
    tuning: Path,
    tuned_settings: Path,
    sample: str,
    headline: str,
    halves: int,
    seed: int,
) -> None:
    """Write what each rule's setting recovers; the blind rules have chosen theirs in `criteria`."""
    judged = read_table(criteria, "criteria")
    scored = read_table(clusters, "clusters")
    match = match_table(scored, judged)
    rng = generator_for(seed, "tune_settings", sample, "halves")
    parts = random_halves(match.shape[1], halves, rng)
    outcome = nested(match, judged["n_groups"].to_numpy(), parts, THRESHOLDS[0])
    meta = {**judged.attrs, "halves": halves}
    meta.pop("contract", None)
    write_table(tuned_setting_rows(judged, match, outcome), tuned_settings, "tuned_settings", meta)
    chosen = tuning_rows(judged, match, outcome, headline)
    for row in chosen.itertuples():
        logger.info("%s: %s RF40 %.3f", row.rule, row.setting, row.rf40)
    write_table(chosen, tuning, "tuning", meta)


def match_table(scored: pd.DataFrame, judged: pd.DataFrame):
    """Match of each eligible cluster (n_settings, n_clusters), settings as in `judged`."""
    eligible = scored[scored["eligible"]]
    matches = eligible.pivot(index="setting", columns="cluster", values="match")
    return matches.reindex(judged["setting"]).to_numpy(dtype=float)


if __name__ == "__main__":
    run(tune_settings, snakemake)
