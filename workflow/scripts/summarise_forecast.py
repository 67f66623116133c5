"""Average the scores of simulated surveys, and split what is lost."""

import logging
from pathlib import Path

import pandas as pd

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.forecast.false_groups import false_groups_rows
from chemtag.forecast.summary import loss_rows, summarise

logger = logging.getLogger("chemtag.summarise_forecast")


def summarise_forecast(
    scores: list[Path],
    forecast: Path,
    loss_budget: Path,
    false_groups: Path,
    n_field: list[int],
    error_scale: list[float],
    n_elements: list[int],
) -> None:
    """Write the mean scores of each view, the loss budget, and the plane of false groups."""
    tables = [read_table(path, "forecast_scores") for path in scores]
    meta = {**tables[0].attrs, "error_scale": error_scale[0], "n_elements": n_elements[0]}
    table = pd.concat(tables, ignore_index=True)
    table = table.sort_values(["realisation", "n_elements", "error_scale", "n_field", "role"])
    n_clusters = tables[0].attrs["n_clusters"]
    means = summarise(table, n_clusters)
    shown = means[(means["score"] == "rf40") & (means["n_elements"] == n_elements[0])]
    for row in shown[shown["error_scale"] == error_scale[0]].itertuples():
        logger.info(
            "%d field stars, %s: RF40 %.3f, 68 %% interval of the mean %.3f to %.3f",
            row.n_field, row.role, row.mean, row.low, row.high,
        )  # fmt: skip
    write_table(means, forecast, "forecast", meta)
    losses = loss_rows(table, n_field, float(error_scale[0]), n_elements[0], n_clusters)
    write_table(pd.DataFrame(losses), loss_budget, "loss_budget", meta)
    reference = table["error_scale"].eq(error_scale[0]) & table["n_elements"].eq(n_elements[0])
    plane = false_groups_rows(table[reference], n_clusters)
    write_table(plane, false_groups, "false_groups", meta)


if __name__ == "__main__":
    run(summarise_forecast, snakemake)
