"""Find groups in a chemical space over the whole grid of settings."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chemtag.base.log import log_progress
from chemtag.base.seeds import integer_seed_for
from chemtag.base.settings import settings_of
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.tag.spaces import space_in
from chemtag.tag.tagging import (
    check_memory,
    check_sizes,
    groups_table,
    settings_table,
)
from chemtag.tag.taggings import taggings

logger = logging.getLogger("chemtag.tag_stars")


def tag_stars(
    space: Path,
    errors: Path,
    groups: Path,
    settings: Path,
    grid: Mapping[str, Sequence[Any]],
    taggers: Mapping[str, Mapping[str, Sequence[Any]]],
    backend: str,
    seed: int,
    memory_mb: int,
) -> None:
    """Write the groups of every setting of `grid` and of `taggers`, and what each setting gave."""
    table = read_table(space, "space")
    star_id = table["star_id"].to_numpy(dtype=str)
    values = table.drop(columns="star_id").to_numpy(dtype=float)
    points = settings_of(grid, taggers)
    check_sizes(len(values), points, str(space))
    check_memory(*values.shape, points, memory_mb, str(space), "tag_stars")
    logger.info(
        "%d stars in %d dimensions, %d settings, backend %s",
        *values.shape,
        len(points),
        backend,
    )
    number = integer_seed_for(seed, "tag_stars", table.attrs["sample"], table.attrs["space"])
    # Their covariances are large, and HDBSCAN does not ask for them.
    known = read_table(errors, "space_errors") if taggers else None
    stars = space_in(table, known)
    if table.attrs.get("scale") == "signal":
        # It is in units of the width of a birth cluster.
        stars = replace(stars, width=np.eye(values.shape[1]))
    found = taggings(stars, points, number, backend)
    partitions = list(log_progress(found, len(points), "settings"))
    meta = {**table.attrs, "backend": backend}
    write_table(groups_table(partitions, star_id), groups, "groups", meta)
    summary = settings_table(partitions)
    write_table(summary, settings, "settings", meta)
    logger.info("%d to %d groups a setting", summary["n_groups"].min(), summary["n_groups"].max())


if __name__ == "__main__":
    run(tag_stars, snakemake)
