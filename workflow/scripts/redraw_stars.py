"""Tag a batch of draws of the abundances within their errors, at the headline setting."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.batches import numbers_of
from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.base.settings import AnySetting, Setting, headline_of
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.tag.density import mahalanobis_map
from chemtag.tag.protocol import Space
from chemtag.tag.redraws import Population, redraws_of
from chemtag.tag.tagging import check_memory
from chemtag.tag.taggings import tagging

logger = logging.getLogger("chemtag.redraw_stars")


def redraw_stars(
    abundances: Path,
    space: Path,
    redrawn_groups: Path,
    batch: str,
    draw_scale: str,
    error_conversion: str,
    headline: Mapping[str, Any],
    backend: str,
    seed: int,
    memory_mb: int,
) -> None:
    """Write the groups of each draw of the batch; a draw is the same in whichever batch it is.

    The draws are mapped to the space with centre, divisor and transform of the observed space, not
    scaled anew: a draw moves stars, it does not change the distance.
    """
    setting = headline_of(headline)
    points = read_table(space, "space")
    star_id = points["star_id"].to_numpy(dtype=str)
    source = redraws_of(
        read_table(abundances, "abundances"), points, error_conversion, draw_scale, str(abundances)
    )
    dimensions = len(source.elements)
    check_memory(len(star_id), dimensions, [setting], memory_mb, str(space), "redraw_stars")
    log_population(source.population, dimensions)
    turn, euclidean = metric_map(points, setting)
    names = points.attrs["sample"], points.attrs["space"]
    columns = {}
    for draw in numbers_of(batch):
        coordinates = source.coordinates(generator_for(seed, "redraw", *names, draw)) @ turn
        number = integer_seed_for(seed, "redraw_stars", *names, draw)
        found = tagging(Space(star_id, coordinates), euclidean, number, backend)
        columns[f"draw_{draw:04d}"] = found.group
        logger.info("draw %d: %d groups", draw, found.group.max(initial=-1) + 1)
    meta = {"setting": setting.name, "backend": backend, "draw_scale": draw_scale, "seed": seed}
    table = pd.DataFrame({"star_id": points["star_id"], **columns})
    write_table(table, redrawn_groups, "redrawn_groups", {**points.attrs, **meta})


def metric_map(space: pd.DataFrame, setting: AnySetting) -> tuple[np.ndarray, AnySetting]:
    """Return a matrix (D, D) for the coordinates and the setting to use after it.

    The Mahalanobis distance keeps the covariance of the observed space.
    """
    values = space.drop(columns="star_id").to_numpy(dtype=float)
    if not isinstance(setting, Setting) or setting.metric != "mahalanobis":
        return np.eye(values.shape[1]), setting
    matrix = mahalanobis_map(np.cov(values, rowvar=False))
    return matrix, replace(setting, metric="euclidean")


def log_population(population: Population | None, dimensions: int) -> None:
    """Say how many directions of the abundances are more than noise."""
    if population is not None:
        rank = population.factor.shape[1]
        logger.info("the population has variance in %d of %d directions", rank, dimensions)


if __name__ == "__main__":
    run(redraw_stars, snakemake)
