"""Scores of one realisation over a grid of field stars, errors and elements."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from chemtag.base.settings import AnySetting
from chemtag.base.types import Floats, Ints
from chemtag.forecast.bayes import ceiling
from chemtag.forecast.realisations import Realisation
from chemtag.forecast.scored_groups import group_scores, recovery
from chemtag.forecast.tagger import scan_rows, true_width
from chemtag.score import cluster_matches, contingency
from chemtag.score.nulls import best_settings
from chemtag.survey.simulation import noise_model
from chemtag.tag.protocol import Space
from chemtag.tag.taggings import taggings

ORACLE = ("rf40", "rf70", "rf_area", "n_groups")
"""What the oracle chooses by; the mean match, where the scores of a sample have AMI, costs less."""


def view_rows(
    survey: Realisation,
    n_field: int,
    error_scale: float,
    elements: Ints,
    settings: Sequence[AnySetting],
    headline: str,
    whole_grid: bool = False,
    scanned: bool = False,
) -> Iterator[dict[str, Any]]:
    """Yield scores of the roles headline, oracle, bayes and bayes_map for one view of a survey.

    The space is abundances divided by their errors; exact abundances (`error_scale` 0) by the
    errors they would have at scale 1. The oracle has the largest RF40 of the grid (ties: RF70, mean
    match, fewer groups). With `whole_grid` each setting follows, role grid; with `scanned` the
    tagger of known width, told the width of the recipe, and its limit (`chemtag.forecast.tagger`).
    """
    where = {"n_field": n_field, "error_scale": error_scale, "n_elements": len(elements)}
    clusters = survey.codes(n_field)
    limit = ceiling(survey, n_field, error_scale, elements)
    share = float((limit.assigned == clusters)[clusters >= 0].mean())
    found = contingency(limit.assigned, clusters, len(survey.centres), len(survey.centres))
    nothing = {"setting": "", "n_groups": np.nan, "statistical_40": np.nan}
    yield {**where, "role": "bayes", **recovery(limit.match), **nothing, "member_share": np.nan}
    match = cluster_matches(found)
    yield {**where, "role": "bayes_map", **recovery(match), **nothing, "member_share": share}
    scale = (error_scale or 1.0) * np.sqrt(np.diag(noise_model(survey.recipe).covariance))[elements]
    values = survey.observed(n_field, error_scale, elements) / scale
    n_clusters = len(survey.centres)
    for row in tagged_rows(values, clusters, n_clusters, settings, headline, whole_grid):
        yield {**where, **row}
    if scanned:
        observed = survey.observed(n_field, error_scale, elements)
        width = true_width(survey, error_scale, elements)
        for row in scan_rows(observed, width, clusters, n_clusters):
            yield {**where, **row}


def tagged_rows(
    values: Floats,
    clusters: Ints,
    n_clusters: int,
    settings: Sequence[AnySetting],
    headline: str,
    whole_grid: bool = False,
) -> Iterator[dict[str, Any]]:
    """Yield scores of the roles headline and oracle for coordinates (n, D) and true codes (n,).

    With `whole_grid` those of each setting follow, role grid.
    """
    rows = [
        {"setting": part.setting.name, **group_scores(part.group, clusters, n_clusters)}
        for part in taggings(Space.of(values), settings)
    ]
    yield {"role": "headline", **next(row for row in rows if row["setting"] == headline)}
    # Of settings that tie in all of it the last by name.
    rows.sort(key=lambda row: str(row["setting"]), reverse=True)
    known = (np.array([row[name] for row in rows]) for name in ORACLE)
    yield {"role": "oracle", **rows[int(best_settings(*known))]}
    if whole_grid:
        for row in rows:
            yield {"role": "grid", **row}
