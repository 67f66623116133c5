"""Tables of the page: cells as a reader wants them, the exact number for sorting beside it."""

from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.tables import column_of, contract_of

# Rows of a table that the page writes; a table of thousands is for a program to read.
LARGEST = 500
# Columns whose values a reader may choose rows by.
FILTERS = ("verdict",)


def page_table(table: pd.DataFrame, contract: str, path: str) -> dict[str, Any]:
    """Return headings, rows and notes of a table for the template.

    A heading has the name, unit and description of the contract; a cell its text, the key it is
    sorted by, and whether it is a number. `path` is shown as the place of the whole table. Rows can
    be chosen by the columns of `filters`.
    """
    shown = table.head(LARGEST)
    entries = contract_of(contract)
    headings = []
    for name in shown.columns:
        entry = column_of(entries, str(name)) or {}
        headings.append(
            {
                "name": str(name).replace("_", " "),
                "unit": entry.get("unit") or "",
                "description": entry.get("description", ""),
                "number": entry.get("dtype") not in ("string", "category", "bool"),
            }
        )
    columns = [column_cells(shown[name]) for name in shown.columns]
    return {
        "description": entries["description"],
        "path": path,
        "headings": headings,
        "rows": [list(row) for row in zip(*columns, strict=True)],
        "left_out": len(table) - len(shown),
        "filters": [
            {"column": at, "name": str(name), "options": sorted(set(map(str, shown[name])))}
            for at, name in enumerate(shown.columns)
            if name in FILTERS and len(shown)
        ],
    }


def column_cells(values: pd.Series) -> list[dict[str, str]]:
    """Return text and sorting key of each cell of a column."""
    return [{"text": text_of(v), "key": key_of(v)} for v in values.tolist()]


def text_of(value: Any) -> str:
    """Return a cell in words: counts whole, other numbers to four digits, yes or no, a dash."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return f"{int(value):,}" if abs(int(value)) > 9999 else str(value)
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if not np.isfinite(number):
            return "–"
        if number != 0 and abs(number) < 1e-3:
            return f"{number:.1e}"
        return f"{number:.0f}" if abs(number) >= 1e4 else f"{number:.4g}"
    return str(value)


def key_of(value: Any) -> str:
    """Return what a cell is sorted by: the number itself, empty where there is none."""
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return repr(float(value)) if np.isfinite(value) else ""
    return str(value)
