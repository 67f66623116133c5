"""The one reader and writer of tables."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base import tables
from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table


@pytest.fixture
def members() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "star_id": ["b", "a", "c"],
            "cluster": ["NGC 2682", "NGC 188", ""],
            "probability": [0.9, np.nan, 1.0],
            "source": ["x", "x", "y"],
        }
    )


@pytest.mark.parametrize("suffix", [".ecsv", ".parquet"])
def test_round_trip_sorts_rows_and_keeps_meta(tmp_path, members, suffix):
    path = tmp_path / f"m{suffix}"
    write_table(members, path, "members", {"catalog": "demo"})
    back = read_table(path, "members")
    assert list(back["star_id"]) == ["a", "b", "c"]
    assert back["cluster"].tolist() == ["NGC 188", "NGC 2682", ""]
    assert np.isnan(back["probability"][0])
    assert back["probability"][1] == 0.9
    assert back.attrs["catalog"] == "demo"


@pytest.mark.parametrize("suffix", [".ecsv", ".parquet"])
def test_equal_tables_give_equal_bytes_in_any_row_order(tmp_path, members, suffix):
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    write_table(members, one, "members")
    write_table(members.iloc[::-1], two, "members")
    assert one.read_bytes() == two.read_bytes()


def test_a_failed_write_leaves_nothing(tmp_path, members):
    with pytest.raises(InputProblem, match="probability"):
        write_table(members.assign(probability=2.0), tmp_path / "m.ecsv", "members")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.drop(columns="cluster"), "column 'cluster' is missing"),
        (lambda t: t.assign(colour=1), "column 'colour' is not part of"),
        (lambda t: t.assign(probability="high"), "not float64"),
        (lambda t: t.assign(probability=1.5), r"outside \[0, 1\]"),
        (lambda t: t.assign(star_id="a"), "rows must be unique"),
    ],
)
def test_a_broken_contract_is_one_sentence(tmp_path, members, change, sentence):
    with pytest.raises(InputProblem, match=sentence):
        write_table(change(members), tmp_path / "m.parquet", "members")


@pytest.mark.parametrize("name", ["m.parquet", "m.ecsv"])
def test_an_unreadable_file_is_named(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"not a table")
    with pytest.raises(InputProblem, match=name):
        read_table(path)


def test_units_and_descriptions_go_with_the_columns(tmp_path):
    import pyarrow.parquet as pq

    table = pd.DataFrame({"star_id": ["s"], "fe_h": [0.1], "fe_h_err": [0.01]})
    write_table(table, tmp_path / "a.parquet", "abundances", {"ratio": "x_fe"})
    field = pq.read_schema(tmp_path / "a.parquet").field("fe_h")
    assert field.metadata[b"unit"] == b"dex"


def test_rows_are_sorted_by_the_names_of_categories_not_by_their_making(tmp_path):
    rows = {"star_id": ["a", "b"], "group": [0, 0], "probability": [1.0, 1.0]}
    for order in (["one", "two"], ["two", "one"]):
        setting = pd.Categorical(["two", "one"], categories=order)
        write_table(pd.DataFrame({"setting": setting, **rows}), tmp_path / "g.parquet", "groups")
        assert read_table(tmp_path / "g.parquet", "groups")["star_id"].tolist() == ["b", "a"]


def test_a_group_of_columns_stands_in_the_place_of_its_name(tmp_path, monkeypatch):
    for function in (tables.contract_of, tables._groups):
        function.cache_clear()
    monkeypatch.setattr(tables, "CONTRACTS", tmp_path)
    (tmp_path / "demo.yaml").write_text(
        "demo:\n  description: d\n  columns:\n"
        "    a: {dtype: float64, unit: null, description: first}\n"
        "    +interval: over clusters\n"
        "    +interval_95: null\n"
        "    b: {dtype: float64, unit: null, description: last}\n"
    )
    columns = tables.contract_of("demo")["columns"]
    tables.contract_of.cache_clear()
    assert list(columns) == ["a", "low", "high", "low_95", "high_95", "b"]
    assert columns["low"]["description"] == "lower end of the 68 % interval over clusters"
    assert columns["high"]["description"] == "upper end of the 68 % interval"
    assert columns["low_95"]["description"] == "lower end of the 95 % interval"
