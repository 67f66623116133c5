"""Tag a batch of draws of the abundances within their errors, at the headline setting."""

import logging
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pandas as pd

from chemtag.abundances import column_of, to_ratio
from chemtag.density import mahalanobis_map
from chemtag.problems import InputProblem
from chemtag.redraws import Population, checked_errors, population_of, redrawn
from chemtag.seeds import generator_for
from chemtag.tables import read_table, write_table
from chemtag.tagging import BACKENDS, Setting, check_memory, headline_of

logger = logging.getLogger("chemtag.redraw_stars")


def redraw_stars(
    abundances: Path,
    space: Path,
    redrawn_groups: Path,
    draws: range,
    scale: str,
    error_conversion: str,
    setting: Setting,
    backend: str,
    seed: int,
    threads: int,
    memory_mb: int,
) -> None:
    """Write the groups of each draw of `draws`; a draw is the same in whichever batch it is.

    The draws are mapped to the space with centre, divisor and transform of the observed space, not
    scaled anew: a draw moves stars, it does not change the distance.
    """
    points = read_table(space, "space")
    star_id = points["star_id"].to_numpy(dtype=str)
    values, errors, elements, ratio = abundances_of(abundances, points, error_conversion, scale)
    check_memory(len(star_id), len(elements), [setting], memory_mb, str(space), "redraw_stars")
    population = population_of(values, errors) if scale == "deconvolved" else None
    log_population(population, len(elements))
    if backend == "exact":
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    centre, divisor = np.array(points.attrs["centre"]), np.array(points.attrs["divisor"])
    turn, euclidean = metric_map(points, setting)
    if points.attrs.get("matrix") is not None:
        turn = np.array(points.attrs["matrix"]) @ turn
    names = points.attrs["sample"], points.attrs["space"]
    columns = {}
    for draw in draws:
        drawn = redrawn(
            values, errors, scale, population, generator_for(seed, "redraw", *names, draw)
        )
        drawn, _ = in_ratio(drawn, errors, elements, ratio, points.attrs["ratio"])
        coordinates = (drawn[:, : len(centre)] - centre) / divisor @ turn
        (found,) = BACKENDS[backend](coordinates, [euclidean], star_id)
        columns[f"draw_{draw:04d}"] = found.group
        logger.info("draw %d: %d groups", draw, found.group.max(initial=-1) + 1)
    meta = {"setting": setting.name, "backend": backend, "draw_scale": scale, "seed": seed}
    table = pd.DataFrame({"star_id": points["star_id"], **columns})
    write_table(table, redrawn_groups, "redrawn_groups", {**points.attrs, **meta})


def draws_of(batch: str) -> range:
    """Return the numbers of the draws of a batch such as 0010-0019."""
    first, last = map(int, batch.split("-"))
    return range(first, last + 1)


def abundances_of(
    path: Path, space: pd.DataFrame, error_conversion: str, scale: str
) -> tuple[np.ndarray, np.ndarray, list[str], str]:
    """Return values and errors (N, E) as they are drawn, their elements and their ratio.

    Errors are independent in the ratio of the catalogue, so draws are made there; [X/H] then shares
    the error of iron. With `error_conversion` "unchanged" the errors are said to be those of the
    ratio of the space, and draws are made in that. Iron comes last where the conversion needs it
    and it is no element of the sample.
    """
    table = read_table(path, "abundances")
    if table["star_id"].tolist() != space["star_id"].tolist():
        raise InputProblem(
            f"{path}: its {len(table)} stars are not the {len(space)} stars of the space; delete "
            "both files and let the stages select and space write them again."
        )
    elements, ratio = list(table.attrs["elements"]), table.attrs["ratio"]
    target = space.attrs["ratio"]
    if ratio != target and "fe" not in elements:
        elements.append("fe")
    columns = [column_of(element, ratio) for element in elements]
    values = table[columns].to_numpy(dtype=float)
    errors = table[[f"{column}_err" for column in columns]].to_numpy(dtype=float)
    checked_errors(errors, columns, str(path), scale)
    if ratio != target and error_conversion == "unchanged":
        return *in_ratio(values, errors, elements, ratio, target), elements, target
    return values, errors, elements, ratio


def metric_map(space: pd.DataFrame, setting: Setting) -> tuple[np.ndarray, Setting]:
    """Return a matrix (D, D) for the coordinates and the setting to use after it.

    The Mahalanobis distance keeps the covariance of the observed space.
    """
    values = space.drop(columns="star_id").to_numpy(dtype=float)
    if setting.metric != "mahalanobis":
        return np.eye(values.shape[1]), setting
    matrix = mahalanobis_map(np.cov(values, rowvar=False))
    return matrix, replace(setting, metric="euclidean")


def in_ratio(
    values: np.ndarray, errors: np.ndarray, elements: list[str], ratio: str, target: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return values in the ratio `target`, errors as they are."""
    return to_ratio(values, errors, elements, ratio, target, error_conversion="unchanged")


def log_population(population: Population | None, dimensions: int) -> None:
    """Say how many directions of the abundances are more than noise."""
    if population is not None:
        rank = population.factor.shape[1]
        logger.info("the population has variance in %d of %d directions", rank, dimensions)


if __name__ == "__main__":
    from chemtag.log import log_to

    with log_to(snakemake.log[0]):
        redraw_stars(
            abundances=Path(snakemake.input.abundances),
            space=Path(snakemake.input.space),
            redrawn_groups=Path(snakemake.output.groups),
            draws=draws_of(snakemake.wildcards.batch),
            scale=snakemake.params.draw_scale,
            error_conversion=snakemake.params.error_conversion,
            setting=headline_of(snakemake.params.headline),
            backend=snakemake.params.backend,
            seed=snakemake.params.seed,
            threads=snakemake.threads,
            memory_mb=snakemake.resources.mem_mb,
        )
