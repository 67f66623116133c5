"""Rank the features of the default model by what their permutation costs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chemtag.base.seeds import integer_seed_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.predict.importance import importance
from chemtag.predict.leaderboard import default_entry
from chemtag.predict.reading import read_stars
from chemtag.predict.task import meta_of, task_from


def rank_features(
    table: Path,
    spectra: Path | None,
    predictor_leaderboard: Path,
    feature_importance: Path,
    task: str,
    block: Mapping[str, Any],
    seed: int,
) -> None:
    """Write the importance of each feature to the default of the leaderboard."""
    asked = task_from(task, block, "config")
    stars = read_stars(table, spectra, asked)
    board = read_table(predictor_leaderboard, "predictor_leaderboard")
    entry = default_entry(board, asked.entries)
    own_seed = integer_seed_for(seed, "predict", task)
    ranked = importance(stars, entry, own_seed, asked.folds, transform=asked.transform)
    meta = {**meta_of(asked), "seed": seed, "model": entry.label}
    write_table(ranked, feature_importance, "feature_importance", meta)


if __name__ == "__main__":
    run(rank_features, snakemake)
