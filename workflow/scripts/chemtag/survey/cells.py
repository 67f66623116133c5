"""What a cell of a table is: a number, a word, or nothing. The same for every format and column.

Words and numbers that mean "missing" are listed here and nowhere else; docs/tables.md prints them.
"""

import re
import unicodedata
from typing import Any

import numpy as np
import numpy.typing as npt

from chemtag.base.types import Bools

Values = npt.NDArray[Any]

# A cell with one of these words, in any case, is empty: in numbers, identifiers, labels and flags.
EMPTY_WORDS = (
    *("", "nan", "null", "none", "na", "n/a", "n.a.", "#n/a", "<na>", "nil", "masked", "\\n"),
    *("-", "--", "---", "...", '""'),
)
_EMPTY = frozenset(EMPTY_WORDS)
_INFINITE = {
    f"{sign}{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in ("inf", "infinity")
}

# Numbers written with nines alone, as old and new catalogues mark a missing value.
_NINES = (
    *(9.0, 9.9, 9.99, 9.999, 99.0, 99.9, 99.99, 99.999, 99.9999),
    *(999.0, 999.9, 999.99, 999.999, 9999.0, 9999.9, 9999.99, 9999.999),
    *(99999.0, 99999.99, 999999.0, 999999.99),
)
# Of abundances and their errors, in dex: no star has such a value.
ABUNDANCE_CODES = tuple(sign * number for sign in (-1.0, 1.0) for number in _NINES)
# Of numbers that are never negative (Teff, S/N, errors), and of log g.
POSITIVE_CODES = tuple(-number for number in _NINES)
# Of any other number, and of flags: -99 may be a velocity.
NUMBER_CODES = tuple(-number for number in _NINES if number >= 999)
# Of coordinates, beyond the range they can have: 99.99 deg may be a right ascension.
POSITION_CODES = tuple(sign * number for sign in (-1.0, 1.0) for number in _NINES if number >= 99)
# Of the numbers in a list of members: probabilities and thresholds.
MEMBER_CODES = (*NUMBER_CODES, 999999.0)

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[eEdD]([+-]?\d+))?")
_INTEGER = re.compile(r"[+-]?\d+")
_WHOLE = re.compile(r"([+-]?\d+)\.0*")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
_SEXAGESIMAL = re.compile(r"[+-]?\d+[:hd ]\d+[:m' ]\d+(\.\d*)?[s\"]?")
# An integer that a program wrote as floating point: 4.2958e+18, or 7.0 where others are empty.
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+\d+")
_FLOAT = re.compile(r"[+-]?(\d+\.\d*|\d(\.\d+)?[eE][+-]?\d+)")
# Besides control characters and line breaks: what no screen shows, and what turns its order round.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# What pads a cell: blanks of any width, and marks of no width that copying leaves behind.
_PADDING = " \t\xa0\xad\u1680\u180e\u202f\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x2010))
)


class BadCell(Exception):
    """A cell that holds neither what is expected nor nothing: its row and what is wrong."""

    def __init__(self, row: int, word: str, remedy: str = "") -> None:
        super().__init__(word)
        self.row, self.word, self.remedy = row, word, remedy


def is_empty(word: str) -> bool:
    """Say whether a word means that there is no value."""
    return word.strip().casefold() in _EMPTY


def plain(value: Any) -> str:
    """Return one cell as text without padding; Latin-1 where it is not UTF-8.

    Letters with accents are composed (NFC), so that what looks alike is alike.
    """
    if isinstance(value, bytes):
        # NUL ends a string in FITS (Standard 4.0, 7.3.3.1).
        value = value.split(b"\0")[0]
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError:
            value = value.decode("latin-1")
    text = str(value)
    if text.isascii():
        return text.strip(" \t")
    return unicodedata.normalize("NFC", text.strip(_PADDING))


def words_of(values: Values, mask: Bools) -> list[str]:
    """Return the cells (N,) as text, empty where masked; integers digit by digit."""
    kind = values.dtype.kind
    if kind in "SUO":
        text = ["" if v is None or v != v else plain(v) for v in values.tolist()]
    elif kind == "f":
        text = ["" if v != v else f"{v:.15g}" for v in values.tolist()]
    elif kind == "b":
        text = [str(v).lower() for v in values.tolist()]
    else:
        text = [str(v) for v in values.tolist()]
    for i in np.flatnonzero(mask).tolist():
        text[i] = ""
    return text


