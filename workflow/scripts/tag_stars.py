"""Find groups in a chemical space over the whole grid of settings."""

import logging
from pathlib import Path

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.tag.tagging import (
    BACKENDS,
    check_memory,
    check_sizes,
    groups_table,
    log_progress,
    settings_of,
    settings_table,
)

logger = logging.getLogger("chemtag.tag_stars")


def tag_stars(
    space: Path,
    groups: Path,
    settings: Path,
    grid: dict,
    backend: str,
    memory_mb: int,
) -> None:
    """Write the groups of every setting of `grid` and what each setting gave."""
    table = read_table(space, "space")
    star_id = table["star_id"].to_numpy(dtype=str)
    values = table.drop(columns="star_id").to_numpy(dtype=float)
    points = settings_of(grid)
    check_sizes(len(values), points, str(space))
    check_memory(*values.shape, points, memory_mb, str(space), "tag_stars")
    logger.info(
        "%d stars in %d dimensions, %d settings, backend %s",
        *values.shape,
        len(points),
        backend,
    )
    found = BACKENDS[backend](values, points, star_id)
    partitions = list(log_progress(found, len(points)))
    meta = {**table.attrs, "backend": backend}
    write_table(groups_table(partitions, star_id), groups, "groups", meta)
    summary = settings_table(partitions)
    write_table(summary, settings, "settings", meta)
    logger.info("%d to %d groups a setting", summary["n_groups"].min(), summary["n_groups"].max())


if __name__ == "__main__":
    run(tag_stars, snakemake)
