"""The supervised ceiling against scikit-learn and cases done by hand."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from chemtag.base.problems import InputProblem
from chemtag.limits.ceiling import (
    ceiling_scores,
    cluster_answers,
    leave_one_out_neighbours,
    leave_one_out_posterior,
    most_probable,
    ranked_hits,
    ranked_scores,
)
from chemtag.select.truth import truth_of


def leave_one_out_lda(*args, **kwargs):
    return most_probable(leave_one_out_posterior(*args, **kwargs))


def mixed(seed, sizes=(12, 5, 4, 20), d=3, n_field=0):
    rng = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    centres = rng.normal(0, 1.2, (len(sizes), d))
    values = centres[clusters] + rng.normal(0, 1, (len(clusters), d)) @ rng.normal(0, 1, (d, d))
    field = rng.normal(0, 2, (n_field, d))
    return np.vstack([values, field]), np.append(clusters, np.full(n_field, -1))


@pytest.mark.parametrize("seed", range(4))
def test_lda_equals_scikit_learn_left_out_one_by_one(seed):
    values, clusters = mixed(seed)
    expected = cross_val_predict(
        LinearDiscriminantAnalysis(), values, clusters, cv=LeaveOneOut(), method="predict"
    )
    assert 0.2 < (expected == clusters).mean() < 1
    np.testing.assert_array_equal(leave_one_out_lda(values, clusters, unbiased=False), expected)


@pytest.mark.parametrize("seed", range(3))
def test_field_is_a_gaussian_of_its_own_left_out_star_by_star(seed):
    """Clusters of one covariance beside a field with its own, built anew for each star."""
    values, clusters = mixed(seed, (14, 12, 16), 2, 20)
    expected = []
    for i in range(len(values)):
        x, c = np.delete(values, i, axis=0), np.delete(clusters, i)
        members = c >= 0
        means = {k: x[c == k].mean(axis=0) for k in np.unique(c)}
        left = x[members] - np.array([means[k] for k in c[members]])
        within = left.T @ left / (members.sum() - 3)
        density = {}
        for k, mean in means.items():
            cov = np.cov(x[c == -1].T) if k == -1 else within
            step = values[i] - mean
            density[k] = np.log((c == k).sum()) - 0.5 * (
                step @ np.linalg.solve(cov, step) + np.linalg.slogdet(cov)[1]
            )
        expected.append(max(density, key=lambda k: density[k]))
    assert len(set(expected)) >= 3
    np.testing.assert_array_equal(leave_one_out_lda(values, clusters), expected)


def test_two_separate_gaussians_agree_with_quadratic_discriminants():
    values, clusters = mixed(5, (30,), 2, 60)
    expected = cross_val_predict(
        QuadraticDiscriminantAnalysis(), values, clusters, cv=LeaveOneOut()
    )
    np.testing.assert_array_equal(leave_one_out_lda(values, clusters), expected)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_neighbours_equal_scikit_learn(k):
    values, clusters = mixed(1, n_field=30)
    expected = cross_val_predict(KNeighborsClassifier(k), values, clusters, cv=LeaveOneOut())
    found = leave_one_out_neighbours(values, clusters, k)
    tied = np.array(
        [
            len({c for c in votes if votes.count(c) == max(map(votes.count, votes))}) > 1
            for votes in (
                list(clusters[np.argsort(np.linalg.norm(values - v, axis=1))[1 : k + 1]])
                for v in values
            )
        ]
    )
    assert not tied.all()
    np.testing.assert_array_equal(found[~tied], expected[~tied])


def test_ties_of_the_vote_go_to_the_nearest():
    values = np.array([[0.0], [1.0], [1.5], [2.0], [3.0]])
    clusters = np.array([9, 1, 0, 0, 1])
    assert leave_one_out_neighbours(values, clusters, 4)[0] == 1  # 1, 0, 0, 1: tie, 1 is nearer
    assert leave_one_out_neighbours(values, clusters, 3)[0] == 0


def test_twins_do_not_answer_for_themselves():
    values = np.zeros((4, 2))
    clusters = np.array([0, 1, 1, 1])
    assert (leave_one_out_neighbours(values, clusters, 3)[1:] == 1).all()


def test_relabelling_rows_and_scales_change_nothing():
    values, clusters = mixed(2, n_field=25)
    order = np.random.default_rng(0).permutation(len(values))
    answer = leave_one_out_lda(values, clusters)
    np.testing.assert_array_equal(leave_one_out_lda(values[order], clusters[order]), answer[order])
    scaled = values * [3.0, 0.01, 7.0] + 5
    np.testing.assert_array_equal(leave_one_out_lda(scaled, clusters), answer)
    part = np.array([0, 7, len(values) - 1])
    np.testing.assert_array_equal(leave_one_out_lda(values, clusters, part), answer[part])


def test_a_cluster_of_one_star_cannot_find_it():
    values, clusters = mixed(3, (10, 1, 10), 2)
    assert leave_one_out_lda(values, clusters)[10] != 1


def test_too_few_members_say_so():
    values, clusters = mixed(0, (3, 3), 8)
    with pytest.raises(InputProblem, match=r"more than 11 members .* found 6"):
        leave_one_out_lda(values, clusters)


def test_scores_by_hand():
    """Clusters a (4 members) and b (2), 4 field stars; three of a and none of b are right."""
    truth = truth_of(["a", "a", "a", "a", "b", "b", "", "", "", ""], 2)
    answers = np.array([0, 0, 0, -1, 0, -1, -1, -1, 0, 1])
    correct, sizes, match = cluster_answers(answers, truth)
    assert (list(correct), list(sizes)) == ([3, 0], [4, 2])
    np.testing.assert_allclose(match, [3 / 5, 1 / 5])  # 3 of max(5, 4); b: 1 of a's group of 5
    scores = ceiling_scores(answers, truth, 50, np.random.default_rng(0))
    value = {name: score.value for name, score in scores.items()}
    assert value == pytest.approx(
        {
            "member_accuracy": 3 / 6,
            "balanced_accuracy": 3 / 8,
            "rf_area": 0.4,
            "rf40": 0.5,
            "rf70": 0.0,
            "field_kept": 0.5,
        }
    )
    baseline = {name: score.baseline for name, score in scores.items()}
    assert baseline["member_accuracy"] in (0.0, 4 / 6)


def test_without_field_the_easy_answer_is_the_largest_cluster():
    truth = truth_of(["a"] * 6 + ["b"] * 4, 2)
    scores = ceiling_scores(np.zeros(10, dtype=int), truth, 50, np.random.default_rng(0))
    for name in ("member_accuracy", "balanced_accuracy", "rf_area", "rf40", "rf70"):
        assert scores[name].value == pytest.approx(scores[name].baseline), name
    assert "field_kept" not in scores


def test_ranked_hits_by_hand():
    """Two clusters of two stars and two field stars; star 2 is taken for both clusters."""
    probability = np.array(
        [[0.9, 0.0, 0.1], [0.2, 0.1, 0.7], [0.5, 0.5, 0.0], [0.0, 0.4, 0.6],
         [0.1, 0.45, 0.45], [0.0, 0.0, 1.0]]
    )  # fmt: skip
    clusters = np.array([0, 0, 1, 1, -1, -1])
    with np.errstate(divide="ignore"):
        hits = ranked_hits(np.log(probability), clusters)
    assert hits.tolist() == [1, 1]
    scores = ranked_scores(
        hits, truth_of(["A", "A", "B", "B", "", ""], 2), 0, np.random.default_rng(0)
    )
    assert scores["rf40"].value == 1
    assert scores["rf70"].value == 0
    assert scores["rf_area"].value == 0.5
    assert scores["rf_area"].baseline == pytest.approx(1 / 3)


def test_ranks_recover_what_the_most_probable_class_gives_to_the_field():
    """Ten members 3 sd off a thousand field stars: each is called field, the ranking finds some."""
    rng = np.random.default_rng(0)
    values = np.vstack([rng.normal(4.0, 0.6, (10, 2)), rng.normal(0, 1.6, (1000, 2)),
                        rng.normal(-9, 0.6, (8, 2))])  # fmt: skip
    clusters = np.repeat([0, -1, 1], [10, 1000, 8])
    posterior = leave_one_out_posterior(values, clusters)
    match = cluster_answers(most_probable(posterior), truth_of(clusters.astype(str), 2))[2]
    assert np.exp(posterior).sum(axis=1) == pytest.approx(1)
    assert ranked_hits(posterior, clusters)[0] / 10 >= match[0]
