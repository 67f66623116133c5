"""Simulate some surveys and tag them over a plane of errors and field stars."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.settings import PLANNED, Setting, settings_of
from chemtag.base.step import run
from chemtag.base.tables import write_table
from chemtag.forecast.plan import plan_rows, planned_elements
from chemtag.forecast.realisations import draw_realisation
from chemtag.survey.simulation import read_recipe

logger = logging.getLogger("chemtag.plan_chunk")


def plan_chunk(
    recipe: Path,
    matches: Path,
    chunk: int,
    realisations: int,
    n_field: list[int],
    error_scale: list[float],
    without: list[str],
    element_sets: dict[str, dict[str, Any]],
    whole: int,
    grid: dict[str, list],
    headline: str,
    seed: int,
) -> None:
    """Write the best match of each cluster of `realisations` surveys in each cell of the plane.

    The seeds of the surveys do not depend on the chunks, and all sets of elements see one survey.
    """
    birth = read_recipe(recipe)
    planned = planned_elements(birth, without, element_sets)
    settings = [setting for setting in settings_of(grid) if isinstance(setting, Setting)]
    names = [setting.name for setting in settings]
    if headline not in names:
        raise InputProblem(
            f"limits/planner/headline is {headline}, which is not on limits/planner/grid; found "
            f"{', '.join(names[:6])}; choose one of these or widen the grid."
        )
    fields, scales = sorted(n_field), sorted(map(float, error_scale))
    rows: list[dict[str, Any]] = []
    for realisation in range(chunk * realisations, (chunk + 1) * realisations):
        survey = draw_realisation(birth, fields[-1], generator_for(seed, "planner", realisation))
        for name, elements in planned.items():
            found = plan_rows(survey, fields, scales, elements, settings, headline, whole)
            rows.extend({"realisation": realisation, "element_set": name, **row} for row in found)
        cells = len(fields) * len(scales) * len(planned)
        logger.info("survey %d: %d cells tagged", realisation, cells)
    meta = {
        "recipe": birth["name"],
        "headline": headline,
        "grid": names,
        "elements": [birth["elements"][number] for number in planned[PLANNED]],
        "element_sets": {
            name: [birth["elements"][number] for number in elements]
            for name, elements in planned.items()
        },
        "whole": whole,
        "seed": seed,
    }
    write_table(pd.DataFrame(rows), matches, "planner_matches", meta)


if __name__ == "__main__":
    run(plan_chunk, snakemake)
