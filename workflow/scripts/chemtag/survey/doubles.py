"""One star under two identifiers: a pair that any tagger finds, and no two stars born together."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.log import logger
from chemtag.base.types import Bools

_BY_CHANCE = 1e-3  # pairs of equal abundances below which agreement is no chance


def warn_of_doubles(stars: pd.DataFrame, abundances: Sequence[str], place: str) -> None:
    """Warn of stars whose Gaia source, position or all `abundances` are those of another star.

    `stars` (contract `stars`) are sorted by identifier; entries of one identifier are one star.
    Abundances, three or more, count where so many digits are written that none agree by chance.
    """
    entries = stars.drop_duplicates("star_id")
    ways = {"Gaia source": ["gaia_source_id"], "position": ["ra", "dec"]}
    if _telling(entries, abundances):
        ways["abundances"] = list(abundances)
    hits = {way: _repeated(entries, names) for way, names in ways.items()}
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
    """Say whether equal abundances are no chance: pairs expected if elements were independent."""
    n = len(entries)
    if len(names) < 3 or n < 2:
        return False
    pairs = 0.5 * n * (n - 1)
    for name in names:
        counts = entries[name].value_counts().to_numpy().astype(float)
        pairs *= float((counts * (counts - 1)).sum()) / (n * (n - 1))
    return pairs < _BY_CHANCE
