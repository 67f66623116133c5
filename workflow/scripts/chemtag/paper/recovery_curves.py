"""Recovery curves of several samples as one table, and their rows in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from chemtag.paper.figures.style import with_interval

COLUMNS = [
    "sample", "role", "threshold", "least_members", "n_recovered", "n_eligible",
    "recovery_fraction", "low", "high", "null_mean", "null_p95",
]  # fmt: skip
# `least_members` of the rows that count the eligible clusters of a sample.
ELIGIBLE = 0
Row = Mapping[Any, Any]


def recovery_rows(
    recovery: Mapping[str, pd.DataFrame], others: Sequence[pd.DataFrame] = ()
) -> pd.DataFrame:
    """Return rows of contract figure_recovery from the table `recovery` of each sample.

    `others` are further rows of that contract.
    """
    curves = [
        table.assign(sample=sample, least_members=ELIGIBLE) for sample, table in recovery.items()
    ]
    return pd.concat([*curves, *others], ignore_index=True)[COLUMNS]


def recovered(row: Row) -> str:
    """Return a row of contract figure_recovery in words."""
    share = with_interval(row["recovery_fraction"], row["low"], row["high"])
    counts = f"{row['n_recovered']} of {row['n_eligible']} clusters, {share}"
    known = np.isfinite(row["null_mean"])
    return counts + (f", by chance {row['null_mean']:.2f}" if known else "")


def headline_rows(
    drawn: pd.DataFrame, threshold: float, least_members: int = ELIGIBLE, role: str = "headline"
) -> dict[Any, Row]:
    """Return the rows of the headline, or another role, at a threshold, by sample.

    `drawn` is of the contract figure_recovery.
    """
    at = np.isclose(drawn["threshold"], threshold) & (drawn["role"] == role)
    wanted = at & (drawn["least_members"] == least_members) & (drawn["n_eligible"] > 0)
    return {row["sample"]: row for row in drawn[wanted].to_dict("records")}
