"""Each shipped overlay of a public survey, run on an invented file in that survey's layout.

The layout is that of the overlay's column map: HDU, names, vector columns, codes of missing values,
bits of flags, entries repeated, members in a table of their own. What the real archives hold is
another question (docs/data.md says which names were seen there).
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits
from astropy.table import Table

from chemtag.base.configuration import checked_config
from chemtag.base.tables import read_table
from chemtag.fetch.datasets import row_of
from chemtag.select.quality import bit_mask_from, bit_numbers
from read_catalog import read_catalog
from select_stars import select_stars

ROOT = Path(__file__).resolve().parents[2]
DATASETS = yaml.safe_load((ROOT / "config" / "datasets.yaml").read_text())
CLUSTERS = {"NGC 2682": 12, "NGC 6791": 9, "NGC 188": 5}
FIELD = 40
VECTOR = re.compile(r"(.+)\[(\d+)\]")
GOOD = {"snr": 180.0, "teff": 4700.0, "logg": 2.4, "chi2": 3.0}
OVERLAYS = ["apogee-dr16-rc", "apogee-dr17", "apogee-dr19", "galah-dr4", "occaso"]


@dataclass
class Invented:
    """An overlay's config, the rows of its catalogue by canonical name, and what spoils a star."""

    name: str
    config: dict
    rows: pd.DataFrame
    spoiled: dict[str, str]

    @property
    def catalog(self):
        (name,) = self.config["catalogs"]
        return self.config["catalogs"][name]

    @property
    def sample(self):
        """The sample that keeps all stars, or the one there is."""
        samples = self.config["samples"]
        return samples.get("field") or next(iter(samples.values()))


def bit_of(cuts, flag, names, mask=None):
    """A mask with the first of the named bits set."""
    path = cuts["masks"].get(mask or flag)
    definition = bit_mask_from(yaml.safe_load((ROOT / path).read_text()), path) if path else None
    return 1 << bit_numbers(names, definition, flag)[0]


def invented(overlay):
    """Good stars with their clusters first; then each of the last stars spoiled in one way."""
    path = ROOT / "config" / f"{overlay}.yaml"
    config = checked_config(
        yaml.safe_load(path.read_text()), ROOT / "workflow/schemas/config.schema.yaml"
    )
    case = Invented(overlay, config, pd.DataFrame(), {})
    catalog, cuts = case.catalog, case.sample["cuts"]
    total = sum(CLUSTERS.values()) + FIELD
    rng = np.random.default_rng(8)
    names = [name for name, size in CLUSTERS.items() for _ in range(size)]
    columns = {
        "star": np.arange(total),
        "cluster": names + [""] * FIELD,
        "ra": 100 + 0.05 * np.arange(total),
        "dec": 10.0,
    }
    columns |= {name: value for name, value in GOOD.items() if name in catalog["columns"]}
    columns |= {f"flag_{flag}": 0 for flag in catalog["flags"]}
    for element in catalog["elements"]:
        columns[element] = rng.normal(0, 0.1, total).round(4)
        columns[f"{element}_err"], columns[f"{element}_flag"] = 0.02, 0
    rows = pd.DataFrame(columns)
    last = iter(range(total - 1, -1, -1))

    def spoil(reason, column, value):
        if column in rows:
            star = next(last)
            rows.loc[star, column] = value
            case.spoiled[star] = reason

    for flag, bits in cuts["flags"].items():
        spoil(f"flag {flag}", f"flag_{flag}", bit_of(cuts, flag, bits))
    if cuts["element_flags"]:
        spoil("element", "mg_flag", bit_of(cuts, "element_flags", cuts["element_flags"], "element"))
    for column, window in cuts["windows"].items():
        wrong = window["min"] - 1 if "min" in window else window["max"] + 1
        spoil(f"window {column}", "fe" if column == "fe_h" else column, wrong)
    spoil("missing", "mg", np.nan)
    if overlay != "occaso":
        spoil("missing code", "si", -9999.99)
    case.rows = rows
    return case


def stored(case):
    """The catalogue's own columns: names, types and vectors of its map."""
    catalog, rows = case.catalog, case.rows
    values = {}
    numbers = case.name in ("apogee-dr19", "galah-dr4")
    values[catalog["columns"]["star_id"]] = (
        (10_000_000_000 + rows["star"]).to_numpy()
        if numbers
        else np.array([f"2M{star:08d}" for star in rows["star"]])
    )
    for canonical, column in catalog["columns"].items():
        if canonical == "gaia_source_id" and column:
            values[column] = 2**60 + rows["star"].to_numpy()
        elif canonical != "star_id" and column:
            found = rows[canonical] if canonical in rows else pd.Series(1.0, rows.index)
            values[column] = found.to_numpy(np.float64 if canonical in ("ra", "dec") else "f4")
    for flag, column in catalog["flags"].items():
        values[column] = rows[f"flag_{flag}"].to_numpy(np.int64)
    for element, entry in catalog["elements"].items():
        values[entry["value"]] = rows[element].to_numpy("f4")
        if "error" in entry:
            values[entry["error"]] = rows[f"{element}_err"].to_numpy("f4")
        if "flag" in entry and entry["flag"] not in values:
            values[entry["flag"]] = rows[f"{element}_flag"].to_numpy(np.int32)
    return vectors_joined(values)


