"""Set published scores beside those of many samples of a recipe."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from chemtag.base.seeds import generator_for
from chemtag.base.settings import headline_of
from chemtag.base.step import run
from chemtag.base.tables import write_table
from chemtag.forecast.published import published_rows, sample_scores
from chemtag.survey.simulation import read_recipe

logger = logging.getLogger("chemtag.compare_published")


def compare_published(
    recipe: Path,
    scores: Path,
    table: Path,
    realisations: int,
    setting: Mapping[str, Any],
    seed: int,
) -> None:
    """Write the published scores with mean, interval and scatter of the simulated samples."""
    point = headline_of(setting)
    birth = read_recipe(recipe)
    document = yaml.safe_load(scores.read_text(encoding="utf-8"))
    samples = [
        sample_scores(birth, point, generator_for(seed, "compare_published", realisation))
        for realisation in range(realisations)
    ]
    rows = pd.DataFrame(published_rows(document["scores"], samples))
    meta = {"recipe": birth["name"], "setting": point.name, "seed": seed}
    write_table(rows, table, "published", {**meta, "label": document["label"],
                                           "source": document["source"]})  # fmt: skip
    for row in rows.itertuples():
        logger.info("%s: published %.2f, simulated %.3f +- %.3f (%s)", row.metric, row.published,
                    row.mean, row.sd, row.note)  # fmt: skip


if __name__ == "__main__":
    run(compare_published, snakemake)
