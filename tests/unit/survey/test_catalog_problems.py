"""Catalogues that cannot be read: each said in one sentence."""

import gzip

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from small_catalogue import SUFFIXES, block, catalogue, written

from chemtag.base.problems import InputProblem
from chemtag.base.tables import write_table
from chemtag.survey.stars import read_stars


def spoiled(column, values):
    table = catalogue()
    table[column] = values
    return table


BAD_COLUMNS = [
    (catalogue(0), {}, "the table has no rows"),
    (
        catalogue(),
        {"columns": {"star_id": "ID", "snr": "SNREV"}},
        "column 'SNREV' (columns/snr) is missing; did you mean 'SNR'?",
    ),
    (
        catalogue(),
        {"elements": {"mg": {"value": "mg_fe"}}},
        "column 'mg_fe' (elements/mg/value) is missing; did you mean 'MG_FE'",
    ),
    (
        catalogue(),
        {"elements": {"mg": {"value": "MG_FE[1]"}}},
        "column 'MG_FE' (elements/mg/value) is not a vector column",
    ),
    (
        spoiled("X", np.zeros((5, 3))),
        {"elements": {"mg": {"value": "X"}}},
        "is a vector of 3 values a row; address one of them as X[0] to X[2]",
    ),
    (
        spoiled("X", np.zeros((5, 3))),
        {"elements": {"mg": {"value": "X[3]"}}},
        "is a vector of 3 values a row",
    ),
    (
        spoiled("MG_FE", ["0.1", "high", "0.2", "0.1", "0.1"]),
        {},
        "column 'MG_FE' (elements/mg/value) holds 'high' in row 2, expected numbers",
    ),
    (
        spoiled("STARFLAG", ["1", "2", "x", "4", "5"]),
        {},
        "column 'STARFLAG' (flags/star) holds 'x' in row 3, expected integers",
    ),
    (
        spoiled("STARFLAG", [0.0, 0.5, 0, 0, 0]),
        {},
        "(flags/star) holds 0.5, which is no exact integer",
    ),
    (
        spoiled("GAIA", [1e18] * 5),
        {},
        "'GAIA' (columns/gaia_source_id) holds float64, which loses digits",
    ),
    (
        spoiled("ID", [1.0] * 5),
        {},
        "'ID' (columns/star_id) holds float64, which loses digits of an identifier",
    ),
    (
        spoiled("ID", ["a", "", "c", "d", "e"]),
        {},
        "'ID' (columns/star_id) is empty in 1 of 5 rows, the first row 2",
    ),
    (
        spoiled("MG_FE", [np.nan, -9999.99, np.inf, 99.999, np.nan]),
        {},
        "column 'MG_FE' (elements/mg) has no value in any of the 5 rows; leave the element out",
    ),
    (catalogue(), {"hdu": 3}, "there is no HDU 3; there are 0 (PRIMARY), 1"),
    (catalogue(), {"hdu": 0}, "HDU 0 is not a binary table"),
]


@pytest.mark.parametrize(("table", "changes", "sentence"), BAD_COLUMNS)
def test_bad_columns_are_one_sentence(tmp_path, table, changes, sentence):
    path = written(table, tmp_path / "t.fits")
    with pytest.raises(InputProblem) as problem:
        read_stars(path, block(**changes))
    assert sentence in str(problem.value)
    assert str(problem.value).startswith(str(path))
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".ecsv", ".vot"])
def test_bad_columns_are_found_in_every_format(tmp_path, suffix):
    path = written(catalogue(), tmp_path / f"t{suffix}")
    with pytest.raises(InputProblem, match=r"column 'SNREV' .* did you mean 'SNR'"):
        read_stars(path, block(columns={"star_id": "ID", "snr": "SNREV"}))
    path = written(spoiled("MG_FE", ["0.1", "high", "0.2", "0.1", "0.1"]), tmp_path / f"u{suffix}")
    with pytest.raises(InputProblem, match="holds 'high' in row 2, expected numbers"):
        read_stars(path, block())
    path = written(catalogue(0), tmp_path / f"v{suffix}")
    with pytest.raises(InputProblem, match="has no rows"):
        read_stars(path, block())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_unreadable_files_are_one_sentence(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    with pytest.raises(InputProblem, match="there is no such file"):
        read_stars(path, block())
    path.touch()
    with pytest.raises(InputProblem, match="the file is empty"):
        read_stars(path, block())
    path.write_bytes(b"<!DOCTYPE html><p>404, \xff not found" * 100)
    with pytest.raises(InputProblem) as problem:
        read_stars(path, block())
    assert "\n" not in str(problem.value)
    assert str(path) in str(problem.value)


def test_an_unknown_suffix_is_one_sentence(tmp_path):
    (tmp_path / "t.hdf5").write_bytes(b"x")
    with pytest.raises(InputProblem, match=r"names no known table format; expected one of .fits"):
        read_stars(tmp_path / "t.hdf5", block())


@pytest.mark.parametrize("suffix", [".fits", ".fits.gz", ".parquet"])
@pytest.mark.parametrize("part", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999])
def test_a_truncated_file_is_one_sentence_wherever_it_ends(tmp_path, suffix, part):
    rng = np.random.default_rng(3)
    table = catalogue(400)
    table["MG_FE"] = rng.normal(size=400)
    path = written(table, tmp_path / f"t{suffix}")
    whole = path.read_bytes()
    if suffix == ".fits":  # the padding at its end holds no rows
        with fits.open(path) as hdus:
            whole = whole[: hdus[1].fileinfo()["datLoc"] + 400 * hdus[1].header["NAXIS1"]]
    path.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(InputProblem) as problem:
        read_stars(path, block())
    assert "truncated" in str(problem.value)
    assert "\n" not in str(problem.value)


