"""Measure how many dimensions and which elements of a chemical space tell clusters apart."""

import logging
from pathlib import Path

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.limits.information import scatter_of
from chemtag.limits.sample import errors_in_space, labelled_sample
from chemtag.limits.tables import (
    cluster_pair_rows,
    element_rows,
    information_tables,
    nothing_known,
)
from chemtag.score.intervals import resampled_clusters

logger = logging.getLogger("chemtag.measure_information")

CONTRACTS = ("information", "spectrum", "element_information", "cluster_pairs")


def measure_information(
    space: Path,
    abundances: Path,
    truth: Path,
    information: Path,
    spectrum: Path,
    elements: Path,
    pairs: Path,
    sample: str,
    error_conversion: str,
    n_bootstrap: int,
    seed: int,
) -> None:
    """Write dimensions, eigenvalues, element by element information and pairs of clusters."""
    table = read_table(space, "space")
    listed = read_table(truth, "truth")
    known = labelled_sample(table, listed, str(truth))
    errors = None
    try:
        stars = read_table(abundances, "abundances")
        errors = errors_in_space(table, stars, error_conversion, str(abundances))
    except InputProblem as problem:
        logger.warning("no spectrum in units of errors: %s", problem)
    clusters = known.truth.clusters
    meta = {"min_members": listed.attrs["min_members"], "seed": seed}
    try:
        scatter = scatter_of(known.coordinates, clusters)
    except InputProblem as problem:
        logger.warning("nothing is measured: %s", problem)
        for path, contract in zip((information, spectrum, elements, pairs), CONTRACTS, strict=True):
            write_table(nothing_known(contract), path, contract, {**meta, "note": str(problem)})
        return
    spectra, quantities, ratios = information_tables(known.coordinates, clusters, errors)
    rng = generator_for(seed, "measure_information", sample)
    drawn = resampled_clusters(known.truth.eligible, n_bootstrap, rng)
    of_elements = element_rows(known.dimensions, ratios, known.coordinates, known.truth, drawn)
    sizes = np.bincount(clusters[clusters >= 0])
    names = [name for name, size in zip(known.truth.names, sizes, strict=True) if size >= 2]
    of_pairs = cluster_pair_rows(scatter, names)
    for row in quantities.itertuples():
        logger.info("%s: %s %.2f", row.basis, row.quantity, row.value)
    alike = int((of_pairs["q_value"] > 0.05).sum())
    logger.info("%d of %d pairs of clusters are not told apart (q > 0.05)", alike, len(of_pairs))
    write_table(quantities, information, "information", meta)
    write_table(spectra, spectrum, "spectrum", meta)
    write_table(of_elements, elements, "element_information", meta)
    write_table(of_pairs, pairs, "cluster_pairs", meta)


if __name__ == "__main__":
    run(measure_information, snakemake)
