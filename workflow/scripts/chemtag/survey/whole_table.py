"""Tables that astropy reads whole: VOTable, MRT, CDS, IPAC, FITS text tables, ECSV with vectors."""

import gzip
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.survey.cells import is_empty
from chemtag.survey.files import WORDS, Block, ragged, refuse_repeated, unreadable


class WholeTable:
    """An astropy table as one block."""

    def __init__(self, path: Path, table: Any) -> None:
        self.path, self._table = path, table
        self.columns = list(table.colnames)
        self.units = {name: str(table[name].unit or "") for name in table.colnames}

    def blocks(self, names: list[str]) -> Iterator[Block]:
        """Yield the rows as one block; see `TableFile`."""
        if len(self._table):
            yield {name: self._values(name) for name in names}

    def _values(self, name: str) -> Any:
        """A column (N,) or (N, K); K is the length of arrays that the file calls of any length."""
        values = np.ma.MaskedArray(self._table[name])
        if values.dtype.kind != "O" or values.ndim > 1:
            return values
        arrays = [isinstance(cell, np.ndarray) and cell.ndim > 0 for cell in values]
        if not any(arrays):
            return values
        shapes = {np.shape(cell) for cell in values}
        if not all(arrays) or len(shapes) > 1:
            raise ragged(self.path, name, "arrays")
        return np.ma.stack(list(values))


def open_votable(path: Path, number: int | str | None) -> WholeTable:
    """Read a VOTable (TABLEDATA, BINARY, BINARY2 or FITS; also gzipped).

    A cell that is no number where its FIELD says one raises `InputProblem`, as in any format;
    astropy alone would take it for missing.
    """
    from astropy.io.votable import exceptions, parse
    from astropy.io.votable.exceptions import W30

    try:
        with (
            warnings.catch_warnings(record=True) as caught,
            exceptions.conf.set_temp("max_warnings", 2**31),
        ):
            warnings.simplefilter("ignore")  # of units and standards, not of values
            warnings.simplefilter("always", W30)
            document = parse(path, verify="warn", invalid="exception")
            tables = list(document.iter_tables())
    except Exception as error:  # expat, struct, zlib, E-numbers: whatever a broken file raises
        _refuse_bad_cell(path, str(error))
        raise unreadable(path, "votable", error) from error
    for warning in caught:
        word = str(warning.message).rpartition("literal for float '")[2].partition("'")[0]
        if issubclass(warning.category, W30) and not is_empty(word):
            _refuse_bad_cell(path, str(warning.message), word)
    _heed_status(path, document)
    if not tables:
        raise InputProblem(f"{path}: this VOTable holds no table; give a file that has one.")
    if number is None and len(tables) > 1:
        logger.warning(
            "%s: holds %d tables; read is the first: choose another by `hdu`, counted from 0",
            path,
            len(tables),
        )
    try:
        chosen = tables[int(number or 0)]
    except (ValueError, IndexError):
        raise InputProblem(
            f"{path}: there is no table {number!r}; there are 0 to {len(tables) - 1}; correct "
            "`hdu`."
        ) from None
    refuse_repeated([field.name for field in chosen.fields], path)
    return WholeTable(path, chosen.to_table(use_names_over_ids=True))


def _heed_status(path: Path, document: Any) -> None:
    """Heed what the archive says of the query (DALI 1.1, section 4.4): an error, or a cut table."""
    infos = [info for owner in _owners(document) for info in owner.infos]
    for info in infos:
        if str(info.name).upper() != "QUERY_STATUS":
            continue
        status, said = str(info.value).upper(), " ".join(str(info.content or "").split())
        if status == "ERROR":
            raise InputProblem(
                f"{path}: the archive answered with an error: {said or 'without a reason'}; "
                "correct the query and fetch the table again."
            )
        if status == "OVERFLOW":
            logger.warning(
                "%s: QUERY_STATUS is OVERFLOW: the archive cut the table at its limit of rows; "
                "fetch it again with a larger MAXREC, or in parts",
                path,
            )


def _owners(element: Any) -> Iterator[Any]:
    """A VOTable document, its resources and tables: whatever may hold an INFO."""
    yield element
    for part in (*getattr(element, "resources", ()), *getattr(element, "tables", ())):
        yield from _owners(part)


def _refuse_bad_cell(path: Path, said: str, word: str | None = None) -> None:
    """Find the cell that astropy complains of and name its column and row."""
    if word is None:
        for start in ("literal for float '", "with base 10: '", "convert string to float: '"):
            if start in said:
                word = said.partition(start)[2].partition("'")[0]
                break
    if not word:
        return
    opener = gzip.open if path.read_bytes()[:2] == b"\x1f\x8b" else open
    fields: list[str] = []
    row = 0
    with opener(path, "rb") as stream:
        try:
            for _, element in ElementTree.iterparse(stream):
                tag = element.tag.rpartition("}")[2]
                if tag == "FIELD":
                    fields.append(element.get("name", ""))
                elif tag == "TR":
                    row += 1
                    cells = [(cell.text or "").strip() for cell in element]
                    if word.strip() in cells:
                        column = fields[cells.index(word.strip())]
                        raise InputProblem(
                            f"{path}: column {column!r} holds {word!r} in row {row}, expected "
                            "numbers; correct the value or choose another column."
                        )
                    element.clear()
        except ElementTree.ParseError:
            return


def open_described(path: Path, kind: str, text: str, readme: Path | None = None) -> WholeTable:
    """Read a table with a byte-by-byte description (`kind` mrt, cds) or an IPAC table by astropy.

    `text` is the content of the file, empty for a table with a `readme` of its own.
    """
    from astropy.io.ascii import InconsistentTableError
    from astropy.table import Table

    if kind in ("mrt", "cds"):
        _refuse_cut(path, kind, text)
    options = {"readme": str(readme)} if readme else {}
    # With a ReadMe astropy looks up the file by its name there.
    source: Any = str(path) if readme else text.splitlines()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of units and standards, not of values
            table = Table.read(source, format=f"ascii.{kind}", **options)
    except (InconsistentTableError, OSError, ValueError, TypeError, KeyError, IndexError) as error:
        raise unreadable(path, kind, error) from error
    logger.info("%s: read as %s%s", path, WORDS[kind], f", described in {readme}" if readme else "")
    described = readme.read_text(encoding="utf-8", errors="replace") if readme else text
    for name in table.colnames:  # astropy numbers columns of one name
        stem, _, number = name.rpartition("_")
        if number.isdigit() and stem in table.colnames and name not in described:
            refuse_repeated([stem, stem], path)
    return WholeTable(path, table)


def _refuse_cut(path: Path, kind: str, text: str) -> None:
    """A last line without an end that is shorter than others: astropy reads its stump."""
    lines = text.splitlines()
    if text and text[-1] not in "\r\n" and len(lines[-1]) < max(map(len, lines[-20:])):
        raise unreadable(path, kind, f"its last line ends in {lines[-1][-20:]!r}")


def open_ecsv(path: Path, text: str) -> WholeTable:
    """Read an ECSV table whole, with its vector columns."""
    from astropy.io.ascii import InconsistentTableError
    from astropy.table import Table

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return WholeTable(path, Table.read(text.splitlines(), format="ascii.ecsv"))
    except (InconsistentTableError, OSError, ValueError, TypeError, IndexError) as error:
        raise unreadable(path, "ecsv", error) from error
