"""Catalogues of five formats as the canonical star table."""

import logging

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from hypothesis import given, settings
from hypothesis import strategies as st
from small_catalogue import GAIA, SUFFIXES, block, catalogue, written

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table
from chemtag.survey import files
from chemtag.survey.abundances import column_of
from chemtag.survey.columns import Wanted, read_columns
from chemtag.survey.stars import meta_of, read_stars


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_the_same_star_table(tmp_path, suffix):
    stars, _ = read_stars(written(catalogue(), tmp_path / f"t{suffix}"), block())
    assert stars["star_id"].tolist() == [f"2M{i:02d}" for i in range(5)]
    assert stars["gaia_source_id"].tolist() == [GAIA + i for i in range(5)][::-1]
    assert stars["flag_star"].tolist() == [(i << 40) + 1 for i in range(5)][::-1]
    np.testing.assert_array_equal(stars["fe_h"], [-0.1 * i for i in range(5)][::-1])
    np.testing.assert_array_equal(stars["mg_fe"], [0.02 * i for i in range(5)][::-1])
    assert set(stars.columns) == {
        *("star_id", "snr", "gaia_source_id", "flag_star", "fe_h", "fe_h_err"),
        *("mg_fe", "mg_fe_err", "mg_fe_flag"),
    }


def test_the_star_table_keeps_its_contract_and_says_what_it_holds(tmp_path):
    path = written(catalogue(), tmp_path / "t.fits")
    stars, _ = read_stars(path, block(solar_scale="Sun 2009", citation="A & B 2020"))
    out = tmp_path / "stars.parquet"
    write_table(stars, out, "stars", meta_of("mine", block(solar_scale="Sun 2009")))
    back = read_table(out, "stars")
    pd.testing.assert_frame_equal(back, stars, check_dtype=False)
    assert back["gaia_source_id"].dtype == np.int64
    assert back.attrs["ratio"] == "x_fe"
    assert back.attrs["elements"] == ["fe", "mg"]
    assert back.attrs["solar_scale"] == "Sun 2009"


def test_iron_is_fe_h_in_both_ratios():
    assert column_of("fe", "x_fe") == column_of("fe", "x_h") == "fe_h"
    assert (column_of("mg", "x_fe"), column_of("mg", "x_h")) == ("mg_fe", "mg_h")


def test_one_value_of_a_vector_column_is_addressed_by_its_index(tmp_path):
    table = catalogue()
    table["X_H"] = np.arange(15, dtype=">f4").reshape(5, 3)
    elements = {"fe": {"value": "FE_H"}, "mg": {"value": "X_H[2]"}}
    for name in ("t.fits", "t.vot", "t.ecsv"):
        stars, _ = read_stars(
            written(table, tmp_path / name), block(ratio="x_h", elements=elements)
        )
        assert stars["mg_h"].tolist() == [14, 11, 8, 5, 2]
    import pyarrow as pa
    import pyarrow.parquet as pq

    flat = catalogue().to_pandas()
    arrow = pa.Table.from_pandas(flat)
    vectors = pa.FixedSizeListArray.from_arrays(np.arange(15, dtype="f4"), 3)
    pq.write_table(arrow.append_column("X_H", vectors), tmp_path / "t.parquet")
    stars, _ = read_stars(tmp_path / "t.parquet", block(ratio="x_h", elements=elements))
    assert stars["mg_h"].tolist() == [14, 11, 8, 5, 2]


def test_missing_values_in_any_disguise_become_nan_and_are_counted(tmp_path, caplog):
    table = catalogue(6)
    table["MG_FE"] = np.array([0.1, np.nan, -9999.99, np.inf, 99.999, 0.2], dtype=np.float32)
    table["SNR"] = np.array([99.999, -9999.99, 90, 80, np.nan, -np.inf], dtype=np.float32)
    with caplog.at_level(logging.INFO, logger="chemtag"):
        stars, _ = read_stars(written(table, tmp_path / "t.fits"), block())
    mg = stars["mg_fe"].to_numpy()[::-1]
    np.testing.assert_array_equal(mg, np.float32([0.1, *[np.nan] * 4, 0.2]).astype(float))
    snr = stars["snr"].to_numpy()[::-1]
    # A signal-to-noise ratio of 99.999 is a measurement.
    expected = [np.float64(np.float32(99.999)), np.nan, 90, 80, np.nan, np.nan]
    np.testing.assert_array_equal(snr, expected)
    assert "MG_FE: 4 of 6 missing (1 empty or NaN, 2 by code, 1 infinite)" in caplog.text
    assert "SNR: 3 of 6 missing (1 empty or NaN, 1 by code, 1 infinite)" in caplog.text


