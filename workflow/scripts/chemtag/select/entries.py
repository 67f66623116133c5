"""Cuts on entries of the catalogue: flags, duplicates, windows."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from chemtag.base.problems import InputProblem
from chemtag.select.quality import MISSING_MASK, any_bit_set, bit_numbers, kept_entries, within
from chemtag.select.sample import Selection
from chemtag.survey.abundances import column_of, element_of, symbol_of, to_ratio

Array = NDArray[np.float64]


def flag_column(selection: Selection, name: str, key: str) -> str:
    """Return the flag column called `name` in the config: flag_{name}, or that of an element."""
    candidates = [f"flag_{name}", f"{column_of(name, selection.ratio)}_flag"]
    for column in candidates:
        if column in selection.stars:
            return column
    known = [c for c in selection.columns if c.startswith("flag_") or c.endswith("_flag")]
    raise InputProblem(
        f"{selection.place}: {key} names the flag {name!r}, but the catalogue has neither column "
        f"{candidates[0]} nor {candidates[1]}; flags are {', '.join(known) or 'none'}."
    )


def cut_flags(selection: Selection) -> None:
    """Cut stars with any of the bits `flags` names, and those with none of `require_flags`.

    A star whose mask the catalogue does not give passes neither: an unknown mask holds every bit
    for `flags` and none for `require_flags`. The row of the funnel counts such stars.
    """
    for block, wanted, words in (("flags", False, "none of"), ("require_flags", True, "any of")):
        for name, names in selection.cuts.get(block, {}).items():
            key = f"samples/{selection.funnel.sample}/cuts/{block}/{name}"
            column = flag_column(selection, name, key)
            mask = selection.masks.get(name if column.startswith("flag_") else "element")
            values = selection.stars[column].to_numpy()
            hit = any_bit_set(values, bit_numbers(names, mask, key))
            unknown = values == MISSING_MASK
            detail = f"{column}: {words} {', '.join(map(str, names))}"
            lost = int((selection.funnel.left & unknown).sum())
            if lost:
                detail += f" ({lost} without a mask are lost)"
            selection.funnel.cut(
                f"{block}/{name}",
                detail,
                (hit == wanted) & ~unknown,
                f"name fewer bits at {key}, or check that its mask definition fits the catalogue",
            )


def cut_duplicates(selection: Selection) -> None:
    """Leave one entry a star."""
    left, policy = selection.funnel.left, selection.cuts["duplicates"]
    keep = np.zeros(len(left), dtype=bool)
    keep[left] = kept_entries(selection.stars[left], policy, selection.place)
    words = {
        "error": "every star once",
        "best_snr": "of several entries the one of best S/N",
        "first": "of several entries the first",
    }
    selection.funnel.cut("duplicates", words[policy], keep, "change cuts/duplicates")


def cut_windows(selection: Selection, abundances: bool) -> None:
    """Cut by the windows on abundances, or by those on all other columns."""
    for column, window in selection.cuts.get("windows", {}).items():
        pair = element_of(column)
        if (pair is not None) != abundances:
            continue
        values = window_values(selection, column)
        keep = within(values, window.get("min"), window.get("max"))
        unknown = int((selection.funnel.left & np.isnan(values)).sum())
        detail = window_words(column, window)
        if unknown:
            detail += f" ({unknown} without a value are lost)"
        remedy = (
            f"widen samples/{selection.funnel.sample}/cuts/windows/{column}; the column runs from "
            f"{np.nanmin(values):g} to {np.nanmax(values):g}"
            if np.isfinite(values).any()
            else f"the column {column} holds no value"
        )
        selection.funnel.cut(f"windows/{column}", detail, keep, remedy)


def window_values(selection: Selection, column: str) -> Array:
    """Return the values (N,) a window is applied to, abundances in the ratio the window names."""
    pair = element_of(column)
    if pair is not None and pair[0] in selection.measured:
        element, ratio = pair
        if element == "fe" or ratio == selection.ratio:
            return selection.of(element)
        both = selection.indices([element, "fe"])
        values, errors = selection.values[:, both], selection.errors[:, both]
        return to_ratio(values, errors, [element, "fe"], selection.ratio, ratio)[0][:, 0]
    if pair is None and column in selection.stars and column != "star_id":
        return selection.stars[column].to_numpy(dtype=float)
    known = [c for c in selection.columns if c != "star_id" and not c.endswith(("_err", "_flag"))]
    raise InputProblem(
        f"{selection.place}: cuts/windows names {column!r}, which the catalogue does not have; "
        f"columns are {', '.join(known)}."
    )


def window_words(column: str, window: Mapping[str, float]) -> str:
    """Return a window as "4000 <= Teff <= 5200 K"."""
    unit = " K" if column.startswith("teff") else " dex" if element_of(column) else ""
    low = f"{window['min']:g} <= " if "min" in window and "max" in window else ""
    if low:
        return f"{low}{symbol_of(column)} <= {window['max']:g}{unit}"
    sign, limit = (">=", window["min"]) if "min" in window else ("<=", window["max"])
    return f"{symbol_of(column)} {sign} {limit:g}{unit}"
