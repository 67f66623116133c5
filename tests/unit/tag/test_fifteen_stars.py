"""A sparse cluster is a group of the ladder, a chance asterism is none.

Cones of 2,000 and 2,700 stars, two seeds; five in `tests/golden/test_sparse_clusters.py`.
"""

import pytest
from sparse_cones import cone_with, purity_and_match

from chemtag.tag.algorithms import ALGORITHMS, settings_of
from chemtag.tag.numbering import find_groups

LADDER = ALGORITHMS["ladder"]
SHARES = {"crowded": 0.3, "sparse": 1.0}


def groups_of(kind, place, seed, turn, **changed):
    space, own = cone_with(kind, place, seed, turn, SHARES[place])
    found = find_groups(LADDER.tagger, space, settings_of(LADDER, changed), seed)
    return purity_and_match(found.group, own), found.n_groups


@pytest.mark.parametrize("place", SHARES)
@pytest.mark.parametrize("kind", ["asterism", "asterism of one distance", "field"])
def test_a_chance_asterism_is_refused(kind, place):
    rows = [groups_of(kind, place, seed, 0) for seed in range(2)]
    assert max(purity for (purity, _), _ in rows) < 0.4
    # the peak of a crowded field in motion is a group in one cone of 25
    assert sum(n_groups for _, n_groups in rows) <= 1


def test_without_significance_and_dispersion_a_field_has_groups():
    rows = [
        groups_of("asterism", "sparse", seed, 0, significance=-9, dispersion_cut=False)
        for seed in range(2)
    ]
    assert min(n_groups for _, n_groups in rows) >= 2


def test_most_sparse_clusters_of_a_sparse_field_are_kept():
    rows = [groups_of("cluster", "sparse", seed, turn) for seed in range(2) for turn in range(5)]
    assert sum(match >= 0.4 for (_, match), _ in rows) >= 5
    assert sum(n_groups for _, n_groups in rows) <= 10
