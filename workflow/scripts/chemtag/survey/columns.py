"""Raw values of a catalogue's columns as identifiers, numbers, bit masks and text.

Missing values, in any of their disguises, are counted per column and become NaN (numbers), -1
(bit masks: every bit set, so that any cut on flags rejects the star) or empty text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.survey.files import open_table

Role = Literal["identifier", "number", "mask", "source_id", "text"]

_ADDRESS = re.compile(r"(?P<name>.+)\[(?P<index>\d+)\]")
_EMPTY_WORDS = ("", "nan", "null", "none", "na", "n/a", "--", "masked")


@dataclass(frozen=True)
class Wanted:
    """A column to read: under which name it is kept, where it is, and what it is.

    `address` is a column name or an element of a vector column (`X_H[5]`, counted from 0); `codes`
    are the numbers that mean "missing".
    """

    target: str
    address: str
    role: Role = "number"
    codes: tuple[float, ...] = ()
    key: str = ""  # where the config names it, for messages


@dataclass
class Tally:
    """What was missing in a column, by disguise."""

    rows: int = 0
    empty: int = 0
    coded: int = 0
    infinite: int = 0

    @property
    def missing(self) -> int:
        return self.empty + self.coded + self.infinite


@dataclass
class Columns:
    """Columns of one table, all of equal length, with their tallies."""

    place: str
    values: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    n_rows: int = 0


def read_columns(
    path: str | Path, wanted: Sequence[Wanted], hdu: int | str | None = None
) -> Columns:
    """Read the wanted columns of the table at `path`, in file order.

    Returns arrays (n,): object (text and identifiers), float64 (numbers) or int64 (masks and
    source identifiers). Raises `InputProblem` for a missing column, a wrong type, an empty table.
    """
    table = open_table(path, hdu)
    place = str(path)
    addresses = {w.target: _address(w, table.columns, place) for w in wanted}
    names = sorted({name for name, _ in addresses.values()}, key=table.columns.index)
    result = Columns(place, tallies={w.target: Tally() for w in wanted})
    pieces: dict[str, list[npt.NDArray[Any]]] = {w.target: [] for w in wanted}
    for block in table.blocks(names):
        for item in wanted:
            name, index = addresses[item.target]
            raw = _element(block[name], index, item, place)
            row = result.n_rows
            pieces[item.target].append(
                _converted(raw, item, result.tallies[item.target], place, row)
            )
        result.n_rows += len(block[names[0]])
    if result.n_rows == 0:
        raise InputProblem(f"{place}: the table has no rows; give a catalogue that has some.")
    for target in list(pieces):
        result.values[target] = np.concatenate(pieces.pop(target))
    _report(result, wanted)
    return result


def _address(item: Wanted, columns: list[str], place: str) -> tuple[str, int | None]:
    """Column name and element index of an address, or the sentence that it does not exist."""
    if item.address in columns:
        return item.address, None
    match = _ADDRESS.fullmatch(item.address)
    if match and match["name"] in columns:
        return match["name"], int(match["index"])
    name = match["name"] if match else item.address
    folded = {column.lower(): column for column in columns[::-1]}
    near = [folded[c] for c in get_close_matches(name.lower(), list(folded), n=3, cutoff=0.5)]
    hint = f"did you mean {' or '.join(map(repr, near))}" if near else f"it has {columns[:12]}"
    raise InputProblem(
        f"{place}: column {name!r} ({item.key or item.target}) is missing; {hint}? "
        "Correct the column map."
    )


def _element(values: Any, index: int | None, item: Wanted, place: str) -> Any:
    """The addressed element of a vector column, or the values of a plain one."""
    if values.ndim == 1 and index is None:
        return values
    size = int(np.prod(values.shape[1:], dtype=int))
    name = item.address if index is None else item.address.rsplit("[", 1)[0]
    if values.ndim == 1:
        raise InputProblem(
            f"{place}: column {name!r} ({item.key}) is not a vector column; write it without "
            f"[{index}]."
        )
    if values.ndim == 2 and size == 1 and index is None:
        return values[:, 0]
    if values.ndim != 2 or index is None or index >= size:
        raise InputProblem(
            f"{place}: column {name!r} ({item.key}) is a vector of {size} values a row; address "
            f"one of them as {name}[0] to {name}[{size - 1}]."
        )
    return values[:, index]


def _converted(raw: Any, item: Wanted, tally: Tally, place: str, row: int) -> npt.NDArray[Any]:
    mask = np.ma.getmaskarray(raw)
    values = np.ma.getdata(raw)
    tally.rows += len(values)
    if item.role in ("identifier", "text"):
        return _as_text(values, mask, item, tally, place)
    if item.role == "number":
        return _as_numbers(values, mask, item, tally, place, row)
    return _as_integers(values, mask, item, tally, place, row)


def _as_text(
    values: Any, mask: Any, item: Wanted, tally: Tally, place: str
) -> npt.NDArray[np.object_]:
    """Text without padding; integers digit by digit, as identifiers must survive unchanged."""
    kind = values.dtype.kind
    if kind == "S":
        # Padding and blank identifiers: FITS Standard 4.0, 7.3.3.1 (NUL ends a string).
        text = [v.split(b"\0")[0].decode("utf-8", "replace").strip() for v in values.tolist()]
    elif kind in "UO":
        text = ["" if v is None or v != v else _plain(v) for v in values.tolist()]
    elif kind in "iu":
        # Catalogues write -1 or -9999 where a row has no identifier.
        text = ["" if v < 0 and item.role == "identifier" else str(v) for v in values.tolist()]
    elif kind == "b":
        text = [str(v).lower() for v in values.tolist()]
    elif item.role == "text" and kind == "f":
        text = ["" if v != v else f"{v:.15g}" for v in values.tolist()]
    else:
        raise InputProblem(
            f"{place}: column {item.address!r} ({item.key}) holds {values.dtype.name}, which "
            "loses digits of an identifier; store it as text or as 64-bit integers."
        )
    result = np.array(text, dtype=object)
    result[mask] = ""
    tally.empty += int(np.sum(result == ""))
    return result


def _plain(value: Any) -> str:
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).strip()


def _as_numbers(
    values: Any, mask: Any, item: Wanted, tally: Tally, place: str, row: int
) -> npt.NDArray[np.float64]:
    if values.dtype.kind in "SUO":
        values, empty = _parsed(values, item, place, row, float, "numbers")
        mask = mask | empty
    elif values.dtype.kind not in "iufb":
        raise InputProblem(
            f"{place}: column {item.address!r} ({item.key}) holds {values.dtype.name}, expected "
            "numbers; choose another column."
        )
    # A code is compared at the precision of the column: -9999.99 is another number in float32.
    precision = values.dtype if values.dtype.kind == "f" else np.dtype(float)
    numbers = values.astype(np.float64)
    codes = np.array(item.codes, dtype=precision).astype(np.float64)
    coded = np.isin(numbers, codes) & ~mask
    infinite = np.isinf(numbers) & ~mask & ~coded
    empty = mask | np.isnan(numbers)
    tally.coded += int(coded.sum())
    tally.infinite += int(infinite.sum())
    tally.empty += int(empty.sum())
    numbers[coded | infinite | empty] = np.nan
    return numbers


def _as_integers(
    values: Any, mask: Any, item: Wanted, tally: Tally, place: str, row: int
) -> npt.NDArray[np.int64]:
    """Bit masks and source identifiers as int64, bit for bit.

    A negative int16 or int32 mask has its top bit set; widening by value would set all the bits
    above it as well, so the bits are widened instead.
    """
    if values.dtype.kind in "SUO":
        values, empty = _parsed(values, item, place, row, int, "integers")
        mask = mask | empty
    kind = values.dtype.kind
    if kind == "f":
        values, mask = _whole(values, mask, item, place)
    elif kind not in "iub":
        raise InputProblem(
            f"{place}: column {item.address!r} ({item.key}) holds {values.dtype.name}, expected "
            "integers; choose another column."
        )
    coded = np.isin(values, item.codes) & ~mask if item.codes else np.zeros(len(values), bool)
    tally.empty += int(mask.sum())
    tally.coded += int(coded.sum())
    if item.role == "mask" and values.dtype.kind == "i" and values.dtype.itemsize < 8:
        values = values.view(values.dtype.str.replace("i", "u"))
    result = values.astype(np.int64) if kind != "u" else values.astype(np.uint64).view(np.int64)
    result[mask | coded] = -1 if item.role == "mask" else 0
    if item.role == "source_id":  # catalogues write 0, -1 or -9999 where a star has none
        tally.empty += int(np.sum((result <= 0) & ~(mask | coded)))
        result[result <= 0] = 0
    return result


def _whole(values: Any, mask: Any, item: Wanted, place: str) -> tuple[Any, Any]:
    """Integers that a file keeps as floating point, if none can have lost a digit."""
    if item.role == "source_id":
        raise InputProblem(
            f"{place}: column {item.address!r} ({item.key}) holds {values.dtype.name}, which "
            "loses digits of a source identifier; store it as 64-bit integers or as text."
        )
    mask = mask | np.isnan(values)
    known = np.where(mask, 0, values).astype(float)
    limit = 2.0**24 if values.dtype.itemsize == 4 else 2.0**53
    wrong = (known != np.round(known)) | (np.abs(known) > limit)
    if wrong.any():
        raise InputProblem(
            f"{place}: column {item.address!r} ({item.key}) holds {known[wrong][0]:g}, which is no "
            "exact integer; bit masks must be stored as integers."
        )
    return known.astype(np.int64), mask


def _parsed(
    values: Any, item: Wanted, place: str, row: int, parse: type, expected: str
) -> tuple[Any, npt.NDArray[np.bool_]]:
    """Numbers written as text; (values, empty)."""
    numbers = np.zeros(len(values), dtype=np.float64 if parse is float else np.int64)
    empty = np.zeros(len(values), dtype=bool)
    for i, value in enumerate(values.tolist()):
        word = "" if value is None else _plain(value)
        if word.lower() in _EMPTY_WORDS:
            empty[i] = True
            continue
        try:
            # A mask column with gaps is often exported as 16.0.
            numbers[i] = parse(word.removesuffix(".0") if item.role == "mask" else word)
        except (ValueError, OverflowError):
            raise InputProblem(
                f"{place}: column {item.address!r} ({item.key}) holds {word!r} in row "
                f"{row + i + 1}, expected {expected}; correct the value or choose another column."
            ) from None
    return numbers, empty


def _report(columns: Columns, wanted: Sequence[Wanted]) -> None:
    """Log the count of missing values of each column that has any."""
    logger.info("%s: %d rows, %d columns read", columns.place, columns.n_rows, len(wanted))
    for item in wanted:
        tally = columns.tallies[item.target]
        if tally.missing and item.role != "text":  # a star without a label is not incomplete
            logger.info(
                "%s: %s: %d of %d missing (%d empty or NaN, %d by code, %d infinite)",
                columns.place,
                item.address,
                tally.missing,
                tally.rows,
                tally.empty,
                tally.coded,
                tally.infinite,
            )
