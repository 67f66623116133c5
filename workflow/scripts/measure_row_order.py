"""Measure how far the groups of the package hdbscan depend on the order of the rows."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.seeds import generator_for
from chemtag.base.settings import headline_of
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.tag.density import row_order_sensitivity

logger = logging.getLogger("chemtag.measure_row_order")

FEWEST = 2  # permutations of a sample above the cap


def measure_row_order(
    space: Path,
    row_order: Path,
    headline: Mapping[str, Any],
    permutations: int,
    cap: int,
    seed: int,
) -> None:
    """Write how the groups of the headline move under permutations; fewer beyond `cap` stars."""
    setting = headline_of(headline)
    table = read_table(space, "space")
    values = table.drop(columns="star_id").to_numpy(dtype=float)
    made = permutations_made(len(values), permutations, cap)
    if made < permutations:
        logger.warning(
            "%d permutations instead of %d: %d stars are more than tag/permutations_cap (%d)",
            made,
            permutations,
            len(values),
            cap,
        )
    moved = row_order_sensitivity(
        values,
        setting.min_cluster_size,
        setting.min_samples,
        setting.method,
        metric=setting.metric,
        n_permutations=made,
        rng=generator_for(seed, "row order", table.attrs["sample"], table.attrs["space"]),
    )
    rows = pd.DataFrame(
        {
            "permutation": np.arange(made + 1),
            "n_groups": np.append(moved.n_groups_given, moved.n_groups),
            "adjusted_rand_index": np.append(1.0, moved.adjusted_rand_index),
            "fraction_changed": np.append(0.0, moved.fraction_changed),
        }
    )
    meta = {
        "sample": table.attrs["sample"],
        "space": table.attrs["space"],
        "setting": setting.name,
        "stars": len(values),
        "permutations_asked": permutations,
        "permutations_made": made,
    }
    write_table(rows, row_order, "row_order", meta)
    logger.info(
        "%d of %d permutations changed the groups; least agreement (ARI) %.3f",
        int((moved.fraction_changed > 0).sum()),
        made,
        moved.adjusted_rand_index.min(),
    )


def permutations_made(n_stars: int, asked: int, cap: int) -> int:
    """Return how many permutations are made of a sample of `n_stars`."""
    return asked if n_stars <= cap else min(asked, FEWEST)


if __name__ == "__main__":
    run(measure_row_order, snakemake)
