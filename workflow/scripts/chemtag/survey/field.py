"""Field stars: those of a table of their own, and a draw of a given number."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.base.types import Bools
from chemtag.survey.membership import join_positions, join_source_ids

_MAPPINGS = ("columns", "flags", "elements", "quantities", "correlations", "extra")
_SAME_STAR = 1.0  # arcsec
_ABSENT = {"gaia_source_id": 0, "possible_member": 0}
MISSING_MASK = -1  # every bit set, as chemtag.survey.columns writes it


def field_block(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return the column map of the table of field stars: that of the catalogue, overridden.

    Keys of `field` override those of the catalog `block`, inside each of `_MAPPINGS`
    one by one; null takes an entry out.
    """
    own = block["field"]
    beside = ("members", "field", "survey", "hdu", "readme", "path", "dataset", "n_field")
    result = {key: value for key, value in block.items() if key not in beside}
    result |= {key: value for key, value in own.items() if key not in _MAPPINGS}
    for key in _MAPPINGS:
        entries = {**(block.get(key) or {}), **(own.get(key) or {})}
        result[key] = {name: entry for name, entry in entries.items() if entry is not None}
    return result


def with_field(stars: pd.DataFrame, field: pd.DataFrame, places: tuple[str, str]) -> pd.DataFrame:
    """Return the star table of a catalogue and of its table of field stars together.

    A star that both have, by identifier, Gaia source or position within 1 arcsec, is that of the
    catalogue. Columns that one table lacks are missing there (NaN; no mask; no Gaia source), which
    is said. `places` names the two files in messages.
    """
    twice = field["star_id"].isin(stars["star_id"]).to_numpy() | _same_star(field, stars)
    if twice.any():
        logger.warning(
            "%s: %d of %d rows are stars of %s as well and are left out",
            places[1],
            int(twice.sum()),
            len(field),
            places[0],
        )
    rest = field[~twice]
    if not len(rest):
        raise InputProblem(
            f"{places[1]}: all {len(field)} rows are stars of {places[0]} as well, so it adds no "
            "field star; leave out `field` of the catalog."
        )
    for one, other, place in ((stars, rest, places[1]), (rest, stars, places[0])):
        lacking = [name for name in one.columns if name not in other.columns]
        if lacking:
            logger.warning("%s: lacks %s, missing for its stars", place, ", ".join(lacking))
    names = [*stars.columns, *(name for name in rest.columns if name not in stars.columns)]
    both = {name: _column(name, stars, rest) for name in names}
    table = pd.DataFrame(both)
    logger.info("%s: %d field stars join %d of %s", places[1], len(rest), len(stars), places[0])
    return table.sort_values("star_id", kind="stable").reset_index(drop=True)


def _column(name: str, *tables: pd.DataFrame) -> npt.NDArray[Any]:
    parts = []
    dtype = next(table[name].to_numpy().dtype for table in tables if name in table)
    absent = _ABSENT.get(name, np.nan if dtype.kind == "f" else MISSING_MASK)
    for table in tables:
        known = name in table
        parts.append(table[name].to_numpy() if known else np.full(len(table), absent, dtype))
    return np.concatenate(parts)


def _same_star(field: pd.DataFrame, stars: pd.DataFrame) -> Bools:
    same = np.zeros(len(field), dtype=bool)
    if "gaia_source_id" in field and "gaia_source_id" in stars:
        same[join_source_ids(field, stars)["row"].to_numpy(dtype=int)] = True
    if {"ra", "dec"} <= {*field.columns} & {*stars.columns}:
        pairs, _ = join_positions(field, stars, _SAME_STAR)
        same[pairs["row"].to_numpy(dtype=int)] = True
    return same


def drawn(
    star_id: npt.NDArray[np.object_], is_field: Bools, number: int, rng: np.random.Generator
) -> Bools:
    """Return which entries (N,) stay when `number` of the field stars are drawn at random.

    All entries that are not field stay, and all entries of a star that is drawn. The draw depends
    on the identifiers, not on the order of the rows.
    """
    everyone = np.unique(star_id[is_field].astype(str))
    if number >= len(everyone):
        return np.ones(len(star_id), dtype=bool)
    chosen = rng.choice(everyone, number, replace=False)
    return ~is_field | np.isin(star_id.astype(str), chosen)