def numbers_of(values: Values, mask: Bools) -> tuple[npt.NDArray[np.float64], Bools]:
    """Return (numbers, empty) of cells (N,) of numbers or of text; raises `BadCell`."""
    kind = values.dtype.kind
    if kind in "iuf":
        numbers = values.astype(np.float64)
        return numbers, mask | np.isnan(numbers)
    if kind == "b":
        raise BadCell(0, "true or false", "choose another column")
    words = words_of(values, mask)
    numbers, empty = np.zeros(len(words)), np.zeros(len(words), dtype=bool)
    for i, word in enumerate(words):
        match = _NUMBER.fullmatch(word)
        if match is not None:
            numbers[i] = float(match[1] if match[2] is None else f"{match[1]}e{match[2]}")
        elif word.casefold() in _EMPTY:
            empty[i] = True
        else:
            numbers[i] = _other_number(word, i)
    return numbers, empty


def _other_number(word: str, row: int) -> float:
    """A number in an unusual spelling, or the remedy for what is none."""
    if word.casefold() in _INFINITE:
        return _INFINITE[word.casefold()]
    if word.startswith("\u2212") and _NUMBER.fullmatch(word[1:]):  # a typeset minus sign
        return _other_number(f"-{word[1:]}", row)
    match = _NUMBER.fullmatch(word)
    if match is not None:
        return float(word.replace("d", "e").replace("D", "e"))
    if _DECIMAL_COMMA.fullmatch(word):
        raise BadCell(row, word, "write decimal points, not commas")
    if _SEXAGESIMAL.fullmatch(word):
        raise BadCell(row, word, "write decimal degrees, not hours, minutes and seconds")
    if word[:1] in "<>~" or word[-1:] == ":":
        raise BadCell(
            row, word, "leave limits and uncertain values empty, or put the mark in a flag"
        )
    raise BadCell(row, word, "correct the value or choose another column")


def integers_of(values: Values, mask: Bools) -> tuple[Values, Bools]:
    """Return (integers, empty) of cells (N,) bit for bit; raises `BadCell`.

    Text becomes int64, or uint64 above 2**63 - 1. Floating point passes where no digit can have
    been lost: below 2**24 in float32, below 2**53 in float64.
    """
    kind = values.dtype.kind
    if kind in "iub":
        return values, mask
    if kind == "f":
        return _whole_floats(values, mask)
    words = words_of(values, mask)
    result, empty = [0] * len(words), np.zeros(len(words), dtype=bool)
    flags = {"true": 1, "t": 1, "false": 0, "f": 0}
    for i, word in enumerate(words):
        whole = _WHOLE.fullmatch(word)  # an integer column with gaps is often exported as 16.0
        if whole is not None and abs(int(whole[1])) < 2**53:
            result[i] = int(whole[1])
        elif _INTEGER.fullmatch(word) and -(2**63) <= int(word) < 2**64:
            result[i] = int(word)
        elif word.casefold() in _EMPTY:
            empty[i] = True
        elif word.casefold() in flags:
            result[i] = flags[word.casefold()]
        else:
            lost = "digits are lost: write integers in full, not as floating point"
            raise BadCell(i, word, lost if _FLOAT.fullmatch(word) else "")
    large = any(number >= 2**63 for number in result)
    return np.array(result, dtype=np.uint64 if large else np.int64), empty


def _whole_floats(values: Values, mask: Bools) -> tuple[Values, Bools]:
    mask = mask | np.isnan(values)
    known = np.where(mask, 0, values).astype(float)
    limit = 2.0**24 if values.dtype.itemsize == 4 else 2.0**53
    wrong = (known != np.round(known)) | (np.abs(known) > limit)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise BadCell(row, f"{known[row]:g}", "floating point loses digits: store integers")
    return known.astype(np.int64), mask


