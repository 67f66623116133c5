"""Stars that the training does not cover are flagged, those it covers are not."""

import numpy as np

from chemtag.predict.domain import domain_of, principal_axes
from chemtag.predict.protocol import OUTSIDE

RNG = np.random.default_rng(2)
GROUPS = np.array([f"{i}" for i in range(1000)])


def words(domain, features):
    return [OUTSIDE[code] for code in domain.outside(np.atleast_2d(features))]


def test_each_reason():
    features = RNG.normal(size=(1000, 3))
    features[:, 1] = features[:, 0] + 0.02 * features[:, 1]
    features[::2, 2] = np.nan
    domain = domain_of(features, GROUPS, 1)
    assert words(domain, [0, 0, 0]) == [""]
    assert words(domain, [0, 0, np.nan]) == [""]
    assert words(domain, [np.nan, 0, 0]) == ["missing"]
    assert words(domain, [0, 0, 9.0]) == ["range"]
    assert words(domain, [1.5, -1.5, 0]) == ["far"]


def test_few_stars_like_those_of_the_training_are_flagged():
    features = RNG.normal(size=(1000, 4))
    domain = domain_of(features, GROUPS, 1)
    new = RNG.normal(size=(4000, 4))
    assert (domain.outside(new) > 0).mean() < 0.06
    assert (domain.outside(new + 6) > 0).all()


def test_one_star_in_a_hundred_is_far():
    """Stars even in a cube: the share beyond the 99th percentile of the training stars' own."""
    shares = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        domain = domain_of(rng.uniform(size=(1000, 3)), GROUPS, 1)
        found = domain.outside(rng.uniform(size=(4000, 3)))
        shares.append((found == OUTSIDE.index("far")).mean())
    assert abs(np.mean(shares) - 0.01) < 3 * 0.004 / np.sqrt(8)


def test_repeated_rows_do_not_shrink_the_domain():
    """With each star four times, its nearest others would all be itself."""
    features = RNG.normal(size=(1000, 3))
    once = domain_of(features, GROUPS, 1)
    repeated = domain_of(np.repeat(features, 4, axis=0), np.repeat(GROUPS, 4), 1)
    assert repeated.reach == once.reach
    assert repeated.reach > 0.1


def test_off_the_axes():
    """Twenty features of which only three vary freely: a star off their space is far."""
    mixing = RNG.normal(size=(3, 20))
    features = RNG.normal(size=(1000, 3)) @ mixing + 0.01 * RNG.normal(size=(1000, 20))
    domain = domain_of(features, GROUPS, 1)
    assert domain.axes.shape == (20, 3)
    star = features[5].copy()
    assert words(domain, star) == [""]
    star[0] += 0.5 * features[:, 0].std()
    assert words(domain, star) == ["far"]


def test_axes_are_those_of_the_largest_variance():
    scaled = RNG.normal(size=(500, 5)) * [5, 4, 3, 0.01, 0.01]
    axes = principal_axes(scaled)
    assert axes.shape == (5, 3)
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    _, _, v = np.linalg.svd(scaled, full_matrices=False)
    np.testing.assert_allclose(np.abs((axes * v[:3].T).sum(axis=0)), 1, atol=1e-9)


def test_a_large_training_set_is_thinned():
    features = RNG.normal(size=(6000, 2))
    domain = domain_of(features, np.arange(6000).astype(str), 1)
    assert len(domain.reference) == 5000
