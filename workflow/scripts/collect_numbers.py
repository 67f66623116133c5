"""Collect the named numbers of the run, for the text of the paper."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from chemtag.base.step import run
from chemtag.base.tables import read_table
from chemtag.paper.latex import macros
from chemtag.paper.limit_numbers import (
    ceiling_numbers,
    doppelganger_numbers,
    false_groups_numbers,
    forecast_numbers,
    information_numbers,
    planner_numbers,
    rescan_numbers,
    told_width_numbers,
    tuning_numbers,
)
from chemtag.paper.space_numbers import two_space_numbers
from chemtag.paper.tables import (
    Number,
    as_json,
    coherence_numbers,
    funnel_numbers,
    metric_numbers,
    oracle_numbers,
    recovery_numbers,
    size_numbers,
)
from chemtag.paper.tagger_table import tagger_numbers
from chemtag.paper.trust_numbers import (
    ablation_numbers,
    match_numbers,
    null_numbers,
    order_numbers,
    repeat_numbers,
    stability_numbers,
)

logger = logging.getLogger("chemtag.collect_numbers")

# The numbers of each table, by the name of the tables among the inputs and their contract.
SOURCES = {
    "table_metrics": metric_numbers,
    "oracle_scores": oracle_numbers,
    "recovery": recovery_numbers,
    "recovery_sizes": size_numbers,
    "funnel": funnel_numbers,
    "tuning": tuning_numbers,
    "ceiling": ceiling_numbers,
    "doppelgangers": doppelganger_numbers,
    "information": information_numbers,
}

# The same for tables that some samples have; the name of such a file begins with its sample.
SOME = {
    "elements": coherence_numbers,
    "table_clusters": match_numbers,
    "nulls": null_numbers,
    "told_width": told_width_numbers,
    "rescans": rescan_numbers,
    "repeats": repeat_numbers,
    "row_orders": order_numbers,
    "group_stability": stability_numbers,
    "ablations": ablation_numbers,
    "two_spaces": two_space_numbers,
}


def collect_numbers(
    tables: Mapping[str, list[Path]],
    samples: list[str],
    forecast: list[Path],
    false_groups: list[Path],
    planner: list[Path],
    taggers: list[Path],
    numbers: Path,
    latex: Path,
    run: str,
) -> None:
    """Write every number with interval, null, source table and rule.

    `tables` gives by contract one table for each of the `samples`, in that order, and those of
    `SOME` for the samples that have them; `forecast` is the table of the simulated surveys,
    `false_groups` what their recovered clusters cost, `planner` the cells and the contour of the
    planner, each empty where the run has none; `taggers` are T5 of the samples that have it.
    """
    found: dict[str, Number] = {}
    for contract, numbers_of in SOURCES.items():
        for sample, path in zip(samples, tables[contract], strict=True):
            table: pd.DataFrame = read_table(path, contract)
            source = "/".join(path.parts[-3:] if contract == "table_metrics" else path.parts[-2:])
            found |= numbers_of(table, sample, source)
    for contract, numbers_of in SOME.items():
        for path in tables.get(contract, []):
            sample = path.name.removeprefix("clusters_").split(".")[0]
            table = read_table(path, contract)
            found |= numbers_of(table, sample, "/".join(path.parts[-2:]))
    for path in taggers:
        table = read_table(path, "table_taggers")
        found |= tagger_numbers(table, table.attrs["sample"], "/".join(path.parts[-3:]))
    for path in forecast:
        found |= forecast_numbers(read_table(path, "forecast"), "/".join(path.parts[-2:]))
    for path in false_groups:
        table = read_table(path, "false_groups")
        found |= false_groups_numbers(table, "/".join(path.parts[-2:]))
    if planner:
        cells, contour = (
            read_table(path, name)
            for path, name in zip(planner, ("planner", "planner_contour"), strict=True)
        )
        found |= planner_numbers(cells, contour, "/".join(planner[1].parts[-2:]))
    document = as_json(found)
    numbers.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    latex.write_text(macros(document, run), encoding="utf-8")
    logger.info("%d numbers", len(document))


if __name__ == "__main__":
    run(collect_numbers, snakemake)
