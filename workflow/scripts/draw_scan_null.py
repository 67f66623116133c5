"""Search samples without a group, as the scan searches the sample: what chance does."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import integer_seed_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.space.sample_width import values_and_width
from chemtag.tag.scan.levels import null_draws, null_table

logger = logging.getLogger("chemtag.draw_scan_null")


def draw_scan_null(
    abundances: Path,
    scatter: Path | None,
    null: Path,
    ratio: str,
    error_conversion: str,
    source: str,
    width_settings: Mapping[str, Any],
    settings: Mapping[str, Any],
    seed: int,
    sample: str,
    chunk: int,
) -> None:
    """Write the largest evidences of the draws of this chunk; draws do not depend on the chunks."""
    table = read_table(abundances, "abundances")
    per_job = int(settings["null_draws_per_job"])
    draws = range(chunk * per_job, min((chunk + 1) * per_job, int(settings["null_draws"])))
    try:
        values, width = values_and_width(
            table, ratio, error_conversion, width_settings, source,
            None if scatter is None else read_table(scatter),
        )  # fmt: skip
        found = null_draws(
            values, width, settings, source == "self", integer_seed_for(seed, "scan", sample), draws
        )
    except InputProblem as problem:
        raise InputProblem(f"{abundances}: {problem}") from None
    meta = {"sample": sample, "kind": settings["null_kind"], "seed": seed}
    write_table(null_table(found, draws), null, "scan_null", meta)
    logger.info("%d samples without a group searched", len(draws))


if __name__ == "__main__":
    run(draw_scan_null, snakemake)