@pytest.mark.parametrize("suffix", [".ecsv", ".vot", ".parquet", ".csv"])
def test_masked_cells_are_missing(tmp_path, suffix):
    table = catalogue(3)
    mask = [False, True, False]
    table["MG_FE"] = MaskedColumn([0.1, 7.0, 0.3], mask=mask)
    table["STARFLAG"] = MaskedColumn(np.array([1, 7, 4]), mask=mask)
    table["GAIA"] = MaskedColumn(GAIA + np.arange(3), mask=mask)
    stars, _ = read_stars(written(table, tmp_path / f"t{suffix}"), block())
    np.testing.assert_array_equal(stars["mg_fe"].to_numpy()[::-1], [0.1, np.nan, 0.3])
    assert stars["flag_star"].tolist()[::-1] == [1, -1, 4]  # every bit set: no cut lets it pass
    assert stars["gaia_source_id"].tolist()[::-1] == [GAIA, 0, GAIA + 2]


def test_nulls_and_scaling_of_fits_headers_are_honoured(tmp_path):
    columns = fits.ColDefs(
        [
            fits.Column("ID", "4A", array=["a", "b", "c"]),
            fits.Column("FLAG", "J", null=-1, array=[3, -1, 5]),
            fits.Column("U32", "J", bzero=2**31, array=np.array([1, 2**31, 2**32 - 1], "u4")),
            fits.Column("U64", "K", bzero=2**63, array=np.array([1, 2**63, 2**64 - 1], "u8")),
            fits.Column("SCALED", "I", array=[50, 100, 150]),
            fits.Column("BOOL", "L", array=[True, False, True]),
        ]
    )
    path = tmp_path / "t.fits"
    fits.BinTableHDU.from_columns(columns).writeto(path)
    fits.setval(path, "TSCAL5", value=0.01, ext=1)
    fits.setval(path, "TZERO5", value=1.0, ext=1)
    values = read_columns(
        path,
        [
            Wanted("star_id", "ID", "identifier"),
            Wanted("flag", "FLAG", "mask"),
            Wanted("u32", "U32", "mask"),
            Wanted("u64", "U64", "mask"),
            Wanted("scaled", "SCALED"),
            Wanted("bool", "BOOL", "mask"),
        ],
    ).values
    assert values["star_id"].tolist() == ["a", "b", "c"]
    assert values["flag"].tolist() == [3, -1, 5]
    assert values["u32"].tolist() == [1, 2**31, 2**32 - 1]
    assert values["u64"].view(np.uint64).tolist() == [1, 2**63, 2**64 - 1]
    np.testing.assert_allclose(values["scaled"], [1.5, 2.0, 2.5], rtol=1e-12)
    assert values["bool"].tolist() == [1, 0, 1]


@settings(max_examples=40, deadline=None)
@given(bits=st.sets(st.integers(0, 63)), width=st.sampled_from([2, 4, 8]))
def test_each_bit_of_a_mask_survives_and_no_other_is_set(tmp_path_factory, bits, width):
    bits = {bit for bit in bits if bit < 8 * width}
    unsigned = np.array([sum(1 << bit for bit in bits)], dtype=np.uint64)
    mask = unsigned.astype(f"u{width}").view(f"i{width}")  # negative if the top bit is set
    path = tmp_path_factory.mktemp("bits") / "t.fits"
    Table({"ID": ["a"], "FLAG": mask}).write(path)
    found = read_columns(path, [Wanted("flag", "FLAG", "mask")]).values["flag"]
    assert {bit for bit in range(64) if (int(found[0]) >> bit) & 1} == bits


