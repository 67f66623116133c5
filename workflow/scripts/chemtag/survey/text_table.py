"""Tables in plain text: CSV and its kin, columns apart by blanks, ECSV, MRT, CDS, IPAC.

Values stay text until their column's use is known. Encoding (UTF-8, UTF-16, else Latin-1),
delimiter, comments in front and a header behind `#` are found in the file itself.
"""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.survey import files
from chemtag.survey.files import Block, TableFile, first_bytes, refuse_repeated, unreadable

_BLANK = re.compile(r'"((?:[^"]|"")*)"|(\S+)')
_NUMBERLIKE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?")
_LOOKED_AT = 2**20


@dataclass(frozen=True)
class Layout:
    """How a text table is written; `skip` lines stand before the first row."""

    encoding: str
    delimiter: str  # "" for runs of blanks
    names: list[str]
    skip: int
    broken: bool = False  # whether quoted cells hold line breaks
    units: dict[str, str] = field(default_factory=dict)


def open_text(path: Path, kind: str, readme: Path | None) -> TableFile:
    """Open a table of plain text: ECSV if `kind` says so, else what its first lines show."""
    encoding = encoding_of(path)
    head = _head(path, encoding)
    if kind == "ecsv":
        return _open_ecsv(path, encoding, head)
    described = "byte-by-byte description" in head.lower()
    if readme is not None or described:
        from chemtag.survey.whole_table import open_described

        whole = read_text(path, encoding)
        form = "mrt" if readme is None and head.lower().lstrip().startswith("title:") else "cds"
        return open_described(path, form, whole, readme)
    if re.match(r"\s*(\\|\|)", head):
        from chemtag.survey.whole_table import open_described

        if re.search(r"^\\", head, re.M) or head.count("\n|") >= 1:
            return open_described(path, "ipac", read_text(path, encoding))
    return TextTable(path, layout_of(path, encoding, head))


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file; the whole file must be UTF-8 to be called so."""
    _, head = first_bytes(path)
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16")):
        if head.startswith(mark):
            return name
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16"
    if head[1:64:2].count(0) > 20:
        return "utf-16-le"
    if head[0:64:2].count(0) > 20:
        return "utf-16-be"
    if b"\0" in head:
        raise unreadable(path, "text", "it holds NUL bytes, as no text does")
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _bytes_of(path) as stream:
        try:
            while block := stream.read(2**22):
                decoder.decode(block)
        except UnicodeDecodeError:
            logger.warning(
                "%s: is not UTF-8; its letters are read as those of Latin-1 (Windows-1252)", path
            )
            return "cp1252"
        except (OSError, EOFError, zlib.error) as error:
            raise unreadable(path, "text", error) from error
    return "utf-8"


@contextmanager
def _bytes_of(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    with (gzip.open if packed else open)(path, "rb") as stream:
        yield stream  # type: ignore[misc]


def _head(path: Path, encoding: str) -> str:
    with _bytes_of(path) as stream:
        try:
            head = stream.read(_LOOKED_AT)
        except (OSError, EOFError, zlib.error) as error:
            raise unreadable(path, "text", error) from error
    return codecs.getincrementaldecoder(encoding)("replace").decode(head)


def read_text(path: Path, encoding: str) -> str:
    """Return the whole content of a text file."""
    with _bytes_of(path) as stream:
        try:
            return stream.read().decode(encoding, "replace")
        except (OSError, EOFError, zlib.error) as error:
            raise unreadable(path, "text", error) from error


def _lines(text: str) -> list[str]:
    return re.split(r"\r\n|\n|\r", text)


def cells_of(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line, without padding and quotes."""
    if delimiter:
        row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
        return [cell.strip() for cell in row]
    return [word or quoted.replace('""', '"') for quoted, word in _BLANK.findall(line)]


def delimiter_of(lines: list[str]) -> str:
    """Return the delimiter that splits all of the first lines alike into most cells."""
    found, widest = None, 1
    for delimiter in ("\t", ",", ";", "|"):
        widths = Counter(len(cells_of(line, delimiter)) for line in lines)
        width, often = widths.most_common(1)[0]
        if (
            width > widest
            and often >= 0.7 * len(lines)
            and len(cells_of(lines[0], delimiter)) == width
        ):
            found, widest = delimiter, width
    if found is not None:
        return found
    by_header = {d: lines[0].count(d) for d in ("\t", ",", ";", "|")}
    most = max(by_header, key=lambda d: by_header[d])
    return most if by_header[most] else ""


