"""Time and memory of reading a survey's FITS table, against astropy and pandas.

    uv run python benchmarks/read_catalog.py --rows 734000

Writes a table with the columns of an APOGEE DR17 allStarLite (named and vector columns, 64-bit
flags, padded text; random numbers), reads it through `resources/surveys/apogee-dr17.yaml` to the
parquet file of the stage `survey`, and reads it with `Table.read(...).to_pandas()`. Each way runs
in a process of its own; its peak is the resident set that the kernel reports.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

ELEMENTS = "C CI N O NA MG AL SI P S K CA TI TIII V CR MN CO NI CU CE".split()  # noqa: SIM905
TEXT = {"APOGEE_ID": 30, "TELESCOPE": 6, "FIELD": 20, "ALT_ID": 30, "AK_TARG_METHOD": 32}
TEXT |= {"TARGFLAGS": 132, "SURVEY": 32, "PROGRAMNAME": 32, "STARFLAGS": 132, "ANDFLAGS": 132}
TEXT |= {"ASPCAP_GRID": 8, "ASPCAPFLAGS": 256, "MEMBER": 10}
DOUBLES = ["RA", "DEC", "GLON", "GLAT"]
LONGS = ["STARFLAG", "ANDFLAG", "GAIAEDR3_SOURCE_ID", "ASPCAPFLAG", "MEMBERFLAG"]
INTEGERS = ["NVISITS", "RV_FLAG", "N_COMPONENTS", "EXTRATARG", "APOGEE_TARGET1", "APOGEE_TARGET2"]
INTEGERS += [f"APOGEE2_TARGET{i}" for i in (1, 2, 3, 4)]
FLOATS = ["J", "J_ERR", "H", "H_ERR", "K", "K_ERR", "AK_TARG", "AK_WISE", "SFD_EBV", "SNR", "SNREV"]
FLOATS += ["VHELIO_AVG", "VSCATTER", "VERR", "RV_TEFF", "RV_LOGG", "RV_FEH", "RV_ALPHA", "RV_CARB"]
FLOATS += ["RV_CHI2", "RV_CCFWHM", "RV_AUTOFWHM", "MEANFIB", "SIGFIB", "MIN_H", "MAX_H", "MIN_JK"]
FLOATS += ["MAX_JK", "GAIAEDR3_PARALLAX", "GAIAEDR3_PMRA", "GAIAEDR3_PMDEC", "ASPCAP_CHI2"]
FLOATS += ["FRAC_BADPIX", "FRAC_LOWSNR", "FRAC_SIGSKY", "TEFF", "TEFF_ERR", "LOGG", "LOGG_ERR"]
FLOATS += ["M_H", "M_H_ERR", "ALPHA_M", "ALPHA_M_ERR", "VMICRO", "VMACRO", "VSINI", "FE_H"]
FLOATS += ["FE_H_SPEC", "FE_H_ERR", "TEFF_SPEC", "LOGG_SPEC"]
VECTORS = ["X_H", "X_H_ERR", "X_M", "X_M_ERR", "X_H_SPEC", "X_M_SPEC", "ELEM_CHI2", "ELEMFRAC"]


def layout() -> np.dtype:
    """The row of the table: names and big-endian types, as a FITS file has them."""
    fields: list[tuple] = [(name, f"S{width}") for name, width in TEXT.items()]
    fields += [(name, ">f8") for name in DOUBLES] + [(name, ">i8") for name in LONGS]
    fields += [(name, ">i4") for name in INTEGERS] + [(name, ">f4") for name in FLOATS]
    for element in ELEMENTS:
        fields += [(f"{element}_FE{suffix}", ">f4") for suffix in ("", "_SPEC", "_ERR")]
        fields.append((f"{element}_FE_FLAG", ">i4"))
    fields += [("FE_H_FLAG", ">i4"), ("PARAMFLAG", ">i8", 9)]
    return np.dtype(fields + [(name, ">f4", 27) for name in VECTORS])


def rows_of(start: int, count: int, total: int) -> np.ndarray:
    """Random rows; a tenth of the identifiers repeat, a hundredth of the numbers are missing."""
    rng = np.random.default_rng([734, start])
    rows = np.zeros(count, dtype=layout())
    numbers = (start + np.arange(count)) * 7919 % (total - total // 10)
    rows["APOGEE_ID"] = np.char.add("2M", np.char.zfill(numbers.astype(str), 16))
    for name in FLOATS + [name for name in rows.dtype.names if "_FE" in name]:
        if rows.dtype[name].kind == "f":
            values = (
                np.abs(rng.normal(0.05, 0.1, count)) if "ERR" in name else rng.normal(size=count)
            )
            values[rng.random(count) < 0.01] = np.nan
            rows[name] = values
    rows["RA"], rows["DEC"] = rng.uniform(0, 360, count), rng.uniform(-90, 90, count)
    rows["GAIAEDR3_SOURCE_ID"] = rng.integers(2**61, 2**62, count)
    rows["ASPCAPFLAG"], rows["STARFLAG"] = rng.integers(0, 2**41, (2, count))
    rows["X_H"] = rng.normal(size=(count, 27))
    return rows


def write_survey(path: Path, total: int) -> None:
    """Write `total` rows in blocks, so that the generator needs little memory as well."""
    from astropy.io import fits

    header = fits.BinTableHDU(np.zeros(0, dtype=layout())).header
    header["NAXIS2"] = total
    with path.open("wb") as file:
        file.write(fits.PrimaryHDU().header.tostring().encode())
        file.write(header.tostring().encode())
        size = 0
        for start in range(0, total, 20_000):
            size += file.write(rows_of(start, min(20_000, total - start), total).tobytes())
        file.write(b"\0" * (-size % 2880))


def with_chemtag(path: Path) -> None:
    """The stage `survey`: catalogue to parquet."""
    from chemtag.configuration import checked_config
    from read_catalog import read_catalog

    survey = ROOT / "resources" / "surveys" / "apogee-dr17.yaml"
    mine = {"kind": "table", "path": str(path), "survey": str(survey)}
    config = {
        "catalogs": {"mine": mine},
        "samples": {"all": {"catalog": "mine", "elements": ["fe", "mg"]}},
    }
    schema = ROOT / "workflow" / "schemas" / "config.schema.yaml"
    block = checked_config(config, schema)["catalogs"]["mine"]
    stars, members = path.with_name("stars.parquet"), path.with_name("members.ecsv")
    read_catalog(path, None, Path(), "mine", block, stars, members)


def with_astropy(path: Path) -> None:
    """The usual way: the whole table to pandas, without its vector columns."""
    from astropy.table import Table

    table = Table.read(path)
    table[[name for name in table.colnames if table[name].ndim == 1]].to_pandas()


WAYS = {"chemtag": with_chemtag, "astropy": with_astropy}


def measured(way: str, path: Path) -> None:
    """Run one way in this process and print its time and peak memory."""
    start = time.perf_counter()
    WAYS[way](path)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{way:10s} {seconds:7.1f} s {peak:8.0f} MB peak")


def main() -> None:
    """Write the table and measure each way in a fresh process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--way", choices=[*WAYS], help=argparse.SUPPRESS)
    parser.add_argument("--table", type=Path, help="keep or reuse the table at this path")
    options = parser.parse_args()
    if options.way:
        measured(options.way, options.table)
        return
    with tempfile.TemporaryDirectory() as folder:
        table = options.table or Path(folder) / "allStarLite.fits"
        if not table.exists():
            write_survey(table, options.rows)
        size = f"{table.stat().st_size / 1e9:.2f} GB, {layout().itemsize} bytes a row"
        print(f"{options.rows} rows, {size}, {len(wanted())} columns wanted", flush=True)
        for way in WAYS:
            command = [sys.executable, __file__, "--way", way, "--table", str(table)]
            subprocess.run(command, check=True)


def wanted() -> list[str]:
    """Columns that the map of the survey asks for."""
    path = ROOT / "resources" / "surveys" / "apogee-dr17.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    entries = [value for element in document["elements"].values() for value in element.values()]
    return [*document["columns"].values(), *document["flags"].values(), *entries]


if __name__ == "__main__":
    main()
