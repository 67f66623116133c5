"""Find groups of the known width of a birth cluster in a sample."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import integer_seed_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.space.sample_width import meta_of, values_and_width
from chemtag.tag.scan.levels import (
    Tagging,
    groups_table,
    known_width_tagging,
    members_table,
    null_in,
)
from chemtag.tag.scan.reliability import LEARNT_ON
from chemtag.tag.scan.scanning import THRESHOLDS

logger = logging.getLogger("chemtag.scan_stars")


def scan_stars(
    abundances: Path,
    scatter: Path | None,
    null: list[Path],
    members: Path,
    found: Path,
    ratio: str,
    error_conversion: str,
    source: str,
    width_settings: Mapping[str, Any],
    settings: Mapping[str, Any],
    members_only: bool,
    seed: int,
    sample: str,
) -> None:
    """Write the stars (`members`) and the groups (`found`) of each level of the tagger.

    `source` is that of the width; `self` starts from quoted errors. `scatter` is the table of
    published scatters, where the source is published; `null` are the samples without a group, in
    chunks, none where no p-values are asked for. `settings` is the block `tag/scan`.
    """
    table = read_table(abundances, "abundances")
    star_id = table["star_id"].to_numpy(dtype=str)
    draws = [read_table(path, "scan_null") for path in null]
    try:
        values, width = values_and_width(
            table, ratio, error_conversion, width_settings, source,
            None if scatter is None else read_table(scatter),
        )  # fmt: skip
        tagging = known_width_tagging(
            values, width, star_id, settings, members_only, source == "self",
            integer_seed_for(seed, "scan", sample), null_in(draws),
        )  # fmt: skip
    except InputProblem as problem:
        raise InputProblem(f"{abundances}: {problem}") from None
    meta = {"sample": sample, "ratio": ratio, "seed": seed} | meta_of_tagging(tagging, settings)
    write_table(members_table(tagging.found, list(star_id)), members, "scan_members", meta)
    write_table(groups_table(tagging), found, "scan_groups", meta)
    logger.info("width: %s", tagging.width.basis)
    for note in tagging.width.notes:
        logger.warning("%s", note)
    for level, one in tagging.found.items():
        logger.info("%s: %d groups of %d stars", level, len(one), int((one.group >= 0).sum()))


def meta_of_tagging(tagging: Tagging, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the tables say of how they were made."""
    return {
        "levels": list(tagging.found),
        "thresholds": dict(THRESHOLDS),
        "width": meta_of(tagging.width),
        "field": settings["field"],
        "n_components": tagging.n_components,
        "n_axes": len(tagging.signal.names),
        "learnt_on": LEARNT_ON,
        "null": settings["null_kind"] if tagging.null is not None else "",
        "null_draws": 0 if tagging.null is None else len(tagging.null),
        "null_stars": [] if tagging.null is None else sorted(set(tagging.null.n_stars.tolist())),
    }


if __name__ == "__main__":
    run(scan_stars, snakemake)
