"""Small tables that once gave a wrong number or a traceback: labels, codes, fields, cuts."""

import copy
import gzip
import logging
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.table import Table

from chemtag.base.configuration import checked_config
from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table
from chemtag.survey.content import digest_of_tables

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from read_catalog import read_catalog  # noqa: E402
from select_stars import select_stars  # noqa: E402

ELEMENTS = ["fe", "mg", "si", "ni"]
CONFIG = {
    "catalogs": {
        "mine": {
            "kind": "table",
            "path": "stars.csv",
            "ratio": "x_fe",
            "columns": {"star_id": "ID", "ra": "ra", "dec": "dec", "teff": "teff", "snr": "snr"},
            "elements": {
                "fe": {"value": "fe_h", "error": "e_fe_h"},
                "mg": {"value": "mg_fe", "error": "e_mg_fe"},
                "si": {"value": "si_fe", "error": "e_si_fe"},
                "ni": {"value": "ni_fe", "error": "e_ni_fe"},
            },
            "members": {"cluster": "cluster"},
        }
    },
    "samples": {"mine": {"catalog": "mine", "elements": ELEMENTS}},
}


def stars(n_field=24):
    """Six clusters of six stars, and field stars."""
    rng = np.random.default_rng(4)
    cluster = [f"NGC {100 + i}" for i in range(6) for _ in range(6)] + [""] * n_field
    n = len(cluster)
    table = pd.DataFrame({"ID": [f"2M{i:05d}" for i in range(n)]})
    table["ra"], table["dec"] = np.linspace(5, 355, n).round(4), np.linspace(-80, 80, n).round(4)
    table["teff"], table["snr"] = (
        rng.normal(4700, 150, n).round(1),
        rng.uniform(60, 200, n).round(1),
    )
    for name in ("fe_h", "mg_fe", "si_fe", "ni_fe"):
        table[name], table[f"e_{name}"] = rng.normal(0, 0.1, n).round(4), 0.02
    table["cluster"] = cluster
    return table


