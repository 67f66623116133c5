"""The checklist of a sample: each point is there with its numbers, or missing with a remedy."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from check_checklist import check_checklist
from chemtag.base.documents import CHECKOUT
from chemtag.report.checklist import (
    baseline,
    coverage,
    draws,
    failures,
    no_leakage,
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
SCHEMA = "workflow/schemas/config.schema.yaml"
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


def test_the_remedy_of_a_missing_baseline_is_a_key_of_the_config():
    found = re.search(r"\((\S+)\)$", baseline(None, None, None, "a").words)
    assert found
    schema = yaml.safe_load((CHECKOUT / SCHEMA).read_text(encoding="utf-8"))
    for key in found[1].split("/"):
        schema = schema["properties"][key]


def test_one_draw_says_nothing_of_others():
    drawn = pd.DataFrame({"adjusted_rand_index": [0.5, 0.7, 0.9]})
    point = draws(7, drawn)
    assert (point.point, point.there) == ("draws", True)
    assert "3 draws within the errors (seed 7)" in point.words
    assert not draws(7, drawn.head(1)).there
    assert not draws(7, None).there


def test_a_blind_rule_that_is_given_the_truth_leaks():
    space, truth = ["{sample}.{space}.parquet"], ["{sample}.truth.parquet"]
    rules = {"space": {"make_space": {"abundances": ["{sample}.abundances.parquet"]}},
             "tag": {"tag_stars": {"space": space}},
             "score": {"score_groups": {"truth": truth}}}  # fmt: skip
    point = no_leakage(rules, "quoted")
    assert (point.point, point.there) == ("no leakage", True)
    assert "other clusters, which are told" in no_leakage(rules, "other_clusters").words
    for name, files in (
        ("truth", []),
        ("hints", truth),
        ("hints", [*space, "{catalog}.members.ecsv"]),
        ("hints", ["{catalog}.birth.parquet"]),
        ("hints", ["members.ecsv"]),
    ):
        rules["tag"]["tag_stars"] = {"space": space, name: files}
        point = no_leakage(rules, "quoted")
        assert not point.there
        assert f"tag_stars ({name})" in point.words


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
    points = [draws(1, None), sensitivity(None, SETTINGS, 1)]
    path.write_text(json.dumps([one.as_dict() for one in points]))
    return path


def test_a_strict_run_fails_where_a_point_is_missing(answers, tmp_path):
    verdict = tmp_path / "verdict.json"
    with pytest.raises(SystemExit, match=r"the checklist of s lacks draws: one seed \(1\)"):
        check_checklist(answers, verdict, strict=True, sample="s")
    assert not verdict.exists()
    check_checklist(answers, verdict, strict=False, sample="s")
    assert json.loads(verdict.read_text())[0]["value"] == 1
