"""The tangent plane, errors of Gaia by magnitude."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemtag.base.problems import InputProblem
from chemtag.survey.astrometry import (
    centre_of,
    from_plane,
    gaia_errors,
    tangent_plane,
)
from chemtag.survey.cone import with_places


def by_formula(ra, dec, centre):
    """xi = cos d sin(a - a0) / c, eta = (sin d cos d0 - cos d sin d0 cos(a - a0)) / c, in deg.

    c is the cosine of the distance from the centre.
    """
    a, d, a0, d0 = np.radians(ra), np.radians(dec), *np.radians(centre)
    c = np.sin(d) * np.sin(d0) + np.cos(d) * np.cos(d0) * np.cos(a - a0)
    xi = np.cos(d) * np.sin(a - a0) / c
    eta = (np.sin(d) * np.cos(d0) - np.cos(d) * np.sin(d0) * np.cos(a - a0)) / c
    return np.degrees(np.column_stack([xi, eta]))


@pytest.mark.parametrize(
    "centre",
    [(0.0, 0.0), (359.9, -30.0), (6.3, 61.3), (120.0, 89.9), (10.0, -90.0), (70.0, 90.0)],
)
def test_the_plane_is_that_of_the_formula_also_across_zero_and_at_the_poles(centre):
    rng = np.random.default_rng(3)
    ra = (
        (centre[0] + rng.uniform(-2, 2, 50)) % 360
        if abs(centre[1]) < 80
        else rng.uniform(0, 360, 50)
    )
    dec = np.clip(centre[1] + rng.uniform(-2, 2, 50), -90, 90)
    assert tangent_plane(ra, dec, centre) == pytest.approx(by_formula(ra, dec, centre), abs=1e-9)


def test_the_plane_of_a_star_one_degree_east_and_one_north():
    tangent = np.degrees(np.tan(np.radians(1)))
    plane = tangent_plane(np.array([1.0, 0.0, 359.0]), np.array([0.0, 1.0, 0.0]), (0.0, 0.0))
    assert plane == pytest.approx(np.array([[tangent, 0], [0, tangent], [-tangent, 0]]), abs=1e-12)


@given(st.floats(0, 359.99), st.floats(-90, 90), st.floats(-5, 5), st.floats(-5, 5))
def test_the_way_back_from_the_plane_ends_at_the_same_place(ra, dec, xi, eta):
    sky = from_plane(np.array([[xi, eta]]), (ra, dec))
    assert tangent_plane(sky[:, 0], sky[:, 1], (ra, dec))[0] == pytest.approx((xi, eta), abs=1e-8)


def test_the_centre_of_stars_on_both_sides_of_zero_lies_between_them():
    ra, dec = centre_of(np.array([359.0, 1.0]), np.array([10.0, 10.0]))
    assert min(ra, 360 - ra) == pytest.approx(0, abs=1e-9)
    assert dec == pytest.approx(10, abs=0.01)


def test_stars_on_the_other_side_of_the_sky_are_refused():
    with pytest.raises(InputProblem, match="1 of 2 stars are 90 deg or more from ra 0"):
        tangent_plane(np.array([0.0, 170.0]), np.array([0.0, 0.0]), (0.0, 0.0))


def test_the_error_of_a_parallax_at_fifteen_is_that_worked_by_hand():
    errors = gaia_errors(np.array([15.0, 9.0, 13.0]))
    assert errors["parallax"][0] == pytest.approx(np.sqrt(870) / 1000)
    assert errors["parallax"][1] == errors["parallax"][2]  # bright stars are limited alike
    assert errors["pmra"][0] == pytest.approx(1.03 * np.sqrt(870) / 1000)
    assert errors["xi"][0] == pytest.approx(0.8 * np.sqrt(870) / 1000 / 3.6e6)


def test_places_of_a_table_are_made_where_samples_ask_for_them():
    stars = pd.DataFrame({"star_id": ["a", "b"], "ra": [359.0, 1.0], "dec": [0.0, 0.0]})
    assert "xi" not in with_places(stars, ["pmra"], {}, "t.csv")
    made = with_places(stars, ["xi"], {}, "t.csv")
    assert made["xi"].to_numpy() == pytest.approx(np.degrees(np.tan(np.radians([-1, 1]))))
    assert "xi_err" not in made
    told = with_places(stars.assign(phot_g_mean_mag=15.0), ["xi"], {"ra": 359.0, "dec": 0.0}, "t")
    assert told["xi"][0] == pytest.approx(0, abs=1e-9)
    assert told["xi_err"][1] == pytest.approx(0.8 * np.sqrt(870) / 3.6e9)


def test_stars_without_a_place_are_said_to_be_in_the_way_of_the_plane():
    stars = pd.DataFrame({"star_id": ["a", "b"], "ra": [np.nan, 1.0], "dec": [0.0, 0.0]})
    with pytest.raises(InputProblem, match="1 of 2 stars have no ra or dec"):
        with_places(stars, ["eta"], {}, "t.csv")
