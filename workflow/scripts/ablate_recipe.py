"""Ablate the headline of a sample on realisations of the recipe of its catalogue."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from chemtag.ablate.samples import check_clusters, of_recipe
from chemtag.ablate.scores import score_variant
from chemtag.ablate.summary import over_realisations, realisation_rows
from chemtag.ablate.variants import headline_variant, variants_of
from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.settings import headline_of
from chemtag.base.step import run
from chemtag.base.tables import write_table
from chemtag.score.nulls import permuted_clusters
from chemtag.survey.simulation import read_recipe

logger = logging.getLogger("chemtag.ablate_recipe")


def ablate_recipe(
    recipe: Path,
    scores: Path,
    ablations: Path,
    sample: str,
    elements: list[str],
    space: dict[str, Any],
    headline: dict[str, Any],
    block: dict[str, Any],
    n_field: int,
    error_scale: float,
    min_members: int,
    seed: int,
) -> None:
    """Write the scores of each variant on each realisation, and their paired differences."""
    birth = read_recipe(recipe)
    base = headline_variant(elements, space, headline)
    absent = [element for element in elements if element not in birth["elements"]]
    if absent:
        raise InputProblem(
            f"samples/{sample}/elements names {', '.join(absent)}, which recipe {recipe} does not "
            f"have; there are {', '.join(birth['elements'])}."
        )
    variants, skipped = variants_of(base, birth["elements"], block)
    for reason in skipped:
        logger.warning("left out: %s", reason)
    setting = headline_of(headline)
    rows, found = [], []
    for realisation in tqdm(range(block["realisations"]), desc="realisations", unit=""):
        rng = generator_for(seed, "ablate", sample, realisation)
        drawing, permuting = rng.spawn(2)
        stars = of_recipe(
            birth, n_field, min_members, error_scale, space["error_conversion"], drawing
        )
        (carrying,) = rng.spawn(1)
        stars = replace(stars, normal=carrying.standard_normal(len(stars.values)))
        check_clusters(stars.truth, min_members, str(recipe))
        permuted = permuted_clusters(stars.truth.clusters, block["permutations"], permuting)
        scored = [(one, score_variant(stars, one, setting, permuted)) for one in variants]
        rows += realisation_rows(realisation, scored)
        found.append(scored)
        logger.info(
            "realisation %d: %d stars, %d variants scored",
            realisation, len(stars.values), len(scored),
        )  # fmt: skip
    meta = {
        "sample": sample,
        "source": f"realisations of the recipe {birth['name']}",
        "setting": setting.name,
        "n_stars": len(stars.values),
        "n_clusters": int(stars.truth.eligible.sum()),
        "n_field": n_field,
        "skipped": skipped,
        "seed": seed,
    }
    write_table(pd.DataFrame(rows), scores, "ablation_scores", meta)
    write_table(over_realisations(found), ablations, "ablations", meta)


if __name__ == "__main__":
    run(ablate_recipe, snakemake)
