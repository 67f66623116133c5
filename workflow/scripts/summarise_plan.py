"""The plan of a survey: recovery over errors and field, its contour of one half, surveys."""

import logging
from pathlib import Path

import pandas as pd
import yaml

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.forecast.plan import ROLES, recovered_units
from chemtag.forecast.plan_tables import (
    cell_rows,
    contour_rows,
    own_survey,
    point_rows,
    points_of,
)
from chemtag.forecast.surface import fit_surface
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
) -> None:
    """Write the cells of the plane, the contour of one half, and surveys as points of the plane.

    `abundances`, `truth` and `repeats` are of the run's own simulated samples of the same recipe,
    named by `labels`; `repeats` is empty where the run has none.
    """
    tables = [read_table(path, "planner_matches") for path in matches]
    table, meta = pd.concat(tables, ignore_index=True), dict(tables[0].attrs)
    birth = read_recipe(recipe)
    surfaces, rows = {}, []
    for role in ROLES:
        units = recovered_units(table, role)
        scales, fields = (units.columns.get_level_values(k).to_numpy(float) for k in (0, 1))
        surfaces[role] = fit_surface(scales, fields, units.to_numpy())
        rows.extend({"role": role, **row} for row in cell_rows(table, role, surfaces[role], units))
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
    cells = pd.DataFrame(rows)
    curves = pd.DataFrame(contour_rows(surfaces, cells))
    write_table(cells, planner, "planner", meta)
    write_table(curves, contour, "planner_contour", meta)
    write_table(pd.DataFrame(point_rows(surfaces, [*marks, *own])), points, "planner_points", meta)
    outside = (
        (cells["share_logit"] - cells["left_out_logit"]).abs() > 1.96 * cells["left_out_sd"]
    ).sum()
    logger.info("%d of %d cells lie outside their left-out 95 %% interval", outside, len(cells))


if __name__ == "__main__":
    run(summarise_plan, snakemake)
