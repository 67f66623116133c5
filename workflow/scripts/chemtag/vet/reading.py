"""Lists of known clusters and independent data of the user, joined to a sample by identifier."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from astropy import units as u

from chemtag.base.log import logger
from chemtag.base.predicted import derived_from, predicted_labels
from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.survey import cells
from chemtag.survey.cluster_names import Aliases, normalised
from chemtag.survey.columns import Wanted, read_columns
from chemtag.survey.files import open_table
from chemtag.survey.labels import field_labels
from chemtag.vet.guards import refuse_places, refuse_units, usable
from chemtag.vet.positions import joined
from chemtag.vet.quantities import EXACT, is_computed, units_in
from chemtag.vet.vetting import Datum


def refuse_strangers(
    path: Path, found: Sequence[str], star_id: Sequence[str], column: str, key: str
) -> None:
    """Raise `InputProblem` where no identifier of a table is one of the sample's."""
    if set(found) & set(star_id):
        return
    raise InputProblem(
        f"{path}: none of its {len(found)} identifiers in {column!r} ({key}/star_id) is one of the "
        f"{len(star_id)} of the sample: it has {found[0]!r}, the sample {star_id[0]!r}; name the "
        "column with the identifiers of the catalogue."
    )


def read_known(
    path: Path, block: Mapping[str, str], aliases: Aliases, star_id: Sequence[str], key: str
) -> pd.DataFrame:
    """Return star_id and cluster of a list of known clusters, each pair once, names resolved.

    `block` names the columns `star_id` and `cluster`, `key` is its place in the config. Raises
    `InputProblem` as `read_columns` does, and where no star of the list is in the sample.
    """
    wanted = [
        Wanted("star_id", block["star_id"], "identifier", key=f"{key}/star_id"),
        Wanted("cluster", block["cluster"], "text", key=f"{key}/cluster"),
    ]
    values = read_columns(path, wanted).values
    table = pd.DataFrame({"star_id": values["star_id"], "cluster": values["cluster"]})
    field = field_labels(table["cluster"].to_numpy(dtype=object))
    words = sorted({word for word in table.loc[field, "cluster"] if word})
    if words:
        logger.warning(
            "%s: column %r (%s/cluster): %d of %d rows name no cluster and are left out: %s",
            path,
            block["cluster"],
            key,
            int(field.sum()),
            len(table),
            ", ".join(map(repr, words)),
        )
    table = table[~field & (table["star_id"] != "").to_numpy()]
    if table.empty:
        raise InputProblem(
            f"{path}: no row has both an identifier and a name in {block['cluster']!r} "
            f"({key}/cluster); name the columns of the list."
        )
    refuse_strangers(path, table["star_id"].tolist(), star_id, block["star_id"], key)
    table["cluster"] = table["cluster"].map(normalised(table["cluster"], aliases))
    return table.drop_duplicates().sort_values(["cluster", "star_id"]).reset_index(drop=True)


def stars_of_rows(
    path: Path, block: Mapping[str, Any], star_id: Sequence[str], places: Floats | None, key: str
) -> tuple[pd.Series, int]:
    """Return the star of each row of a table, "" for none of the sample's, and the ambiguous rows.

    By identifier, or by the places (N, 2; deg) of the stars where the block has a `position`.
    Raises `InputProblem` where no row is a star of the sample.
    """
    if "position" not in block:
        wanted = [Wanted("star_id", block["star_id"], "identifier", key=f"{key}/star_id")]
        found = pd.Series(read_columns(path, wanted).values["star_id"])
        refuse_strangers(path, found.tolist(), star_id, block["star_id"], key)
        return found, 0
    if places is None:
        raise InputProblem(
            f"config: {key}/position: the sample has no ra and dec; name them under columns of its "
            "catalogue, or give star_id."
        )
    where = block["position"]
    rows = _rows_on_the_sky(path, block, key)
    refuse_places(places, ("ra", "dec"), f"{key}/position: the catalogue of the sample")
    if not np.isfinite(places).all(axis=1).any():
        raise InputProblem(
            f"config: {key}/position: no star of the sample has both ra and dec; correct their "
            "columns in its catalogue, or give star_id."
        )
    match = joined(rows, places, where["radius"])
    if (match.star < 0).all():
        raise InputProblem(
            f"{path}: no row is the only one within {where['radius']:g} arcsec of a star of the "
            f"sample ({key}/position), the nearest is {match.nearest:.3g} arcsec away; check that "
            f"{where['ra']!r} and {where['dec']!r} are in degrees, or raise the radius."
        )
    names = np.array([*star_id, ""], dtype=object)
    return pd.Series(names[match.star]), match.ambiguous


