"""Joint verdicts: the account of many tests, and who may count against a group."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from chemtag.vet.verdicts import false_discovery_rate, joint_verdicts, within_group

NO = np.nan


def test_rates_are_those_of_scipy_and_nan_does_not_count():
    p = np.array([0.01, 0.2, 0.03, 0.8, 0.04])
    np.testing.assert_allclose(false_discovery_rate(p), false_discovery_control(p))
    with_nan = false_discovery_rate(np.array([0.01, NO, 0.2, 0.03, 0.8, 0.04]))
    np.testing.assert_allclose(with_nan[[0, 2, 3, 4, 5]], false_discovery_control(p))
    assert np.isnan(with_nan[1])


def test_within_a_group_the_number_of_data_counts():
    assert within_group(np.array([0.01, 0.5, NO])) == pytest.approx(0.02)
    assert within_group(np.array([0.9, 0.8])) == 1
    assert np.isnan(within_group(np.array([NO])))


def verdicts(p, p_pure, against=("rv", "age")):
    p = {k: np.array(v) for k, v in p.items()}
    p_pure = {k: np.array(v) for k, v in p_pure.items()}
    return joint_verdicts(p, p_pure, against, 0.05)


def test_groups_are_judged_by_all_their_data():
    found = verdicts(
        {"rv": [0.001, 0.6, 0.3, NO, 0.001], "age": [0.2, 0.5, 0.3, NO, 0.9]},
        {"rv": [0.9, 0.001, 0.3, NO, 0.9], "age": [0.5, 0.4, 0.5, NO, 0.001]},
    )
    assert found.verdict == [
        "supported", "contradicted", "cannot tell", "cannot tell", "cannot tell",
    ]  # fmt: skip
    assert found.reason[0] == "by rv"
    assert found.reason[3] == "no datum can tell"
    assert found.reason[4] == "rv for it, age against it"


def test_velocities_do_not_contradict_what_may_have_dissolved():
    p, p_pure = {"rv": [0.6], "age": [0.5]}, {"rv": [0.001], "age": [0.5]}
    assert verdicts(p, p_pure).verdict == ["contradicted"]
    assert verdicts(p, p_pure, against=("age",)).verdict == ["cannot tell"]


def test_a_datum_that_supports_a_group_does_not_count_against_it():
    found = verdicts({"rv": [0.001]}, {"rv": [0.001]}, ("rv",))
    assert found.verdict == ["supported"]


def test_chance_groups_are_seldom_supported_however_many():
    rng = np.random.default_rng(1)
    any_one = 0
    for _ in range(300):
        p = {"rv": rng.uniform(size=40), "age": rng.uniform(size=40)}
        any_one += "supported" in joint_verdicts(p, p, (), 0.05).verdict
    assert any_one / 300 < 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)


def test_no_group_has_no_verdict():
    empty = {"rv": np.zeros(0)}
    assert joint_verdicts(empty, empty, ("rv",), 0.05).verdict == []