def layout_of(path: Path, encoding: str, head: str) -> Layout:
    """Find header, delimiter and comments of a text table in its first lines."""
    lines = _lines(head)[:200]
    if len(head) >= _LOOKED_AT and len(lines) > 1:
        lines = lines[:-1]
    first = next((i for i, line in enumerate(lines) if line.strip() and line[:1] != "#"), None)
    if first is None:
        if lines and lines[0][:1] == "#":  # a header and no row
            first = len(lines)
        else:
            raise unreadable(path, "text", "no line of it holds a header")
    body = [line for line in lines[first : first + 60] if line.strip()]
    while first > 1 and _is_marked_row(lines[first - 1], body):
        first -= 1
    body = [line for line in lines[first : first + 60] if line.strip()]
    comment = lines[first - 1].lstrip("#").strip() if first and lines[first - 1][:1] == "#" else ""
    delimiter = delimiter_of(body or [comment])
    behind = cells_of(comment, delimiter) if comment else []
    cells = cells_of(body[0], delimiter) if body else []
    if behind and (not body or (len(behind) == len(cells) and _is_data(cells, behind))):
        names, skip = behind, first
    else:
        names, skip = cells, first + 1
    rows = [cells_of(line, delimiter) for line in lines[skip : skip + 50] if line.strip()]
    if rows and delimiter and all(len(r) == len(names) + 1 and not r[-1] for r in rows):
        names = [*names, ""]  # each row ends in a delimiter, the header does not
    if 2 * sum(bool(_NUMBERLIKE.fullmatch(name)) for name in names) >= len(names):
        raise InputProblem(
            f"{path}: the first line holds numbers ({', '.join(names[:4])}), expected the names of "
            "the columns; add a header line, or give the `readme` of a table of fixed width."
        )
    broken = delimiter != "" and any(line.count('"') % 2 for line in _lines(head)[skip:-1])
    return Layout(encoding, delimiter, names, skip, broken)


def _is_marked_row(line: str, body: list[str]) -> bool:
    """Say whether a line in front that begins with `#` is a row like those that follow."""
    if line[:1] != "#" or not body:
        return False
    delimiter = delimiter_of(body)
    cells, row = cells_of(line[1:], delimiter), cells_of(body[0], delimiter)
    numbers = [sum(bool(_NUMBERLIKE.fullmatch(c)) for c in those) for those in (cells, row)]
    return len(cells) == len(row) and numbers[1] > 0 and 2 * numbers[0] > numbers[1]


def _is_data(cells: list[str], header: list[str]) -> bool:
    """Say whether the line after a comment is a row, whose header is the comment."""
    numbers = sum(bool(_NUMBERLIKE.fullmatch(cell)) for cell in cells)
    return numbers > sum(bool(_NUMBERLIKE.fullmatch(name)) for name in header)


def _open_ecsv(path: Path, encoding: str, head: str) -> TableFile:
    """ECSV as text with the header's names and units; whole, by astropy, if it holds vectors."""
    from astropy.table.meta import YamlParseError, get_header_from_yaml

    lines = _lines(head)
    start = next((i for i, line in enumerate(lines) if line[:1] != "#"), None)
    if start is None:
        raise unreadable(path, "ecsv", "its header has no end")
    try:
        header = get_header_from_yaml([line[2:] for line in lines[:start]])
        columns = header["datatype"]
        names = [str(column["name"]) for column in columns]
    except (YamlParseError, KeyError, TypeError, ValueError) as error:
        raise unreadable(path, "ecsv", error) from error
    delimiter = header.get("delimiter", " ")
    if cells_of(lines[start], delimiter) != names:
        raise unreadable(path, "ecsv", "its header and its line of names differ")
    refuse_repeated(names, path)
    if any("subtype" in column for column in columns):
        from chemtag.survey.whole_table import open_ecsv

        return open_ecsv(path, _with_quoted_marks(read_text(path, encoding), start, delimiter))
    units = {str(c["name"]): str(c["unit"]) for c in columns if c.get("unit") is not None}
    return TextTable(path, Layout(encoding, delimiter, names, start + 1, units=units))


def _with_quoted_marks(text: str, start: int, delimiter: str) -> str:
    """Quote first cells that begin with `#`, so that astropy takes no row for a comment."""
    lines = _lines(text)
    for i, line in enumerate(lines[start:], start):
        if line[:1] == "#":
            cell, mark, rest = line.partition(delimiter)
            lines[i] = f'"{cell}"{mark}{rest}'
    return "\n".join(lines)


