"""Numbers that are none: undeclared codes, other scales, other units, found by their values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.base.types import Bools, Floats
from chemtag.survey.abundances import unit_of
from chemtag.survey.cells import lost_digits

LARGEST_ABUNDANCE = 10.0  # dex; beyond it no star is known, nor an error that says anything
_FAR = 6.0  # robust sigma of the other values from their median
_SHARE, _FEWEST = 0.01, 4  # of the values, at which repetition is no chance
_SMALLEST_ERROR = 1e-5  # dex
_BEYOND_SPREAD = 3.0  # times the spread of a column, which its errors cannot exceed
_PILED_CODE = 3  # times as many as of any other number: no value of a rounded column
_PILE = 0.2  # share of one value among abundances that are otherwise all different
_LOG_EPSILON = (
    3.0  # dex: no sample has a median abundance above it, on the scale A(H) = 12 most have
)


@dataclass(frozen=True)
class Repeated:
    """A value that many rows hold exactly, and how many."""

    value: float
    count: int


def repeated_far(values: Floats) -> Repeated | None:
    """Return the value that many rows repeat exactly far from all others, or None.

    Many: 4 rows and 1 % of the finite ones; far: 6 robust sigma (1.4826 MAD) of the others beyond
    their median, and outside their range.
    """
    known = values[np.isfinite(values)]
    if len(known) < 10:
        return None
    distinct, counts = np.unique(known, return_counts=True)
    for at in (0, len(distinct) - 1):
        value, count = float(distinct[at]), int(counts[at])
        others = known[known != value]
        if count < max(_FEWEST, _SHARE * len(known)) or len(others) < 5:
            continue
        centre = np.median(others)
        spread = 1.4826 * np.median(np.abs(others - centre))
        # A column of equal errors has no spread; its own size is the yardstick then.
        yard = max(float(spread), 0.05 * abs(float(centre)), 1e-12)
        beyond = abs(value - float(centre)) > _FAR * yard
        gap = abs(value - float(distinct[1 if at == 0 else at - 1]))
        if beyond and gap > 0.25 * abs(value - float(centre)):
            return Repeated(value, count)
    return None


def missing_by_code(values: Floats, coded: Bools) -> Bools:
    """Return (N,) True where a number that may be a code of "missing" is one and no value.

    `values` (N,) without missing ones but NaN; `coded` (N,) where such a number stands. It is a
    code beyond the range of the others and 6 robust sigma from their median, or held by 4 rows, 1 %
    and three times as many as any other number.
    """
    others = values[np.isfinite(values) & ~coded]
    if len(others) < 5:
        return coded
    centre = float(np.median(others))
    yard = max(_spread(others), 0.05 * abs(centre), 1e-12)
    usual = int(np.unique(others, return_counts=True)[1].max())
    result = np.zeros(len(values), dtype=bool)
    for number in np.unique(values[coded]):
        here = coded & (values == number)
        beyond = number < others.min() or number > others.max()
        apart = beyond and abs(number - centre) > _FAR * yard
        most = max(_FEWEST, _SHARE * (len(others) + int(coded.sum())), _PILED_CODE * usual)
        result |= here & (apart or int(here.sum()) >= most)
    return result


def take_out_codes(values: Floats, coded: Bools, address: str, key: str, place: str) -> int:
    """Make `values` (N,) NaN in place where a number `coded` is no value; return how many.

    Warns of those that are kept; see `missing_by_code`.
    """
    coded = coded & np.isfinite(values)
    missing = missing_by_code(values, coded)
    kept = values[coded & ~missing]
    if len(kept):
        logger.warning(
            "%s: column %r (%s): %d of %d rows hold a number of missing_codes, such as %g, amid "
            "other values; they are kept: empty these cells if they mean 'missing'",
            place,
            address,
            key,
            len(kept),
            len(values),
            kept[0],
        )
    values[missing] = np.nan
    return int(missing.sum())


def piled(values: Floats) -> Repeated | None:
    """Return the value that a fifth of the rows or more hold, the others being mostly different."""
    known = values[np.isfinite(values)]
    if len(known) < 20:
        return None
    distinct, counts = np.unique(known, return_counts=True)
    at = int(np.argmax(counts))
    rest = np.delete(counts, at)
    if not len(rest) or counts[at] < _PILE * len(known) or counts[at] < 10 * rest.max():
        return None
    return Repeated(float(distinct[at]), int(counts[at]))


def warn_of_codes(values: Floats, address: str, key: str, place: str, abundance: bool) -> None:
    """Warn of values that look like a code for "missing", and of a pile of equal abundances."""
    found = repeated_far(values)
    total = int(np.isfinite(values).sum())
    if found is not None:
        logger.warning(
            "%s: column %r (%s): %d of %d rows hold exactly %g, far from all others; if it means "
            "'missing', set `missing_codes: [%g]`",
            place,
            address,
            key,
            found.count,
            total,
            found.value,
            found.value,
        )
    pile = piled(values) if abundance and found is None else None
    if pile is not None:
        logger.warning(
            "%s: column %r (%s): %d of %d rows hold exactly %g, all others differ; if it means "
            "'missing', set `missing_codes: [%g]`",
            place,
            address,
            key,
            pile.count,
            total,
            pile.value,
            pile.value,
        )


def refuse_log_epsilon(
    values: Mapping[str, Floats], addresses: Mapping[str, str], place: str
) -> None:
    """Raise `InputProblem` if abundances are on the scale A(H) = 12, log epsilon.

    `values`: abundances by element. Lithium and carbon alone may be enhanced by as much.
    """
    for element, array in values.items():
        known = array[np.isfinite(array)]
        if len(known) and element not in ("li", "c", "n") and np.median(known) > _LOG_EPSILON:
            if np.percentile(known, 90) > 12:  # no abundance on any scale
                continue
            raise InputProblem(
                f"{place}: column {addresses[element]!r} (elements/{element}/value) has a median "
                f"of {np.median(known):.2f} dex, expected abundances relative to solar; it looks "
                "like log epsilon, A(X): subtract the solar abundances, or leave the element out."
            )


def warn_of_large(values: Floats, errors: Floats | None, name: str, place: str) -> None:
    """Warn of abundances and errors beyond 10 dex, which `select` refuses if a sample uses them."""
    for array, what in ((values, name), (errors, f"{name} (error)")):
        if array is None:
            continue
        beyond = np.abs(array) > LARGEST_ABUNDANCE
        if beyond.any():
            number = array[beyond][0]
            logger.warning(
                "%s: %s: %d values beyond %g dex, the first %g; if it means 'missing', set "
                "`missing_codes: [%g]`",
                place,
                what,
                int(beyond.sum()),
                LARGEST_ABUNDANCE,
                number,
                number,
            )


def warn_of_lost_digits(identifiers: npt.NDArray[Any], address: str, key: str, place: str) -> None:
    """Warn of integers that were floating point once; see `cells.lost_digits`."""
    step = lost_digits(identifiers)
    if step:
        logger.warning(
            "%s: column %r (%s): all large integers are multiples of %s, as those are that went "
            "through floating point or a spreadsheet: digits are lost, and other tables hold other "
            "stars under them; take the column from the table it came from",
            place,
            address,
            key,
            step,
        )


def warn_of_errors(table: pd.DataFrame, columns: list[str], place: str) -> None:
    """Warn of values without an error, of errors of 0, and of errors that say nothing.

    Measurements spread at least as much as their errors, so where these are much larger one is in
    another unit, or the pipeline is regularised (data-driven), whose values spread less.
    """
    lacking, zero, large = [], [], []
    for column in columns:
        if f"{column}_err" not in table:
            continue
        errors, values = table[f"{column}_err"].to_numpy(), table[column].to_numpy()
        measured = np.isfinite(values)
        without = int((measured & ~np.isfinite(errors)).sum())
        if without:
            lacking.append(f"{column} {without} of {int(measured.sum())}")
        smallest = _SMALLEST_ERROR if unit_of(column) == "dex" else 0.0
        none = int((measured & (errors <= smallest)).sum())
        if none:
            zero.append(f"{column} {none}")
        known = errors[np.isfinite(errors)]
        if not len(known):
            continue
        median, unit = float(np.median(known)), unit_of(column)
        spread = _spread(values[measured])
        if unit == "dex" and median > 1:
            large.append(f"{column} {median:.3g} dex")
        elif measured.sum() >= 20 and spread > 0 and median > _BEYOND_SPREAD * spread:
            logger.warning(
                "%s: %s: median error %.3g %s, but the values spread by %.3g only; are both in the "
                "same unit? (values of a regularised, data-driven pipeline may spread so little)",
                place,
                column,
                median,
                unit,
                spread,
            )
    if lacking:
        logger.warning(
            "%s: values without an error: %s; where errors are needed, these stars get the "
            "median error of the sample, or set cuts/error_max to leave them out",
            place,
            ", ".join(lacking),
        )
    if zero:
        logger.warning(
            "%s: errors of 0 (or 1e-5 dex at most): %s; no measurement has one: set a floor "
            "(cuts/errors/floor)",
            place,
            ", ".join(zero),
        )
    if large:
        logger.warning("%s: median errors above 1 dex: %s", place, ", ".join(large))


def _spread(values: Floats) -> float:
    """Robust standard deviation, 1.4826 times the median distance from the median."""
    return float(1.4826 * np.median(np.abs(values - np.median(values)))) if len(values) else 0.0


def warn_of_linear(values: Mapping[str, Floats], place: str) -> None:
    """Warn if no abundance of three elements or more is negative, as of ratios of numbers.

    `values`: abundances by element. About half of those in dex relative to solar are, of iron at
    least; without iron the medians are those of ratios, near 1, as alpha elements of the halo have
    none that is negative.
    """
    known = {element: array[np.isfinite(array)] for element, array in values.items()}
    if len(known) < 3 or any(len(array) < 20 or array.min() < 0 for array in known.values()):
        return
    medians = [float(np.median(array)) for array in known.values()]
    if "fe" not in known and not 0.5 < min(medians) <= max(medians) < 2:
        return
    logger.warning(
        "%s: none of the abundances of %s is negative; expected dex relative to solar: are they "
        "linear, or on another scale?",
        place,
        ", ".join(known),
    )


def warn_of_positions(table: pd.DataFrame, place: str) -> None:
    """Warn of positions that look like radians or hours."""
    if "ra" not in table or "dec" not in table:
        return
    ra, dec = np.asarray(table["ra"], dtype=float), np.asarray(table["dec"], dtype=float)
    both = np.isfinite(ra) & np.isfinite(dec)
    if both.sum() < 20:
        return
    ra, dec = ra[both], dec[both]
    if ra.min() >= -np.pi and ra.max() <= 2 * np.pi and np.abs(dec).max() <= np.pi / 2:
        if np.ptp(ra) > 1 and np.ptp(dec) > 0.2:
            logger.warning(
                "%s: all positions lie within 0 to 2 pi and +-pi/2: they look like radians, "
                "expected degrees",
                place,
            )
    elif ra.min() >= 0 and 12 < ra.max() <= 24 and np.ptp(dec) > 40:
        logger.warning(
            "%s: all right ascensions lie between 0 and 24: they look like hours, expected degrees",
            place,
        )


def refuse_constant(values: Mapping[str, Floats], addresses: Mapping[str, str], place: str) -> None:
    """Raise `InputProblem` for elements with one value for all stars: they carry no information.

    `values`: abundances by element, of elements that a sample asks for.
    """
    constant = [
        element
        for element, array in values.items()
        if np.isfinite(array).sum() > 1 and np.ptp(array[np.isfinite(array)]) == 0
    ]
    if not constant:
        return
    if len(constant) == len(values):
        raise InputProblem(
            f"{place}: all stars have the same abundances ({', '.join(constant)}), so there is "
            "nothing to tell them apart by; give a catalogue of measurements."
        )
    element = constant[0]
    array = values[element]
    others = f" (and {', '.join(constant[1:])})" if len(constant) > 1 else ""
    raise InputProblem(
        f"{place}: column {addresses[element]!r} (elements/{element}) holds "
        f"{array[np.isfinite(array)][0]:g} for all stars, expected values that differ; leave "
        f"{element}{others} out of the sample's elements."
    )
