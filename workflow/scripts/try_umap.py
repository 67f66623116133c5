"""Count groups on UMAPs of a sample and of structureless data: a warning."""

import logging
from pathlib import Path
from typing import Any

from chemtag.ablate.samples import check_clusters
from chemtag.ablate.umap_warning import trials, warning_rows
from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.base.settings import headline_of
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.score.nulls import permuted_clusters
from chemtag.select.truth import truth_in

logger = logging.getLogger("chemtag.try_umap")


def try_umap(
    space: Path,
    truth: Path,
    warning: Path,
    sample: str,
    headline: dict[str, Any],
    umap: dict[str, Any],
    seeds: int,
    permutations: int,
    seed: int,
) -> None:
    """Write groups found in the space and on its UMAP, for the sample and for a Gaussian."""
    table = read_table(space, "space")
    points = table.drop(columns="star_id").to_numpy(dtype=float)
    listed = read_table(truth, "truth")
    known = truth_in(listed, table["star_id"].to_numpy(dtype=object), str(truth))
    check_clusters(known, listed.attrs["min_members"], str(truth))
    permuted = permuted_clusters(
        known.clusters, permutations, generator_for(seed, "try_umap", sample, "permutations")
    )
    setting = headline_of(headline)
    result = trials(
        points,
        setting,
        known,
        permuted,
        umap,
        [integer_seed_for(seed, "try_umap", sample, run) for run in range(seeds)],
        [generator_for(seed, "try_umap", sample, run) for run in range(seeds)],
    )
    rows = warning_rows(result, int(known.eligible.sum()))
    for row in rows.itertuples():
        logger.info("%s, %s: %s %.3f", row.data, row.coordinates, row.score, row.value)
    meta = {
        "sample": sample,
        "space": headline["space"],
        "setting": setting.name,
        "n_stars": len(points),
        "n_clusters": int(known.eligible.sum()),
        "n_neighbors": umap["n_neighbors"],
        "min_dist": umap["min_dist"],
        "seed": seed,
    }
    write_table(rows, warning, "umap_warning", meta)


if __name__ == "__main__":
    run(try_umap, snakemake)
