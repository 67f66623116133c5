"""What write_table writes read_table reads back equal, or refuses with a sentence."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemtag.base import tables
from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table

SUFFIXES = [".ecsv", ".parquet"]
TYPES = {
    "text": "string",
    "more": "string",
    "number": "float64",
    "whole": "int64",
    "small": "int32",
    "true": "bool",
}
CONTRACT = {"columns": {n: {"dtype": t, "required": False} for n, t in TYPES.items()}}

# Every character that UTF-8 can hold; what tables, shells and pages trip over comes up often.
HARD = (
    *("", " ", "#", "#1", " #1", "a ", " a", "nan", "N/A", "-1", "True", '"', '""', "'", ","),
    *("\n", "\r", "\r\n", "\n\n", "a\nb", "a\x00", "\x00", "\ufeff", "\x85", "\u2028", "é", "🌟"),
)
hard = st.sampled_from(HARD)
characters = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
texts = st.one_of(hard, characters, st.lists(hard, max_size=3).map("".join))
row = st.tuples(
    texts,
    texts,
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.booleans(),
)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False))
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module", autouse=True)
def any_contract() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "contract_of", lambda name: CONTRACT)
        yield


def table_of(rows: list[tuple]) -> pd.DataFrame:
    columns = list(zip(*rows, strict=True)) or [() for _ in TYPES]
    return pd.DataFrame(
        {
            name: pd.Series(list(values), dtype=object if dtype == "string" else dtype)
            for (name, dtype), values in zip(TYPES.items(), columns, strict=True)
        }
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(deadline=None, max_examples=100)
@given(rows=st.lists(row, max_size=6))
def test_any_table_is_read_back_equal(tmp_path_factory, suffix, rows):
    path = tmp_path_factory.mktemp("any") / f"t{suffix}"
    table = table_of(rows)
    write_table(table, path, "any")
    pd.testing.assert_frame_equal(read_table(path, "any"), table, check_exact=True)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(deadline=None, max_examples=40)
@given(cells=st.lists(texts, max_size=5))
def test_any_single_column_is_read_back_equal(tmp_path_factory, suffix, cells):
    path = tmp_path_factory.mktemp("one") / f"t{suffix}"
    write_table(pd.DataFrame({"text": pd.Series(cells, dtype=object)}), path, "any")
    assert read_table(path, "any")["text"].tolist() == cells


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(deadline=None, max_examples=60)
@given(meta=st.dictionaries(texts.filter(lambda key: key not in ("contract", "rows")), plain))
def test_any_meta_is_read_back_equal(tmp_path_factory, suffix, meta):
    path = tmp_path_factory.mktemp("meta") / f"t{suffix}"
    write_table(table_of([]), path, "any", meta)
    assert read_table(path).attrs == {"contract": "any", **meta}


@settings(deadline=None, max_examples=30)
@given(mask=st.lists(st.booleans(), min_size=1, max_size=6), suffix=st.sampled_from(SUFFIXES))
def test_masked_cells_are_nan_and_empty_text(tmp_path_factory, mask, suffix):
    path = tmp_path_factory.mktemp("mask") / f"t{suffix}"
    masked = np.array(mask)
    number = pd.Series(pd.array(np.where(masked, 0, 1.5), dtype="Float64")).mask(masked)
    text = pd.Series(["x"] * len(mask), dtype="string").mask(masked)
    write_table(pd.DataFrame({"text": text, "number": number}), path, "any")
    back = read_table(path, "any")
    assert back["text"].tolist() == ["" if m else "x" for m in mask]
    assert np.array_equal(back["number"].isna(), masked)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("whole", [1.5, 2.0]),
        ("whole", [np.nan, 2.0]),
        ("whole", pd.array([1, None], dtype="Int64")),
        ("small", [2**40, 1]),
        ("true", ["False", "True"]),
        ("true", [True, None]),
        ("true", [np.nan, 1.0]),
        ("text", np.array(["\ud800", "a"], dtype=object)),
    ],
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_a_column_cannot_hold_is_refused(tmp_path, suffix, column, values):
    table = pd.DataFrame({column: pd.Series(values, dtype=getattr(values, "dtype", object))})
    with pytest.raises(InputProblem, match=rf"column '{column}' holds values that are not"):
        write_table(table, tmp_path / f"t{suffix}", "any")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_cut_anywhere_is_refused(tmp_path, suffix):
    rows = [("a", 'quoted "x",\ny', 0.123, 12, 3, True), ("b", "#", 4.5, 67, 8, False)]
    whole = tmp_path / f"whole{suffix}"
    write_table(table_of([*rows, ("", "", np.nan, 1, 1, True)]), whole, "any", {"seed": 3})
    content, cut = whole.read_bytes(), tmp_path / f"cut{suffix}"
    # The end of a parquet file says all: few cuts are enough of what lies before.
    step = 1 if suffix == ".ecsv" else 101
    for length in [*range(0, len(content) - 16, step), *range(len(content) - 16, len(content))]:
        cut.write_bytes(content[:length])
        with pytest.raises(InputProblem, match="not a readable"):
            read_table(cut)


def test_an_ecsv_table_with_lines_taken_out_is_refused(tmp_path):
    path = tmp_path / "t.ecsv"
    write_table(table_of([("a", "x", 0.1, 1, 2, True)] * 4), path, "any")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:-3], *lines[-2:]]))
    with pytest.raises(InputProblem, match=r"it holds 3 rows, .* its header says 4"):
        read_table(path)


def test_astropy_reads_the_same_of_cells_it_can_read(tmp_path):
    from astropy.table import Table

    cells = ["#1", "a b", 'say "x", y', "é", "nan", "-1"]
    path = tmp_path / "t.ecsv"
    rows = [(cell, "x", 0.1 * i, i, i, True) for i, cell in enumerate(cells)]
    write_table(table_of(rows), path, "any", {"matrix": [[1.0, 2.0], [3.0, 4.0]], "absent": ""})
    back = Table.read(path, format="ascii.ecsv")
    assert list(back["text"]) == cells
    assert back["number"].tolist() == [0.1 * i for i in range(len(cells))]
    assert back["true"].dtype == bool
    assert back.meta["matrix"] == [[1.0, 2.0], [3.0, 4.0]]


def test_a_table_of_astropy_is_read(tmp_path):
    from astropy.table import MaskedColumn, Table

    table = Table(
        {
            "text": MaskedColumn(["a", "b", "c"], mask=[False, True, False]),
            "number": MaskedColumn([1.5, 2.5, 3.5], mask=[True, False, False]),
            "whole": [1, 2, 3],
        },
        meta={"seed": 1},
    )
    for delimiter in (" ", ","):
        table.write(tmp_path / "t.ecsv", format="ascii.ecsv", delimiter=delimiter, overwrite=True)
        back = read_table(tmp_path / "t.ecsv")
        assert back["text"].tolist() == ["a", "", "c"]
        assert np.isnan(back["number"][0])
        assert back["whole"].tolist() == [1, 2, 3]
        assert back.attrs == {"seed": 1}


def test_meta_of_another_table_does_not_rename_this_one(tmp_path):
    path: Path = tmp_path / "t.ecsv"
    write_table(table_of([]), path, "any", {"contract": "space", "rows": 12})
    assert read_table(path).attrs == {"contract": "any"}


def test_a_column_asked_for_in_vain_is_named(tmp_path):
    for suffix in SUFFIXES:
        write_table(table_of([]), tmp_path / f"t{suffix}", "any")
        with pytest.raises(InputProblem, match="column 'colour' is missing"):
            read_table(tmp_path / f"t{suffix}", columns=["text", "colour"])
