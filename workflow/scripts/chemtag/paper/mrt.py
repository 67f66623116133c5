"""Tables in the machine-readable format of the AAS journals and CDS (byte-by-byte description)."""

import io
import re
import unicodedata

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.table import Column, MaskedColumn, Table

from chemtag.base.tables import column_of, contract_of

# Significant digits of numbers that are not whole; no score of a sample of stars has more.
DIGITS = 6
_TITLE = re.compile(r"^Title:.*?(?=^=+$)", re.M | re.S)


def machine_readable(table: pd.DataFrame, contract: str, title: str) -> str:
    """Return `table` (of the contract) in the format MRT, with units and descriptions.

    Numbers are rounded to `DIGITS` significant digits, booleans are 0 and 1, a value that is not
    known is left blank, names are written in ASCII. Columns that are blank in every row are left
    out. The format knows no empty table, so a table without rows is a title and a line saying so.
    """
    if table.empty:
        return f"Title: {title}\nThe table has no rows.\n"
    result = Table()
    for name in table.columns:
        column = _printed(table[name])
        if column is None:
            continue
        entry = column_of(contract_of(contract), name) or {}
        column.description = _plain(entry.get("description", ""))
        unit = entry.get("unit")
        # CDS writes a dex as [-], the decimal logarithm of a number
        column.unit = u.dex(u.dimensionless_unscaled) if unit == "dex" else unit or None
        result[name] = column
    stream = io.StringIO()
    result.write(stream, format="ascii.mrt")
    head = f"Title: {title}\nAuthors: the authors of the run\nTable: {title}\n"
    return _TITLE.sub(lambda _: head, stream.getvalue(), count=1)


def _printed(values: pd.Series) -> Column | None:
    """The values as a column that MRT can hold, or None if all are blank."""
    if values.dtype == bool:
        return Column(values.to_numpy(dtype=np.int64))
    if values.dtype.kind in "iu":
        return Column(values.to_numpy(dtype=np.int64))
    if values.dtype.kind == "f":
        numbers = values.to_numpy(dtype=float)
        known = np.isfinite(numbers)
        if not known.any():
            return None
        rounded = np.array([float(f"{x:.{DIGITS}g}") if np.isfinite(x) else 0.0 for x in numbers])
        return MaskedColumn(rounded, mask=~known)
    words = values.fillna("").astype(str).to_numpy(dtype=str)
    blank = words == ""
    if blank.all():
        return None
    words = np.array([_plain(word) for word in words])
    return MaskedColumn(words, mask=blank) if blank.any() else Column(words)


def _plain(words: str) -> str:
    """The words in ASCII, as the format asks: letters lose their accents, other signs become ?."""
    letters = unicodedata.normalize("NFKD", words)
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return kept.encode("ascii", "replace").decode()
