"""The mixture of a cluster and its field: formulas by independent code, EM on simulated stars."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from chemtag.tag.motion.mixture import (
    crowded_places,
    expected_values,
    fit_mixture,
    log_gaussian,
    parted,
)


def covariances(n, seed):
    roots = np.random.default_rng(seed).normal(size=(n, 3, 3))
    return roots @ roots.transpose(0, 2, 1) + 0.1 * np.eye(3)


def test_log_densities_against_scipy():
    offsets, each = np.random.default_rng(0).normal(size=(6, 3)), covariances(6, 1)
    one = [multivariate_normal(cov=c).logpdf(x) for x, c in zip(offsets, each, strict=True)]
    assert log_gaussian(offsets, each) == pytest.approx(one)
    same = multivariate_normal(cov=each[0]).logpdf(offsets)
    assert log_gaussian(offsets, each[0]) == pytest.approx(same)


def test_the_expected_value_by_hand_and_by_the_formula():
    # one dimension, V = 3, S = 1: three quarters of the way, variance 3 * 1 / 4
    values, left = expected_values(
        np.array([[4.0]]), np.array([[[1.0]]]), np.array([0.0]), np.array([[3.0]])
    )
    assert values[0, 0] == pytest.approx(3)
    assert left[0, 0, 0] == pytest.approx(0.75)
    spread, errors = covariances(1, 2)[0], covariances(4, 3)
    points = np.random.default_rng(4).normal(size=(4, 3))
    values, left = expected_values(points, errors, np.ones(3), spread)
    for i in range(4):
        gain = spread @ np.linalg.inv(spread + errors[i])
        assert values[i] == pytest.approx(1 + gain @ (points[i] - 1))
        assert left[i] == pytest.approx(spread - gain @ spread)


def test_without_errors_it_is_the_mixture_of_scikit_learn():
    rng = np.random.default_rng(5)
    points = np.vstack([rng.normal(0, 3, (400, 3)), rng.normal([4, 4, 1], 0.5, (100, 3))])
    start = (
        np.array([0.3, 0.7]),
        np.array([[3.5, 3.5, 1.0], [0, 0, 0]]),
        np.stack([np.eye(3), 9 * np.eye(3)]),
    )
    ours = fit_mixture(points, None, start, 500, 1e-10)
    theirs = GaussianMixture(
        2, weights_init=start[0], means_init=start[1],
        precisions_init=np.linalg.inv(start[2]), reg_covar=0, tol=1e-10, max_iter=500,
    ).fit(points)  # fmt: skip
    assert ours.centre == pytest.approx(theirs.means_, abs=1e-3)
    assert ours.covariance == pytest.approx(theirs.covariances_, rel=1e-3, abs=1e-3)
    assert ours.log_likelihood == pytest.approx(theirs.score(points) * 500, rel=1e-6)
    assert ours.probability(points, None) == pytest.approx(
        theirs.predict_proba(points)[:, 0], abs=1e-3
    )


def test_more_steps_never_lower_the_likelihood():
    rng = np.random.default_rng(6)
    points, errors = rng.normal(size=(300, 3)) * [1, 2, 3], 0.1 * covariances(300, 7)
    start = (np.array([0.2, 0.8]), rng.normal(size=(2, 3)), np.stack([np.eye(3)] * 2))
    reached = [fit_mixture(points, errors, start, n, 0).log_likelihood for n in (1, 2, 5, 20, 60)]
    assert (np.diff(reached) > -1e-6 * np.abs(reached[0])).all()


def test_the_width_of_the_cluster_is_freed_of_the_errors():
    rng = np.random.default_rng(8)
    n = 1500
    error = rng.uniform(0.2, 0.8, n)
    cluster = 0.3 * rng.standard_normal((n, 3)) + error[:, None] * rng.standard_normal((n, 3))
    points = np.vstack([cluster, rng.normal(0, 15, (n, 3))])
    errors = np.append(error, np.full(n, 0.5))[:, None, None] ** 2 * np.eye(3)
    start = (np.full(2, 0.5), np.zeros((2, 3)), np.stack([np.eye(3), 200 * np.eye(3)]))
    found = fit_mixture(points, errors, start)
    assert np.sqrt(np.diag(found.covariance[0])) == pytest.approx([0.3] * 3, abs=0.04)
    blind = fit_mixture(points, None, start)
    assert np.sqrt(np.diag(blind.covariance[0])).min() > 0.5


def test_the_most_crowded_place_is_that_of_the_cluster():
    rng = np.random.default_rng(9)
    points = np.vstack([rng.normal(0, 1, (1000, 3)), rng.normal([1.5, 0, 0], 0.02, (40, 3))])
    rows, radii = crowded_places(points, 3, 15, 300)
    assert rows[0] >= 1000
    assert radii[0] < 0.1
    assert len(rows) == 3
    assert (rows[1:] < 1000).all()


def test_compact_components_are_no_field():
    # total dispersions 0.5, 1.3 and 3 mas/yr; limits 1 (0.1 mas), 1.49 (1 mas) and 1 (0.5 mas)
    width = np.array([0.5, 1.3, 3.0])
    found = (
        np.array([0.2, 0.3, 0.5]),
        np.array([[0, 0, 0.1], [0, 0, 1.0], [0, 0, 0.5]]),
        np.stack([np.diag([w**2 / 2, w**2 / 2, 1.0]) for w in width]),
    )
    compact, field = parted(found)
    assert compact[0].tolist() == [0.2, 0.3]
    assert field[0].tolist() == [1.0]
    assert field[1][0, 2] == 0.5
    # the widest is field whatever it is
    assert parted(tuple(part[:1] for part in found))[1][0].tolist() == [1.0]
