"""One small catalogue, written as every program writes it."""

import csv
import gzip
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
from astropy.io.votable import from_table
from astropy.table import Column, MaskedColumn, Table

N = 24
GAIA = 4_611_686_018_427_387_905  # 2**62 + 1: no float64 holds it
CLUSTERS = ["NGC 188"] * 5 + ["M 67"] * 5 + ["King 5"] * 4 + [""] * 10
FLOATS = ("ra", "dec", "teff", "fe_h", "e_fe_h", "mg_fe", "e_mg_fe", "si_fe")


def columns():
    """The columns of the catalogue, as lists; None where there is no value."""
    rng = np.random.default_rng(12)
    step = np.arange(N)
    return {
        "ID": [f"2M{i:04d}+{i:02d}" for i in step],
        "GAIA": [GAIA + int(i) for i in step],
        "ra": np.linspace(20, 340, N).round(4).tolist(),
        "dec": np.linspace(-80, 80, N).round(4).tolist(),
        "teff": rng.normal(4700, 150, N).round(1).tolist(),
        "fe_h": rng.normal(0, 0.15, N).round(4).tolist(),
        "e_fe_h": rng.uniform(0.01, 0.03, N).round(4).tolist(),
        "mg_fe": rng.normal(0, 0.1, N).round(4).tolist(),
        "e_mg_fe": rng.uniform(0.01, 0.03, N).round(4).tolist(),
        "si_fe": rng.normal(0, 0.1, N).round(4).tolist(),
        "flag": [int(i) % 3 for i in step],
        "cluster": list(CLUSTERS),
    }


def astropy_table(values, units):
    """The columns as a masked astropy table, text where any cell is text."""
    table = Table()
    for name, cells in values.items():
        mask = [cell is None for cell in cells]
        if any(isinstance(cell, str) for cell in cells):
            data = np.array(["" if cell is None else str(cell) for cell in cells])
        elif all(isinstance(cell, bool) for cell in cells):
            data = np.array(cells)
        elif any(isinstance(cell, float) for cell in cells):
            data = np.array([0.0 if cell is None else cell for cell in cells], dtype=float)
        else:
            data = np.array([0 if cell is None else cell for cell in cells], dtype=np.int64)
        kind = MaskedColumn if any(mask) else Column
        options = {"mask": mask} if any(mask) else {}
        table[name] = kind(data, unit=units.get(name), **options)
    return table


def arrow_table(values):
    """The columns as an Arrow table, with nulls."""
    return pa.table(
        {
            name: pa.array([str(c) for c in cells] if _mixed(cells) else cells)
            for name, cells in values.items()
        }
    )


def _mixed(cells):
    return len({type(c) for c in cells if c is not None}) > 1 and any(
        isinstance(c, str) for c in cells
    )


def delimited(values, delimiter, quote_all=False):
    """The columns as text with a delimiter."""
    text = io.StringIO()
    style = csv.QUOTE_NONNUMERIC if quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=delimiter, quoting=style, lineterminator="\n")
    writer.writerow(values)
    for row in zip(*values.values(), strict=True):
        writer.writerow(["" if cell is None else cell for cell in row])
    return text.getvalue()


def write_csv(values, path, units):
    path.write_text(delimited(values, ","), encoding="utf-8")


def write_csv_gz(values, path, units):
    path.write_bytes(gzip.compress(delimited(values, ",").encode()))


def write_commented(values, path, units):
    """As topcat and numpy write it: comments in front, the header behind the mark."""
    lines = delimited(values, ",").splitlines()
    spaced = [line if '"' in line else line.replace(",", ", ") for line in lines]
    path.write_text("# a catalogue\n# " + "\n".join(spaced) + "\n")


def write_tsv(values, path, units):
    path.write_text(delimited(values, "\t"))


def write_semicolons(values, path, units):
    path.write_bytes(delimited(values, ";").encode("utf-16"))


def write_blanks(values, path, units):
    """Columns apart by blanks, text in quotes, as TOPCAT's ASCII."""
    rows = [" ".join(f'"{name}"' for name in values)]
    for row in zip(*values.values(), strict=True):
        rows.append("  ".join('""' if c is None else _quoted(c) for c in row))
    path.write_text("\n".join(rows) + "\n")


