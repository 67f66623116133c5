"""Files of real formats with what readers tend to skip: scaled integers, notes, ragged rows."""

import logging

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import Table
from astropy.units import Unit
from small_catalogue import block

from chemtag.base.problems import InputProblem
from chemtag.survey import files
from chemtag.survey.columns import Wanted, read_columns
from chemtag.survey.units import factor
from chemtag.survey.wanted import wanted_columns

A = [Wanted("a", "A", "number", (), "columns/a")]


def of_fits(path, form, values, **header):
    """A FITS table of the column A as it is stored, with keywords of its header written after."""
    column = fits.Column("A", form, array=np.array(values))
    fits.BinTableHDU.from_columns([column]).writeto(path)
    with fits.open(path, mode="update", do_not_scale_image_data=True) as hdus:
        hdus[1].header.update(header)
    return read_columns(path, A).values["a"]


@pytest.mark.parametrize(
    ("form", "header", "expected"),
    [
        ("I", {"TZERO1": 0.5}, [0.5, 4800.5]),
        ("J", {"TZERO1": 273.15}, [273.15, 5073.15]),
        ("I", {"TZERO1": 32768}, [32768, 37568]),
        ("K", {"TZERO1": 1000}, [1000, 5800]),
        ("K", {"TZERO1": 0.25}, [0.25, 4800.25]),
        ("K", {"TZERO1": 1000, "TSCAL1": 0.5}, [1000, 3400]),
    ],
)
def test_integers_of_any_zero_are_those_that_the_header_says(tmp_path, form, header, expected):
    kind = {"I": np.int16, "J": np.int32, "K": np.int64}[form]
    values = of_fits(tmp_path / "t.fits", form, np.array([0, 4800], dtype=kind), **header)
    np.testing.assert_allclose(values, expected)


def votable(path, note, table=True):
    """A VOTable with a note of the archive, with its table or without."""
    Table({"A": [1.0, 2.0]}).write(path, format="votable", overwrite=True)
    text = path.read_text()
    if not table:
        start, end = text.index("<TABLE"), text.index("</TABLE>") + len("</TABLE>")
        text = text[:start] + text[end:]
    path.write_text(text.replace("</RESOURCE>", f"{note}</RESOURCE>"))
    return path


def test_a_votable_cut_at_the_archives_limit_is_said(tmp_path, caplog):
    path = votable(tmp_path / "t.vot", '<INFO name="QUERY_STATUS" value="OVERFLOW"/>')
    with caplog.at_level(logging.WARNING):
        assert read_columns(path, A).n_rows == 2
    assert "QUERY_STATUS is OVERFLOW" in caplog.text
    assert "fetch it again" in caplog.text


@pytest.mark.parametrize("table", [True, False])
def test_a_votable_of_a_failed_query_is_refused_with_what_the_archive_said(tmp_path, table):
    note = '<INFO name="QUERY_STATUS" value="ERROR">Unknown column mg_h</INFO>'
    with pytest.raises(InputProblem, match="the archive answered with an error: Unknown column mg"):
        read_columns(votable(tmp_path / "t.vot", note, table), A)


def test_a_votable_of_a_query_that_went_well_is_not_doubted(tmp_path, caplog):
    path = votable(tmp_path / "t.vot", '<INFO name="QUERY_STATUS" value="OK"/>')
    with caplog.at_level(logging.WARNING):
        read_columns(path, A)
    assert not caplog.text


@pytest.mark.parametrize("address", ["A", "A[0]"])
def test_rows_of_differing_length_in_a_votable_are_refused(tmp_path, address):
    ragged = np.empty(3, dtype=object)
    ragged[:] = [np.array([0.1]), np.array([0.1, 0.2]), np.array([0.3])]
    Table({"A": ragged}).write(tmp_path / "t.vot", format="votable")
    with pytest.raises(InputProblem, match=r"column 'A' .*arrays of differing length"):
        read_columns(tmp_path / "t.vot", [Wanted("a", address, "number", (), "columns/a")])


