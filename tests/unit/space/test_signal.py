"""The space `signal` by its definition."""

import numpy as np
import pytest

from chemtag.base.problems import InputProblem
from chemtag.space.signal import canonical_order, noise_edge, signal_space


@pytest.fixture
def survey():
    """Abundances of 400 stars in 5 elements: two true axes, correlated errors."""
    rng = np.random.default_rng(0)
    root = rng.normal(size=(5, 5)) * 0.01 + 0.02 * np.eye(5)
    width = root @ root.T
    true = rng.normal(size=(400, 2)) @ rng.normal(size=(2, 5)) * 0.3
    return true + rng.standard_normal((400, 5)) @ root.T, width


def test_a_cluster_is_a_unit_ball(survey):
    values, width = survey
    found = signal_space(values, width)
    assert found.coordinates.shape == (400, 2)
    np.testing.assert_allclose(found.matrix.T @ width @ found.matrix, np.eye(2), atol=1e-10)
    np.testing.assert_allclose(found.variance, 1)
    np.testing.assert_allclose(
        np.cov(found.coordinates.T), np.diag(found.eigenvalues[:2]), atol=1e-8
    )
    np.testing.assert_allclose(found.coordinates, (values - found.centre) @ found.matrix)


def test_full_set_of_axes_keeps_mahalanobis_distances(survey):
    values, width = survey
    z = signal_space(values, width, axes=5).coordinates
    apart = values[:50] - values[50:100]
    squares = np.einsum("ni,ij,nj->n", apart, np.linalg.inv(width), apart)
    np.testing.assert_allclose(((z[:50] - z[50:100]) ** 2).sum(axis=1), squares)


def test_noise_alone_stays_below_the_edge():
    rng = np.random.default_rng(1)
    top = [signal_space(rng.normal(size=(500, 20)), np.eye(20)).eigenvalues[0] for _ in range(20)]
    assert noise_edge(500, 20) == pytest.approx((1 + 0.2) ** 2)
    assert np.mean(top) == pytest.approx(noise_edge(500, 20), rel=0.06)
    assert np.mean(np.array(top) < noise_edge(500, 20)) >= 0.9


def test_widths_of_each_star_average_one(survey):
    values, width = survey
    scale = np.random.default_rng(2).uniform(0.5, 2, 400)
    found = signal_space(values, width[None] * (scale / scale.mean())[:, None, None])
    np.testing.assert_allclose(found.variance.mean(axis=0), 1)
    np.testing.assert_allclose(found.variance[:, 0], scale / scale.mean())


def test_order_of_rows_changes_no_bit(survey):
    values, width = survey
    shuffled = np.random.default_rng(3).permutation(400)
    np.testing.assert_array_equal(
        signal_space(values, width).coordinates[shuffled],
        signal_space(values[shuffled], width).coordinates,
    )


def test_constant_element_adds_no_axis(survey):
    values, width = survey
    both = np.column_stack([values, np.full(400, 0.3)])
    wide = np.zeros((6, 6))
    wide[:5, :5], wide[5, 5] = width, 0.01**2
    assert signal_space(both, wide).coordinates.shape == (400, 2)


def test_all_stars_alike_have_a_space():
    found = signal_space(np.zeros((10, 3)), 0.01 * np.eye(3))
    assert found.coordinates.shape == (10, 2)
    assert (found.coordinates == 0).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x, w: (x, np.diag([0.01, 0, 0.01])), "width of a birth cluster is 0 dex in mg"),
        (lambda x, w: (x, np.full((3, 3), 0.01)), "singular"),
        (lambda x, w: (x, np.diag([0.01, np.nan, 0.01])), "is nan dex in mg"),
        (lambda x, w: (x[:1], w), "2 stars or more and the sample has 1"),
        (lambda x, w: (np.where(x == x[3, 1], np.nan, x), w), "mg has no value for 1 of 9 stars"),
    ],
)
def test_input_a_user_can_mend(change, words):
    values = np.random.default_rng(0).normal(size=(9, 3))
    values, width = change(values, 0.01 * np.eye(3))
    with pytest.raises(InputProblem, match=words):
        signal_space(values, width, ["fe", "mg", "o"])


def test_canonical_order_sorts_by_the_first_column_first():
    table = np.array([[2.0, 0], [1, 5], [1, 3]])
    np.testing.assert_array_equal(canonical_order(table), [2, 1, 0])
