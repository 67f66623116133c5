"""Chemical spaces."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from chemtag.base.problems import InputProblem
from chemtag.space.chemical import SCALES, TRANSFORMS, make_space, median_errors
from chemtag.tag.density import mahalanobis_map

DIMENSIONS = ["fe_h", "mg_fe"]
VALUES = np.array([[0.0, 0.1], [0.2, 0.1], [-0.2, 0.4]])
ERRORS = np.array([[0.01, 0.02], [0.03, 0.04], [0.02, np.nan]])


def test_raw_is_dex_to_the_bit():
    space = make_space(VALUES, ERRORS, "raw", DIMENSIONS)
    np.testing.assert_array_equal(space.coordinates, VALUES)
    assert space.unit == "dex"
    assert space.notes == []


def test_zscore_by_hand_and_by_scikit_learn():
    space = make_space(VALUES, ERRORS, "zscore", DIMENSIONS)
    # column 0: mean 0, variance 0.08 / 3 (population)
    assert space.scale[0] == pytest.approx(np.sqrt(0.08 / 3))
    assert space.centre == pytest.approx([0.0, 0.2])
    np.testing.assert_allclose(space.coordinates, StandardScaler().fit_transform(VALUES))
    assert space.unit == ""


def test_error_scaled_divides_by_the_median_of_the_errors_given():
    space = make_space(VALUES, ERRORS, "error_scaled", DIMENSIONS)
    assert space.scale == pytest.approx([0.02, 0.03])
    np.testing.assert_allclose(space.coordinates, VALUES / [0.02, 0.03])


@pytest.mark.parametrize("scale", sorted(SCALES))
def test_coordinates_map_back_to_abundances(scale):
    rng = np.random.default_rng(0)
    values, errors = rng.normal(size=(50, 4)), rng.uniform(0.01, 0.1, (50, 4))
    space = make_space(values, errors, scale, list("abcd"))
    np.testing.assert_allclose(space.to_abundances(space.coordinates), values, atol=1e-14)


@pytest.mark.parametrize("scale", sorted(SCALES))
def test_a_space_follows_the_rows(scale):
    rng = np.random.default_rng(1)
    values, errors = rng.normal(size=(50, 3)), rng.uniform(0.01, 0.1, (50, 3))
    order = rng.permutation(50)
    one = make_space(values, errors, scale, list("abc"))
    two = make_space(values[order], errors[order], scale, list("abc"))
    np.testing.assert_allclose(two.coordinates, one.coordinates[order], rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    ("scale", "values", "errors", "sentence"),
    [
        ("zscore", [[0.1, 0.3], [0.2, 0.3]], [[0.1, 0.1]] * 2, "mg_fe holds the same value 0.3"),
        ("error_scaled", [[0.1, 0.3]] * 2, [[0.1, np.nan]] * 2, "mg_fe_err has no errors.*floor"),
        ("error_scaled", [[0.1, 0.3]] * 2, [[0.0, 0.1]] * 2, "fe_h_err has a median error of 0"),
        ("raw", [[0.1, np.nan]] * 2, [[0.1, 0.1]] * 2, "mg_fe has no value for 2 of 2 stars"),
        ("raw", [[0.1, np.inf], [0, 0]], [[0.1, 0.1]] * 2, "mg_fe has no value for 1 of 2 stars"),
    ],
)
def test_spaces_that_cannot_be(scale, values, errors, sentence):
    with pytest.raises(InputProblem, match=sentence):
        make_space(np.array(values), np.array(errors), scale, DIMENSIONS)


def test_coarse_abundances_are_said_to_be_so():
    fine = make_space(VALUES, np.full(VALUES.shape, 0.05), "raw", DIMENSIONS)
    assert fine.notes == []
    errors = np.tile([0.06, 0.15], (3, 1))
    (note,) = make_space(VALUES, errors, "raw", DIMENSIONS).notes
    assert "0.105 dex (largest: mg_fe, 0.150 dex)" in note
    assert make_space(VALUES, np.full(VALUES.shape, np.nan), "raw", DIMENSIONS).notes == []


def test_median_errors_ignore_missing_ones():
    found = median_errors(np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]]))
    assert found[0] == 2.0
    assert np.isnan(found[1])


@pytest.fixture(scope="module")
def mixed():
    """300 stars with [Fe/H], [Mg/Fe], [Si/Fe], [Ni/Fe] that depend on each other, and errors."""
    rng = np.random.default_rng(4)
    turn = np.array([[1, 0.3, 0.2, 0.1], [0, 0.8, 0.5, 0.2], [0, 0, 0.3, 0.1], [0, 0, 0, 0.2]])
    values = 0.1 + 0.2 * rng.normal(size=(300, 4)) @ turn
    return values, rng.uniform(0.01, 0.05, (300, 4)), ["fe_h", "mg_fe", "si_fe", "ni_fe"]


def test_whitened_covariance_is_the_unit_matrix_and_distance_is_mahalanobis(mixed):
    space = make_space(*mixed[:2], "raw", mixed[2], "whitened")
    np.testing.assert_allclose(np.cov(space.coordinates.T), np.eye(4), atol=1e-12)
    turned = mixed[0] @ mahalanobis_map(np.cov(mixed[0].T))
    np.testing.assert_allclose(pdist(space.coordinates), pdist(turned))
    assert space.names == ["white1", "white2", "white3", "white4"]


@pytest.mark.parametrize("scale", ["zscore", "error_scaled"])
def test_whitening_forgets_the_scale(mixed, scale):
    one, two = (make_space(*mixed[:2], s, mixed[2], "whitened") for s in ("raw", scale))
    np.testing.assert_allclose(pdist(one.coordinates), pdist(two.coordinates))


def test_principal_components_are_those_of_scikit_learn(mixed):
    space = make_space(*mixed[:2], "raw", mixed[2], "pca", 2)
    reference = PCA(2).fit(mixed[0])
    np.testing.assert_allclose(space.coordinates.var(axis=0, ddof=1), reference.explained_variance_)
    np.testing.assert_allclose(np.cov(space.coordinates.T)[0, 1], 0, atol=1e-14)
    assert space.variance_kept == pytest.approx(reference.explained_variance_ratio_.sum())
    both = np.abs(space.coordinates), np.abs(reference.transform(mixed[0]))
    np.testing.assert_allclose(*both, atol=1e-12)
    assert space.names == ["pc1", "pc2"]
    plane = reference.inverse_transform(reference.transform(mixed[0]))
    np.testing.assert_allclose(space.to_abundances(space.coordinates), plane, atol=1e-12)


def test_residuals_are_uncorrelated_with_iron_and_magnesium_in_either_ratio(mixed):
    values, errors, names = mixed
    space = make_space(values, errors, "raw", names, "residuals")
    assert space.names == ["si_fe", "ni_fe"]
    together = np.cov(np.column_stack([values[:, :2], space.coordinates]).T)
    np.testing.assert_allclose(together[:2, 2:], 0, atol=1e-15)
    in_h = values + np.outer(values[:, 0], [0, 1, 1, 1])
    other = make_space(in_h, errors, "raw", ["fe_h", "mg_h", "si_h", "ni_h"], "residuals")
    np.testing.assert_allclose(other.coordinates, space.coordinates, atol=1e-13)
    with pytest.raises(ValueError, match="cannot be mapped back"):
        space.to_abundances(space.coordinates)


@pytest.mark.parametrize("transform", sorted(TRANSFORMS))
def test_a_transform_is_the_linear_map_it_says_and_follows_the_rows(mixed, transform):
    values, errors, names = mixed
    space = make_space(values, errors, "error_scaled", names, transform, 3)
    linear = (values - space.centre) / space.scale @ space.matrix
    np.testing.assert_allclose(space.coordinates, linear, atol=1e-12)
    order = np.random.default_rng(0).permutation(len(values))
    other = make_space(values[order], errors[order], "error_scaled", names, transform, 3)
    np.testing.assert_allclose(other.coordinates, space.coordinates[order], atol=1e-9)


@pytest.mark.parametrize(
    ("transform", "components", "names", "sentence"),
    [
        ("pca", None, ["fe_h", "mg_fe", "si_fe", "ni_fe"], "components is None.*from 1 to 4"),
        ("pca", 5, ["fe_h", "mg_fe", "si_fe", "ni_fe"], "components is 5"),
        ("residuals", None, ["fe_h", "al_fe", "si_fe", "ni_fe"], "residuals need fe, mg"),
    ],
)
def test_transforms_that_cannot_be(mixed, transform, components, names, sentence):
    with pytest.raises(InputProblem, match=sentence):
        make_space(*mixed[:2], "raw", names, transform, components)


def test_an_element_that_follows_from_others_cannot_be_whitened(mixed):
    values = mixed[0].copy()
    values[:, 3] = values[:, 1] - 2 * values[:, 2]
    with pytest.raises(InputProblem, match="lie in fewer than 4 dimensions"):
        make_space(values, mixed[1], "raw", mixed[2], "whitened")


def test_the_robust_scale_is_the_median_and_the_interquartile_range():
    values = np.column_stack([np.arange(5.0), [0.0, 1.0, 2.0, 3.0, 1000.0]])
    space = make_space(values, np.full((5, 2), np.nan), "robust", ["pmra", "pmdec"])
    assert space.centre == pytest.approx([2, 2])
    assert space.scale == pytest.approx([2, 2])  # quartiles 1 and 3: the outlier weighs nothing
    with pytest.raises(InputProblem, match="the same value 7 for half of the 4 stars"):
        make_space(np.full((4, 1), 7.0), np.full((4, 1), np.nan), "robust", ["pmra"])
