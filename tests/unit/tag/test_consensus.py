"""Agreement of many partitions: consensus groups, memberships, stability."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import jaccard_score

from chemtag.base.problems import InputProblem
from chemtag.base.settings import Setting
from chemtag.base.tables import read_table, write_table
from chemtag.tag.consensus import (
    Edges,
    best_jaccard,
    consensus_labels,
    edges_of,
    memberships,
    no_agreement,
    stability_of,
)
from chemtag.tag.density import cluster
from chemtag.tag.redraws import DRAWS, population_of, redrawn
from chemtag.tag.tagging import check_memory, memory_needed_mb

sys.path.insert(0, str(Path(__file__).parents[3] / "workflow" / "scripts"))
from find_consensus import find_consensus
from measure_row_order import measure_row_order, permutations_made

# six stars on a line; each star's two nearest
NEAREST = np.array([[1, 2], [0, 2], [1, 3], [2, 4], [3, 5], [4, 3]], np.int32)
PARTITIONS = [
    [0, 0, 0, 1, 1, 1],
    [0, 0, -1, 1, 1, -1],
    [1, 1, 1, 0, 0, -1],
    [0, 0, 0, 0, -1, -1],
]


def counted(partitions, nearest):
    agreement = no_agreement(edges_of(nearest), len(nearest))
    for labels in partitions:
        agreement.add(np.array(labels, np.int32))
    return agreement


@pytest.fixture
def six():
    return counted(PARTITIONS, NEAREST)


def test_every_edge_of_the_graph_stands_once(six):
    pairs = list(zip(six.edges.first.tolist(), six.edges.second.tolist(), strict=True))
    assert pairs == [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (3, 5), (4, 5)]


def test_agreement_of_six_stars_by_hand(six):
    assert six.together.tolist() == [4, 3, 3, 1, 3, 1, 1]
    assert six.noise.tolist() == [0, 0, 1, 0, 1, 3]
    assert six.together.dtype == six.noise.dtype == np.uint16


def test_consensus_groups_of_six_stars_by_hand(six):
    assert consensus_labels(six, 0.75, 2).tolist() == [0, 0, 0, 1, 1, -1]
    assert consensus_labels(six, 0.75, 3).tolist() == [0, 0, 0, -1, -1, -1]
    assert consensus_labels(six, 0.8, 2).tolist() == [0, 0, -1, -1, -1, -1]
    assert consensus_labels(six, 0.25, 2).tolist() == [0] * 6
    assert consensus_labels(counted([[-1] * 6], NEAREST), 0.01, 2).tolist() == [-1] * 6


def test_a_share_of_exactly_the_threshold_joins():
    # 0.07 x 100 is more than 7 in binary
    together = [[0, 0]] * 7 + [[-1, -1]] * 93
    agreement = counted(together, np.array([[1], [0]], np.int32))
    assert consensus_labels(agreement, 0.07, 2).tolist() == [0, 0]
    assert consensus_labels(agreement, 0.0701, 2).tolist() == [-1, -1]


def test_memberships_of_six_stars_by_hand(six):
    found = memberships(np.array([0, 0, 0, 1, 1, -1]), six)
    # star 0: edges to 1 (4/4) and 2 (3/4); star 2: to 0 and 1 (3/4 each); its edge to 3 is outside
    np.testing.assert_allclose(found, [0.875, 0.875, 0.75, 0.75, 0.75, np.nan])
    lonely = memberships(np.array([0, 1, 1, 1, 1, 0]), six)
    assert np.isnan(lonely[[0, 5]]).all(), "stars 0 and 5 share no edge"


def test_best_jaccard_by_hand():
    groups = np.array([0, 0, 0, 0, 1, 1, 2, 2, -1])
    other = np.array([1, 1, 1, 0, 0, 0, -1, -1, 1])
    similarity, which = best_jaccard(groups, other)
    np.testing.assert_allclose(similarity, [3 / 5, 2 / 3, 0.0])
    assert which.tolist() == [1, 0, -1]


def test_best_jaccard_without_groups():
    nothing, some = np.full(4, -1), np.array([0, 0, 1, 1])
    assert best_jaccard(nothing, some)[0].shape == (0,)
    assert best_jaccard(some, nothing)[0].tolist() == [0, 0]


@pytest.mark.parametrize("seed", range(5))
def test_best_jaccard_is_that_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    groups, other = rng.integers(-1, 7, 200), rng.integers(-1, 5, 200)
    expected = [max(jaccard_score(groups == g, other == o) for o in range(5)) for g in range(7)]
    np.testing.assert_allclose(best_jaccard(groups, other)[0], expected)


def test_stability_by_hand():
    found = stability_of(np.array([[1.0, 0.5], [0.5, 0.2], [0.9, 0.4], [0.6, 0.1]]))
    np.testing.assert_allclose(found.mean, [0.75, 0.3])
    np.testing.assert_allclose(found.dissolved, [0.25, 1.0])
    assert (found.low <= found.mean).all()
    assert (found.mean <= found.high).all()


@pytest.mark.parametrize("seed", range(5))
def test_on_a_complete_graph_the_consensus_is_single_linkage(seed):
    """Fred & Jain (2005): single linkage on 1 - agreement, here of scipy on the full matrix."""
    rng = np.random.default_rng(seed)
    n = 30
    base = np.repeat(np.arange(6), 5)
    partitions = []
    for _ in range(21):
        labels = np.where(rng.random(n) < 0.35, rng.integers(0, 6, n), base)
        partitions.append(np.where(rng.random(n) < 0.1, -1, labels))
    nearest = np.array([[j for j in range(n) if j != i] for i in range(n)], np.int32)
    found = consensus_labels(counted(partitions, nearest), 0.5, 2)
    together = sum((p[:, None] == p) & (p[:, None] >= 0) for p in partitions) / len(partitions)
    np.fill_diagonal(together, 1.0)
    tree = linkage(squareform(1 - together, checks=False), "single")
    flat = fcluster(tree, 0.5, "distance")
    counts = np.bincount(flat)[flat]
    assert ((found[:, None] == found) & (found[:, None] >= 0)).tolist() == (
        (flat[:, None] == flat) & (counts >= 2)[:, None]
    ).tolist()


def test_the_order_of_rows_and_the_numbers_of_groups_do_not_matter():
    rng = np.random.default_rng(9)
    n = 80
    nearest = np.array([rng.choice(np.delete(np.arange(n), i), 6, False) for i in range(n)])
    partitions = [rng.integers(-1, 4, n) for _ in range(9)]
    agreement = counted(partitions, nearest)
    groups = consensus_labels(agreement, 0.3, 2)
    order = rng.permutation(n)
    place = np.argsort(order)
    relabel = np.append(rng.permutation(4), -1)
    shuffled = counted([relabel[p[order]] for p in partitions], place[nearest[order]])
    again = consensus_labels(shuffled, 0.3, 2)[place]
    assert ((again[:, None] == again) == (groups[:, None] == groups)).all()
    assert ((again < 0) == (groups < 0)).all()
    np.testing.assert_allclose(
        memberships(again[order], shuffled)[place], memberships(groups, agreement)
    )


def test_counts_do_not_overflow():
    agreement = no_agreement(Edges(np.array([0], np.int32), np.array([1], np.int32)), 2)
    agreement.n_partitions = 65535
    with pytest.raises(ValueError, match="65535"):
        agreement.add(np.array([0, 0]))


@pytest.fixture
def tables(tmp_path):
    """Six stars, two groups, and the partitions above in two batches."""
    star_id = list("abcdef")
    space = pd.DataFrame({"star_id": star_id, "fe_h": [0.0, 0.1, 0.25, 1.0, 1.1, 1.3]})
    meta = {"sample": "toy", "space": "line"}
    write_table(space, tmp_path / "space.parquet", "space", meta)
    groups = pd.DataFrame(
        {
            "setting": ["euclidean-leaf-mcs2-ms1"] * 5 + ["euclidean-eom-mcs2-ms1"],
            "star_id": list("abcdea"),
            "group": [0, 0, 0, 1, 1, 0],
            "probability": 1.0,
        }
    )
    write_table(groups, tmp_path / "groups.parquet", "groups")
    for batch, numbers in (("one", [0, 1]), ("two", [2, 3])):
        draws = {f"draw_{i:04d}": PARTITIONS[i] for i in numbers}
        table = pd.DataFrame({"star_id": star_id, **draws})
        write_table(table, tmp_path / f"{batch}.parquet", "redrawn_groups")
    return tmp_path


def found_in(folder, batches=("one", "two")):
    find_consensus(
        space=folder / "space.parquet",
        groups=folder / "groups.parquet",
        redrawn=[folder / f"{batch}.parquet" for batch in batches],
        consensus=folder / "consensus.parquet",
        stability=folder / "stability.ecsv",
        redraws=folder / "redraws.ecsv",
        headline={"metric": "euclidean", "method": "leaf", "min_cluster_size": 2, "min_samples": 1},
        threshold=0.75,
        memory_mb=2000,
    )
    return (
        read_table(folder / "consensus.parquet", "consensus"),
        read_table(folder / "stability.ecsv", "group_stability"),
        read_table(folder / "redraws.ecsv", "redraws"),
    )


def test_the_tables_of_six_stars(tables):
    stars, groups, draws = found_in(tables)
    assert stars["group"].tolist() == [0, 0, 0, 1, 1, -1]
    assert stars["headline_group"].tolist() == [0, 0, 0, 1, 1, -1]
    # every pair is an edge here: d-e agree in 3 of 4 draws
    np.testing.assert_allclose(stars["headline_membership"][:5], [0.875, 0.875, 0.75, 0.75, 0.75])
    np.testing.assert_allclose(stars["noise_share"], [0, 0, 0.25, 0, 0.25, 0.75])
    # group 0: 1, 2/3, 1, 3/4; group 1: 2/3, 1, 1, 1/5
    np.testing.assert_allclose(groups["jaccard"], [(1 + 2 / 3 + 1 + 3 / 4) / 4, (2 / 3 + 2.2) / 4])
    np.testing.assert_allclose(groups["dissolved"], [0, 0.25])
    assert groups["consensus_group"].tolist() == [0, 1]
    assert draws["n_groups"].tolist() == [2, 2, 2, 1]
    assert draws["draw"].tolist() == [0, 1, 2, 3]


def test_a_headline_without_groups_gives_empty_tables(tables):
    groups = read_table(tables / "groups.parquet")
    empty = groups[groups["setting"] == "euclidean-eom-mcs2-ms1"]
    write_table(empty, tables / "groups.parquet", "groups")
    stars, groups, draws = found_in(tables)
    assert groups.empty
    assert len(draws) == 4
    assert stars["headline_membership"].isna().all()
    assert (stars["headline_group"] == -1).all()


def test_too_little_memory_names_the_rule_and_what_would_do():
    settings = [Setting("euclidean", "leaf", 5, 3)] * 40
    needed = memory_needed_mb(700_000, 18, settings)
    check_memory(700_000, 18, settings, int(needed) + 1, "a.parquet", "tag_stars")
    with pytest.raises(InputProblem, match=r"--set-resources tag_stars:mem_mb=\d+") as problem:
        check_memory(700_000, 18, settings, int(needed) - 1, "a.parquet", "tag_stars")
    assert "a.parquet: 700000 stars in 18 dimensions" in str(problem.value)


def test_large_samples_get_fewer_permutations():
    assert permutations_made(100, 10, 100) == 10
    assert permutations_made(101, 10, 100) == 2
    assert permutations_made(101, 1, 100) == 1


def test_the_order_of_rows_moves_the_package_and_not_the_core(tmp_path):
    rng = np.random.default_rng(2)
    values = rng.normal(size=(600, 6))
    star_id = [f"s{i:03d}" for i in range(600)]
    space = pd.DataFrame(values, columns=list("abcdef")).assign(star_id=star_id)
    write_table(space, tmp_path / "space.parquet", "space", {"sample": "toy", "space": "raw"})
    headline = {"metric": "euclidean", "method": "leaf", "min_cluster_size": 5, "min_samples": 5}
    measure_row_order(tmp_path / "space.parquet", tmp_path / "order.ecsv", headline, 4, 1000, 3)
    rows = read_table(tmp_path / "order.ecsv", "row_order")
    assert rows["permutation"].tolist() == [0, 1, 2, 3, 4]
    assert rows.loc[0, ["adjusted_rand_index", "fraction_changed"]].tolist() == [1, 0]
    assert (rows["fraction_changed"][1:] > 0).any()
    own = cluster(values, 5, 5, "leaf").labels
    for _ in range(4):
        order = rng.permutation(600)
        again = np.empty_like(own)
        again[order] = cluster(values[order], 5, 5, "leaf").labels
        assert ((again[:, None] == again) == (own[:, None] == own)).all()


def toy_survey(rng, spread):
    """True abundances of 28 clusters of 16 stars in 15 dimensions, in units of the error."""
    axes, _ = np.linalg.qr(rng.normal(size=(15, 15)))
    width = np.concatenate([[spread, spread / 2, spread / 4], np.full(12, 0.8)])
    return np.repeat(rng.normal(size=(28, 15)) @ (axes * width).T, 16, axis=0)


@pytest.mark.slow
def test_half_draws_foretell_a_second_observation_better_than_full_ones():
    """The reason for the default: the mean best Jaccard against that of truly new errors."""
    outcome = {kind: [] for kind in (*DRAWS, "again")}
    for seed in range(6):
        rng = np.random.default_rng(seed)
        truth = toy_survey(rng, 8.0)
        errors = np.exp(rng.normal(0, 0.25, truth.shape))
        observed = truth + errors * rng.standard_normal(truth.shape)
        headline = cluster(observed, 5, 3, "leaf").labels
        people = population_of(observed, errors)
        for _ in range(3):
            trials = {kind: redrawn(observed, errors, kind, people, rng) for kind in DRAWS}
            trials["again"] = truth + errors * rng.standard_normal(truth.shape)
            for kind, values in trials.items():
                labels = cluster(values, 5, 3, "leaf").labels
                outcome[kind].append(best_jaccard(headline, labels)[0].mean())
    miss = {kind: abs(np.mean(outcome[kind]) - np.mean(outcome["again"])) for kind in DRAWS}
    assert miss["half"] < miss["deconvolved"] < miss["full"]
    assert np.mean(outcome["full"]) < 0.75 * np.mean(outcome["again"])
