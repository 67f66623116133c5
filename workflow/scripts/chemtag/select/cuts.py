"""Cuts on entries of the catalogue: flags, duplicates, windows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.types import Bools, Floats
from chemtag.select.quality import MISSING_MASK, any_bit_set, bit_numbers, kept_entries, within
from chemtag.select.sample import Selection
from chemtag.survey.abundances import column_of, element_of, symbol_of, to_ratio, unit_of
from chemtag.survey.field import drawn


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


def cut_possible_members(selection: Selection) -> None:
    """Drop stars that are named for a cluster without being members of one, if any is marked."""
    if "possible_member" not in selection.stars:
        return
    selection.funnel.cut(
        "possible_members",
        "stars named for a cluster that are no members (members/not_members: drop)",
        np.asarray(selection.stars["possible_member"].to_numpy() == 0),
        "lower members/above and members/min, or set members/not_members: field",
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
    """Cut by the windows on abundances, or by those on all other columns; then members alone."""
    cuts = selection.cuts
    everyone = np.ones(len(selection.funnel.left), dtype=bool)
    members = selection.funnel.is_listed
    asked = [("windows", cuts.get("windows", {}), everyone)]
    asked.append(("members/windows", cuts.get("members", {}).get("windows", {}), members))
    for key, windows, hit in asked:
        for column, window in windows.items():
            if (element_of(column) is not None) == abundances:
                cut_window(selection, f"{key}/{column}", column, window, hit)


def cut_window(
    selection: Selection, name: str, column: str, window: Mapping[str, Any], hit: Bools
) -> None:
    """Cut entries of `hit` (N,) outside of a window; `missing` says what becomes of unknown values.

    Raises `InputProblem` if the window does not say it and would cost half of the stars or of the
    members for lack of a value.
    """
    values, funnel = window_values(selection, column), selection.funnel
    unknown = np.isnan(values) & hit & funnel.left
    kept = window.get("missing") == "keep"
    keep = within(values, window.get("min"), window.get("max")) | ~hit | (np.isnan(values) & kept)
    detail = window_words(column, window)
    if name.startswith("members/"):
        detail = f"members: {detail}"
    key = f"samples/{funnel.sample}/cuts/{name}"
    if unknown.any():
        detail += f" ({int(unknown.sum())} without a value are {'kept' if kept else 'lost'})"
        if "missing" not in window:
            _ask_of_missing(selection, unknown, hit, column, key)
    remedy = (
        f"widen {key}; the column runs from {np.nanmin(values):g} to {np.nanmax(values):g}"
        if np.isfinite(values).any()
        else f"the column {column} holds no value"
    )
    funnel.cut(name, detail, np.asarray(keep), remedy)


def _ask_of_missing(
    selection: Selection, unknown: Bools, hit: Bools, column: str, key: str
) -> None:
    """Warn of stars that a window drops for lack of a value; ask where they are half of all."""
    funnel = selection.funnel
    members = unknown & funnel.is_member
    counts = (int(unknown.sum()), int((funnel.left & hit).sum()))
    of_members = (int(members.sum()), int((funnel.left & hit & funnel.is_member).sum()))
    some = counts[0] < counts[1]  # a column without any value is said by the cut itself
    if some and any(n > 1 and 2 * n >= total for n, total in (counts, of_members)):
        raise InputProblem(
            f"{selection.place}: {column} has no value for {counts[0]} of {counts[1]} stars "
            f"({of_members[0]} of {of_members[1]} members), which a window on it would drop; say "
            f"`missing: drop` or `missing: keep` at {key}."
        )
    logger.warning(
        "%s: %s has no value for %d of %d stars (%d members), which the window drops; `missing: "
        "keep` at %s keeps them",
        selection.place,
        column,
        *counts,
        of_members[0],
        key,
    )


def draw_field(selection: Selection, seed: int) -> None:
    """Keep `n_field` of the field stars left, drawn at random by their identifiers."""
    number = selection.cuts.get("n_field")
    if number is None:
        return
    funnel = selection.funnel
    star_id = selection.stars["star_id"].to_numpy(dtype=object)
    is_field = funnel.left & ~funnel.is_listed
    there = len(np.unique(star_id[is_field].astype(str)))
    keep = drawn(star_id, is_field, number, generator_for(seed, "n_field", funnel.sample))
    if number > there:
        logger.warning(
            "%s: cuts/n_field asks for %d field stars, the cuts leave %d",
            selection.place,
            number,
            there,
        )
    detail = f"{min(number, there)} of {there} field stars, drawn at random"
    funnel.cut("n_field", detail, keep, "raise cuts/n_field")


def window_values(selection: Selection, column: str) -> Floats:
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


def window_words(column: str, window: Mapping[str, Any]) -> str:
    """Return a window as "4000 <= Teff <= 5200 K"."""
    unit = " K" if column.startswith("teff") else f" {unit_of(column)}".rstrip()
    low = f"{window['min']:g} <= " if "min" in window and "max" in window else ""
    if low:
        return f"{low}{symbol_of(column)} <= {window['max']:g}{unit}"
    sign, limit = (">=", window["min"]) if "min" in window else ("<=", window["max"])
    return f"{symbol_of(column)} {sign} {limit:g}{unit}"
