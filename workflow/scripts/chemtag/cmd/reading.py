"""Grids of isochrones and the photometry of a sample, from their tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.cmd.clusters import Photometry
from chemtag.cmd.isochrones import Grid, grid_of
from chemtag.survey import cells
from chemtag.survey.columns import Wanted, read_columns


def read_grid(path: Path, columns: Mapping[str, str]) -> tuple[Grid, int]:
    """Return the grid of a table, and how many of its rows have no magnitude.

    `columns` names log_age (log10 of years), mh, mass (initial), g, bp, rp and, if it has one, the
    evolutionary label. Raises `InputProblem` for columns that are not there and for a table
    without isochrones.
    """
    wanted = [Wanted(n, c, "number", key=f"cmd/isochrones/{n}") for n, c in columns.items()]
    read = read_columns(path, wanted).values
    bands = np.column_stack([read[name] for name in ("g", "bp", "rp")])
    grid, without = grid_of(
        read["log_age"], read["mh"], read["mass"], bands, read.get("label"), path.name
    )
    if len(grid.isochrones) < 2:
        raise InputProblem(
            f"{path}: has {len(grid.isochrones)} isochrones with G, BP and RP (cmd/isochrones), "
            "expected a grid in age; name a table with several ages, log_age as log10 of years."
        )
    return grid, without


def read_photometry(
    path: Path, block: Mapping[str, Any], star_id: Sequence[str] | None, key: str
) -> Photometry:
    """Return the photometry of the stars `star_id` (N,), NaN where a star has none; of all without.

    `block` names the columns g, bp_rp, where it is known parallax, and star_id. Of several rows of
    a star the first by its values counts. Raises `InputProblem` where no star has G and colour.
    """
    names = [name for name in ("g", "bp_rp", "parallax") if name in block]
    units = {"g": "mag", "bp_rp": "mag", "parallax": "mas"}
    # No star has a magnitude or a colour of 99, as many have a parallax of -99.
    usual = {"mag": cells.POSITION_CODES, "mas": cells.NUMBER_CODES}
    wanted = [
        Wanted(name, block[name], "number", (*block.get("missing", ()), *usual[units[name]]),
               key=f"{key}/{name}", unit=units[name])
        for name in names
    ]  # fmt: skip
    if star_id is not None:
        wanted.append(Wanted("star_id", block["star_id"], "identifier", key=f"{key}/star_id"))
    read = read_columns(path, wanted).values
    values = np.column_stack([read[name] for name in names])
    if len(names) < 3:
        values = np.column_stack([values, np.full(len(values), np.nan)])
    if star_id is not None:
        values = placed(values, read["star_id"].tolist(), star_id)
    if not np.isfinite(values[:, :2]).all(axis=1).any():
        whose = "of the sample " if star_id is not None else ""
        raise InputProblem(
            f"{path}: no star {whose}has both {block['g']!r} and {block['bp_rp']!r} ({key}); name "
            "the columns of G and BP - RP, and with star_id the identifiers of the catalogue."
        )
    return Photometry(*values.T)


def placed(values: Floats, found: Sequence[str], star_id: Sequence[str]) -> Floats:
    """Return values (N, D) in the order of `star_id` from those (M, D) of the stars `found`."""
    order = np.lexsort([*np.nan_to_num(values.T, nan=np.inf), np.array(found, dtype=str)])
    first: dict[str, int] = {}
    for row in order:
        first.setdefault(found[row], int(row))
    at = np.array([first.get(one, -1) for one in star_id])
    result = np.full((len(star_id), values.shape[1]), np.nan)
    result[at >= 0] = values[at[at >= 0]]
    return result