def test_a_truncated_fits_says_how_many_rows_are_there(tmp_path):
    path = written(catalogue(1000), tmp_path / "t.fits")
    with fits.open(path) as hdus:
        start, width = hdus[1].fileinfo()["datLoc"], hdus[1].header["NAXIS1"]
    content = path.read_bytes()
    path.write_bytes(content[: start + 700 * width + 5])
    with pytest.raises(InputProblem, match="holds 700 of the 1000 rows its header promises"):
        read_stars(path, block())
    packed = tmp_path / "t.fits.gz"
    packed.write_bytes(gzip.compress(content[: start + 700 * width + 5]))
    with pytest.raises(InputProblem, match="holds 700 of the 1000 rows"):
        read_stars(packed, block())


@pytest.mark.parametrize("suffix", [".csv", ".ecsv", ".vot"])
def test_a_text_file_that_ends_within_a_row_is_one_sentence(tmp_path, suffix):
    path = written(catalogue(50), tmp_path / f"t{suffix}")
    content = path.read_bytes()
    path.write_bytes(content[: int(0.9 * len(content))].rpartition(b"0.02")[0])
    with pytest.raises(InputProblem) as problem:
        read_stars(path, block())
    assert "truncated" in str(problem.value)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize("line", ["s1,1,2,3\n", "7,s1,1,2,3\n", "s1,1,2\n"])
def test_rows_that_do_not_fit_the_header_are_not_shifted(tmp_path, line):
    path = tmp_path / "t.csv"
    path.write_text("ID,FE_H,MG_FE\n" + 3 * line)
    parts = {"columns": {"star_id": "ID"}, "flags": {}}
    parts["elements"] = {"fe": {"value": "FE_H"}, "mg": {"value": "MG_FE"}}
    if line == "s1,1,2\n":
        stars, _ = read_stars(path, block(**parts))
        assert stars["mg_fe"].tolist() == [2, 2, 2]
    else:
        with pytest.raises(InputProblem, match="not a readable CSV file"):
            read_stars(path, block(**parts))


@pytest.mark.parametrize(("error", "refused"), [(0.02, False), (0.2, True)])
def test_a_coarse_label_is_no_dimension(tmp_path, error, refused):
    """Neither where the table is one of predicted labels, nor where the config says so."""
    n = 6
    table = pd.DataFrame({"star_id": [f"s{i}" for i in range(n)], "value": 0.1 * np.arange(n)})
    table["low"], table["high"], table["error"] = table["value"] - 1, table["value"] + 1, error
    table["in_domain"], table["outside"] = True, ""
    path, own = tmp_path / "iron.catalogue.parquet", tmp_path / "own.csv"
    write_table(table, path, "catalogue_predictions", {"derived_from": ["spectra"]})
    table.to_csv(own, index=False)
    entry = {"value": "value", "error": "error"}
    columns = {"star_id": "star_id"}
    declared = {**entry, "derived_from": ["spectra"]}
    for file, fe in ((path, entry), (own, declared)):
        asked = block(columns=columns, flags={}, elements={"fe": fe})
        if refused:
            with pytest.raises(InputProblem, match=r"elements/fe.*median error of 0\.200 dex"):
                read_stars(file, asked)
        else:
            read_stars(file, asked)
    read_stars(own, block(columns=columns, flags={}, elements={"fe": entry}))
