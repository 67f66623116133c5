"""Algorithms run apart, scored, compared and timed."""

import os
import time

import numpy as np
import pandas as pd
import pytest

from chemtag.base.tables import conform
from chemtag.compare.agreement import agreement_rows
from chemtag.compare.inputs import Task, tasks_of, true_sizes
from chemtag.compare.leaderboard import BOARD_METRICS, leaderboard_rows, noise_rows, union_rows
from chemtag.compare.processes import run_in_process
from chemtag.compare.scaling import fitted_exponent, scaling_rows
from chemtag.score.evaluation import chance_of, evaluate
from chemtag.select.truth import truth_of
from chemtag.tag.algorithms import ALGORITHMS, Algorithm
from chemtag.tag.algorithms.registry import Whole
from chemtag.tag.numbering import find_groups
from chemtag.tag.protocol import NoGroups, Space

HEADLINE = {"space": "raw", "metric": "euclidean", "method": "leaf", "min_cluster_size": 4,
            "min_samples": 2}  # fmt: skip


def stars(n=80, dimensions=3):
    rng = np.random.default_rng(5)
    star_id = np.array([f"s{i:03d}" for i in range(n)], dtype=object)
    return Space(star_id, rng.standard_normal((n, dimensions)))


def task(name, **settings):
    algorithm = ALGORITHMS[name]
    return Task(algorithm, {**algorithm.settings, **settings}, 1, None)


def sleeping(given, settings, seed):
    time.sleep(60)


def dying(given, settings, seed):
    os._exit(7)


def giving_up(given, settings, seed):
    raise NoGroups("there is nothing here")


def own(function):
    return Task(Algorithm("own", "Own", Whole(function)), {}, 0, None)


def test_hdbscan_takes_the_headline_unless_the_config_says_otherwise():
    names = ["hdbscan_leaf", "hdbscan_eom", "kmeans"]
    changed = {"hdbscan_eom": {"min_samples": 9}}
    leaf, eom, kmeans = tasks_of(names, changed, {"kmeans": 5}, HEADLINE, [7, 3], 1, "s")
    assert leaf.settings == {"min_cluster_size": 4, "min_samples": 2}
    assert eom.settings == {"min_cluster_size": 4, "min_samples": 9}
    assert kmeans.settings == {"n_init": 10, "n_clusters": 2}
    assert kmeans.cap == 5


def test_among_members_alone_a_tagger_that_needs_a_field_is_skipped_with_the_reason():
    names = ["ladder", "dbscan_shuffled", "motion_mixture", "upmask", "hdbscan_leaf"]
    for alone in (True, False):
        tasks = tasks_of(names, {}, {}, HEADLINE, [7, 3], 1, "s", alone)
        reasons = [one.skipped(80) for one in tasks]
        assert reasons == (["needs field stars"] * 4 if alone else [""] * 4) + [""]
    (ladder,) = tasks_of(["ladder"], {}, {"ladder": 5}, HEADLINE, [7, 3], 1, "s", True)
    outcome = run_in_process(ladder, stars(), 60)
    assert (outcome.status, outcome.reason) == ("skipped", "needs field stars")
    board = leaderboard_rows(ladder, outcome, None)
    assert board["value"].isna().all()
    assert set(board["reason"]) == {"needs field stars"}


def test_only_who_is_told_learns_of_the_truth():
    tasks = tasks_of(list(ALGORITHMS), {}, {}, HEADLINE, [7, 3], 1, "s")
    learned = {"nothing": set(), "number": {"n_clusters"}, "sizes": {"sizes"}}
    for one in tasks:
        told = learned[one.algorithm.told]
        assert set(one.settings) == set(one.algorithm.settings) | told
        assert one.algorithm.board == ("own" if not told else "oracle")


def test_above_its_cap_an_algorithm_is_skipped_with_the_reason():
    capped = Task(ALGORITHMS["ward"], {"n_clusters": 2}, 0, 79)
    outcome = run_in_process(capped, stars(), 60)
    assert (outcome.status, outcome.labels) == ("skipped", None)
    assert outcome.reason == "80 stars are above its cap of 79 (compare/caps)"


@pytest.mark.parametrize(("name", "settings"), [("ward", {"n_clusters": 3}), ("dbscan", {})])
def test_apart_gives_the_groups_and_the_cost(name, settings):
    outcome = run_in_process(task(name, **settings), stars(), 120, repeats=2)
    assert outcome.status == "ok"
    here = find_groups(ALGORITHMS[name].tagger, stars(), task(name, **settings).settings, 1).group
    assert outcome.labels.tolist() == here.tolist()
    assert len(outcome.seconds) == 2
    assert min(outcome.seconds) > 0
    assert outcome.memory_mb >= 0


def test_memory_is_that_of_the_algorithm():
    def greedy(given, settings, seed):
        # the warm-up sees fewer stars
        block = np.ones((100 if len(given) == 80 else 1) * 1_000_000)
        return np.zeros(len(given), dtype=int) + int(block[0]) - 1

    assert run_in_process(own(greedy), stars(), 60).memory_mb == pytest.approx(800, rel=0.1)


