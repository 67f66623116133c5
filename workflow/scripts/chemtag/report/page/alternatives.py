"""Alternative texts of figures: what is shown, and its main values, from the drawn data."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from chemtag.survey.abundances import symbol_of

Labels = Mapping[str, str]
Row = Mapping[Any, Any]


def alternative(name: str, what: str, drawn: pd.DataFrame, labels: Labels) -> str:
    """Return the alternative text of the figure `name`: `what` it shows, then its main values.

    `drawn` is the data beside the figure, `labels` the names of the samples on figures. A figure
    whose values are not known here has `what` alone.
    """
    values = VALUES.get(name)
    words = [" ".join(what.split())] + ([values(drawn, labels)] if values else [])
    return " ".join(filter(None, words))


def with_interval(value: float, low: float, high: float) -> str:
    """Return a value with its 68 % interval: `0.35 (0.27 to 0.44)`."""
    ends = f" ({low:.2f} to {high:.2f})" if np.isfinite([low, high]).all() else ""
    return f"{value:.2f}{ends}"


def recovered(row: Row) -> str:
    """Return a row of contract figure_recovery in words."""
    share = with_interval(row["recovery_fraction"], row["low"], row["high"])
    counts = f"{row['n_recovered']} of {row['n_eligible']} clusters, {share}"
    known = np.isfinite(row["null_mean"])
    return counts + (f", by chance {row['null_mean']:.2f}" if known else "")


def headline_rows(drawn: pd.DataFrame, threshold: float, least_members: int = 0) -> dict[Any, Row]:
    """Return the rows of the headline at a threshold, by sample (contract figure_recovery)."""
    at = np.isclose(drawn["threshold"], threshold) & (drawn["role"] == "headline")
    wanted = at & (drawn["least_members"] == least_members) & (drawn["n_eligible"] > 0)
    return {row["sample"]: row for row in drawn[wanted].to_dict("records")}


def story_values(drawn: pd.DataFrame, labels: Labels) -> str:
    """Return RF40 and RF70 of the headline of each sample."""
    at_40, at_70 = headline_rows(drawn, 0.4), headline_rows(drawn, 0.7)
    return " ".join(
        f"{label}: at 40 per cent {recovered(at_40[sample])}; "
        f"at 70 per cent {recovered(at_70[sample])}."
        for sample, label in labels.items()
        if sample in at_40
    )


def recovery_values(drawn: pd.DataFrame, labels: Labels) -> str:
    """Return RF40 of all eligible clusters and of those of 7 members or more."""
    every, large = headline_rows(drawn, 0.4), headline_rows(drawn, 0.4, 7)
    said = []
    for sample, label in labels.items():
        if sample in every:
            some = "; with 7 members or more " + recovered(large[sample]) if sample in large else ""
            said.append(f"{label}: {recovered(every[sample])}{some}.")
    return " ".join(said)


def map_values(drawn: pd.DataFrame, labels: Labels) -> str:
    """Return the counts of both halves of the map (contract figure_map)."""
    members, grouped = drawn["cluster"] != "", drawn["group"] >= 0
    matched = drawn.loc[drawn["recovers"] != "", "recovers"].nunique()
    return (
        f"{len(drawn):,} stars: {members.sum():,} members of "
        f"{drawn.loc[members, 'cluster'].nunique()} clusters, {(~members).sum():,} field stars; "
        f"{drawn.loc[grouped, 'group'].nunique():,} groups with {grouped.sum():,} stars, of which "
        f"{matched} recover a cluster at 40 per cent."
    )


def limits_values(drawn: pd.DataFrame, labels: Labels) -> str:
    """Return RF40 of the headline and the best of those told the labels (figure_limits)."""
    scores = drawn[drawn["score"] == "rf40"]
    said = []
    for sample, label in labels.items():
        rows = scores[scores["sample"] == sample].to_dict("records")
        own = [row for row in rows if row["entry"] == "headline"]
        told = [row for row in rows if np.isfinite(row["baseline"])]
        if own and told:
            best = max(told, key=lambda row: row["value"])
            words = [with_interval(r["value"], r["low"], r["high"]) for r in (own[0], best)]
            said.append(f"{label}: headline {words[0]}, best classifier {words[1]}.")
    return " ".join(said)


def coherence_values(drawn: pd.DataFrame, labels: Labels) -> str:
    """Return the most and least coherent element (contract figure_coherence)."""
    known = drawn.drop_duplicates("element").dropna(subset="typical_scatter")
    rows = known.sort_values(["typical_scatter", "element"]).to_dict("records")
    if not rows:
        return ""
    ends = [
        f"{symbol_of(row['element'])} {row['typical_scatter']:.3f} dex (between clusters "
        f"{row['between']:.3f}, median error {row['median_error']:.3f})"
        for row in (rows[0], rows[-1])
    ]
    return f"{len(rows)} elements; scatter within clusters from {ends[0]} to {ends[1]}."


def mean_words(row: Row) -> str:
    """Return the mean of a row of contract forecast in words."""
    return with_interval(row["mean"], row["low"], row["high"])


def contamination_values(drawn: pd.DataFrame, labels: Labels) -> str:
    """Return RF40 of the headline without field stars and among most of them."""
    said = []
    rows = drawn[(drawn["role"] == "headline") & (drawn["score"] == "rf40")]
    for _, part in rows.groupby(["error_scale", "n_elements"], sort=True):
        cells = part.sort_values("n_field").to_dict("records")
        first, last = cells[0], cells[-1]
        said.append(
            f"Errors times {first['error_scale']:g}, {first['n_elements']} elements: headline "
            f"{mean_words(first)} with {first['n_field']:,} field stars, {mean_words(last)} with "
            f"{last['n_field']:,}."
        )
    return " ".join(said)


def precision_values(drawn: pd.DataFrame, labels: Labels) -> str:
    """Return the worst and the best cell of the headline among most field stars."""
    rows = drawn[(drawn["role"] == "headline") & (drawn["score"] == "rf40")]
    rows = rows[rows["n_field"] == rows["n_field"].max()].sort_values(["mean", "error_scale"])
    if rows.empty:
        return ""
    cells = [
        f"{mean_words(row)} with errors times {row['error_scale']:g} and {row['n_elements']} "
        "elements"
        for row in (rows.iloc[0], rows.iloc[-1])
    ]
    most = f"{rows['n_field'].iloc[0]:,} field stars"
    return f"Among {most} the headline has from {' to '.join(cells)}."


def plane_values(drawn: pd.DataFrame, labels: Labels) -> str:
    """Return the clusters that are recovered, by name (contract figure_purity_completeness)."""
    names = drawn.loc[drawn["recovered_40"].astype(bool), "cluster"].tolist()
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    named = f": {shown}" if names else ""
    some = f"{len(names)} of the {len(drawn)} clusters with a member in a group"
    return f"{some} are recovered{named}."


VALUES: dict[str, Callable[[pd.DataFrame, Labels], str]] = {
    "story": story_values,
    "map": map_values,
    "recovery": recovery_values,
    "limits": limits_values,
    "coherence": coherence_values,
    "contamination": contamination_values,
    "precision": precision_values,
    "purity_completeness": plane_values,
}
