"""The same stars in two spaces: by their motions, by their abundances, and by both as one space."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import iqr

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats, Ints
from chemtag.compare.inputs import Task
from chemtag.compare.processes import Outcome, run_in_process
from chemtag.space.chemical import make_space
from chemtag.space.covariance import Errors, correlations_in
from chemtag.survey.abundances import column_of
from chemtag.survey.quantities import features_in, is_element
from chemtag.tag.motion.shuffled import dealt_anew
from chemtag.tag.protocol import Space
from chemtag.tag.spaces import space_in

VIEWS = {"motion": "Phase space", "chemistry": "Abundances", "both": "Both as one space"}
SCALE = {"motion": "robust", "chemistry": "error_scaled"}
"""Motions in units of the interquartile range, abundances in units of their median error."""
NULLS = {
    "shuffled": "each column shuffled over the stars",
    "field": "the field stars alone",
}
NULL_COLUMNS = ("null", "draw", "algorithm", "n_stars", "n_groups", "grouped", "note")


def views_of(table: pd.DataFrame) -> dict[str, Space]:
    """Return the spaces of a sample (contract `abundances`) by their names in `VIEWS`.

    In `both` each block of columns is divided by the root of the sum of their squared interquartile
    ranges, so that motions and abundances have the same extent. Raises `InputProblem` for a sample
    without astrometry or without abundances, and for stars without a value.
    """
    features, ratio = features_in(table.attrs), table.attrs["ratio"]
    blocks = {
        "motion": [column_of(f, ratio) for f in features if not is_element(f)],
        "chemistry": [column_of(f, ratio) for f in features if is_element(f)],
    }
    for view, kind in (("motion", "astrometry"), ("chemistry", "chemistry")):
        if not blocks[view]:
            raise InputProblem(
                f"sample {table.attrs.get('sample', '')} has no {kind} among its features; add "
                f"features/{kind}, or take it out of compare/two_spaces/samples."
            )
    scaled = {view: _scaled(table, names, view) for view, names in blocks.items()}
    spaces = {view: _space(table, blocks[view], *scale) for view, scale in scaled.items()}
    parts = []
    for view, (centre, divisor) in scaled.items():
        extent = np.sqrt((iqr(spaces[view].coordinates, axis=0) ** 2).sum())
        parts.append((centre, divisor * extent))
    centre, divisor = (np.concatenate(one) for one in zip(*parts, strict=True))
    spaces["both"] = _space(table, [*blocks["motion"], *blocks["chemistry"]], centre, divisor)
    return spaces


def left_out(task: Task, view: str, names: Sequence[str]) -> str:
    """Return why an algorithm is not run in a space of columns `names`, empty if it is.

    Taggers of motions scale each column anew, which undoes the equal extent of both blocks, or see
    no abundances at all: a score of theirs in `both` would be of another space.
    """
    needs = task.algorithm.needs
    if needs and view != "motion":
        return "needs motions alone"
    lacking = [name for name in needs if name not in names]
    return f"needs {', '.join(lacking)}" if lacking else ""


def _scaled(table: pd.DataFrame, names: Sequence[str], view: str) -> tuple[Floats, Floats]:
    values = table[list(names)].to_numpy(dtype=float)
    errors = table[[f"{name}_err" for name in names]].to_numpy(dtype=float)
    made = make_space(values, errors, SCALE[view], names)
    return made.centre, made.scale


def _space(table: pd.DataFrame, names: Sequence[str], centre: Floats, divisor: Floats) -> Space:
    """Columns `names` less `centre` over `divisor`, with the covariance of the errors if known."""
    values = (table[list(names)].to_numpy(dtype=float) - centre) / divisor
    coordinates = pd.DataFrame(values, columns=list(names))
    coordinates.insert(0, "star_id", table["star_id"].to_numpy())
    coordinates.attrs = {"centre": centre.tolist(), "divisor": divisor.tolist(), "matrix": None}
    stars = space_in(coordinates)
    errors = table[[f"{name}_err" for name in names]].to_numpy(dtype=float)
    if not (errors > 0).all():
        return stars
    known = Errors(tuple(names), errors, np.diag(1 / divisor), correlations_in(table, names))
    return replace(stars, covariance=known.covariance())


def shuffled(stars: Space, rng: np.random.Generator) -> Space:
    """The stars with each coordinate permuted over them: no two belong together but by chance."""
    return replace(stars, coordinates=dealt_anew(stars.coordinates, rng), covariance=None)


def null_rows(
    tasks: Sequence[Task],
    stars: Space,
    clusters: Ints,
    streams: Sequence[np.random.Generator],
    limit: float,
) -> pd.DataFrame:
    """Groups that algorithms find where there is no cluster, as rows of `two_spaces_nulls`.

    `clusters` (N,), -1 = field. Algorithms told the number of clusters are left out: they find as
    many as they are told.
    """
    samples = [("shuffled", draw, shuffled(stars, rng)) for draw, rng in enumerate(streams)]
    if (clusters < 0).any():
        samples.append(("field", 0, stars.take(np.flatnonzero(clusters < 0))))
    rows: list[dict[str, object]] = []
    for null, draw, sample in samples:
        for task in tasks:
            if task.algorithm.told == "nothing":
                found = run_in_process(task, sample, limit)
                rows.append({"null": null, "draw": draw, **_counted(task, found, len(sample))})
    return pd.DataFrame(rows, columns=list(NULL_COLUMNS))


def _counted(task: Task, found: Outcome, n_stars: int) -> dict[str, object]:
    labels = found.labels
    return {
        "algorithm": task.algorithm.name,
        "n_stars": n_stars,
        "n_groups": np.nan if labels is None else float(labels.max(initial=-1) + 1),
        "grouped": np.nan if labels is None else float((labels >= 0).mean()),
        "note": found.reason,
    }
