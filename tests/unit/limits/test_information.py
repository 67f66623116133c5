"""Information of a space: cases worked by hand, invariances, and simulated truths."""

import numpy as np
import pytest
from scipy import stats

from chemtag.base.problems import InputProblem
from chemtag.limits import information as info
from chemtag.select.truth import truth_of

# Three clusters of two stars in two dimensions; means (0, 0), (4, 0), (2, 6).
VALUES = np.array([[-1, 0], [1, 0], [4, -1], [4, 1], [1, 6], [3, 6]], dtype=float)
CLUSTERS = np.array([0, 0, 1, 1, 2, 2])


def simulated(seed, n_clusters, size, between, within):
    rng = np.random.default_rng(seed)
    d = len(between)
    clusters = np.repeat(np.arange(n_clusters), size)
    centres = rng.multivariate_normal(np.zeros(d), between, n_clusters)
    return centres[clusters] + rng.multivariate_normal(np.zeros(d), within, len(clusters)), clusters


def test_scatter_by_hand():
    """Squares within: x 2 + 0 + 2, y 0 + 2 + 0, over 6 - 3; means: x 8/2, y 24/2, less W/2."""
    scatter = info.scatter_of(VALUES, CLUSTERS)
    np.testing.assert_allclose(scatter.within, [[4 / 3, 0], [0, 2 / 3]])
    np.testing.assert_allclose(scatter.between, [[4 - 2 / 3, 0], [0, 12 - 1 / 3]])
    assert scatter.dof == 3
    np.testing.assert_allclose(
        info.element_ratios(scatter), np.sqrt([(10 / 3) / (4 / 3), (35 / 3) / (2 / 3)])
    )
    for basis in ("within_sd", "whitened"):
        np.testing.assert_allclose(info.eigenvalues(scatter, basis), [17.5, 2.5])
    assert info.participation_ratio(np.array([17.5, 2.5])) == pytest.approx(400 / 312.5)


def test_correlated_within_by_hand():
    """B = diag(3, 3), W = [[2, 1], [1, 2]] has eigenvalues 1 and 3: 3 and 1 whitened, 1.5 twice."""
    scatter = info.Scatter(
        np.zeros((3, 2)), np.full(3, 2), np.array([[2.0, 1], [1, 2]]), np.diag([3.0, 3.0]), 9
    )
    np.testing.assert_allclose(info.eigenvalues(scatter, "whitened"), [3, 1])
    np.testing.assert_allclose(info.eigenvalues(scatter, "within_sd"), [1.5, 1.5])


def test_participation_ratio():
    assert info.participation_ratio(np.array([2.0, 2, 2, 2])) == pytest.approx(4)
    assert info.participation_ratio(np.array([5.0, 0, 0])) == pytest.approx(1)
    assert info.participation_ratio(np.array([5.0, 0, -1])) == pytest.approx(1)
    assert np.isnan(info.participation_ratio(np.zeros(2)))


def test_pair_of_clusters_by_hand():
    """Means 2 apart along x, W the unit matrix, 5 and 10 stars, 20 degrees of freedom."""
    scatter = info.Scatter(
        np.array([[0.0, 0.0], [2.0, 0.0]]), np.array([5, 10]), np.eye(2), np.eye(2), 20
    )
    pairs = info.cluster_pairs(scatter)
    squared = 17 / 20 * 4 - 2 * (1 / 5 + 1 / 10)
    assert pairs.distance[0] == pytest.approx(np.sqrt(squared))
    assert pairs.confusion[0] == pytest.approx(stats.norm.cdf(-np.sqrt(squared) / 2))
    assert pairs.p_value[0] == pytest.approx(stats.f.sf(19 / 40 * 50 / 15 * 4, 2, 19))


def test_one_dimension_is_students_test():
    rng = np.random.default_rng(0)
    values = np.append(rng.normal(0, 1, 6), np.append(rng.normal(1, 1, 9), rng.normal(5, 1, 4)))
    clusters = np.repeat([0, 1, 2], [6, 9, 4])
    scatter = info.scatter_of(values[:, None], clusters)
    pairs = info.cluster_pairs(scatter)
    a, b = values[:6], values[6:15]
    t = (a.mean() - b.mean()) / np.sqrt(scatter.within[0, 0] * (1 / 6 + 1 / 9))
    assert pairs.p_value[0] == pytest.approx(2 * stats.t.sf(abs(t), 16))


