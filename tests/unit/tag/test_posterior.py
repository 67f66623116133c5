"""Probabilities of the clusters that UPMASK finds: the profile by hand, EM on simulated stars."""

import numpy as np
import pytest
from fields_of_motion import field_of_motion
from scipy.integrate import quad
from scipy.stats import multivariate_t

from chemtag.base.settings import MOTION, SKY
from chemtag.tag.motion.posterior import Sky, clumps, membership_by_model

A, B = (5.0, -8.0, 1.5), (-6.0, 3.0, 1.0)


def two_clusters(seed, n_field=1500, n=60):
    """Place, motion, errors and cluster (-1, 0, 1) of stars of a disc with two clusters."""
    rng = np.random.default_rng(seed)
    space, member = field_of_motion(seed, n_field=n_field, n_members=0)
    error = rng.uniform(0.1, 0.6, 2 * n)
    motion = np.repeat([A, B], n, axis=0) + rng.normal(0, [0.1, 0.1, 0.01], (2 * n, 3))
    motion += error[:, None] * rng.standard_normal((2 * n, 3))
    sky = np.repeat([[0.3, 0.3], [-0.4, 0.1]], n, axis=0) + rng.normal(0, 0.05, (2 * n, 2))
    errors = np.concatenate([space.errors_in_units(MOTION), error[:, None, None] ** 2 * np.eye(3)])
    return (
        np.vstack([space.in_units(SKY), sky]),
        np.vstack([space.in_units(MOTION), motion]),
        errors,
        np.repeat([-1, 0, 1], [len(member), n, n]),
    )


def as_found(member, seed, of_members=0.6):
    """Shares of draws as UPMASK gives: high for some of the members, low for all others."""
    rng = np.random.default_rng(seed)
    return np.where(member & (rng.uniform(size=len(member)) < of_members), 0.7, 0.02)


def test_the_profile_is_a_density_and_a_student_distribution():
    profile = Sky(np.array([[0.1, -0.2]]), np.array([0.3]))
    places = np.random.default_rng(0).normal(size=(5, 2))
    scale = 0.3**2 / 2 * np.eye(2)
    expected = multivariate_t(profile.centre[0], scale, df=2).logpdf(places)
    assert profile.log_density(places)[:, 0] == pytest.approx(expected)
    ring = lambda r: 2 * np.pi * r * np.exp(profile.log_density(np.array([[0.1 + r, -0.2]]))[0, 0])  # noqa: E731
    assert quad(ring, 0, np.inf)[0] == pytest.approx(1)
    # half of a Plummer profile lies within its radius
    assert quad(ring, 0, 0.3)[0] == pytest.approx(0.5)


def test_the_profile_finds_its_centre_and_radius():
    rng = np.random.default_rng(1)
    u, angle = rng.uniform(size=4000), rng.uniform(0, 2 * np.pi, 4000)
    reach = 0.2 * np.sqrt(u / (1 - u))
    sky = np.column_stack([0.5 + reach * np.cos(angle), reach * np.sin(angle)])
    profile = Sky(np.zeros((1, 2)), np.array([1.0]))
    reached = []
    for _ in range(60):
        reached.append(profile.log_density(sky).sum())
        profile = profile.next(sky, np.ones((4000, 1)))
    assert (np.diff(reached) > -1e-6).all()
    assert profile.centre[0] == pytest.approx([0.5, 0], abs=0.02)
    assert profile.radius[0] == pytest.approx(0.2, rel=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_clumps_are_as_many_as_there_are(seed):
    rng = np.random.default_rng(seed)
    one = rng.normal(size=(40, 5))
    assert len(set(clumps(one, 0))) == 1
    both = clumps(np.vstack([one, rng.normal(9, 1, (40, 5))]), 0)
    assert len(set(both[:40])) == len(set(both[40:])) == 1
    assert both[0] != both[40]
    assert set(clumps(one[:5], 0)) == {0}


@pytest.mark.parametrize("seed", range(5))
def test_members_that_few_draws_keep_are_found_in_both_clusters(seed):
    sky, motion, errors, cluster = two_clusters(seed)
    member = cluster >= 0
    share = as_found(member, seed)
    p = membership_by_model(sky, motion, errors, share, seed)
    assert ((p >= 0) & (p <= 1)).all()
    for code in (0, 1):
        assert (p[cluster == code] >= 0.5).mean() > 0.9
    assert member[p >= 0.5].mean() > 0.95
    assert abs(p.sum() - member.sum()) < 8
    assert np.mean((p - member) ** 2) < 0.1 * np.mean((share - member) ** 2)


def test_a_cluster_without_known_errors():
    sky, motion, _, cluster = two_clusters(7)
    p = membership_by_model(sky, motion, None, as_found(cluster >= 0, 7), 0)
    assert (p[cluster >= 0] >= 0.5).mean() > 0.8
    assert (p[cluster < 0] >= 0.5).mean() < 0.01


def test_what_is_no_cluster_has_no_model():
    sky, motion, errors, _ = two_clusters(8)
    rng = np.random.default_rng(8)
    everywhere = np.where(rng.uniform(size=len(sky)) < 0.03, 0.9, 0.0)
    assert membership_by_model(sky, motion, errors, everywhere, 0) is None
    # together on the sky, and not in motion
    near = np.where(np.hypot(*(sky - [0.0, -0.6]).T) < 0.12, 0.9, 0.0)
    assert (near > 0).sum() >= 10
    assert membership_by_model(sky, motion, errors, near, 0) is None
    # a field of three stars is none
    assert membership_by_model(sky[-120:], motion[-120:], None, np.full(120, 0.9), 0) is None


@pytest.mark.parametrize("seed", range(5))
def test_core_and_halo_are_one_clump(seed):
    rng = np.random.default_rng(seed)
    nested = np.vstack([rng.normal(0, 0.1, (60, 5)), rng.normal(0, 2, (40, 5))])
    assert len(set(clumps(nested, 0))) == 1
