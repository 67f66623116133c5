"""What each tagger recovers of simulated surveys over a plane of errors and field stars."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from chemtag.base.settings import PLANNED, Setting
from chemtag.base.types import Floats, Ints
from chemtag.forecast.neighbourhood import matches_of_known_width, matches_of_settings, views
from chemtag.forecast.realisations import Realisation, element_sets
from chemtag.score import RECOVERED

ROLES = ("headline", "oracle", "known_width", "detectable")
"""HDBSCAN at the setting named and at the best of the grid, known width, and its limit."""
LEVEL = "claims"
"""Evidence at which the tagger of known width speaks: few of its groups are false."""


def planned_elements(
    recipe: dict[str, Any], without: Sequence[str], others: Mapping[str, Mapping[str, Any]]
) -> dict[str, Ints]:
    """Numbers of the elements of each set: of `PLANNED` all but `without`, then of the others.

    An entry of `others` has `without` and, where it takes the most informative alone, `number`.
    Raises `InputProblem` for a number larger than the elements left.
    """
    wanted = {PLANNED: {"without": without}, **others}
    found = {}
    for name, entry in wanted.items():
        barred = entry.get("without", ())
        left = [element for element in recipe["elements"] if element not in barred]
        number = entry.get("number", len(left))
        key = f"limits/planner/element_sets/{name}/number"
        found[name] = element_sets(recipe, [number], barred, key)[number]
    return found


def plan_rows(
    survey: Realisation,
    n_fields: Sequence[int],
    error_scales: Sequence[float],
    elements: Ints,
    settings: Sequence[Setting],
    headline: str,
    whole: int,
) -> Iterator[dict[str, Any]]:
    """Yield the best match of each cluster of a survey, by each role in each cell of the plane.

    Surveys of up to `whole` stars are tagged whole, of larger ones the neighbourhood of each
    cluster. The oracle is the setting of most clusters recovered, ties by mean match.
    """
    for error_scale in error_scales:
        seen = views(survey, n_fields, error_scale, elements)
        for n_field, view in zip(n_fields, seen, strict=True):
            found = matches_of_settings(view, settings, whole)
            known, limit = matches_of_known_width(view, whole, LEVEL)
            best = max(sorted(found), key=lambda name: worth(found[name]))
            roles = zip(ROLES, (found[headline], found[best], known, limit), strict=True)
            for role, match in roles:
                for cluster, value in enumerate(match):
                    yield {
                        "n_field": n_field,
                        "error_scale": error_scale,
                        "role": role,
                        "cluster": cluster,
                        "n_members": int(view.sizes[cluster]),
                        "match": value,
                    }


def worth(match: Floats) -> tuple[float, float]:
    """What the oracle chooses by: clusters recovered, then the mean match."""
    return float((match >= RECOVERED).sum()), float(match.mean())


def recovered_units(matches: pd.DataFrame, role: str) -> pd.DataFrame:
    """Whether each cluster of each survey is recovered, (units, cells), for one role.

    Rows are (realisation, cluster), columns (error_scale, n_field) in ascending order.
    """
    chosen = matches[matches["role"] == role]
    wide = chosen.pivot(
        index=["realisation", "cluster"], columns=["error_scale", "n_field"], values="match"
    )
    return (wide.sort_index(axis=1) >= RECOVERED).astype(float)
