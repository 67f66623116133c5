"""The width of a sample's stars, from the config to the coordinates of a space."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base.problems import InputProblem
from chemtag.space.chemical import make_space
from chemtag.space.sample_width import (
    meta_of,
    values_and_errors,
    width_in_space,
    width_of_sample,
)

ELEMENTS = ["fe", "mg", "al"]
PLAIN = {"scatter": 0.01, "correlation": {}}
ONE_MODE = {
    "scatter": 0.01,
    "correlation": {"share": 0.3, "loadings": {"fe": 1, "mg": 1, "al": -1}},
}
SCATTER = pd.DataFrame({"element": ["fe", "mg"], "scatter": [0.03, 0.02]})


def table(ratio="x_fe", n=40, seed=0):
    """Abundances of `n` stars with errors of their own."""
    rng = np.random.default_rng(seed)
    names = ["fe_h"] + [f"{e}_{'fe' if ratio == 'x_fe' else 'h'}" for e in ELEMENTS[1:]]
    columns = {"star_id": [f"s{i:02d}" for i in range(n)]}
    for name in names:
        columns[name] = rng.normal(0, 0.2, n)
        columns[f"{name}_err"] = rng.uniform(0.01, 0.05, n)
    result = pd.DataFrame(columns)
    result.attrs = {"elements": ELEMENTS, "ratio": ratio}
    return result


def test_values_and_errors_change_their_ratio_with_iron_of_the_sample_or_beside_it():
    stars = table()
    iron, magnesium = stars["fe_h"], stars["mg_fe"]
    values, errors = values_and_errors(stars, "x_h", "quadrature")
    assert np.array_equal(values[:, 0], iron)
    assert np.array_equal(values[:, 1], magnesium + iron)
    assert np.array_equal(errors[:, 1], np.hypot(stars["mg_fe_err"], stars["fe_h_err"]))
    assert np.array_equal(values_and_errors(stars, "x_fe", "quadrature")[0][:, 1], magnesium)
    alone = values_and_errors(
        stars.assign(pmra=1.0, pmra_err=0.1), "x_h", "unchanged", ["mg", "pmra"]
    )
    assert np.array_equal(alone[0], np.column_stack([magnesium + iron, np.ones(len(stars))]))
    assert np.array_equal(alone[1][:, 0], stars["mg_fe_err"])
    with pytest.raises(InputProblem, match="without iron"):
        values_and_errors(stars.drop(columns=["fe_h", "fe_h_err"]), "x_h", "unchanged", ["mg"])


def test_quoted_width_is_errors_and_scatter():
    stars = table()
    width = width_of_sample(stars, "x_fe", "quadrature", PLAIN, "quoted")
    errors = stars[["fe_h_err", "mg_fe_err", "al_fe_err"]].to_numpy()
    np.testing.assert_allclose(
        width.covariance, [np.diag(row**2 + 1e-4) for row in errors], rtol=1e-12
    )
    assert width.source == "quoted"
    assert "independent" in width.notes[0]
    assert set(meta_of(width)) == {"source", "basis", "deviation", "notes"}


def test_an_assumed_mode_correlates_the_errors_alone():
    stars = table()
    width = width_of_sample(stars, "x_fe", "quadrature", ONE_MODE, "quoted")
    e = stars[["fe_h_err", "mg_fe_err", "al_fe_err"]].to_numpy()
    np.testing.assert_allclose(width.covariance[:, 0, 1], 0.3 * e[:, 0] * e[:, 1], rtol=1e-12)
    np.testing.assert_allclose(width.covariance[:, 0, 2], -0.3 * e[:, 0] * e[:, 2], rtol=1e-12)
    np.testing.assert_allclose(width.covariance[:, 1, 1], e[:, 1] ** 2 + 1e-4, rtol=1e-12)
    assert "common mode" in width.basis
    assert not width.notes


@pytest.mark.parametrize(("old", "new", "sign"), [("x_fe", "x_h", 1), ("x_h", "x_fe", -1)])
def test_a_change_of_ratio_shares_the_error_of_iron(old, new, sign):
    """Against 200,000 draws of the errors of one star."""
    stars = table(old, n=2)
    width = width_of_sample(stars, new, "quadrature", {**ONE_MODE, "scatter": 0.0}, "quoted")
    names = ["fe_h"] + [f"{e}_{'fe' if old == 'x_fe' else 'h'}" for e in ELEMENTS[1:]]
    errors = stars[[f"{n}_err" for n in names]].to_numpy()[0]
    load = np.array([1, 1, -1])
    correlation = 0.3 * np.outer(load, load) + 0.7 * np.eye(3)
    drawn = np.random.default_rng(1).multivariate_normal(
        np.zeros(3), errors[:, None] * correlation * errors, 200_000
    )
    drawn[:, 1:] += sign * drawn[:, :1]
    np.testing.assert_allclose(width.covariance[0], np.cov(drawn.T), atol=3e-5)
    kept = width_of_sample(stars, new, "unchanged", PLAIN, "quoted")
    np.testing.assert_allclose(kept.covariance[0], np.diag(errors**2 + 1e-4), rtol=1e-12)


def test_published_width_needs_its_table_and_names_it():
    SCATTER.attrs = {"source": "A paper"}
    width = width_of_sample(table(), "x_fe", "quadrature", PLAIN, "published", SCATTER)
    assert "A paper" in width.basis
    assert "al" in width.notes[-1]
    with pytest.raises(ValueError, match="needs a table"):
        width_of_sample(table(), "x_fe", "quadrature", PLAIN, "published")


def test_a_space_turns_the_width_as_it_turns_abundances():
    stars = table()
    width = width_of_sample(stars, "x_fe", "quadrature", ONE_MODE, "quoted")
    values = stars[["fe_h", "mg_fe", "al_fe"]].to_numpy()
    errors = stars[["fe_h_err", "mg_fe_err", "al_fe_err"]].to_numpy()
    space = make_space(values, errors, "signal", width.names, width=width.covariance)
    np.testing.assert_allclose(
        space.coordinates, (values - space.centre) / space.scale @ space.matrix, atol=1e-12
    )
    turned = width_in_space(width, space.scale, space.matrix)
    np.testing.assert_allclose(turned.mean(axis=0), np.eye(len(space.names)), atol=1e-9)
    scaled = width_in_space(width, [2.0, 1.0, 0.5])
    np.testing.assert_allclose(scaled[:, 0, 2], width.covariance[:, 0, 2], rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "said"),
    [({}, "does not know the width"), ({"transform": "pca", "components": 2}, "of its own")],
)
def test_the_scale_signal_says_what_it_lacks(options, said):
    stars = table()
    values = stars[["fe_h", "mg_fe", "al_fe"]].to_numpy()
    with pytest.raises(InputProblem, match=said):
        make_space(
            values, np.full_like(values, 0.02), "signal", ["fe_h", "mg_fe", "al_fe"], **options
        )


def test_correlations_of_the_catalogue_stand_before_those_assumed():
    stars = table(n=5).assign(al_fe_mg_fe_corr=[0.5, 0.2, np.nan, -0.4, 0.0])
    width = width_of_sample(stars, "x_fe", "quadrature", ONE_MODE, "quoted")
    e = stars[["fe_h_err", "mg_fe_err", "al_fe_err"]].to_numpy()
    rho = np.array([0.5, 0.2, -0.3, -0.4, 0.0])  # where there is none, that of the mode
    np.testing.assert_allclose(width.covariance[:, 1, 2], rho * e[:, 1] * e[:, 2], rtol=1e-12)
    np.testing.assert_allclose(width.covariance[:, 0, 1], 0.3 * e[:, 0] * e[:, 1], rtol=1e-12)
    assert "catalogue's of 1 pairs" in width.basis
    turned = width_of_sample(stars, "x_h", "quadrature", {**ONE_MODE, "scatter": 0.0}, "quoted")
    shared = e[:, 0] ** 2 + 0.3 * e[:, 0] * e[:, 1] - 0.3 * e[:, 0] * e[:, 2]
    expected = rho * e[:, 1] * e[:, 2] + shared
    np.testing.assert_allclose(turned.covariance[:, 1, 2], expected, rtol=1e-10)


def test_correlations_that_no_errors_can_have_are_refused():
    pairs = {"mg_fe_al_fe_corr": 0.9, "fe_h_mg_fe_corr": 0.9, "fe_h_al_fe_corr": -0.9}
    with pytest.raises(InputProblem, match=r"mg_fe_al_fe_corr.* not positive definite.* 40 of 40"):
        width_of_sample(table().assign(**pairs), "x_fe", "quadrature", PLAIN, "quoted")
