"""Measure how many pairs of stars of different birth are as alike as stars of one cluster."""

import logging
from pathlib import Path

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.limits.doppelgangers import distances, reduced_chi2
from chemtag.limits.sample import errors_in_space, labelled_sample
from chemtag.limits.tables import doppelganger_tables, stranger_sets
from chemtag.survey.quantities import PLACES

logger = logging.getLogger("chemtag.measure_doppelgangers")


def measure_doppelgangers(
    space: Path,
    abundances: Path,
    truth: Path,
    doppelgangers: Path,
    separations: Path,
    sample: str,
    error_conversion: str,
    fe_h_width: float,
    n_pairs: int,
    n_bootstrap: int,
    seed: int,
) -> None:
    """Write doppelganger rates of both definitions and the histograms of pair separations.

    Without an error for each abundance there is no chi2; without [Fe/H] no matched pairs. Places
    in a cone, which are known to a millionth of its radius, are in the distance and not in chi2.
    """
    table, stars = read_table(space, "space"), read_table(abundances, "abundances")
    known = labelled_sample(table, read_table(truth, "truth"), str(truth))
    measures = {"distance": distances(known.coordinates)}
    blurred = [name not in PLACES for name in known.dimensions]
    try:
        errors = errors_in_space(table, stars, error_conversion, str(abundances))
        if any(blurred):
            measures["chi2"] = reduced_chi2(known.coordinates[:, blurred], errors[:, blurred])
        else:
            logger.warning("no chi2: all dimensions are places")
    except InputProblem as problem:
        logger.warning("no chi2: %s", problem)
    fe_h = None
    if "fe_h" in stars:
        fe_h = stars.set_index("star_id")["fe_h"].reindex(known.star_id).to_numpy(dtype=float)
    else:
        logger.warning("%s has no column fe_h: pairs are not matched in [Fe/H]", abundances)
    pairing, resampling = generator_for(seed, "measure_doppelgangers", sample).spawn(2)
    strangers = stranger_sets(known.truth.clusters, fe_h, fe_h_width, n_pairs, pairing)
    rates, bins = doppelganger_tables(measures, known.truth, strangers, n_bootstrap, resampling)
    for row in rates.itertuples():
        logger.info(
            "%s of %s pairs, matched in %s, weighted by %s: %.4f",
            row.definition, row.pairs, row.matched, row.weighting, row.value,
        )  # fmt: skip
    meta = {"fe_h_width": fe_h_width, "pairs": n_pairs, "seed": seed}
    if not all(blurred):
        meta["not_in_chi2"] = [name for name in known.dimensions if name in PLACES]
    write_table(rates, doppelgangers, "doppelgangers", meta)
    write_table(bins, separations, "pair_separations", meta)


if __name__ == "__main__":
    run(measure_doppelgangers, snakemake)