class _Recoded(io.RawIOBase):
    """The bytes of a file as UTF-8, whatever its encoding."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            block = self._stream.read(2**20)
            self._left = self._decoder.decode(block, not block).encode("utf-8")
            if not block:
                break
        n = min(len(buffer), len(self._left))
        buffer[:n], self._left = self._left[:n], self._left[n:]
        return n


class TextTable:
    """A table in plain text, read in blocks.

    Rows shorter or longer than the header are refused: their values would stand under wrong names.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path, self._layout = path, layout
        self.columns, self.units = list(layout.names), dict(layout.units)
        self._bad: tuple[int, int, str] | None = None
        self._marked = 0

    def blocks(self, names: list[str]) -> Iterator[Block]:
        """Yield blocks of rows; see `TableFile`."""
        self._bad, self._marked = None, 0
        reader = self._delimited if self._layout.delimiter else self._by_blanks
        yield from reader(names)
        if self._cut_short():
            logger.warning(
                "%s: its last line has no end; make sure that the file is whole", self.path
            )
        if self._marked:
            logger.warning(
                "%s: %d rows begin with `#` and have as many cells as the header: they are read as "
                "stars; remove them if they are comments",
                self.path,
                self._marked,
            )

    def _cut_short(self) -> bool:
        """Say whether the last byte of a file that is not packed ends no line."""
        packed, _ = first_bytes(self.path)
        with self.path.open("rb") as file:
            file.seek(-2, io.SEEK_END)
            return not packed and not set(file.read(2)) & {10, 13}

    @contextmanager
    def _stream(self) -> Iterator[BinaryIO]:
        with _bytes_of(self.path) as raw:
            if self._layout.encoding == "utf-8":
                yield raw
            else:
                yield io.BufferedReader(_Recoded(raw, self._layout.encoding), 2**20)

    def _delimited(self, names: list[str]) -> Iterator[Block]:
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        # Columns by position, as names may repeat; the first one to see rows that begin with #.
        where = {name: self.columns.index(name) for name in names}
        numbers = sorted({0, *where.values()})
        text = arrow_csv.ConvertOptions(
            include_columns=[f"c{i}" for i in numbers],
            column_types={f"c{i}": pa.string() for i in numbers},
            strings_can_be_null=False,
        )
        read = arrow_csv.ReadOptions(
            block_size=files.BLOCK_BYTES,
            use_threads=False,
            skip_rows=self._layout.skip,
            column_names=[f"c{i}" for i in range(len(self.columns))],
        )
        parse = arrow_csv.ParseOptions(
            delimiter=self._layout.delimiter,
            invalid_row_handler=self._invalid,
            newlines_in_values=self._layout.broken,
        )
        try:
            with (
                self._stream() as stream,
                arrow_csv.open_csv(
                    stream, read_options=read, parse_options=parse, convert_options=text
                ) as reader,
            ):
                for batch in reader:
                    first = batch.column("c0").to_pylist()
                    self._marked += sum(cell[:1] == "#" for cell in first)
                    columns = {i: batch.column(f"c{i}").to_pylist() for i in numbers}
                    yield {
                        name: np.array([_unquoted(v) for v in columns[i]], dtype=object)
                        for name, i in where.items()
                    }
        except (pa.ArrowException, OSError, EOFError, zlib.error) as error:
            if "Empty CSV file" in str(error):
                return
            raise self._mismatch(error) from error

    def _invalid(self, row: Any) -> str:
        """Skip comments between the rows; note any other row that does not fit the header."""
        if row.text.lstrip().startswith("#"):
            return "skip"
        if self._bad is None:
            self._bad = (row.number or 0, row.actual_columns, row.text)
        return "error"

    def _mismatch(self, error: Exception) -> InputProblem:
        if self._bad is None and "newlines_in_values" in str(error):
            return InputProblem(
                f"{self.path}: a quoted cell holds a line break, expected none so far down; take "
                "the line breaks out, or save the table as FITS or parquet."
            )
        if self._bad is None:
            return unreadable(self.path, "text", error)
        line, found, text = self._bad
        return InputProblem(
            f"{self.path}: not a readable CSV file: line {line} has {found} cells, expected "
            f"{len(self.columns)} as in the header, in {text[:60]!r}; the file may be truncated, "
            "or a cell with a delimiter lacks quotes: fetch or write it again."
        )

    def _by_blanks(self, names: list[str]) -> Iterator[Block]:
        where = {name: self.columns.index(name) for name in names}
        rows: list[list[str]] = []
        with self._stream() as stream:
            lines = io.TextIOWrapper(stream, encoding="utf-8", errors="replace")
            for number, line in enumerate(lines, 1):
                if number <= self._layout.skip or not line.strip():
                    continue
                cells = cells_of(line, "")
                if len(cells) != len(self.columns):
                    if line.lstrip().startswith("#"):
                        continue
                    self._bad = (number, len(cells), line.strip())
                    raise self._mismatch(ValueError("rows of differing length"))
                self._marked += line[:1] == "#"
                rows.append(cells)
                if len(rows) >= files.BLOCK_ROWS:
                    yield _block(rows, where)
                    rows = []
        if rows:
            yield _block(rows, where)


def _block(rows: list[list[str]], where: dict[str, int]) -> Block:
    return {name: np.array([row[i] for row in rows], dtype=object) for name, i in where.items()}


def _unquoted(cell: str) -> str:
    """A cell without padding, and without the quotes that padding hid from the reader."""
    cell = cell.strip(" \t")
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
