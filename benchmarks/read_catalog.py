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
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests")]

from dr17_layout import BLOCK_ROWS, layout, write_rows  # noqa: E402


def rows_of(start: int, count: int, total: int) -> np.ndarray:
    """Random rows; a tenth of the identifiers repeat, a hundredth of the numbers are missing."""
    rng = np.random.default_rng([734, start])
    rows = np.zeros(count, dtype=layout())
    numbers = (start + np.arange(count)) * 7919 % (total - total // 10)
    rows["APOGEE_ID"] = np.char.add("2M", np.char.zfill(numbers.astype(str), 16))
    for name in rows.dtype.names:
        if rows.dtype[name] == np.dtype(">f4"):
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
    starts = range(0, total, BLOCK_ROWS)
    write_rows(
        path, total, (rows_of(start, min(BLOCK_ROWS, total - start), total) for start in starts)
    )


def with_chemtag(path: Path) -> None:
    """The stage `survey`: catalogue to parquet."""
    from chemtag.base.configuration import checked_config
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
