"""T5 of a sample: the tagger of known width beside HDBSCAN, and its named numbers."""

from typing import Any

import numpy as np
import pandas as pd

from chemtag.paper.latex import Page, escaped, number, with_interval
from chemtag.paper.tables import Number, count, plain, rows_of_setting

SCORES = ("n_recovered_40", "rf70", "rf_area", "perfect_matches", "matched_f1", "n_groups",
          "statistical_40")  # fmt: skip
NAMES = {
    "headline": "HDBSCAN, headline",
    "oracle": "HDBSCAN, oracle",
    "scan_claims": "Known width, claims",
    "scan_listed": "Known width, listed",
    "scan_candidates": "Known width, candidates",
    "scan_linkage": "Known width, linkage",
}


def tagger_table(
    scores: pd.DataFrame, oracle: pd.DataFrame, scan: pd.DataFrame, setting: str, place: str
) -> pd.DataFrame:
    """Return T5 (contract table_taggers).

    `scores` and `oracle` are those of HDBSCAN's settings and of its best by the truth, `scan` those
    of the levels (all contract scores); `setting` is the headline.
    """
    parts = {"headline": rows_of_setting(scores, setting, place), "oracle": oracle}
    levels = [str(level) for level in scan.attrs["levels"]]
    parts |= {f"scan_{level}": scan[scan["setting"] == level] for level in levels}
    rows = []
    for rank, (name, part) in enumerate(parts.items()):
        told = "best setting" if name == "oracle" else "nothing"
        rows.append({"rank": rank, "tagger": name, "told": told} | _scores(part))
    return pd.DataFrame(rows)


def _scores(part: pd.DataFrame) -> dict[str, float]:
    plainly = part[(part["noise"] == "none") & (part["field"] == "none")].set_index("metric")
    values = plainly["value"].astype(float).to_dict()
    spread = {
        f"rf40_{key}": plainly[key].astype(float).to_dict()["rf40"]
        for key in ("low", "high", "null_mean", "null_p95")
    }
    return {"rf40": values["rf40"], **spread, **{name: values[name] for name in SCORES}}


def tagger_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return RF40, clusters, groups and share of statistical groups of each level of the scan."""
    numbers = {}
    for row in table.to_dict("records"):
        if not row["tagger"].startswith("scan_"):
            continue
        name, words = f"{sample}.{row['tagger']}", NAMES[row["tagger"]].lower()
        numbers[f"{name}.rf40"] = Number(
            value=plain(row["rf40"]),
            low=plain(row["rf40_low"]),
            high=plain(row["rf40_high"]),
            null_mean=plain(row["rf40_null_mean"]),
            null_p95=plain(row["rf40_null_p95"]),
            p_value=None,
            note="no p-value is quoted beside that of the headline",
            description=f"recovery fraction at 40 per cent, {words}",
            source=source,
            rule="tabulate_taggers",
        )
        for key, said in (
            ("n_recovered_40", "clusters recovered at 40 per cent"),
            ("n_groups", "groups"),
        ):
            numbers[f"{name}.{key}"] = count(
                int(row[key]), f"{said}, {words}", source, "tabulate_taggers"
            )
        numbers[f"{name}.statistical_40"] = count(
            row["statistical_40"],
            f"share of groups that match no cluster at 40 per cent, {words}",
            source,
            "tabulate_taggers",
        )
    return numbers


def taggers_page(table: pd.DataFrame, label: str, notes: str, key: str) -> Page:
    """Return T5 to print."""
    heads = ("Tagger", "Recovered", "RF40", "Null", "RF70", r"$A$", "Groups", "Statistical")
    cells: dict[str, list[str]] = {name: [] for name in heads}
    for row in table.to_dict("records"):
        values: list[Any] = [
            escaped(NAMES[row["tagger"]]),
            number(row["n_recovered_40"], 0),
            with_interval(row["rf40"], row["rf40_low"], row["rf40_high"]),
            number(row["rf40_null_mean"]),
            number(row["rf70"]),
            number(row["rf_area"]),
            number(row["n_groups"], 0),
            number(row["statistical_40"]) if np.isfinite(row["statistical_40"]) else r"\ldots",
        ]
        for name, value in zip(heads, values, strict=True):
            cells[name].append(value)
    caption = f"Taggers side by side: {escaped(label)}."
    return Page(cells, caption, f"tab:taggers-{key}", notes, "lrcrrrrr", False)
