"""The seal of a catalogue: a digest of its tables, taken before any vetting data are read."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem

FORM = "chemtag-seal-1"


def canonical(table: pd.DataFrame) -> bytes:
    """Return the table as bytes that depend on its columns, cells and row order alone.

    One JSON array a line: names, then each row; numbers as their shortest decimal form that reads
    back as the same 64-bit number, NaN as null.
    """
    columns = [_cells(table[name]) for name in table.columns]
    lines = [json.dumps(list(map(str, table.columns)), ensure_ascii=True)]
    lines += [json.dumps(row, ensure_ascii=True) for row in zip(*columns, strict=True)]
    return "\n".join([*lines, ""]).encode("ascii")


def _cells(values: pd.Series) -> list[Any]:
    if values.dtype.kind == "f":
        return [float(x) if np.isfinite(x) else None for x in values.to_numpy(dtype=float)]
    if values.dtype.kind in "iub":
        return [int(x) for x in values.to_numpy()]
    return [str(x) for x in values]


def digest_of(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return the sha256 of the canonical forms of the tables, each with its name, in that order."""
    digest = hashlib.sha256(FORM.encode("ascii"))
    for name in sorted(tables):
        text = canonical(tables[name])
        digest.update(f"\n{name} {len(text)}\n".encode("ascii"))
        digest.update(text)
    return digest.hexdigest()


def sealed(tables: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the seal of the tables: form, digest, rows, and what `about` says of them."""
    rows = {name: len(table) for name, table in sorted(tables.items())}
    return {"form": FORM, "sha256": digest_of(tables), "rows": rows, **about}


def check_seal(seal: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], place: str) -> None:
    """Raise `InputProblem` where the tables are not those that were sealed."""
    if seal.get("form") != FORM:
        raise InputProblem(
            f"{place}: is no seal of the form {FORM!r} (found {seal.get('form')!r}); remove it and "
            "run again, the catalogue is made and sealed anew."
        )
    found = digest_of(tables)
    if found != seal["sha256"]:
        raise InputProblem(
            f"{place}: the catalogue of candidates was changed after it was sealed (digest "
            f"{found[:12]}, sealed {seal['sha256'][:12]}), so that vetting it would prove nothing; "
            "remove tables and seal and run again."
        )
