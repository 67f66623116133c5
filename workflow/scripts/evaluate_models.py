"""Predict every labelled star by models that have not seen it, and rank the models."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chemtag.base.seeds import integer_seed_for
from chemtag.base.step import run
from chemtag.base.tables import write_table
from chemtag.predict.apart import cross_validate_apart
from chemtag.predict.leaderboard import board_table, leaderboard
from chemtag.predict.reading import read_stars
from chemtag.predict.task import meta_of, task_from

logger = logging.getLogger("chemtag.evaluate_models")


def evaluate_models(
    table: Path,
    spectra: Path | None,
    predictions: Path,
    predictor_leaderboard: Path,
    predictor_costs: Path,
    task: str,
    block: Mapping[str, Any],
    seed: int,
) -> None:
    """Write predictions of all models by folds of stars, their scores and what they cost."""
    asked = task_from(task, block, "config")
    stars = read_stars(table, spectra, asked)
    own_seed = integer_seed_for(seed, "predict", task)
    logger.info("%d rows with a label, %d features", *stars.stars.features.shape)
    found, costs = cross_validate_apart(
        stars, asked.entries, asked.interval, own_seed, asked.folds, asked.transform
    )
    board = board_table(leaderboard(found, asked.entries, own_seed), asked.entries)
    meta = {**meta_of(asked), "seed": seed}
    write_table(found, predictions, "predictions", meta)
    write_table(board, predictor_leaderboard, "predictor_leaderboard", meta)
    write_table(costs, predictor_costs, "predictor_costs", meta)
    for row in board[board["metric"] == "rmse"].itertuples():
        logger.info("%s: rmse %.4g%s", row.label, row.value, " (default)" if row.default else "")


if __name__ == "__main__":
    run(evaluate_models, snakemake)
