"""Simulated orbits and ages: epicycles by hand, what clusters keep, recipes as they were."""

import copy

import numpy as np
import pytest
from shipped_recipes import digest_of_numbers, shipped_recipe, shipped_survey

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.survey.galactic import SEEN, Sun, as_seen, galactocentric
from chemtag.survey.simulation import check_recipe, simulate_survey
from chemtag.survey.simulation.orbits import along, cartesian, draw_orbits, stars_on


@pytest.fixture(scope="module")
def recipe():
    return shipped_recipe("siblings")


@pytest.fixture(scope="module")
def survey():
    return shipped_survey("siblings", 600)


def test_what_is_seen_leads_back_to_the_place_and_the_motion():
    sun, rng = Sun(), np.random.default_rng(1)
    azimuth, radius, z = rng.uniform(-0.2, 0.2, 9), rng.uniform(6.5, 9.5, 9), rng.normal(0, 0.3, 9)
    vr, vt, vz = (rng.normal(m, 20, 9) for m in (0, 220, 0))
    seen = as_seen(*cartesian(azimuth, radius, vr, vt, z, vz), sun)
    assert list(seen) == list(SEEN)
    back = galactocentric(seen, sun)
    for found, true in zip(back, (radius, vr, vt, z, vz), strict=True):
        np.testing.assert_allclose(found, true, atol=1e-8)


def test_an_epicycle_keeps_its_actions(recipe):
    """J_R = (v_R^2 + kappa^2 (R - R_g)^2) / (2 kappa), L_z = R v_T; J_z alike."""
    space = recipe["orbits"]
    phase = np.random.default_rng(2).uniform(0, 6.28, (50, 3))
    actions = np.tile([15.0, 220 * 8.0, 4.0], (50, 1))
    radius, vr, vt, z, vz = along(space, actions, phase)
    kappa, nu = np.sqrt(2) * 220 / 8, 70.0
    np.testing.assert_allclose((vr**2 + (kappa * (radius - 8)) ** 2) / (2 * kappa), 15)
    np.testing.assert_allclose(radius * vt, 1760)
    np.testing.assert_allclose((vz**2 + (nu * z) ** 2) / (2 * nu), 4)
    assert radius.std() > 0.3


def test_dispersions_grow_with_age_as_the_recipe_says(recipe):
    space, n = recipe["orbits"], 40_000
    orbits = draw_orbits(space, n, np.random.default_rng(3), "field", np.full(n, 2.5))
    phase = np.random.default_rng(4).uniform(0, 6.28, (n, 3))
    _, vr, _, _, vz = along(space, orbits.actions, phase)
    assert vr.std() == pytest.approx(35 / 2, rel=0.02)
    assert vz.std() == pytest.approx(20 / 2, rel=0.02)


def test_bound_clusters_share_place_and_motion_dissolved_ones_age_and_actions(survey):
    birth = survey.birth.set_index("star_id")
    stars = survey.stars.set_index("star_id").join(birth)
    stars = stars[stars["birth_cluster"] != ""]
    scatter = stars.groupby(["state", "birth_cluster"])[
        ["radial_velocity", "age", "lz_true", "dec"]
    ].std()
    median = scatter.groupby("state").median()
    assert median.loc["bound", "radial_velocity"] == pytest.approx(np.hypot(0.5, 0.3), rel=0.2)
    assert 1.2 < median.loc["dissolving", "radial_velocity"] < 4
    assert median.loc["dissolved", "radial_velocity"] > 8
    assert median["age"].to_numpy() == pytest.approx(1.0, rel=0.25), "errors alone"
    assert (median.loc[["bound", "dissolving"], "lz_true"] == 0).all()
    assert median.loc["dissolved", "lz_true"] == pytest.approx(30, rel=0.35)
    assert median.loc["dissolved", "dec"] > 15 > median.loc["bound", "dec"]
    assert (birth.loc[birth["birth_cluster"] == "", "state"] == "field").all()


