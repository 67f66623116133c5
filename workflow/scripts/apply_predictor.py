"""Predict the label of every star of a catalogue by a stored predictor, in chunks."""

import logging
from pathlib import Path

from tqdm import tqdm

from chemtag.base.step import run
from chemtag.predict.apply import apply_to
from chemtag.predict.store import load

logger = logging.getLogger("chemtag.apply_predictor")


def apply_predictor(predictor: Path, catalogue: Path, predicted: Path, chunk: int) -> None:
    """Write value, interval and domain of each star; the result does not depend on `chunk`."""
    with tqdm(desc="stars", unit="star") as bar:
        applied = apply_to(load(predictor), catalogue, predicted, chunk, bar.update)
    logger.info("%d stars, %d of them in domain; others: %s", applied.rows, applied.in_domain,
                applied.outside)  # fmt: skip


if __name__ == "__main__":
    run(apply_predictor, snakemake)
