"""Coincidences with known clusters: by hand, and uniform by chance."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base.problems import InputProblem
from chemtag.survey.cluster_names import Aliases
from chemtag.vet.coincidences import coincidences
from chemtag.vet.reading import read_known

STARS = [f"s{i}" for i in range(10)]


def members_of(*groups):
    rows = [(f"c-{g}", g, star) for g, stars in enumerate(groups) for star in stars]
    return pd.DataFrame(rows, columns=["candidate", "group", "star_id"])


def test_the_chance_of_a_coincidence_by_hand():
    members = members_of(["s0", "s1", "s2"], ["s3", "s4"])
    listed = pd.DataFrame({"star_id": ["s0", "s1", "s9", "else"], "cluster": ["A", "A", "B", "A"]})
    (row,) = coincidences(members, listed, STARS, "known").to_dict("records")
    assert (row["group"], row["cluster"], row["n_shared"]) == (0, "A", 2)
    assert (row["n_stars"], row["n_listed"]) == (3, 2)
    assert row["expected"] == pytest.approx(3 * 2 / 10)
    # both listed stars among 3 of 10: C(8,1)/C(10,3) = 8/120
    assert row["p"] == pytest.approx(8 / 120)
    assert row["p_family"] == pytest.approx(4 * 8 / 120)


def test_random_groups_coincide_as_often_as_expected():
    rng = np.random.default_rng(2)
    stars = [f"s{i}" for i in range(500)]
    listed = pd.DataFrame({"star_id": stars[:60], "cluster": np.repeat(["A", "B", "C"], 20)})
    shared = expected = 0.0
    best = []
    for _ in range(120):
        drawn = rng.permutation(stars)
        found = coincidences(members_of(*drawn[:60].reshape(6, 10)), listed, stars, "known")
        shared, expected = shared + found["n_shared"].sum(), expected + 18 * 10 * 20 / 500
        best.append(found["p_family"].min())
    assert shared == pytest.approx(expected, rel=0.08)
    assert np.mean(np.array(best) < 0.05) < 0.11


def write(path, **columns):
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def test_names_are_resolved_and_a_star_counts_once(tmp_path):
    path = write(
        tmp_path / "known.csv", ID=["s0", "s0", "s1", "s2"],
        NAME=["M_67", "NGC 2682", "NGC2682", ""],
    )  # fmt: skip
    aliases = Aliases({"names": {"M 67": "NGC 2682"}, "prefixes": {"NGC": ["N"]}})
    block = {"star_id": "ID", "cluster": "NAME"}
    found = read_known(path, block, aliases, STARS, "vet/known/lists")
    assert found.to_dict("list") == {"star_id": ["s0", "s1"], "cluster": ["NGC 2682"] * 2}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"ID": ["x1"], "NAME": ["A"]}, "none of its 1 identifiers in 'ID'"),
        ({"ID": ["s1"], "NAME": [""]}, "no row has both"),
        ({"STAR": ["s1"], "NAME": ["A"]}, "column 'ID' .* is missing"),
    ],
)
def test_a_wrong_list_is_one_sentence(tmp_path, columns, said):
    path = write(tmp_path / "known.csv", **columns)
    with pytest.raises(InputProblem, match=said):
        read_known(path, {"star_id": "ID", "cluster": "NAME"}, Aliases(), STARS, "vet/known/l")


def test_words_for_the_field_are_no_known_cluster(tmp_path):
    path = tmp_path / "list.csv"
    names = ["NGC 188", "nan", "Field", "-1", "non-member", "?"]
    pd.DataFrame({"ID": STARS[:6], "NAME": names}).to_csv(path, index=False)
    found = read_known(path, {"star_id": "ID", "cluster": "NAME"}, Aliases(), STARS, "vet/known/l")
    assert found["cluster"].tolist() == ["NGC 188"]