def test_the_stars_are_within_reach_and_have_all_that_vets(survey):
    stars, birth = survey.stars, survey.birth
    near = (stars["parallax"] > 1 / 2.2).mean()
    assert near > 0.9
    for name in ("parallax", "pmra", "pmdec", "radial_velocity", "age"):
        assert stars[name].notna().all()
        assert (stars[f"{name}_err"] > 0).all()
    assert birth["age_true"].between(0.3, 12).all()


def test_deviations_have_the_quoted_errors(recipe):
    space, n = recipe["orbits"], 20_000
    orbits = draw_orbits(space, 1, np.random.default_rng(5), "bound")
    still = copy.deepcopy(space)
    still["states"]["bound"] |= {"size": 0.0, "dispersion": 0.0}
    seen, true = stars_on(still, orbits, np.zeros(n, dtype=int), np.random.default_rng(6))
    for name in ("parallax", "pmra", "pmdec", "radial_velocity", "age"):
        assert seen[name].std() == pytest.approx(seen[f"{name}_err"][0], rel=0.03)
    assert true["age_true"].nunique() == 1


def test_actions_in_a_galaxy_of_galpy_gather_dissolved_siblings(survey):
    """The epicycle is not MWPotential2014: what siblings keep of their actions there."""
    from chemtag.vet.orbits import Galaxy, actions_of
    from chemtag.vet.vetting import Datum

    stars = survey.stars.rename(columns={"radial_velocity": "rv", "radial_velocity_err": "rv_err"})
    stars = stars.assign(ra_err=0.0, dec_err=0.0)
    values = stars[list(SEEN)].to_numpy()
    errors = stars[[f"{name}_err" for name in SEEN]].to_numpy()
    found = actions_of(Datum(values, errors, np.zeros(6)), list(SEEN), {}, Galaxy(draws=20), 1)
    birth = survey.birth.assign(lz=found.values[:, 1], jr=found.values[:, 0])
    gone = birth[birth["state"] == "dissolved"]
    within = gone.groupby("birth_cluster")["lz"].std().median()
    field = birth.loc[birth["state"] == "field", "lz"].std()
    assert within < 60 < 0.5 * field


def test_cluster_stars_are_the_same_for_any_number_of_field_stars():
    few, many = (shipped_survey("siblings", n) for n in (10, 200))
    columns = ["ra", "pmra", "parallax", "radial_velocity", "age", "fe_h"]
    members = len(few.stars) - 10
    assert few.stars[columns][:members].equals(many.stars[columns][:members])
    assert few.stars[columns][members:].equals(many.stars[columns][members : members + 10])


def test_stars_of_dissolved_clusters_of_a_galaxy_share_orbit_and_age(recipe):
    galaxy = shipped_recipe("galaxy") | {"orbits": recipe["orbits"]}
    birth = simulate_survey(galaxy, generator_for(1, "simulate", "galaxy"), 800).birth
    field = birth[birth["birth_cluster"].str.startswith("DISSOLVED")]
    assert (field["state"] == "dissolved").all()
    sizes = field.groupby("birth_cluster")["age_true"].agg(["size", "nunique"])
    assert (sizes["nunique"] == 1).all()
    assert sizes["size"].max() > 1


# Of the table as it was before recipes had orbits; others: test_simulated_cone.
def test_the_recipe_of_a_cone_is_as_it_was():
    stars = shipped_survey("cone", 50, seed=20211027).stars
    assert digest_of_numbers(stars) == "4e7e6dd17715"


def test_orbits_change_neither_abundances_nor_parameters(recipe):
    plain = {key: value for key, value in recipe.items() if key != "orbits"}
    one, other = (
        simulate_survey(r, generator_for(1, "simulate", "s"), 50).stars for r in (recipe, plain)
    )
    same = [name for name in other if name not in ("star_id", "ra", "dec")]
    assert one[same].equals(other[same])


def test_what_is_wrong_with_orbits_is_one_sentence(recipe):
    wrong = copy.deepcopy(recipe)
    wrong["orbits"]["states"]["bound"]["share"] = 0.5
    with pytest.raises(InputProblem, match=r"shares of orbits.states add up to 1.17"):
        check_recipe(wrong)
    cone = shipped_recipe("cone")
    with pytest.raises(InputProblem, match="both phase_space and orbits"):
        check_recipe(recipe | {"phase_space": cone["phase_space"]})
