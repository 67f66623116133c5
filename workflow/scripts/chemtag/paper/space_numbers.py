"""Named numbers of the comparison of spaces: the same stars by motions, abundances and both."""

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import pandas as pd

from chemtag.paper.tables import Number, count, plain

SCORES = ("rf40", "statistical_40", "n_groups")
RULE = "compare_spaces"
BEST = {"best": ("own", "oracle"), "best_own": ("own",), "best_told": ("oracle",)}
"""Boards that each choice of the best algorithm is made from."""


def two_space_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return `sample.spaces.view.algorithm.score` of the contract `two_spaces`, with its null.

    Beside them `sample.spaces.n_clusters` and `.n_field`, the stars of no cluster, and of each view
    RF40 of the `best` of all algorithms, of the `best_own` (told nothing) and of the `best_told`.
    """
    meta = table.attrs
    field = int(meta["n_stars"]) - int(meta["n_members"])
    found = {
        f"{sample}.spaces.n_clusters": count(meta["n_clusters"], "clusters", source, RULE),
        f"{sample}.spaces.n_field": count(field, "stars of no cluster", source, RULE),
    }
    for row in table[table["metric"].isin(SCORES)].to_dict("records"):
        key = f"{sample}.spaces.{row['view']}.{row['algorithm']}.{row['metric']}"
        words = f"{row['metric']} of {row['label']}, space {row['view']}"
        found[key] = _number(row, words, source)
    for name, boards in BEST.items():
        for view, row in _best(table[table["board"].isin(boards)]).items():
            words = f"rf40 of the best of the boards {' and '.join(boards)}, space {view}"
            chosen = replace(
                _number(row, words, source),
                p_value=None,
                note=f"that of {row['label']}, the best; interval and null are its own",
            )
            found[f"{sample}.spaces.{view}.{name}.rf40"] = chosen
    return found


def _best(table: pd.DataFrame) -> dict[str, dict[Hashable, Any]]:
    """Row of the largest RF40 in each view; of equals the first algorithm by name."""
    rows = table[(table["metric"] == "rf40") & table["value"].notna()]
    rows = rows.sort_values(["value", "algorithm"], ascending=[False, True])
    return {row["view"]: row for row in rows.drop_duplicates("view").to_dict("records")}


def _number(row: dict[Hashable, Any], words: str, source: str) -> Number:
    return Number(
        value=plain(row["value"]),
        low=plain(row["low"]),
        high=plain(row["high"]),
        null_mean=plain(row["null_mean"]),
        null_p95=plain(row["null_p95"]),
        p_value=plain(row["p_value"]),
        note=str(row["note"] or row["reason"]),
        description=words,
        source=source,
        rule=RULE,
    )