def vectors_joined(values):
    """Columns `NAME[i]` as one column of vectors, nine wide."""
    table = {}
    for column, found in values.items():
        match = VECTOR.fullmatch(column)
        if match is None:
            table[column] = found
        else:
            vector = table.setdefault(match[1], np.zeros((len(found), 27), found.dtype))
            vector[:, int(match[2])] = found
    return Table(table)


def write_catalogue(case, folder):
    """Write the file under its published name; entries again with a lower S/N where that is cut."""
    table, catalog = stored(case), case.catalog
    if case.sample["cuts"]["duplicates"] == "best_snr":
        again = table[:10].copy()
        again[catalog["columns"]["snr"]] = 120.0
        again[catalog["elements"]["mg"]["value"]] += 0.5
        table = Table(np.concatenate([again.as_array(), table.as_array()]))
    own = catalog["members"]
    if "dataset" not in own:
        table[own["cluster"]] = np.array([*case.rows["cluster"]])
    path = folder / row_of(catalog["dataset"], DATASETS)["file"]
    if path.suffix == ".csv":
        table.write(path, format="ascii.csv")
    else:
        empty = [fits.BinTableHDU(name="EMPTY")] if catalog.get("hdu", 1) == 2 else []
        fits.HDUList([fits.PrimaryHDU(), *empty, fits.BinTableHDU(table)]).writeto(path)
    return path


def write_members(case, folder):
    """Write the table of members, with one row that fails each threshold; None if it has none."""
    block = case.catalog["members"]
    if "dataset" not in block:
        return None
    members = case.rows[case.rows["cluster"] != ""]
    star_id = stored(case)[case.catalog["columns"]["star_id"]][members.index]
    table = Table({block["cluster"]: [name.replace(" ", "_") for name in members["cluster"]]})
    if "star_id" in block:
        table[block["star_id"]] = star_id
    if "ra" in block:
        table[block["ra"]], table[block["dec"]] = members["ra"] + 1e-5, members["dec"]
    thresholds = [*block["above"], *block["min"]]
    for column in {*thresholds, block.get("probability", thresholds[0])}:
        table[column] = np.full(len(members), 0.95)
    for star, column in enumerate(thresholds):
        table[column][star] = 0.0
    path = folder / row_of(block["dataset"], DATASETS)["file"]
    if path.suffix == ".csv":
        table.write(path, format="ascii.csv")
    else:
        fits.BinTableHDU(table).writeto(path)
    return path


@pytest.fixture(params=OVERLAYS, scope="module")
def case(request, tmp_path_factory):
    """The overlay after the stages `survey` and `select`, run in the checkout as a job is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        yield selected(request.param, tmp_path_factory.mktemp(request.param))


def selected(overlay, tmp_path):
    case = invented(overlay)
    case.stars, case.members = tmp_path / "stars.parquet", tmp_path / "members.ecsv"
    aliases = ROOT / "resources/clusters/aliases.yaml"
    catalogue, members = write_catalogue(case, tmp_path), write_members(case, tmp_path)
    read_catalog(catalogue, members, aliases, "it", case.catalog, case.stars, case.members)
    case.abundances, case.funnel = tmp_path / "abundances.parquet", tmp_path / "funnel.ecsv"
    sample = case.sample
    outputs = {"abundances": case.abundances, "funnel": case.funnel}
    options = {"features": sample["elements"], "cuts": sample["cuts"]}
    options |= {"keep": sample["stars"], "predicted": []}
    select_stars(case.stars, case.members, **outputs, sample="it", **options)
    return case


def identifiers(case, stars):
    column = case.catalog["columns"]["star_id"]
    return sorted(str(found).strip() for found in stored(case)[column][sorted(stars)])


def test_each_cut_takes_its_star_and_no_other(case):
    left = read_table(case.abundances, "abundances")
    expected = set(case.rows["star"]) - set(case.spoiled)
    # A star that a list names, below one of its thresholds, is no certain field star.
    block, listed = case.catalog["members"], case.rows[case.rows["cluster"] != ""]
    expected -= set(listed["star"].iloc[: len([*block["above"], *block["min"]])])
    if case.sample["stars"] == "members":
        expected &= set(case.rows.index[case.rows["cluster"] != ""])
    assert left["star_id"].tolist() == identifiers(case, expected)
    assert len(case.spoiled) >= (1 if case.name == "occaso" else 6)


def test_abundances_are_those_of_the_file(case):
    left = read_table(case.abundances, "abundances").set_index("star_id")
    again = case.rows.set_axis(identifiers(case, case.rows["star"])).loc[left.index]
    suffix = {"x_fe": "fe", "x_h": "h"}[left.attrs["ratio"]]
    for element in left.attrs["elements"]:
        column = "fe_h" if element == "fe" else f"{element}_{suffix}"
        np.testing.assert_allclose(left[column], again[element], atol=1e-6)


def test_members_that_pass_each_threshold(case):
    members = read_table(case.members, "members")
    block = case.catalog["members"]
    failing = len([*block["above"], *block["min"]])
    expected = case.rows[case.rows["cluster"] != ""].iloc[failing:]
    assert members["star_id"].tolist() == identifiers(case, expected["star"])
    assert sorted(members["cluster"]) == sorted(expected["cluster"])
