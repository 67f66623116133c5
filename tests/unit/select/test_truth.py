"""The truth of a sample: joined once, in the order of its stars."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table
from chemtag.select.truth import truth_in, truth_of, truth_table
from label_stars import label_stars

STARS = np.array(["a", "b", "c", "d", "e"], dtype=object)
LISTED = pd.DataFrame(
    {"star_id": ["e", "a", "x", "d", "b"], "cluster": ["B", "A", "C", "B", ""]}
)  # x is not in the sample, b is listed in no cluster


def test_each_star_has_its_cluster_and_small_clusters_do_not_count():
    table = truth_table(STARS, LISTED, 2, "here")
    assert table["star_id"].tolist() == list(STARS)
    assert table["cluster"].tolist() == ["A", "", "", "B", "B"]
    assert table["eligible"].tolist() == [False, False, False, True, True]


def test_the_table_and_its_truth_say_the_same(tmp_path):
    path = tmp_path / "truth.parquet"
    write_table(truth_table(STARS, LISTED, 2, "here"), path, "truth")
    truth = truth_in(read_table(path, "truth"), STARS, str(path))
    expected = truth_of(["A", "", "", "B", "B"], 2)
    np.testing.assert_array_equal(truth.clusters, expected.clusters)
    np.testing.assert_array_equal(truth.clusters, [0, -1, -1, 1, 1])
    np.testing.assert_array_equal(truth.eligible, expected.eligible)
    assert truth.names == expected.names == ("A", "B")
    assert truth.sizes.tolist() == [1, 2]
    assert truth.members.tolist() == [True, False, False, True, True]


def test_the_order_of_the_list_does_not_matter():
    first = truth_table(STARS, LISTED, 2, "here")
    second = truth_table(STARS, LISTED.iloc[::-1].reset_index(drop=True), 2, "here")
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    ("stars", "min_members", "words"),
    [
        (np.array(["p", "q"], dtype=object), 1, ["none of its 4 members", "found e, a, x"]),
        (STARS, 3, ["min_members = 3", "the largest has 2"]),
    ],
)
def test_a_truth_that_can_score_nothing_is_refused_with_a_remedy(stars, min_members, words):
    with pytest.raises(InputProblem) as problem:
        truth_table(stars, LISTED, min_members, "list.ecsv")
    for word in ["list.ecsv", "truth: none", *words]:
        assert word in str(problem.value)


@pytest.mark.parametrize("stars", [STARS[::-1], STARS[:4], np.append(STARS[:4], "f")])
def test_the_truth_of_other_stars_is_refused(stars):
    table = truth_table(STARS, LISTED, 2, "here")
    with pytest.raises(InputProblem, match=r"here: its 5 stars are not the"):
        truth_in(table, stars, "here")


@pytest.mark.parametrize(("kind", "suffix"), [("members", ".ecsv"), ("birth", ".parquet")])
def test_the_step_reads_a_list_of_members_or_the_birth_table(tmp_path, caplog, kind, suffix):
    paths = {name: tmp_path / f"{name}.parquet" for name in ("abundances", "truth")}
    write_table(pd.DataFrame({"star_id": STARS, "fe_h": 0.0}), paths["abundances"], "abundances")
    listed = tmp_path / f"listed{suffix}"
    if kind == "members":
        table = LISTED[LISTED["cluster"] != ""].assign(probability=1.0, source="test")
    else:
        table = LISTED.rename(columns={"cluster": "birth_cluster"}).assign(population="thin")
    write_table(table, listed, kind)
    with caplog.at_level("INFO", logger="chemtag"):
        label_stars(**paths, listed=listed, sample="s", kind=kind, min_members=2)
    assert "5 stars, 3 cluster members, 2 field stars" in caplog.text
    assert "3 of 4 members" in caplog.text
    assert "too few members to count in scores: A 1" in caplog.text
    assert "1 clusters have no star in the sample: C" in caplog.text
    table = read_table(paths["truth"], "truth")
    assert table["cluster"].tolist() == ["A", "", "", "B", "B"]
    assert table.attrs["absent"] == ["C"]
    assert (table.attrs["truth"], table.attrs["min_members"]) == (kind, 2)
