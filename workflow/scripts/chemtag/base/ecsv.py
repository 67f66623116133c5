"""ECSV tables that are read back as they were written (APE 6), header and rows.

astropy reads these files, but cannot serve here: it takes rows whose first cell begins with `#`
for comments and strips blanks at the ends of cells, without a word, and does not see that rows
are missing. Here the number of rows is in the header (`rows` of the meta), cells are quoted where
a reader could misread them, and the last line must be whole.
"""

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
import yaml

from chemtag.base.yaml_scalars import SAFE_LOADER

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

_FIRST_LINE = "# %ECSV 1.0"
_ROWS = "rows"
_SPECIAL = frozenset(',"\r\n')
_WIDTH = 130


class BrokenTable(ValueError):
    """The file is no whole ECSV table; the message says what is wrong in a few words."""


class _HeaderDumper(_Dumper):
    """Plain YAML with the meta as a mapping in order, the way astropy writes it."""


class _Ordered(dict[str, Any]):
    """A mapping that is written with its order."""


def _represent_ordered(dumper: Any, mapping: _Ordered) -> Any:
    return dumper.represent_sequence("tag:yaml.org,2002:omap", [{k: v} for k, v in mapping.items()])


def _represent_number(dumper: Any, number: np.generic) -> Any:
    return dumper.represent_data(number.item())


_HeaderDumper.add_representer(_Ordered, _represent_ordered)
_HeaderDumper.add_multi_representer(np.generic, _represent_number)


def write_ecsv(
    columns: Mapping[str, npt.NDArray[Any]],
    notes: Mapping[str, Mapping[str, Any]],
    meta: Mapping[str, Any],
    path: str | Path,
) -> None:
    """Write columns (n_rows,) of numbers or objects (text) with unit and description of each.

    `notes` holds `unit` and `description` by the name of the column, `meta` plain values.
    """
    n_rows = len(next(iter(columns.values()))) if columns else 0
    datatypes = []
    for name, values in columns.items():
        note = notes.get(name, {})
        entry = {"name": name, "unit": note.get("unit"), "datatype": _datatype(values.dtype)}
        entry["description"] = note.get("description")
        datatypes.append({key: value for key, value in entry.items() if value})
    header = {"datatype": datatypes, "delimiter": ",", "meta": _Ordered({**meta, _ROWS: n_rows})}
    text = yaml.dump(
        {**header, "schema": "astropy-2.0"},
        Dumper=_HeaderDumper,
        sort_keys=False,
        default_flow_style=None,
        width=_WIDTH,
        allow_unicode=False,
    )
    lines = [_FIRST_LINE, "# ---", *(f"# {line}" for line in text.splitlines())]
    rows = zip(*(_cells(values) for values in columns.values()), strict=True)
    body = map(",".join, rows)
    with Path(path).open("w", encoding="utf-8", newline="\n") as stream:
        for line in chain(lines, [",".join(map(_quoted, columns))], body):
            # A line left blank, as by the empty cell of a single column, would not count.
            stream.write((line or '""') + "\n")


def _datatype(dtype: np.dtype[Any]) -> str:
    return "string" if dtype.kind in "OUS" else dtype.name


def _cells(values: npt.NDArray[Any]) -> Iterable[str]:
    if values.dtype.kind in "OUS":
        return map(_quoted, values)
    # Python's numbers of 64 bits are written as numpy's, in fewer steps.
    return map(str, values.tolist() if values.dtype.itemsize in (1, 8) else values)


def _quoted(text: str) -> str:
    """Quote what a reader could take for a separator, a comment or a blank to strip."""
    if not text or (text[0] != "#" and text == text.strip() and _SPECIAL.isdisjoint(text)):
        return text
    return '"' + text.replace('"', '""') + '"'


def read_ecsv(path: str | Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Return the columns, text as objects, and the meta of an ECSV table.

    Raises `BrokenTable` for a file that is no ECSV table or not whole, OSError for one that cannot
    be opened. Empty cells are empty text or NaN.
    """
    csv.field_size_limit(sys.maxsize)
    try:
        with Path(path).open(encoding="utf-8", newline="") as stream:
            header, first = _header(stream)
            names = [str(entry["name"]) for entry in header["datatype"]]
            types = [str(entry["datatype"]) for entry in header["datatype"]]
            delimiter = header.get("delimiter", " ")
            last = _Last(chain([first], stream))
            reader = csv.reader(last, delimiter=delimiter, strict=True)
            if next(reader, []) != names:
                raise BrokenTable(
                    "the line with the names of the columns is not that of its header"
                )
            rows = [row for row in reader if row]
    except (UnicodeDecodeError, csv.Error, yaml.YAMLError, KeyError, TypeError) as error:
        raise BrokenTable(" ".join(str(error).split())) from error
    meta = dict(header.get("meta") or {})
    expected = meta.pop(_ROWS, None)
    if expected is not None and (len(rows) != expected or not last.line.endswith("\n")):
        raise BrokenTable(
            f"it holds {len(rows)} rows, the last whole or not, where its header says {expected}: "
            "it was cut or changed"
        )
    uneven = next((i for i, row in enumerate(rows) if len(row) != len(names)), None)
    if uneven is not None:
        raise BrokenTable(
            f"row {uneven + 1} has {len(rows[uneven])} cells where there are {len(names)} columns"
        )
    cells = zip(*rows, strict=True) if rows else ([] for _ in names)
    columns = zip(names, types, cells, strict=True)
    return {name: _column(name, dtype, texts) for name, dtype, texts in columns}, meta


class _Last:
    """Lines of a stream, of which the last is remembered."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.line = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.line = next(self._lines)
        return self.line


def _header(stream: TextIO) -> tuple[dict[str, Any], str]:
    """Return the header and the first line below it, which bears the names of the columns."""
    lines, line = [], stream.readline()
    if line.rstrip() != _FIRST_LINE:
        raise BrokenTable(f"its first line is not {_FIRST_LINE!r}")
    while line.startswith("#"):
        lines.append(line[2:] if line.startswith("# ") else line[1:])
        line = stream.readline()
    header = yaml.load("".join(lines[1:]), SAFE_LOADER)
    if not isinstance(header, dict) or not isinstance(header.get("datatype"), list):
        raise BrokenTable("its header names no columns")
    return header, line


def _column(name: str, dtype: str, texts: Iterable[str]) -> npt.NDArray[Any]:
    cells = list(texts)
    if dtype == "string":
        column = np.empty(len(cells), dtype=object)
        column[:] = cells
        return column
    try:
        if dtype == "bool":
            return np.array([_TRUTH[cell] for cell in cells], dtype=bool)
        kind = np.dtype(dtype)
        if kind.kind == "f":
            return np.array([float(cell or "nan") for cell in cells], dtype=kind)
        return np.array([int(cell) for cell in cells], dtype=kind)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BrokenTable(f"column {name!r} holds a cell that is not {dtype} ({error})") from error


_TRUTH = {"True": True, "False": False}
