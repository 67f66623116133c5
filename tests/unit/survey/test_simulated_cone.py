"""A simulated cone: motions by hand-worked numbers, and existing recipes as they were."""

import numpy as np
import pandas as pd
import pytest
from shipped_recipes import digest_of_numbers, shipped_recipe, shipped_survey

from chemtag.survey.astrometry import KM_S
from chemtag.survey.simulation.phase_space import (
    TIDAL,
    Clusters,
    in_disc,
    magnitudes,
    member_stars,
    plummer,
    seen,
)


@pytest.fixture(scope="module")
def recipe():
    return shipped_recipe("cone")


@pytest.fixture(scope="module")
def survey():
    return shipped_survey("cone")


def test_a_star_at_one_kiloparsec_moves_as_its_velocity_says(recipe):
    space = recipe["phase_space"] | {"frame": [1.0, -2.0]}
    star = seen(
        space, np.zeros((1, 2)), np.ones(1), np.array([[KM_S, 2 * KM_S]]), np.random.default_rng(0)
    )
    for name, true in (("pmra", 2.0), ("pmdec", 0.0), ("parallax", 1.0)):
        assert abs(star[name][0] - true) < 5 * star[f"{name}_err"][0]
    assert (star["ra"][0], star["dec"][0]) == pytest.approx((6.3, 61.3))


def test_deviations_have_the_quoted_errors_and_correlations(recipe):
    n = 20_000
    stars = seen(
        recipe["phase_space"],
        np.zeros((n, 2)),
        np.ones(n),
        np.zeros((n, 2)),
        np.random.default_rng(1),
    )
    frame = recipe["phase_space"]["frame"]
    true = {"parallax": 1.0, "pmra": frame[0], "pmdec": frame[1]}
    deviation = pd.DataFrame(
        {name: (stars[name] - at) / stars[f"{name}_err"] for name, at in true.items()}
    )
    assert deviation.std().to_numpy() == pytest.approx(1, abs=0.02)
    for pair, value in recipe["phase_space"]["errors"]["correlations"].items():
        assert deviation.corr().loc[*pair.split("_")] == pytest.approx(value, abs=0.03)
        assert (stars[f"{pair}_corr"] == value).all()


def test_places_fill_discs_evenly_each_of_its_own_radius():
    uniform = np.random.default_rng(1).random((20_000, 2))
    assert (np.hypot(*in_disc(uniform, 2.0).T) < 1.0).mean() == pytest.approx(0.25, abs=0.01)
    each = in_disc(np.array([[0.25, 0.0], [1.0, 0.25]]), np.array([2.0, 3.0]))
    assert each == pytest.approx(np.array([[1.0, 0.0], [0.0, 3.0]]))


def test_a_plummer_profile_at_quantiles_worked_by_hand():
    # Within a lie (1/2) / (9/10) of the stars inside 3 a, all within 3 a, none at the centre.
    found = plummer(np.array([[5 / 9, 0.0], [1.0, 0.5], [0.0, 0.3]]), np.array([0.1, 0.1, 7.0]))
    assert found == pytest.approx(np.array([[0.1, 0.0], [-0.3, 0.0], [0.0, 0.0]]))


def test_half_of_the_members_lie_within_the_half_radius(recipe):
    clusters = Clusters(recipe["phase_space"], 1, np.random.default_rng(2))
    stars = member_stars(
        recipe["phase_space"], np.zeros(20_000, dtype=int), clusters, np.random.default_rng(3)
    )
    reach = np.hypot(stars["xi"] - clusters.place[0, 0], stars["eta"] - clusters.place[0, 1])
    # Plummer cut at 3 r50: F(r50) / F(3 r50) = (1/2) / (9/10).
    assert (reach < clusters.half[0]).mean() == pytest.approx(5 / 9, abs=0.015)
    assert reach.max() < TIDAL * clusters.half[0] * 1.001


def test_counts_grow_tenfold_in_as_many_magnitudes_as_the_slope_says():
    found = magnitudes({"bright": 10.0, "faint": 15.0, "slope": 0.5}, np.linspace(0, 1, 100_001))
    counts = np.histogram(found, [11, 12, 13, 14, 15])[0]
    assert counts[2:] / counts[:2] == pytest.approx(10, rel=0.01)


def test_all_stars_lie_in_the_cone_and_have_the_columns_of_gaia(survey, recipe):
    stars, cone = survey.stars, recipe["phase_space"]["cone"]
    assert np.hypot(stars["xi"], stars["eta"]).max() < cone["radius"] * 1.001
    assert stars["phot_g_mean_mag"].between(8, 15).all()
    assert (stars[["parallax_err", "pmra_err", "pmdec_err"]] > 0).all(axis=None)
    assert len(stars) == 2600 + 469 + len(survey.members) - round(0.97 * 469)


def test_members_share_distance_and_motion_and_contaminants_do_not(survey):
    born = survey.birth.set_index("star_id")["birth_cluster"]
    stars = survey.stars.set_index("star_id")
    one = stars[born[stars.index] == "CONE 01"]
    assert one["parallax"].std() < 2 * one["parallax_err"].median()
    assert one["pmra"].std() < 0.3 < stars[born[stars.index] == ""]["pmra"].std()


def test_cluster_stars_are_the_same_for_any_number_of_field_stars():
    few, many = (shipped_survey("cone", n) for n in (10, 400))
    columns = ["ra", "pmra", "parallax", "fe_h"]
    members = len(few.stars) - 10
    assert few.stars[columns][:members].equals(many.stars[columns][:members])
    assert few.stars[columns][members:].equals(many.stars[columns][members : members + 10])


# Of the tables as they were before recipes had motions.
@pytest.mark.parametrize(
    ("name", "digest"),
    [("survey", "18c5699e4441"), ("highres", "17b6e5da0b20"), ("galaxy", "5d9f29ba610f")],
)
def test_recipes_without_motions_are_as_they_were(name, digest):
    n_field = 50 if shipped_recipe(name)["field"] else None
    stars = shipped_survey(name, n_field, seed=20211027).stars
    assert "pmra" not in stars
    assert digest_of_numbers(stars) == digest
