"""Tables on disk, read as blocks of rows with the wanted columns only.

The first bytes of a file say its format; the suffix decides between formats of plain text. FITS
binary tables, parquet, Arrow, CSV and its kin and plain ECSV are read in bounded memory; VOTable,
MRT, CDS, IPAC, FITS text tables and ECSV with vectors whole, by astropy.
"""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from chemtag.base.problems import InputProblem

BLOCK_ROWS = 20_000
BLOCK_BYTES = 2**23  # of a text file, whose rows are of no fixed length
SUFFIXES = {
    ".fits": "fits",
    ".fit": "fits",
    ".fts": "fits",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".csv": "text",
    ".tsv": "text",
    ".tab": "text",
    ".txt": "text",
    ".dat": "text",
    ".asc": "text",
    ".ascii": "text",
    ".tbl": "text",
    ".mrt": "text",
    ".cds": "text",
    ".ecsv": "ecsv",
    ".vot": "votable",
    ".votable": "votable",
    ".xml": "votable",
}
WORDS = {
    "fits": "FITS file",
    "parquet": "parquet file",
    "arrow": "Arrow file",
    "text": "text table",
    "ecsv": "ECSV table",
    "votable": "VOTable",
    "mrt": "MRT table",
    "cds": "CDS table",
    "ipac": "IPAC table",
}
_MAGIC = {
    b"SIMPLE  =": "fits",
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"\xff\xff\xff\xff": "arrow",  # an Arrow stream
    b"# %ECSV": "ecsv",
}
_PACKED = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip (or a spreadsheet)",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x89HDF": "HDF5",
}

Block = dict[str, Any]  # column name -> array (masked where the format marks missing values)


class TableFile(Protocol):
    """A table on disk: names and units of its columns, and its rows in blocks."""

    columns: list[str]
    units: dict[str, str]

    def blocks(self, names: list[str]) -> Iterator[Block]:
        """Yield the rows in order, as arrays of the columns `names`."""
        ...


def open_table(
    path: str | Path, hdu: int | str | None = None, readme: str | Path | None = None
) -> TableFile:
    """Open the table at `path`.

    `hdu` (number or name) chooses the table of a FITS file, or the number of that of a VOTable; by
    default the first one. `readme` is the byte-by-byte description of a table of fixed width; a
    file `ReadMe` beside the table that describes it is found by itself. Raises `InputProblem` if
    the file is absent, unreadable, truncated or of an unknown format.
    """
    path = Path(path)
    if not path.is_file():
        what = "is no file" if path.exists() else "there is no such file"
        raise InputProblem(f"{path}: {what}; correct the path in the config.")
    if path.stat().st_size == 0:
        raise InputProblem(f"{path}: the file is empty (0 bytes); fetch or write it again.")
    packed, head = first_bytes(path)
    kind = _kind_of(path, head, packed)
    if kind == "fits":
        from chemtag.survey.fits_table import open_fits

        return open_fits(path, hdu, packed)
    if kind in ("parquet", "arrow"):
        from chemtag.survey import arrow_table

        opened = arrow_table.ParquetFile if kind == "parquet" else arrow_table.ArrowFile
        return opened(path)
    if kind == "votable":
        from chemtag.survey.whole_table import open_votable

        return open_votable(path, hdu)
    from chemtag.survey.text_table import open_text

    return open_text(path, kind, Path(readme) if readme else readme_beside(path))


def first_bytes(path: Path) -> tuple[bool, bytes]:
    """Return whether a file is gzipped, and the first 64 kB of what it holds."""
    with path.open("rb") as file:
        head = file.read(2**16)
    if head[:2] != b"\x1f\x8b":
        return False, head
    try:
        with gzip.open(path, "rb") as stream:
            return True, stream.read(2**16)
    except (OSError, EOFError, zlib.error):
        return True, b""


def _kind_of(path: Path, head: bytes, packed: bool) -> str:
    """The format of a file by its first bytes, else by its suffix."""
    name = path.name.lower().removesuffix(".gz")
    suffix = "." + name.rpartition(".")[2]
    for start, kind in _MAGIC.items():
        if head.startswith(start):
            if packed and kind in ("parquet", "arrow"):
                raise InputProblem(f"{path}: a gzipped {WORDS[kind]}; unpack it (gunzip).")
            return kind
    for start, what in _PACKED.items():
        if head.startswith(start):
            raise InputProblem(
                f"{path}: found {what}, which is not read; unpack it or save the table as FITS, "
                "parquet or CSV."
            )
    beginning = head[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith((b"<!doctype html", b"<html", b"<!doctype svg")):
        raise InputProblem(
            f"{path}: not a readable table: it is a web page; fetch the file itself again."
        )
    if b"<votable" in beginning:
        return "votable"
    if suffix not in SUFFIXES:
        raise InputProblem(
            f"{path}: the suffix names no known table format; expected one of "
            f"{', '.join(SUFFIXES)}, also with .gz; rename or convert the file."
        )
    kind = SUFFIXES[suffix]
    if kind in ("parquet", "arrow", "ecsv"):
        raise _wrong_start(path, kind)
    return kind


def _wrong_start(path: Path, kind: str) -> InputProblem:
    return unreadable(path, kind, "it does not begin like one")


def readme_beside(path: Path) -> Path | None:
    """Return the file ReadMe in the folder of a table of fixed width, if it describes the table."""
    for candidate in ("ReadMe", "README", "readme", "ReadMe.txt"):
        readme = path.with_name(candidate)
        if readme.is_file() and readme != path:
            text = readme.read_text(encoding="utf-8", errors="replace")
            name = path.name.removesuffix(".gz")
            for line in text.splitlines():
                if "byte-by-byte" in line.lower() and name in line:
                    return readme
    return None


def refuse_repeated(names: list[str], path: Path) -> None:
    """Raise `InputProblem` if columns share a name that the format's reader would change."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputProblem(
            f"{path}: column {repeated[0]!r} is there {names.count(repeated[0])} times; rename or "
            "remove the others, as nobody can tell which is meant."
        )


def ragged(path: Path, name: str, what: str) -> InputProblem:
    """The sentence of a column whose rows hold `what` (lists, arrays) of differing length."""
    return InputProblem(
        f"{path}: column {name!r} holds {what} of differing length, whose elements cannot be "
        "addressed; choose another column."
    )


def unreadable(path: Path, kind: str, error: object) -> InputProblem:
    """The sentence that a file is not what it should be."""
    reason = " ".join(str(error).split()).rstrip(".")[:300]
    return InputProblem(
        f"{path}: not a readable {WORDS[kind]} ({reason}); the file may be truncated or of another "
        "format: fetch or write it again."
    )
