"""Sparse counts give every score that dense counts give, in memory that goes with members."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemtag.score import (
    BestMatches,
    Contingency,
    SparseContingency,
    adjusted_mutual_information,
    agreement_scores,
    assigned_f1,
    bcubed_scores,
    best_matches,
    cluster_matches,
    entropy_scores,
    group_purities,
    groups_of_clusters,
    nulls,
    pair_scores,
    scores_of_counts,
    sparse_matching,
    statistical_groups,
)
from chemtag.score import contingency as counted
from chemtag.score.evaluation import chance_of, evaluate, oracle_match_draws, oracle_of
from chemtag.score.sparse import WithoutEachCluster
from chemtag.select.truth import truth_of


@st.composite
def stars(draw):
    """Groups and clusters of a few stars, groups and clusters without a star among them."""
    n_groups, n_clusters = draw(st.integers(0, 6)), draw(st.integers(1, 6))
    star = st.tuples(st.integers(-1, n_groups - 1), st.integers(-1, n_clusters - 1))
    labels = np.array(draw(st.lists(star, min_size=1, max_size=40)), dtype=np.int64)
    eligible = np.array(draw(st.lists(st.booleans(), min_size=n_clusters, max_size=n_clusters)))
    return labels[:, 0], labels[:, 1], n_groups, n_clusters, eligible


def both(groups, clusters, n_groups, n_clusters):
    codes = (groups, clusters, n_groups, n_clusters)
    return counted(*codes, sparse=False), counted(*codes, sparse=True)


def assert_same(dense, sparse):
    assert dense.keys() == sparse.keys()
    for key, value in dense.items():
        assert sparse[key] == pytest.approx(value, abs=1e-10, nan_ok=True), key


@settings(deadline=None, max_examples=150)
@given(stars())
def test_one_labelling_has_the_scores_of_dense_counts(one):
    *codes, eligible = one
    dense, sparse = both(*codes)
    assert isinstance(dense, Contingency)
    assert isinstance(sparse, SparseContingency)
    assert_same(scores_of_counts(dense, eligible), scores_of_counts(sparse, eligible))
    for name in ("group_sizes", "cluster_sizes", "noise_of_clusters", "field_in_groups",
                 "members_of_groups", "n_stars", "n_noise", "n_clusters"):  # fmt: skip
        np.testing.assert_array_equal(getattr(sparse, name), getattr(dense, name), err_msg=name)
    for field in fields(BestMatches):
        expected = getattr(best_matches(dense), field.name)
        np.testing.assert_array_equal(getattr(best_matches(sparse), field.name), expected)
    for found, expected in zip(group_purities(sparse), group_purities(dense), strict=True):
        np.testing.assert_array_equal(found, expected)
    for threshold in (0.4, 0.7):
        expected = statistical_groups(dense, threshold)
        np.testing.assert_array_equal(statistical_groups(sparse, threshold), expected)
    np.testing.assert_array_equal(groups_of_clusters(sparse), groups_of_clusters(dense))
    pairs = zip(sparse.clusters_in_groups(), dense.clusters_in_groups(), strict=True)
    assert all(
        np.array_equal(a, b) for found, held in pairs for a, b in zip(found, held, strict=True)
    )


@settings(deadline=None, max_examples=100)
@given(stars(), st.sampled_from(["group", "drop", "singleton"]), st.booleans())
def test_every_policy_has_the_scores_of_dense_counts(one, noise, left_out):
    *codes, _ = one
    dense, sparse = both(*codes)
    if left_out:
        every = np.arange(codes[3])
        dense, sparse = dense.without_cluster(every), sparse.without_cluster(every)
        assert isinstance(sparse, WithoutEachCluster)
        assert_same(agreement_scores(dense), agreement_scores(sparse))
    expected, found = (c.under(noise=noise, field="class") for c in (dense, sparse))
    assert_same(entropy_scores(expected), entropy_scores(found))
    assert_same(bcubed_scores(expected), bcubed_scores(found))
    assert_same(pair_scores(dense, noise=noise), pair_scores(sparse, noise=noise))
    ami = adjusted_mutual_information(expected)
    assert adjusted_mutual_information(found) == pytest.approx(ami, abs=1e-9, nan_ok=True)


@settings(deadline=None, max_examples=60)
@given(stars(), st.sampled_from(["stars", "members"]), st.integers(0, 5))
def test_permutations_have_the_scores_of_dense_counts(one, among, seed):
    groups, clusters, n_groups, n_clusters, eligible = one
    permuted = nulls.permuted_clusters(clusters, 5, np.random.default_rng(seed), among)

    def draws(sparse):
        def score(batch):
            assert isinstance(batch, SparseContingency if sparse else Contingency)
            return scores_of_counts(batch, eligible) | {"match": cluster_matches(batch)}

        return nulls.permutation_draws(
            groups, permuted, score, n_clusters, n_groups, sparse=sparse
        )  # fmt: skip

    assert_same(draws(sparse=False), draws(sparse=True))


@settings(deadline=None, max_examples=100)
@given(stars())
def test_the_sparse_assignment_has_the_sum_of_the_dense_one(one):
    *codes, eligible = one
    _, sparse = both(*codes)
    whole = np.nansum(assigned_f1(sparse, eligible))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse_matching, "_DENSE_ASSIGNMENT", 0)
        found = assigned_f1(sparse, eligible)
    assert np.nansum(found) == pytest.approx(whole, abs=1e-10)
    np.testing.assert_array_equal(np.isnan(found), ~eligible)


def test_what_sparse_counts_cannot_do_is_said():
    sparse = counted(np.array([0, 1, -1]), np.array([0, -1, 0]), sparse=True)
    with pytest.raises(ValueError, match="field `class` alone"):
        sparse.under(noise="drop", field="drop")
    with pytest.raises(ValueError, match="noise is one of"):
        sparse.under(noise="loud", field="class")
    with pytest.raises(ValueError, match="each cluster in turn"):
        sparse.without_cluster(np.array([3]))
    with pytest.raises(ValueError, match="not sparse"):
        counted(np.array([0]), np.array([[0], [0]]), sparse=True)


def survey(n_stars, n_clusters, n_members, n_groups, seed=1):
    rng = np.random.default_rng(seed)
    labels = np.full(n_stars, "", dtype=object)
    members = rng.permutation(n_stars)[: n_clusters * n_members]
    labels[members] = np.repeat([f"c{c:05d}" for c in range(n_clusters)], n_members)
    groups = rng.integers(0, n_groups, n_stars)
    groups[rng.random(n_stars) < 0.3] = -1
    return groups, truth_of(labels, 2)


def test_few_members_among_many_cells_are_counted_sparse_by_themselves():
    groups, truth = survey(3000, 10, 3, 900)
    seen = []
    permuted = nulls.permuted_clusters(truth.clusters, 3, np.random.default_rng(1))
    nulls.permutation_draws(groups, permuted, lambda c: seen.append(c) or {}, 10)
    nulls.permutation_draws(groups % 20, permuted, lambda c: seen.append(c) or {}, 10)
    assert [type(c) for c in seen] == [SparseContingency, Contingency]


def test_matches_of_the_oracle_are_those_of_its_settings():
    groups, truth = survey(400, 6, 8, 25)
    grid = np.stack([groups, groups % 9, groups % 3])
    chance = chance_of(truth, 40, 10, np.random.default_rng(1), np.random.default_rng(2))
    evaluations = [evaluate(row, truth, chance) for row in grid]
    oracle = oracle_of(evaluations)
    assert len(np.unique(oracle.in_replicates)) > 1
    expected = nulls.tuned_draws(
        np.stack([one.match_draws for one in evaluations]), oracle.in_replicates
    )
    np.testing.assert_array_equal(oracle_match_draws(grid, oracle, truth, chance), expected)
    assert evaluations[0].without_match_draws().match_draws.shape == (0, 6)


@pytest.mark.slow
def test_two_thousand_clusters_and_twenty_thousand_groups_fit_in_memory():
    """Peak of a process of its own; last 2026-11-29: see docs/performance.md."""
    import subprocess
    import sys
    from pathlib import Path

    script = Path(__file__).parents[3] / "benchmarks" / "scoring.py"
    words = ["--stars", "100000", "--clusters", "2000", "--groups", "20000", "--members", "5"]
    answer = subprocess.run(
        [sys.executable, str(script), *words, "--permutations", "100", "--peak"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert float(answer.stdout.split()[-1]) < 2000