def coded(values: Values, numbers: npt.NDArray[np.float64], codes: tuple[float, ...]) -> Bools:
    """Return (N,) True where a number is a code of missing values.

    A code is compared at the precision of the column: -9999.99 is another number in float32.
    """
    precision = values.dtype if values.dtype.kind == "f" else np.dtype(float)
    with np.errstate(over="ignore"):
        known = np.array(codes, dtype=precision).astype(np.float64)
    return np.isin(numbers, known)


def coded_integers(values: Values, codes: tuple[float, ...]) -> Bools:
    """Return (N,) True where an integer is a code of missing values; compared digit by digit."""
    found = np.zeros(len(values), dtype=bool)
    if values.dtype.kind == "b":
        return found
    limits = np.iinfo(values.dtype)
    for code in {int(code) for code in codes if code == int(code)}:
        if limits.min <= code <= limits.max:
            found |= values == values.dtype.type(code)
    return found


def is_limit(flags: Values) -> Bools:
    """Return (n,) True where a cell of a column of limit flags, as VizieR has them, marks one."""
    if flags.dtype.kind not in "SUO":
        return np.zeros(len(flags), dtype=bool)
    return np.array([plain(flag)[:1] in ("<", ">") for flag in flags.tolist()], dtype=bool)


def identifier_of(word: str) -> str:
    """Return an identifier, empty for the words and negative integers that mean there is none."""
    if word[:1] == "-" and word[1:].isdigit():
        return ""
    return "" if word.casefold() in _EMPTY else word


def control_character(words: list[str]) -> int | None:
    """Return the first row whose text has a control character or a line break."""
    return next((i for i, word in enumerate(words) if _CONTROL.search(word)), None)


def rounded_identifier(words: list[str]) -> str | None:
    """Return an identifier that was written as floating point, so that digits are lost, or None.

    4.29580672e+18 is one wherever it stands; 7.0 and 1e5 are where all others are numbers, too.
    """
    floats = [word for word in words if _FLOAT.fullmatch(word)]
    if not floats:
        return None
    rounded = next((word for word in floats if _ROUNDED.fullmatch(word)), None)
    if rounded is not None:
        return rounded
    numbers = all(_FLOAT.fullmatch(w) or _INTEGER.fullmatch(w) or not w for w in words)
    return floats[0] if numbers else None


def lost_digits(identifiers: Values) -> str:
    """Return of what large integers (N,) all are multiples if they were rounded, else nothing.

    From 2**60 on float64 keeps multiples of 256 and more; a spreadsheet keeps 15 digits. Those of
    Gaia are multiples of 128 themselves, others of more (all of them, also where float64 would have
    kept finer steps), so what counts is the chance beyond that, 1e-12 at most.
    """
    known = identifiers
    if known.dtype.kind == "O":
        words = (w for w in known.tolist() if w.isascii() and w.isdecimal() and len(w) < 20)
        known = np.array([n for n in map(int, words) if n < 2**63], dtype=np.int64)
    known = np.unique(known[known > 0])
    large = known[known >= 2**60]
    if not len(large) or _of_sdss(large):
        return ""
    shared = int(np.bitwise_or.reduce(known))
    shared &= -shared
    steps = 2 ** (np.frexp(large.astype(float))[1] - 53)
    own = shared if shared > np.spacing(float(known[0])) else 128
    for step, bits, said in (
        (steps, np.log2(np.maximum(steps / own, 1)), f"{steps.min()} or more"),
        (np.full(len(large), 10**4), np.full(len(large), np.log2(10**4 / 16)), "10,000"),
    ):
        if bits.sum() > 40 and not (large % step).any():
            return said
    return ""


def _of_sdss(large: Values) -> bool:
    """Say whether integers (N,) are of spectra of SDSS, multiples of 1024 from the beginning.

    Of specObjID the bits from 38 on are the fibre, 1 to 1000, those from 24 on the day, MJD - 50000
    (glossary of DR17).
    """
    fibre, day = (large >> 38) & 0xFFF, (large >> 24) & 0x3FFF
    return bool(np.all((fibre > 0) & (fibre <= 1000) & (day > 1000) & (day < 12000)))


def whole_label(word: str) -> str:
    """Return a label without the `.0` that a column of numbers with gaps gets."""
    match = _WHOLE.fullmatch(word)
    return match[1] if match else word
