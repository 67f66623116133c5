"""The stars an ablation runs on: a realisation of a recipe, or a sample as it is."""

from typing import Any

import numpy as np
import pandas as pd

from chemtag.ablate.scores import Stars
from chemtag.base.problems import InputProblem
from chemtag.forecast.realisations import draw_realisation
from chemtag.select.truth import Truth, truth_in
from chemtag.survey.abundances import column_of
from chemtag.survey.simulation import noise_model


def of_recipe(
    recipe: dict[str, Any],
    n_field: int,
    min_members: int,
    error_scale: float,
    error_conversion: str,
    rng: np.random.Generator,
) -> Stars:
    """Stars of one realisation of a recipe, observed plainly (see `forecast.realisations`).

    Every star has the recipe's error at S/N = 100, and the covariance of the errors is known.
    """
    drawn = draw_realisation(recipe, n_field, rng)
    everything = np.arange(len(recipe["elements"]))
    values = drawn.observed(n_field, error_scale, everything)
    covariance = noise_model(recipe, error_scale).covariance
    names = tuple(entry["name"] for entry in recipe["clusters"]["members"])
    clusters = drawn.codes(n_field)
    sizes = np.bincount(clusters[clusters >= 0], minlength=len(names))
    return Stars(
        values=values,
        errors=np.tile(np.sqrt(np.diag(covariance)), (len(values), 1)),
        elements=tuple(recipe["elements"]),
        ratio=recipe["ratio"],
        truth=Truth(clusters, names, sizes >= max(min_members, 1)),
        covariance=covariance,
        error_conversion=error_conversion,
    )


def of_tables(
    abundances: pd.DataFrame, truth: pd.DataFrame, error_conversion: str, place: str
) -> Stars:
    """Stars of a sample: the tables `abundances` and `truth` (`place` names the latter).

    Errors that the catalogue does not give are NaN; a variant that needs them says so.
    """
    elements, ratio = tuple(abundances.attrs["elements"]), abundances.attrs["ratio"]
    columns = [column_of(element, ratio) for element in elements]
    iron = None
    if "fe" not in elements and "fe_h" in abundances:
        iron = (abundances["fe_h"].to_numpy(float), abundances["fe_h_err"].to_numpy(float))
    return Stars(
        values=abundances[columns].to_numpy(dtype=float),
        errors=abundances[[f"{name}_err" for name in columns]].to_numpy(dtype=float),
        elements=elements,
        ratio=ratio,
        truth=truth_in(truth, abundances["star_id"].to_numpy(dtype=object), place),
        iron=iron,
        error_conversion=error_conversion,
    )


def check_clusters(truth: Truth, min_members: int, place: str) -> None:
    """Raise `InputProblem` unless two clusters count."""
    if truth.eligible.sum() < 2:
        raise InputProblem(
            f"{place}: {int(truth.eligible.sum())} clusters have {min_members} members or more, an "
            "ablation needs two; lower min_members of the sample or leave it out of ablate/samples."
        )
