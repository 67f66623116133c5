"""Set the scores of a sample beside all six nulls."""

import logging
from pathlib import Path

import pandas as pd

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.limits.null_tables import null_rows

logger = logging.getLogger("chemtag.summarise_nulls")


def summarise_nulls(
    scores: Path, oracle_scores: Path, draws: list[Path], nulls: Path, headline: str
) -> None:
    """Write value, mean, 95 % band, z and p of each score for each null and role."""
    batches = [read_table(path, "null_draws") for path in draws]
    each = read_table(scores, "scores")
    roles = {
        "headline": each[each["setting"] == headline],
        "oracle": read_table(oracle_scores, "scores"),
    }
    rows = null_rows(roles, pd.concat(batches), batches[0].attrs["absent"])
    meta = {key: batches[0].attrs[key] for key in ("components", "seed", "sample")}
    write_table(rows, nulls, "nulls", meta)
    shown = rows[(rows["metric"] == "rf40") & (rows["role"] == "headline")]
    for row in shown.itertuples():
        logger.info("%s: RF40 %.3f, null %.3f, p %.3f", row.null, row.value, row.null_mean,
                    row.p_value)  # fmt: skip


if __name__ == "__main__":
    run(summarise_nulls, snakemake)
