"""Lists of members beside the truth of a sample: what the config may say of them."""

import copy
from pathlib import Path

import pytest

from chemtag.base.configuration import checked_config
from chemtag.base.problems import InputProblem

SCHEMA = Path(__file__).resolve().parents[3] / "workflow" / "schemas" / "config.schema.yaml"
TABLE = {
    "kind": "table", "path": "mine.csv", "ratio": "x_fe", "columns": {"star_id": "ID"},
    "elements": {"fe": {"value": "FE_H"}, "mg": {"value": "MG_FE"}}, "members": {"cluster": "C"},
}  # fmt: skip
MOTION = {
    "catalog": "mine", "features": {"astrometry": ["pmra", "pmdec", "parallax"]},
    "spaces": ["robust"], "headline": {"space": "robust"}, "taggers": {"ladder": {}},
    "whole": False,
}  # fmt: skip
OWN = {"path": "a.csv", "star_id": "ID", "cluster": "C"}


def settled(lists, **more) -> dict:
    """The lists of the sample `chemical` of a checked config."""
    config = {
        "catalogs": {"mine": TABLE, "made": {"kind": "simulate", "recipe": "cone.yaml"}},
        "samples": {
            "motion": MOTION,
            "chemical": {"catalog": "mine", "elements": ["fe", "mg"]},
            "drawn": {"catalog": "made", "elements": ["fe", "mg"]},
            "blind": {"catalog": "mine", "elements": ["fe", "mg"], "truth": "none"},
        },
        "score": {"lists": {more.get("sample", "chemical"): lists, **more.get("beside", {})}},
    }
    return checked_config(copy.deepcopy(config), SCHEMA)["score"]["lists"]


def test_lists_have_their_defaults():
    found = settled(
        {
            "grouped": {"sample": "motion", "cuts": [0.9, 0.1]},
            "other": {"members": {**OWN, "probability": "P"}, "label": "Others", "cuts": [0.5]},
            "column": {"members": {"cluster": "D"}},
        }
    )["chemical"]
    assert found["grouped"]["tagger"] == "euclidean-leaf-mcs2-ms1"
    assert found["grouped"]["cuts"] == [0.1, 0.9]
    assert (found["grouped"]["label"], found["other"]["label"]) == ("grouped", "Others")
    assert found["column"]["cuts"] == [0]
    assert found["column"]["members"]["field_values"] == ["", "field"]


@pytest.mark.parametrize(
    ("lists", "more", "words"),
    [
        ({"a": {"label": "A"}}, {}, "has none of truth, sample, members"),
        (
            {"a": {"truth": "members", "label": "Hunt"}, "b": {"members": OWN, "label": "Hunt "}},
            {},
            "the lists 'a' and 'b' have the label 'Hunt'",
        ),
        ({"a": {"truth": "members"}, "b": {"members": OWN, "label": "a"}}, {}, "the label 'a'"),
        ({"a": {"truth": "members", "label": "A\nB"}}, {}, "label is 'A"),
        ({"a": {"truth": "members", "sample": "motion"}}, {}, "has truth and sample of"),
        ({"a": {"truth": "birth"}}, {}, "only a simulated catalogue has"),
        ({"a": {"truth": "members", "tagger": "ladder"}}, {}, "name the sample, too"),
        ({"a": {"sample": "motion", "tagger": "upmask"}}, {}, "no setting of samples/motion"),
        ({"a": {"sample": "blind"}}, {}, "tagged by chemistry as this sample is"),
        ({"a": {"sample": "chemical"}}, {}, "is the sample itself"),
        ({"a": {"members": OWN, "cuts": [0.5]}}, {}, "has no probabilities"),
        ({"a": {"truth": "birth", "cuts": [0.5]}}, {"sample": "drawn"}, "has no probabilities"),
        ({"a": {"truth": "members", "cuts": [0.5]}}, {}, "members/probability of the catalogue"),
        ({"a": {"members": {"cluster": "C"}}}, {"sample": "drawn"}, "has no columns"),
        ({"a": {"members": {**OWN, "ra": "r", "dec": "d"}}}, {}, "needs one of star_id"),
        ({"a": {"members": {"cluster": "C", "star_id": "ID"}}}, {}, "columns of the catalogue"),
        ({"truth": {"truth": "members"}}, {}, "name of the sample's own truth"),
        ({"a": {"truth": "members"}}, {"sample": "nobody"}, "is not under samples"),
        ({"a": {"truth": "members"}}, {"sample": "blind"}, "this sample is not scored"),
        ({"a": {"truth": "members"}}, {"sample": "motion"}, "this sample is not scored"),
    ],
)
def test_what_is_no_list_is_one_sentence(lists, more, words):
    with pytest.raises(InputProblem) as problem:
        settled(lists, **more)
    assert words in str(problem.value)
    assert "score/lists/" in str(problem.value)


def test_members_of_the_catalogue_may_be_cut_where_they_have_probabilities(monkeypatch):
    monkeypatch.setitem(TABLE, "members", {"cluster": "C", "probability": "P"})
    assert settled({"a": {"truth": "members", "cuts": [0.5]}})["chemical"]["a"]["cuts"] == [0.5]
    drawn = settled({"a": {"truth": "members", "cuts": [0.5]}}, sample="drawn")["drawn"]
    assert drawn["a"]["cuts"] == [0.5]


def test_a_circle_of_lists_is_refused(monkeypatch):
    monkeypatch.setitem(MOTION, "whole", True)
    with pytest.raises(InputProblem, match="which has lists that are found in a sample as well"):
        settled({"a": {"sample": "motion"}}, beside={"motion": {"b": {"sample": "chemical"}}})
