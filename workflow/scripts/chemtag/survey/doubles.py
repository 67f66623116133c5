"""One star under two identifiers: a pair that any tagger finds, and no two stars born together."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.log import logger
from chemtag.base.types import Bools, Floats

# Pairs that agree by chance, of those that do, up to which agreement is none: as counted from
# columns that were independent, and from pairs that nearly agree.
_IF_INDEPENDENT, _NEARLY = 0.01, 0.1
_DECIMALS = 7  # digits behind the point up to which numbers are looked at as rounded


def warn_of_doubles(stars: pd.DataFrame, abundances: Sequence[str], place: str) -> None:
    """Warn of stars whose Gaia source, position or all `abundances` are those of another star.

    `stars` (contract `stars`) are sorted by identifier; entries of one identifier are one star.
    Positions and abundances, three or more, count where so many digits are written that none agree
    by chance.
    """
    entries = stars.drop_duplicates("star_id")
    ways = {"Gaia source": ["gaia_source_id"], "position": ["ra", "dec"]}
    if len(abundances) > 2:
        ways["abundances"] = list(abundances)
    hits = {way: _repeated(entries, names) for way, names in ways.items()}
    for way in ("position", "abundances"):
        if way in hits and hits[way].any() and not _telling(entries, ways[way]):
            del hits[way]
    found = {way: int(hit.sum()) for way, hit in hits.items() if hit.any()}
    if not found:
        return
    way = next(iter(found))
    one = entries[ways[way]].iloc[int(np.argmax(hits[way]))]
    equal = (entries[ways[way]] == one).all(axis=1).to_numpy()
    first, second = entries["star_id"].to_numpy()[equal][:2]
    logger.warning(
        "%s: stars with the same %s as another star of another identifier, such as %r and %r; one "
        "star twice is a pair that any tagger finds: keep one entry of it",
        place,
        ", ".join(f"{name} ({count})" for name, count in found.items()),
        first,
        second,
    )


def _repeated(entries: pd.DataFrame, names: Sequence[str]) -> Bools:
    """Return (N,) True for entries equal in all columns to an entry above, False without them."""
    if not set(names) <= set(entries):
        return np.zeros(len(entries), dtype=bool)
    known = entries[list(names)]
    there: npt.NDArray[np.bool_] = np.ones(len(known), dtype=bool)
    for name in names:
        values = known[name].to_numpy()
        there &= values > 0 if name == "gaia_source_id" else np.isfinite(values.astype(float))
    found: Bools = known[there].duplicated().reindex(known.index, fill_value=False).to_numpy(bool)
    return found


def _telling(entries: pd.DataFrame, names: Sequence[str]) -> bool:
    """Say whether equal numbers are no chance.

    By chance as many pairs agree as if the columns were independent, and, however they are
    correlated or clustered, as many as agree but for one or two units of the last digit of one.
    """
    known = entries[list(names)].astype(float)
    known = known.loc[np.isfinite(known.to_numpy()).all(axis=1)]
    n = len(known)
    expected = 0.5 * n * (n - 1)
    for name in names:
        counts = known[name].value_counts().to_numpy().astype(float)
        expected *= float((counts * (counts - 1)).sum()) / (n * (n - 1))
    counts = known.groupby(list(names)).size().to_numpy().astype(float)
    agree = float((counts * (counts - 1)).sum()) / 2
    return expected <= _IF_INDEPENDENT * agree and _near(known) <= _NEARLY * agree


def _near(known: pd.DataFrame) -> float:
    """Pairs of rows (N, K) that differ by a unit of the last digit of a column alone, or by two.

    The mean of the first columns, of those that are written with few digits.
    """
    units = known.apply(lambda column: _in_units(column.to_numpy()))
    names = [str(name) for name in units]
    rows = units.groupby(names).size().rename("n").reset_index()
    pairs = []
    for name in [name for name in names if units[name].dtype.kind == "i"][:4]:
        for step in (1, 2):
            moved = rows.assign(**{name: rows[name] + step})
            both = rows.merge(moved, on=names)
            pairs.append(float((both["n_x"] * both["n_y"]).sum()))
    return float(np.mean(pairs)) if pairs else 0.0


def _in_units(values: Floats) -> npt.NDArray[Any]:
    """Numbers (N,) as whole numbers of units of their last digit, or as they are without one."""
    for decimals in range(_DECIMALS + 1):
        scaled = values * 10.0**decimals
        whole = np.round(scaled)
        if np.abs(scaled - whole).max() < 1e-3:
            return whole.astype(np.int64)
    return values
