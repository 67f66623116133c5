"""The plan of a survey: recovery over errors and field, its contour of one half, surveys."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from chemtag.base.settings import PLANNED
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.forecast.plan_tables import (
    contour_rows,
    own_survey,
    plane_of,
    point_rows,
    points_of,
)
from chemtag.survey.simulation import read_recipe

logger = logging.getLogger("chemtag.summarise_plan")


def summarise_plan(
    matches: list[Path],
    recipe: Path,
    precisions: Path,
    abundances: list[Path],
    truth: list[Path],
    repeats: list[Path],
    labels: list[str],
    planner: Path,
    contour: Path,
    points: Path,
    elements: Path,
) -> None:
    """Write the cells of the plane, the contour of one half, and surveys as points of the plane.

    `elements` has the contours of all sets of elements, the other tables are of the planned one.
    `abundances`, `truth` and `repeats` are of the run's own simulated samples of the same recipe,
    named by `labels`; `repeats` is empty where the run has none.
    """
    tables = [read_table(path, "planner_matches") for path in matches]
    meta = dict(tables[0].attrs)
    sets = dict(list(pd.concat(tables, ignore_index=True).groupby("element_set")))
    birth = read_recipe(recipe)
    planes = {name: plane_of(table) for name, table in sets.items()}
    surfaces, cells = planes[PLANNED]
    own = [
        own_survey(
            label, birth, meta["elements"], read_table(stars, "abundances"),
            read_table(births, "truth"),
            read_table(repeats[number], "repeats") if repeats else None,
        )
        for number, (label, stars, births) in enumerate(zip(labels, abundances, truth, strict=True))
    ]  # fmt: skip
    published = yaml.safe_load(precisions.read_text(encoding="utf-8"))["surveys"]
    marks = points_of(published, birth, meta["elements"])
    curves = pd.DataFrame(contour_rows(surfaces, cells))
    compared = contours_of_sets(planes, meta["element_sets"])
    write_table(cells, planner, "planner", meta)
    write_table(curves, contour, "planner_contour", meta)
    write_table(compared, elements, "planner_elements", meta)
    write_table(pd.DataFrame(point_rows(surfaces, [*marks, *own])), points, "planner_points", meta)
    outside = (
        (cells["share_logit"] - cells["left_out_logit"]).abs() > 1.96 * cells["left_out_sd"]
    ).sum()
    logger.info("%d of %d cells lie outside their left-out 95 %% interval", outside, len(cells))


def contours_of_sets(
    planes: Mapping[str, Any], element_sets: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Return the contours of one half of the `planes` of all sets of elements, by their names."""
    return pd.concat(
        [
            pd.DataFrame(contour_rows(*plane)).assign(
                element_set=name, n_elements=len(element_sets[name])
            )
            for name, plane in planes.items()
        ]
    )


if __name__ == "__main__":
    run(summarise_plan, snakemake)
