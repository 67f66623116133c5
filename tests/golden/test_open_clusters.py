"""Taggers of motion on open clusters in real Gaia fields, and where there is no cluster.

The truth are members of Cantat-Gaudin et al. (2018), probability 0.5 or more, brighter than G = 18:
itself the outcome of a tagger, so agreement is not truth. Last figures, date and command:
docs/census.md.
"""

import numpy as np
import pytest
from open_cluster_fields import CG18, TARRICQ, members_in, shuffled, space_of, stars_of

from chemtag.tag.algorithms import ALGORITHMS, settings_of
from chemtag.tag.numbering import find_groups

pytestmark = pytest.mark.slow

SEEDS = range(5)


@pytest.fixture(scope="module")
def fields(extracts):
    folder = extracts / "gaia"
    if not (folder / "field_ngc103_dr3.parquet").is_file():
        pytest.skip(f"no fields of Gaia in {folder}")
    return folder


def tagged(name, space, seed=0, **changed):
    algorithm = ALGORITHMS[name]
    return find_groups(algorithm.tagger, space, settings_of(algorithm, changed), seed)


def purity_and_completeness(group, member):
    """Those of the group that holds most members."""
    held = np.bincount(group[member & (group >= 0)], minlength=1)
    if not held.max():
        return 0.0, 0.0
    inside = group == held.argmax()
    both = (inside & member).sum()
    return both / inside.sum(), both / member.sum()


@pytest.mark.parametrize(
    ("cluster", "purity", "completeness"),
    [
        ("Blanco_1", 0.80, 0.95),
        ("NGC_103", 0.68, 0.85),
        ("NGC_2112", 0.85, 0.95),
        ("NGC_6405", 0.75, 0.90),
    ],
)
def test_the_ladder_finds_the_cluster_and_nothing_else(fields, cluster, purity, completeness):
    stars = stars_of(fields, cluster)
    found = tagged("ladder", space_of(stars))
    for published in (CG18, TARRICQ):
        member = members_in(fields, stars, cluster, published)
        p, c = purity_and_completeness(found.group, member)
        print(f"{cluster}, {published}, {member.sum()} of {len(stars)}: {p:.3f} {c:.3f}")
        if published == CG18:
            assert p >= purity
            assert c >= completeness
    print("groups", found.n_groups, np.round(found.significance, 1))
    assert found.n_groups == 1


def test_without_the_dispersion_cut_the_clump_of_the_field_is_a_group(fields):
    stars = stars_of(fields, "Blanco_1")
    found = tagged("ladder", space_of(stars), dispersion_cut=False)
    sizes = np.bincount(found.group[found.group >= 0])
    print("sizes", sizes, np.round(found.significance, 1))
    assert sizes.max() > 5000
    assert found.significance[sizes.argmax()] > 30
    assert not members_in(fields, stars, "Blanco_1")[found.group == sizes.argmax()].any()


@pytest.mark.parametrize(
    ("cluster", "purity", "completeness"),
    [("Blanco_1", 0.93, 0.93), ("NGC_103", 0.0, 0.0), ("NGC_2112", 0.0, 0.0), ("NGC_6405", 0, 0)],
)
def test_the_mixture_in_motion(fields, cluster, purity, completeness):
    stars = stars_of(fields, cluster)
    space, member = space_of(stars), members_in(fields, stars, cluster)
    for seed in SEEDS:
        found = tagged("motion_mixture", space, seed)
        p, c = purity_and_completeness(found.group, member)
        print(f"{cluster} {seed}: {p:.3f} {c:.3f}, {found.n_groups} groups")
        assert p >= purity
        assert c >= completeness


@pytest.mark.parametrize("name", ["ladder", "motion_mixture"])
def test_the_field_without_a_cluster_is_empty(fields, name):
    space = space_of(stars_of(fields, ""))
    assert [tagged(name, space, seed).n_groups for seed in SEEDS] == [0] * 5


def test_the_ladder_finds_next_to_nothing_in_twenty_shuffled_fields(fields):
    space = space_of(stars_of(fields, "NGC_103"))
    groups = [tagged("ladder", shuffled(space, seed)).n_groups for seed in range(20)]
    print("groups of shuffled NGC 103", groups)
    assert sum(groups) <= 1


def test_the_ladder_in_shuffled_fields_of_blanco_1(fields):
    space = space_of(stars_of(fields, "Blanco_1"))
    groups = [tagged("ladder", shuffled(space, seed)).n_groups for seed in range(8)]
    print("groups of shuffled Blanco 1", groups)
    assert sum(groups) <= 2