def _rows_on_the_sky(path: Path, block: Mapping[str, Any], key: str) -> Floats:
    """The places (M, 2; deg) of the rows of a table; `InputProblem` where none is on the sky."""
    where = block["position"]
    wanted = [
        Wanted(name, where[name], "number", tuple(block["missing"]), key=f"{key}/position")
        for name in ("ra", "dec")
    ]
    values = read_columns(path, wanted).values
    rows = np.column_stack([values["ra"], values["dec"]])
    refuse_places(rows, (where["ra"], where["dec"]), f"{path}: {key}/position")
    if not np.isfinite(rows).all(axis=1).any():
        raise InputProblem(
            f"{path}: no row has a number in both {where['ra']!r} and {where['dec']!r} "
            f"({key}/position); name the columns of right ascension and declination in degrees."
        )
    return rows


def read_datum(
    path: Path, block: Mapping[str, Any], star_id: Sequence[str], key: str,
    places: Floats | None = None,
) -> tuple[Datum, dict[str, int]]:  # fmt: skip
    """Return a datum of the stars `star_id` (N,), NaN where missing, and counts of what was met.

    `block` is the entry of the config at `key`, `places` (N, 2; deg) those of the stars. Of rows of
    one star that with the smallest errors counts; labels that the workflow predicted out of domain
    are missing. Counts: rows of the table, stars of the sample in it, those with all values and
    errors, rows left out as repeated, and as ambiguous by their place. Raises `InputProblem` for
    strangers, units, and where no star has the datum.
    """
    names = list(block["values"])
    found, ambiguous = stars_of_rows(path, block, star_id, places, key)
    wanted = []
    for name, columns in block["values"].items():
        wanted += [
            Wanted(f"{name}/{part}", columns[part], "number", _codes(block, name, part),
                   key=f"{key}/values/{name}")
            for part in ("value", "error", "low", "high") if part in columns
        ]  # fmt: skip
    read = read_columns(path, wanted)
    for column, number in unit_factors(path, block, key).items():
        read.values[column] *= number
    values = np.column_stack([read.values[f"{n}/value"] for n in names])
    errors = np.column_stack([_errors(read.values, n) for n in names])
    exact = np.array([is_computed(block) and name in EXACT for name in names])
    errors[~usable(errors) & ~exact] = np.nan
    if derived_from(path) is not None:
        labels = predicted_labels(path)
        outside = labels.star_id[~np.isfinite(labels.value)]
        values[found.isin(outside).to_numpy()] = np.nan
    _refuse_values(values, errors, block, f"{path}: {key}")
    first = best_rows(found, values, errors)
    at = pd.Index(found.iloc[first]).get_indexer(pd.Index(star_id))
    there = at >= 0
    placed = np.full((2, len(star_id), len(names)), np.nan)
    placed[:, there] = np.stack([values, errors])[:, first[at[there]]]
    spread = np.array([float(block["spread"].get(n, 0.0)) for n in names])
    datum = Datum(placed[0], placed[1], spread)
    counts = {
        "rows": len(found),
        "stars": int(there.sum()),
        "with_data": int(datum.complete.sum()),
        "repeated": int((found != "").sum() - (found.iloc[first] != "").sum()),
        "ambiguous": ambiguous,
    }
    if not counts["with_data"]:
        raise InputProblem(
            f"{path}: no star of the sample has all of {', '.join(names)} with errors ({key}), "
            f"though {counts['stars']} are in the table; name other columns or take the datum out."
        )
    return datum, counts


