"""Tag simulated surveys with the width of each source, and with a wrong one."""

import logging
from pathlib import Path

import pandas as pd

from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.forecast.realisations import draw_realisation, element_sets
from chemtag.forecast.widths import summarise_widths, width_rows, widths_of
from chemtag.survey.simulation import read_recipe

logger = logging.getLogger("chemtag.compare_widths")


def compare_widths(
    recipe: Path,
    scatter: Path,
    widths: Path,
    realisations: int,
    n_field: list[int],
    factors: list[float],
    n_elements: int,
    without: list[str],
    seed: int,
) -> None:
    """Write the recovered clusters and false groups of each width, over the first surveys of the
    forecast."""
    birth = read_recipe(recipe)
    elements = element_sets(birth, [n_elements], without)[n_elements]
    published = read_table(scatter)
    known = dict(zip(published["element"].astype(str), published["scatter"], strict=True))
    rows = []
    for realisation in range(realisations):
        survey = draw_realisation(birth, max(n_field), generator_for(seed, "forecast", realisation))
        for stars in n_field:
            drawn = integer_seed_for(seed, "widths", realisation)
            tried = widths_of(survey, stars, elements, known, factors, drawn)
            for row in width_rows(survey, stars, elements, tried, drawn):
                rows.append({"realisation": realisation, **row})
        logger.info("survey %d of %d done", realisation + 1, realisations)
    n_clusters = len(birth["clusters"]["members"])
    table = summarise_widths(pd.DataFrame(rows), n_clusters)
    for row in table[table["level"] == "claims"].itertuples():
        logger.info(
            "%d field stars, width %s x %g%s: %.1f of %d clusters, %.1f false groups",
            row.n_field, row.width, row.factor, "" if row.correlated else " independent",
            row.recovered, n_clusters, row.n_false,
        )  # fmt: skip
    meta = {
        "recipe": birth["name"],
        "elements": [birth["elements"][e] for e in elements],
        "published": str(published.attrs.get("source", "")),
        "seed": seed,
    }
    write_table(table, widths, "widths", meta)


if __name__ == "__main__":
    run(compare_widths, snakemake)
