"""Rows of the tables of the survey planner: cells, contour of one half, surveys as points."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from chemtag.base.problems import InputProblem
from chemtag.forecast.plan import ROLES, recovered_units
from chemtag.forecast.sibling_errors import sibling_errors
from chemtag.forecast.summary import mean_interval
from chemtag.forecast.surface import (
    LEVELS,
    Surface,
    fit_surface,
    half_recovered,
    shares,
    side_of,
)
from chemtag.score.intervals import jeffreys_interval
from chemtag.survey.abundances import column_of

STEPS = 61
"""Values along each axis between which the contour is sought."""


@dataclass(frozen=True)
class Mark:
    """A survey as a point of the plane: `n_field` is NaN where its size is not known.

    `rf40`, `low_95`, `high_95`: what the headline recovered there, NaN where nothing was tagged.
    """

    name: str
    label: str
    kind: str
    error_scale: float
    n_field: float
    source: str
    rf40: float = np.nan
    low_95: float = np.nan
    high_95: float = np.nan


def plane_of(matches: pd.DataFrame) -> tuple[dict[str, Surface], pd.DataFrame]:
    """Return the surface of each role, and the cells of the contract `planner`, of one plane."""
    surfaces: dict[str, Surface] = {}
    rows: list[dict[str, Any]] = []
    for role in ROLES:
        units = recovered_units(matches, role)
        scales, fields = (units.columns.get_level_values(k).to_numpy(float) for k in (0, 1))
        surfaces[role] = fit_surface(scales, fields, units.to_numpy())
        cells = cell_rows(matches, role, surfaces[role], units)
        rows.extend({"role": role, **row} for row in cells)
    return surfaces, pd.DataFrame(rows)


def cell_rows(
    matches: pd.DataFrame, role: str, surface: Surface, units: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    """Yield RF40 in each cell of a role, and what the other cells foretell of it.

    The interval of the mean is Student's over surveys; Jeffreys over clusters where all agree.
    """
    foretold, deviation = surface.left_out()
    per_survey = units.groupby("realisation").mean()
    matched = matches[matches["role"] == role].groupby(["error_scale", "n_field"])["match"].mean()
    for number, cell in enumerate(units.columns):
        values = per_survey[cell].to_numpy()
        ends, method = [mean_interval(values, level, (0.0, 1.0)) for level in LEVELS], "student"
        if not np.isfinite(ends[0].low):
            recovered, n = int(units[cell].sum()), len(units)
            ends, method = [jeffreys_interval(recovered, n, level) for level in LEVELS], "jeffreys"
        low, high = shares(foretold[number], deviation[number], 0.95)
        yield {
            "error_scale": float(cell[0]),
            "n_field": int(cell[1]),
            "mean": float(values.mean()),
            "low": ends[0].low,
            "high": ends[0].high,
            "low_95": ends[1].low,
            "high_95": ends[1].high,
            "interval": method,
            "mean_match": float(matched[cell]),
            "left_out": float(expit(foretold[number])),
            "left_out_low_95": float(low),
            "left_out_high_95": float(high),
            "share_logit": float(surface.value[number]),
            "left_out_logit": float(foretold[number]),
            "left_out_sd": float(deviation[number]),
            "n_realisations": len(values),
        }


def contour_rows(surfaces: Mapping[str, Surface], cells: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield, for each role and factor on the errors, the field stars at which RF40 is one half."""
    computed = np.unique(cells["error_scale"].to_numpy(float))
    # Those between the computed ones, but not their doubles up to rounding.
    between = np.geomspace(computed[0], computed[-1], STEPS)
    fresh = np.abs(between[:, None] / computed - 1).min(axis=1) > 1e-6
    scales = np.sort(np.append(computed, between[fresh]))
    fields = np.geomspace(cells["n_field"].min(), cells["n_field"].max(), STEPS)
    for role, surface in surfaces.items():
        for scale in scales:
            row = {
                "role": role,
                "error_scale": float(scale),
                "n_field": half_recovered(surface, scale, fields)[0],
                "side": side_of(surface, scale, fields),
            }
            for level, suffix in zip(LEVELS, ("", "_95"), strict=True):
                ends = half_recovered(surface, scale, fields, level)
                row |= {f"low{suffix}": ends[0], f"high{suffix}": ends[1]}
            yield row