def test_identifiers_lose_padding_and_no_digit(tmp_path):
    path = tmp_path / "t.fits"
    columns = [
        fits.Column("ID", "30A", array=["2M1 ", " 2M2"]),
        fits.Column("N", "K", array=[7, GAIA]),
    ]
    fits.BinTableHDU.from_columns(columns).writeto(path)
    wanted = [Wanted("a", "ID", "identifier"), Wanted("n", "N", "identifier")]
    values = read_columns(path, wanted).values
    assert values["a"].tolist() == ["2M1", "2M2"]
    assert values["n"].tolist() == ["7", str(GAIA)]


def test_row_order_and_block_size_change_nothing(tmp_path, monkeypatch):
    table = catalogue(23)
    table["ID"] = [f"s{i % 9}" for i in range(23)]  # several entries a star
    table["SNR"][4] = np.nan
    expected, _ = read_stars(written(table, tmp_path / "a.fits"), block())
    rng = np.random.default_rng(1)
    monkeypatch.setattr(files, "BLOCK_ROWS", 5)
    monkeypatch.setattr(files, "BLOCK_BYTES", 600)
    for suffix in (".fits", ".fits.gz", ".csv", ".parquet"):
        shuffled = table[rng.permutation(23)]
        stars, _ = read_stars(written(shuffled, tmp_path / f"b{suffix}"), block())
        pd.testing.assert_frame_equal(stars, expected)
    assert expected["star_id"].is_monotonic_increasing


def test_repeated_identifiers_are_counted(tmp_path, caplog):
    table = catalogue()
    table["ID"] = ["a", "b", "a", "a", "c"]
    with caplog.at_level(logging.INFO, logger="chemtag"):
        stars, _ = read_stars(written(table, tmp_path / "t.fits"), block())
    assert len(stars) == 5
    assert "2 rows repeat the identifier of another one (3 stars in 5 rows)" in caplog.text


def test_rows_without_identifier_can_be_left_out(tmp_path, caplog):
    table = catalogue()
    table["ID"] = [1, -1, 3, 4, -9999]
    path = written(table, tmp_path / "t.fits")
    with pytest.raises(InputProblem, match=r"'ID' .* is empty in 2 of 5 rows, the first row 2"):
        read_stars(path, block())
    with caplog.at_level(logging.INFO, logger="chemtag"):
        stars, _ = read_stars(path, block(empty_identifiers="drop"))
    assert stars["star_id"].tolist() == ["1", "3", "4"]
    assert "2 of 5 rows left out, as 'ID' is empty there" in caplog.text


def test_negative_errors_stop_or_are_missing(tmp_path):
    table = catalogue()
    table["MG_FE_ERR"][3] = -0.5
    path = written(table, tmp_path / "t.fits")
    sentence = r"'MG_FE_ERR' \(elements/mg/error\) has 1 negative errors, the first -0.5 in row 4"
    with pytest.raises(InputProblem, match=sentence):
        read_stars(path, block())
    stars, _ = read_stars(path, block(negative_errors="missing"))
    np.testing.assert_array_equal(stars["mg_fe_err"].to_numpy()[::-1], [0.02] * 3 + [np.nan, 0.02])


def test_the_other_ratio_is_warned_of(tmp_path, caplog):
    rng = np.random.default_rng(0)
    iron = rng.normal(0, 0.2, 200)
    table = Table({"ID": np.arange(200), "FE_H": iron})
    for name in ("A", "B", "C"):
        table[name] = iron + rng.normal(0, 0.02, 200)  # [X/H] under names that say nothing
    elements = {e: {"value": e.upper()} for e in "abc"} | {"fe": {"value": "FE_H"}}
    path = written(table, tmp_path / "t.fits")
    parts = {"columns": {"star_id": "ID"}, "flags": {}, "elements": elements}
    read_stars(path, block(ratio="x_h", **parts))
    assert "make sure" not in caplog.text
    read_stars(path, block(ratio="x_fe", **parts))
    assert "ratio is x_fe, but the abundances rise with [Fe/H] with a median slope of 1.0" in (
        caplog.text
    )
