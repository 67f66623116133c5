"""Sparse clusters of 15 stars are kept, chance asterisms of as many refused, in simulated cones.

Cones, clusters and asterisms: `tests/unit/sparse_cones.py`, G < 18; sizes and distances are those
of clusters of 10 to 25 members of Cantat-Gaudin et al. (2018). A cluster is kept if it is recovered
at 40 %, an asterism refused if its stars are less than 40 % of each group. Last figures:
docs/census.md.
"""

import pandas as pd
import pytest
from sparse_cones import KINDS, cone_with, purity_and_match

from chemtag.score.intervals import wilson_interval
from chemtag.tag.algorithms import ALGORITHMS, settings_of
from chemtag.tag.numbering import find_groups

pytestmark = pytest.mark.slow
SEEDS, TURNS = range(5), 8  # cones of each seed and kind


@pytest.fixture(scope="module")
def known(extracts):
    path = extracts / "gaia" / "clusters_cg18_summary.parquet"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    summary = pd.read_parquet(path)
    return summary[summary["n_members"].between(10, 25)]


def numbers(name, place, known):
    """Clusters kept, asterisms refused and groups of other stars, as shares of the cones."""
    algorithm, found = ALGORITHMS[name], {}
    for kind in KINDS:
        hits = others = 0
        for seed in SEEDS:
            for turn in range(TURNS):
                space, own = cone_with(kind, place, seed, turn, known=known)
                groups = find_groups(algorithm.tagger, space, settings_of(algorithm, {}), seed)
                purity, match = purity_and_match(groups.group, own)
                hits += (match if kind == "cluster" else purity) >= 0.4
                others += groups.n_groups - (purity >= 0.4)
        n = len(SEEDS) * TURNS
        low, high = wilson_interval(hits, n, 0.68)
        print(f"{name}, {place}, {kind}: group {hits} of {n} [{low:.2f}, {high:.2f}], "
              f"others {others}")  # fmt: skip
        found[kind] = (hits / n, others / n)
    return found


@pytest.mark.parametrize(("place", "kept"), [("sparse", 0.7), ("crowded", 0.2)])
def test_the_ladder_keeps_sparse_clusters_and_refuses_asterisms(known, place, kept):
    found = numbers("ladder", place, known)
    assert found["cluster"][0] >= kept
    for kind in KINDS[1:]:
        assert found[kind][0] <= 0.05
        assert found[kind][1] <= 0.1
