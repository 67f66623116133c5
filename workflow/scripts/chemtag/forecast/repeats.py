"""A simulated sample drawn again: what the headline gives on surveys of other seeds.

One survey has one seed, and a headline of one seed can be lucky. Each repeat goes the whole way of
the sample: simulated with its flags, missing values and a member list with contaminants, cut,
turned into the space of the headline, tagged and scored at the headline setting.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.settings import AnySetting
from chemtag.base.types import Floats
from chemtag.forecast.summary import mean_interval
from chemtag.score import ScoreKey, contingency, matching_scores
from chemtag.score.evaluation import LEVELS
from chemtag.score.intervals import jeffreys_interval
from chemtag.select.cleaning import select
from chemtag.select.quality import BitMask
from chemtag.select.sample import abundances_table
from chemtag.select.truth import Truth, truth_in, truth_table
from chemtag.space.chemical import make_space
from chemtag.space.sample_width import values_and_errors
from chemtag.survey.abundances import column_of
from chemtag.survey.simulation import simulate_survey
from chemtag.tag.protocol import Space
from chemtag.tag.taggings import tagging

SHARES = ("rf40", "rf40_strict", "rf40_one_to_one", "rf70")
"""Scores that are shares of the clusters of a survey."""
SCORES = ("rf_area", "rf40", "rf40_strict", "rf40_one_to_one", "rf70", "statistical_40", "n_groups")


@dataclass(frozen=True)
class SampleRecipe:
    """How a simulated sample is made and tagged: blocks of the config, defaults filled in.

    `recipe` is the simulator's; `n_field` and `error_scale` those of the catalogue; `keep`,
    `elements`, `cuts`, `min_members` of the sample; `space` of its headline, `setting` its point.
    """

    recipe: Mapping[str, Any]
    n_field: int | None
    error_scale: float
    keep: str
    elements: Sequence[str]
    cuts: Mapping[str, Any]
    masks: Mapping[str, BitMask]
    min_members: int
    space: Mapping[str, Any]
    setting: AnySetting


@dataclass(frozen=True)
class Drawn:
    """One survey as the sample has it: the contract `abundances` and its truth."""

    table: pd.DataFrame
    truth: Truth


def drawn(sample: SampleRecipe, rng: np.random.Generator) -> Drawn:
    """Simulate a survey by `rng` and cut it to the sample."""
    survey = simulate_survey(dict(sample.recipe), rng, sample.n_field, sample.error_scale)
    ratio = sample.recipe["ratio"]
    chosen = select(
        survey.stars.sort_values("star_id", ignore_index=True), survey.members, ratio, "repeat",
        sample.keep, list(sample.elements), sample.cuts, sample.masks,
    )  # fmt: skip
    table = abundances_table(chosen).sort_values("star_id", ignore_index=True)
    table.attrs = {"elements": list(chosen.features), "ratio": ratio}
    star_id = table["star_id"].to_numpy(dtype=object)
    place = "the simulated members"
    truth = truth_in(
        truth_table(star_id, survey.members, sample.min_members, place), star_id, place
    )
    return Drawn(table, truth)


def repeat(sample: SampleRecipe, rng: np.random.Generator) -> dict[str, float]:
    """Scores of the headline on one survey drawn by `rng`, with `n_clusters` and `n_stars`."""
    return scores_of(sample, drawn(sample, rng))


def scores_of(sample: SampleRecipe, survey: Drawn) -> dict[str, float]:
    """Scores of the headline on a survey, with `n_clusters` and `n_stars`."""
    table, truth = survey.table, survey.truth
    coordinates = _coordinates(table, sample.space)
    star_id = table["star_id"].to_numpy(dtype=object)
    part = tagging(Space(star_id, coordinates), sample.setting)
    counts = contingency(part.group, truth.clusters, n_clusters=truth.n_clusters)
    scores = matching_scores(counts, truth.eligible)
    return {name: float(scores[ScoreKey(name)]) for name in SCORES} | {
        "n_clusters": float(truth.eligible.sum()),
        "n_stars": float(len(table)),
    }


def _coordinates(table: pd.DataFrame, space: Mapping[str, Any]) -> Floats:
    """Coordinates (N, D) of the space of the headline, as the stage `space` makes them."""
    values, errors = values_and_errors(table, space["ratio"], space["error_conversion"])
    dimensions = [column_of(element, space["ratio"]) for element in table.attrs["elements"]]
    made = make_space(
        values, errors, space["scale"], dimensions, space["transform"], space.get("components")
    )
    return made.coordinates


def repeat_rows(
    scores: Sequence[Mapping[str, float]], own: Mapping[str, float]
) -> Iterator[dict[str, Any]]:
    """Rows of the contract `repeats`: mean and scatter over surveys, and where the run's own lies.

    `own` are the scores of the sample of the run; `share_as_high` is the share of surveys that
    reach them, a half for a typical seed. A share of clusters that is the same in all surveys, such
    as 0, has the Jeffreys interval of all their clusters together.
    """
    for name in SCORES:
        values = np.array([one[name] for one in scores])
        known = values[np.isfinite(values)]
        narrow, wide = (mean_interval(known, level) for level in LEVELS)
        if name in SHARES and len(known) > 1 and np.ptp(known) == 0:
            clusters = sum(one["n_clusters"] for one in scores)
            narrow, wide = (jeffreys_interval(known[0] * clusters, clusters, at) for at in LEVELS)
        yield {
            "score": name,
            "own": own.get(name, np.nan),
            "mean": float(known.mean()) if len(known) else np.nan,
            "low": narrow.low,
            "high": narrow.high,
            "low_95": wide.low,
            "high_95": wide.high,
            "sd": float(known.std(ddof=1)) if len(known) > 1 else np.nan,
            "share_as_high": float((known >= own[name] - 1e-9).mean()) if name in own else np.nan,
            "n_realisations": len(known),
        }
