"""Field groups: each star a match of a star of the group, none twice."""

import numpy as np

from chemtag.vet.matching import drawn_groups, matched_stars


def test_the_nearest_offered_stars_stand_for_each_star():
    rng = np.random.default_rng(1)
    parameters = rng.normal(0, 1, (300, 3)) * [100, 0.2, 0.1]
    offered = np.ones(300, bool)
    own = np.array([4, 9])
    offered[own] = False
    found = matched_stars(parameters, own, offered, 20)
    scaled = parameters / parameters[offered].std(axis=0)
    for row, star in zip(found.rows, own, strict=True):
        far = np.linalg.norm(scaled - scaled[star], axis=1)
        far[~offered] = np.inf
        assert set(row) == set(np.argsort(far)[:20])


def test_a_star_without_parameters_is_matched_with_all():
    parameters = np.full((100, 2), np.nan)
    parameters[:60] = np.random.default_rng(1).normal(0, 1, (60, 2))
    offered = np.arange(100) >= 3
    found = matched_stars(parameters, np.array([0, 80]), offered, 30)
    assert (found.rows[0] < 60).all()
    assert found.rows[1].max() == 99
    none = matched_stars(np.empty((100, 0)), np.array([0]), offered, 30)
    assert offered[none.rows].all()


def test_no_star_is_twice_in_a_group_and_all_are_drawn():
    offered = np.arange(40) >= 8
    matched = matched_stars(np.empty((40, 0)), np.arange(8), offered, 32)
    groups = drawn_groups(matched, 3000, np.random.default_rng(2))
    assert (np.diff(np.sort(groups, axis=1), axis=1) > 0).all()
    counts = np.bincount(groups.ravel(), minlength=40)[8:]
    assert abs(counts / counts.mean() - 1).max() < 0.15
