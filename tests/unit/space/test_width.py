"""Widths of a birth cluster: formulas by hand, recovery of known covariances, robustness."""

import numpy as np
import pytest

from chemtag.base.problems import InputProblem
from chemtag.space.width import (
    common_mode,
    diagonal_width,
    published_width,
    quoted_width,
    scaled_width,
    scatter_covariance,
)
from chemtag.space.width_clusters import (
    gaussian_core,
    leave_one_out,
    one_mode,
    shrunk,
    star_widths,
    width_of_clusters,
    within_clusters,
)

TRUE = 0.03**2 * (0.6 * np.ones((4, 4)) + 0.4 * np.eye(4)) * np.outer([1, 1, 2, 3], [1, 1, 2, 3])


def members(n_clusters=40, size=15, seed=0, wrong=0.0, slope=None):
    """Members of clusters of covariance TRUE, a share of contaminants, trends with two labels."""
    rng = np.random.default_rng(seed)
    code = np.repeat(np.arange(n_clusters), size)
    values = rng.normal(0, 0.3, (n_clusters, 4))[code]
    values = values + rng.multivariate_normal(np.zeros(4), TRUE, len(code))
    labels = rng.normal(size=(len(code), 2))
    if slope is not None:
        values = values + labels @ slope
    out = rng.random(len(code)) < wrong
    values[out] = rng.normal(0, 0.3, (int(out.sum()), 4))
    return values, code, labels


def test_common_mode_by_hand():
    found = common_mode({"fe": 1, "o": -1, "mg": 0.5}, 0.3, ["fe", "o", "mg", "k"])
    np.testing.assert_allclose(np.diag(found), 1)
    assert found[0, 1] == pytest.approx(-0.3)
    assert found[0, 2] == pytest.approx(0.15)
    assert found[0, 3] == 0
    with pytest.raises(ValueError, match="loadings"):
        common_mode({"fe": 2}, 0.3, ["fe"])


def test_quoted_width_by_hand():
    errors = np.array([[0.01, 0.02], [0.03, 0.04]])
    found = quoted_width(errors, ["a", "b"], np.array([[1, 0.5], [0.5, 1]]), "a guess", 0.0)
    np.testing.assert_allclose(found.covariance[1], [[9e-4, 6e-4], [6e-4, 16e-4]])
    assert "a guess" in found.basis
    assert not found.notes
    independent = quoted_width(errors, ["a", "b"], scatter=0.02)
    np.testing.assert_allclose(independent.covariance[0], np.diag([5e-4, 8e-4]))
    assert "independent" in independent.notes[0]
    np.testing.assert_allclose(independent.deviation, np.sqrt([9e-4, 14e-4]))


@pytest.mark.parametrize("value", [np.nan, -0.01, np.inf])
def test_errors_a_width_cannot_be_built_on(value):
    with pytest.raises(InputProblem, match="column b_err has no error of 0 or more for 1 of 3"):
        quoted_width(np.array([[0.1, 0.1], [0.1, value], [0.1, 0.1]]), ["a", "b"])


def test_published_scatter_in_both_ratios():
    scatter = {"fe": 0.03, "mg": 0.01, "si": 0.02}
    elements = ["mg", "fe", "o"]
    found, unknown = scatter_covariance(scatter, elements, "x_fe")
    np.testing.assert_allclose(found, np.diag([1e-4, 9e-4, 4e-4]))  # o: the median of .01, .03
    assert unknown == ["o"]
    found, _ = scatter_covariance(scatter, elements, "x_h")
    np.testing.assert_allclose(found, np.diag([1e-4, 0, 4e-4]) + 9e-4)
    without, _ = scatter_covariance(scatter, ["mg", "si"], "x_h")
    np.testing.assert_allclose(without, np.diag([1e-4, 4e-4]) + 9e-4)
    for wrong in (["o"], ["mg"]):
        with pytest.raises(InputProblem, match="published scatter"):
            scatter_covariance({"mg": 0.1}, wrong, "x_h")
    width = published_width(np.full((2, 3), 0.1), elements, elements, "x_fe", scatter, "P20")
    np.testing.assert_allclose(width.covariance[0], np.diag([0.0101, 0.0109, 0.0104]))
    assert "P20" in width.basis
    assert any("published for o;" in note for note in width.notes)


