"""What the manuscript says of field, setting, nulls, seeds and claims follows the tables."""

import pandas as pd
import pytest
from test_forecast_figures import plane_tables
from test_limits_figures import tuning
from test_manuscript import numbers_of, sample, typeset, words_of

from chemtag.paper.limit_numbers import false_groups_numbers, tuning_numbers
from chemtag.paper.tables import count
from chemtag.paper.trust_numbers import null_numbers, repeat_numbers

AMONG = "holds cluster members among field stars"
ALONE = "holds members of clusters only, without field stars"
FIXED = "fixed before the shipped seed was drawn"


def told(place, numbers, *figures, **changes):
    return words_of(
        typeset(place / "run", numbers, [sample("one", **changes)], ["story", *figures])
    )


def with_field(numbers, n_field):
    """The same with so many stars of no cluster."""
    members = numbers["one.members"].value
    return numbers | {"one.stars": count(members + n_field, "stars of the sample", "f", "r")}


@pytest.mark.parametrize("members_only", [True, False])
def test_a_sample_of_all_stars_without_field_is_not_said_to_have_one(tmp_path, members_only):
    words = told(tmp_path, with_field(numbers_of("one", 12, False), 0), members_only=members_only)
    assert ALONE in words
    assert AMONG not in words
    assert "were more hopeful of tagging in a field" not in words


def test_a_sample_with_field_stars_is_said_to_have_them(tmp_path):
    words = told(tmp_path, with_field(numbers_of("one", 12, False), 30))
    assert AMONG in words
    assert ALONE not in words


@pytest.mark.parametrize(
    ("changes", "fixed", "calibrated"),
    [
        ({}, False, False),
        ({"simulated": True, "recipe": "highres.yaml"}, True, True),
        ({"simulated": True, "recipe": "siblings.yaml"}, False, False),
    ],
    ids=["observed", "calibrated recipe", "recipe without a score in sight"],
)
def test_when_the_setting_was_fixed_is_said_as_far_as_it_is_true(
    tmp_path, changes, fixed, calibrated
):
    words = told(tmp_path, numbers_of("one", 12, False), **changes)
    assert "named in the config and no score of the run chooses them" in words
    assert (FIXED in words) == fixed
    assert ("calibrated on scores known before" in words) == calibrated
    in_sight = "was set with the scores published by Casamiquela et al. (2021) in sight"
    assert (in_sight in words) == calibrated
    assert "before any score" not in words


def nulls(p_of):
    """Numbers of RF40 = 0.42 beside nulls, by name: mean, p and replicates."""
    rows = [
        {"null": null, "role": "headline", "metric": "rf40", "noise": "none", "value": 0.42,
         "low": 0.36, "high": 0.48, "null_mean": mean, "null_p95": 0.2, "p_value": p,
         "n_null": n, "note": ""}
        for null, (mean, p, n) in p_of.items()
    ]  # fmt: skip
    return null_numbers(pd.DataFrame(rows), "one", "limits/one.nulls.ecsv")


def test_a_sample_is_judged_by_the_null_that_it_exceeds_least(tmp_path):
    three = {"shuffled": (0.09, 1 / 21, 20), "strangers": (0.11, 0.2, 100)}
    three |= {"stars_permuted": (0.02, 0.001, 1000), "blurred": (0.4, 1.0, 20)}
    words = told(tmp_path, numbers_of("one", 12, False) | nulls(three))
    assert "It does not in Sample one." in words
    assert "In Sample one it does not" in words, "the abstract says the same"
    row = "0.09 0.048 (20) 0.11 0.200 (100) 0.02 0.001 (1,000) 0.40"
    assert row in words or row in told_in_lines(tmp_path)


def told_in_lines(place):
    return words_of(place / "run" / "paper.pdf", "-layout")


def test_a_p_at_the_floor_of_its_null_says_of_how_many_replicates(tmp_path):
    two = {"shuffled": (0.09, 1 / 21, 20), "strangers": (0.11, 1 / 101, 100)}
    words = told(tmp_path, numbers_of("one", 12, False) | nulls(two))
    assert "in Sample one (p = 0.048)" in words
    assert "a p of 0.048 is the smallest that 20 replicates can give" in words
    two["strangers"] = (0.11, 5 / 101, 100)
    words = told(tmp_path, numbers_of("one", 12, False) | nulls(two))
    assert "in Sample one (p = 0.0495)" in words, "a p below the level is not rounded to it"
    two["strangers"] = (0.11, 1 / 101, 100)
    two["shuffled"] = (0.09, 2 / 41, 40)
    words = told(tmp_path, numbers_of("one", 12, False) | nulls(two))
    assert "is the smallest that" not in words


def test_the_scatter_from_seed_to_seed_stands_beside_the_mean(tmp_path):
    rows = [
        {"score": score, "mean": mean, "low": mean - 0.02, "high": mean + 0.02, "sd": 0.094,
         "n_realisations": 20, "share_as_high": 0.6}
        for score, mean in (("rf_area", 0.31), ("rf40", 0.39), ("rf40_one_to_one", 0.38),
                            ("rf40_strict", 0.26))
    ]  # fmt: skip
    repeats = repeat_numbers(pd.DataFrame(rows), "one", "forecast/one.repeats.ecsv")
    words = told(tmp_path, numbers_of("one", 12, False) | repeats, simulated=True)
    assert "RF40 = 0.39 (0.37–0.41), 0.38 (0.36–0.40) one to one" in words
    assert "from seed to seed RF40 scatters by 0.09" in words


def test_blind_criteria_are_said_to_lose_only_where_they_do(tmp_path):
    numbers = numbers_of("one", 12, True)
    value = numbers["one.rf40"].value
    table = tuning()
    table["rf40"] = table["rf40"].clip(upper=value)
    words = told(tmp_path, numbers | tuning_numbers(table, "one", "limits/t.ecsv"))
    assert "No criterion that reads no truth (stability within the errors" in words
    table.loc[table["rule"] == "stability", "rf40"] = value + 0.1
    words = told(tmp_path, numbers | tuning_numbers(table, "one", "limits/t.ecsv"))
    assert "No criterion that reads no truth" not in words
    assert f"stability within the errors ({value + 0.1:.2f}" in words


def test_claims_at_plain_errors_are_given_as_clusters(tmp_path):
    table, _ = plane_tables()
    found = false_groups_numbers(table, "forecast/false_groups.ecsv")
    row = table[table["role"] == "scan_claims"].sort_values("n_field").iloc[-1]
    words = told(tmp_path, numbers_of("one", 12, False) | found, "false_groups")
    assert f"Among {row['n_field']:,} simulated field stars" in words
    assert f"claims recover {row['recovered']:.1f}" in words
    assert "of 28 clusters" in words
