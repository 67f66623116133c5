"""Evaluations as the rows of the tables of stage `score` (contracts scores, clusters, ...)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.score import (
    BETTER,
    RECOVERED,
    THRESHOLDS,
    ScoreKey,
    best_matches,
    group_purities,
    groups_of_clusters,
    paired_clusters,
    recovered_clusters,
    statistical_groups,
)
from chemtag.score.evaluation import Evaluation, ScoreInterval
from chemtag.score.intervals import jeffreys_interval
from chemtag.score.nulls import NullSummary, false_discovery
from chemtag.select.truth import Truth

CURVE = np.arange(1, 101) / 100
"""Thresholds of RF(t) in the recovery table."""


def codes_of_groups(
    groups: pd.DataFrame, settings: Sequence[str], star_id: npt.NDArray[Any], place: str
) -> npt.NDArray[np.int32]:
    """Group of each star in each setting (n_settings, n_stars), -1 = noise.

    Raises InputProblem for a star that is not in the sample, an unknown setting, and a star in
    two groups of one setting.
    """
    column = pd.Index(star_id).get_indexer(pd.Index(groups["star_id"]))
    row = pd.Index(settings).get_indexer(pd.Index(groups["setting"].astype(object)))
    for where, name, owner in (
        (column, "star_id", f"the {len(star_id)} stars of the space table"),
        (row, "setting", f"the {len(settings)} settings of the settings table"),
    ):
        if (where < 0).any():
            first = groups[name].to_numpy(dtype=object)[where < 0][0]
            raise InputProblem(
                f"{place}: column {name!r}: found {first!r}, which is not among {owner}; "
                "delete the file and let the stage tag write it again."
            )
    cell = row * len(star_id) + column
    if len(np.unique(cell)) < len(cell):
        twice = groups["star_id"].to_numpy(dtype=object)[pd.Series(cell).duplicated()][0]
        raise InputProblem(
            f"{place}: star {twice!r} is in two groups of one setting; expected one group at most; "
            "delete the file and let the stage tag write it again."
        )
    codes = np.full((len(settings), len(star_id)), -1, dtype=np.int32)
    codes[row, column] = groups["group"].to_numpy()
    return codes


def scores_rows(
    setting: str, evaluation: Evaluation, null: Callable[[ScoreKey], NullSummary]
) -> pd.DataFrame:
    """Rows of the contract `scores`: each score with interval and null."""
    rows = []
    for key, value in evaluation.values.items():
        interval, chance = evaluation.intervals[key], null(key)
        rows.append(
            {
                "setting": setting,
                "metric": key.metric,
                "noise": key.noise,
                "field": key.field,
                "value": value,
                "low": interval.narrow.low,
                "high": interval.narrow.high,
                "low_95": interval.wide.low,
                "high_95": interval.wide.high,
                "interval": interval.method,
                "null_mean": chance.mean,
                "null_low": chance.low,
                "null_high": chance.high,
                "null_p95": chance.p95,
                "z": chance.z,
                "p_value": chance.p_value,
                "n_null": chance.n,
                "note": _note(key, interval, chance, evaluation),
            }
        )
    return pd.DataFrame(rows)


def _note(
    key: ScoreKey, interval: ScoreInterval, chance: NullSummary, evaluation: Evaluation
) -> str:
    """Why an interval or a null is absent, or empty."""
    said = [f"interval: {interval.note}"] if interval.note else []
    draws = evaluation.draws.get(key)
    if draws is None:
        said.append("null: no permutations asked for")
    elif chance.n == 0:
        said.append("null: undefined in some permutations")
    elif BETTER[key.metric] == "neither":
        said.append("p: neither more nor less is better")
    elif np.isnan(chance.z):
        said.append("z: the null has too few values")
    return "; ".join(said)


def clusters_rows(setting: str, evaluation: Evaluation, truth: Truth) -> pd.DataFrame:
    """Rows of the contract `clusters`: what became of each cluster, with its p-value."""
    counts, best = evaluation.counts, best_matches(evaluation.counts)
    p = evaluation.p_of_clusters
    return pd.DataFrame(
        {
            "setting": setting,
            "cluster": truth.names,
            "n_members": counts.cluster_sizes,
            "eligible": truth.eligible,
            "best_group": best.group,
            "n_best": best.n_best,
            "n_shared": best.n_shared,
            "purity": best.purity,
            "completeness": best.completeness,
            "f1": best.f1,
            "match": best.match,
            "recovered_40": best.match >= RECOVERED,
            "recovered_40_strict": best.match > RECOVERED,
            "recovered_40_one_to_one": paired_clusters(counts, truth.eligible, RECOVERED),
            "recovered_70": best.match >= THRESHOLDS[1],
            "n_groups": groups_of_clusters(counts),
            "n_noise": counts.noise_of_clusters,
            "p_value": p,
            "q_value": false_discovery(np.where(truth.eligible, p, np.nan)),
        }
    )


def group_scores_rows(setting: str, evaluation: Evaluation, truth: Truth) -> pd.DataFrame:
    """Rows of the contract `group_scores`: what each group holds."""
    counts = evaluation.counts
    majority, n_majority, purity = group_purities(counts)
    sizes = np.append(counts.cluster_sizes, 1)[majority]
    contents = []
    for clusters, stars in counts.clusters_in_groups():
        held = sorted(zip(-stars, (truth.names[c] for c in clusters), strict=True))
        contents.append(", ".join(f"{name} x{-n}" for n, name in held))
    names = np.array([*truth.names, ""], dtype=object)
    return pd.DataFrame(
        {
            "setting": setting,
            "group": np.arange(len(majority)),
            "n_stars": counts.group_sizes,
            "n_members": counts.members_of_groups,
            "n_field": counts.field_in_groups,
            "cluster": names[majority],
            "n_majority": n_majority,
            "purity": purity,
            "completeness": n_majority / sizes,
            "statistical_40": statistical_groups(counts, RECOVERED),
            "statistical_70": statistical_groups(counts, THRESHOLDS[1]),
            "content": np.array(contents, dtype=object),
        }
    )


def recovery_rows(
    role: str, setting: str, evaluation: Evaluation, truth: Truth, match_draws: Floats
) -> pd.DataFrame:
    """Rows of the contract `recovery`: RF(t) at `CURVE` with 68 % Jeffreys interval and null.

    match_draws (n_permutations, n_clusters): matches under the null of the role, for the oracle
    with the grid search repeated in each permutation.
    """
    n = int(truth.eligible.sum())
    found = recovered_clusters(evaluation.match, truth.eligible, CURVE)
    ends = np.array([jeffreys_interval(k, n, 0.68) for k in found]).reshape(-1, 2)
    if n and len(match_draws):
        draws = recovered_clusters(match_draws, truth.eligible, CURVE) / n
        mean, p95 = draws.mean(axis=0), np.quantile(draws, 0.95, axis=0)
    else:
        mean = p95 = np.full(len(CURVE), np.nan)
    return pd.DataFrame(
        {
            "setting": setting,
            "role": role,
            "threshold": CURVE,
            "n_recovered": found,
            "n_eligible": n,
            "recovery_fraction": found / n if n else np.full(len(CURVE), np.nan),
            "low": ends[:, 0],
            "high": ends[:, 1],
            "null_mean": mean,
            "null_p95": p95,
        }
    )


def redrawn_scores_rows(draws: Mapping[ScoreKey, Floats]) -> pd.DataFrame:
    """Rows of the contract `redrawn_scores` from the scores of each draw, each (n_draws,).

    Draws in which a score is undefined are left out of its range and of `n_draws`.
    """
    rows = []
    for key, values in draws.items():
        known = values[np.isfinite(values)]
        ends = np.quantile(known, [0.5, 0.16, 0.84, 0.025, 0.975]) if len(known) else [np.nan] * 5
        names = ("median", "low", "high", "low_95", "high_95")
        rows.append({**key._asdict(), **dict(zip(names, ends, strict=True)), "n_draws": len(known)})
    return pd.DataFrame(rows)


def resampled_clusters_rows(draws: Sequence[Mapping[ScoreKey, Any]]) -> pd.DataFrame:
    """Rows of the contract `resampled_clusters` from the scores of each sample."""
    return pd.DataFrame(
        [
            {**key._asdict(), "draw": number, "value": float(value)}
            for number, scores in enumerate(draws)
            for key, value in scores.items()
        ],
        columns=[*ScoreKey._fields, "draw", "value"],
    )


def scores_of_resampled(table: pd.DataFrame) -> dict[ScoreKey, Floats]:
    """Scores (n_draws,) of each sample of a table `resampled_clusters`, in the order of draws."""
    ordered = table.sort_values("draw", kind="stable")
    return {
        ScoreKey(*map(str, key)): part["value"].to_numpy(dtype=float)
        for key, part in ordered.groupby(list(ScoreKey._fields), sort=False)
    }
