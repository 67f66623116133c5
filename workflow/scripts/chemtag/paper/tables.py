"""The tables T1 to T4 of a sample and the named numbers of a run, from the tables of its stages."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.score.intervals import jeffreys_interval
from chemtag.score.matching import RECOVERED

# Chance level at which a match counts as better than chance.
SIGNIFICANT = 0.05

# Scores printed in T3, in this order; the machine-readable table holds all.
METRIC_HEADINGS = {
    "rf_area": "Mean match",
    "rf40_one_to_one": "RF40, one to one",
    "rf40": "RF40, at least 40\\,\\%",
    "rf40_strict": "RF40, above 40\\,\\%",
    "rf70": "RF70, at least 70\\,\\%",
    "rf70_strict": "RF70, above 70\\,\\%",
    "n_recovered_40": "Clusters recovered at 40\\,\\%",
    "n_groups": "Groups",
    "statistical_40": "Statistical groups at 40\\,\\%",
    "noise_fraction": "Noise",
    "coverage": "Coverage of members",
    "fragmentation": "Fragmentation",
    "homogeneity": "Homogeneity $h$",
    "completeness_score": "Completeness $c$",
    "v_measure": "$V$ measure",
    "ami": "AMI",
    "ari": "ARI",
    "pair_f1": "Pair $F_1$",
    "bcubed_f1": "B-cubed $F_1$",
    "matched_f1": "Matched $F_1$",
}


def rows_of_setting(table: pd.DataFrame, setting: str, place: str) -> pd.DataFrame:
    """Return the rows of one setting, or raise `InputProblem` if the table has others only."""
    rows = table[table["setting"] == setting]
    if rows.empty and not table.empty:
        found = ", ".join(sorted(map(str, table["setting"].unique()))[:4])
        raise InputProblem(
            f"{place}: no rows of the headline setting {setting!r}; found {found}; "
            "rerun the stages tag and score of this sample."
        )
    return rows.drop(columns="setting").reset_index(drop=True)


def clusters_of(truth: pd.DataFrame | None) -> pd.Series:
    """Return the cluster of each member by star_id, from the truth of a sample, if it has one."""
    if truth is None:
        return pd.Series(dtype=object, name="cluster")
    return truth[truth["cluster"] != ""].set_index("star_id")["cluster"]


def cluster_table(clusters: pd.DataFrame, coherence: pd.DataFrame) -> pd.DataFrame:
    """Return T1 (contract table_clusters).

    `clusters` are the rows of the headline setting (contract clusters), `coherence` the statistics
    of the clusters' members (contract coherence).
    """
    result = clusters.copy()
    iron = coherence[coherence["element"] == "fe_h"].set_index("cluster")
    middle = coherence.groupby("cluster")[["scatter", "scatter_low", "scatter_high", "error"]]
    medians = middle.median()
    for name, source in (("fe_h", iron["mean"]), ("fe_h_err", iron["mean_err"])):
        result[name] = result["cluster"].map(source).astype(float)
    for name in medians.columns:
        result[name] = result["cluster"].map(medians[name]).astype(float)
    return result.drop(columns=["f1", "match"])


def group_table(table_clusters: pd.DataFrame, group_scores: pd.DataFrame) -> pd.DataFrame:
    """Return T2 (contract table_groups): one row a recovered, eligible cluster.

    `table_clusters` is T1, `group_scores` the rows of the headline setting.
    """
    chosen = table_clusters["eligible"] & table_clusters["recovered_40"]
    recovered = table_clusters[chosen].rename(columns={"best_group": "group"})
    content = group_scores[["group", "content", "n_stars", "n_field"]]
    merged = recovered.merge(content, on="group", how="left", validate="many_to_one")
    if merged["content"].isna().any():
        group = merged.loc[merged["content"].isna(), "group"].iloc[0]
        raise InputProblem(
            f"group {group} recovers a cluster but is not in the group_scores table; "
            "rerun the stage score."
        )
    names = [
        "group", "content", "n_stars", "n_field", "cluster", "n_shared", "n_members",
        "purity", "completeness", "recovered_70", "p_value", "q_value",
    ]  # fmt: skip
    return merged[names]


def settings_table(clusters: dict[str, pd.DataFrame], headline: tuple[str, str]) -> pd.DataFrame:
    """Return T4 (contract table_settings): eligible clusters, one row a space and cluster.

    `clusters` gives the table of every setting and cluster (contract clusters) of each space,
    `headline` the space and setting of the headline.
    """
    parts = [
        _of_space(rows[rows["eligible"].astype(bool)], headline[1] if space == headline[0] else "")
        .reset_index()
        .assign(space=space)
        for space, rows in clusters.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _of_space(rows: pd.DataFrame, headline: str) -> pd.DataFrame:
    significant = rows["recovered_40"] & (rows["p_value"] < SIGNIFICANT)
    chosen = rows["recovered_40"] & (rows["setting"] == headline)
    kept = rows.assign(n_significant=significant, headline_40=chosen)
    return kept.groupby("cluster").agg(
        n_members=("n_members", "max"),
        n_settings=("setting", "nunique"),
        n_recovered_40=("recovered_40", "sum"),
        n_recovered_70=("recovered_70", "sum"),
        n_significant=("n_significant", "sum"),
        best_match=("match", "max"),
        headline_40=("headline_40", "any"),
    )


def metric_table(scores: pd.DataFrame, redrawn: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return T3 (contract table_metrics) from the scores of the headline setting.

    `redrawn` (contract redrawn_scores): their range over draws within the errors, if there are any.
    """
    result = scores.drop(columns=["null_low", "null_high", "n_null"])
    policy = ["metric", "noise", "field"]
    names = {"median": "redrawn_median", "low": "redrawn_low", "high": "redrawn_high"}
    if redrawn is None:
        result[list(names.values())] = np.nan
    else:
        range_of = redrawn.rename(columns=names)[[*policy, *names.values()]]
        result = result.merge(range_of, on=policy, how="left", validate="one_to_one")
    if "note" not in result:
        result["note"] = ""
    numbers = result[["low", "high", "null_mean", "null_p95"]].to_numpy(dtype=float)
    missing = ~np.isfinite(numbers).all(axis=1)
    unsaid = missing & (result["note"].fillna("") == "").to_numpy(dtype=bool)
    result.loc[unsaid, "note"] = "no interval or null is defined for this score"
    return result


