"""Overlays on files in the exact layout of the release: every column, its type, its vector length.

The layouts are those of the surveys' data models, kept outside of the project; without them these
tests are skipped. Values are real in kind: errors of 0.001 dex, several rows a star.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from test_survey_overlays import DATASETS, identifiers, invented, stored, write_members

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table
from chemtag.fetch.datasets import row_of
from chemtag.survey.stars import read_stars
from read_catalog import read_catalog
from select_stars import select_stars

ROOT = Path(__file__).resolve().parents[2]
LAYOUTS = ROOT.parent / "shared" / "data" / "layouts"
# overlay: file of the layout, HDU of the stars
RELEASES = {
    "apogee-dr16-rc": ("apogee_dr16", 1),
    "apogee-dr17": ("apogee_dr17", 1),
    "apogee-dr19": ("apogee_dr19", 2),
    "galah-dr4": ("galah_dr4_allstar", 1),
}
TYPES = {"bool": "?", "char": "S"}
pytestmark = pytest.mark.skipif(
    not LAYOUTS.is_dir(), reason=f"the layouts of the releases are not at {LAYOUTS}"
)


def layout_of(name, hdu):
    """Column names with (type, length) of a release."""
    document = json.loads((LAYOUTS / f"{name}.json").read_text())
    columns = {}
    for column, (kind, _) in document["hdus"][f"hdu{hdu}"]["columns"].items():
        base, _, length = kind.partition("[")
        columns[column] = (base, int(length.rstrip("]") or 1) if length else 1)
    return columns


def empty_rows(columns, n):
    """Rows of a release: finite numbers, zeros and blanks in every column."""
    rng = np.random.default_rng(5)
    fields = []
    for name, (base, length) in columns.items():
        kind = f"S{length}" if base == "char" else np.dtype(TYPES.get(base, base)).newbyteorder(">")
        vector = base != "char" and length > 1
        fields.append((name, kind, (length,)) if vector else (name, kind))
    rows = np.zeros(n, dtype=fields)
    for name, (base, _) in columns.items():
        if base.startswith("float"):
            rows[name] = rng.normal(0, 0.1, rows[name].shape)
    return rows


def written(case, folder):
    """The catalogue of an overlay under its published name, in the layout of the release."""
    name, hdu = RELEASES[case.name]
    columns, table, catalog = layout_of(name, hdu), stored(case), case.catalog
    missing = [column for column in table.colnames if column not in columns]
    assert not missing, f"{name} has no {missing}"
    errors = {e["error"] for e in catalog["elements"].values()}
    rows = empty_rows(columns, len(table))
    for column in table.colnames:
        values = np.asarray(table[column])
        if values.ndim == 2:
            values = values[:, : columns[column][1]]
        rows[column] = 0.001 if column in errors else values.astype(rows[column].dtype)
    again = rows[:10].copy()  # a second spectrum, of lower quality
    again[catalog["columns"]["snr"]] = 60
    if case.sample["cuts"]["duplicates"] == "best_snr":
        rows = np.concatenate([again, rows])
    path = folder / row_of(catalog["dataset"], DATASETS)["file"].removesuffix(".gz")
    empty = [fits.BinTableHDU(Table({"sdss_id": np.zeros(0, int)}))] if hdu == 2 else []
    fits.HDUList([fits.PrimaryHDU(), *empty, fits.BinTableHDU(rows)]).writeto(path)
    return path


@pytest.mark.parametrize("overlay", RELEASES)
def test_an_overlay_reads_the_layout_of_its_release(tmp_path, monkeypatch, overlay):
    monkeypatch.chdir(ROOT)
    case = invented(overlay)
    stars, members = tmp_path / "stars.parquet", tmp_path / "members.ecsv"
    aliases = ROOT / "resources/clusters/aliases.yaml"
    catalogue, listed = written(case, tmp_path), write_members(case, tmp_path)
    asked = case.sample["elements"]
    read_catalog(
        catalogue, listed, aliases, "it", case.catalog, stars, members, asked=asked, seed=1
    )
    sample = case.sample
    options = {"features": asked, "cuts": sample["cuts"], "keep": "all", "predicted": []}
    abundances, funnel = tmp_path / "abundances.parquet", tmp_path / "funnel.ecsv"
    select_stars(stars, members, abundances, funnel, sample="it", **options)
    left = read_table(abundances, "abundances")
    block, clusters = case.catalog["members"], case.rows[case.rows["cluster"] != ""]
    failing = set(clusters["star"].iloc[: len([*block["above"], *block["min"]])])
    expected = set(case.rows["star"]) - set(case.spoiled) - failing
    assert left["star_id"].tolist() == identifiers(case, expected)
    np.testing.assert_allclose(left["fe_h_err"], 0.001, rtol=1e-6)


def test_members_of_dr19_are_in_their_layout(tmp_path):
    columns = layout_of("occam_members_dr19", 1)
    block = invented("apogee-dr19").catalog["members"]
    wanted = [block["cluster"], block["star_id"], block["probability"], *block["above"]]
    assert set(wanted) <= set(columns)
    assert columns[block["cluster"]][0] == "char"


def test_a_map_without_a_column_that_nobody_asks_for_runs(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(ROOT)
    case = invented("galah-dr4")
    elements = case.catalog["elements"]
    path = written(case, tmp_path)
    # allspec has li_fe, allstar has not.
    elements["li"] = {"value": "li_fe", "error": "e_li_fe"}
    stars, _ = read_stars(path, case.catalog, (), case.sample["elements"])
    assert "li_fe" not in stars
    assert "column 'li_fe' (elements/li/value) is missing; it is left out" in caplog.text
    with pytest.raises(InputProblem, match="did you mean 'nn_li_fe'"):
        read_stars(path, case.catalog, (), [*case.sample["elements"], "li"])
