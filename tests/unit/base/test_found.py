"""A truth that is the groups of another sample: what the config may say of it."""

import copy
from pathlib import Path

import pytest

from chemtag.base.configuration import checked_config
from chemtag.base.found import foreign_samples, has_found_truth, truth_in_words
from chemtag.base.problems import InputProblem
from chemtag.base.samples import why_no_truth

SCHEMA = Path(__file__).resolve().parents[3] / "workflow" / "schemas" / "config.schema.yaml"
MOTION = {
    "catalog": "mine",
    "features": {"astrometry": ["pmra", "pmdec", "parallax"]},
    "spaces": ["robust"],
    "grid": {"min_cluster_size": [5, 8], "min_samples": [5], "method": ["leaf"]},
    "headline": {"space": "robust", "method": "leaf", "min_cluster_size": 8, "min_samples": 5},
    "taggers": {"ladder": {"min_sigma": [3, 5]}, "motion_mixture": {}},
}


def config_of(truth, **more) -> dict:
    """Stars of a table without members, by motions and by abundances."""
    block = {
        "kind": "table", "path": "mine.csv", "ratio": "x_fe", "columns": {"star_id": "ID"},
        "elements": {"fe": {"value": "FE_H"}, "mg": {"value": "MG_FE"}},
    }  # fmt: skip
    samples = {
        "motion": MOTION,
        "chemical": {"catalog": "mine", "elements": ["fe", "mg"], "truth": truth},
        **more,
    }
    spaces = {"raw": {"ratio": "x_fe", "scale": "raw"}, "robust": {"scale": "robust"}}
    return copy.deepcopy({"catalogs": {"mine": block}, "samples": samples, "spaces": spaces})


def settled(truth, **more) -> dict:
    return checked_config(config_of(truth, **more), SCHEMA)["samples"]["chemical"]["truth"]


def test_the_headline_of_the_other_sample_is_the_truth_unless_another_setting_is_named():
    expected = {"sample": "motion", "tagger": "euclidean-leaf-mcs8-ms5", "min_strength": 0.5}
    assert settled({"sample": "motion"}) == expected
    for name in ("euclidean-leaf-mcs5-ms5", "ladder-min_sigma_3", "motion_mixture"):
        assert settled({"sample": "motion", "tagger": name})["tagger"] == name


def test_a_sample_with_a_found_truth_is_scored_though_its_catalogue_has_no_members():
    config = checked_config(config_of({"sample": "motion"}), SCHEMA)
    assert why_no_truth("chemical", config) == ""
    assert why_no_truth("motion", config) == "catalogs/mine has no `members`"
    assert [name for name, block in config["samples"].items() if has_found_truth(block)] == [
        "chemical"
    ]


def test_members_alone_may_be_those_that_are_found():
    alone = {
        "catalog": "mine", "elements": ["fe", "mg"], "stars": "members",
        "truth": {"sample": "motion"},
    }  # fmt: skip
    config = checked_config(config_of("none", alone=alone), SCHEMA)
    assert has_found_truth(config["samples"]["alone"])


CHEMICAL = {"catalog": "mine", "elements": ["fe", "mg"], "truth": {"sample": "chemical"}}


@pytest.mark.parametrize(
    ("truth", "more", "sentence"),
    [
        ({"sample": "x"}, {}, "truth/sample is 'x', which is not under samples; there are motion"),
        ({"sample": "chemical"}, {}, "'chemical', which is the sample itself; name another"),
        # A circle of two, and a chain.
        ({"sample": "other"}, {"other": CHEMICAL}, "'other', which has a truth found in a sample"),
        (
            {"sample": "motion"},
            {"motion": MOTION | {"truth": {"sample": "chemical"}}},
            "motion/truth/sample is 'chemical', which has a truth found in a sample as well",
        ),
        ({"sample": "motion", "tagger": "ladder"}, {}, "'ladder', .* ladder-min_sigma_3"),
        ({"sample": "motion", "tagger": "upmask"}, {}, "no setting of samples/motion; there are"),
        (
            {"sample": "both"},
            {"both": MOTION | {"features": {**MOTION["features"], "chemistry": ["mg"]}}},
            "tagged by chemistry as this sample is, so that groups would be judged by themselves",
        ),
        ({"sample": "motion", "min_strength": 1.5}, {}, "truth/min_strength is 1.5"),
        ({"sample": "motion", "strength": 0.5}, {}, "unknown key 'strength'"),
        ({"tagger": "ladder"}, {}, "key 'sample' is missing at samples/chemical/truth"),
        ("memberz", {}, "truth is 'memberz'"),
    ],
)
def test_a_truth_that_cannot_be_is_refused(truth, more, sentence):
    with pytest.raises(InputProblem, match=sentence):
        checked_config(config_of(truth, **more), SCHEMA)


def test_samples_of_another_catalogue_are_said_in_one_sentence_each():
    config = config_of({"sample": "motion"})
    config["score"] = {
        "lists": {"chemical": {"a": {"sample": "motion", "tagger": "ladder-min_sigma_3"}}}
    }
    assert foreign_samples(checked_config(copy.deepcopy(config), SCHEMA)) == []
    config["catalogs"]["theirs"] = copy.deepcopy(config["catalogs"]["mine"])
    config["samples"]["motion"]["catalog"] = "theirs"
    first, second = foreign_samples(checked_config(config, SCHEMA))
    assert first.startswith("samples/chemical/truth is found in samples/motion of catalogs/theirs")
    assert second.startswith("score/lists/chemical/a is found in")
    assert "joined by star_id" in first


def test_the_truth_in_words():
    assert truth_in_words("members") == ""
    assert truth_in_words(settled({"sample": "motion", "tagger": "motion_mixture"})) == (
        "groups found in samples/motion by motion_mixture, members of strength 0.5 or more"
    )
