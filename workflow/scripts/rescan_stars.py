"""Scan shuffled samples, and draws of the sample within its errors, as the sample was scanned."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import integer_seed_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.limits.rescans import KINDS, Scanned, rescan_rows, rescanned, stability_rows
from chemtag.score.rows import codes_of_groups
from chemtag.select.truth import truth_in
from chemtag.space.sample_width import values_and_width
from chemtag.tag.scan.levels import signal_of_width
from chemtag.tag.scan.scanning import THRESHOLDS

logger = logging.getLogger("chemtag.rescan_stars")


def rescan_stars(
    abundances: Path,
    truth: Path,
    members: Path,
    scatter: Path | None,
    rescans: Path,
    scan_stability: Path,
    ratio: str,
    error_conversion: str,
    source: str,
    width_settings: Mapping[str, Any],
    settings: Mapping[str, Any],
    draw_scale: str,
    replicates: int,
    seed: int,
    sample: str,
) -> None:
    """Write the scores of the sample beside `replicates` of each kind, and the groups' stability.

    A width that is learnt is learnt from the sample, as the scan did, and kept.
    """
    table = read_table(abundances, "abundances")
    listed = read_table(truth, "truth")
    star_id = table["star_id"].to_numpy(dtype=object)
    known = truth_in(listed, star_id, str(truth))
    found = read_table(members, "scan_members")
    observed = groups_of_levels(found, star_id, str(members))
    kept = None if scatter is None else read_table(scatter)
    own = integer_seed_for(seed, "scan", sample)
    try:
        values, width = values_and_width(
            table, ratio, error_conversion, width_settings, source, kept
        )
        width = signal_of_width(values, width, settings["field"], source == "self", own)[1]
        bare = dict(width_settings) | {"scatter": 0.0}
        errors = values_and_width(table, ratio, error_conversion, bare, "quoted", None)[1]
    except InputProblem as problem:
        raise InputProblem(f"{abundances}: {problem}") from None
    where = Scanned(values, np.asarray(width.covariance), errors.covariance, iron_column(table))
    again = {
        kind: [
            rescanned(where, kind, draw_scale, settings["field"], own, number)
            for number in range(replicates)
        ]
        for kind in KINDS
    }
    meta = {
        "sample": sample,
        "width": found.attrs["width"],
        "draw_scale": draw_scale,
        "min_members": listed.attrs["min_members"],
        "seed": seed,
    }
    result = rescan_rows(observed, again, known)
    for row in result[result["score"] == "rf40"].itertuples():
        logger.info(
            "%s, %s: RF40 %.3f, in the sample %.3f", row.kind, row.level, row.null_mean, row.value
        )
    write_table(result, rescans, "rescans", meta)
    stable = pd.DataFrame(list(stability_rows(observed, again["redrawn"])), columns=STABILITY)
    write_table(stable, scan_stability, "scan_stability", meta)


def iron_column(table: pd.DataFrame) -> int | None:
    """Column of iron among the abundances, None where it is not one of them."""
    elements = list(table.attrs["elements"])
    return elements.index("fe") if "fe" in elements else None


def groups_of_levels(
    members: pd.DataFrame, star_id: np.ndarray, place: str
) -> dict[str, np.ndarray]:
    """Groups (N,) of the scan at each level of evidence; the linkage has none."""
    levels = list(members.attrs["levels"])
    table = members.rename(columns={"level": "setting"})
    codes = dict(zip(levels, codes_of_groups(table, levels, star_id, place), strict=True))
    return {level: codes[level] for level in THRESHOLDS}


STABILITY = [
    "level", "group", "n_stars", "jaccard", "jaccard_low", "jaccard_high", "dissolved", "n_draws",
]  # fmt: skip

if __name__ == "__main__":
    run(rescan_stars, snakemake)
