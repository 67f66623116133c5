"""Published scores beside those of many samples of a recipe: could they come from it?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chemtag.base.settings import AnySetting
from chemtag.base.types import Floats
from chemtag.forecast.summary import mean_interval
from chemtag.score import ScoreKey, scores_of
from chemtag.score.evaluation import LEVELS
from chemtag.survey.abundances import column_of
from chemtag.survey.simulation import simulate_survey
from chemtag.tag.protocol import Space
from chemtag.tag.taggings import tagging


def sample_scores(
    recipe: dict[str, Any], setting: AnySetting, rng: np.random.Generator
) -> dict[ScoreKey, Floats]:
    """Scores of one sample of the recipe, its abundances in dex as they are; all clusters count.

    Recipes with missing abundances or field stars need the whole workflow: here every star must
    have all abundances and a listed cluster.
    """
    survey = simulate_survey(recipe, rng)
    columns = [column_of(element, recipe["ratio"]) for element in recipe["elements"]]
    stars = survey.stars.sort_values("star_id")
    names = stars[["star_id"]].merge(survey.members, on="star_id", how="left")["cluster"]
    codes, known = np.unique(names.to_numpy(dtype=str), return_inverse=True)
    space = Space(stars["star_id"].to_numpy(dtype=object), stars[columns].to_numpy(dtype=float))
    part = tagging(space, setting)
    return scores_of(part.group, known, np.ones(len(codes), dtype=bool))


def published_rows(
    published: Sequence[Mapping[str, Any]], samples: Sequence[Mapping[ScoreKey, Floats]]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of the contract `published`; `published` names metric, noise, field, value."""
    for entry in published:
        key = ScoreKey(entry["metric"], entry["noise"], entry["field"])
        draws = np.array([float(sample[key]) for sample in samples])
        value, bound = float(entry["published"]), entry.get("bound", "")
        mean, n = float(draws.mean()), len(draws)
        far = draws > value if bound else np.abs(draws - mean) >= abs(value - mean) - 1e-9
        p = (1 + int(far.sum())) / (1 + n)
        narrow, wide = (mean_interval(draws, level) for level in LEVELS)
        ends = np.quantile(draws, [0.16, 0.84, 0.025, 0.975])
        yield {
            **key._asdict(),
            "published": value,
            "bound": bound,
            "mean": mean,
            "low": narrow.low,
            "high": narrow.high,
            "low_95": wide.low,
            "high_95": wide.high,
            "sd": float(draws.std(ddof=1)) if n > 1 else np.nan,
            **dict(
                zip(
                    ("sample_low", "sample_high", "sample_low_95", "sample_high_95"),
                    ends,
                    strict=True,
                )
            ),
            "p_value": p,
            "n_realisations": n,
            "note": _verdict(value, bound, ends, p),
        }


def _verdict(value: float, bound: str, ends: Floats, p: float) -> str:
    if bound:
        return f"{100 * p:.0f} % of the samples are above the bound"
    for words, low, high in (("68", ends[0], ends[1]), ("95", ends[2], ends[3])):
        if low <= value <= high:
            return f"within {words} % of the samples"
    return "outside 95 % of the samples"
