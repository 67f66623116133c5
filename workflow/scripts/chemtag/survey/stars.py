"""The canonical star table of a user's catalogue (contract `stars`)."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.log import logger
from chemtag.base.predicted import derived_from, refuse_as_dimension
from chemtag.base.problems import InputProblem
from chemtag.survey.abundances import column_of
from chemtag.survey.columns import Columns, Wanted, read_columns
from chemtag.survey.doubles import warn_of_doubles
from chemtag.survey.plan import refuse_shared_columns
from chemtag.survey.suspects import (
    refuse_constant,
    refuse_log_epsilon,
    warn_of_codes,
    warn_of_errors,
    warn_of_large,
    warn_of_linear,
    warn_of_positions,
)
from chemtag.survey.wanted import wanted_columns

# A median slope of the abundances on [Fe/H] beyond these values fits the other ratio better:
# [X/H] of a solar-scaled star has slope 1, [X/Fe] slope 0.
_SLOPE_OF_X_FE, _SLOPE_OF_X_H = 0.6, 0.3
_FEW_STARS = 5  # of fewer stars equal abundances say nothing


def read_stars(
    path: str | Path,
    block: Mapping[str, Any],
    also: Sequence[Wanted] = (),
    asked: Collection[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the catalogue at `path` as the catalog `block` of the config describes it.

    Returns the canonical star table and the columns `also` (labels of a membership, say), both
    with the same rows, sorted by `star_id`; entries that share an identifier are ordered by their
    values, so that the result is the same for any order of the rows in the file. `asked` are the
    elements that samples ask for (default all): any other may be absent or without a value.
    """
    refuse_shared_columns(block, str(path))
    wanted = [*wanted_columns(block, asked), *also]
    columns = read_columns(path, wanted, block.get("hdu"), block.get("readme"))
    _check_identifiers(columns, block)
    _check_abundances(columns, block, asked)
    if "ra" in columns.values:  # -10 deg is 350 deg
        ra = columns.values["ra"]
        ra[ra < 0] += 360.0
    order = _order(columns)
    beside = {w.target: columns.values.pop(w.target)[order] for w in also}
    stars = {}
    for name in list(columns.values):  # one column at a time, as a survey fills memory
        stars[name] = columns.values.pop(name)[order]
    table = pd.DataFrame(stars, copy=False)
    _refuse_coarse_labels(table, block, asked, columns.place, derived_from(path) is not None)
    _warn_of_ratio(table, block, columns.place)
    _warn_of_suspects(table, block, columns.place)
    return table, pd.DataFrame(beside, copy=False)


def _refuse_coarse_labels(
    table: pd.DataFrame,
    block: Mapping[str, Any],
    asked: Collection[str] | None,
    place: str,
    predicted: bool,
) -> None:
    """Refuse predicted labels as dimensions of a space where they are too coarse.

    Such are all of a table whose meta says so (`predicted`), and those that the config declares.
    """
    for element, entry in block["elements"].items():
        if (predicted or "derived_from" in entry) and (asked is None or element in asked):
            name = f"{column_of(element, block['ratio'])}_err"
            errors = table[name].to_numpy() if name in table else np.empty(0)
            refuse_as_dimension(errors, entry["value"], f"{place}: elements/{element}")


def _warn_of_suspects(table: pd.DataFrame, block: Mapping[str, Any], place: str) -> None:
    warn_of_positions(table, place)
    names = []
    for element, entry in block["elements"].items():
        name = column_of(element, block["ratio"])
        if name not in table:
            continue
        names.append(name)
        values = table[name].to_numpy()
        errors = table[f"{name}_err"].to_numpy() if f"{name}_err" in table else None
        key = f"elements/{element}"
        warn_of_codes(values, entry["value"], f"{key}/value", place, abundance=True)
        if errors is not None:
            warn_of_codes(errors, entry["error"], f"{key}/error", place, abundance=False)
        warn_of_large(values, errors, entry["value"], place)
    warn_of_linear(
        {e: table[c].to_numpy() for e in block["elements"] if (c := _column(e, block)) in table},
        place,
    )
    for name, entry in block.get("quantities", {}).items():
        for column, part in ((name, "value"), (f"{name}_err", "error")):
            if column in table:
                key = f"quantities/{name}/{part}"
                values, pile = table[column].to_numpy(), part == "value"
                warn_of_codes(values, _written(entry[part]), key, place, pile)
    for name, address in block["columns"].items():
        if name in table and table[name].dtype == np.float64 and name not in ("ra", "dec"):
            warn_of_codes(table[name].to_numpy(), address, f"columns/{name}", place, False)
    quantities = [name for name in block.get("quantities", {}) if name in table]
    warn_of_errors(table, [*names, *quantities], place)
    warn_of_doubles(table, names, place)


def _column(element: str, block: Mapping[str, Any]) -> str:
    return column_of(element, block["ratio"])


def _written(address: str | Sequence[str]) -> str:
    """A column by its name, or the names that are looked for."""
    return address if isinstance(address, str) else " or ".join(address)


def meta_of(
    catalog: str, block: Mapping[str, Any], columns: Collection[str] | None = None
) -> dict[str, Any]:
    """What the star table says of itself: catalog, ratio, elements, solar scale, citation.

    `columns` are those of the table, if elements of the block may be absent from it.
    """
    elements = [
        element
        for element in block["elements"]
        if columns is None or column_of(element, block["ratio"]) in columns
    ]
    return {
        "catalog": catalog,
        "ratio": block["ratio"],
        "elements": elements,
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


def _check_abundances(
    columns: Columns, block: Mapping[str, Any], asked: Collection[str] | None
) -> None:
    used = {}
    for element, entry in block["elements"].items():
        name = column_of(element, block["ratio"])
        if name not in columns.values:
            continue
        values = columns.values[name]
        if asked is None or element in asked:
            used[element] = values
        if not np.isfinite(values).any():
            sentence = (
                f"{columns.place}: column {entry['value']!r} (elements/{element}) has no value in "
                f"any of the {columns.n_rows} rows"
            )
            if element not in used:
                logger.warning("%s; no sample asks for it", sentence)
                continue
            raise InputProblem(
                f"{sentence}; leave the element out (in a catalog that uses a column map: "
                f"`elements: {{{element}: null}}`)."
            )
        if f"{name}_err" in columns.values:
            _check_error(columns, block, name, entry["error"], f"elements/{element}/error")
    for name in ("teff_err", "logg_err"):
        if name in columns.values:
            _check_error(columns, block, name, block["columns"][name], f"columns/{name}")
    for name in block.get("quantities", {}):
        if f"{name}_err" in columns.values:
            address = _written(block["quantities"][name]["error"])
            _check_error(columns, block, name, address, f"quantities/{name}/error")
    addresses = {element: entry["value"] for element, entry in block["elements"].items()}
    refuse_log_epsilon(used, addresses, columns.place)
    if columns.n_rows >= _FEW_STARS and asked is not None:
        refuse_constant(used, addresses, columns.place)


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
        if column_of(element, block["ratio"]) not in stars:
            continue
        values = stars[column_of(element, block["ratio"])].to_numpy()
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
