"""Simulate some surveys and score them over a grid of field stars, errors and elements."""

import logging
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.settings import settings_of
from chemtag.base.step import run
from chemtag.base.tables import write_table
from chemtag.forecast.realisations import draw_realisation, element_sets
from chemtag.forecast.views import view_rows
from chemtag.survey.simulation import read_recipe

logger = logging.getLogger("chemtag.forecast_chunk")


def forecast_chunk(
    recipe: Path,
    scores: Path,
    chunk: int,
    realisations: int,
    n_field: list[int],
    error_scale: list[float],
    n_elements: list[int],
    without: list[str],
    grid: dict[str, list],
    headline: str,
    scan_stars: int,
    seed: int,
) -> None:
    """Write the scores of `realisations` surveys; their seeds do not depend on the chunks."""
    birth = read_recipe(recipe)
    sets = element_sets(birth, n_elements, without)
    settings = settings_of(grid)
    names = [setting.name for setting in settings]
    if headline not in names:
        raise InputProblem(
            f"limits/forecast/headline is {headline}, which is not on limits/forecast/grid; found "
            f"{', '.join(names[:6])}; choose one of these or widen the grid."
        )
    # Exact abundances are asked for by the loss budget alone.
    views = [(n_elements[0], 0.0, stars) for stars in n_field]
    views += product(n_elements, map(float, error_scale), n_field)
    # The loss budget compares with no field at all.
    for scale in (0.0, float(error_scale[0])):
        if (n_elements[0], scale, 0) not in views:
            views.append((n_elements[0], scale, 0))
    rows: list[dict[str, Any]] = []
    for realisation in range(chunk * realisations, (chunk + 1) * realisations):
        survey = draw_realisation(birth, max(n_field), generator_for(seed, "forecast", realisation))
        for number, scale, stars in views:
            # The plane of false groups shows the whole grid where curve and loss budget are.
            reference = number == n_elements[0] and scale == float(error_scale[0])
            scanned = number == n_elements[0] and scale > 0 and stars <= scan_stars
            for row in view_rows(
                survey, stars, scale, sets[number], settings, headline, reference, scanned
            ):
                rows.append({"realisation": realisation, **row})
        logger.info("realisation %d: %d views scored", realisation, len(views))
    meta = {
        "recipe": birth["name"],
        "n_clusters": len(birth["clusters"]["members"]),
        "headline": headline,
        "grid": names,
        "elements": {str(n): [birth["elements"][e] for e in chosen] for n, chosen in sets.items()},
        "seed": seed,
    }
    write_table(pd.DataFrame(rows), scores, "forecast_scores", meta)


if __name__ == "__main__":
    run(forecast_chunk, snakemake)