def _codes(block: Mapping[str, Any], name: str, part: str) -> tuple[float, ...]:
    """Numbers that mean a missing value: those of the block, and the usual ones of the column.

    A place off the sky is refused whatever the number.
    """
    if name in EXACT and is_computed(block):
        return tuple(block["missing"])
    usual = cells.POSITIVE_CODES if part == "error" else cells.NUMBER_CODES
    return (*block["missing"], *usual)


def _refuse_values(values: Floats, errors: Floats, block: Mapping[str, Any], place: str) -> None:
    """Raise `InputProblem` for values and errors (M, D) that cannot be those of the block."""
    names = list(block["values"])
    if is_computed(block):
        columns = [block["values"][name]["value"] for name in EXACT]
        sky = values[:, [names.index(name) for name in EXACT]]
        refuse_places(sky, columns, f"{place}/values")
    for column, name in enumerate(names):
        refuse_units(values[:, column], block["quantity"], name, place)
        if not (np.isfinite(values[:, column]) & np.isfinite(errors[:, column])).any():
            lacks = "errors" if np.isfinite(values[:, column]).any() else "values"
            raise InputProblem(
                f"{place}/values/{name} has no {lacks} in any row "
                f"({' and '.join(block['values'][name].values())}); name columns that have some."
            )


def best_rows(found: pd.Series, values: Floats, errors: Floats) -> npt.NDArray[np.int64]:
    """Return one row for each star `found` (M,): that of the smallest errors (M, D).

    Rows without come last, and equal ones in any order.
    """
    size = np.where(np.isfinite(values), errors, np.inf)
    size = np.nan_to_num(size, nan=np.inf).sum(axis=1)
    order = np.lexsort([*values.T, size, found.to_numpy(dtype=str)])
    return np.asarray(order[~found.iloc[order].duplicated().to_numpy()])


def _errors(columns: Mapping[str, npt.NDArray[Any]], name: str) -> Floats:
    """The standard errors of a value: as given, or half of the central 68 %."""
    if f"{name}/error" in columns:
        return columns[f"{name}/error"]
    if f"{name}/low" not in columns:
        return np.zeros(len(columns[f"{name}/value"]))
    return np.abs(columns[f"{name}/high"] - columns[f"{name}/low"]) / 2


def unit_factors(path: Path, block: Mapping[str, Any], key: str) -> dict[str, float]:
    """Return what the numbers of each column (`rv/error`) are multiplied by, for its unit.

    An error or percentile without a unit has that of its value. Raises `InputProblem` for a unit of
    another quantity; one that is not known is warned of.
    """
    units = open_table(path).units
    expected = units_in(block)
    found = {}
    for name, columns in block["values"].items():
        value = units.get(columns["value"], "").strip()
        for part, column in columns.items():
            written = units.get(column, "").strip() or value
            place = f"{path}: column {column!r} ({key}/values/{name})"
            known = written and name in expected
            found[f"{name}/{part}"] = _factor(written, expected[name], place) if known else 1.0
    return found


def _factor(written: str, expected: str, place: str) -> float:
    """What numbers in the unit `written` are multiplied by to be in the unit `expected`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return float(u.Unit(written).to(u.Unit(expected)))
        except u.UnitConversionError:
            raise InputProblem(
                f"{place} is in {written!r}, expected {expected}; name another column."
            ) from None
        except (ValueError, TypeError):
            logger.warning(
                "%s has the unit %r, which is not known; it is taken as %s",
                place,
                written,
                expected,
            )
            return 1.0
