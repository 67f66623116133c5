"""Diagrams of what a sample was tagged by are refused."""

import pytest

from chemtag.base.problems import InputProblem
from chemtag.cmd.independence import check_independence, refuse_own_features

MOTION = {"chemistry": [], "astrometry": ["pmra", "pmdec", "parallax"]}
COLUMNS = {"star_id": "i", "g": "G", "bp_rp": "C"}


def config(features, **columns):
    return {
        "samples": {"s": {"features": features}},
        "cmd": {"samples": {"s": {**COLUMNS, **columns}}},
    }


def test_a_parallax_that_made_the_groups_sets_no_distance():
    with pytest.raises(InputProblem, match=r"cmd/samples/s/parallax .* samples/s/features"):
        check_independence(config(MOTION, parallax="plx"))


def test_photometry_that_made_the_groups_is_no_diagram():
    with pytest.raises(InputProblem, match=r"cmd/samples/s: samples/s/features has 'bp_rp'"):
        refuse_own_features(["fe", "bp_rp"], "s", COLUMNS)


@pytest.mark.parametrize(
    "given",
    [
        config(MOTION),
        config({"chemistry": [], "astrometry": ["pmra", "pmdec"]}, parallax="plx"),
        config({"chemistry": ["fe", "mg"]}, parallax="plx"),
    ],
)
def test_what_the_groups_were_not_made_of_may_judge(given):
    check_independence(given)
