"""Named numbers that say how far a score may be trusted: other seeds, orders, draws and nulls."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from chemtag.paper.figures.consensus import STABLE
from chemtag.paper.tables import SIGNIFICANT, Number, count, judged, plain
from chemtag.score.matching import RECOVERED

TABLED = ("rf_area", "rf40", "rf40_strict", "rf40_one_to_one", "ami", "v_measure")


def match_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return from T1 how many eligible clusters match on the threshold, above it, and by chance.

    `n_matched.significant` counts those whose match is better than that of permuted groups after
    correction for their number, recovered or not.
    """
    rows = table[table["eligible"].astype(bool)]
    match = rows[["purity", "completeness"]].min(axis=1).to_numpy(dtype=float)
    better = (rows["q_value"] < SIGNIFICANT).to_numpy(dtype=bool)
    found = {
        "n_on_threshold": (
            np.isclose(match, RECOVERED),
            "eligible clusters whose match is exactly 0.40",
        ),
        "n_recovered_40.strict": (
            match > RECOVERED + 1e-9,
            "eligible clusters with a match above 0.40",
        ),
        "n_recovered_40.significant": (
            (match >= RECOVERED - 1e-9) & better,
            "eligible clusters recovered at 40 per cent and better than permuted groups, q < 0.05",
        ),
        "n_matched.significant": (
            better,
            "eligible clusters matched better than by permuted groups, q < 0.05",
        ),
    }
    return {
        f"{sample}.{name}": count(int(chosen.sum()), words, source, "tabulate_clusters")
        for name, (chosen, words) in found.items()
    }


def repeat_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return the means over simulated surveys of other seeds: `sample.repeats.rf40`."""
    numbers: dict[str, Number] = {}
    for row in table.to_dict("records"):
        name, number = f"{sample}.repeats.{row['score']}", int(row["n_realisations"])
        numbers[name] = _number(
            row, "mean", f"mean {row['score']} of {number} surveys of other seeds", source,
            "repeat_sample", "mean over surveys of other seeds: no permutation null",
        )  # fmt: skip
        numbers[f"{name}.n_realisations"] = count(
            number, "surveys of other seeds", source, "repeat_sample"
        )
        for column, words in (
            ("sd", "standard deviation from survey to survey"),
            ("share_as_high", "share of the surveys that reach the score of this run"),
        ):
            numbers[f"{name}.{column}"] = _number(
                {column: row[column], "low": np.nan, "high": np.nan}, column, words, source,
                "repeat_sample", "a description of the surveys: no interval, no null",
            )  # fmt: skip
    return numbers


def order_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return of each package how many settings move with the order of the rows, and the widest."""
    numbers: dict[str, Number] = {}
    for package, rows in table.groupby("package", sort=True):
        reach = rows["most"] - rows["fewest"]
        widest = rows.iloc[int(reach.to_numpy().argmax())]
        name = f"{sample}.row_orders.{package}"
        for key, value, words in (
            ("n_settings", len(rows), "settings of the grid"),
            ("n_moved", int((reach > 0).sum()), "settings whose count depends on the order"),
            ("n_orders", int(rows["n_orders"].max()), "orders of the rows"),
            ("fewest", int(widest["fewest"]), "fewest clusters at the setting that moves most"),
            ("most", int(widest["most"]), "most clusters at the setting that moves most"),
            ("exact", int(widest["exact"]), "clusters of the exact core at that setting"),
        ):
            numbers[f"{name}.{key}"] = count(value, words, source, "score_row_order")
    return numbers


def stability_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return how many groups are stable within the errors, of how many."""
    stable = int((table["jaccard"] > STABLE).sum())
    words = {
        "n_stable": (stable, "groups stable within the errors"),
        "n_groups": (len(table), "groups"),
    }
    return {
        f"{sample}.stability.{name}": count(value, said, source, "find_consensus")
        for name, (value, said) in words.items()
    }


def null_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return the main scores of the headline beside each null: `sample.nulls.shuffled.rf40`.

    `….n_null` is the number of replicates: no p is below 1 / (1 + replicates).
    """
    chosen = table[(table["role"] == "headline") & table["metric"].isin(TABLED)]
    chosen = chosen[chosen["noise"].isin(["none", "group"])]
    numbers: dict[str, Number] = {}
    for row in chosen.to_dict("records"):
        name = f"{sample}.nulls.{row['null']}.{row['metric']}"
        numbers[name] = judged(
            row, "value", str(row["note"] or ""), f"{row['metric']} beside the null {row['null']}",
            source, "summarise_nulls",
        )  # fmt: skip
        words = f"replicates of the null {row['null']}"
        numbers[f"{name}.n_null"] = count(row["n_null"], words, source, "summarise_nulls")
    return numbers


def ablation_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return RF40 of each variant of the headline, and its paired difference to it."""
    numbers: dict[str, Number] = {}
    for row in table[table["score"] == "rf40"].to_dict("records"):
        name = f"{sample}.ablations.{row['variant']}.rf40"
        numbers[name] = judged(
            row, "value", str(row["note"] or ""), f"RF40 of the variant {row['variant']}", source,
            "ablate_sample",
        )  # fmt: skip
        if row["variant"] == "headline":
            continue
        ends = {"low": row["difference_low"], "high": row["difference_high"]}
        difference = {"difference": row["difference"], **ends}
        numbers[f"{name}.difference"] = _number(
            difference, "difference", f"RF40 of {row['variant']} less that of the headline, paired",
            source, "ablate_sample", "a paired difference: its null is 0",
        )  # fmt: skip
    return numbers


def _number(
    row: Mapping[Any, Any], value: str, description: str, source: str, rule: str, note: str
) -> Number:
    """The number in the column `value` of a row with ends and without a null."""
    return Number(
        value=plain(row[value]),
        low=plain(row["low"]),
        high=plain(row["high"]),
        null_mean=None,
        null_p95=None,
        p_value=None,
        note=note,
        description=description,
        source=source,
        rule=rule,
    )
