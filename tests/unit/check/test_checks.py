"""Invariants of the tables: each must hold on a good table and fail on a broken one."""

import numpy as np
import pandas as pd
import pytest

from chemtag.check.checks import check_funnel, check_groups, check_scores

STARS = pd.Series(list("abcdefgh"))


@pytest.fixture
def groups() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "setting": pd.Categorical(["s"] * 5),
            "star_id": list("abcde"),
            "group": [0, 0, 0, 1, 1],
            "probability": 1.0,
        }
    )


@pytest.fixture
def settings() -> pd.DataFrame:
    return pd.DataFrame(
        {"setting": ["s"], "min_cluster_size": [2], "n_groups": [2], "noise_fraction": [3 / 8]}
    )


def failed(verdicts) -> list[str]:
    return [v.check for v in verdicts if not v.passed]


def test_good_groups_pass(groups, settings):
    assert failed(check_groups(groups, settings, STARS)) == []


@pytest.mark.parametrize(
    ("column", "values", "check"),
    [
        ("star_id", list("abcda"), "stars in two groups of one setting"),
        ("star_id", list("abcdx"), "grouped stars that are not in the space"),
        ("group", [0, 0, 0, 0, 1], "groups below min_cluster_size"),
        ("group", [0, 0, 1, 1, 1], "groups not numbered by falling size"),
        ("group", [0, 0, 0, 2, 2], "groups not numbered by falling size"),
        ("group", [0, 0, 0, 0, 0], "settings whose number of groups disagrees"),
    ],
)
def test_broken_groups_fail(groups, settings, column, values, check):
    assert check in failed(check_groups(groups.assign(**{column: values}), settings, STARS))


def test_a_wrong_noise_fraction_fails(groups, settings):
    wrong = settings.assign(noise_fraction=0.5)
    assert failed(check_groups(groups, wrong, STARS)) == ["settings whose noise fraction disagrees"]


@pytest.fixture
def scores() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "setting": "s",
            "metric": ["rf40", "rf70", "ami"],
            "value": [0.5, 0.25, 0.2],
            "null_mean": [0.0, 0.0, 0.001],
            "z": [3.0, 2.0, 0.199 / 0.02],
            "p_value": [0.01, 0.05, 0.01],
            "n_null": 200,
        }
    )


@pytest.fixture
def clusters() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "setting": "s",
            "cluster": list("ABCDE"),
            "eligible": [True, True, True, True, False],
            "recovered_40": [True, True, False, False, True],
        }
    )


def test_good_scores_pass(scores, clusters):
    assert failed(check_scores(scores, clusters)) == []


@pytest.mark.parametrize(
    ("row", "column", "value", "check"),
    [
        (1, "value", 0.75, "recovery fractions that rise with the threshold"),
        (0, "value", 0.6, "recovery fractions that disagree with the clusters table"),
        (0, "p_value", 0.0, "p-values outside (0, 1]"),
        (2, "null_mean", 0.1, "largest null mean of AMI in standard errors"),
    ],
)
def test_broken_scores_fail(scores, clusters, row, column, value, check):
    scores.loc[row, column] = value
    assert check in failed(check_scores(scores, clusters))


def test_a_funnel_must_add_up():
    funnel = pd.DataFrame({"stars_left": [10, 7, 7, 4], "stars_lost": [0, 3, 0, 3]})
    assert failed(check_funnel(funnel, 4)) == []
    assert failed(check_funnel(funnel, 5)) != []
    assert failed(check_funnel(funnel.assign(stars_lost=[0, 3, 0, 2]), 4)) != []
    assert np.all([v.limit == "0" for v in check_funnel(funnel, 4)])