def test_p_values_of_equal_means_are_uniform():
    """300 samples of three clusters with one and the same mean."""
    p = []
    for seed in range(300):
        values, clusters = simulated(seed, 3, 8, np.zeros((3, 3)), np.eye(3))
        p.append(info.cluster_pairs(info.scatter_of(values, clusters)).p_value[0])
    assert stats.kstest(p, "uniform").pvalue > 0.001


def test_estimates_hit_the_truth_of_many_samples():
    """B and squared distances are unbiased with clusters of 4 stars (400 samples)."""
    true_between, true_within = np.diag([4.0, 0.25]), np.array([[1.0, 0.3], [0.3, 0.5]])
    found, squared = [], []
    means = np.array([[0.0, 0.0], [1.5, 0.0], [0.0, 3.0]])
    expected = (means[0] - means[1]) @ np.linalg.solve(true_within, means[0] - means[1])
    for seed in range(400):
        values, clusters = simulated(seed, 12, 4, true_between, true_within)
        found.append(np.diag(info.scatter_of(values, clusters).between))
        rng = np.random.default_rng(seed)
        stars = means[np.repeat([0, 1, 2], 8)] + rng.multivariate_normal([0, 0], true_within, 24)
        scatter = info.scatter_of(stars, np.repeat([0, 1, 2], 8))
        step = scatter.means[0] - scatter.means[1]
        raw = step @ np.linalg.solve(scatter.within, step)
        squared.append((scatter.dof - 3) / scatter.dof * raw - 2 / 4)
    error = np.std(found, axis=0) / 20
    assert (np.abs(np.mean(found, axis=0) - [4, 0.25]) < 4 * error).all()
    assert abs(np.mean(squared) - expected) < 4 * np.std(squared) / 20


def test_whitened_eigenvalues_survive_any_linear_map():
    values, clusters = simulated(1, 10, 6, np.diag([3.0, 1, 0.2]), np.eye(3))
    turned = values @ np.random.default_rng(0).normal(size=(3, 3)) + 7
    one, two = (info.scatter_of(v, clusters) for v in (values, turned))
    np.testing.assert_allclose(
        info.eigenvalues(one, "whitened"), info.eigenvalues(two, "whitened"), atol=1e-9
    )
    np.testing.assert_allclose(
        info.cluster_pairs(one).distance, info.cluster_pairs(two).distance, atol=1e-6
    )


def test_weights_repeat_clusters():
    values, clusters = simulated(2, 4, 5, np.eye(2), np.eye(2))
    doubled = np.concatenate([values, values[clusters == 1]])
    codes = np.concatenate([clusters, np.full(5, 4)])
    keep = codes != 3
    expected = info.scatter_of(doubled[keep], np.where(codes == 4, 3, codes)[keep])
    found = info.scatter_of(values, clusters, np.array([1, 2, 1, 0]))
    np.testing.assert_allclose(found.within, expected.within)
    np.testing.assert_allclose(found.between, expected.between)


def test_error_spectrum_of_noise_is_one():
    rng = np.random.default_rng(0)
    errors = rng.uniform(0.5, 1.5, (3000, 6))
    spectrum = info.error_spectrum(rng.normal(0, errors), errors)
    assert spectrum.mean() == pytest.approx(1, abs=0.02)
    assert spectrum.max() < 1.05 * info.noise_edge(3000, 6)
    stars = rng.normal(0, errors) + np.outer(rng.normal(size=3000), np.ones(6))
    assert (info.error_spectrum(stars, errors) > info.noise_edge(3000, 6)).sum() == 1


def test_ablation_finds_the_element_that_matters():
    values, clusters = simulated(3, 6, 12, np.diag([25.0, 0.0, 0.0]), np.eye(3))
    truth = truth_of([f"c{k}" for k in clusters], 2)
    placed = {dropped: correct.sum() for dropped, correct, _ in info.ablation(values, truth)}
    assert set(placed) == {-1, 0, 1, 2}
    assert placed[0] < placed[-1] / 2
    assert min(placed[1], placed[2]) > 0.9 * placed[-1]


def test_too_few_clusters_say_so():
    with pytest.raises(InputProblem, match=r"needs three clusters .* found 2"):
        info.scatter_of(VALUES[:4], CLUSTERS[:4])


def test_too_few_members_give_no_distances():
    values, clusters = simulated(0, 3, 2, np.eye(5), np.eye(5))
    scatter = info.scatter_of(values, clusters)
    assert np.isnan(info.cluster_pairs(scatter).distance).all()
    assert np.isnan(info.eigenvalues(scatter, "whitened")).all()
    assert np.isfinite(info.eigenvalues(scatter, "within_sd")).all()
