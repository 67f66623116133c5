"""Ratios, errors and trends of abundances; missing ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemtag.base.problems import InputProblem
from chemtag.select.missing import impute, in_percent, sparse_elements
from chemtag.survey.abundances import (
    adjusted_errors,
    checked_abundances,
    clipped_least_squares,
    column_of,
    element_of,
    per_element,
    remove_trends,
    symbol_of,
    to_ratio,
)


def test_columns_of_elements():
    assert [column_of(e, "x_fe") for e in ("fe", "mg", "cn")] == ["fe_h", "mg_fe", "cn_fe"]
    assert [column_of(e, "x_h") for e in ("fe", "mg", "cn")] == ["fe_h", "mg_h", "cn_h"]
    with pytest.raises(ValueError, match="x_m"):
        column_of("mg", "x_m")
    assert element_of("mg_fe") == ("mg", "x_fe")
    assert element_of("fe_h") == ("fe", "x_h")
    for other in ("fe_fe", "mg_fe_err", "teff", "star_id", "flag_h_x"):
        assert element_of(other) is None
    assert [symbol_of(c) for c in ("mg_fe", "fe_h", "snr", "age")] == [
        "[Mg/Fe]",
        "[Fe/H]",
        "S/N",
        "age",
    ]


def test_ratios_by_hand():
    values = np.array([[0.1, -0.3], [0.0, 0.2]])
    errors = np.array([[0.04, 0.03], [0.05, 0.12]])
    x_h, x_h_errors = to_ratio(values, errors, ["mg", "fe"], "x_fe", "x_h")
    np.testing.assert_allclose(x_h, [[-0.2, -0.3], [0.2, 0.2]], atol=1e-15)
    np.testing.assert_allclose(x_h_errors, [[0.05, 0.03], [0.13, 0.12]], atol=1e-15)
    _, kept = to_ratio(values, errors, ["mg", "fe"], "x_fe", "x_h", error_conversion="unchanged")
    np.testing.assert_array_equal(kept, errors)
    same, same_errors = to_ratio(values, errors, ["mg", "fe"], "x_fe", "x_fe")
    np.testing.assert_array_equal(same, values)
    np.testing.assert_array_equal(same_errors, errors)


def test_iron_may_stand_beside_the_elements():
    values, errors = np.array([[0.1], [0.2]]), np.full((2, 1), 0.03)
    iron = np.array([1.0, 2.0]), np.array([0.04, 0.0])
    x_fe, x_fe_errors = to_ratio(values, errors, ["mg"], "x_h", "x_fe", iron)
    np.testing.assert_allclose(x_fe[:, 0], [-0.9, -1.8])
    np.testing.assert_allclose(x_fe_errors[:, 0], [0.05, 0.03])
    with pytest.raises(InputProblem, match=r"without iron.*add fe"):
        to_ratio(values, errors, ["mg"], "x_h", "x_fe")


@given(st.lists(st.floats(-3, 3), min_size=6, max_size=6))
def test_a_ratio_and_back_gives_the_values_again(numbers):
    values = np.array(numbers).reshape(2, 3)
    there, _ = to_ratio(values, values, ["mg", "fe", "c"], "x_fe", "x_h")
    back, _ = to_ratio(there, values, ["mg", "fe", "c"], "x_h", "x_fe")
    np.testing.assert_allclose(back, values, atol=1e-14)
    np.testing.assert_array_equal(there[:, 1], values[:, 1])


def test_a_missing_iron_makes_the_other_ratio_missing():
    values, _ = to_ratio(np.array([[0.1, np.nan]]), np.zeros((1, 2)), ["mg", "fe"], "x_fe", "x_h")
    assert np.isnan(values).all()


def test_infinite_values_and_errors_count_as_missing():
    values, errors, found = checked_abundances(
        np.array([[np.inf, 0.1], [0.0, np.nan]]), np.array([[0.1, np.inf], [0.1, 0.1]]),
        ["fe", "mg"], "x_fe", "here",
    )  # fmt: skip
    assert np.isnan(values[0, 0])
    assert np.isnan(errors[0, 1])
    assert found == {"fe_h": 1, "mg_fe_err": 1}


@pytest.mark.parametrize(
    ("values", "errors", "sentence"),
    [
        (
            [[0.0], [0.1]],
            [[-1.0], [-2.0]],
            "here: column mg_h_err holds 2 negative errors.*first -1",
        ),
        ([[0.0], [-9999.99]], [[0.1], [0.1]], "here: column mg_h holds 1 values beyond 10 dex"),
        ([[99.999], [0.0]], [[0.1], [0.1]], "the first 99.999"),
    ],
)
def test_codes_for_missing_are_refused(values, errors, sentence):
    with pytest.raises(InputProblem, match=sentence):
        checked_abundances(np.array(values), np.array(errors), ["mg"], "x_h", "here")


def test_errors_are_inflated_then_raised_to_the_floor():
    errors = np.array([[0.01, 0.02, np.nan], [0.04, 0.001, np.nan]])
    inflation = per_element({"a": 2.0}, ["a", "b", "c"])
    floor = per_element(0.03, ["a", "b", "c"])
    np.testing.assert_allclose(
        adjusted_errors(errors, inflation, floor), [[0.03, 0.03, 0.03], [0.08, 0.03, 0.03]]
    )
    untouched = adjusted_errors(errors, per_element(1.0, "abc"), per_element({}, "abc"))
    np.testing.assert_array_equal(untouched, errors)


def giants(seed: int, size: int = 3000):
    """Stars with iron, magnesium, Teff and log g that depend on each other, as in a survey."""
    rng = np.random.default_rng(seed)
    logg = rng.uniform(1.0, 3.3, size)
    iron = rng.normal(-0.1, 0.25, size) + 0.05 * (logg - 2.5)
    magnesium = 0.03 - 0.12 * iron + rng.normal(0, 0.04, size)
    teff = 4700 + 300 * (logg - 2.5) - 350 * iron + rng.normal(0, 60, size)
    return rng, iron, magnesium, teff, logg


def test_planted_trends_are_found_and_removed():
    slopes = []
    for seed in range(20):
        rng, iron, magnesium, teff, logg = giants(seed)
        clean = 0.6 * magnesium - 0.2 * iron + 0.1 * iron**2 + rng.normal(0, 0.02, len(iron))
        t, g = (teff - 4700) / 500, logg - 2.5
        spoiled = clean + 0.03 * t - 0.02 * g
        values = np.column_stack([iron, magnesium, spoiled])
        corrected, found = remove_trends(
            values, ["fe", "mg", "si"], iron, magnesium, teff, logg, order=1
        )
        slopes.append([found["si"]["t"], found["si"]["g"]])
        np.testing.assert_array_equal(corrected[:, :2], values[:, :2])
        assert set(found) == {"si"}
        assert np.sqrt(np.mean((corrected[:, 2] - clean) ** 2)) < 0.004
    mean, error = np.mean(slopes, axis=0), np.std(slopes, axis=0, ddof=1) / np.sqrt(20)
    assert np.all(np.abs(mean - [0.03, -0.02]) < 4 * error)
    assert np.all(error < 0.001)


def test_second_order_trends_and_the_point_of_reference():
    _, iron, magnesium, teff, logg = giants(1)
    t, g = (teff - 4700) / 500, logg - 2.5
    planted = 0.02 * t - 0.01 * g + 0.03 * t * t - 0.02 * t * g + 0.01 * g * g
    corrected, found = remove_trends(
        planted[:, None], ["si"], iron, magnesium, teff, logg, order=2, clip=1e6
    )
    np.testing.assert_allclose(corrected, 0, atol=1e-10)
    expected = {"t": 0.02, "g": -0.01, "t2": 0.03, "tg": -0.02, "g2": 0.01}
    assert {k: found["si"][k] for k in expected} == pytest.approx(expected, abs=1e-9)


def test_trends_are_the_same_in_either_ratio():
    rng, iron, magnesium, teff, logg = giants(2)
    silicon = 0.5 * magnesium + 0.03 * (teff - 4700) / 500 + rng.normal(0, 0.02, len(iron))
    x_fe, one = remove_trends(silicon[:, None], ["si"], iron, magnesium, teff, logg)
    x_h, two = remove_trends((silicon + iron)[:, None], ["si"], iron, magnesium, teff, logg)
    assert one["si"]["t"] == pytest.approx(two["si"]["t"], abs=1e-12)
    np.testing.assert_allclose(x_fe[:, 0] + iron, x_h[:, 0], atol=1e-12)


def test_missing_abundances_stay_missing_and_few_stars_are_refused():
    rng, iron, magnesium, teff, logg = giants(3, 300)
    values = rng.normal(0, 0.02, (300, 1))
    values[:5] = np.nan
    corrected, found = remove_trends(values, ["si"], iron, magnesium, teff, logg, clip=100)
    assert np.isnan(corrected[:5]).all()
    assert found["si"]["stars"] == 295
    values[:200] = np.nan
    with pytest.raises(InputProblem, match=r"trends of si need at least 160 stars.*are 100"):
        remove_trends(values, ["si"], iron, magnesium, teff, logg)


def test_clipped_fit_agrees_with_a_fit_without_the_outliers():
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    y = 1 + 2 * x + rng.normal(0, 0.01, 500)
    y[:20] += 5
    design = np.column_stack([np.ones(500), x])
    solution, count = clipped_least_squares(design, y, 5.0)
    assert count == 480
    np.testing.assert_allclose(
        solution, np.linalg.lstsq(design[20:], y[20:], rcond=None)[0], atol=1e-12
    )


def test_sparse_elements():
    values = np.array([[1.0, np.nan, 1.0], [1.0, np.nan, 1.0], [1.0, 1.0, np.nan], [1.0, 1.0, 1.0]])
    assert sparse_elements(values, ["a", "b", "c"], 0.25) == ["b"]
    assert sparse_elements(values, ["a", "b", "c"], 0.5) == []
    with pytest.raises(InputProblem, match=r"all but 1 of 3 elements \(missing: b 50 %, c 25 %"):
        sparse_elements(values, ["a", "b", "c"], 0.1)
    assert in_percent(["a", "b"], np.array([0.0, 1 / 3])) == "b 33.3 %, a 0 %"


def test_imputation_leaves_the_measured_alone_and_takes_the_nearest_stars():
    # two tight pairs: the missing value is that of the partner
    values = np.array([[0.0, 0.0, 1.0], [0.0, 0.01, np.nan], [5.0, 5.0, 9.0], [5.0, 5.01, 9.0]])
    filled, counts = impute(values, 1)
    assert filled[1, 2] == pytest.approx(1.0)
    assert counts.tolist() == [0, 1, 0, 0]
    known = ~np.isnan(values)
    np.testing.assert_array_equal(filled[known], values[known])


def test_imputation_is_better_than_the_median_where_elements_go_together():
    rng = np.random.default_rng(4)
    latent = rng.normal(size=(400, 1))
    truth = latent + rng.normal(0, 0.1, (400, 4))
    values = truth.copy()
    missing = rng.random(values.shape) < 0.1
    missing[:, 0] = False
    values[missing] = np.nan
    filled, _ = impute(values, 10)
    medians = np.broadcast_to(np.nanmedian(values, axis=0), truth.shape)[missing]
    rms = np.sqrt(np.mean((filled[missing] - truth[missing]) ** 2))
    assert rms < 0.25 * np.sqrt(np.mean((medians - truth[missing]) ** 2))
