"""The checklist of a sample: each point is there with its numbers, or missing with a remedy."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from check_checklist import check_checklist
from chemtag.report.checklist import (
    baseline,
    coverage,
    failures,
    leakage,
    seeds,
    sensitivity,
)

SCORES = pd.DataFrame(
    {
        "setting": ["a", "a", "b"], "metric": ["rf40", "ami", "rf40"], "value": [0.25, 0.3, 0.5],
        "low": [0.2, np.nan, 0.4], "interval": ["jeffreys", "none", "jeffreys"],
        "null_mean": [0.01, 0, 0.02], "n_null": [200, 200, 200], "p_value": [0.005, 0.01, 0.005],
    }
)  # fmt: skip
FUNNEL = pd.DataFrame({"stars_left": [100, 80]})
GROUPS = pd.DataFrame({"setting": ["a", "a", "b"], "star_id": ["x", "y", "z"]})
SETTINGS = pd.DataFrame({"n_groups": [3, 7]})


def test_the_baseline_is_the_null_of_the_scores():
    point = baseline(SCORES, None, None, "a")
    assert point.there
    assert "RF40 0.25; 0.01 with labels permuted over stars (200 draws, p = 0.005)" in point.words
    without = SCORES.assign(n_null=0)
    assert not baseline(without, None, None, "a").there


def test_a_sample_without_truth_has_the_chance_of_its_groups():
    found = pd.DataFrame({"p_family": [0.02, 0.4]})
    assert "p = 0.02 of the family" in baseline(None, None, found, "a").words
    assert not baseline(None, None, found.assign(p_family=np.nan), "a").there
    assert not baseline(None, None, None, "a").there


def test_one_draw_is_no_second_seed():
    draws = pd.DataFrame({"adjusted_rand_index": [0.5, 0.7, 0.9]})
    point = seeds(7, draws, None)
    assert point.there
    assert "3 draws within the errors" in point.words
    assert not seeds(7, draws.head(1), None).there
    assert not seeds(7, None, None).there


def test_a_blind_rule_that_is_given_the_truth_leaks():
    rules = {"space": {"make_space": ["abundances"]}, "tag": {"tag_stars": ["space"]},
             "score": {"score_groups": ["truth"]}}  # fmt: skip
    assert leakage(rules, "quoted").there
    assert "other clusters, which are told" in leakage(rules, "other_clusters").words
    rules["tag"]["tag_stars"] = ["space", "truth"]
    point = leakage(rules, "quoted")
    assert not point.there
    assert "tag_stars (truth)" in point.words


def test_coverage_counts_stars_and_intervals():
    point = coverage(FUNNEL, GROUPS, SCORES, None, "a")
    assert point.there
    assert "80 of 100 stars of the catalogue, 2 of them in groups; 1 of 2 scores" in point.words
    assert not coverage(FUNNEL, GROUPS, SCORES.assign(low=np.nan), None, "a").there
    assert not coverage(FUNNEL, GROUPS, None, None, "a").there
    assert coverage(FUNNEL, GROUPS, None, pd.DataFrame({"group": [0]}), "a").there


def test_sensitivity_needs_another_choice():
    assert "3 to 7 groups, RF40 0.25 to 0.50" in sensitivity(SCORES, SETTINGS, 1).words
    assert not sensitivity(None, SETTINGS.head(1), 1).there
    assert sensitivity(None, SETTINGS.head(1), 2).there


def test_failures_are_named():
    clusters = pd.DataFrame(
        {"setting": ["a"] * 3, "cluster": ["M 67", "NGC 188", "small"],
         "eligible": [True, True, False], "recovered_40": [True, False, False]}
    )  # fmt: skip
    assert failures(clusters, None, "a").words == "1 of 2 clusters are not recovered: NGC 188"
    verdicts = pd.DataFrame({"candidate": ["s-0", "s-1"], "verdict": ["contradicted", "supported"]})
    assert "1 of 2 candidates are contradicted: s-0" in failures(None, verdicts, "a").words
    assert not failures(None, None, "a").there


@pytest.fixture
def answers(tmp_path: Path):
    path = tmp_path / "points.json"
    points = [seeds(1, None, None), sensitivity(None, SETTINGS, 1)]
    path.write_text(json.dumps([one.as_dict() for one in points]))
    return path


def test_a_strict_run_fails_where_a_point_is_missing(answers, tmp_path):
    verdict = tmp_path / "verdict.json"
    with pytest.raises(SystemExit, match=r"the checklist of s lacks seeds: one seed \(1\)"):
        check_checklist(answers, verdict, strict=True, sample="s")
    assert not verdict.exists()
    check_checklist(answers, verdict, strict=False, sample="s")
    assert json.loads(verdict.read_text())[0]["value"] == 1
