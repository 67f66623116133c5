"""UPMASK and the tests on the sky: by hand, against scipy and scikit-learn."""

import numpy as np
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist
from scipy.stats import gaussian_kde
from sklearn.cluster import KMeans

from chemtag.tag.motion.skies import GRID, SkyTest, kernel_peak, tree_length
from chemtag.tag.motion.upmask import cone_radius, cut, half_radius, membership, stays


def test_the_length_of_a_tree_by_hand_and_against_scipy():
    assert tree_length(np.array([[0.0, 0], [3, 0], [3, 4], [3, 5]])) == pytest.approx(8)
    for seed in range(5):
        sky = np.random.default_rng(seed).normal(size=(17, 2))
        assert tree_length(sky) == pytest.approx(minimum_spanning_tree(cdist(sky, sky)).sum())


def test_the_peak_of_the_kernel_density_against_scipy():
    sky = np.random.default_rng(0).normal(size=(40, 2)) * [1, 2]
    low, high = sky.min(axis=0), sky.max(axis=0)
    steps = (np.arange(GRID) + 0.5) / GRID
    x, y = (low[i] + (high[i] - low[i]) * steps for i in (0, 1))
    places = np.stack(np.meshgrid(x, y, indexing="ij")).reshape(2, -1)
    # scipy takes the whole covariance; turned to independent axes both are the same kernel
    width = sky.std(axis=0) * 40 ** (-1 / 6)
    kernel = np.exp(-0.5 * ((places.T[:, None] - sky[None]) / width) ** 2).prod(axis=2).sum(axis=1)
    expected = (kernel.max() - kernel.mean()) / kernel.std()
    assert kernel_peak(sky, low, high) == pytest.approx(expected)
    kde = gaussian_kde(sky.T)(places)
    theirs = (kde.max() - kde.mean()) / kde.std()
    assert kernel_peak(sky, low, high) == pytest.approx(theirs, rel=0.1)


@pytest.mark.parametrize("kind", ["tree", "kernel"])
def test_random_groups_are_standard_and_close_ones_are_not(kind):
    rng = np.random.default_rng(1)
    sky = rng.uniform(-1, 1, (3000, 2))
    group = np.full(3000, -1)
    group[rng.permutation(3000)[:1500]] = np.repeat(np.arange(100), 15)
    far = SkyTest(sky, kind, 300, 5).closeness(group)
    assert abs(far.mean()) < 0.35
    assert far.std() == pytest.approx(1, abs=0.25)
    middle = np.argsort(np.linalg.norm(sky - 0.3, axis=1))[:15]
    group[:] = -1
    group[middle] = 0
    assert SkyTest(sky, kind, 300, 5).closeness(group)[0] > 4


@pytest.mark.parametrize("kind", ["tree", "kernel"])
def test_groups_too_small_to_test_never_stay(kind):
    sky = np.random.default_rng(2).uniform(size=(50, 2))
    test = SkyTest(sky, kind, 20, 0)
    # group 1 has no star
    small = np.array([0, 0, 2] + [-1] * 47)
    assert test.closeness(small).tolist() == [-np.inf] * 3
    assert test.closeness(np.zeros(50, dtype=int)).tolist() == [-np.inf]


def test_k_means_against_scikit_learn():
    points = np.random.default_rng(3).normal(size=(300, 3))
    ours = cut(points, 12, 4, 300)
    start = points[np.random.default_rng(4).choice(300, 12, replace=False)]
    theirs = KMeans(12, init=start, n_init=1, tol=0, max_iter=300).fit_predict(points)
    assert ours.tolist() == theirs.tolist()


def test_stars_alike_and_together_stay():
    rng = np.random.default_rng(5)
    sky = np.vstack([rng.uniform(-1, 1, (600, 2)), rng.normal(0, 0.03, (40, 2))])
    motion = np.vstack([rng.normal(0, 5, (600, 3)), rng.normal(8, 0.1, (40, 3))])
    test = SkyTest(sky, "tree", 200, 6)
    kept = stays(motion, test, 15, 3.0, 7)
    assert kept[600:].mean() > 0.9
    assert kept[:600].mean() < 0.05
    # a test that nothing passes keeps nobody
    assert not stays(motion, test, 15, 1e9, 7).any()
    p = membership(motion, None, test, 15, 3.0, 4, 8)
    assert set(np.unique(p)) <= {0, 0.25, 0.5, 0.75, 1}


def test_radii_by_hand():
    cross = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1], [0, 0]])
    assert cone_radius(cross) == 1
    assert half_radius(cross) == 1
    # distances from (2, 0): 2, 1, 0, 1, 7
    assert half_radius(np.array([[0.0, 0], [1, 0], [2, 0], [3, 0], [9, 0]])) == 1


def test_draws_and_random_groups_share_no_stream(monkeypatch):
    made = np.random.default_rng
    states = []

    def recorded(seed):
        rng = made(seed)
        states.append(rng.bit_generator.state["state"]["state"])
        return rng

    monkeypatch.setattr(np.random, "default_rng", recorded)
    rng = made(9)
    test = SkyTest(rng.uniform(size=(200, 2)), "tree", 5, 3)
    for size in range(3, 20):
        test.of_random(size)
    membership(rng.normal(size=(200, 3)), None, test, 15, 3.0, 20, 3)
    assert len(states) > 17 + 20
    assert len(set(states)) == len(states)
