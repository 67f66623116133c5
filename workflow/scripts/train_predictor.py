"""Train the default model of a leaderboard on all labelled stars, and store it."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chemtag.base.seeds import integer_seed_for
from chemtag.base.step import run
from chemtag.base.tables import read_table
from chemtag.predict.leaderboard import default_entry
from chemtag.predict.reading import read_stars
from chemtag.predict.store import Stored, save
from chemtag.predict.task import provenance_of, task_from
from chemtag.predict.training import train, tuned_settings

logger = logging.getLogger("chemtag.train_predictor")


def train_predictor(
    table: Path,
    spectra: Path | None,
    predictor_leaderboard: Path,
    predictor: Path,
    task: str,
    block: Mapping[str, Any],
    seed: int,
) -> None:
    """Write the predictor with features, provenance and the scores it earned on unseen stars."""
    asked = task_from(task, block, "config")
    stars = read_stars(table, spectra, asked)
    board = read_table(predictor_leaderboard, "predictor_leaderboard")
    entry = default_entry(board, asked.entries)
    own_seed = integer_seed_for(seed, "predict", task)
    settings = dict(entry.settings)
    if entry.tuned:
        settings = tuned_settings(stars, entry.model, settings, own_seed, asked.transform)
    trained = train(stars, entry.model, settings, asked.interval, own_seed, asked.transform)
    provenance = provenance_of(asked, stars, entry, seed, board)
    save(Stored(trained, asked.features, provenance), predictor)
    logger.info("%s trained on %d rows", entry.label, len(stars))


if __name__ == "__main__":
    run(train_predictor, snakemake)