def published_recovery(document: dict[str, Any], sample: str) -> pd.DataFrame:
    """Return published recovery fractions as rows of the contract figure_recovery.

    `document` holds `points`, each with threshold, n_recovered and n_eligible, and `sizes`, at 40
    per cent, each with least_members, n_recovered and n_clusters. The papers give no interval; here
    it is the 68 % Jeffreys interval, as for the samples of the run.
    """
    points = pd.DataFrame(document["points"]).assign(least_members=0)
    sizes = pd.DataFrame(document["sizes"]).assign(threshold=RECOVERED)
    points = pd.concat([points, sizes.rename(columns={"n_clusters": "n_eligible"})])
    recovered, eligible = points["n_recovered"], points["n_eligible"]
    ends = [jeffreys_interval(*pair, 0.68) for pair in zip(recovered, eligible, strict=True)]
    return points.assign(
        sample=sample,
        role="published",
        recovery_fraction=recovered / eligible,
        low=[low for low, _ in ends],
        high=[high for _, high in ends],
        null_mean=np.nan,
        null_p95=np.nan,
    )


@dataclass(frozen=True)
class Number:
    """A number of the paper with its interval, its chance level and where it comes from."""

    value: float | int | None
    low: float | None
    high: float | None
    null_mean: float | None
    null_p95: float | None
    p_value: float | None
    note: str
    description: str
    source: str
    rule: str


def plain(value: Any) -> float | int | None:
    """Return a number as JSON has it: None for NaN and infinities."""
    if value is None or not np.isfinite(value):
        return None
    return int(value) if isinstance(value, (int, np.integer)) else float(value)


def count(value: Any, description: str, source: str, rule: str) -> Number:
    """Return a count of the run: exact, so without interval and null."""
    note = "a count of this run: no interval, no null"
    return Number(plain(value), None, None, None, None, None, note, description, source, rule)