def test_scaled_and_diagonal_widths():
    width = quoted_width(np.full((2, 2), 0.1), ["a", "b"], np.array([[1, 0.5], [0.5, 1]]), "x")
    np.testing.assert_allclose(scaled_width(width, 2).covariance, 2 * width.covariance)
    np.testing.assert_allclose(diagonal_width(width).covariance[0], 0.0101 * np.eye(2))
    assert scaled_width(width, 2).source == "quoted"


def test_gaussian_members_give_their_covariance():
    values, code, _ = members(n_clusters=200)
    found = within_clusters(values, code)
    np.testing.assert_allclose(found.covariance, TRUE, rtol=0.07)
    assert 0.6 < gaussian_core(4) < gaussian_core(20) < 1


def test_contaminants_hardly_widen_it():
    values, code, _ = members(wrong=0.08)
    robust = np.sqrt(np.diag(within_clusters(values, code).covariance) / np.diag(TRUE))
    means = np.array([values[code == k].mean(axis=0) for k in range(40)])
    residuals = values - means[code]
    plain = np.sqrt((residuals**2).sum(axis=0) / (len(code) - 40) / np.diag(TRUE))
    assert robust.max() < 1.2
    assert plain.max() > 2


def test_trends_are_found_and_removed():
    slope = np.array([[0.02, 0.0, 0.05, -0.03], [0.0, 0.04, 0.0, 0.02]])
    values, code, labels = members(slope=slope, wrong=0.05)
    found = within_clusters(values, code, labels)
    np.testing.assert_allclose(found.slopes, slope, atol=0.01)
    np.testing.assert_allclose(np.diag(found.covariance), np.diag(TRUE), rtol=0.35)


def test_one_mode_is_exact_where_it_is_true():
    np.testing.assert_allclose(one_mode(TRUE), TRUE, rtol=0.02)
    few, many = shrunk(TRUE, 1), shrunk(TRUE, 10**6)
    np.testing.assert_allclose(many, TRUE, rtol=1e-4)
    np.testing.assert_allclose(np.diag(few), np.diag(TRUE), rtol=0.02)


def test_the_scored_cluster_is_left_out():
    values, code, _ = members(n_clusters=12)
    names = np.char.add("C", code.astype(str))
    widths = leave_one_out(values, list("abcd"), names)
    assert sorted(widths) == sorted(set(names))
    changed = values.copy()
    changed[code == 3] += np.random.default_rng(0).normal(0, 1, (15, 4))
    again = leave_one_out(changed, list("abcd"), names)
    np.testing.assert_array_equal(again["C3"].covariance, widths["C3"].covariance)
    assert (again["C4"].covariance != widths["C4"].covariance).any()
    assert widths["C3"].source == "other_clusters"
    assert "C3" not in widths["C3"].basis.replace("C3,", "") or "11 clusters" in widths["C3"].basis


def test_too_few_members_are_named():
    values, code, _ = members(n_clusters=3, size=3)
    with pytest.raises(InputProblem, match="needs 8 members more than clusters"):
        width_of_clusters(values, list("abcd"), code)


def test_widths_of_stars_follow_their_errors():
    values, code, _ = members()
    width = width_of_clusters(values, list("abcd"), code)
    errors = np.array([[0.01] * 4, [0.02] * 4, [0.04] * 4])
    found = star_widths(width, errors)
    ratio = np.diagonal(found.covariance, axis1=1, axis2=2) / np.diag(width.covariance)
    np.testing.assert_allclose(ratio, np.outer([0.9 / 4 + 0.1, 1, 3.7], np.ones(4)))
    np.testing.assert_allclose(found.covariance[1], width.covariance, rtol=1e-12)