class Survey:
    """The stages `survey` and `select` in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.config = copy.deepcopy(CONFIG)

    @property
    def catalog(self):
        return self.config["catalogs"]["mine"]

    def read(self, table, members=None, field=None, name="stars.csv", seed=1):
        path = self.folder / name
        if isinstance(table, pd.DataFrame):
            table.to_csv(path, index=False)
        paths = {}
        for key, extra in (("members", members), ("field", field)):
            if extra is not None:
                paths[key] = self.folder / f"{key}.csv"
                extra.to_csv(paths[key], index=False)
                self.catalog.setdefault(key, {})["path"] = str(paths[key])
        schema = ROOT / "workflow/schemas/config.schema.yaml"
        self.whole = checked_config(self.config, schema)
        out = self.folder / "stars.parquet", self.folder / "members.ecsv"
        aliases = ROOT / "resources/clusters/aliases.yaml"
        block = self.whole["catalogs"]["mine"]
        read_catalog(
            path, paths.get("members"), aliases, "mine", block, *out,
            field_table=paths.get("field"), asked=ELEMENTS, seed=seed,
        )  # fmt: skip
        return read_table(out[0], "stars"), read_table(out[1], "members")

    def select(self, cuts, keep="all", seed=1):
        self.config["samples"]["mine"]["cuts"] = cuts
        schema = ROOT / "workflow/schemas/config.schema.yaml"
        whole = checked_config(self.config, schema)["samples"]["mine"]
        out = self.folder / "abundances.parquet", self.folder / "funnel.ecsv"
        select_stars(
            self.folder / "stars.parquet", self.folder / "members.ecsv", *out, sample="mine",
            keep=keep, features=ELEMENTS, cuts=whole["cuts"], predicted=[], seed=seed,
        )  # fmt: skip
        funnel = read_table(out[1], "funnel").set_index("cut")
        return read_table(out[0], "abundances"), funnel


@pytest.fixture
def survey(tmp_path):
    return Survey(tmp_path)


def test_stars_labelled_nan_are_field(survey, caplog):
    table = stars()
    table["cluster"] = table["cluster"].replace("", "nan")
    _, members = survey.read(table)
    assert (len(members), members["cluster"].nunique()) == (36, 6)
    assert "24 of 60 rows count as field: 'nan' 24" in caplog.text


def test_an_error_of_a_code_is_missing(survey, caplog):
    found, _ = survey.read(stars().assign(e_mg_fe=99.99))
    assert found["mg_fe_err"].isna().all()
    assert "abundances without an error: mg_fe 60 of 60" in caplog.text


def test_an_error_beyond_ten_dex_is_refused_by_the_selection(survey):
    survey.read(stars().assign(e_mg_fe=77.7))
    with pytest.raises(
        InputProblem, match=r"column mg_fe_err holds 60 values .*missing_codes: \[77"
    ):
        survey.select({})


def test_rounded_gaia_identifiers_are_refused(survey):
    table = stars().assign(ID=["4.295806720000e+18"] * 60)
    with pytest.raises(
        InputProblem, match=r"'ID'.*loses digits of an identifier; store it as text"
    ):
        survey.read(table)


def test_a_column_that_is_there_twice_is_refused(survey):
    text = stars().to_csv(index=False)
    path = survey.folder / "stars.csv"
    lines = text.splitlines()
    path.write_text("\n".join(["mg_fe," + lines[0], *("0.5," + line for line in lines[1:])]) + "\n")
    with pytest.raises(InputProblem, match=r"'mg_fe' .*is there 2 times; rename"):
        survey.read(None)


@pytest.mark.parametrize("name", ["STARS.FITS.GZ", "stars.fits"])
def test_a_gzipped_fits_is_known_by_its_bytes(survey, name):
    plain = survey.folder / "plain.fits"
    Table.from_pandas(stars()).write(plain)
    (survey.folder / name).write_bytes(gzip.compress(plain.read_bytes()))
    found, members = survey.read(None, name=name)
    assert (len(found), len(members)) == (60, 36)


def test_members_without_a_position_are_left_out_and_counted(survey, caplog):
    listed = stars()[["ID", "ra", "dec", "cluster"]].iloc[:36].copy()
    listed.loc[0, ["ra", "dec"]] = -9999.0
    survey.catalog["members"] = {"cluster": "cluster", "ra": "ra", "dec": "dec"}
    _, members = survey.read(stars(), members=listed)
    assert len(members) == 35
    assert "1 members have no position and are left out" in caplog.text


def test_one_column_for_two_elements_is_refused(survey):
    survey.catalog["elements"]["ni"] = {"value": "mg_fe"}
    with pytest.raises(InputProblem, match="elements/mg/value and elements/ni/value are both"):
        survey.read(stars())


def test_identifiers_that_begin_with_a_hash_stay(survey, caplog):
    table = stars()
    table.loc[:9, "ID"] = [f"#{i}" for i in range(10)]
    found, members = survey.read(table)
    assert (len(found), len(members)) == (60, 36)
    assert "10 rows begin with `#`" in caplog.text


def test_a_table_replaced_by_an_older_one_has_another_digest(tmp_path):
    path, other = tmp_path / "stars.csv", tmp_path / "other.csv"
    stars().to_csv(path, index=False)
    stars(n_field=23).to_csv(other, index=False)
    first = digest_of_tables([path, [], []])
    assert digest_of_tables([str(path), [], []]) == first
    os.utime(other, (1e9, 1e9))
    other.replace(path)
    assert digest_of_tables([path, [], []]) != first


@pytest.mark.parametrize(("names", "words"), [
    (["mg_fe"], "'mg_fe' .*holds 0.1 for all stars"),
    (["fe_h", "mg_fe", "si_fe", "ni_fe"], "all stars have the same abundances"),
])  # fmt: skip
def test_elements_that_do_not_vary_are_said_at_the_start(survey, names, words):
    with pytest.raises(InputProblem, match=words):
        survey.read(stars().assign(**dict.fromkeys(names, 0.1)))


def test_an_element_that_follows_from_others_is_named(survey):
    table = stars()
    table["ni_fe"] = ((table["mg_fe"] + table["si_fe"]) / 2).round(4)
    survey.read(table)
    with pytest.raises(InputProblem, match=r"elements ni, .*follow from one another"):
        survey.select({})


def test_an_element_that_is_constant_after_the_cuts_is_named(survey):
    table = stars()
    table.loc[table["snr"] > 100, "ni_fe"] = 0.2
    survey.read(table)
    with pytest.raises(InputProblem, match=r"element 'ni' is 0.2 for all"):
        survey.select({"windows": {"snr": {"min": 100.1}}})


README = """J/A+A/0/0   Stars   (Nobody, 2026)
--------------------------------------------------------------------------------
Byte-by-byte Description of file: stars.dat
--------------------------------------------------------------------------------
   Bytes Format Units   Label     Explanations
