"""Measure the supervised ceiling of a chemical space: what a classifier told the labels gets."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.limits.ceiling import ceiling_scores, leave_one_out_lda, leave_one_out_neighbours
from chemtag.limits.sample import Sample, labelled_sample
from chemtag.limits.tables import ceiling_cluster_rows, ceiling_rows, empty_ceiling_rows

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
    """Classify each star from all others by LDA and by its nearest neighbours; score members."""
    listed = read_table(truth, "truth")
    known = labelled_sample(read_table(space, "space"), listed, str(truth))
    rows, cluster_rows = [], []
    for method in ("lda", "knn"):
        try:
            answers = answers_of(method, known, neighbours)
        except InputProblem as problem:
            logger.warning("%s: %s", method, problem)
            rows.append(empty_ceiling_rows(method, str(problem)))
            continue
        rng = generator_for(seed, "measure_ceiling", sample)
        scores = ceiling_scores(answers, known.truth, n_bootstrap, rng)
        for name, score in scores.items():
            logger.info("%s: %s %.3f (baseline %.3f)", method, name, score.value, score.baseline)
        rows.append(ceiling_rows(method, scores))
        cluster_rows.append(ceiling_cluster_rows(method, answers, known.truth))
    meta = {"neighbours": neighbours, "min_members": listed.attrs["min_members"], "seed": seed}
    write_table(pd.concat(rows), ceiling, "ceiling", meta)
    write_table(pd.concat(cluster_rows), clusters, "ceiling_clusters", meta)


def answers_of(method: str, known: Sample, neighbours: int) -> np.ndarray:
    """Class of each star, left out of what the classifier learns from."""
    if method == "lda":
        return leave_one_out_lda(known.coordinates, known.truth.clusters)
    return leave_one_out_neighbours(known.coordinates, known.truth.clusters, neighbours)


if __name__ == "__main__":
    run(measure_ceiling, snakemake)
