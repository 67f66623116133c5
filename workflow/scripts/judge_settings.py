"""Judge every setting of the grid without the truth, and let each criterion choose one."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.settings import Setting, on_grid
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.limits.tuning import BLIND, Stability, chosen_blindly, stability
from chemtag.limits.validity import (
    density_based_validity,
    relative_validity,
    silhouette,
    spanning_trees,
)
from chemtag.score.rows import codes_of_groups
from chemtag.tag.protocol import Space
from chemtag.tag.redraws import redraws_of
from chemtag.tag.taggings import taggings

logger = logging.getLogger("chemtag.judge_settings")


def judge_settings(
    space: Path,
    abundances: Path,
    settings: Path,
    groups: Path,
    criteria: Path,
    sample: str,
    draw_scale: str,
    error_conversion: str,
    backend: str,
    perturbations: int,
    seed: int,
) -> None:
    """Write the criteria of every setting and which of them choose it. No truth is read."""
    table, grid = read_table(space, "space"), read_table(settings, "settings")
    star_id = table["star_id"].to_numpy(dtype=object)
    names = list(grid["setting"])
    # What is judged are the settings of the grid: other taggers have no persistence of this kind.
    grid = grid[on_grid(grid)].reset_index(drop=True)
    points = [
        Setting(row.metric, row.method, row.min_cluster_size, row.min_samples)
        for row in grid.itertuples()
    ]
    try:
        known = read_table(abundances, "abundances")
        source = redraws_of(known, table, error_conversion, draw_scale, str(abundances))
        copies = [
            groups_of(source.coordinates(rng), points, backend)
            for rng in generator_for(seed, "judge_settings", sample, "copies").spawn(perturbations)
        ]
        found = [stability([copy[point] for copy in copies]) for point in points]
    except InputProblem as problem:
        logger.warning("no stability: %s", problem)
        found = [Stability(np.nan, np.nan)] * len(points)
    codes = codes_of_groups(read_table(groups, "groups"), names, star_id, str(groups))
    codes = codes[[names.index(name) for name in grid["setting"]]]
    values = table.drop(columns="star_id").to_numpy(dtype=float)
    rng = generator_for(seed, "judge_settings", sample, "silhouette")
    each = pd.DataFrame(
        {
            "setting": grid["setting"],
            "n_groups": grid["n_groups"],
            "stability": [one.value for one in found],
            "stability_error": [one.error for one in found],
            "persistence": grid.get("mean_persistence", np.nan),
            **validities(values, codes, points, rng),
        }
    )
    each["chosen_by"] = chosen_blindly(each)
    for row in each[each["chosen_by"] != ""].itertuples():
        logger.info("%s is chosen by %s", row.setting, row.chosen_by)
    meta = {"perturbations": perturbations, "draw_scale": draw_scale, "rules": BLIND, "seed": seed}
    write_table(each, criteria, "criteria", meta)


def validities(
    values: np.ndarray, codes: np.ndarray, points: Sequence[Setting], rng: np.random.Generator
) -> dict[str, list[float]]:
    """Relative validity, DBCV and silhouette of each setting; codes (n_settings, N)."""
    metrics = sorted({point.metric for point in points})
    samples = sorted({point.min_samples for point in points})
    trees = {metric: spanning_trees(values, samples, metric) for metric in metrics}
    result: dict[str, list[float]] = {"relative_validity": [], "dbcv": [], "silhouette": []}
    for point, code in zip(points, codes, strict=True):
        tree = trees[point.metric].get(point.min_samples)
        result["relative_validity"].append(
            np.nan if tree is None else relative_validity(tree, code)
        )
        result["dbcv"].append(density_based_validity(values, code, point.metric))
        result["silhouette"].append(silhouette(values, code, point.metric, rng))
    return result


def groups_of(
    values: np.ndarray, points: Sequence[Setting], backend: str
) -> dict[Setting, np.ndarray]:
    """Groups of one copy by setting."""
    found = taggings(Space.of(values), points, backend=backend)
    return {part.setting: part.group for part in found}


if __name__ == "__main__":
    run(judge_settings, snakemake)
