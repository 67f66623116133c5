"""Chemical spaces."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from chemtag.problems import InputProblem
from chemtag.spaces import SCALES, make_space, median_errors

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
