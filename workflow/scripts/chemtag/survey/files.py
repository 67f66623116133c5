"""Tables on disk, read as blocks of rows with the wanted columns only.

Five formats by suffix: FITS binary tables (also gzipped), parquet, CSV (also gzipped), ECSV and
VOTable. The first three are read in bounded memory; ECSV and VOTable are read whole.
"""

import gzip
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from chemtag.base.problems import InputProblem

BLOCK_ROWS = 20_000
BLOCK_BYTES = 2**23  # of a CSV file, whose rows are of no fixed length
SUFFIXES = {
    ".fits": "fits",
    ".fit": "fits",
    ".fits.gz": "fits",
    ".fit.gz": "fits",
    ".parquet": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".ecsv": "ascii.ecsv",
    ".vot": "votable",
    ".votable": "votable",
    ".xml": "votable",
}

Block = dict[str, Any]  # column name -> array (masked where the format marks missing values)


class TableFile(Protocol):
    """A table on disk: the names of its columns, and its rows in blocks."""

    columns: list[str]

    def blocks(self, names: list[str]) -> Iterator[Block]:
        """Yield the rows in order, as arrays of the columns `names`."""
        ...


def open_table(path: str | Path, hdu: int | str | None = None) -> TableFile:
    """Open the table at `path`, whose format its suffix names.

    `hdu` (number or name) chooses the binary table of a FITS file; by default the first one.
    Raises `InputProblem` if the file is absent, unreadable, truncated or of an unknown format.
    """
    path = Path(path)
    name = path.name.lower()
    kind = next((SUFFIXES[s] for s in sorted(SUFFIXES, key=len)[::-1] if name.endswith(s)), None)
    if kind is None:
        raise InputProblem(
            f"{path}: the suffix names no known table format; expected one of "
            f"{', '.join(SUFFIXES)}; rename or convert the file."
        )
    if not path.is_file():
        raise InputProblem(f"{path}: there is no such file; correct the path in the config.")
    if path.stat().st_size == 0:
        raise InputProblem(f"{path}: the file is empty (0 bytes); fetch or write it again.")
    if kind == "fits":
        return FitsFile(path, hdu)
    if kind == "parquet":
        return ParquetFile(path)
    if kind == "csv":
        return CsvFile(path)
    return WholeFile(path, kind)


def _unreadable(path: Path, what: str, error: object) -> InputProblem:
    reason = " ".join(str(error).split()).rstrip(".")
    return InputProblem(
        f"{path}: not a readable {what} ({reason}); the file may be truncated or of another "
        "format: fetch or write it again."
    )


