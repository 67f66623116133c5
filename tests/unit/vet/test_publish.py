"""The published catalogue: clean by the validators, and read back as it was."""

import io
import warnings

import numpy as np
import pytest
from astropy.io import fits
from astropy.io.votable import parse, validate
from astropy.io.votable.ucd import check_ucd
from astropy.table import Table
from vet.catalogue import catalogue, sample

from chemtag.base.tables import conform, contract_of
from chemtag.vet.candidates import candidates_table
from chemtag.vet.publish import TABLES, cds_files, fits_of, votable_of

ABOUT = {"sample": "field", "found_by": "scan", "seal_sha256": "ab" * 32}


@pytest.fixture(scope="module")
def tables():
    found = catalogue()
    found["members"].loc[2, "teff"] = np.nan
    return found


def same(found, expected):
    """Every column is back, numbers to the digit where `rtol` is 0, missing ones masked."""
    for name in expected.columns:
        values = expected[name].to_numpy()
        back = np.ma.asarray(found[name])
        if values.dtype.kind == "f":
            np.testing.assert_allclose(back.filled(np.nan), values, rtol=2e-6)
        else:
            assert [str(x) for x in back] == [str(x) for x in values], name


@pytest.mark.parametrize("contract", TABLES.values())
def test_every_column_has_a_valid_ucd(contract):
    whole = contract_of(contract)
    entries = {**whole["columns"], **whole.get("patterns", {})}
    for name, entry in entries.items():
        assert check_ucd(entry["ucd"], check_controlled_vocabulary=True, has_colon=False), name


def test_the_votable_is_valid_and_read_back(tables, tmp_path):
    path = tmp_path / "catalogue.vot"
    path.write_bytes(votable_of(tables, ABOUT))
    said = io.StringIO()
    assert validate(path, output=said), said.getvalue()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document = parse(path, verify="exception")
        found = {t.name: t for t in document.iter_tables()}
        assert set(found) == set(tables)
        for name, table in found.items():
            same(table.to_table(), tables[name])
    fields = {f.name: f for f in found["members"].fields}
    assert fields["ra"].ucd == "pos.eq.ra;meta.main"
    assert str(fields["ra"].unit) == "deg"
    assert "dex" in next(f for f in found["candidates"].fields if f.name == "mg_fe").description
    assert {i.name: i.value for i in document.infos}["seal_sha256"] == ABOUT["seal_sha256"]


def test_the_fits_file_is_valid_and_read_back(tables, tmp_path):
    path = tmp_path / "catalogue.fits"
    path.write_bytes(fits_of(tables, ABOUT))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in tables:
            same(Table.read(path, hdu=name.upper()), tables[name])
        with fits.open(path) as units:
            units.verify("exception")
            assert units[0].header["seal_sha256"] == ABOUT["seal_sha256"]
            header = units["MEMBERS"].header
            number = 1 + units["MEMBERS"].columns.names.index("ra")
            assert header[f"TUCD{number}"] == "pos.eq.ra;meta.main"
            assert header[f"TUNIT{number}"] == "deg"


def test_the_cds_files_are_read_by_a_reader_of_readmes(tables, tmp_path):
    files = cds_files(tables, ABOUT, "Candidate siblings of a test")
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="ascii")
    assert max(map(len, files["ReadMe"].splitlines())) <= 80
    for name, table in tables.items():
        found = Table.read(
            tmp_path / f"{name}.dat", format="ascii.cds", readme=str(tmp_path / "ReadMe")
        )
        for column in table.columns:
            if table[column].dtype.kind == "f":
                back = np.ma.asarray(found[column]).astype(float).filled(np.nan)
                np.testing.assert_allclose(back, table[column], rtol=1e-5, atol=1e-7)
            else:
                assert [str(x) for x in found[column]] == [str(x) for x in table[column]]


def test_a_catalogue_without_candidates_is_published_too(tmp_path):
    stars, members = sample()
    empty = {name: table[:0] for name, table in catalogue().items()}
    path = tmp_path / "catalogue.vot"
    path.write_bytes(votable_of(empty, ABOUT))
    assert validate(path, output=io.StringIO())
    (tmp_path / "catalogue.fits").write_bytes(fits_of(empty, ABOUT))
    assert len(Table.read(tmp_path / "catalogue.fits", hdu="CANDIDATES")) == 0
    files = cds_files(empty, ABOUT, "none")
    assert list(files) == ["ReadMe"]
    assert "There is no candidate" in files["ReadMe"]
    assert len(stars) > len(members)


def test_equal_tables_give_equal_bytes(tables):
    assert votable_of(tables, ABOUT) == votable_of(tables, ABOUT)
    assert fits_of(tables, ABOUT) == fits_of(tables, ABOUT)


def test_groups_of_motions_are_published_with_their_means(tmp_path):
    """Candidates of a sample tagged by astrometry, velocity and age, without abundances."""
    stars, members = sample(n_field=80)
    rng = np.random.default_rng(3)
    names = ["pmra", "pmdec", "parallax", "radial_velocity", "age"]
    for name in names:
        stars[name], stars[f"{name}_err"] = rng.normal(5, 1, len(stars)), 0.1
    groups, rows = candidates_table("motion", members, stars, names, {})
    found = {"candidates": conform(groups, "candidates", "g"),
             "members": conform(rows, "candidate_members", "m")}  # fmt: skip
    inside = stars["star_id"].isin(members.loc[members["group"] == 0, "star_id"])
    assert found["candidates"]["pmra"][0] == pytest.approx(stars.loc[inside, "pmra"].mean())
    path = tmp_path / "motion.vot"
    path.write_bytes(votable_of(found, ABOUT))
    assert validate(path, output=io.StringIO())
    table = next(t for t in parse(path).iter_tables() if "pmra" in t.to_table().colnames)
    assert str(table.to_table()["pmra"].unit) == "mas / yr"
    assert "parallax" in cds_files(found, ABOUT, "Motion")["ReadMe"]
