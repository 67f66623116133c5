"""FITS tables: binary ones in row blocks, ASCII ones whole."""

import gzip
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.survey import files
from chemtag.survey.files import Block, TableFile, refuse_repeated, unreadable

_ERRORS = (OSError, EOFError, zlib.error, KeyError, TypeError, ValueError)


def open_fits(path: Path, hdu: int | str | None, packed: bool) -> TableFile:
    """Open the table `hdu` of a FITS file, by default the first one."""
    from astropy.io import fits

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # astropy warns of truncation; checked below
            with fits.open(path, memmap=False, lazy_load_hdus=True) as hdus:
                unit = _chosen(path, hdus, hdu)
                n_columns = int(unit.header.get("TFIELDS", 0))
                names = [str(unit.header.get(f"TTYPE{i}", i)) for i in range(1, n_columns + 1)]
                refuse_repeated(names, path)  # astropy would only say that one is
                if not packed:
                    _name_others(path, hdus, unit, hdu)
                if isinstance(unit, fits.TableHDU):
                    from astropy.table import Table

                    from chemtag.survey.whole_table import WholeTable

                    return WholeTable(path, Table.read(unit))
                return FitsFile(path, unit, packed)
    except _ERRORS as error:
        raise unreadable(path, "fits", error) from error


def _chosen(path: Path, hdus: Any, hdu: int | str | None) -> Any:
    from astropy.io import fits

    kinds = (fits.BinTableHDU, fits.TableHDU)
    if hdu is None:
        for unit in hdus:
            if isinstance(unit, kinds):
                return unit
        raise InputProblem(
            f"{path}: holds no binary table, or is truncated before it; give a file that has one."
        )
    try:
        unit = hdus[hdu]
    except (KeyError, IndexError):
        names = ", ".join(f"{i} ({u.name or 'unnamed'})" for i, u in enumerate(hdus))
        raise InputProblem(
            f"{path}: there is no HDU {hdu!r}; there are {names}; correct `hdu`."
        ) from None
    if not isinstance(unit, kinds):
        raise InputProblem(f"{path}: HDU {hdu!r} is not a binary table; choose another `hdu`.")
    return unit


def _name_others(path: Path, hdus: Any, unit: Any, hdu: int | str | None) -> None:
    """Say which of several tables is read where the config names none."""
    tables = [i for i, u in enumerate(hdus) if hasattr(u, "columns")]
    if hdu is None and len(tables) > 1:
        logger.warning(
            "%s: holds %d tables (HDU %s); read is HDU %d, the first: name another by `hdu`",
            path,
            len(tables),
            ", ".join(map(str, tables)),
            hdus.index_of(unit) if unit.name else tables[0],
        )


class FitsFile:
    """A binary table of a FITS file, read in row blocks at the width of its header.

    The layout of a FITS table is row by row, so a pass over blocks touches each byte once, and
    only the wanted columns of one block are ever held (FITS Standard 4.0, section 7.3).
    """

    def __init__(self, path: Path, unit: Any, packed: bool) -> None:
        self.path, self._packed = path, packed
        self._start = int(unit.fileinfo()["datLoc"])
        self._n_rows = int(unit.header["NAXIS2"])
        self._dtype = np.dtype(unit.columns.dtype).newbyteorder(">")
        self._definitions = {column.name: column for column in unit.columns}
        self.columns = [str(column.name) for column in unit.columns]
        self.units = {column.name: str(column.unit or "") for column in unit.columns}
        width = int(unit.header["NAXIS1"])
        if width != self._dtype.itemsize:
            raise ValueError(f"rows of {width} bytes do not fit its columns")
        found = path.stat().st_size - self._start
        if not packed and found < self._n_rows * width:
            raise self._truncated(max(found, 0) // width)

    def _truncated(self, found: int) -> InputProblem:
        return InputProblem(
            f"{self.path}: truncated: holds {found} of the {self._n_rows} rows its header "
            "promises; fetch or write it again."
        )

    def blocks(self, names: list[str]) -> Iterator[Block]:
        """Yield blocks of rows; see `TableFile`."""
        width = self._dtype.itemsize
        opener = gzip.open if self._packed else open
        done = 0
        try:
            with opener(self.path, "rb") as stream:
                stream.seek(self._start)
                while done < self._n_rows:
                    n = min(files.BLOCK_ROWS, self._n_rows - done)
                    data = stream.read(n * width)
                    if len(data) < n * width:
                        raise self._truncated(done + len(data) // width)
                    rows = np.frombuffer(data, dtype=self._dtype)
                    yield {name: self._values(rows[name], name) for name in names}
                    done += n
                while self._packed and stream.read(2**20):
                    pass  # on to the checksum at the end of a gzipped file
        except EOFError:
            raise self._truncated(done) from None
        except (OSError, zlib.error) as error:
            raise unreadable(self.path, "fits", error) from error

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
            if letter == "K" and zero == 2**63:
                # Unsigned 64-bit: flipping the top bit adds 2**63 without loss.
                values = values.view(np.uint64) ^ np.uint64(2**63)
            elif zero == int(zero):
                values = values.astype(np.int64) + int(zero)
            else:
                values = values.astype(float) + float(zero)
        elif scale not in (None, "", 1) or zero not in (None, "", 0):
            values = values.astype(float) * float(scale or 1) + float(zero or 0)
        return np.ma.MaskedArray(values, mask=mask) if mask is not False else values
