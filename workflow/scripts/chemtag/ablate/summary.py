"""Ablation tables: variants with interval and null, and their paired difference to the headline."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.ablate.scores import CHANCE, SCORES, Score
from chemtag.ablate.variants import ORACLE, Variant
from chemtag.base.types import Floats
from chemtag.forecast.summary import mean_interval
from chemtag.score import RECOVERED, intervals
from chemtag.score.evaluation import LEVELS
from chemtag.score.intervals import NO_INTERVAL, Interval
from chemtag.score.nulls import false_discovery, summarise_null
from chemtag.select.truth import Truth

BOUNDS = {"rf40": (0.0, 1.0), "rf_area": (0.0, 1.0), "ami": (-1.0, 1.0),
          "n_groups": (0.0, np.inf), "noise_fraction": (0.0, 1.0)}  # fmt: skip
NO_CHANCE = "null: permuting the truth does not change it"
NO_AMI = "AMI: each cluster has groups of its own, so there is no one partition"


def realisation_rows(
    realisation: int, found: Sequence[tuple[Variant, Score]]
) -> list[dict[str, Any]]:
    """Rows of the contract `ablation_scores`: each score of each variant, with its mean null."""
    return [
        {
            "realisation": realisation,
            "family": variant.family,
            "variant": variant.name,
            "score": name,
            "value": score.values[name],
            "null_mean": _mean(score.draws.get(name)),
        }
        for variant, score in found
        for name in SCORES
    ]


def over_realisations(found: Sequence[Sequence[tuple[Variant, Score]]]) -> pd.DataFrame:
    """Rows of the contract `ablations` from the same variants on several realisations.

    Means with Student intervals. A difference is that of the same realisation, so that what a
    lucky survey gives to both cancels. The null of a mean is the mean over realisations of each
    one's permutations. `p_difference` is that of a paired t-test, `q_difference` is adjusted over
    the variants of a score (Benjamini & Hochberg 1995).
    """
    rows = []
    for number, (variant, first) in enumerate(found[0]):
        scores = [one[number][1] for one in found]
        for name in SCORES:
            values = np.array([score.values[name] for score in scores])
            base = np.array([one[0][1].values[name] for one in found])
            rows.append(
                _described(variant, first, name)
                | _mean_of(values, BOUNDS[name])
                | _chance(values.mean(), _mean_draws(scores, name))
                | (_nothing() if number == 0 else _difference(values - base, BOUNDS[name]))
                | {"n_realisations": len(found), "interval": "student"}
                | {"note": _said(variant, name, values)}
            )
    return _adjusted(rows)


def of_one_sample(
    found: Sequence[tuple[Variant, Score]], truth: Truth, drawn: npt.NDArray[np.int64]
) -> pd.DataFrame:
    """Rows of the contract `ablations` from one sample.

    RF40 has a Jeffreys interval, the mean match a bootstrap over clusters, AMI a jackknife;
    differences are paired over clusters, by the same resamples `drawn` (n_bootstrap, K) or the
    jackknife of the difference. `p_difference` is that of the exact test of McNemar (1947) for
    RF40 and of a paired t-test over clusters for the mean match; AMI has none. Number of groups
    and noise describe the tagging of this sample: no interval.
    """
    rows = []
    base = found[0][1]
    for number, (variant, score) in enumerate(found):
        for name in SCORES:
            value = score.values[name]
            narrow, wide, method = _sample_interval(name, score, truth, drawn)
            gap = _nothing() if number == 0 else _sample_gap(name, score, base, truth, drawn)
            note = _note(variant, name)
            if method == "none" and not note.startswith("AMI"):
                note = "; ".join(part for part in (note, "interval: describes this sample") if part)
            rows.append(
                _described(variant, score, name)
                | {"value": value, "sd": np.nan}
                | _ends(narrow, wide, "")
                | _chance(value, score.draws.get(name, np.empty(0)))
                | gap
                | {"n_realisations": 1, "interval": method, "note": note}
            )
    return _adjusted(rows)


def _described(variant: Variant, score: Score, name: str) -> dict[str, Any]:
    return {
        "family": variant.family,
        "variant": variant.name,
        "score": name,
        "n_elements": len(variant.elements),
        "n_dimensions": score.n_dimensions,
        "metric": variant.metric,
        "ratio": variant.ratio,
        "scale": variant.scale,
        "transform": variant.transform,
    }


def _mean_of(values: Floats, bounds: tuple[float, float]) -> dict[str, float]:
    narrow, wide = (mean_interval(values, level, bounds) for level in LEVELS)
    sd = float(values.std(ddof=1)) if len(values) > 1 else np.nan
    return {"value": float(values.mean()), "sd": sd} | _ends(narrow, wide, "")


def _said(variant: Variant, name: str, values: Floats) -> str:
    same = "interval: the same in every realisation" if np.ptp(values) == 0 else ""
    return "; ".join(part for part in (_note(variant, name), same) if part)


def _difference(gaps: Floats, bounds: tuple[float, float]) -> dict[str, float]:
    from scipy import stats  # takes a second to load

    reach = bounds[1] - bounds[0]
    narrow, wide = (mean_interval(gaps, level, (-reach, reach)) for level in LEVELS)
    varies = len(gaps) > 1 and np.isfinite(gaps).all() and np.ptp(gaps) > 0
    p = float(stats.ttest_1samp(gaps, 0.0).pvalue) if varies else np.nan
    return {"difference": float(gaps.mean()), "p_difference": p} | _ends(
        narrow, wide, "difference_"
    )


def _nothing() -> dict[str, float]:
    return {"difference": np.nan, "p_difference": np.nan} | _ends(
        NO_INTERVAL, NO_INTERVAL, "difference_"
    )


def _ends(narrow: Interval, wide: Interval, prefix: str) -> dict[str, float]:
    return {
        f"{prefix}low": narrow.low,
        f"{prefix}high": narrow.high,
        f"{prefix}low_95": wide.low,
        f"{prefix}high_95": wide.high,
    }


def _mean_draws(scores: Sequence[Score], name: str) -> Floats:
    if any(name not in score.draws for score in scores):
        return np.empty(0)
    return np.mean([score.draws[name] for score in scores], axis=0)


def _chance(value: float, draws: Floats) -> dict[str, float]:
    null = summarise_null(value, draws)
    return {
        "null_mean": null.mean,
        "null_p95": null.p95,
        "p_value": null.p_value,
        "n_null": null.n,
    }


def _mean(draws: Floats | None) -> float:
    return float(draws.mean()) if draws is not None and len(draws) else np.nan


def _note(variant: Variant, name: str) -> str:
    if name == "ami" and variant.transform == ORACLE:
        return NO_AMI
    return "" if name in CHANCE else NO_CHANCE


def _sample_interval(
    name: str, score: Score, truth: Truth, drawn: npt.NDArray[np.int64]
) -> tuple[Interval, Interval, str]:
    n = int(truth.eligible.sum())
    if name == "rf40":
        k = round(score.values[name] * n)
        narrow, wide = (intervals.jeffreys_interval(k, n, level) for level in LEVELS)
        return narrow, wide, "jeffreys"
    if name == "rf_area" and n >= intervals.MIN_UNITS:
        one = truth.eligible.astype(float)
        ratio = intervals.bootstrap_ratios(score.match * one, one, drawn)
        narrow, wide = (intervals.percentile_interval(ratio, level, n) for level in LEVELS)
        return narrow, wide, "bootstrap"
    if name == "ami" and np.isfinite(score.values[name]):
        narrow, wide = (
            intervals.jackknife_interval(score.values[name], score.left_out, level, BOUNDS[name])
            for level in LEVELS
        )
        return narrow, wide, "jackknife"
    return NO_INTERVAL, NO_INTERVAL, "none"


def _sample_gap(
    name: str, score: Score, base: Score, truth: Truth, drawn: npt.NDArray[np.int64]
) -> dict[str, float]:
    from scipy import stats  # takes a second to load

    gap = score.values[name] - base.values[name]
    result = _nothing() | {"difference": gap}
    if name in ("rf40", "rf_area"):
        counted = truth.eligible
        first, second = score.match[counted], base.match[counted]
        if name == "rf40":
            first, second = (np.asarray(m >= RECOVERED, float) for m in (first, second))
        narrow, wide = (
            intervals.paired_difference(first, second, drawn[:, counted], level) for level in LEVELS
        )
        changed = first != second
        if not changed.any():
            return result  # alike in every cluster: no interval
        if name == "rf40":
            p = stats.binomtest(int((first > second).sum()), int(changed.sum())).pvalue
        else:
            p = stats.ttest_rel(first, second).pvalue
        return result | _ends(narrow, wide, "difference_") | {"p_difference": float(p)}
    if name == "ami" and np.isfinite(gap):
        narrow, wide = (
            intervals.jackknife_interval(gap, score.left_out - base.left_out, level)
            for level in LEVELS
        )
        return result | _ends(narrow, wide, "difference_")
    return result


def _adjusted(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """With the p-values of differences adjusted over the variants of each score."""
    table = pd.DataFrame(rows)
    table["q_difference"] = np.nan
    for name in SCORES:
        chosen = (table["score"] == name).to_numpy()
        table.loc[chosen, "q_difference"] = false_discovery(table.loc[chosen, "p_difference"])
    return table
