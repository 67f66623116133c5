"""Is a dataset file whole, and is it the file we mean? Fetched and hand-placed files alike."""

import csv
import gzip
import hashlib
import re
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

from chemtag.base.files import write_whole
from chemtag.base.problems import InputProblem
from chemtag.fetch.datasets import Row, digest_parts

BLOCK = 2880  # bytes of a FITS block (FITS standard 4.0, section 3.1)

PUBLISHED = "(config/datasets.yaml)"
RECORDED = "(digests.yaml, written at the first fetch: remove its entry to accept a newer file)"


class WrongFile(InputProblem):
    """The file is not the one we mean, or not whole."""


def digest_of(path: str | Path, algorithm: str) -> str:
    """Return the hexadecimal digest of a file, read in pieces."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def page_title(start: bytes) -> str | None:
    """Return the title of an HTML page from its first bytes, or None if it is no HTML page."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").decode("latin-1")
    if not re.match(r"<!doctype html|<html|<head", text, re.IGNORECASE):
        return None
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    return " ".join(title[1].split()) if title else "no title"


def verify(path: str | Path, name: str, row: Row, recorded: Row | None, origin: str) -> Row:
    """Return what is known of a file after checking it, or raise `WrongFile`.

    Checked in this order: no HTML page, published bytes, whole by its own format (FITS blocks,
    gzip checksum, CSV header and rows), published digest, digest recorded at the first fetch.
    `origin` says where the file came from and ends the sentence.

    Returns dataset, file, bytes, sha256, `checked_by` ("published digest" or "digest of the first
    fetch") and, for CSV tables, rows. The same file gives the same facts at every call.
    """
    path = Path(path)
    size = path.stat().st_size
    with path.open("rb") as stream:
        title = page_title(stream.read(4096))
    if title is not None:
        raise WrongFile(
            f"{path}: found an HTML page ({title}), expected a {row['format']} file; {origin}"
        )
    for known, where in ((row, PUBLISHED), (recorded or {}, RECORDED)):
        if "bytes" in known and size != known["bytes"]:
            raise WrongFile(
                f"{path}: found {size} bytes, expected {known['bytes']} {where}; {origin}"
            )
    rows = _check_structure(path, row, recorded, origin)
    sha256 = digest_of(path, "sha256")
    if recorded and "sha256" in recorded:
        _compare(path, "sha256", sha256, recorded["sha256"], RECORDED, origin)
    if "digest" in row:
        algorithm, expected = digest_parts(row["digest"])
        found = sha256 if algorithm == "sha256" else digest_of(path, algorithm)
        _compare(path, algorithm, found, expected, PUBLISHED, origin)
    checked_by = "published digest" if "digest" in row else "digest of the first fetch"
    facts = {"dataset": name, "file": row["file"], "bytes": size, "sha256": sha256}
    return {**facts, "checked_by": checked_by, **({} if rows is None else {"rows": rows})}


def _compare(
    path: Path, algorithm: str, found: str, expected: str, where: str, origin: str
) -> None:
    if found != expected:
        raise WrongFile(f"{path}: found {algorithm} {found}, expected {expected} {where}; {origin}")


def _check_structure(path: Path, row: Row, recorded: Row | None, origin: str) -> int | None:
    if row["format"] == "fits":
        fault = _fits_fault(path)
    elif row["format"] == "fits.gz":
        fault = _gzip_fault(path)
    else:
        expected = row["tap"].get("rows") if "tap" in row else None
        fault, rows = _csv_fault(path, row["tap"]["columns"] if "tap" in row else None)
        if fault is None and rows != (expected or (recorded or {}).get("rows", rows)):
            fault = f"found {rows} rows, expected {expected or (recorded or {})['rows']}"
        if fault is None:
            return rows
    if fault is not None:
        raise WrongFile(f"{path}: {fault}; {origin}")
    return None


def _fits_fault(path: Path) -> str | None:
    """Say what is wrong with a FITS file, from its headers and its length alone."""
    from astropy.io import fits

    size = path.stat().st_size
    with path.open("rb") as stream:
        if not stream.read(9).startswith(b"SIMPLE  ="):
            return "found no FITS header, expected a FITS file"
    if size % BLOCK:
        return f"found {size} bytes, expected a multiple of {BLOCK} as in any whole FITS file"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with fits.open(path, memmap=True, lazy_load_hdus=False) as units:
                last = units[-1].fileinfo()
    except (OSError, ValueError, TypeError, IndexError) as error:
        return f"found an unreadable FITS file ({error})"
    end = last["datLoc"] + last["datSpan"]
    if end > size:
        return f"found {size} bytes, expected {end} by its own headers: the file is truncated"
    return None


def _gzip_fault(path: Path) -> str | None:
    """Say what is wrong with a gzip-compressed FITS file: decompressed once, checksum included."""
    try:
        with gzip.open(path) as stream:
            if not stream.read(9).startswith(b"SIMPLE  ="):
                return "found no FITS header inside, expected a compressed FITS file"
            while stream.read(1 << 20):
                pass
    except (EOFError, OSError, zlib.error) as error:
        return f"found a truncated or damaged gzip file ({error})"
    return None


def _csv_fault(path: Path, columns: list[str] | None) -> tuple[str | None, int]:
    """Say what is wrong with a CSV file, and count its rows below the header."""
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        reader = csv.reader(stream)
        header = next(reader, [])
        if columns is not None and header != columns:
            return f"found columns {', '.join(header)[:200]}, expected {', '.join(columns)}", 0
        rows = 0
        for record in reader:
            if len(record) != len(header):
                return f"found {len(record)} values in row {rows + 1}, expected {len(header)}", rows
            rows += 1
    return ("found no rows" if rows == 0 else None), rows


def recorded_digest(digests: str | Path, name: str) -> dict[str, Any] | None:
    """Return what digests.yaml recorded of dataset `name` at its first fetch, or None.

    Raises `InputProblem` for a file or an entry that this did not write.
    """
    entry = _read_digests(Path(digests)).get(name)
    if entry is None:
        return None
    known = {"bytes": int, "sha256": str, "rows": int}
    sound = isinstance(entry, dict) and all(
        key in known and type(value) is known[key] for key, value in entry.items()
    )
    if not sound or not re.fullmatch("[0-9a-f]{64}", entry.get("sha256", "")):
        raise InputProblem(
            f"{digests}: the entry {name} is {str(entry)[:120]!r}, expected bytes and sha256 (64 "
            "hexadecimal digits) of the first fetch; correct it or remove it."
        )
    return entry


def _read_digests(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        if not path.is_file():
            raise OSError("no regular file")
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputProblem(
            f"{path}: not readable as YAML ({reason}); mend it or remove it."
        ) from error
    if not isinstance(content, dict):
        raise InputProblem(f"{path}: found no mapping of datasets; mend it or remove it.")
    return content


def record_digest(digests: str | Path, name: str, facts: Mapping[str, Any]) -> None:
    """Write the facts of a first fetch into digests.yaml; an entry that is there stays."""
    path = Path(digests)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")):
        if recorded_digest(path, name) is not None:
            return
        content = _read_digests(path)
        content[name] = {key: facts[key] for key in ("bytes", "sha256", "rows") if key in facts}
        text = (
            "# Digests at the first fetch; later fetches must agree. To accept a newer file,\n"
            "# remove its entry and the file. Worth committing.\n"
        ) + yaml.safe_dump(content, sort_keys=True)
        write_whole(path, text)
