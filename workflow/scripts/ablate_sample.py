"""Ablate the headline of a sample on its own stars."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from chemtag.ablate.samples import check_clusters, of_tables
from chemtag.ablate.scores import Score, score_variant
from chemtag.ablate.summary import of_one_sample
from chemtag.ablate.variants import Variant, headline_variant, variants_of
from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.settings import headline_of
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.score.intervals import resampled_clusters
from chemtag.score.nulls import permuted_clusters

logger = logging.getLogger("chemtag.ablate_sample")


def ablate_sample(
    abundances: Path,
    truth: Path,
    ablations: Path,
    sample: str,
    elements: list[str],
    space: dict[str, Any],
    headline: dict[str, Any],
    block: dict[str, Any],
    n_bootstrap: int,
    seed: int,
) -> None:
    """Write the scores of each variant and their paired differences to the headline."""
    listed = read_table(truth, "truth")
    stars = of_tables(
        read_table(abundances, "abundances"), listed, space["error_conversion"], str(truth)
    )
    carrying = generator_for(seed, "ablate", sample, "predicted")
    stars = replace(stars, normal=carrying.standard_normal(len(stars.values)))
    check_clusters(stars.truth, listed.attrs["min_members"], str(truth))
    base = headline_variant(elements, space, headline)
    variants, skipped = variants_of(base, stars.elements, block)
    permuting = generator_for(seed, "ablate", sample, "permutations")
    permuted = permuted_clusters(stars.truth.clusters, block["permutations"], permuting)
    found: list[tuple[Variant, Score]] = []
    for variant in variants:
        try:
            found.append((variant, score_variant(stars, variant, headline_of(headline), permuted)))
        except InputProblem as problem:
            if variant is base:
                raise
            skipped.append(f"{variant.name}: {problem}")
        logger.info("%d of %d variants scored", len(found), len(variants))
    for reason in skipped:
        logger.warning("left out: %s", reason)
    resampling = generator_for(seed, "ablate", sample, "bootstrap")
    drawn = resampled_clusters(stars.truth.eligible, n_bootstrap, resampling)
    meta = {
        "sample": sample,
        "source": "the sample itself",
        "setting": headline_of(headline).name,
        "n_stars": len(stars.values),
        "n_clusters": int(stars.truth.eligible.sum()),
        "n_field": int((stars.truth.clusters < 0).sum()),
        "skipped": skipped,
        "seed": seed,
    }
    write_table(of_one_sample(found, stars.truth, drawn), ablations, "ablations", meta)


if __name__ == "__main__":
    run(ablate_sample, snakemake)
