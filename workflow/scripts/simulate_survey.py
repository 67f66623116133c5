"""Simulate a survey from a recipe: star table, members as an observer lists them, and the truth."""

from pathlib import Path
from typing import Any

from chemtag.base.log import logger
from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import write_table
from chemtag.survey import simulation


def simulate_survey(
    recipe: Path,
    catalog: str,
    seed: int,
    n_field: int | None,
    error_scale: float,
    stars: Path,
    members: Path,
    birth: Path,
) -> None:
    """Simulate the survey of `recipe` and write its three tables.

    `n_field` replaces the recipe's number of field stars unless it is None, `error_scale`
    multiplies the measurement errors. The random stream depends on `seed` and `catalog` alone.
    """
    numbers = simulation.read_recipe(recipe)
    survey = simulation.simulate_survey(
        numbers, generator_for(seed, "simulate", catalog), n_field, error_scale
    )
    meta: dict[str, Any] = {**survey.meta, "catalog": catalog, "seed": seed}
    # The masses of dissolved clusters are truth, which nothing before the scores may read.
    blind = {key: value for key, value in meta.items() if key != "birth_mass"}
    write_table(survey.stars, stars, "stars", blind)
    write_table(survey.members, members, "members", blind)
    write_table(survey.birth, birth, "birth", meta)
    populations = survey.birth["population"].value_counts().sort_index()
    logger.info("recipe %s (%s), seed %d, catalog %s", numbers["name"], recipe, seed, catalog)
    logger.info("error scale %g", error_scale)
    for population, count in populations.items():
        logger.info("%d stars of population %s", count, population)
    born = survey.birth.set_index("star_id")["birth_cluster"]
    listed = survey.members.set_index("star_id")["cluster"]
    strangers = int((born[listed.index] != listed).sum())
    unlisted = int((born[~born.index.isin(listed.index)] != "").sum())
    logger.info("%d stars in all", len(survey.stars))
    logger.info(
        "%d members listed in %d clusters, %d of them field stars; %d cluster stars not listed",
        len(listed),
        listed.nunique(),
        strangers,
        unlisted,
    )


if __name__ == "__main__":
    run(simulate_survey, snakemake)
