"""Groups of one sample become the members table of another."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table
from chemtag.select.found import members_found
from label_stars import label_stars
from list_members import list_members

# Two settings; of `one`, d is exactly at the strength asked for and c below it.
GROUPS = pd.DataFrame(
    {
        "setting": ["one"] * 5 + ["two"] * 2,
        "star_id": ["a", "b", "c", "d", "e", "a", "f"],
        "group": np.array([0, 0, 0, 3, 3, 1, 1], dtype="int32"),
        "probability": [1.0, 0.7, 0.49, 0.5, 0.9, 0.2, 0.1],
    }
)
BLOCK = {"sample": "motion", "tagger": "one", "min_strength": 0.5}


def test_groups_above_the_strength_are_clusters_of_their_own_names():
    found = members_found(GROUPS, "motion", "one", 0.5, "here", "")
    assert found["star_id"].tolist() == ["a", "b", "d", "e"]
    assert found["cluster"].tolist() == ["motion 0", "motion 0", "motion 3", "motion 3"]
    assert found["probability"].tolist() == [1.0, 0.7, 0.5, 0.9]
    assert set(found["source"]) == {"groups of motion, one"}
    assert members_found(GROUPS, "motion", "one", 0.0, "here", "")["star_id"].tolist() == list(
        "abcde"
    )


@pytest.mark.parametrize(
    ("setting", "least", "words"),
    [("two", 0.5, "found at most 0.20"), ("three", 0.0, "found no group")],
)
def test_groups_that_leave_nobody_are_refused_with_a_remedy(setting, least, words, tmp_path):
    groups, block = tmp_path / "groups.parquet", {**BLOCK, "tagger": setting, "min_strength": least}
    write_table(GROUPS.astype({"setting": "category"}), groups, "groups")
    with pytest.raises(InputProblem) as problem:
        list_members(groups, tmp_path / "m.ecsv", "chemical", block)
    keys = [f"samples/chemical/truth/{key}" for key in ("tagger", "min_strength")]
    for word in ["groups.parquet", *keys, "truth: none", words]:
        assert word in str(problem.value)


def test_the_list_says_how_many_it_left_out_and_the_truth_where_it_is_from(tmp_path, caplog):
    paths = {name: tmp_path / f"{name}.parquet" for name in ("groups", "abundances", "truth")}
    members = tmp_path / "members.ecsv"
    write_table(GROUPS.astype({"setting": "category"}), paths["groups"], "groups")
    stars = pd.DataFrame({"star_id": ["a", "b", "c", "d", "g"], "fe_h": 0.0})
    write_table(stars, paths["abundances"], "abundances")
    with caplog.at_level("INFO", logger="chemtag"):
        list_members(paths["groups"], members, "chemical", BLOCK)
    assert "motion, one: 4 of 5 stars in groups have a strength of 0.5 or more" in caplog.text
    assert "in 2 of 2 groups" in caplog.text
    label_stars(paths["abundances"], members, paths["truth"], "chemical", "members", 2)
    truth = read_table(paths["truth"], "truth")
    assert truth["cluster"].tolist() == ["motion 0", "motion 0", "", "motion 3", ""]
    assert truth["eligible"].tolist() == [True, True, False, False, False]
    counts = {"in_groups": 5, "groups": 2, "members": 4, "clusters": 2}
    assert truth.attrs["found"] == {**BLOCK, **counts}


def test_the_order_of_the_rows_does_not_matter(tmp_path):
    texts = []
    for name, table in (("one", GROUPS), ("other", GROUPS.iloc[::-1].reset_index(drop=True))):
        groups, members = tmp_path / f"{name}.parquet", tmp_path / f"{name}.ecsv"
        write_table(table.astype({"setting": "category"}), groups, "groups")
        list_members(groups, members, "chemical", BLOCK)
        texts.append(members.read_text())
    assert texts[0] == texts[1]
