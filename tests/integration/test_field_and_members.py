"""Who is a member of a cluster and who is a field star, in small tables of both."""

import logging

import numpy as np
import yaml
from small_survey import ROOT, stars


def test_stars_labelled_nan_are_field(survey, caplog):
    table = stars()
    table["cluster"] = table["cluster"].replace("", "nan")
    _, members = survey.read(table)
    assert (len(members), members["cluster"].nunique()) == (36, 6)
    assert "24 of 60 rows count as field: 'nan' 24" in caplog.text


def test_members_without_a_position_are_left_out_and_counted(survey, caplog):
    listed = stars()[["ID", "ra", "dec", "cluster"]].iloc[:36].copy()
    listed.loc[0, ["ra", "dec"]] = -9999.0
    survey.catalog["members"] = {"cluster": "cluster", "ra": "ra", "dec": "dec"}
    _, members = survey.read(stars(), members=listed)
    assert len(members) == 35
    assert "1 members have no position and are left out" in caplog.text


def failing():
    """The first star of each cluster has a low probability."""
    table = stars()
    table["P"] = np.where(np.arange(60) % 6 == 0, 0.3, 0.9)
    table.loc[36:, "P"] = np.nan
    return table


def test_possible_members_are_dropped_and_counted(survey, caplog):
    survey.catalog["members"]["min"] = {"P": 0.7}
    _, members = survey.read(failing())
    assert len(members) == 30
    assert "6 stars are named for a cluster without being members" in caplog.text
    left, funnel = survey.select({})
    assert len(left) == 54
    assert funnel.loc["possible_members", "stars_lost"] == 6
    assert funnel.loc["possible_members", "members_left"] == 30


def test_possible_members_are_field_by_choice(survey):
    survey.catalog["members"] |= {"min": {"P": 0.7}, "not_members": "field"}
    found, members = survey.read(failing())
    assert (len(found), len(members)) == (60, 30)
    left, funnel = survey.select({})
    assert len(left) == 60
    assert "possible_members" not in funnel.index


def test_stars_of_clusters_not_asked_for_are_no_field_stars(survey):
    survey.catalog["members"]["clusters"] = ["NGC 100", "NGC 101"]
    _, members = survey.read(stars())
    assert len(members) == 12
    left, funnel = survey.select({})
    assert len(left) == 36
    assert funnel.loc["possible_members", "stars_lost"] == 24


def test_a_draw_of_the_field_is_seeded_and_keeps_members(survey):
    survey.catalog["n_field"] = 10
    found, members = survey.read(stars())
    assert len(found) == 46
    assert set(members["star_id"]) <= set(found["star_id"])
    shuffled, _ = survey.read(stars().sample(frac=1, random_state=3))
    assert shuffled["star_id"].tolist() == found["star_id"].tolist()
    other, _ = survey.read(stars(), seed=2)
    assert other["star_id"].tolist() != found["star_id"].tolist()


def test_a_draw_after_the_cuts_is_a_row_of_the_funnel(survey):
    survey.read(stars())
    left, funnel = survey.select({"n_field": 10})
    assert len(left) == 46
    assert funnel.iloc[-1]["detail"] == "10 of 24 field stars, drawn at random"
    assert funnel.iloc[-1]["members_left"] == 36
    again, _ = survey.select({"n_field": 10}, seed=2)
    assert again["star_id"].tolist() != left["star_id"].tolist()


def test_members_and_field_of_two_tables_join(survey, caplog):
    table = stars()
    field = table.iloc[30:].drop(columns=["cluster", "e_ni_fe"]).rename(columns={"ID": "name"})
    survey.catalog["field"] = {
        "columns": {"star_id": "name"},
        "elements": {"ni": {"value": "ni_fe"}},
    }
    found, members = survey.read(table.iloc[:36], field=field)
    assert found["star_id"].tolist() == table["ID"].tolist()
    assert len(members) == 36
    assert "6 of 30 rows are stars of" in caplog.text
    assert "lacks ni_fe_err, missing for its stars" in caplog.text
    of_field = found.set_index("star_id").loc[table["ID"].iloc[36:]]
    np.testing.assert_array_equal(of_field["mg_fe"], table["mg_fe"].iloc[36:])
    assert of_field["ni_fe_err"].isna().all()


def test_a_star_of_both_tables_is_known_by_its_position(survey):
    table = stars()
    field = table.iloc[30:].drop(columns="cluster").assign(ID=[f"f{i}" for i in range(30)])
    field["ra"] += 1e-5
    survey.catalog["field"] = {"columns": {"star_id": "ID"}}
    found, _ = survey.read(table.iloc[:36], field=field)
    assert len(found) == 60


def test_clusters_that_are_merged_are_named(survey, caplog):
    table = stars()
    table["cluster"] = table["cluster"].replace({"NGC 100": "group_-1", "NGC 101": "group_1"})
    table.loc[12:14, "cluster"] = "NGC_102"
    table.loc[18:20, "cluster"] = "ngc 103"
    with caplog.at_level(logging.WARNING, logger="chemtag"):
        _, members = survey.read(table)
    assert set(members["cluster"]) == {"group -1", "group 1", *(f"NGC 10{i}" for i in range(2, 6))}
    assert "read as one cluster, 'NGC 103': 'NGC 103', 'ngc 103'" in caplog.text
    assert "NGC_102" not in caplog.text, "a blank and _ are the same to anybody"


def test_the_config_of_a_catalog_says_its_choices():
    schema = yaml.safe_load((ROOT / "workflow/schemas/survey.schema.yaml").read_text())
    members = schema["$defs"]["members"]["properties"]
    assert members["not_members"]["default"] == "drop"
    assert {"cluster_values", "readme"} <= set(members)