def judged(
    row: Mapping[Any, Any], value: str, note: str, description: str, source: str, rule: str
) -> Number:
    """Return the number in the column `value` of a row with interval, null and, if any, p-value."""
    return Number(
        value=plain(row[value]),
        low=plain(row["low"]),
        high=plain(row["high"]),
        null_mean=plain(row["null_mean"]),
        null_p95=plain(row["null_p95"]),
        p_value=plain(row.get("p_value")),
        note=note,
        description=description,
        source=source,
        rule=rule,
    )


def metric_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return the numbers of T3: `sample.metric`, with policies where the score has them."""
    numbers = {}
    for row in table.to_dict("records"):
        name = f"{sample}.{row['metric']}"
        policies = [f"{k}_{row[k]}" for k in ("noise", "field") if row[k] != "none"]
        numbers[".".join([name, *policies])] = judged(
            row,
            "value",
            note=str(row["note"]),
            description=f"{row['metric']} of the headline setting",
            source=source,
            rule="score_groups",
        )
    return numbers


def oracle_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return RF40 and RF70 of the best setting in any space; p-values are of the whole search."""
    where = (
        f"the best of {table.attrs['searched']} settings, in space {table.attrs['oracle_space']}"
    )
    return {
        f"{sample}.oracle.{row['metric']}": judged(
            row,
            "value",
            note="best of the grid, chosen with truth: a limit, not a result",
            description=f"{row['metric']} of {where}",
            source=source,
            rule="score_oracle",
        )
        for row in table.to_dict("records")
        if row["metric"] in ("rf40", "rf70")
    }


def recovery_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return the clusters that the headline recovers at 40 and 70 per cent, and those counted."""
    numbers = {}
    for row in table[table["role"] == "headline"].to_dict("records"):
        percent = round(100 * row["threshold"])
        if percent not in (40, 70):
            continue
        numbers[f"{sample}.n_recovered_{percent}.count"] = count(
            row["n_recovered"],
            f"eligible clusters recovered at {percent} per cent",
            source,
            "score_groups",
        )
        numbers[f"{sample}.n_eligible"] = count(
            row["n_eligible"], "clusters with enough members", source, "score_groups"
        )
    return numbers


def size_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return RF40 of the headline for clusters with at least so many members, and their counts.

    Names are `sample.rf40.from_7` for clusters of 7 or more members, as far as there are any.
    """
    numbers = {}
    chosen = (table["role"] == "headline") & np.isclose(table["threshold"], RECOVERED)
    for row in table[chosen & (table["n_clusters"] > 0)].to_dict("records"):
        name, least = f"{sample}.rf40.from_{row['least_members']}", row["least_members"]
        numbers[name] = judged(
            row,
            "recovery_fraction",
            note="" if row["n_null"] else "no permutations: no chance level",
            description=f"recovery fraction at 40 per cent of clusters of {least} members or more",
            source=source,
            rule="score_groups",
        )
        for column in ("n_recovered", "n_clusters"):
            words = f"clusters of {least} members or more" + (
                ", recovered at 40 per cent" if column == "n_recovered" else ""
            )
            numbers[f"{name}.{column}"] = count(row[column], words, source, "score_groups")
    return numbers


def coherence_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return the typical scatter within clusters of each element."""
    return {
        f"{sample}.scatter.{row['element']}": Number(
            value=plain(row["typical_scatter"]),
            low=plain(row["typical_low"]),
            high=plain(row["typical_high"]),
            null_mean=None,
            null_p95=None,
            p_value=None,
            note="a measurement, not a score: no null",
            description=f"median over clusters of the scatter of {row['element']} (dex)",
            source=source,
            rule="measure_coherence",
        )
        for row in table.to_dict("records")
    }


def funnel_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return the stars, members and clusters before and after the cuts."""
    first, last = table.iloc[0], table.iloc[-1]
    rows = [
        ("stars.read", first["stars_left"], "stars in the catalogue as read"),
        ("stars", last["stars_left"], "stars of the sample"),
        ("members", last["members_left"], "cluster members of the sample"),
        ("clusters", last["clusters_left"], "clusters with a member in the sample"),
    ]
    return {
        f"{sample}.{name}": count(value, words, source, "select_stars")
        for name, value, words in rows
    }


def as_json(numbers: dict[str, Number]) -> dict[str, dict[str, Any]]:
    """Return the numbers as plain JSON values, sorted by name."""
    return {name: asdict(numbers[name]) for name in sorted(numbers)}
