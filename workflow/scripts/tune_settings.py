"""Choose settings without the truth, and measure what tuning on the truth would flatter."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numba
import numpy as np

from chemtag.limits.sample import errors_in_space
from chemtag.limits.tables import stability_rows, tuning_rows
from chemtag.limits.tuning import Stability, nested, perturbed, random_halves, stability
from chemtag.problems import InputProblem
from chemtag.scoring import THRESHOLDS
from chemtag.seeds import generator_for
from chemtag.tables import read_table, write_table
from chemtag.tagging import BACKENDS, Setting

logger = logging.getLogger("chemtag.tune_settings")


def tune_settings(
    space: Path,
    abundances: Path,
    settings: Path,
    clusters: Path,
    tuning: Path,
    criteria: Path,
    sample: str,
    headline: str,
    error_conversion: str,
    backend: str,
    perturbations: int,
    halves: int,
    seed: int,
    threads: int,
) -> None:
    """Write the criteria of every setting and the setting each rule chooses.

    The copies of the sample are tagged anew with every setting of the grid; the truth enters
    through the `clusters` table only, which stability and persistence do not read.
    """
    if backend == "exact":
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    table, grid = read_table(space, "space"), read_table(settings, "settings")
    points = [
        Setting(row.metric, row.method, row.min_cluster_size, row.min_samples)
        for row in grid.itertuples()
    ]
    try:
        errors = errors_in_space(
            table, read_table(abundances, "abundances"), error_conversion, str(abundances)
        )
        values = table.drop(columns="star_id").to_numpy(dtype=float)
        star_id = table["star_id"].to_numpy(dtype=str)
        rng = generator_for(seed, "tune_settings", sample, "copies")
        copies = perturbed(values, errors, perturbations, rng)
        found = stabilities([groups_of(copy, points, star_id, backend) for copy in copies], grid)
    except InputProblem as problem:
        logger.warning("no stability: %s", problem)
        found = [Stability(np.nan, np.nan)] * len(grid)
    scored = read_table(clusters, "clusters")
    eligible = scored[scored["eligible"]]
    matches = eligible.pivot(index="setting", columns="cluster", values="match")
    match = matches.reindex(grid["setting"]).to_numpy(dtype=float)
    rng = generator_for(seed, "tune_settings", sample, "halves")
    parts = random_halves(match.shape[1], halves, rng)
    outcome = nested(match, grid["n_groups"].to_numpy(), parts, THRESHOLDS[0])
    meta = {"perturbations": perturbations, "halves": halves, "seed": seed}
    each = stability_rows(grid, found, match, outcome)
    write_table(each, criteria, "stability", meta)
    chosen = tuning_rows(each, match, outcome, headline)
    for row in chosen.itertuples():
        logger.info("%s: %s RF40 %.3f", row.rule, row.setting, row.rf40)
    write_table(chosen, tuning, "tuning", meta)


def groups_of(
    values: np.ndarray, points: Sequence[Setting], star_id: np.ndarray, backend: str
) -> dict[str, np.ndarray]:
    """Groups of one copy by the name of the setting."""
    return {part.setting.name: part.group for part in BACKENDS[backend](values, points, star_id)}


def stabilities(copies: Sequence[dict[str, np.ndarray]], grid) -> list[Stability]:
    """Stability of each setting of the grid over the copies."""
    return [stability([groups[name] for groups in copies]) for name in grid["setting"]]


if __name__ == "__main__":
    from chemtag.log import log_to

    with log_to(snakemake.log[0]):
        tune_settings(
            space=Path(snakemake.input.space),
            abundances=Path(snakemake.input.abundances),
            settings=Path(snakemake.input.settings),
            clusters=Path(snakemake.input.clusters),
            tuning=Path(snakemake.output.tuning),
            criteria=Path(snakemake.output.criteria),
            sample=snakemake.wildcards.sample,
            headline=snakemake.params.headline,
            error_conversion=snakemake.params.error_conversion,
            backend=snakemake.params.backend,
            perturbations=snakemake.params.perturbations,
            halves=snakemake.params.halves,
            seed=snakemake.params.seed,
            threads=snakemake.threads,
        )
