"""Labels and identifiers as people write them: words for the field, letters nobody sees."""

import logging
import unicodedata

import numpy as np
import pytest

from chemtag.base.problems import InputProblem
from chemtag.survey.cells import BadCell, numbers_of, plain
from chemtag.survey.cluster_names import Aliases, key_of, unknown_names
from chemtag.survey.columns import Wanted, read_columns
from chemtag.survey.labels import classified

MEMBERS = {"cluster": "CLUSTER", "field_values": [""]}
CLUSTERS = [name for name in ("NGC 188", "M 67", "NGC 6819") for _ in range(6)]


def told(word):
    """Whether the rows with `word` are field, beside rows of clusters."""
    labels = np.array([*CLUSTERS, *[word] * 4], dtype=object)
    field = classified(labels, MEMBERS, "t.csv")
    assert not field[: len(CLUSTERS)].any()
    return bool(field[-4:].all())


@pytest.mark.parametrize(
    "word",
    ["FIELD STAR", "field_stars", "non-member", "Nonmember", "not a member", "no cluster",
     "no_cluster", "n.a.", "\\N", "*", ".", "_", "...", "(-)", "\u200b", "\ufeff"],
)  # fmt: skip
def test_words_that_mean_no_cluster_are_field(word):
    assert told(plain(word))


@pytest.mark.parametrize(
    "word",
    ["unclustered", "un-clustered", "ungrouped", "Fld", "bg", "false", "F", "N", "isolated",
     "999", "9999", "99999.0"],
)  # fmt: skip
def test_words_that_may_mean_no_cluster_are_asked_about(word):
    with pytest.raises(InputProblem, match="may mean the field or a cluster"):
        told(word)


@pytest.mark.parametrize(
    ("word", "others"),
    [("0", "AB"), ("n", "Y"), ("F", "T"), ("N", "MC"), ("f", "ABT"), ("F", "A"), ("Y", "N"),
     ("Y", ["X 1"]), ("true", ["X"]), ("Yes", ["X"]), ("999", ["188", "2682", "6819"])],
)  # fmt: skip
def test_letters_and_numbers_that_may_be_no_names_are_asked_about(word, others):
    labels = np.array([*[word] * 5, *[other for other in others for _ in range(3)]], dtype=object)
    with pytest.raises(InputProblem, match="may mean the field or a cluster"):
        classified(labels, MEMBERS, "t.csv")


@pytest.mark.parametrize(
    "names",
    ["ABF", "ANX", "ABCT", "XY", [*map(str, range(1, 98)), "99"], ["9.99", "X"],
     [str(i) for i in range(1, 401) if i != 98]],
)  # fmt: skip
def test_letters_and_numbers_that_name_clusters_are_not_asked_about(names):
    labels = np.array([name for name in names for _ in range(2)], dtype=object)
    assert not classified(labels, MEMBERS, "t.csv").any()


def test_words_of_the_config_are_those_of_the_table_however_accents_are_typed():
    labels = np.array(["\u00e9toiles", "N\u00e9ant"] * 3, dtype=object)
    typed = {"field_values": ["e\u0301toiles\xa0"], "cluster_values": ["Ne\u0301ant"]}
    field = classified(labels, MEMBERS | typed, "t.csv")
    assert field.tolist() == [True, False] * 3
    assert unknown_names(["e\u0301toiles 1"], ["\u00e9toiles 1"], Aliases()) == []


def test_a_group_numbered_999_beside_group_998_is_one():
    labels = np.array(["998", "999"] * 5, dtype=object)
    assert not classified(labels, MEMBERS, "t.csv").any()


def test_a_label_of_most_rows_is_doubted(caplog):
    labels = np.array([*CLUSTERS, *["giants"] * 30], dtype=object)
    with caplog.at_level(logging.WARNING):
        assert not classified(labels, MEMBERS, "t.csv").any()
    assert "names 30 of 48 rows 'giants', 5 times as many as any other cluster" in caplog.text
    assert "members/field_values" in caplog.text


def test_clusters_of_like_size_are_not_doubted(caplog):
    with caplog.at_level(logging.WARNING):
        classified(np.array(CLUSTERS, dtype=object), MEMBERS, "t.csv")
    assert not caplog.text


@pytest.mark.parametrize("blank", ["\xa0", "\u2009", "\u200b", "\ufeff", "\u3000"])
def test_hidden_blanks_around_a_cell_are_no_part_of_it(blank):
    assert plain(f"{blank}2M0010{blank} ") == "2M0010"
    cells = np.array([f"0.1{blank}", blank], dtype=object)
    numbers, empty = numbers_of(cells, np.zeros(2, dtype=bool))
    assert numbers[0] == 0.1
    assert empty.tolist() == [False, True]


def test_hidden_letters_within_an_identifier_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("ID\n2M0010\n2M00\u200b11\n", encoding="utf-8")
    with pytest.raises(InputProblem, match=r"column 'ID' \(id\) holds .* in row 2"):
        read_columns(path, [Wanted("star_id", "ID", "identifier", (), "id")])


def test_letters_composed_and_decomposed_are_one():
    composed = "B\u00e4rn 1"
    assert plain(unicodedata.normalize("NFD", composed)) == composed
    assert key_of("\uff21 1") == key_of("A 1")


def test_a_cell_that_is_no_number_is_refused_still():
    with pytest.raises(BadCell):
        numbers_of(np.array(["0.1\xa00.2"], dtype=object), np.zeros(1, dtype=bool))
