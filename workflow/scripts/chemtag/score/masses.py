"""Recovery of dissolved clusters against their mass at birth."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.score.evaluation import LEVELS
from chemtag.score.intervals import jeffreys_interval
from chemtag.score.matching import RECOVERED

BINS_A_DEX = 2


def mass_rows(
    clusters: pd.DataFrame, masses: Mapping[str, float], headline: str
) -> Iterator[dict[str, Any]]:
    """Yield rows of the contract mass_recovery, half a dex of mass each, heaviest bins included.

    `clusters` is the table of that name; `masses` by cluster in solar masses, of all dissolved
    clusters with a star in the sample, which may be more. Raises `InputProblem` without any.
    """
    if not masses:
        raise InputProblem(
            "config: score/masses/samples names a sample without dissolved clusters; give it "
            "truth: birth and a recipe with field/galaxy, or leave it out."
        )
    known = clusters[clusters["cluster"].isin(masses)]
    best = known.groupby("cluster", as_index=False).agg(
        n_members=("n_members", "first"), eligible=("eligible", "first"), match=("match", "max")
    )
    everyone = _bin(pd.Series(masses))
    for role, table in (("any", best), ("headline", known[known["setting"] == headline])):
        number = _bin(table["cluster"].map(masses))
        for one in sorted(everyone.unique()):
            born = int((everyone == one).sum())
            yield {"role": role, **_row(table[number == one], int(one), born)}


def _bin(mass: pd.Series) -> pd.Series:
    """Number of the bin of masses (n,)."""
    return np.floor(np.log10(mass.astype(float)) * BINS_A_DEX).astype(int)


def _row(table: pd.DataFrame, number: int, born: int) -> dict[str, Any]:
    """The row of a bin of mass, by its number, with `born` clusters."""
    match = table.loc[table["eligible"].astype(bool), "match"].to_numpy(dtype=float)
    recovered = int((match >= RECOVERED).sum())
    row = {
        "mass_low": 10 ** (number / BINS_A_DEX),
        "mass_high": 10 ** ((number + 1) / BINS_A_DEX),
        "n_clusters": born,
        "n_stars": int(table["n_members"].sum()),
        "n_eligible": len(match),
        "n_recovered": recovered,
        "recovery_fraction": recovered / len(match) if len(match) else np.nan,
        "mean_match": float(match.mean()) if len(match) else np.nan,
    }
    for level, suffix in zip(LEVELS, ("", "_95"), strict=True):
        ends = jeffreys_interval(recovered, len(match), level) if len(match) else None
        row[f"low{suffix}"] = ends.low if ends else np.nan
        row[f"high{suffix}"] = ends.high if ends else np.nan
    return row