class FitsFile:
    """A binary table of a FITS file, read in row blocks at the width of its header.

    The layout of a FITS table is row by row, so a pass over blocks touches each byte once, and
    only the wanted columns of one block are ever held (FITS Standard 4.0, section 7.3).
    """

    def __init__(self, path: Path, hdu: int | str | None) -> None:
        from astropy.io import fits

        self.path = path
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # astropy warns of truncation; checked below
                with fits.open(path, memmap=False, lazy_load_hdus=True) as hdus:
                    unit = self._chosen(hdus, hdu, fits.BinTableHDU)
                    self._start = int(unit.fileinfo()["datLoc"])
                    self._n_rows = int(unit.header["NAXIS2"])
                    self._dtype = np.dtype(unit.columns.dtype).newbyteorder(">")
                    self._definitions = {column.name: column for column in unit.columns}
                    width = int(unit.header["NAXIS1"])
        except (OSError, EOFError, zlib.error, KeyError, TypeError, ValueError) as error:
            raise _unreadable(path, "FITS file", error) from error
        if width != self._dtype.itemsize:
            raise _unreadable(path, "FITS table", f"rows of {width} bytes do not fit its columns")
        self.columns = list(self._definitions)
        found = path.stat().st_size - self._start
        if path.suffix != ".gz" and found < self._n_rows * width:
            raise self._truncated(max(found, 0) // width)

    def _chosen(self, hdus: Any, hdu: int | str | None, table_type: type) -> Any:
        if hdu is None:
            for unit in hdus:
                if isinstance(unit, table_type):
                    return unit
            raise InputProblem(f"{self.path}: holds no binary table; give a file that has one.")
        try:
            unit = hdus[hdu]
        except (KeyError, IndexError):
            names = ", ".join(f"{i} ({u.name or 'unnamed'})" for i, u in enumerate(hdus))
            raise InputProblem(
                f"{self.path}: there is no HDU {hdu!r}; there are {names}; correct `hdu`."
            ) from None
        if not isinstance(unit, table_type):
            raise InputProblem(
                f"{self.path}: HDU {hdu!r} is not a binary table; choose another `hdu`."
            )
        return unit

    def _truncated(self, found: int) -> InputProblem:
        return InputProblem(
            f"{self.path}: truncated: holds {found} of the {self._n_rows} rows its header "
            "promises; fetch or write it again."
        )

    def blocks(self, names: list[str]) -> Iterator[Block]:
        """Yield blocks of rows; see `TableFile`."""
        width = self._dtype.itemsize
        opener = gzip.open if self.path.suffix == ".gz" else open
        done = 0
        try:
            with opener(self.path, "rb") as stream:
                stream.seek(self._start)
                while done < self._n_rows:
                    n = min(BLOCK_ROWS, self._n_rows - done)
                    data = stream.read(n * width)
                    if len(data) < n * width:
                        raise self._truncated(done + len(data) // width)
                    rows = np.frombuffer(data, dtype=self._dtype)
                    yield {name: self._values(rows[name], name) for name in names}
                    done += n
                while self.path.suffix == ".gz" and stream.read(2**20):
                    pass  # on to the checksum at the end of a gzipped file
        except EOFError:
            raise self._truncated(done) from None
        except (OSError, zlib.error) as error:
            raise _unreadable(self.path, "FITS file", error) from error

    def _values(self, raw: np.ndarray, name: str) -> Any:
        """Values of a column in native byte order, with scaling and nulls of its header."""
        column = self._definitions[name]
        letter = column.format.format if hasattr(column.format, "format") else ""
        if letter in ("P", "Q", "X", "C", "M"):
            raise InputProblem(
                f"{self.path}: column {name!r} is of the FITS type {letter!r}, which holds no "
                "plain numbers or text; choose another column."
            )
        values = raw.astype(raw.dtype.newbyteorder("="))
        if letter == "L":
            return np.ma.MaskedArray(values == ord("T"), mask=values == 0)
        mask = values == column.null if letter in "BIJK" and column.null is not None else False
        scale, zero = column.bscale, column.bzero
        if letter in "BIJK" and scale in (None, "", 1) and zero not in (None, "", 0):
            if letter == "K":  # unsigned 64-bit: flipping the top bit adds 2**63 without loss
                if int(zero) == 2**63:
                    values = values.view(np.uint64) ^ np.uint64(2**63)
            else:
                values = values.astype(np.int64) + int(zero)
        elif scale not in (None, "", 1) or zero not in (None, "", 0):
            values = values.astype(float) * float(scale or 1) + float(zero or 0)
        return np.ma.MaskedArray(values, mask=mask) if mask is not False else values


class ParquetFile:
    """A parquet file, read in record batches."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(path, "parquet file", error) from error
        self.columns = list(self._file.schema_arrow.names)

    def blocks(self, names: list[str]) -> Iterator[Block]:
        """Yield blocks of rows; see `TableFile`."""
        import pyarrow as pa

        try:
            for batch in self._file.iter_batches(batch_size=BLOCK_ROWS, columns=names):
                yield {name: self._values(batch.column(name), name) for name in names}
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(self.path, "parquet file", error) from error

    def _values(self, column: Any, name: str) -> Any:
        """Values without a detour through floating point where some are null."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_fixed_size_list(column.type) or pa.types.is_list(column.type):
            lengths = pc.unique(pc.list_value_length(column)).to_pylist()
            if len(lengths) != 1 or lengths[0] is None:
                raise InputProblem(
                    f"{self.path}: column {name!r} holds lists of differing length; its elements "
                    "cannot be addressed: choose another column."
                )
            return self._values(column.flatten(), name).reshape(-1, lengths[0])
        mask = column.is_null().to_numpy(zero_copy_only=False)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            return np.array(["" if v is None else v for v in column.to_pylist()], dtype=object)
        if pa.types.is_null(column.type):
            return np.ma.MaskedArray(np.zeros(len(column)), mask=True)
        zero = False if pa.types.is_boolean(column.type) else 0
        try:
            values = column.fill_null(zero).to_numpy(zero_copy_only=False)
        except pa.ArrowException as error:
            raise InputProblem(
                f"{self.path}: column {name!r} is of type {column.type}, neither numbers nor "
                "text; choose another column."
            ) from error
        return np.ma.MaskedArray(values, mask=mask)


class CsvFile:
    """A comma-separated file; values stay text until their column's use is known.

    pyarrow reads it, as it refuses rows shorter or longer than the header, whose values would
    otherwise be filled up or stand under the wrong names.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._opened([]) as reader:
            self.columns = [str(name) for name in reader.schema.names]

    def blocks(self, names: list[str]) -> Iterator[Block]:
        """Yield blocks of rows; see `TableFile`."""
        with self._opened(names) as reader:
            for batch in reader:
                yield {
                    name: np.array(batch.column(name).to_pylist(), dtype=object) for name in names
                }

    @contextmanager
    def _opened(self, names: list[str]) -> Iterator[Any]:
        """A reader of the columns `names` as text (of all columns if there are none)."""
        import pyarrow as pa
        from pyarrow import csv

        text = csv.ConvertOptions(
            include_columns=names,
            column_types={name: pa.string() for name in names},
            strings_can_be_null=False,
        )
        size = csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False)
        try:
            with (
                pa.input_stream(str(self.path), compression="detect") as stream,
                csv.open_csv(stream, read_options=size, convert_options=text) as reader,
            ):
                yield reader
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(self.path, "CSV file", error) from error


class WholeFile:
    """An ECSV or VOTable file, read whole by astropy."""

    def __init__(self, path: Path, kind: str) -> None:
        from astropy.io.ascii import InconsistentTableError
        from astropy.table import Table

        self.path = path
        options = {"use_names_over_ids": True} if kind == "votable" else {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of units and standards, not of values
                self._table = Table.read(path, format=kind, **options)
        except (OSError, ValueError, TypeError, IndexError, InconsistentTableError) as error:
            what = "VOTable" if kind == "votable" else "ECSV table"
            raise _unreadable(path, what, error) from error
        self.columns = list(self._table.colnames)

    def blocks(self, names: list[str]) -> Iterator[Block]:
        """Yield the rows as one block; see `TableFile`."""
        if len(self._table):
            yield {name: np.ma.MaskedArray(self._table[name]) for name in names}