def test_arrays_of_any_length_that_have_one_in_a_votable_are_read(tmp_path):
    cells = "".join(f"<TR><TD>{row}</TD></TR>" for row in ("1 2", "3 4"))
    (tmp_path / "t.vot").write_text(
        '<VOTABLE version="1.4"><RESOURCE><TABLE><FIELD name="A" datatype="double" arraysize="*"/>'
        f"<DATA><TABLEDATA>{cells}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    read = read_columns(tmp_path / "t.vot", [Wanted("a", "A[1]", "number", (), "columns/a")])
    np.testing.assert_array_equal(read.values["a"], [2, 4])


def test_lists_of_lists_in_parquet_are_refused(tmp_path):
    values = pa.array([[[1.0, 2.0], [3.0, 4.0]]] * 5)
    pq.write_table(pa.table({"A": values}), tmp_path / "t.parquet")
    with pytest.raises(InputProblem, match="column 'A' holds lists of lists"):
        read_columns(tmp_path / "t.parquet", [Wanted("a", "A[1]", "number", (), "columns/a")])


def test_missing_lists_in_parquet_are_missing_values(tmp_path):
    values = pa.array([[1.0, 2.0], None, [3.0, 4.0]])
    pq.write_table(pa.table({"A": values}), tmp_path / "t.parquet")
    read = read_columns(tmp_path / "t.parquet", [Wanted("a", "A[1]", "number", (), "columns/a")])
    np.testing.assert_array_equal(read.values["a"], [2, np.nan, 4])


def test_a_row_group_without_a_single_list_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "BLOCK_ROWS", 2)
    values = pa.array([None, None, [1.0, 2.0], [3.0, 4.0], None, None])
    pq.write_table(pa.table({"A": values}), tmp_path / "t.parquet", row_group_size=2)
    read = read_columns(tmp_path / "t.parquet", [Wanted("a", "A[1]", "number", (), "columns/a")])
    np.testing.assert_array_equal(read.values["a"], [np.nan, np.nan, 2, 4, np.nan, np.nan])


@pytest.mark.parametrize("kind", [pa.list_(pa.int64()), pa.list_(pa.int64(), 2)])
def test_batches_of_no_list_and_of_no_row_are_read(tmp_path, kind):
    schema = pa.schema({"A": kind})
    with pa.OSFile(str(tmp_path / "t.arrow"), "wb") as file, pa.ipc.new_file(file, schema) as out:
        for rows in ([], [None], [[1, 2], None]):
            out.write_batch(pa.record_batch([pa.array(rows, type=kind)], schema=schema))
    read = read_columns(tmp_path / "t.arrow", [Wanted("a", "A[1]", "number", (), "columns/a")])
    np.testing.assert_array_equal(read.values["a"], [np.nan, 2, np.nan])


def test_lists_whose_length_changes_between_row_groups_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "BLOCK_ROWS", 2)
    values = pa.array([[1.0, 2.0]] * 2 + [[1.0, 2.0, 3.0]] * 2)
    pq.write_table(pa.table({"A": values}), tmp_path / "t.parquet", row_group_size=2)
    with pytest.raises(InputProblem, match="column 'A' holds lists of differing length"):
        read_columns(tmp_path / "t.parquet", [Wanted("a", "A[1]", "number", (), "columns/a")])


@pytest.mark.parametrize(
    "unit",
    [
        "dex(cm.s**-2)",
        "dex(cm s-2)",
        "log10(cm / s2)",
        "dex(cm/s^2)",
        "log(g)",
        "log (g)",
        "dex(g)",
    ],
)
def test_a_surface_gravity_in_cgs_is_one(unit):
    assert factor(unit, "logg", "t.fits: column 'G'") == (1.0, True)


