"""Tag and score surrogate samples: a sample without clumps, without structure, without siblings."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.batches import numbers_of
from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.base.settings import grid_of, headline_of
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.limits.null_tables import draw_rows, scores_of_roles
from chemtag.limits.sample import Sample, labelled_sample
from chemtag.limits.surrogates import (
    SmoothDensity,
    blurred_clusters,
    iron_bins,
    labels_among_neighbours,
    labels_of_strangers,
    scatter_within,
    shuffled_within,
    smooth_density,
)
from chemtag.score.nulls import permuted_clusters
from chemtag.tag.protocol import Space
from chemtag.tag.redraws import Redraws, redraws_of
from chemtag.tag.taggings import taggings

logger = logging.getLogger("chemtag.retag_nulls")

LABELLINGS = 5
"""Draws of permuted labels a replicate: they need no tagging of their own."""
Tagger = Callable[[np.ndarray], list[np.ndarray]]


def retag_nulls(
    space: Path,
    abundances: Path,
    truth: Path,
    draws: Path,
    name: str,
    batch: str,
    grid: Mapping[str, Sequence],
    headline: Mapping[str, Any],
    grid_stars: int,
    error_conversion: str,
    backend: str,
    seed: int,
) -> None:
    """Write the scores of each surrogate; a replicate is the same in whichever batch it is.

    Samples of more than `grid_stars` stars are tagged at the headline setting alone.
    """
    settings, reported = list(grid_of(grid)), headline_of(headline)
    if reported not in settings:
        settings.append(reported)
    table = read_table(space, "space")
    sample = labelled_sample(table, read_table(truth, "truth"), str(truth))
    absent = {}
    if len(table) > grid_stars:
        settings = [reported]
        absent["oracle"] = f"the grid is not searched anew above {grid_stars} stars"

    def tagged(values: np.ndarray) -> list[np.ndarray]:
        parts = taggings(Space.of(values), settings, integer_seed_for(seed, "retag_nulls"), backend)
        found = {part.setting: part.group for part in parts}
        return [found[setting] for setting in settings]

    try:
        known = read_table(abundances, "abundances")
        errors = redraws_of(known, table, error_conversion, "full", str(abundances))
    except InputProblem as problem:
        logger.warning("no blurred clusters: %s", problem)
        absent["blurred"], errors = "an error is missing for some abundances", None
    density = smooth_density(
        fitted_stars(sample), generator_for(seed, "retag_nulls", name, "density")
    )
    logger.info("smooth density of %d components", len(density.weights))
    streams = {r: generator_for(seed, "retag_nulls", name, r) for r in numbers_of(batch)}
    at = settings.index(reported)
    rows = relabelled(sample, streams, tagged, at, absent)
    for replicate, stream in streams.items():
        for null, values in surrogates(sample, density, errors, stream):
            labels = sample.truth.clusters[None]
            scores = scores_of_roles(tagged(values), labels, sample.truth.eligible, at)
            rows.append(draw_rows(null, replicate, scores))
        logger.info("replicate %d done", replicate)
    meta = {"absent": absent, "components": len(density.weights), "seed": seed, "sample": name}
    write_table(pd.concat(rows), draws, "null_draws", meta)


def surrogates(
    sample: Sample, density: SmoothDensity, errors: Redraws | None, rng: np.random.Generator
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name and the coordinates (N, D) of each surrogate whose stars keep their labels."""
    smooth, shuffled, blurred = rng.spawn(3)
    values = sample.coordinates
    iron = sample.dimensions.index("fe_h") if "fe_h" in sample.dimensions else None
    bins = iron_bins(None if iron is None else values[:, iron], len(values))
    yield "smooth", density.draw(len(values), smooth)
    yield "shuffled", shuffled_within(values, bins, iron, shuffled)
    if errors is not None:
        moved = errors.coordinates(blurred) - values
        yield "blurred", blurred_clusters(values, moved, sample.truth.clusters)


def fitted_stars(sample: Sample) -> np.ndarray:
    """Field stars, or all stars where there are fewer than ten field stars a dimension."""
    field = sample.coordinates[~sample.members]
    return field if len(field) >= 10 * field.shape[1] else sample.coordinates


def relabelled(
    sample: Sample,
    streams: dict[int, np.random.Generator],
    tagged: Tagger,
    headline: int,
    absent: dict[str, str],
) -> list[pd.DataFrame]:
    """Rows of the nulls that move labels: the sample, or its field alone, is tagged once."""
    clusters, eligible = sample.truth.clusters, sample.truth.eligible
    groupings = tagged(sample.coordinates)
    labels, like = {}, {}
    plane = alike_plane(sample)
    if plane is None:
        absent["strangers"] = "neither [Fe/H] nor Mg is an element of the space"
    with_field = (clusters < 0).sum() >= 2 * (clusters >= 0).sum()
    move = labels_of_strangers if with_field else labels_among_neighbours
    for replicate, stream in streams.items():
        one, two = stream.spawn(2)
        labels[replicate] = permuted_clusters(clusters, LABELLINGS, one, "members").labels()
        if plane is not None:
            like[replicate] = np.stack([move(plane, clusters, two) for _ in range(LABELLINGS)])
    rows = [
        draw_rows("members_permuted", LABELLINGS * replicate,
                  scores_of_roles(groupings, moved, eligible, headline))
        for replicate, moved in labels.items()
    ]  # fmt: skip
    kept = clusters < 0 if with_field else np.ones(len(clusters), dtype=bool)
    if with_field and like:
        groupings = tagged(sample.coordinates[kept])
    rows += [
        draw_rows("strangers", LABELLINGS * replicate,
                  scores_of_roles(groupings, moved[:, kept], eligible, headline))
        for replicate, moved in like.items()
    ]  # fmt: skip
    return rows


def alike_plane(sample: Sample) -> np.ndarray | None:
    """[Fe/H] and Mg (N, 2) in units of the scatter within clusters; one of them if alone."""
    columns = [i for i, d in enumerate(sample.dimensions) if d in ("fe_h", "mg_fe", "mg_h")]
    if not columns:
        return None
    chosen = sample.coordinates[:, columns]
    scatter = scatter_within(chosen, sample.truth.clusters)
    plane = chosen / np.where(scatter > 0, scatter, 1.0)
    return plane if plane.shape[1] == 2 else np.column_stack([plane, np.zeros(len(plane))])


if __name__ == "__main__":
    run(retag_nulls, snakemake)
