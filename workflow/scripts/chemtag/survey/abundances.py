"""Abundance ratios: column names, [X/Fe] and [X/H], errors, trends with Teff and log g."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.survey.quantities import QUANTITIES, is_element

RATIOS = ("x_fe", "x_h")

# Beyond this no star of any survey is known: such numbers are missing-value codes or a wrong unit.
LARGEST_ABUNDANCE = 10.0


def column_of(element: str, ratio: str) -> str:
    """Return the column of `element` in a table of `ratio`: mg_fe, mg_h; iron is fe_h in both.

    A feature that is no abundance (`chemtag.survey.quantities`) is its own column.
    """
    if ratio not in RATIOS:
        raise ValueError(f"ratio is {ratio!r}, not one of {RATIOS}")
    if not is_element(element):
        return element
    return f"{element}_{'h' if element == 'fe' or ratio == 'x_h' else 'fe'}"


def element_of(column: str) -> tuple[str, str] | None:
    """Return (element, ratio) of an abundance column, or None for any other column.

    Iron ("fe_h") counts as [X/H].
    """
    match = re.fullmatch(r"([a-z][a-z0-9]*)_(fe|h)", column)
    if match is None or match.group(0) == "fe_fe":
        return None
    return match.group(1), "x_h" if match.group(2) == "h" else "x_fe"


def symbol_of(column: str) -> str:
    """Return how a column is written in a sentence: [Mg/Fe], S/N, Teff."""
    pair = element_of(column)
    if pair:
        element, ratio = pair
        return f"[{element.capitalize()}/{'H' if ratio == 'x_h' else 'Fe'}]"
    words = {"snr": "S/N", "teff": "Teff", "logg": "log g", "chi2": "chi2"}
    return words.get(column, column)


def unit_of(column: str) -> str:
    """Return the unit of an abundance or another quantity, empty for any other column."""
    if element_of(column):
        return "dex"
    return QUANTITIES[column].unit if column in QUANTITIES else ""


def to_ratio(
    values: Floats,
    errors: Floats,
    elements: Sequence[str],
    from_ratio: str,
    to_ratio: str,
    iron: tuple[Floats, Floats] | None = None,
    error_conversion: str = "quadrature",
) -> tuple[Floats, Floats]:
    """Convert abundances between [X/Fe] and [X/H] = [X/Fe] + [Fe/H]; iron stays [Fe/H].

    `values`, `errors` (N, E) in dex, columns as `elements`. Iron comes from the column "fe", or
    from `iron` = ([Fe/H], error), each (N,), where iron is not an element of the table. Features
    that are no abundances stay as they are.

    The error of the result is only approximate, because catalogues do not publish the covariance
    of [X/Fe] and [Fe/H]. "quadrature" adds both in quadrature, in either direction (independent
    errors; a bound on neither side, since the covariance may have either sign); "unchanged" keeps
    the error as it is. Raises `InputProblem` where the iron abundance is needed and absent.
    """
    if error_conversion not in ("quadrature", "unchanged"):
        raise ValueError(f"error_conversion is {error_conversion!r}")
    values, errors = np.array(values, dtype=float), np.array(errors, dtype=float)
    if from_ratio == to_ratio:
        return values, errors
    elements = list(elements)
    if "fe" in elements:
        at = elements.index("fe")
        iron = values[:, at].copy(), errors[:, at].copy()
    others = [i for i, element in enumerate(elements) if element != "fe" and is_element(element)]
    if not others:
        return values, errors
    if iron is None:
        raise InputProblem(
            f"abundances in {from_ratio} cannot become {to_ratio} without iron (column fe_h); "
            "add fe to the elements of the sample, or ask for a space in the catalogue's ratio."
        )
    sign = 1.0 if to_ratio == "x_h" else -1.0
    values[:, others] += sign * iron[0][:, None]
    if error_conversion == "quadrature":
        errors[:, others] = np.hypot(errors[:, others], iron[1][:, None])
    return values, errors


def checked_abundances(
    values: Floats, errors: Floats, elements: Sequence[str], ratio: str, place: str
) -> tuple[Floats, Floats, dict[str, int]]:
    """Return abundances and errors with infinities as NaN and how many there were a column.

    Raises `InputProblem` for a negative error and for a value beyond 10 dex: both are codes for
    "missing" that the catalogue's reader was not told of.
    """
    values, errors = np.array(values, dtype=float), np.array(errors, dtype=float)
    infinite: dict[str, int] = {}
    for i, element in enumerate(elements):
        column = column_of(element, ratio)
        negative = errors[:, i] < 0
        if negative.any():
            raise InputProblem(
                f"{place}: column {column}_err holds {int(negative.sum())} negative errors, the "
                f"first {errors[negative, i][0]:g}; errors are 1 sigma, so mend the "
                "catalogue or leave its missing-value code empty (NaN)."
            )
        for name, array in ((column, values), (f"{column}_err", errors)):
            bad = np.isinf(array[:, i])
            if bad.any():
                infinite[name] = int(bad.sum())
                array[bad, i] = np.nan
        for name, array in ((column, values[:, i]), (f"{column}_err", errors[:, i])):
            beyond = np.abs(array) > LARGEST_ABUNDANCE
            if beyond.any() and is_element(element):
                code = array[beyond][0]
                raise InputProblem(
                    f"{place}: column {name} holds {int(beyond.sum())} values beyond "
                    f"{LARGEST_ABUNDANCE:g} dex, the first {code:g}; abundances and errors are in "
                    "dex relative to solar, and missing ones are empty (NaN): name the number in "
                    f"`missing_codes: [{code:g}]` of the catalog."
                )
    return values, errors, infinite


def per_element(setting: float | Mapping[str, float], elements: Sequence[str]) -> Floats:
    """Return one number an element (E,) from one number for all or a mapping (NaN if unnamed).

    One number is for abundances alone: other quantities have units of their own.
    """
    named = (
        setting if isinstance(setting, Mapping) else {e: setting for e in elements if is_element(e)}
    )
    return np.array([float(named.get(element, np.nan)) for element in elements])


def adjusted_errors(errors: Floats, inflation: Floats, floor: Floats) -> Floats:
    """Return max(inflation x error, floor) of errors (N, E); the floor where no error is given.

    `inflation` (E,) and `floor` (E,) in dex are NaN where they do not apply. Pipeline errors are
    internal and often too small: the scatter inside clusters is the usual yardstick.
    """
    scaled = errors * np.where(np.isnan(inflation), 1.0, inflation)
    return np.fmax(scaled, floor)


def trend_terms(teff: Floats, logg: Floats, order: int) -> tuple[list[str], Floats]:
    """Return names and columns (N, K) of the terms of a trend; all are 0 at 4700 K, log g 2.5.

    t = (Teff - 4700 K) / 500 K and g = log g - 2.5; order 1: t, g; order 2: also t^2, t g, g^2.
    """
    t, g = (np.asarray(teff) - 4700.0) / 500.0, np.asarray(logg) - 2.5
    terms = {"t": t, "g": g}
    if order == 2:
        terms |= {"t2": t * t, "tg": t * g, "g2": g * g}
    return list(terms), np.column_stack(list(terms.values()))


def remove_trends(
    values: Floats,
    elements: Sequence[str],
    iron: Floats,
    magnesium: Floats,
    teff: Floats,
    logg: Floats,
    order: int = 1,
    clip: float = 4.0,
) -> tuple[Floats, dict[str, dict[str, Any]]]:
    """Subtract trends with Teff and log g from abundances (N, E); stars keep their row.

    One linear least-squares fit an element to all stars given, whatever they belong to (blind to
    the truth): a quadratic in [Fe/H] and [Mg/Fe] plus the terms of `trend_terms`. Only the latter
    are subtracted, so that values are those of a giant at 4700 K and log g 2.5. Fitting both at
    once gives the trend of the residuals at fixed [Fe/H] and [Mg/Fe] (Ting & Weinberg 2022,
    arXiv:2102.04992, condition in the same way). Stars beyond `clip` robust sigma are left out
    and the fit repeated. Iron and magnesium, the conditions, stay as they are: the field's own
    [Fe/H] changes along the giant branch, which no field star can tell from a spurious trend.

    `iron` [Fe/H], `magnesium` [Mg/Fe], `teff` in K, `logg`: each (N,). Returns the corrected
    values and for each element its coefficients in dex and the number of stars fitted. Raises
    `InputProblem` with fewer than 20 stars a coefficient.
    """
    names, trend = trend_terms(teff, logg, order)
    f, m = np.asarray(iron), np.asarray(magnesium)
    design = np.column_stack([np.ones_like(f), f, m, f * f, f * m, m * m, trend])
    usable = np.isfinite(design).all(axis=1)
    corrected, coefficients = np.array(values, dtype=float), {}
    for i, element in enumerate(elements):
        if element in ("fe", "mg") or not is_element(element):
            continue
        fitted = usable & np.isfinite(corrected[:, i])
        needed = 20 * design.shape[1]
        if fitted.sum() < needed:
            raise InputProblem(
                f"trends of {element} need at least {needed} stars with {element}, iron, "
                f"magnesium, Teff and log g; there are {int(fitted.sum())}: leave out cuts/trends "
                "or lower its order."
            )
        solution, count = clipped_least_squares(design[fitted], corrected[fitted, i], clip)
        slopes = solution[-len(names) :]
        corrected[:, i] -= trend @ slopes
        coefficients[element] = {
            **{name: float(slope) for name, slope in zip(names, slopes, strict=True)},
            "stars": count,
        }
    return corrected, coefficients


def clipped_least_squares(design: Floats, target: Floats, clip: float) -> tuple[Floats, int]:
    """Return the least-squares solution without points beyond `clip` robust sigma, and their count.

    Sigma is 1.4826 times the median absolute residual. Repeats until the points stay the same, at
    most 20 times.
    """
    kept = np.ones(len(target), dtype=bool)
    solution: Floats = np.zeros(design.shape[1])
    for _ in range(20):
        solution = np.asarray(
            np.linalg.lstsq(design[kept], target[kept], rcond=None)[0], dtype=np.float64
        )
        residual = target - design @ solution
        centred = np.abs(residual - np.median(residual[kept]))
        now = centred <= clip * 1.4826 * np.median(centred[kept])
        if np.array_equal(now, kept) or now.sum() <= design.shape[1]:
            break
        kept = now
    return solution, int(kept.sum())
