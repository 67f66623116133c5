"""Measure the supervised ceiling of a chemical space: what a classifier told the labels gets."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.limits.ceiling import (
    ceiling_scores,
    leave_one_out_neighbours,
    leave_one_out_posterior,
    most_probable,
    ranked_hits,
    ranked_scores,
)
from chemtag.limits.sample import labelled_sample
from chemtag.limits.tables import (
    ceiling_cluster_rows,
    ceiling_rows,
    empty_ceiling_rows,
    ranked_cluster_rows,
)

logger = logging.getLogger("chemtag.measure_ceiling")


def measure_ceiling(
    space: Path,
    truth: Path,
    ceiling: Path,
    clusters: Path,
    sample: str,
    neighbours: int,
    n_bootstrap: int,
    seed: int,
) -> None:
    """Classify each star from all others by LDA and by its nearest neighbours; score members.

    `lda_ranked` takes, for each cluster, as many stars as it has by the same probabilities.
    """
    listed = read_table(truth, "truth")
    known = labelled_sample(read_table(space, "space"), listed, str(truth))
    rows, cluster_rows = [], []
    clusters_of = known.truth.clusters

    def add(method: str, scores: dict, table: pd.DataFrame) -> None:
        for name, score in scores.items():
            logger.info("%s: %s %.3f (baseline %.3f)", method, name, score.value, score.baseline)
        rows.append(ceiling_rows(method, scores))
        cluster_rows.append(table)

    def rng() -> np.random.Generator:
        return generator_for(seed, "measure_ceiling", sample)

    answers = {"knn": leave_one_out_neighbours(known.coordinates, clusters_of, neighbours)}
    try:
        posterior = leave_one_out_posterior(known.coordinates, clusters_of)
    except InputProblem as problem:
        logger.warning("lda: %s", problem)
        rows += [empty_ceiling_rows(method, str(problem)) for method in ("lda", "lda_ranked")]
    else:
        answers["lda"] = most_probable(posterior)
        hits = ranked_hits(posterior, clusters_of)
        scores = ranked_scores(hits, known.truth, n_bootstrap, rng())
        add("lda_ranked", scores, ranked_cluster_rows("lda_ranked", hits, known.truth))
    for method, found in answers.items():
        scores = ceiling_scores(found, known.truth, n_bootstrap, rng())
        add(method, scores, ceiling_cluster_rows(method, found, known.truth))
    meta = {"neighbours": neighbours, "min_members": listed.attrs["min_members"], "seed": seed}
    write_table(pd.concat(rows), ceiling, "ceiling", meta)
    write_table(pd.concat(cluster_rows), clusters, "ceiling_clusters", meta)


if __name__ == "__main__":
    run(measure_ceiling, snakemake)
