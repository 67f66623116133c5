"""Named numbers of the limits and of the forecast, for the text of the paper."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from chemtag.paper.tables import Number, count, plain
from chemtag.score.evaluation import LEVELS
from chemtag.score.intervals import jeffreys_interval

RULE = "summarise_plan"


def _number(row: Mapping[Any, Any], value: str, description: str, source: str, rule: str) -> Number:
    """The number in the column `value` of a row with the ends `low` and `high`."""
    baseline = row.get("baseline")
    said = str(row.get("note") or "")
    return Number(
        value=plain(row[value]),
        low=plain(row["low"]),
        high=plain(row["high"]),
        null_mean=plain(baseline),
        null_p95=None,
        p_value=None,
        note=said or ("" if baseline is not None else "no permutation null is defined for this"),
        description=description,
        source=source,
        rule=rule,
    )


def tuning_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return RF40 of each way to choose a setting, and the optimism of choosing by the truth."""
    return {
        f"{sample}.tuned.{row['rule']}.rf40": _number(
            row, "rf40", f"RF40 of the setting chosen by: {row['rule']}", source, "tune_settings"
        )
        for row in table.to_dict("records")
        if row["rule"] not in ("headline", "oracle")
    }


def ceiling_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return the scores of the classifiers told all other labels.

    Their chance level is the score of always giving the most frequent answer.
    """
    return {
        f"{sample}.ceiling.{row['method']}.{row['score']}": _number(
            row, "value", f"{row['score']} of {row['method']}, told all other labels", source,
            "measure_ceiling",
        )
        for row in table.to_dict("records")
    }  # fmt: skip


def doppelganger_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return the shares of pairs of different birth as alike as siblings."""
    keys = ["definition", "pairs", "matched", "weighting"]
    return {
        ".".join([sample, "doppelgangers", *(str(row[key]) for key in keys)]): _number(
            row, "value", "share of pairs of different birth as alike as siblings", source,
            "measure_doppelgangers",
        )
        for row in table.to_dict("records")
    }  # fmt: skip


def information_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return the numbers of dimensions in which clusters differ."""
    return {
        f"{sample}.information.{row['basis']}.{row['quantity']}": _number(
            row, "value", f"{row['quantity']} ({row['basis']})", source, "measure_information"
        )
        for row in table.to_dict("records")
    }


def told_width_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return RF40 of the tagger of known width, told the width of other clusters, at each level.

    Each cluster is scored in a scan of its own; the interval is that of a share of the clusters.
    """
    numbers = {}
    for level, part in table.groupby("level"):
        n, k = len(part), int(part["recovered_40"].sum())
        low, high = jeffreys_interval(k, n, LEVELS[0])
        row = {"value": k / n, "low": low, "high": high}
        words = f"RF40 of known width, {level}, told the width of the other clusters"
        name = f"{sample}.told_width.{level}.rf40"
        numbers[name] = _number(row, "value", words, source, "scan_told_width")
    return numbers


def rescan_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return RF40 of the tagger of known width in shuffled samples and in draws within the errors.

    The ends are the 2.5th and 97.5th percentile of the samples, not of their mean.
    """
    numbers = {}
    for row in table[table["score"] == "rf40"].to_dict("records"):
        what = {
            "shuffled": "of the sample shuffled at fixed [Fe/H]",
            "redrawn": "within the errors",
        }
        words = f"RF40 of known width, {row['level']}, mean over draws {what[row['kind']]}"
        value = {"value": row["null_mean"], "low": row["null_low"], "high": row["null_high"]}
        name = f"{sample}.rescans.{row['kind']}.{row['level']}.rf40"
        numbers[name] = _number(value, "value", words, source, "rescan_stars")
    return numbers


def forecast_numbers(table: pd.DataFrame, source: str) -> dict[str, Number]:
    """Return RF40 of the simulated surveys: `forecast.role.rf40.field.errors.elements`.

    Names hold the number of field stars, the factor on the errors and the number of elements.
    """
    chosen = table[(table["score"] == "rf40") & np.isfinite(table["mean"])]
    return {
        f"forecast.{row['role']}.rf40.field_{row['n_field']}.errors_{row['error_scale']:g}"
        f".elements_{row['n_elements']}": _number(
            row, "mean", f"mean RF40 of {row['n_realisations']} simulated surveys", source,
            "summarise_forecast",
        )
        for row in chosen.to_dict("records")
    }  # fmt: skip


def false_groups_numbers(table: pd.DataFrame, source: str) -> dict[str, Number]:
    """Return clusters recovered and false groups: `forecast.scan_claims.recovered.field_8000`.

    Of each role but the settings of the grid, at the first scale of the errors; `….n_false` are
    groups that match no cluster, of roles that make groups.
    """
    found = {
        "forecast.n_clusters": count(
            table["n_clusters"].max(), "clusters of a simulated survey", source, "forecast_chunk"
        )
    }
    for row in table[table["role"] != "grid"].to_dict("records"):
        for what, words in (
            ("recovered", "clusters recovered at 40 per cent"),
            ("n_false", "groups that match no cluster"),
        ):
            if np.isfinite(row[what]):
                said = {"v": row[what], "low": row[f"{what}_low"], "high": row[f"{what}_high"]}
                name = f"forecast.{row['role']}.{what}.field_{row['n_field']}"
                words_of = f"{words}, mean over simulated surveys, {row['role']}"
                found[name] = _number(said, "v", words_of, source, "summarise_forecast")
    return found


def planner_numbers(cells: pd.DataFrame, contour: pd.DataFrame, source: str) -> dict[str, Number]:
    """Return the field stars at which RF40 is one half: `planner.role.half.errors_x`.

    At the factors on the errors that were simulated; without value where one half lies outside of
    the fields simulated, whose ends are `planner.field.fewest` and `planner.field.most`.
    """
    found = {
        f"planner.field.{name}": count(value, "field stars of a simulated survey", source, RULE)
        for name, value in (("fewest", cells["n_field"].min()), ("most", cells["n_field"].max()))
    }
    surveys = cells["n_realisations"].max()
    found["planner.n_surveys"] = count(surveys, "simulated surveys", source, RULE)
    simulated = contour[contour["error_scale"].isin(cells["error_scale"])]
    for row in simulated.to_dict("records"):
        said = {**row, "note": "" if row["side"] == "inside" else f"{row['side']} than simulated"}
        found[f"planner.{row['role']}.half.errors_{row['error_scale']:g}"] = _number(
            said, "n_field", f"field stars at which RF40 is one half, {row['role']}", source, RULE
        )
    return found