@pytest.mark.parametrize("unit", ["dex(m.s**-2)", "log(m/s2)", "log10(m s-2)", "dex(K)"])
def test_a_surface_gravity_in_other_units_is_refused(unit):
    with pytest.raises(InputProblem, match="expected dex of cm/s2"):
        factor(unit, "logg", "t.fits: column 'G'")


@pytest.mark.parametrize("word", ["[Sun]", "[-]"])
def test_logarithms_of_vizier_are_abundances(word):
    astropys = Unit(word, format="cds").to_string()
    assert factor(word, "dex", "t.vot") == factor(astropys, "dex", "t.vot") == (1.0, True)


def test_gravities_and_their_errors_have_the_units_of_vizier(tmp_path):
    names = {"logg": "G", "logg_err": "e_G"}
    units = {item.target: item.unit for item in wanted_columns(block(columns=names))}
    for word in ("[cm/s2]", "[-]", "dex"):
        written = word if word == "dex" else Unit(word, format="cds").to_string()
        for name in names:
            assert factor(written, units[name], "t.vot") == (1.0, True)


@pytest.mark.parametrize("element", ["N", "C", "S", "K", "V", "Mg", "Fe"])
@pytest.mark.parametrize("ratio", ["log({}/H)", "dex({}/H)", "log({}/Fe)", "log10( {} / H )"])
def test_symbols_of_elements_are_no_units(element, ratio):
    factor(ratio.format(element), "dex", "t.fits")


@pytest.mark.parametrize(
    "unit", ["dex(cm/s2)", "dex(1e-3)", "dex(K)", "log(g)", "log(km/s)", "dex(solMass)"]
)
def test_an_abundance_in_dex_of_something_else_is_refused(unit):
    with pytest.raises(InputProblem, match="expected dex"):
        factor(unit, "dex", "t.fits: column 'MG'")
    assert factor("dex(1)", "dex", "") == factor("dex(solar)", "dex", "") == (1.0, True)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".vot"])
def test_values_that_a_column_of_limit_flags_marks_are_missing_and_said(tmp_path, caplog, suffix):
    path = tmp_path / f"t{suffix}"
    table = Table({"A": [0.1, 0.2, 0.3, 0.4], "l_A": ["", "<", ">=", " "], "l_B": ["<"] * 4})
    if suffix == ".parquet":
        table.to_pandas().to_parquet(path)
    else:
        table.write(path, format="votable" if suffix == ".vot" else "ascii.csv")
    with caplog.at_level(logging.WARNING):
        read = read_columns(path, A)
    np.testing.assert_array_equal(read.values["a"], [0.1, np.nan, np.nan, 0.4])
    assert "column 'A' (columns/a): 2 of 4 values are limits by the column 'l_A'" in caplog.text


def test_a_column_named_as_a_flag_that_marks_nothing_changes_nothing(tmp_path, caplog):
    Table({"A": [0.1, 0.2], "l_A": [1, 2]}).write(tmp_path / "t.csv", format="ascii.csv")
    with caplog.at_level(logging.WARNING):
        assert read_columns(tmp_path / "t.csv", A).values["a"].tolist() == [0.1, 0.2]
    assert not caplog.text


def test_line_breaks_in_quoted_cells_are_read_over_many_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "BLOCK_BYTES", 4096)
    table = pd.DataFrame({"A": np.arange(2000.0), "NOTE": 'two\nlines, "quoted"\n'})
    table.to_csv(tmp_path / "t.csv", index=False)
    np.testing.assert_array_equal(read_columns(tmp_path / "t.csv", A).values["a"], table["A"])


def test_a_line_break_far_down_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "BLOCK_BYTES", 4096)
    rows = [f"{i},plain and long enough to fill the head of a file" for i in range(25_000)]
    rows += [f'{i},"two\nlines"' for i in range(2000)]
    (tmp_path / "t.csv").write_text("A,NOTE\n" + "\n".join(rows) + "\n")
    with pytest.raises(InputProblem, match="a quoted cell holds a line break"):
        read_columns(tmp_path / "t.csv", A)
