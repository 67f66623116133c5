"""The canonical star table of a user's catalogue (contract `stars`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.survey.columns import Columns, Wanted, read_columns

_ROLES = {"star_id": "identifier", "gaia_source_id": "source_id"}
_SUFFIX = {"x_fe": "fe", "x_h": "h"}
# A median slope of the abundances on [Fe/H] beyond these values fits the other ratio better:
# [X/H] of a solar-scaled star has slope 1, [X/Fe] slope 0.
_SLOPE_OF_X_FE, _SLOPE_OF_X_H = 0.6, 0.3


def column_name(element: str, ratio: str) -> str:
    """Name of an element's column: `mg_fe` in [X/Fe], `mg_h` in [X/H]; iron is always `fe_h`."""
    return f"{element}_{'h' if element == 'fe' else _SUFFIX[ratio]}"


def wanted_columns(block: Mapping[str, Any]) -> list[Wanted]:
    """Columns that a catalog block of the config asks for, with the codes of missing values.

    A positive code (99.999) is looked for among abundances only, as it may be a true coordinate
    or signal-to-noise ratio; negative ones are looked for everywhere but in coordinates.
    """
    codes = tuple(float(code) for code in block["missing_codes"])
    negative = tuple(code for code in codes if code < 0)
    result = []
    for name, address in block["columns"].items():
        used = () if name in ("ra", "dec", "star_id") else negative
        role: Any = _ROLES.get(name, "number")
        result.append(Wanted(name, address, role, used, f"columns/{name}"))
    for name, address in block.get("flags", {}).items():
        result.append(Wanted(f"flag_{name}", address, "mask", negative, f"flags/{name}"))
    for element, entry in block["elements"].items():
        name = column_name(element, block["ratio"])
        key = f"elements/{element}"
        result.append(Wanted(name, entry["value"], "number", codes, f"{key}/value"))
        if "error" in entry:
            result.append(Wanted(f"{name}_err", entry["error"], "number", codes, f"{key}/error"))
        if "flag" in entry:
            result.append(Wanted(f"{name}_flag", entry["flag"], "mask", negative, f"{key}/flag"))
    for name, address in block.get("extra", {}).items():
        result.append(Wanted(f"extra_{name}", address, "number", negative, f"extra/{name}"))
    return result


