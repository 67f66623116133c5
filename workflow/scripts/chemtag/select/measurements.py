"""Cuts on the abundances of the stars: flags, errors, outliers; trends and errors mended."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from chemtag.base.problems import InputProblem
from chemtag.select.quality import any_bit_set, bit_numbers, outliers
from chemtag.select.sample import Selection, check_named_elements, refuse_empty
from chemtag.survey.abundances import (
    adjusted_errors,
    checked_abundances,
    column_of,
    element_of,
    per_element,
    remove_trends,
    to_ratio,
)
from chemtag.survey.quantities import is_element


def measure(selection: Selection) -> None:
    """Read the features of the sample and the abundances that the cuts need."""
    cuts, ratio, stars = selection.cuts, selection.ratio, selection.stars
    for element in selection.features:
        column = column_of(element, ratio)
        if column not in stars:
            known = [pair[0] for pair in map(element_of, selection.columns) if pair]
            if not is_element(element):
                raise InputProblem(
                    f"{selection.place}: the catalogue has no {element}, which its features name; "
                    f"add quantities/{element} to the column map or leave it out."
                )
            raise InputProblem(
                f"{selection.place}: element {element!r} has no column {column} in the catalogue; "
                f"its elements are {', '.join(dict.fromkeys(known))}."
            )
    needed = (["fe"] if any(map(is_element, selection.features)) else []) + (
        ["mg"] if cuts.get("trends") else []
    )
    windows = [*cuts.get("windows", {}), *cuts.get("members", {}).get("windows", {})]
    needed += [pair[0] for pair in map(element_of, windows) if pair]
    extra = [e for e in dict.fromkeys(needed) if column_of(e, ratio) in stars]
    selection.measured = list(dict.fromkeys([*selection.features, *extra]))
    columns = [column_of(e, ratio) for e in selection.measured]
    blank = np.full(len(stars), np.nan)
    errors = [stars[f"{c}_err"].to_numpy() if f"{c}_err" in stars else blank for c in columns]
    values = np.column_stack([stars[c].to_numpy() for c in columns]).astype(float)
    selection.values, errors_read, infinite = checked_abundances(
        values, np.column_stack(errors), selection.measured, ratio, selection.place
    )
    selection.errors = np.where(np.isnan(selection.values), np.nan, errors_read)
    if infinite:
        selection.notes["infinite_counted_as_missing"] = infinite
    refuse_empty(selection)


def count_as_missing(
    selection: Selection, marked: NDArray[np.bool_], name: str, detail: str
) -> None:
    """Make the `marked` (N, E) abundances missing; under `complete` this costs their stars."""
    wanted = selection.indices(selection.features)
    here = (marked & ~np.isnan(selection.values))[:, wanted] & selection.funnel.left[:, None]
    if selection.cuts["missing"]["policy"] == "complete":
        keep = np.logical_not(here.any(axis=1))
    else:
        keep = np.ones(len(marked), dtype=bool)
        detail += f" ({int(here.sum())} abundances of {int(here.any(axis=1).sum())} stars missing)"
    selection.values[marked] = np.nan
    selection.errors[marked] = np.nan
    counts = dict(zip(selection.features, here.sum(axis=0).tolist(), strict=True))
    worst = max(counts, key=lambda e: counts[e])
    remedy = f"it hits {worst} most ({counts[worst]} stars): loosen cuts/{name} or drop elements"
    selection.funnel.cut(name, detail, keep, remedy)


def cut_element_flags(selection: Selection) -> None:
    """Count abundances with any of the bits of `element_flags` as not measured."""
    names = selection.cuts.get("element_flags", [])
    if not names:
        return
    key = f"samples/{selection.funnel.sample}/cuts/element_flags"
    bits = bit_numbers(names, selection.masks.get("element"), key)
    marked = np.zeros(selection.values.shape, dtype=bool)
    for i, element in enumerate(selection.measured):
        column = f"{column_of(element, selection.ratio)}_flag"
        if column in selection.stars:
            marked[:, i] = any_bit_set(selection.stars[column].to_numpy(), bits)
        elif element in selection.features and is_element(element):
            raise InputProblem(
                f"{selection.place}: cuts/element_flags needs the column {column}, which the "
                f"catalogue does not have; name the flag of {element} in its column map or leave "
                "cuts/element_flags out."
            )
    count_as_missing(
        selection,
        marked,
        "element_flags",
        f"flags of abundances: none of {', '.join(map(str, names))}",
    )


def cut_errors(selection: Selection) -> None:
    """Count abundances with an error above `error_max`, or without one, as not measured."""
    setting = selection.cuts.get("error_max")
    if setting is None:
        return
    check_named_elements(selection, setting, "error_max")
    limits = per_element(setting, selection.measured)
    limits[[element not in selection.features for element in selection.measured]] = np.nan
    for i, element in enumerate(selection.measured):
        if np.isfinite(limits[i]) and np.isnan(selection.errors[selection.funnel.left, i]).all():
            raise InputProblem(
                f"{selection.place}: cuts/error_max limits the errors of {element!r}, but the "
                "catalogue gives none; add them to its column map or leave the limit out."
            )
    with np.errstate(invalid="ignore"):
        marked = np.isfinite(limits) & ~(selection.errors <= limits)
    if isinstance(setting, Mapping):
        listed = ", ".join(f"{element} {limit:g}" for element, limit in setting.items())
        detail = f"errors at most {listed} dex"
    else:
        detail = f"errors <= {setting:g} dex"
    count_as_missing(selection, marked, "error_max", detail)


def cut_outliers(selection: Selection) -> None:
    """Cut stars with an abundance far from the median of the stars left."""
    limit = selection.cuts.get("outliers")
    if limit is None:
        return
    values = selection.values[:, selection.indices(selection.features)]
    columns = [column_of(e, selection.ratio) for e in selection.features]
    beyond = outliers(values, selection.funnel.left, limit, columns)
    detail = f"every abundance within {limit:g} robust sigma of the median"
    selection.funnel.cut("outliers", detail, ~beyond, "raise cuts/outliers")


def subtract_trends(selection: Selection) -> None:
    """Remove trends with Teff and log g, fitted to all stars left."""
    setting = selection.cuts.get("trends")
    if not setting:
        return
    stars, left = selection.stars, selection.funnel.left
    for column in ("teff", "logg"):
        unknown = int(np.isnan(stars[column].to_numpy()[left]).sum()) if column in stars else -1
        if unknown:
            found = (
                "the catalogue has no such column" if unknown < 0 else f"{unknown} stars lack it"
            )
            raise InputProblem(
                f"{selection.place}: cuts/trends needs {column} of every star, but {found}; cut "
                f"those stars by a window on {column}, or leave cuts/trends out."
            )
    for element in ("fe", "mg"):
        if element not in selection.measured:
            raise InputProblem(
                f"{selection.place}: cuts/trends needs {column_of(element, selection.ratio)}, "
                "which the catalogue does not have; leave cuts/trends out."
            )
    both = selection.indices(["fe", "mg"])
    pair = to_ratio(
        selection.values[:, both], selection.errors[:, both], ["fe", "mg"], selection.ratio, "x_fe"
    )[0]
    columns = selection.indices(selection.features)
    old = selection.values[left][:, columns]
    teff, logg = stars["teff"].to_numpy()[left], stars["logg"].to_numpy()[left]
    new, coefficients = remove_trends(
        old, selection.features, pair[left, 0], pair[left, 1], teff, logg, **setting
    )
    for i, element in enumerate(selection.features):
        if element in coefficients:
            selection.before_trends[element] = selection.of(element).copy()
            selection.values[left, columns[i]] = new[:, i]
    selection.notes["trends"] = {**setting, "coefficients": coefficients}


def adjust_errors(selection: Selection) -> None:
    """Inflate the errors and raise them to the floor."""
    setting = selection.cuts.get("errors", {})
    if not setting:
        return
    for name, value in setting.items():
        check_named_elements(selection, value, f"errors/{name}")
    inflation = per_element(setting.get("inflation", 1.0), selection.measured)
    floor = per_element(setting.get("floor", {}), selection.measured)
    errors = adjusted_errors(selection.errors, inflation, floor)
    selection.errors = np.where(np.isnan(selection.values), np.nan, errors)
    selection.notes["errors"] = dict(setting)