def test_a_slow_algorithm_is_stopped():
    start = time.monotonic()
    outcome = run_in_process(own(sleeping), stars(), 1)
    assert outcome.status == "stopped"
    assert "1 s" in outcome.reason
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    ("function", "reason"), [(giving_up, "nothing here"), (dying, "ended with status 7")]
)
def test_a_failure_is_said(function, reason):
    outcome = run_in_process(own(function), stars(), 60)
    assert outcome.status == "failed"
    assert reason in outcome.reason


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_an_exact_power_law_is_fitted(exponent):
    n = np.repeat([200, 400, 800], 2)
    fit = fitted_exponent(n, 0.25 * (n / 1000) ** exponent)
    assert fit["exponent"] == pytest.approx(exponent)
    assert fit["high"] - fit["low"] < 1e-6
    assert fit["seconds_1000"] == pytest.approx(0.25)


def test_the_interval_of_an_exponent_covers_it():
    rng = np.random.default_rng(3)
    n = np.repeat([200, 400, 800, 1600], 2)
    fits = [fitted_exponent(n, n**1.5 * 10 ** rng.normal(0, 0.1, len(n))) for _ in range(500)]
    inside = np.mean([fit["low"] < 1.5 < fit["high"] for fit in fits])
    assert inside == pytest.approx(0.68, abs=0.06)


def test_two_sizes_give_no_exponent_but_a_note():
    runs = pd.DataFrame(
        {
            "algorithm": "optics", "n_stars": [200, 400, 800], "run": 0,
            "status": ["ok", "ok", "stopped"], "reason": ["", "", "not finished after 1 s"],
            "seconds": [0.1, 0.4, np.nan], "memory_mb": 1.0,
        }
    )  # fmt: skip
    row = conform(scaling_rows(runs), "scaling", "t").iloc[0]
    assert np.isnan(row["exponent"])
    assert row["note"] == "no exponent from 2 sizes; not finished after 1 s"
    assert row["stated_exponent"] == 2


def test_agreement_of_equal_and_of_unrelated_groups():
    rng = np.random.default_rng(0)
    first = rng.integers(0, 5, 2000)
    labels = {"a": first, "b": (first + 1) % 5, "c": rng.integers(0, 5, 2000)}
    rows = conform(agreement_rows(labels), "algorithm_agreement", "t").set_index(
        ["first", "second"]
    )
    assert rows.loc[("a", "b"), "ari"] == 1
    assert abs(rows.loc[("a", "c"), "ari"]) < 0.01
    assert rows.loc[("a", "c"), "low"] < 0 < rows.loc[("a", "c"), "high"]
    assert len(rows) == 6


TRUTH = truth_of(["A"] * 5 + ["B"] * 4 + [""] * 3, 2)


def evaluated(*labels):
    chance = chance_of(TRUTH, 50, 20, np.random.default_rng(1), np.random.default_rng(2))
    return [evaluate(np.array(one), TRUTH, chance) for one in labels]


FINDS_A = [0] * 5 + [-1] * 7
FINDS_B = [-1] * 5 + [0] * 4 + [-1] * 3


def test_what_anyone_recovers_by_hand():
    one, two = evaluated(FINDS_A, FINDS_B)
    found = {"dbscan": one, "optics": two, "ward": two, "iron_bins": one}
    boards = {"dbscan": "own", "optics": "own", "ward": "oracle", "iron_bins": "own"}
    rows = conform(union_rows(found, boards, TRUTH), "recovered_by_any", "t").set_index("board")
    assert rows["n_recovered"].to_dict() == {"oracle": 1, "own": 2}
    # the baseline does not count
    assert rows["n_algorithms"].to_dict() == {"oracle": 1, "own": 2}
    assert rows.loc["own", "null_mean"] >= rows.loc["oracle", "null_mean"]


def test_noise_of_members_and_field_by_hand():
    row = noise_rows(task("dbscan"), np.array(FINDS_A), TRUTH)
    assert row["noise_fraction"] == pytest.approx(7 / 12)
    assert row["members_noise"] == pytest.approx(4 / 9)
    assert row["field_noise"] == 1


def test_a_leaderboard_names_who_was_skipped():
    capped = Task(ALGORITHMS["ward"], {"n_clusters": 2}, 0, 3)
    outcome = run_in_process(capped, stars(), 60)
    rows = conform(leaderboard_rows(capped, outcome, None), "leaderboard", "t")
    assert len(rows) == len(BOARD_METRICS)
    assert rows["value"].isna().all()
    assert set(rows["board"]) == {"oracle"}
    assert rows["note"].str.contains("above its cap").all()


def test_scores_of_a_leaderboard_are_those_of_the_scorer():
    (one,) = evaluated(FINDS_A)
    finished = task("dbscan")
    outcome = run_in_process(finished, stars(), 60)
    rows = conform(leaderboard_rows(finished, outcome, one), "leaderboard", "t")
    values = rows.set_index("metric")["value"]
    assert values["rf40"] == 0.5
    assert values["perfect_matches"] == 1
    assert values["noise_fraction"] == pytest.approx(7 / 12)
    assert len(rows) == len(BOARD_METRICS)


def test_sizes_of_the_true_clusters():
    assert true_sizes(TRUTH.clusters) == [5, 4]
