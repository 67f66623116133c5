"""A simulated survey of star clusters and field stars, drawn from a recipe of numbers."""

from chemtag.survey.simulation.models import (
    Gaussian,
    Mixture,
    cluster_model,
    field_model,
    member_model,
    noise_model,
)
from chemtag.survey.simulation.observing import error_growth, observe
from chemtag.survey.simulation.recipe import check_recipe, plain_observation, read_recipe
from chemtag.survey.simulation.survey import Survey, simulate_survey

__all__ = [
    "Gaussian",
    "Mixture",
    "Survey",
    "check_recipe",
    "cluster_model",
    "error_growth",
    "field_model",
    "member_model",
    "noise_model",
    "observe",
    "plain_observation",
    "read_recipe",
    "simulate_survey",
]
