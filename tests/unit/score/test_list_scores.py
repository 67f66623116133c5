"""The same groups against several lists: from tables of members to the rows of their scores."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table
from chemtag.score.lists import overlap
from chemtag.select.lists import above, everyone, labels_of, rows_of_lists
from chemtag.select.truth import truth_of, truth_table
from gather_lists import gather_lists
from score_lists import score_lists

IDS = np.array([f"s{i:02d}" for i in range(40)], dtype=object)
CUTS = {"cuts": [0], "not_members": "drop"}


def members(names, probability=0.9):
    """A table of members: 5 stars a cluster, in the order of the stars."""
    stars = IDS[: 5 * len(names)]
    return pd.DataFrame(
        {"star_id": stars, "cluster": np.repeat(names, 5), "probability": probability, "source": ""}
    )


def test_a_cut_keeps_what_reaches_it_and_drops_who_has_no_strength():
    strength = [0.5, 0.49, np.nan]
    assert above(strength, 0.5).tolist() == [True, False, False]
    assert above(strength, 0).all()


def test_labels_are_in_the_order_of_the_stars_and_leave_strangers_out():
    rows = rows_of_lists({"a": members(["X", "Y"], np.linspace(0.1, 1, 10))})
    stars = IDS[:12][::-1].copy()
    assert labels_of(rows, stars, 0).tolist() == ["", "", *["Y"] * 5, *["X"] * 5]
    assert labels_of(rows, IDS[3:6], 0.5).tolist() == ["", "X", "Y"]


def test_everyone_is_whom_the_truth_or_a_list_at_its_lowest_cut_names():
    own = members(["X"])
    rows = rows_of_lists({"b": members(["P", "Q", "R"]), "a": members(["A", "B"], [0.1] * 10)})
    found = everyone(own, rows, {"a": [0.5, 0.05], "b": [0.95]}).set_index("star_id")["cluster"]
    assert found.to_dict() == {**dict.fromkeys(IDS[:5], "X"), **dict.fromkeys(IDS[5:10], "B")}
    assert everyone(own, rows, {"a": [0.5], "b": [0.9]})["cluster"].tolist() == [
        *["X"] * 5, *["Q"] * 5, *["R"] * 5,
    ]  # fmt: skip


def test_the_overlap_counts_shared_stars_and_how_alike_they_are_divided():
    one = truth_of(np.repeat(["X", "Y", ""], [5, 5, 2]), 2)
    same = overlap(one, one)
    assert same == {"n_shared": 10, "jaccard": 1.0, "ari": 1.0}
    joined = overlap(truth_of(np.repeat(["Z", ""], [10, 2]), 2), one)
    assert joined == {"n_shared": 10, "jaccard": 1.0, "ari": 0.0}
    apart = overlap(truth_of(np.repeat(["", "Z"], [10, 2]), 2), one)
    assert apart["n_shared"] == apart["jaccard"] == 0
    assert np.isnan(apart["ari"])


@pytest.fixture
def paths(tmp_path):
    """Groups of two clusters of ten stars and one of ten field stars, and the truth of a sample."""
    names = ("groups", "truth", "lists", "abundances")
    found = {name: tmp_path / f"{name}.parquet" for name in names}
    found["list_scores"] = tmp_path / "list_scores.ecsv"
    groups = pd.DataFrame(
        {"setting": "one", "star_id": IDS[:30], "group": np.repeat([0, 1, 2], 10), "probability": 1}
    ).astype({"setting": "category", "group": "int32", "probability": float})
    write_table(groups, found["groups"], "groups")
    own = pd.DataFrame({"star_id": IDS[:20], "cluster": np.repeat(["X", "Y"], 10)})
    write_table(truth_table(IDS, own, 4, "here"), found["truth"], "truth")
    return found


def scored(paths, lists, named, row="rf40"):
    """Scores of the lists by (list, cut)."""
    write_table(rows_of_lists(lists), paths["lists"], "lists", {"sample": "s"})
    named = {name: {"label": name, **CUTS, **block} for name, block in named.items()}
    score_lists(
        paths["groups"], paths["truth"], paths["lists"], paths["list_scores"], "one", named, 4,
        50, 50, 1, "s",
    )  # fmt: skip
    table = read_table(paths["list_scores"], "list_scores")
    return table[table["metric"] == row].set_index(["list", "cut"])


def test_the_groups_are_scored_by_each_list_with_interval_and_chance(paths):
    half = pd.DataFrame({"star_id": IDS[:10], "cluster": np.repeat(["A", "B"], 5)})
    few = pd.DataFrame({"star_id": [*IDS[:2], "elsewhere"], "cluster": "C"})
    found = scored(paths, {"half": half, "few": few}, {"half": {}, "few": {}})
    own = found.loc["truth", 0]
    assert (own["value"], own["n_stars"], own["n_clusters"], own["ari"]) == (1, 20, 2, 1)
    assert own["low"] < 1
    assert own["null_mean"] < 1
    # Each of two clusters is half of the group that holds it.
    split = found.loc["half", 0]
    assert (split["value"], split["n_shared"], split["jaccard"]) == (1, 10, 0.5)
    nobody = found.loc["few", 0]
    assert (nobody["n_listed"], nobody["n_stars"], nobody["n_clusters"]) == (3, 2, 0)
    assert np.isnan(nobody["value"])
    assert "enough members" in nobody["note"]
    match = scored(paths, {"half": half, "few": few}, {"half": {}, "few": {}}, "rf_area")
    assert match.loc["half", 0]["value"] == 0.5


def test_stars_below_a_cut_do_not_count_unless_they_are_field(paths):
    strength = np.tile([1.0, 0.1], 10)
    own = pd.DataFrame({"star_id": IDS[:20], "cluster": np.repeat(["X", "Y"], 10)})
    lists = {name: own.assign(probability=strength) for name in ("drop", "field")}
    named = {
        name: {"cuts": [0, 0.5], "not_members": name} for name in lists
    }  # fmt: skip
    found = scored(paths, lists, named, "rf_area")
    assert found["value"].tolist() == [1, 1, 1, 1, 0.5]
    assert found["n_left_out"].tolist() == [0, 0, 10, 0, 0]
    assert found["n_stars"].tolist() == [20, 20, 10, 20, 10]


def test_the_same_list_has_the_scores_of_the_truth(paths):
    own = pd.DataFrame({"star_id": IDS[:20], "cluster": np.repeat(["P", "Q"], 10)})
    found = scored(paths, {"again": own}, {"again": {}})
    columns = ["value", "low", "high", "null_mean", "null_p95", "p_value"]
    assert found.loc[("truth", 0), columns].equals(found.loc[("again", 0), columns])


def gathered(tmp_path, named, catalog, **more):
    """Run the job that gathers lists, on stars with places and Gaia identifiers."""
    files = {name: tmp_path / name for name in ("stars.parquet", "members.ecsv", "aliases.yaml")}
    stars = pd.DataFrame(
        {"star_id": IDS, "ra": np.arange(40) / 10, "dec": 10.0, "gaia_source_id": np.arange(1, 41)}
    )
    write_table(stars, files["stars.parquet"], "stars", {"ratio": "x_fe"})
    write_table(members(["X"]), files["members.ecsv"], "members")
    files["aliases.yaml"].write_text("{}")
    blocks = {name: {"label": name, **CUTS, **block} for name, block in named.items()}
    outputs = (tmp_path / "lists.parquet", tmp_path / "listed.ecsv")
    gather_lists(
        files["stars.parquet"], files["members.ecsv"], files["members.ecsv"], more.get("birth"),
        more.get("groups", []), more.get("tables", []), files["aliases.yaml"], *outputs, "s",
        blocks, catalog,
    )  # fmt: skip
    return read_table(outputs[0], "lists"), read_table(outputs[1], "members")


BLOCK = {
    "field_values": [""], "cluster_values": [], "above": {}, "min": {}, "missing_codes": [],
    "radius": 1.0, "cluster": "Cl", "not_members": "drop",
}  # fmt: skip


def test_lists_of_all_sources_are_gathered(tmp_path):
    groups = pd.DataFrame(
        {"setting": "one", "star_id": IDS[:6], "group": 0, "probability": np.arange(6) / 10}
    ).astype({"setting": "category", "group": "int32"})
    write_table(groups, tmp_path / "groups.parquet", "groups")
    born = pd.DataFrame({"star_id": IDS, "birth_cluster": "", "population": "thin"})
    born.loc[:7, "birth_cluster"] = "B"
    write_table(born, tmp_path / "birth.parquet", "birth")
    pd.DataFrame({"Cl": "NGC_1", "ra": [0.3, 0.3001, 9.0], "dec": 10.0, "P": [0.9, 0.4, 1]}).to_csv(
        tmp_path / "sky.csv", index=False
    )
    pd.DataFrame({"id": IDS, "Cl": ["", *["M 67"] * 39]}).to_csv(tmp_path / "cat.csv", index=False)
    sky = {**BLOCK, "path": "sky.csv", "ra": "ra", "dec": "dec", "probability": "P"}
    named = {
        "grouped": {"sample": "motion", "tagger": "one", "cuts": [0.2]},
        "births": {"truth": "birth"},
        "observed": {"truth": "members"},
        "sky": {"members": sky},
        "column": {"members": BLOCK},
    }
    lists, listed = gathered(
        tmp_path, named, {"columns": {"star_id": "id"}}, birth=tmp_path / "birth.parquet",
        groups=[tmp_path / "groups.parquet"], tables=[tmp_path / "sky.csv", tmp_path / "cat.csv"],
    )  # fmt: skip
    stars = lists.groupby("list")["star_id"].agg(list)
    assert stars["grouped"] == list(IDS[:6])  # whoever is below a cut is told from the field
    assert stars["births"] == list(IDS[:8])
    assert stars["observed"] == list(IDS[:5])
    assert stars["sky"] == ["s03"]  # the other row is 0.36 arcsec away, of the same star
    assert lists.set_index("list").loc["sky", "strength"] == 0.9
    assert len(stars["column"]) == 39
    assert listed["star_id"].tolist() == list(IDS)


def by_groups(tmp_path, cuts, star_id=IDS[:20], strength=(1.0, 0.1)):
    """Gather the list `grouped` of groups of ten, every second of their stars at a low strength."""
    groups = pd.DataFrame(
        {"setting": "one", "star_id": star_id, "group": np.repeat([0, 1], 10),
         "probability": np.tile(strength, 10)}
    ).astype({"setting": "category", "group": "int32"})  # fmt: skip
    write_table(groups, tmp_path / "found.parquet", "groups")
    named = {"grouped": {"sample": "motion", "tagger": "one", "cuts": cuts}}
    return gathered(tmp_path, named, {}, groups=[tmp_path / "found.parquet"])


def test_the_score_at_a_cut_does_not_depend_on_the_other_cuts(tmp_path, paths):
    rows = []
    for cuts in ([0.5], [0.05, 0.5]):
        lists, _ = by_groups(tmp_path, cuts)
        table = lists.rename(columns={"strength": "probability"})
        found = scored(paths, {"grouped": table}, {"grouped": {"cuts": cuts}}, "rf_area")
        rows.append(found.loc[("grouped", 0.5)].drop("place"))
    assert (rows[0]["value"], rows[0]["n_stars"], rows[0]["n_left_out"]) == (1, 10, 10)
    assert rows[0].equals(rows[1])


def test_a_sample_of_members_holds_a_list_at_its_lowest_cut(tmp_path):
    _, listed = by_groups(tmp_path, [0.5])
    assert listed["star_id"].tolist() == sorted({*IDS[:5], *IDS[:20:2]})


def test_cuts_that_nobody_reaches_are_refused_by_the_keys_of_the_list(tmp_path):
    with pytest.raises(InputProblem) as problem:
        by_groups(tmp_path, [0.5], strength=(0.3, 0.1))
    for words in ("score/lists/s/grouped/cuts", "found at most 0.30", "lower the cuts"):
        assert words in str(problem.value)


def test_a_setting_without_groups_is_refused_by_the_keys_of_the_list(tmp_path):
    none = pd.DataFrame({"setting": ["two"], "star_id": "s00", "group": 0, "probability": 1.0})
    path = tmp_path / "found.parquet"
    write_table(none.astype({"setting": "category", "group": "int32"}), path, "groups")
    named = {"grouped": {"sample": "motion", "tagger": "one"}}
    with pytest.raises(InputProblem) as problem:
        gathered(tmp_path, named, {}, groups=[path])
    assert "score/lists/s/grouped/tagger" in str(problem.value)
    assert "min_strength" not in str(problem.value)


def test_groups_of_another_catalogue_count_where_identifiers_are_shared_alone(tmp_path):
    half = np.array([*IDS[:10], *(f"x{i}" for i in range(10))], dtype=object)
    lists, _ = by_groups(tmp_path, [0], half)
    assert lists["star_id"].tolist() == list(IDS[:10])
    strangers = np.array([f"x{i}" for i in range(20)], dtype=object)
    with pytest.raises(InputProblem, match=r"none of its 20 stars in groups .*grouped/sample"):
        by_groups(tmp_path, [0], strangers)


@pytest.mark.parametrize(("policy", "value", "left_out"), [("drop", 1, 10), ("field", 0.5, 0)])
def test_stars_below_a_threshold_of_a_list_are_no_field_stars(
    tmp_path, paths, policy, value, left_out
):
    path = tmp_path / "own.csv"
    own = pd.DataFrame({"id": IDS[:20], "Cl": np.repeat(["NGC 1", "NGC 2"], 10)})
    own.assign(P=np.tile([1.0, 0.1], 10)).to_csv(path, index=False)
    block = {**BLOCK, "path": "own.csv", "star_id": "id", "min": {"P": 0.5}, "not_members": policy}
    lists, listed = gathered(tmp_path, {"own": {"members": block}}, {}, tables=[path])
    assert listed["star_id"].tolist() == sorted({*IDS[:5], *IDS[:20:2]})
    table = lists.rename(columns={"strength": "probability"})
    row = scored(paths, {"own": table}, {"own": {}}, "rf_area").loc[("own", 0)]
    assert (row["value"], row["n_left_out"]) == (value, left_out)
    assert (row["n_listed"], row["n_stars"]) == (10, 10)


def test_a_list_without_a_star_of_the_catalogue_is_refused(tmp_path):
    pd.DataFrame({"Cl": ["A"], "id": ["other"]}).to_csv(tmp_path / "own.csv", index=False)
    named = {"own": {"members": {**BLOCK, "path": "own.csv", "star_id": "id"}}}
    with pytest.raises(InputProblem, match=r"own\.csv: none of 1 members matches a star"):
        gathered(tmp_path, named, {}, tables=[tmp_path / "own.csv"])
