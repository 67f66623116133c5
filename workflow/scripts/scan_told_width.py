"""Scan a sample with the width of other clusters, leave-one-cluster-out: told their truth."""

import logging
from pathlib import Path

import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import integer_seed_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.limits.told_width import told_width_rows
from chemtag.select.truth import truth_in
from chemtag.space.sample_width import values_and_errors
from chemtag.survey.abundances import column_of

logger = logging.getLogger("chemtag.scan_told_width")


def scan_told_width(
    abundances: Path,
    truth: Path,
    told_width: Path,
    ratio: str,
    error_conversion: str,
    seed: int,
    sample: str,
) -> None:
    """Write what became of each eligible cluster, scanned with the width of all others."""
    table = read_table(abundances, "abundances")
    listed = read_table(truth, "truth")
    known = truth_in(listed, table["star_id"].to_numpy(dtype=object), str(truth))
    values, errors = values_and_errors(table, ratio, error_conversion)
    names = [column_of(element, ratio) for element in table.attrs["elements"]]
    try:
        rows = list(
            told_width_rows(values, errors, names, known, integer_seed_for(seed, "scan", sample))
        )
    except InputProblem as problem:
        raise InputProblem(f"{abundances}: {problem}") from None
    meta = {"sample": sample, "min_members": listed.attrs["min_members"], "seed": seed}
    result = pd.DataFrame(rows)
    for level, part in result.groupby("level"):
        logger.info(
            "%s: %d of %d clusters, with the width of the others", level,
            int(part["recovered_40"].sum()), len(part),
        )  # fmt: skip
    write_table(result, told_width, "told_width", meta)


if __name__ == "__main__":
    run(scan_told_width, snakemake)
