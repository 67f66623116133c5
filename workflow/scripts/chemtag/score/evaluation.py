"""One setting judged in full: every score with its interval and its null, every cluster with its p.

`Chance` is made once for a sample and serves all its settings, so that nulls and intervals of
different settings are paired.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from chemtag.base.seeds import generator_for
from chemtag.base.types import Floats, Ints
from chemtag.score import (
    BETTER,
    PAPER_AMI,
    RECOVERED,
    Counts,
    ScoreKey,
    agreement_scores,
    assigned_f1,
    cluster_matches,
    contingency,
    groups_of_clusters,
    intervals,
    scores_of_counts,
)
from chemtag.score.intervals import NO_INTERVAL, Interval
from chemtag.score.nulls import (
    NO_NULL,
    NullSummary,
    PermutedClusters,
    best_settings,
    p_values,
    permutation_draws,
    permuted_clusters,
    summarise_null,
    tuned_draws,
)
from chemtag.select.truth import Truth

LEVELS = (0.68, 0.95)
_MATCHES = ScoreKey("match")

_RECOVERY_FRACTIONS = ("rf40", "rf40_strict", "rf40_one_to_one", "rf70", "rf70_strict")
_SHARES_OF_CLUSTERS = (*_RECOVERY_FRACTIONS, "n_recovered_40", "perfect_matches")
# Where scores end that do not end at 0 and 1.
_COUNTS = (0.0, np.inf)
_BOUNDS = {
    "ami": (-1.0, 1.0),
    "ari": (-1.0, 1.0),
    "vi": _COUNTS,
    "n_groups": _COUNTS,
    "fragmentation": (1.0, np.inf),
}


class ScoreInterval(NamedTuple):
    """68 and 95 % interval of a score, how it was made, and why it is absent if it is."""

    narrow: Interval = NO_INTERVAL
    wide: Interval = NO_INTERVAL
    method: str = "none"
    note: str = ""


@dataclass(frozen=True)
class Chance:
    """Permuted truths, resampled clusters (n_bootstrap, n_clusters)."""

    permuted: PermutedClusters
    drawn: Ints


@dataclass(frozen=True)
class Evaluation:
    """Scores of one setting: values, intervals, draws of the null, matches of the clusters."""

    counts: Counts
    values: dict[ScoreKey, float]
    intervals: dict[ScoreKey, ScoreInterval]
    draws: dict[ScoreKey, Floats]
    match: Floats
    match_draws: Floats
    p_of_clusters: Floats

    def without_match_draws(self) -> "Evaluation":
        """The same without its draws (n_permutations, n_clusters), most of what it holds."""
        return replace(self, match_draws=self.match_draws[:0])


@dataclass(frozen=True)
class Oracle:
    """The setting with the best RF40 of the grid, and the same choice in each null replicate."""

    setting: int
    in_replicates: Ints


def chance_of(
    truth: Truth,
    n_permutations: int,
    n_bootstrap: int,
    permutation_rng: np.random.Generator,
    bootstrap_rng: np.random.Generator,
) -> Chance:
    """Permutations and resamples shared by all settings of a sample."""
    return Chance(
        permuted=permuted_clusters(truth.clusters, n_permutations, permutation_rng),
        drawn=intervals.resampled_clusters(truth.eligible, n_bootstrap, bootstrap_rng),
    )


def chance_of_sample(
    truth: Truth, n_permutations: int, n_bootstrap: int, seed: int, sample: str
) -> Chance:
    """Permutations and resamples of a sample: the same whatever is scored, so scores are paired."""
    return chance_of(
        truth,
        n_permutations,
        n_bootstrap,
        generator_for(seed, "score", sample, "permutations"),
        generator_for(seed, "score", sample, "bootstrap"),
    )


def evaluate(
    groups: npt.NDArray[Any],
    truth: Truth,
    chance: Chance,
    others: dict[ScoreKey, Floats] | None = None,
) -> Evaluation:
    """Score one grouping (n_stars,), -1 = noise, with interval and null for each score.

    `others`: scores of the same setting on samples with other clusters, for the intervals.
    """
    counts = contingency(groups, truth.clusters, n_clusters=truth.n_clusters)
    values = {key: float(value) for key, value in scores_of_counts(counts, truth.eligible).items()}

    def scored(batch: Counts) -> dict[ScoreKey, Floats]:
        return scores_of_counts(batch, truth.eligible) | {_MATCHES: cluster_matches(batch)}

    draws = permutation_draws(groups, chance.permuted, scored, truth.n_clusters)
    match_draws = draws.pop(_MATCHES, np.empty((0, truth.n_clusters)))
    match = cluster_matches(counts)
    return Evaluation(
        counts=counts,
        values=values,
        intervals=score_intervals(counts, values, truth.eligible, chance.drawn, others),
        draws=draws,
        match=match,
        match_draws=match_draws,
        p_of_clusters=cluster_p_values(match, match_draws),
    )


def score_intervals(
    counts: Counts,
    values: dict[ScoreKey, float],
    eligible: npt.NDArray[np.bool_],
    drawn: Ints,
    others: dict[ScoreKey, Floats] | None = None,
) -> dict[ScoreKey, ScoreInterval]:
    """Interval of each score, or the reason why it has none.

    With `others`, the scores (n_draws,) of samples with other clusters, tagged anew, intervals are
    of their scatter; without, and where that is none, binomial, of bootstrap and of jackknife,
    which hold the groups as they are. Shares of clusters have binomial intervals in both cases.
    """
    found = _share_intervals(values, int(eligible.sum()))
    found |= _bootstrap_intervals(counts, eligible, drawn)
    found |= _jackknife_intervals(counts, values)
    plain = ScoreInterval(note="describes the tagging of this sample; no quantity of clusters")
    held = {key: found.get(key, plain) for key in values}
    return held | _other_intervals(values, others or {}, counts.n_clusters, held)


def _share_intervals(
    values: dict[ScoreKey, float], n_eligible: int
) -> dict[ScoreKey, ScoreInterval]:
    n_groups = int(values[ScoreKey("n_groups")])
    # Name, units it is a share of, and what the share is multiplied by.
    shares = {
        **dict.fromkeys(_RECOVERY_FRACTIONS, (n_eligible, 1)),
        "n_recovered_40": (n_eligible, n_eligible),
        "perfect_matches": (n_eligible, n_eligible),
        "statistical_40": (n_groups, 1),
    }
    result = {}
    for name, (n, scale) in shares.items():
        if n == 0:
            unit = "group" if name == "statistical_40" else "eligible cluster"
            result[ScoreKey(name)] = ScoreInterval(note=f"no {unit}")
            continue
        k = round(values[ScoreKey(name)] * n / scale)
        ends = [intervals.jeffreys_interval(k, n, level) for level in LEVELS]
        narrow, wide = (Interval(end.low * scale, end.high * scale) for end in ends)
        result[ScoreKey(name)] = ScoreInterval(narrow, wide, "jeffreys")
    return result


def _bootstrap_intervals(
    counts: Counts, eligible: npt.NDArray[np.bool_], drawn: Ints
) -> dict[ScoreKey, ScoreInterval]:
    match = cluster_matches(counts)
    one = eligible.astype(float)
    recovered = (match >= RECOVERED) & eligible
    in_groups = counts.cluster_sizes - counts.noise_of_clusters
    ratios = {
        "rf_area": (match * one, one),
        "matched_f1": (np.nan_to_num(assigned_f1(counts, eligible)) * one, one),
        "coverage": (in_groups, counts.cluster_sizes),
        "fragmentation": (groups_of_clusters(counts) * recovered, recovered.astype(float)),
    }
    result = {}
    for name, (top, bottom) in ratios.items():
        units = np.flatnonzero(np.asarray(bottom) > 0)
        each = np.asarray(top)[units] / np.asarray(bottom)[units]
        if len(units) < intervals.MIN_UNITS:
            kind = "recovered clusters" if name == "fragmentation" else "clusters"
            note = f"no interval from {len(units)} {kind}"
            result[ScoreKey(name)] = ScoreInterval(note=note)
        elif np.ptp(each) == 0:
            result[ScoreKey(name)] = ScoreInterval(note="the same for every cluster: no interval")
        elif not len(drawn):
            result[ScoreKey(name)] = ScoreInterval(note="no bootstrap asked for")
        else:
            ratio = intervals.bootstrap_ratios(top, bottom, drawn)
            narrow, wide = (
                intervals.percentile_interval(ratio, level, len(units)) for level in LEVELS
            )
            result[ScoreKey(name)] = ScoreInterval(narrow, wide, "bootstrap")
    return result


def _jackknife_intervals(
    counts: Counts, values: dict[ScoreKey, float]
) -> dict[ScoreKey, ScoreInterval]:
    n_clusters = counts.n_clusters
    left_out = agreement_scores(counts.without_cluster(np.arange(n_clusters)))
    result = {}
    for key, draws in left_out.items():
        bounds = _BOUNDS.get(key.metric, (0.0, 1.0))
        narrow, wide = (
            intervals.jackknife_interval(values[key], draws, level, bounds) for level in LEVELS
        )
        if np.isfinite(narrow.low):
            result[key] = ScoreInterval(narrow, wide, "jackknife")
        elif not np.isfinite(values[key]):
            result[key] = ScoreInterval(note="undefined: no star or no pair left to compare")
        elif n_clusters < intervals.MIN_UNITS:
            result[key] = ScoreInterval(note=f"no interval from {n_clusters} clusters")
        elif np.isfinite(draws).all():
            result[key] = ScoreInterval(note="the same without any one cluster: no interval")
        else:
            result[key] = ScoreInterval(note="undefined without one of the clusters: no interval")
    return result


def _other_intervals(
    values: dict[ScoreKey, float],
    others: dict[ScoreKey, Floats],
    n_clusters: int,
    held: dict[ScoreKey, ScoreInterval],
) -> dict[ScoreKey, ScoreInterval]:
    """Intervals of the scatter over other clusters; where that is none, those `held` and why."""
    result = {}
    for key, draws in others.items():
        if key.metric in _SHARES_OF_CLUSTERS:
            continue
        bounds = _BOUNDS.get(key.metric, (0.0, 1.0))
        narrow, wide = (
            intervals.spread_interval(values[key], draws, level, n_clusters, bounds)
            for level in LEVELS
        )
        if np.isfinite(narrow.low):
            result[key] = ScoreInterval(narrow, wide, "other clusters")
        elif held[key].method != "none":
            note = "groups held, as samples with other clusters do not vary or score otherwise"
            result[key] = held[key]._replace(note=note)
    return result


def oracle_of(evaluations: Sequence[Evaluation]) -> Oracle:
    """The best setting of the grid by `best_of`, and the choice in each replicate."""
    n_groups = [one.values[ScoreKey("n_groups")] for one in evaluations]
    chosen = int(best_of([one.values for one in evaluations], n_groups))
    if not evaluations[0].draws:
        return Oracle(chosen, np.empty(0, dtype=np.int64))
    return Oracle(chosen, best_of([one.draws for one in evaluations], n_groups))


def best_of(scores: Sequence[Mapping[ScoreKey, npt.ArrayLike]], n_groups: npt.ArrayLike) -> Ints:
    """The setting that the oracle takes by `nulls.best_settings`: the one choice that knows truth.

    `scores` of each setting, each (...); the choice is made in each replicate (...) of its own.
    """
    rf40, rf70, ami = (
        np.stack([np.asarray(one[key]) for one in scores])
        for key in (ScoreKey("rf40"), ScoreKey("rf70"), PAPER_AMI)
    )
    return best_settings(rf40, rf70, ami, n_groups)


def null_of(evaluation: Evaluation, key: ScoreKey) -> NullSummary:
    """Permutation null of one score of a setting named beforehand."""
    draws = evaluation.draws.get(key)
    better = BETTER[key.metric]
    return NO_NULL if draws is None else summarise_null(evaluation.values[key], draws, better)


def oracle_null(evaluations: Sequence[Evaluation], oracle: Oracle, key: ScoreKey) -> NullSummary:
    """Null of one score of the oracle: the grid is searched again in each permutation."""
    if not len(oracle.in_replicates):
        return NO_NULL
    draws = tuned_draws(np.stack([one.draws[key] for one in evaluations]), oracle.in_replicates)
    return summarise_null(evaluations[oracle.setting].values[key], draws, BETTER[key.metric])


def oracle_match_draws(
    groups: npt.NDArray[Any], oracle: Oracle, truth: Truth, chance: Chance
) -> Floats:
    """Matches of the clusters with the oracle of each permutation (n_permutations, n_clusters).

    groups (n_settings, n_stars). Made anew for the settings chosen, since the draws of all settings
    of a large grid are more than memory holds.
    """
    result = np.empty((len(oracle.in_replicates), truth.n_clusters))
    for setting in np.unique(oracle.in_replicates):
        own = oracle.in_replicates == setting
        result[own] = permutation_draws(
            groups[setting],
            chance.permuted[own],
            lambda batch: {_MATCHES: cluster_matches(batch)},
            truth.n_clusters,
        )[_MATCHES]
    return result


def cluster_p_values(match: Floats, match_draws: Floats) -> Floats:
    """p-value of each cluster: permutations in which it is matched at least as well."""
    if not len(match_draws):
        return np.full(match.shape, np.nan)
    return p_values(match, match_draws)