def read_stars(
    path: str | Path, block: Mapping[str, Any], also: Sequence[Wanted] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the catalogue at `path` as the catalog `block` of the config describes it.

    Returns the canonical star table and the columns `also` (labels of a membership, say), both
    with the same rows, sorted by `star_id`; entries that share an identifier are ordered by their
    values, so that the result is the same for any order of the rows in the file.
    """
    columns = read_columns(path, [*wanted_columns(block), *also], block.get("hdu"))
    _check_identifiers(columns, block)
    _check_abundances(columns, block)
    order = _order(columns)
    beside = {w.target: columns.values.pop(w.target)[order] for w in also}
    stars = {}
    for name in list(columns.values):  # one column at a time, as a survey fills memory
        stars[name] = columns.values.pop(name)[order]
    table = pd.DataFrame(stars, copy=False)
    _warn_of_ratio(table, block, columns.place)
    return table, pd.DataFrame(beside, copy=False)


def meta_of(catalog: str, block: Mapping[str, Any]) -> dict[str, Any]:
    """What the star table says of itself: catalog, ratio, elements, solar scale, citation."""
    return {
        "catalog": catalog,
        "ratio": block["ratio"],
        "elements": list(block["elements"]),
        "solar_scale": block.get("solar_scale", ""),
        "citation": block.get("citation", ""),
    }


def _check_identifiers(columns: Columns, block: Mapping[str, Any]) -> None:
    identifiers = columns.values["star_id"]
    empty = identifiers == ""
    if empty.any() and block["empty_identifiers"] == "drop" and not empty.all():
        logger.warning(
            "%s: %d of %d rows left out, as %r is empty there",
            columns.place,
            int(empty.sum()),
            columns.n_rows,
            block["columns"]["star_id"],
        )
        columns.values = {name: values[~empty] for name, values in columns.values.items()}
        columns.n_rows = len(columns.values["star_id"])
        identifiers = columns.values["star_id"]
    elif empty.any():
        raise InputProblem(
            f"{columns.place}: column {block['columns']['star_id']!r} (columns/star_id) is empty "
            f"in {int(empty.sum())} of {columns.n_rows} rows, the first row "
            f"{int(np.argmax(empty)) + 1}; every star needs an identifier: choose another "
            "column, or set `empty_identifiers: drop`."
        )
    n_stars = len(pd.unique(identifiers))
    if n_stars < columns.n_rows:
        logger.info(
            "%s: %d rows repeat the identifier of another one (%d stars in %d rows); `select` "
            "keeps one entry a star",
            columns.place,
            columns.n_rows - n_stars,
            n_stars,
            columns.n_rows,
        )


def _check_abundances(columns: Columns, block: Mapping[str, Any]) -> None:
    for element, entry in block["elements"].items():
        name = column_name(element, block["ratio"])
        if not np.isfinite(columns.values[name]).any():
            raise InputProblem(
                f"{columns.place}: column {entry['value']!r} (elements/{element}) has no value in "
                f"any of the {columns.n_rows} rows; leave the element out (in a catalog that "
                f"uses a column map: `elements: {{{element}: null}}`)."
            )
        if "error" in entry:
            _check_error(columns, block, name, entry["error"], f"elements/{element}/error")
    for name in ("teff_err", "logg_err"):
        if name in columns.values:
            _check_error(columns, block, name, block["columns"][name], f"columns/{name}")


def _check_error(
    columns: Columns, block: Mapping[str, Any], name: str, address: str, key: str
) -> None:
    target = name if name.endswith("_err") else f"{name}_err"
    errors = columns.values[target]
    negative = errors < 0
    if not negative.any():
        return
    count = int(negative.sum())
    if block["negative_errors"] == "missing":
        logger.warning("%s: %s: %d negative errors taken as missing", columns.place, address, count)
        errors[negative] = np.nan
        return
    row = int(np.argmax(negative))
    raise InputProblem(
        f"{columns.place}: column {address!r} ({key}) has {count} negative errors, the first "
        f"{errors[row]:g} in row {row + 1}; if they mean 'missing', set `negative_errors: missing` "
        "or name the number in missing_codes."
    )


def _order(columns: Columns) -> npt.NDArray[np.intp]:
    """Row order by identifier, and by all values among the entries of one identifier."""
    identifiers = columns.values["star_id"]
    order = np.argsort(identifiers, kind="stable")
    ranked = identifiers[order]
    repeated = np.zeros(len(ranked), dtype=bool)
    repeated[1:] = ranked[1:] == ranked[:-1]
    repeated[:-1] |= repeated[1:]
    if repeated.any():
        rows = order[repeated]
        entries = pd.DataFrame({name: values[rows] for name, values in columns.values.items()})
        names = ["star_id", *(name for name in entries.columns if name != "star_id")]
        order[repeated] = rows[entries.sort_values(names, kind="stable").index.to_numpy()]
    return order


def _warn_of_ratio(stars: pd.DataFrame, block: Mapping[str, Any], place: str) -> None:
    """Warn if the abundances behave as the other ratio would."""
    if "fe_h" not in stars:
        return
    iron = stars["fe_h"].to_numpy()
    slopes = []
    for element in block["elements"]:
        values = stars[column_name(element, block["ratio"])].to_numpy()
        both = np.isfinite(iron) & np.isfinite(values)
        if element != "fe" and both.sum() >= 20 and np.std(iron[both]) > 0.05:
            slopes.append(np.polyfit(iron[both], values[both], 1)[0])
    if len(slopes) < 3:
        return
    slope, ratio = float(np.median(slopes)), block["ratio"]
    if (ratio == "x_fe" and slope > _SLOPE_OF_X_FE) or (ratio == "x_h" and slope < _SLOPE_OF_X_H):
        logger.warning(
            "%s: ratio is %s, but the abundances rise with [Fe/H] with a median slope of %.2f "
            "(about 0 in [X/Fe], 1 in [X/H]); make sure `ratio` is right",
            place,
            ratio,
            slope,
        )
