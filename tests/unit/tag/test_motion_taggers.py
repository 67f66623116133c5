"""The taggers of stars that move together, as samples and the comparison call them."""

from dataclasses import replace

import numpy as np
import pytest
from fields_of_motion import NAMES, field_of_motion, purity_and_completeness, rescaled

from chemtag.base.settings import NEEDS
from chemtag.tag.algorithms import ALGORITHMS, settings_of
from chemtag.tag.numbering import find_groups
from chemtag.tag.protocol import NoGroups, Space

MOTION_TAGGERS = [name for name, one in ALGORITHMS.items() if one.needs]
QUICK = {"upmask": {"draws": 5}, "dbscan_shuffled": {"repeats": 3}}


def found_by(name, space, seed=1, **changed):
    algorithm = ALGORITHMS[name]
    settings = settings_of(algorithm, QUICK.get(name, {}) | changed)
    return find_groups(algorithm.tagger, space, settings, seed)


@pytest.mark.parametrize("name", MOTION_TAGGERS)
@pytest.mark.parametrize("seed", range(3))
def test_a_cluster_is_found_and_the_field_left_out(name, seed):
    space, member = field_of_motion(seed)
    found = found_by(name, space)
    purity, completeness = purity_and_completeness(found.group, member)
    assert purity >= 0.8
    assert completeness >= 0.8
    assert found.n_groups == 1


@pytest.mark.parametrize("name", MOTION_TAGGERS)
def test_rows_seed_and_units_of_the_space(name):
    space, _ = field_of_motion(1)
    first = found_by(name, space)
    order = np.random.default_rng(0).permutation(len(space))
    again = found_by(name, space.take(order))
    assert first.group[order].tolist() == again.group.tolist()
    assert first.probability[order] == pytest.approx(again.probability)
    other = found_by(name, rescaled(space, [0.3, 0.3, 2, 5, 0.1], [0, 0, 1, -3, 0.5]))
    assert (first.group == other.group).mean() > 0.999
    if not ALGORITHMS[name].seeded:
        assert found_by(name, space, seed=9).group.tolist() == first.group.tolist()


@pytest.mark.parametrize("name", MOTION_TAGGERS)
def test_a_tagger_that_goes_by_the_order_of_the_stars_says_so(name):
    space, _ = field_of_motion(1)
    algorithm = ALGORITHMS[name]
    settings = settings_of(algorithm, QUICK.get(name, {}))
    first = algorithm.tagger(space, settings, 1)
    order = np.random.default_rng(0).permutation(len(space))
    again = algorithm.tagger(space.take(order), settings, 1)
    gap = np.abs(first.probability[order] - again.probability).max()
    assert algorithm.ordered or gap <= 1e-6


@pytest.mark.parametrize("name", MOTION_TAGGERS)
def test_what_it_lacks_is_one_sentence(name):
    assert ALGORITHMS[name].needs == NEEDS[name]
    space, _ = field_of_motion(1, n_field=100)
    bare = Space(space.star_id, space.coordinates[:, :2], names=("fe_h", "mg_fe"))
    words = r"needs (xi, eta|pmra, pmdec, parallax) as axes .* fe_h, mg_fe"
    with pytest.raises(NoGroups, match=words):
        found_by(name, bare)


@pytest.mark.parametrize("name", MOTION_TAGGERS)
def test_few_stars_are_no_error(name):
    space, _ = field_of_motion(1, n_field=10, n_members=2)
    assert found_by(name, space).n_groups == 0


@pytest.mark.parametrize("name", ["ladder", "motion_mixture", "dbscan_shuffled"])
def test_no_errors_and_no_sky_are_enough(name):
    space, member = field_of_motion(2)
    axes = [NAMES.index(n) for n in NEEDS[name]]
    less = replace(
        space, coordinates=space.coordinates[:, axes], names=NEEDS[name], covariance=None,
        centre=np.zeros(3), divisor=np.ones(3),
    )  # fmt: skip
    assert purity_and_completeness(found_by(name, less).group, member)[1] >= 0.7


def test_without_the_dispersion_cut_the_clump_of_the_field_is_a_group():
    clumps = 0
    for seed in range(4, 8):
        space, member = field_of_motion(seed, clump=2500)
        kept = found_by("ladder", space)
        assert purity_and_completeness(kept.group, member)[1] >= 0.8
        assert np.bincount(kept.group[kept.group >= 0]).max() < 100
        without = found_by("ladder", space, dispersion_cut=False)
        clumps += np.bincount(without.group[without.group >= 0]).max() > 1000
    assert clumps >= 2


def test_the_ladder_needs_its_significance():
    space, _ = field_of_motion(5, n_members=0)
    assert found_by("ladder", space).n_groups == 0
    assert found_by("ladder", space, significance=-9, dispersion_cut=False).n_groups > 0


def test_a_cluster_that_fills_the_cone_is_refused():
    space, _ = field_of_motion(6, n_field=400, n_members=150, width=0.4)
    with pytest.raises(NoGroups, match=r"only 2\.\d times the r50 of \d+ stars .* take a cone of"):
        found_by("upmask", space)


@pytest.mark.parametrize("name", ["upmask", "dbscan_shuffled", "motion_mixture"])
def test_nothing_is_found_where_nothing_is(name):
    for seed in range(3):
        space, _ = field_of_motion(seed, n_field=700, n_members=0)
        assert (found_by(name, space).group >= 0).sum() <= 2


def test_errors_of_the_stars_blur_what_upmask_knows():
    space, member = field_of_motion(7)
    sure = found_by("upmask", space, draws=20).probability[member].mean()
    blurred = replace(space, covariance=400 * space.covariance)
    assert found_by("upmask", blurred, draws=20).probability[member].mean() < sure - 0.2


@pytest.mark.parametrize(("probability", "found"), [(0.9, 0), (0.5, 20), (0.3, 26)])
def test_the_group_of_upmask_are_the_stars_of_the_probability_asked_for(
    monkeypatch, probability, found
):
    space, member = field_of_motion(1)
    share = np.zeros(len(space))
    stars = np.flatnonzero(member)[:26]
    share[stars] = np.repeat([0.95, 0.6, 0.3], [2, 18, 6])
    order = np.argsort(space.star_id)
    monkeypatch.setattr("chemtag.tag.motion.upmask.membership", lambda *_: share[order])
    group = found_by("upmask", space, probability=probability).group
    # two stars are no cluster
    assert (group >= 0).sum() == found
