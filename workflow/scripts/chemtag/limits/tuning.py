"""Settings chosen without the truth, beside the choices that know it.

*stability*: the setting whose groups agree best between copies of the sample, each drawn within its
errors (mean pairwise ARI; Ben-Hur, Elisseeff & Guyon 2002). *persistence*: the setting with the
largest mean persistence of its groups (Campello et al. 2013). *relative_validity*, *dbcv* and
*silhouette*: see `chemtag.limits.validity`. None reads the truth.

*oracle*: the setting with the best RF40. *nested*: the setting with the best RF40 of a random half
of the clusters, scored on the other half. Their difference is the optimism of tuning on the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.types import Floats, Ints
from chemtag.score import intervals
from chemtag.score.evaluation import LEVELS
from chemtag.score.intervals import Interval

BLIND = ("stability", "persistence", "relative_validity", "dbcv", "silhouette")
"""Rules that choose a setting without the truth, each the largest value of its criterion."""


def agreement(first: Ints, second: Ints) -> float:
    """Adjusted Rand index of two groupings (n,) of the same stars, noise stars (-1) as singletons.

    Noise as one group would call two partitions that are all noise a perfect agreement. Pairs are
    counted on grouped stars only; NaN if neither grouping joins a pair.
    """
    n = len(first)
    both = (first >= 0) & (second >= 0)
    joint = first[both].astype(np.int64) * (int(second.max(initial=-1)) + 2) + second[both]
    shared = _pairs(np.unique(joint, return_counts=True)[1])
    a = _pairs(np.bincount(first[first >= 0]))
    b = _pairs(np.bincount(second[second >= 0]))
    if a + b == 0:
        return np.nan
    expected = a * b / _pairs(np.array([n]))
    most = (a + b) / 2
    return float((shared - expected) / (most - expected)) if most > expected else 1.0


def _pairs(sizes: npt.NDArray[np.integer]) -> float:
    numbers = sizes.astype(float)
    return float((numbers * (numbers - 1) / 2).sum())


@dataclass(frozen=True)
class Stability:
    """Mean pairwise ARI of a setting, and its error from the number of copies (jackknife)."""

    value: float
    error: float


def stability(groupings: Sequence[Ints]) -> Stability:
    """Stability of one setting from its groups in each perturbed copy, each (n,).

    A pair of copies in which no group is found counts 0: nothing is stable there.
    """
    number = len(groupings)
    table = np.zeros((number, number))
    for i in range(number):
        for j in range(i):
            table[i, j] = table[j, i] = np.nan_to_num(agreement(groupings[i], groupings[j]))
    value = table.sum() / (number * (number - 1))
    if number < 3:
        return Stability(float(value), np.nan)
    left = (table.sum() - 2 * table.sum(axis=1)) / ((number - 1) * (number - 2))
    return Stability(float(value), intervals.jackknife_error(left))


def first_best(scores: npt.ArrayLike, fewer: npt.ArrayLike) -> int:
    """Index of the largest score; ties go to the smaller `fewer`, then to the earlier entry."""
    numbers = np.asarray(scores, dtype=float)
    rounded = np.round(np.where(np.isnan(numbers), -np.inf, numbers), 9)
    return int(np.lexsort((np.arange(len(rounded)), np.asarray(fewer), -rounded))[0])


def chosen_blindly(criteria: pd.DataFrame) -> list[str]:
    """Which of the rules `BLIND` choose each setting, joined by commas (n_settings,).

    `criteria` has a column a rule and n_groups: the largest value is chosen, among equals the
    fewest groups. A rule that is undefined for all settings chooses none.
    """
    rules: list[list[str]] = [[] for _ in range(len(criteria))]
    for rule in BLIND:
        values = criteria[rule].to_numpy(dtype=float)
        if np.isfinite(values).any():
            rules[first_best(values, criteria["n_groups"].to_numpy())].append(rule)
    return [",".join(names) for names in rules]


@dataclass(frozen=True)
class Nested:
    """RF at the threshold of the oracle and of the nested choice, and the optimism of tuning.

    Intervals are delete-one jackknifes over clusters. `chosen` (n_settings,): in which share of
    the halves each setting was chosen.
    """

    oracle: float
    value: float
    optimism: float
    value_narrow: Interval
    value_wide: Interval
    narrow: Interval
    wide: Interval
    chosen: Floats


def random_halves(n_clusters: int, number: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Random halves of the clusters (number, n_clusters); of an odd number the half is smaller."""
    halves = np.zeros((number, n_clusters), dtype=bool)
    for half in halves:
        half[rng.permutation(n_clusters)[: n_clusters // 2]] = True
    return halves


def nested(
    matches: Floats, n_groups: npt.ArrayLike, halves: npt.NDArray[np.bool_], threshold: float
) -> Nested:
    """Choose on each half of the clusters, score on the other; both halves choose in turn.

    NaN for fewer than two clusters: there is no other to score on.

    `matches` (n_settings, n_clusters): min(purity, completeness) of each eligible cluster;
    `n_groups` (n_settings,); `halves` (n_halves, n_clusters). The best setting has the largest
    recovery fraction, then the largest mean match, then the fewest groups.
    """
    n_settings, n_clusters = matches.shape
    sides = np.concatenate([halves, ~halves]).astype(float)
    order = np.argsort(np.asarray(n_groups), kind="stable")
    # Settings by number of groups: argmax then takes the one with fewest among equals.
    match = matches[order]
    found = (match >= threshold).astype(float)
    value, optimism, chosen = _nested_values(found, match, sides)
    best = _choice(found.sum(axis=1), match.sum(axis=1))
    left = np.full((2, n_clusters), np.nan)
    if n_clusters > 2:
        for out in range(n_clusters):
            kept = np.delete(np.arange(n_clusters), out)
            left[:, out] = _nested_values(found[:, kept], match[:, kept], sides[:, kept])[:2]
    count = np.bincount(order[chosen], minlength=n_settings)
    narrow, wide, *of_optimism = (
        intervals.jackknife_interval(one, left[row], level, bounds)
        for row, one, bounds in ((0, value, (0.0, 1.0)), (1, optimism, (-1.0, 1.0)))
        for level in LEVELS
    )
    return Nested(
        oracle=float(found[best].mean()),
        value=value,
        optimism=optimism,
        value_narrow=narrow,
        value_wide=wide,
        narrow=of_optimism[0],
        wide=of_optimism[1],
        chosen=count / len(chosen),
    )


def _nested_values(found: Floats, match: Floats, sides: Floats) -> tuple[float, float, Ints]:
    """Mean score on the halves not chosen on, oracle less that, and the settings chosen.

    NaN where no pair of halves has a cluster in both.
    """
    chosen = _choice(found @ sides.T, match @ sides.T)
    other = 1 - sides
    scored = np.einsum("hc,hc->h", found[chosen], other) / np.maximum(other.sum(axis=1), 1)
    best = _choice(found.sum(axis=1), match.sum(axis=1))
    # An empty half neither chooses nor scores.
    usable = (sides.sum(axis=1) > 0) & (other.sum(axis=1) > 0)
    value = float(scored[usable].mean()) if usable.any() else np.nan
    return value, float(found[best].mean()) - value, chosen


def _choice(recovered: Floats, match: Floats) -> Ints:
    """Setting with most recovered clusters, then the largest sum of matches (settings first)."""
    most = recovered.max(axis=0)
    ranked = np.where(recovered >= most - 1e-9, np.round(match, 9), -np.inf)
    return ranked.argmax(axis=0)