def points_of(
    published: Sequence[Mapping[str, Any]], recipe: Mapping[str, Any], elements: Sequence[str]
) -> list[Mark]:
    """Return published surveys as marks; those of status other than `read` are left out.

    The factor on the errors is the median over the elements in common of the survey's error over
    the recipe's at S/N = 100. Raises `InputProblem` for a survey without an element in common.
    """
    sigma, found = recipe["measurement"]["sigma"], []
    for row in published:
        if row["status"] != "read":
            continue
        common = [element for element in elements if element in row["sigma"]]
        if not common:
            raise InputProblem(
                f"resources/published/survey_precisions.yaml: {row['name']} has no error of any of "
                f"{', '.join(elements)}; give one or set its status to unverified."
            )
        scale = float(np.median([row["sigma"][element] / sigma[element] for element in common]))
        size = np.nan if row["stars"] is None else float(row["stars"])
        kind = "theoretical" if "theoretical" in row["name"] else "published"
        found.append(Mark(row["name"], row["label"], kind, scale, size, row["read_in"]))
    return found


def own_survey(
    label: str,
    recipe: Mapping[str, Any],
    elements: Sequence[str],
    abundances: pd.DataFrame,
    truth: pd.DataFrame,
    repeats: pd.DataFrame | None,
) -> Mark:
    """Return a simulated sample of this run as a mark, with RF40 of its headline.

    The factor on the errors is that of its siblings (`sibling_errors`): quoted errors would leave
    out its tails, trends and contaminants. Without a pair of siblings it is the median over
    elements and stars of the quoted error over the recipe's at S/N = 100. `repeats` has the mean
    RF40 over surveys of other seeds, if the run drew them.
    """
    known = [e for e in elements if column_of(e, "x_fe") in abundances]
    columns = [column_of(e, "x_fe") for e in known]
    values = abundances[columns].to_numpy(float)
    whole = np.isfinite(values).all(axis=1)
    names, codes = np.unique(truth["cluster"].to_numpy(str), return_inverse=True)
    clusters = np.where(names[codes] == "", -1, codes)
    numbers = np.array([list(recipe["elements"]).index(element) for element in known])
    factor = sibling_errors(values[whole], clusters[whole], recipe, numbers)
    if not np.isfinite(factor):
        errors = abundances[[f"{column}_err" for column in columns]].to_numpy(float)
        sigma = np.array([recipe["measurement"]["sigma"][element] for element in known])
        factor = float(np.nanmedian(np.nanmedian(errors, axis=0) / sigma))
    source = "simulated with the same recipe; errors from the scatter of its siblings"
    n_field = float((clusters < 0).sum())
    mark = Mark(f"This run: {label}", label, "own", factor, n_field, source)
    if repeats is None:
        return mark
    row = repeats[repeats["score"] == "rf40"].to_dict("records")[0]
    low, high = float(row["low_95"]), float(row["high_95"])
    return replace(mark, rf40=float(row["mean"]), low_95=low, high_95=high)


def point_rows(surfaces: Mapping[str, Surface], marks: Sequence[Mark]) -> Iterator[dict[str, Any]]:
    """Yield each survey with what every role would recover there, where the plane reaches it."""
    for mark in marks:
        for role, surface in surfaces.items():
            row = {
                "name": mark.name,
                "label": mark.label,
                "kind": mark.kind,
                "role": role,
                "error_scale": mark.error_scale,
                "n_field": mark.n_field,
                "source": mark.source,
                "own_rf40": mark.rf40 if role == "headline" else np.nan,
                "own_low_95": mark.low_95 if role == "headline" else np.nan,
                "own_high_95": mark.high_95 if role == "headline" else np.nan,
            }
            yield row | _foretold(surface, mark)


def _foretold(surface: Surface, mark: Mark) -> dict[str, float]:
    """RF40 of the surface at a mark; NaN outside the plane."""
    names = ("rf40", "low", "high", "low_95", "high_95")
    place = np.log([mark.error_scale, mark.n_field])
    ends = (surface.low - 1e-9, surface.low + surface.extent + 1e-9)
    if not ((place >= ends[0]) & (place <= ends[1])).all():
        return dict.fromkeys(names, np.nan)
    mean, deviation = surface.at(place[None, :])
    found = [float(expit(mean[0]))]
    for level in LEVELS:
        found += [float(end[0]) for end in shares(mean, deviation, level)]
    return dict(zip(names, found, strict=True))
