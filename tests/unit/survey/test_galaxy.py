"""The Galaxy to tag: dissolved clusters and their relations; existing recipes draw as ever."""

import copy
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.score.masses import mass_rows
from chemtag.survey.simulation import check_recipe, read_recipe, simulate_survey
from chemtag.survey.simulation.galaxy import draw_dissolved, masses
from chemtag.survey.simulation.observing import parameter_growth

RECIPES = Path(__file__).resolve().parents[3] / "resources" / "recipes"
GALAXY = read_recipe(RECIPES / "galaxy.yaml")
FE, MG = (GALAXY["elements"].index(element) for element in ("fe", "mg"))
# Of star, member and birth tables to nine digits, drawn before there was a Galaxy.
DRAWN = {
    "survey": ("bab654328b4cec2e", 300),
    "highres": ("85116da22ee9afad", None),
}


@pytest.mark.parametrize("name", DRAWN)
def test_other_recipes_draw_as_before_there_was_a_galaxy(name):
    digest, n_field = DRAWN[name]
    recipe = read_recipe(RECIPES / f"{name}.yaml")
    survey = simulate_survey(recipe, generator_for(7, "simulate", name), n_field)
    text = "".join(
        table.to_csv(index=False, float_format="%.9g")
        for table in (survey.stars, survey.members, survey.birth)
    )
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest
    assert "birth_mass" not in survey.meta


def test_masses_by_quantiles():
    """Of slope 2 the median m solves 1/m = (1/50 + 1/1e7)/2."""
    entry = {"slope": 2.0, "least": 50.0, "most": 1e7}
    found = masses(entry, np.array([0, 0.5, 1]))
    assert found == pytest.approx([50, 2 / (1 / 50 + 1e-7), 1e7])


@pytest.fixture(scope="module")
def drawn():
    return draw_dissolved(GALAXY, 12_000, np.random.default_rng(2))


def test_the_first_stars_are_those_of_a_shorter_draw(drawn):
    short = draw_dissolved(GALAXY, 500, np.random.default_rng(2))
    assert np.array_equal(short.truth, drawn.truth[:500])
    assert short.cluster == drawn.cluster[:500]


def test_siblings_share_their_cloud_and_strangers_do_not(drawn):
    table = pd.DataFrame(drawn.truth).assign(cluster=drawn.cluster)
    sizes = table["cluster"].map(table["cluster"].value_counts())
    within = table[sizes >= 5].groupby("cluster").var(ddof=1).mean() ** 0.5
    assert within[FE] == pytest.approx(0.01, abs=0.001)
    assert within[MG] == pytest.approx(0.01, abs=0.001)
    assert table[FE].std() > 0.15


def test_the_stars_of_a_cluster_follow_its_mass(drawn):
    """Of 300,000 solar masses and more, three stars each 300,000 at the rate of the recipe."""
    rows = pd.DataFrame({"cluster": drawn.cluster[:-200], "mass": drawn.mass[:-200]})
    heavy = rows[rows["mass"] > 5e5].groupby("cluster")["mass"].agg(["size", "first"])
    expected = GALAXY["field"]["galaxy"]["stars_per_solar_mass"] * heavy["first"].sum()
    assert abs(heavy["size"].sum() - expected) < 3.5 * np.sqrt(expected) + 30


def test_gradient_and_two_sequences(drawn):
    one = pd.DataFrame(
        {"r": drawn.radius, "fe": drawn.truth[:, FE], "mg": drawn.truth[:, MG],
         "age": drawn.age, "cluster": drawn.cluster, "population": drawn.population}
    ).drop_duplicates("cluster")  # fmt: skip
    thin = one[one["population"] == "thin"]
    slope, _ = np.polyfit(thin["r"], thin["fe"], 1)
    error = thin["fe"].std() / (thin["r"].std() * np.sqrt(len(thin)))
    assert abs(slope + 0.061) < 3 * error
    poor = one[np.abs(one["fe"] + 0.35) < 0.1]
    counts, _ = np.histogram(poor["mg"], np.arange(0.0, 0.33, 0.04))
    valley = counts[2:5].min()
    assert counts[:3].max() > 2 * valley < counts[5:].max()
    assert thin["age"].between(0.8, 10).all()


def test_the_survey_knows_birth_clusters_and_masses_and_lists_none_of_them():
    survey = simulate_survey(GALAXY, generator_for(0, "simulate", "galaxy"), 2000)
    field = survey.birth[survey.birth["population"].isin(["thin", "thick"])]
    born = field["birth_cluster"].str.startswith("DISSOLVED")
    assert born.sum() == 2000
    assert (field.loc[~born, "birth_cluster"] == "").all()  # contaminants of the member list
    assert set(survey.meta["birth_mass"]) == set(field.loc[born, "birth_cluster"])
    assert not survey.members["cluster"].str.startswith("DISSOLVED").any()


def test_errors_grow_with_temperature_by_hand():
    recipe = copy.deepcopy(GALAXY)
    recipe["observation"]["errors"] = {"per_500_kelvin": {"o": 1.0}, "per_fe_h": -0.5}
    factor = parameter_growth(np.array([4700, 5200, 4200.0]), np.array([0, -0.4, 0.4]), recipe)
    oxygen = GALAXY["elements"].index("o")
    assert factor[:, oxygen] == pytest.approx([1, 2.2, 0.5])
    assert factor[:, FE] == pytest.approx([1, 1.2, 0.8])
    recipe["observation"]["errors"] = None
    assert parameter_growth(np.array([5000.0]), np.zeros(1), recipe) == 1.0


def test_a_galaxy_without_ages_is_refused():
    recipe = copy.deepcopy(GALAXY)
    del recipe["field"]["populations"]["thin"]["age"]
    with pytest.raises(InputProblem, match=r"populations\.thin has no age"):
        check_recipe(recipe)


def test_recovery_against_mass_by_hand():
    """Two clusters of 1e5 to 3e5, one of them recovered, one of 4e5 too small to count."""
    rows = [
        ("a", "A", 12, True, 0.5), ("a", "B", 11, True, 0.1), ("a", "C", 3, False, 0.9),
        ("b", "A", 12, True, 0.2), ("b", "B", 11, True, 0.4), ("b", "C", 3, False, 0.1),
        ("a", "OPEN", 30, True, 1.0), ("b", "OPEN", 30, True, 1.0),
    ]  # fmt: skip
    columns = ["setting", "cluster", "n_members", "eligible", "match"]
    table, weighed = pd.DataFrame(rows, columns=columns), {"A": 1.5e5, "B": 2e5, "C": 4e5}
    found = pd.DataFrame(mass_rows(table, weighed, "a")).set_index(["role", "mass_low"])
    light = found.loc[("headline", 1e5)]
    assert (light["n_clusters"], light["n_eligible"], light["n_recovered"]) == (2, 2, 1)
    assert light["recovery_fraction"] == 0.5
    assert light["mean_match"] == pytest.approx(0.3)
    assert found.loc[("any", 1e5), "n_recovered"] == 2
    assert np.isnan(found.loc["headline"]["recovery_fraction"].iloc[1])
    with pytest.raises(InputProblem, match="without dissolved clusters"):
        list(mass_rows(table, {}, "a"))
