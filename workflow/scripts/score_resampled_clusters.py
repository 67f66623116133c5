"""Tag and score the sample with other clusters in the place of its own: the error bars."""

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.base.settings import headline_of
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.score import scores_of
from chemtag.score.resampled_clusters import model_of_clusters, other_members
from chemtag.score.rows import resampled_clusters_rows
from chemtag.select.truth import truth_in
from chemtag.tag.protocol import Space
from chemtag.tag.tagging import check_memory
from chemtag.tag.taggings import tagging

logger = logging.getLogger("chemtag.score_resampled_clusters")


def score_resampled_clusters(
    space: Path,
    truth: Path,
    resampled: Path,
    headline: Mapping[str, Any],
    n_draws: int,
    backend: str,
    seed: int,
    memory_mb: int,
) -> None:
    """Write the scores of `n_draws` samples with other clusters, tagged at the headline setting.

    Samples that tell too little of their clusters have no draws, and the table says why.
    """
    setting = headline_of(headline)
    table = read_table(space, "space")
    star_id = table["star_id"].to_numpy(dtype=object)
    coordinates = table.drop(columns="star_id").to_numpy(dtype=float)
    check_memory(*coordinates.shape, [setting], memory_mb, str(space), "score_resampled_clusters")
    known = truth_in(read_table(truth, "truth"), star_id, str(truth))
    members = known.members
    names = table.attrs["sample"], table.attrs["space"]
    draws, absent = [], ""
    try:
        model = model_of_clusters(coordinates[members], known.clusters[members])
    except ValueError as problem:
        absent = str(problem)
        logger.warning("no samples with other clusters: %s", absent)
    for draw in tqdm(range(0 if absent else n_draws), "samples", file=sys.stderr, delay=10):
        rng = generator_for(seed, "score_other_clusters", *names, draw)
        coordinates[members] = other_members(model, known.clusters[members], rng)
        number = integer_seed_for(seed, "score_other_clusters", *names, draw)
        found = tagging(Space(star_id, coordinates), setting, number, backend)
        draws.append(scores_of(found.group, known.clusters, known.eligible))
        logger.info("sample %d: %d groups", draw, found.group.max(initial=-1) + 1)
    meta = {"setting": setting.name, "backend": backend, "seed": seed, "absent": absent}
    write_table(
        resampled_clusters_rows(draws), resampled, "resampled_clusters", {**table.attrs, **meta}
    )


if __name__ == "__main__":
    run(score_resampled_clusters, snakemake)
