"""Columns of a table as identifiers, numbers, bit masks and text.

Missing values, in any of their disguises (`cells`), are counted per column; they become NaN
(numbers), -1 (bit masks: every bit set, so that any cut on flags rejects the star) or empty text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.survey import cells
from chemtag.survey.files import TableFile, open_table
from chemtag.survey.suspects import take_out_codes, warn_of_lost_digits
from chemtag.survey.units import factor

Role = Literal["identifier", "number", "mask", "source_id", "text"]

_ADDRESS = re.compile(r"(?P<name>.+)\[(?P<index>\d+)\]")


@dataclass(frozen=True)
class Wanted:
    """A column to read: under which name it is kept, where it is, and what it is.

    `address` is a column name or an element of a vector column (`X_H[5]`, counted from 0); `codes`
    are the numbers that mean "missing", `doubted` those that do where they stand apart; `unit` is
    the unit the numbers are kept in ("" for any); `limits` are the smallest and largest value there
    can be: codes are looked for beyond them only, and any other value beyond them is refused. An
    `optional` column may be absent, and `otherwise` says what is done then; of any other `remedy`
    says what a user can do. `usual` are names that are looked for where `address` is not there.
    """

    target: str
    address: str
    role: Role = "number"
    codes: tuple[float, ...] = ()
    doubted: tuple[float, ...] = field(default=(), kw_only=True)
    key: str = ""  # where the config names it, for messages
    unit: str = ""
    limits: tuple[float, float] | None = None
    optional: bool = False
    usual: tuple[str, ...] = ()
    otherwise: str = "it is left out, as no sample asks for it"
    remedy: str = "Correct the column map."


@dataclass
class Tally:
    """What was missing in a column, by disguise."""

    rows: int = 0
    empty: int = 0
    coded: int = 0
    infinite: int = 0
    limits: int = 0
    doubted: list[cells.Bools] = field(default_factory=list)  # by piece, where such a code stands

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
    path: str | Path,
    wanted: Sequence[Wanted],
    hdu: int | str | None = None,
    readme: str | Path | None = None,
) -> Columns:
    """Read the wanted columns of the table at `path`, in file order.

    Returns arrays (n,): object (text and identifiers), float64 (numbers) or int64 (masks and
    source identifiers). Raises `InputProblem` for a missing column, one that is there twice, a
    wrong type or unit, a cell that holds something else, an empty table.
    """
    table = open_table(path, hdu, readme)
    place = str(path)
    wanted = [_as_named(w, table.columns) for w in wanted]
    wanted = [w for w in wanted if not (w.optional and _absent(w, table.columns, place))]
    addresses = {w.target: _address(w, table.columns, place) for w in wanted}
    masks = {name: f"{name}.mask" for name, _ in addresses.values()}
    names = {name for name, _ in addresses.values()}
    names |= {mask for mask in masks.values() if mask in table.columns}
    marks = {w.target: f"l_{w.address}" for w in wanted if w.role == "number"}
    limits = {target: name for target, name in marks.items() if table.columns.count(name) == 1}
    names |= set(limits.values())
    ordered = sorted(names, key=table.columns.index)
    factors = {w.target: _factor(w, addresses[w.target][0], table, place) for w in wanted}
    result = Columns(place, tallies={w.target: Tally() for w in wanted})
    pieces: dict[str, list[npt.NDArray[Any]]] = {w.target: [] for w in wanted}
    for block in table.blocks(ordered):
        for item in wanted:
            name, index = addresses[item.target]
            raw = _unmasked(block, name, masks[name])
            reading = _Reading(item, result.tallies[item.target], place, result.n_rows)
            values = reading.converted(_element(raw, index, item, place), factors[item.target])
            if item.target in limits:
                limit = cells.is_limit(np.ma.filled(block[limits[item.target]]))
                result.tallies[item.target].limits += int((limit & ~np.isnan(values)).sum())
                values[limit] = np.nan
            pieces[item.target].append(values)
        result.n_rows += len(block[ordered[0]])
    if result.n_rows == 0:
        raise InputProblem(f"{place}: the table has no rows; give a catalogue that has some.")
    for item in wanted:
        result.values[item.target] = np.concatenate(pieces.pop(item.target))
        if item.role == "identifier":
            _refuse_rounded(result.values[item.target], item, place)
        if result.tallies[item.target].limits:
            _say_limits(result, item, limits[item.target])
        if item.role in ("identifier", "source_id"):
            warn_of_lost_digits(result.values[item.target], item.address, item.key, place)
        tally = result.tallies[item.target]
        if tally.doubted:
            values, coded = result.values[item.target], np.concatenate(tally.doubted)
            tally.coded += take_out_codes(values, coded, item.address, item.key, place)
    _report(result, wanted)
    return result


def _as_named(item: Wanted, columns: list[str]) -> Wanted:
    """The column by the first of its usual names that the table has."""
    there = [name for name in (item.address, *item.usual) if name in columns]
    return replace(item, address=there[0]) if there else item


def _absent(item: Wanted, columns: list[str], place: str) -> bool:
    match = _ADDRESS.fullmatch(item.address)
    absent = item.address not in columns and not (match and match["name"] in columns)
    if absent:
        logger.warning(
            "%s: column %r (%s) is missing; %s", place, item.address, item.key, item.otherwise
        )
    return absent


def _address(item: Wanted, columns: list[str], place: str) -> tuple[str, int | None]:
    """Column name and element index of an address, or the sentence that there is no one such."""
    match = _ADDRESS.fullmatch(item.address)
    found: tuple[str, int | None] | None = None
    if item.address in columns:
        found = item.address, None
    elif match and match["name"] in columns:
        found = match["name"], int(match["index"])
    if found is not None:
        times = columns.count(found[0])
        if times > 1:
            raise InputProblem(
                f"{place}: column {found[0]!r} ({item.key or item.target}) is there {times} times; "
                "rename or remove the others, as nobody can tell which is meant."
            )
        return found
    name = match["name"] if match else item.address
    folded = {column.lower(): column for column in columns[::-1]}
    longer = sorted((c for c in folded if c.endswith(f"_{name.lower()}")), key=len)
    near = [folded[c] for c in longer[:1]]
    near += [folded[c] for c in get_close_matches(name.lower(), list(folded), n=3, cutoff=0.5)]
    hint = f"did you mean {' or '.join(map(repr, near))}" if near else f"it has {columns[:12]}"
    raise InputProblem(
        f"{place}: column {name!r} ({item.key or item.target}) is missing; {hint}? " + item.remedy
    )


def _factor(item: Wanted, name: str, table: TableFile, place: str) -> float:
    """What the numbers of a column are multiplied by, for its unit."""
    unit = table.units.get(name, "")
    if not item.unit or item.role != "number":
        return 1.0
    number, known = factor(unit, item.unit, f"{place}: column {name!r} ({item.key})")
    if not known:
        logger.warning(
            "%s: column %r (%s) has the unit %r, which is not known; it is taken as %s",
            place,
            name,
            item.key,
            unit,
            item.unit,
        )
    elif number != 1:
        logger.info("%s: %s: converted from %s to %s", place, name, unit, item.unit)
    return number


def _unmasked(block: dict[str, Any], name: str, mask: str) -> Any:
    """Values of a column, masked where the column NAME.mask that astropy writes says so."""
    if mask not in block or block[mask].shape != block[name].shape:
        return block[name]
    said = np.ma.getdata(block[mask])
    if said.dtype.kind in "SUO":
        said = np.array([word.casefold() == "true" for word in cells.words_of(said, said == "")])
    mask_of = said.astype(bool) | np.ma.getmaskarray(block[name])
    return np.ma.MaskedArray(np.ma.getdata(block[name]), mask=mask_of)


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
    if values.ndim == 2 and size == 0:  # a piece of a file without a single list
        return np.ma.masked_all(len(values), dtype=values.dtype)
    if values.ndim == 2 and size == 1 and index is None:
        return values[:, 0]
    if values.ndim != 2 or index is None or index >= size:
        raise InputProblem(
            f"{place}: column {name!r} ({item.key}) is a vector of {size} values a row; address "
            f"one of them as {name}[0] to {name}[{size - 1}]."
        )
    return values[:, index]


@dataclass
class _Reading:
    """One column of one block on its way; `row` is the number of rows before the block."""

    item: Wanted
    tally: Tally
    place: str
    row: int

    def converted(self, raw: Any, unit_factor: float) -> npt.NDArray[Any]:
        mask, values = np.ma.getmaskarray(raw), np.ma.getdata(raw)
        self.tally.rows += len(values)
        if values.dtype.kind not in "SUOiufb":
            raise self._refused(f"holds {values.dtype.name}", "choose another column")
        try:
            if self.item.role in ("identifier", "text"):
                return self._text(values, mask)
            if self.item.role == "number":
                return self._numbers(values, mask, unit_factor)
            return self._integers(values, mask)
        except cells.BadCell as bad:
            expected = "numbers" if self.item.role == "number" else "integers"
            raise self._refused(
                f"holds {bad.word!r} in row {self.row + bad.row + 1}, expected {expected}",
                bad.remedy or "correct the value or choose another column",
            ) from None

    def _refused(self, found: str, remedy: str) -> InputProblem:
        where = f"{self.place}: column {self.item.address!r} ({self.item.key})"
        return InputProblem(f"{where} {found}; {remedy}.")

    def _text(self, values: Any, mask: Any) -> npt.NDArray[np.object_]:
        kind, identifier = values.dtype.kind, self.item.role == "identifier"
        if identifier and kind in "fb":
            raise self._refused(
                f"holds {values.dtype.name}, which loses digits of an identifier",
                "store it as text or as 64-bit integers",
            )
        if kind == "b":
            raise self._refused(
                "holds true and false, expected names of clusters",
                "choose the column with their names",
            )
        words = cells.words_of(values, mask)
        broken = cells.control_character(words)
        if broken is not None:
            raise self._refused(
                f"holds a control character or a line break in row {self.row + broken + 1}, "
                f"expected plain text, in {words[broken]!r}",
                "take it out",
            )
        words = [cells.identifier_of(w) for w in words] if identifier else words
        result = np.array(words, dtype=object)
        self.tally.empty += int(np.sum(result == ""))
        return result

    def _numbers(self, values: Any, mask: Any, unit_factor: float) -> npt.NDArray[np.float64]:
        numbers, empty = cells.numbers_of(values, mask)
        # Beyond float64 a text is infinite as well.
        infinite = np.isinf(numbers) & ~empty
        code = cells.coded(values, numbers, self.item.codes) & ~empty & ~infinite
        if self.item.doubted:
            self.tally.doubted.append(cells.coded(values, numbers, self.item.doubted) & ~empty)
        scaled = numbers * unit_factor
        if self.item.limits is not None:
            low, high = self.item.limits
            with np.errstate(invalid="ignore"):
                beyond = ((scaled < low) | (scaled > high)) & ~empty & ~infinite
            code &= beyond
            self._refuse_beyond(scaled, beyond & ~code)
        self.tally.coded += int(code.sum())
        self.tally.infinite += int(infinite.sum())
        self.tally.empty += int(empty.sum())
        scaled[code | infinite | empty] = np.nan
        return scaled

    def _refuse_beyond(self, numbers: npt.NDArray[np.float64], wrong: cells.Bools) -> None:
        if not wrong.any():
            return
        low, high = self.item.limits or (0, 0)
        row = int(np.argmax(wrong))
        degrees = " degrees" if self.item.unit == "deg" else ""
        swapped = "; are right ascension and declination swapped?" if high == 90 else ""
        raise self._refused(
            f"holds {numbers[row]:.10g} in row {self.row + row + 1}, expected {low:g} to {high:g}"
            f"{degrees}{swapped}",
            "correct the column, or name the number in missing_codes",
        )

    def _integers(self, values: Any, mask: Any) -> npt.NDArray[np.int64]:
        """Bit masks and source identifiers as int64, bit for bit.

        A negative int16 or int32 mask has its top bit set; widening by value would set all the
        bits above it as well, so the bits are widened instead.
        """
        source = self.item.role == "source_id"
        if source and values.dtype.kind in "fb":
            raise self._refused(
                f"holds {values.dtype.name}, which loses digits of a source identifier",
                "store it as 64-bit integers or as text",
            )
        floating = values.dtype.kind == "f"
        try:
            values, empty = cells.integers_of(values, mask)
        except cells.BadCell as bad:
            if floating:
                raise self._refused(
                    f"holds {bad.word}, which is no exact integer",
                    "bit masks must be stored as integers",
                ) from None
            raise
        code = cells.coded_integers(values, self.item.codes) & ~empty
        self.tally.empty += int(empty.sum())
        self.tally.coded += int(code.sum())
        if not source and values.dtype.kind == "i" and values.dtype.itemsize < 8:
            values = values.view(values.dtype.str.replace("i", "u"))
        unsigned = values.dtype.kind == "u"
        result = values.astype(np.uint64).view(np.int64) if unsigned else values.astype(np.int64)
        result[empty | code] = 0 if source else -1
        if source:  # catalogues write 0, -1 or -9999 where a star has none
            self.tally.empty += int(np.sum((result <= 0) & ~(empty | code)))
            result[result <= 0] = 0
        return result


def _refuse_rounded(values: npt.NDArray[np.object_], item: Wanted, place: str) -> None:
    rounded = cells.rounded_identifier(values.tolist())
    if rounded is not None:
        raise InputProblem(
            f"{place}: column {item.address!r} ({item.key}) holds {rounded!r}, an integer written "
            "as floating point, which loses digits of an identifier; store it as text or as 64-bit "
            "integers."
        )


def _say_limits(columns: Columns, item: Wanted, flags: str) -> None:
    logger.warning(
        "%s: column %r (%s): %d of %d values are limits by the column %r, no measurements: missing",
        *(columns.place, item.address, item.key, columns.tallies[item.target].limits),
        *(columns.n_rows, flags),
    )


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
