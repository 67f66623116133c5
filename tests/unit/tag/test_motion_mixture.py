"""The mixture of a cluster and its field: formulas by independent code, EM on simulated stars."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from chemtag.tag.motion.em import cholesky, em_pass, expected
from chemtag.tag.motion.mixture import crowded_places, fit_mixture, log_gaussian, parted


def covariances(n, seed):
    roots = np.random.default_rng(seed).normal(size=(n, 3, 3))
    return roots @ roots.transpose(0, 2, 1) + 0.1 * np.eye(3)


def test_log_densities_against_scipy():
    offsets, each = np.random.default_rng(0).normal(size=(6, 3)), covariances(6, 1)
    one = [multivariate_normal(cov=c).logpdf(x) for x, c in zip(offsets, each, strict=True)]
    assert log_gaussian(offsets, each) == pytest.approx(one)
    same = multivariate_normal(cov=each[0]).logpdf(offsets)
    assert log_gaussian(offsets, each[0]) == pytest.approx(same)


def expected_of(offset, errors, spread):
    """Expected true offset and its covariance, by the root of the summed covariances."""
    root, left = np.zeros((2, *spread.shape))
    work, moved = np.zeros((2, len(offset)))
    assert cholesky(spread + errors, root)
    expected(offset, spread, root, work, moved, left)
    return moved, left


def test_the_expected_value_by_hand_and_by_the_formula():
    # one dimension, V = 3, S = 1: three quarters of the way, variance 3 * 1 / 4
    moved, left = expected_of(np.array([4.0]), np.array([[1.0]]), np.array([[3.0]]))
    assert moved[0] == pytest.approx(3)
    assert left[0, 0] == pytest.approx(0.75)
    spread, errors = covariances(1, 2)[0], covariances(4, 3)
    offsets = np.random.default_rng(4).normal(size=(4, 3))
    for offset, error in zip(offsets, errors, strict=True):
        gain = spread @ np.linalg.inv(spread + error)
        moved, left = expected_of(offset, error, spread)
        assert moved == pytest.approx(gain @ offset)
        assert left == pytest.approx(spread - gain @ spread)


@pytest.mark.parametrize("known", [True, False])
def test_the_sums_of_a_pass_by_the_formula(known):
    rng = np.random.default_rng(10)
    points, errors = rng.normal(size=(40, 3)), covariances(40, 11)
    share, centre, spread = np.array([0.2, 0.5, 0.3]), rng.normal(size=(3, 3)), covariances(3, 12)
    total = spread[None] + np.zeros((40, 1, 1, 1))
    total[:, :2] += errors[:, None] if known else 0
    beside = rng.uniform(0.1, 2, (40, 3))
    density = np.array(
        [
            [a * multivariate_normal(m, c).pdf(x) for a, m, c in zip(share, centre, t, strict=True)]
            for x, t in zip(points, total, strict=True)
        ]
    )
    density *= beside
    weight = density / density.sum(axis=1, keepdims=True)
    own = errors if known else np.empty((0, 3, 3))
    likelihood, sums, found = em_pass(points, own, np.log(beside), share, centre, spread, 2)
    number, first, second = sums
    assert found == pytest.approx(weight[:, :2])
    assert likelihood == pytest.approx(np.log(density.sum(axis=1)).sum())
    assert number == pytest.approx(weight.sum(axis=0))
    for k in range(3):
        offset = points - centre[k]
        product = np.einsum("ni,nj->nij", offset, offset)
        if known and k < 2:
            each = [expected_of(x, e, spread[k]) for x, e in zip(offset, errors, strict=True)]
            offset = np.array([moved for moved, _ in each])
            product = np.array([np.outer(moved, moved) + left for moved, left in each])
        assert first[k] == pytest.approx(weight[:, k] @ offset)
        assert second[k] == pytest.approx(np.einsum("n,nij->ij", weight[:, k], product))


def test_a_component_without_width_ends_the_fit():
    points = np.random.default_rng(13).normal(size=(20, 3))
    flat = np.stack([np.eye(3), np.diag([1.0, 0, 1])])
    parts = np.full(2, 0.5), np.zeros((2, 3)), flat
    assert np.isnan(em_pass(points, np.empty((0, 3, 3)), np.empty((0, 2)), *parts)[0])
    with pytest.raises(np.linalg.LinAlgError):
        fit_mixture(points, None, parts)


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
