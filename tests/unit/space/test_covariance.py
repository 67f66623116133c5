"""The covariance of the errors of coordinates: by hand, and against many draws."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table
from chemtag.space.covariance import Errors, loadings_of
from chemtag.survey.abundances import to_ratio
from chemtag.tag.spaces import space_in
from make_space import make_space

SOURCES = ("fe_h", "mg_fe", "si_fe")


def test_abundances_share_the_error_of_iron_after_a_change_of_ratio():
    turn = loadings_of(SOURCES, ["fe_h", "mg_h", "si_h"], 1.0, np.ones(3), None)
    found = Errors(SOURCES, np.array([[0.3, 0.4, 0.1]]), turn).covariance()[0]
    # var [Mg/H] = 0.3^2 + 0.4^2, cov([Mg/H], [Si/H]) = 0.3^2
    np.testing.assert_allclose(found, [[0.09, 0.09, 0.09], [0.09, 0.25, 0.09], [0.09, 0.09, 0.10]])
    back = loadings_of(("fe_h", "mg_h"), ["fe_h", "mg_fe"], -1.0, np.ones(2), None)
    found = Errors(("fe_h", "mg_h"), np.array([[0.3, 0.4]]), back).covariance()[0]
    np.testing.assert_allclose(found, [[0.09, -0.09], [-0.09, 0.25]])


def test_a_correlation_with_iron_enters_twice():
    # var [Mg/H] = 0.3^2 + 0.4^2 + 2 rho 0.3 0.4; with rho = -1/2 it is smaller than in quadrature
    turn = loadings_of(("mg_fe", "fe_h"), ["mg_h"], 1.0, np.array([2.0]), None)
    known = {("mg_fe", "fe_h"): np.array([-0.5])}
    found = Errors(("mg_fe", "fe_h"), np.array([[0.4, 0.3]]), turn, known).covariance()
    np.testing.assert_allclose(found, [[[(0.25 - 0.12) / 4]]])


def test_the_covariance_is_that_of_many_draws():
    rng = np.random.default_rng(1)
    spread = np.array([0.05, 0.08, 0.03])
    drawn = rng.normal(size=(400_000, 3)) * spread
    values, _ = to_ratio(drawn, drawn, ["fe", "mg", "si"], "x_fe", "x_h")
    matrix = rng.normal(size=(3, 2))
    divisor = np.array([0.1, 0.2, 0.4])
    turn = loadings_of(SOURCES, ["fe_h", "mg_h", "si_h"], 1.0, divisor, matrix)
    expected = np.cov(values / divisor @ matrix, rowvar=False)
    found = Errors(SOURCES, spread[None], turn).covariance()[0]
    np.testing.assert_allclose(found, expected, atol=5 * np.abs(expected).max() * np.sqrt(2 / 4e5))


@pytest.mark.parametrize(
    ("errors", "correlation", "words"),
    [([0.1, np.nan], 0.0, "fe_h_err has no error above 0 for 1 of 1"), ([0.1, 0.1], 1.0, "none")],
)
def test_errors_that_cannot_be_are_refused(errors, correlation, words):
    known = {("mg_fe", "fe_h"): np.array([correlation])}
    with pytest.raises(InputProblem, match=words):
        Errors(("mg_fe", "fe_h"), np.array([errors]), np.eye(2), known).covariance()


@pytest.fixture
def table():
    stars = pd.DataFrame({"star_id": list("abcd"), "fe_h": [0.1, 0.2, 0.0, 0.3],
                          "mg_fe": [0.0, 0.1, 0.2, 0.1]})  # fmt: skip
    stars.attrs = {"sample": "s", "elements": ["mg"], "ratio": "x_fe"}
    return stars.assign(fe_h_err=0.03, mg_fe_err=[0.04, 0.05, 0.06, 0.07])


def made(folder, table, conversion):
    write_table(table, folder / "a.parquet", "abundances", table.attrs)
    make_space(folder / "a.parquet", folder / "s.parquet", folder / "e.parquet", "raw_h", "x_h",
               "raw", conversion)  # fmt: skip
    errors = read_table(folder / "e.parquet", "space_errors")
    return space_in(read_table(folder / "s.parquet", "space"), errors), errors


@pytest.mark.parametrize(("conversion", "iron"), [("quadrature", 0.03), ("unchanged", 0.0)])
def test_the_stage_writes_what_the_covariance_follows_from(tmp_path, table, conversion, iron):
    space, _ = made(tmp_path, table, conversion)
    assert space.names == ("mg_h",)
    expected = np.array([0.04, 0.05, 0.06, 0.07]) ** 2 + iron**2
    np.testing.assert_allclose(space.covariance[:, 0, 0], expected)


def test_a_correlation_of_the_catalogue_is_carried(tmp_path, table):
    space, _ = made(tmp_path, table.assign(mg_fe_fe_h_corr=-0.5), "quadrature")
    expected = 0.04**2 + 0.03**2 - 0.04 * 0.03
    assert space.covariance[0, 0, 0] == pytest.approx(expected)


def test_without_an_error_there_is_no_covariance(tmp_path, table):
    table.loc[2, "mg_fe_err"] = np.nan
    space, errors = made(tmp_path, table, "quadrature")
    assert space.covariance is None
    assert errors.attrs["absent"] == "no error in mg_fe_err"
