"""Scores of surrogate samples, and the table that sets the sample's scores beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.types import Floats
from chemtag.score import BETTER, ScoreKey, scores_of
from chemtag.score.evaluation import best_of
from chemtag.score.nulls import NO_NULL, NullSummary, summarise_null, tuned_draws

RoleScores = dict[str, dict[ScoreKey, Floats]]

NULLS = ("stars_permuted", "members_permuted", "smooth", "shuffled", "strangers", "blurred")
"""From knowing nothing to knowing much; `blurred` is an upper limit."""
POLICY = ["metric", "noise", "field"]


def scores_of_roles(
    groupings: Sequence[npt.NDArray[Any]],
    labels: npt.NDArray[Any],
    eligible: npt.NDArray[np.bool_],
    headline: int,
) -> RoleScores:
    """Scores of the headline and of the best setting, each (n_labellings,).

    `groupings`: the groups (N,) of each setting; `labels` (n_labellings, N): true codes, one row a
    replicate; `eligible` (n_clusters,). The best setting is chosen in each replicate anew, as the
    oracle of the sample is; with one setting there is no oracle.
    """
    each = [scores_of(groups, labels, eligible) for groups in groupings]
    found = {"headline": each[headline]}
    if len(each) > 1:
        n_groups = [int(groups.max(initial=-1)) + 1 for groups in groupings]
        best = best_of(each, n_groups)
        found["oracle"] = {
            key: tuned_draws(np.stack([one[key] for one in each]), best) for key in each[0]
        }
    return found


def draw_rows(null: str, first: int, scores: RoleScores) -> pd.DataFrame:
    """Rows of the contract `null_draws`; replicates are counted from `first`."""
    parts = [
        pd.DataFrame(
            {
                "null": null,
                "role": role,
                "metric": key.metric,
                "noise": key.noise,
                "field": key.field,
                "replicate": first + np.arange(len(draws)),
                "value": draws,
            }
        )
        for role, values in scores.items()
        for key, draws in values.items()
    ]
    return pd.concat(parts, ignore_index=True)


def null_rows(
    scores: Mapping[str, pd.DataFrame], draws: pd.DataFrame, absent: Mapping[str, str]
) -> pd.DataFrame:
    """Rows of the contract `nulls`: each score beside each null.

    `scores`: rows of the contract `scores` of the setting of each role (headline, oracle), which
    hold the null of permuted stars; `draws`: contract `null_draws`; `absent`: why a null, or a
    role ("oracle"), has no draws.
    """
    found = {
        key: part.sort_values("replicate")["value"].to_numpy(dtype=float)
        for key, part in draws.groupby(["null", "role", *POLICY], sort=False)
    }
    rows = []
    for role, table in scores.items():
        for score in table.to_dict("records"):
            for null in NULLS:
                if null == NULLS[0]:
                    summary, note = _permuted(score), ""
                else:
                    key = (null, role, *(score[name] for name in POLICY))
                    reason = absent.get(null) or absent.get(role, "no draws")
                    summary, note = _summary(score, found.get(key), reason)
                rows.append(_row(null, role, score, summary, note))
    return pd.DataFrame(rows)


def _permuted(score: Mapping[Any, Any]) -> NullSummary:
    """The null of permuted stars as the scores table has it."""
    return NullSummary(
        mean=score["null_mean"],
        low=score["null_low"],
        high=score["null_high"],
        p95=score["null_p95"],
        z=score["z"],
        p_value=score["p_value"],
        n=int(score["n_null"]),
    )


def _summary(
    score: Mapping[Any, Any], draws: Floats | None, reason: str
) -> tuple[NullSummary, str]:
    """Null of one score and why it is absent, if it is; undefined draws are left out."""
    if draws is None:
        return NO_NULL, reason
    known = draws[np.isfinite(draws)]
    if len(known) < len(draws) / 2 or not np.isfinite(score["value"]):
        return NO_NULL, "undefined for the sample or in most replicates"
    note = "" if len(known) == len(draws) else f"undefined in {len(draws) - len(known)} replicates"
    return summarise_null(score["value"], known, BETTER[score["metric"]]), note


def _row(
    null: str, role: str, score: Mapping[Any, Any], summary: NullSummary, note: str
) -> dict[str, Any]:
    if not note and summary.n and BETTER[score["metric"]] == "neither":
        note = "p: neither more nor less is better"
    elif not note and summary.n and np.isnan(summary.z):
        note = "z: the null has too few values"
    elif not note and not summary.n:
        note = "undefined in some permutations"
    return {
        "null": null,
        "role": role,
        **{name: score[name] for name in ("setting", *POLICY, "value", "low", "high")},
        "null_mean": summary.mean,
        "null_low": summary.low,
        "null_high": summary.high,
        "null_p95": summary.p95,
        "z": summary.z,
        "p_value": summary.p_value,
        "n_null": summary.n,
        "note": note,
    }