def _quoted(cell):
    return '"{}"'.format(cell.replace('"', '""')) if isinstance(cell, str) else str(cell)


def write_ecsv(values, path, units):
    astropy_table(values, units).write(path, format="ascii.ecsv")


def write_ecsv_blanks(values, path, units):
    table = astropy_table(values, units)
    table["vector"] = np.zeros((N, 2))  # so that astropy reads it whole
    table.write(path, format="ascii.ecsv", delimiter=",")


def write_fits(values, path, units):
    astropy_table(values, units).write(path, format="fits")


def write_fits_gz(values, path, units):
    plain = path.with_name("plain.fits")
    write_fits(values, plain, units)
    path.write_bytes(gzip.compress(plain.read_bytes()))


def write_pandas(values, path, units):
    frame = pd.DataFrame({name: pd.Series(cells) for name, cells in _uniform(values).items()})
    for name, cells in values.items():
        if any(c is None for c in cells) and all(
            isinstance(c, int) for c in cells if c is not None
        ):
            frame[name] = pd.array(cells, dtype="Int64")
    frame.to_parquet(path)


def _uniform(values):
    return {
        name: [None if c is None else str(c) for c in cells] if _mixed(cells) else cells
        for name, cells in values.items()
    }


def write_astropy_parquet(values, path, units):
    """Masked values as 0 and NAME.mask beside NAME."""
    astropy_table(values, units).write(path, format="parquet")


def write_polars(values, path, units):
    """By polars itself; clusters as categories."""
    import polars

    frame = polars.DataFrame(_uniform(values))
    if frame["cluster"].dtype == polars.String:
        frame = frame.with_columns(polars.col("cluster").cast(polars.Categorical))
    frame.write_parquet(path)


def write_polars_arrow(values, path, units):
    """Views of strings, compressed, as polars writes Arrow files."""
    import polars

    polars.DataFrame(_uniform(values)).write_ipc(path, compression="zstd")


def write_views(values, path, units):
    """Large strings and views of strings, which older and other programs write."""
    table = arrow_table(values)
    for i, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            kind = pa.string_view() if i % 2 else pa.large_string()
            table = table.set_column(i, field.name, table.column(i).cast(kind))
    pq.write_table(table, path)


def write_arrow(values, path, units):
    feather.write_feather(arrow_table(values), str(path))


def write_votable(values, path, units):
    astropy_table(values, units).write(path, format="votable")


def write_binary2(values, path, units):
    document = from_table(astropy_table(values, units))
    plain = path.with_name("plain.vot")
    document.to_xml(str(plain), tabledata_format="binary2")
    path.write_bytes(gzip.compress(plain.read_bytes()))


def write_mrt(values, path, units):
    astropy_table(values, units).write(path, format="ascii.mrt")


FORMATS = {
    "csv": (write_csv, "t.csv"),
    "csv.gz": (write_csv_gz, "t.CSV.gz"),
    "commented csv": (write_commented, "t.txt"),
    "tsv": (write_tsv, "t.tsv"),
    "semicolons in utf-16": (write_semicolons, "excel.csv"),
    "blanks": (write_blanks, "t.dat"),
    "ecsv": (write_ecsv, "t.ecsv"),
    "ecsv with vectors": (write_ecsv_blanks, "v.ecsv"),
    "fits": (write_fits, "t.fits"),
    "fits.gz": (write_fits_gz, "T.FITS.GZ"),
    "pandas parquet": (write_pandas, "t.parquet"),
    "astropy parquet": (write_astropy_parquet, "a.parquet"),
    "polars parquet": (write_polars, "p.parquet"),
    "polars arrow": (write_polars_arrow, "p.arrow"),
    "parquet with views": (write_views, "w.parquet"),
    "arrow": (write_arrow, "t.arrow"),
    "votable": (write_votable, "t.vot"),
    "votable binary2": (write_binary2, "b.vot.gz"),
    "mrt": (write_mrt, "t.mrt"),
}
TEXT = ("csv", "csv.gz", "commented csv", "tsv", "semicolons in utf-16", "blanks")
WITH_UNITS = ("ecsv", "ecsv with vectors", "fits", "fits.gz", "astropy parquet", "votable",
              "votable binary2", "mrt")  # fmt: skip
