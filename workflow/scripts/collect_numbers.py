"""Collect the named numbers of the run, for the text of the paper."""

import json
import logging
from pathlib import Path

import pandas as pd

from chemtag.base.tables import read_table
from chemtag.paper.latex import macros
from chemtag.paper.limit_numbers import (
    ceiling_numbers,
    doppelganger_numbers,
    forecast_numbers,
    information_numbers,
    tuning_numbers,
)
from chemtag.paper.tables import (
    Number,
    as_json,
    coherence_numbers,
    funnel_numbers,
    metric_numbers,
    recovery_numbers,
    size_numbers,
)

logger = logging.getLogger("chemtag.collect_numbers")

SOURCES = {
    "table_metrics": metric_numbers,
    "recovery": recovery_numbers,
    "recovery_sizes": size_numbers,
    "elements": coherence_numbers,
    "funnel": funnel_numbers,
    "tuning": tuning_numbers,
    "ceiling": ceiling_numbers,
    "doppelgangers": doppelganger_numbers,
    "information": information_numbers,
}


def collect_numbers(
    tables: dict[str, list[Path]],
    samples: list[str],
    forecast: list[Path],
    json_file: Path,
    latex: Path,
    run: str,
) -> None:
    """Write every number with interval, null, source table and rule.

    `tables` gives by contract one table for each of the `samples`, in that order; `forecast` is the
    table of the simulated surveys, or empty.
    """
    numbers: dict[str, Number] = {}
    for contract, numbers_of in SOURCES.items():
        for sample, path in zip(samples, tables[contract], strict=True):
            table: pd.DataFrame = read_table(path, contract)
            source = "/".join(path.parts[-3:] if contract == "table_metrics" else path.parts[-2:])
            numbers |= numbers_of(table, sample, source)
    for path in forecast:
        numbers |= forecast_numbers(read_table(path, "forecast"), "/".join(path.parts[-2:]))
    document = as_json(numbers)
    json_file.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    latex.write_text(macros(document, run), encoding="utf-8")
    logger.info("%d numbers", len(document))


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        collect_numbers(
            tables={
                "table_metrics": [Path(p) for p in snakemake.input.metrics],
                "recovery": [Path(p) for p in snakemake.input.recovery],
                "recovery_sizes": [Path(p) for p in snakemake.input.sizes],
                "elements": [Path(p) for p in snakemake.input.elements],
                "funnel": [Path(p) for p in snakemake.input.funnels],
                "tuning": [Path(p) for p in snakemake.input.tuning],
                "ceiling": [Path(p) for p in snakemake.input.ceilings],
                "doppelgangers": [Path(p) for p in snakemake.input.doppelgangers],
                "information": [Path(p) for p in snakemake.input.information],
            },
            samples=snakemake.params.samples,
            forecast=[Path(p) for p in snakemake.input.forecast],
            json_file=Path(snakemake.output.json),
            latex=Path(snakemake.output.latex),
            run=snakemake.params.run,
        )
