"""Recipes of the simulator that the project ships, and surveys of them."""

import hashlib

from chemtag.base.documents import CHECKOUT
from chemtag.base.seeds import generator_for
from chemtag.survey.simulation import read_recipe, simulate_survey


def shipped_recipe(name):
    return read_recipe(CHECKOUT / "resources" / "recipes" / f"{name}.yaml")


def shipped_survey(name, n_field=None, seed=1):
    """A survey of the recipe `name`, of its random stream."""
    return simulate_survey(shipped_recipe(name), generator_for(seed, "simulate", name), n_field)


def digest_of_numbers(stars):
    """Digest of the columns of numbers of a table, to the ninth decimal."""
    numbers = stars.select_dtypes("number").to_numpy(float)
    return hashlib.sha256(numbers.round(9).tobytes()).hexdigest()[:12]
