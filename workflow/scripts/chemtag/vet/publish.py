"""The catalogue of candidates as others read it: VOTable, FITS, and CDS with a ReadMe."""

import io
import re
import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.io.votable.tree import Info, VOTableFile
from astropy.table import MaskedColumn, Table
from astropy.table.column import Column

from chemtag.base.tables import column_of, contract_of
from chemtag.paper.mrt import machine_readable

# Contract of each table of the catalogue, and what it is called in the files.
TABLES = {"candidates": "candidates", "members": "candidate_members"}
LINE = 80


def described(table: pd.DataFrame, contract: str) -> Table:
    """Return the table with unit, description and UCD (`meta["ucd"]`) of each column."""
    result = Table()
    for name in table.columns:
        entry = column_of(contract_of(contract), name) or {}
        values = table[name]
        if values.dtype.kind == "f":
            numbers = values.to_numpy(dtype=float)
            column: Column = MaskedColumn(numbers, mask=~np.isfinite(numbers))
            if not column.mask.any():
                column = Column(numbers)
        elif values.dtype.kind in "iub":
            column = Column(values.to_numpy(dtype=np.int64))
        else:
            column = Column(values.astype(str).to_numpy(dtype=str))
        # Neither VOUnits nor the FITS standard knows the dex: it is said in words.
        dex = entry.get("unit") == "dex"
        column.description = entry.get("description", "") + (" (dex)" if dex else "")
        column.unit = None if dex else entry.get("unit") or None
        column.meta["ucd"] = entry.get("ucd", "")
        result[name] = column
    result.meta["description"] = contract_of(contract)["description"]
    return result


def votable_of(tables: Mapping[str, pd.DataFrame], about: Mapping[str, str]) -> bytes:
    """Return the tables of the catalogue as one VOTable; `about` becomes its INFO elements."""
    whole: VOTableFile | None = None
    for name, contract in TABLES.items():
        one = described(tables[name], contract)
        made = from_table(one, table_id=name)
        part = made.get_first_table()
        part.name, part.description = name, one.meta["description"]
        for field in part.fields:
            field.ucd = one[field.name].meta["ucd"] or None
        if whole is None:
            whole = made
        else:
            whole.resources[0].tables.append(part)
    assert whole is not None
    for key, value in about.items():
        whole.infos.append(Info(name=key, value=value))
    stream = io.BytesIO()
    whole.to_xml(stream)
    return stream.getvalue()


def fits_of(tables: Mapping[str, pd.DataFrame], about: Mapping[str, str]) -> bytes:
    """Return the tables of the catalogue as FITS, an extension each; UCDs are TUCDn, as in STIL."""
    primary = fits.PrimaryHDU()
    for key, value in about.items():
        primary.header[f"HIERARCH {key}"] = value
    units: list[Any] = [primary]
    for name, contract in TABLES.items():
        one = described(tables[name], contract)
        notes = {c: (one[c].meta.pop("ucd"), one[c].description) for c in one.colnames}
        one.meta.clear()
        unit = fits.table_to_hdu(one)
        unit.name = name.upper()
        for number, column in enumerate(one.colnames, start=1):
            ucd, words = notes[column]
            unit.header[f"TUCD{number}"] = ucd
            unit.header[f"TCOMM{number}"] = _ascii(words)[:68]
        units.append(unit)
    stream = io.BytesIO()
    fits.HDUList(units).writeto(stream)
    return stream.getvalue()


def cds_files(
    tables: Mapping[str, pd.DataFrame], about: Mapping[str, str], title: str
) -> dict[str, str]:
    """Return `ReadMe`, `candidates.dat` and `members.dat` in the form of CDS.

    Without a candidate there are no data files, as the form knows no empty table, and the ReadMe
    says so.
    """
    bodies, descriptions, summary = {}, [], []
    for name, contract in TABLES.items():
        table = tables[name]
        if table.empty:
            continue
        description, data = _split(machine_readable(table, contract, title), f"{name}.dat")
        bodies[f"{name}.dat"] = data
        descriptions.append(description)
        width = max(map(len, data.splitlines()))
        what = contract_of(contract)["description"].split(",")[0].rstrip(".")
        summary.append(f"{name + '.dat':16}{width:6d}{len(table):9d}   {what}")
    return {"ReadMe": _readme(title, about, summary, descriptions), **bodies}


def _split(text: str, name: str) -> tuple[str, str]:
    """The byte-by-byte description of a table in MRT, and its rows."""
    start = text.index("Byte-by-byte Description of file:")
    rules = [m.start() for m in re.finditer(r"^-{20,}$", text, re.M)]
    last = text.index("\n", rules[-1]) + 1
    third = text.index("\n", rules[2]) + 1
    head = re.sub(r"of file: .*", f"of file: {name}", text[start:third], count=1)
    return head, text[last:]


def _readme(
    title: str, about: Mapping[str, str], summary: list[str], descriptions: list[str]
) -> str:
    double, single = "=" * LINE, "-" * LINE
    words = [
        "Groups of stars alike in their abundances, found without any knowledge of clusters. They "
        "are candidates: chemistry alone cannot tell a group of siblings from a chance group of "
        "the field (docs/vetting.md).",
        "The tables were sealed before any vetting data were read: the digest below is the sha256 "
        "of their canonical form.",
    ]
    lines = [_ascii(title), double, _ascii(title), single, "", "Description:"]
    for paragraph in words:
        lines += [f"    {line}" for line in textwrap.wrap(_ascii(paragraph), LINE - 4)]
    lines += [f"  {key}: {_ascii(value)}" for key, value in about.items()]
    lines += ["", "File Summary:", single, " FileName      Lrecl  Records   Explanations", single]
    lines += [f"{'ReadMe':16}{LINE:6d}{'.':>9}   This file", *map(_ascii, summary), single, ""]
    if not summary:
        lines += ["There is no candidate, so there are no data files.", ""]
    text = "\n".join(lines) + "\n" + "\n".join(descriptions)
    return text.rstrip("\n") + "\n\n" + double + "\n(End)\n"


def _ascii(words: str) -> str:
    return words.replace("−", "-").encode("ascii", "replace").decode()
