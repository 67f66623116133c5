"""Repeat a simulated sample with other seeds: is the headline of the run a typical one?"""

import logging
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from tqdm import tqdm

from chemtag.base.seeds import generator_for
from chemtag.base.settings import headline_of
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.forecast.repeats import SCORES, SampleRecipe, repeat, repeat_rows
from chemtag.select.quality import bit_mask_from
from chemtag.survey.simulation import read_recipe

logger = logging.getLogger("chemtag.repeat_sample")


def repeat_sample(
    recipe: Path,
    scores: Path,
    repeats: Path,
    sample: str,
    catalog: dict[str, Any],
    block: dict[str, Any],
    space: dict[str, Any],
    realisations: int,
    seed: int,
) -> None:
    """Write the scores of the headline over `realisations` surveys beside those of the run."""
    setting = headline_of(block["headline"])
    masks = block["cuts"].get("masks", {})
    chosen = SampleRecipe(
        recipe=read_recipe(recipe),
        n_field=catalog.get("n_field"),
        error_scale=catalog["error_scale"],
        keep=block["stars"],
        elements=block["elements"],
        cuts=block["cuts"],
        masks={
            name: bit_mask_from(yaml.safe_load(Path(path).read_text(encoding="utf-8")), path)
            for name, path in masks.items()
        },
        min_members=block["min_members"],
        space=space,
        setting=setting,
    )
    streams = [generator_for(seed, "repeat", sample, number) for number in range(realisations)]
    found = [repeat(chosen, one) for one in tqdm(streams, "surveys", file=sys.stderr, delay=10)]
    table = read_table(scores, "scores")
    own = table[(table["setting"] == setting.name) & table["metric"].isin(SCORES)]
    rows = list(repeat_rows(found, dict(zip(own["metric"], own["value"], strict=True))))
    for row in rows:
        logger.info("%(score)s: mean %(mean).3f, sd %(sd).3f, this run %(own).3f", row)
    meta = {"sample": sample, "setting": setting.name, "seed": seed, "realisations": realisations}
    write_table(pd.DataFrame(rows), repeats, "repeats", meta)


if __name__ == "__main__":
    run(repeat_sample, snakemake)