--------------------------------------------------------------------------------
   1-  6  A6    ---     ID        Identifier
   8- 14  F7.4  dex     fe_h      ?=-9.99 Iron
  16- 22  F7.4  [-]     mg_fe     ? Magnesium
  24- 30  A7    ---     cluster   ? Cluster
--------------------------------------------------------------------------------
"""


@pytest.mark.parametrize("named", [False, True])
def test_a_table_of_fixed_width_is_read_by_its_readme(survey, named):
    readme = survey.folder / ("my_description.txt" if named else "ReadMe")
    readme.write_text(README)
    values = np.random.default_rng(1).normal(0, 0.1, (8, 2)).round(4)
    cells = [[f"{v:7.4f}" for v in row] for row in values]
    cells[2][0], cells[3][1] = "  -9.99", "       "
    lines = [
        f"s{i:05d} {a} {b} {'NGC 188' if i < 4 else '       '}" for i, (a, b) in enumerate(cells)
    ]
    (survey.folder / "stars.dat").write_text("\n".join(lines) + "\n")
    survey.catalog["columns"] = {"star_id": "ID"}
    survey.catalog["elements"] = {"fe": {"value": "fe_h"}, "mg": {"value": "mg_fe"}}
    survey.config["samples"]["mine"] |= {"elements": ["fe", "mg"]}
    if named:
        survey.catalog["readme"] = str(readme)
    found, members = survey.read(None, name="stars.dat")
    values[2, 0], values[3, 1] = np.nan, np.nan
    np.testing.assert_array_equal(found[["fe_h", "mg_fe"]].to_numpy(), values)
    assert members["star_id"].tolist() == [f"s{i:05d}" for i in range(4)]
    first = digest_of_tables([survey.folder / "stars.dat"])
    readme.write_text(README + "\n")
    assert (digest_of_tables([survey.folder / "stars.dat"]) != first) == (not named)


# Fields and members


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


# Cuts


def test_a_window_keeps_or_drops_unknown_values_by_choice(survey, caplog):
    table = stars()
    table.loc[40:44, "snr"] = np.nan
    survey.read(table)
    window = {"min": 0}
    for missing, n in (("keep", 60), ("drop", 55)):
        left, funnel = survey.select({"windows": {"snr": {**window, "missing": missing}}})
        assert len(left) == n
        word = {"keep": "kept", "drop": "lost"}[missing]
        assert f"(5 without a value are {word})" in funnel.loc["windows/snr", "detail"]
    caplog.clear()
    left, _ = survey.select({"windows": {"snr": window}})
    assert len(left) == 55
    assert "snr has no value for 5 of 60 stars (0 members), which the window drops" in caplog.text


def test_a_window_asks_before_it_drops_all_members(survey):
    table = stars(n_field=100)
    table.loc[:35, "snr"] = np.nan
    survey.read(table)
    words = r"snr has no value for 36 of 136 stars \(36 of 36 members\).*`missing: drop` or"
    with pytest.raises(InputProblem, match=words):
        survey.select({"windows": {"snr": {"min": 60}}})


def test_members_alone_are_cut(survey):
    table = stars()
    table.loc[:2, "teff"] = 6000.0
    table.loc[36:40, "teff"] = 6000.0
    survey.read(table)
    left, funnel = survey.select({"members": {"windows": {"teff": {"max": 5900}}}})
    assert len(left) == 57
    row = funnel.loc["members/windows/teff"]
    assert (row["detail"], row["stars_lost"]) == ("members: Teff <= 5900 K", 3)
    left, _ = survey.select({"members": {"windows": {"mg_h": {"min": -5}}}})
    assert len(left) == 60


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
