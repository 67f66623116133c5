"""Chance levels: permutation nulls of scores, p-values, and the grid search inside each replicate.

Permuting predicted labels over stars and permuting true labels over stars give the same
contingencies; truth is permuted here, once for all settings, so that the settings of a replicate
see the same permutation. Sizes of groups, clusters, noise and field stay as they are.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from chemtag.base.types import Floats, Ints
from chemtag.score.contingency import Contingency
from chemtag.score.measures import Better
from chemtag.score.sparse import sparse_contingency

Key = TypeVar("Key", bound=Hashable)

DISTINCT = 10
"""Fewest values of a null for which z is given: of fewer the standard deviation says little."""
_CELLS = 400_000
_CELLS_A_MEMBER = 10
_TIE = 1e-9


class NullSummary(NamedTuple):
    """A score under the null: mean, 95 % band, 95th percentile, and where the value lies."""

    mean: float
    low: float
    high: float
    p95: float
    z: float
    p_value: float
    n: int


NO_NULL = NullSummary(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, 0)


@dataclass(frozen=True)
class PermutedClusters:
    """True labels permuted over `n_stars` stars, written down for the cluster members alone.

    In permutation p the star `star[p, i]` is in the cluster `cluster[p, i]`, both (n_permutations,
    n_members), and all others are in the field: a survey has few members among very many stars.
    """

    star: npt.NDArray[np.int32]
    cluster: npt.NDArray[np.int32]
    n_stars: int

    def __len__(self) -> int:
        """Number of permutations."""
        return len(self.star)

    def __getitem__(self, permutations: npt.NDArray[Any]) -> "PermutedClusters":
        """Some of the permutations."""
        return PermutedClusters(self.star[permutations], self.cluster[permutations], self.n_stars)

    def labels(self) -> npt.NDArray[np.int32]:
        """Cluster of each star (n_permutations, n_stars), -1 = field."""
        labels = np.full((len(self), self.n_stars), -1, dtype=np.int32)
        np.put_along_axis(labels, self.star, self.cluster, axis=1)
        return labels


def permuted_clusters(
    clusters: npt.NDArray[Any],
    n_permutations: int,
    rng: np.random.Generator,
    among: Literal["stars", "members"] = "stars",
) -> PermutedClusters:
    """Permute true labels: clusters (n_stars,), -1 = field.

    among `stars`: over all stars, the null in which groups know nothing about birth; `members`:
    over cluster members only, field stars keep their place, the null in which groups may tell
    members from the field but not one cluster from another.
    """
    codes = np.asarray(clusters, dtype=np.int32)
    if among not in ("stars", "members"):
        raise ValueError(f"among is stars or members, not {among!r}")
    moved = np.arange(len(codes)) if among == "stars" else np.flatnonzero(codes >= 0)
    star = np.empty((n_permutations, int((codes >= 0).sum())), dtype=np.int32)
    cluster = np.empty_like(star)
    row = codes.copy()
    for p in range(n_permutations):
        row[moved] = codes[rng.permutation(moved)]
        star[p] = np.flatnonzero(row >= 0)
        cluster[p] = row[star[p]]
    return PermutedClusters(star, cluster, len(codes))


def permutation_draws(
    groups: npt.NDArray[Any],
    permuted: PermutedClusters,
    score: Callable[[Any], dict[Key, Floats]],
    n_clusters: int,
    n_groups: int | None = None,
    *,
    sparse: bool | None = None,
) -> dict[Key, Floats]:
    """Scores of one grouping against each permuted truth: name -> (n_permutations, ...).

    groups (n_stars,), -1 = noise; score takes a batch of contingencies, dense or `sparse`: by
    itself sparse where there are many cells a member. Done in chunks, so that memory stays small.
    Raises ValueError if `permuted` is of another number of stars.
    """
    if groups.shape != (permuted.n_stars,):
        raise ValueError(f"groups {groups.shape} and truths of {permuted.n_stars} stars must match")
    n_groups = int(np.max(groups, initial=-1)) + 1 if n_groups is None else n_groups
    sizes = np.bincount(np.where(groups < 0, n_groups, groups), minlength=n_groups + 1)
    cells, n_members = (n_groups + 1) * (n_clusters + 1), permuted.star.shape[1]
    if sparse is None:
        sparse = cells > _CELLS_A_MEMBER * n_members
    # Even sparse counts need an array of groups and one of clusters a permutation.
    step = max(1, _CELLS // max(n_groups + n_clusters if sparse else cells, n_members))
    parts = []
    for start in range(0, len(permuted), step):
        chunk = slice(start, start + step)
        of_members, cluster = groups[permuted.star[chunk]], permuted.cluster[chunk]
        if sparse:
            batch: Any = sparse_contingency(
                of_members, cluster, sizes[:-1], int(sizes[-1]), n_clusters
            )
        else:
            table = members_in_groups(of_members, cluster, n_groups, n_clusters)
            table[..., -1] = sizes - table.sum(axis=-1)
            batch = Contingency(table)
        parts.append(score(batch))
    return (
        {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
    )


def members_in_groups(
    groups: npt.NDArray[Any], clusters: npt.NDArray[Any], n_groups: int, n_clusters: int
) -> Ints:
    """Count members of each group in each cluster: (n_labellings, n_groups + 1, n_clusters + 1).

    groups, clusters (n_labellings, n_members). The last row is noise; the last column, that of the
    field, is left at 0.
    """
    shape = (len(groups), n_groups + 1, n_clusters + 1)
    row = np.where(groups < 0, n_groups, groups).astype(np.int64)
    cell = (np.arange(shape[0])[:, None] * shape[1] + row) * shape[2] + clusters
    return np.bincount(cell.ravel(), minlength=int(np.prod(shape))).reshape(shape)


def as_good(
    value: npt.ArrayLike, draws: Floats, better: Better = "higher"
) -> npt.NDArray[np.bool_]:
    """Which draws (n_draws, ...) are at least as good as the value (...).

    Draws within 1e-9 of the value count as equal, since sums in another order differ in the last
    digits.
    """
    target = np.asarray(value, dtype=float)
    slack = _TIE * np.maximum(1.0, np.abs(target))
    return draws <= target + slack if better == "lower" else draws >= target - slack


def p_values(value: npt.ArrayLike, draws: Floats, better: Better = "higher") -> Floats:
    """(1 + draws at least as good) / (1 + draws) along the first axis (...).

    NaN without draws, with an undefined draw, and for scores with no better side.
    """
    target = np.asarray(value, dtype=float)
    if better == "neither" or not len(draws):
        return np.full(target.shape, np.nan)
    p = (1 + as_good(target, draws, better).sum(axis=0)) / (1 + len(draws))
    return np.where(np.isfinite(target) & np.isfinite(draws).all(axis=0), p, np.nan)


def summarise_null(value: float, draws: Floats, better: Better = "higher") -> NullSummary:
    """Null of one score from its draws (n_draws,).

    z is NaN where the null has fewer than `DISTINCT` values: a deviation of 400 of them would only
    say that the null is nearly constant. Without draws, or if the score is undefined in any of
    them, everything is NaN and n = 0.
    """
    if not len(draws) or not np.isfinite(draws).all():
        return NO_NULL
    mean, spread = float(draws.mean()), float(draws.std(ddof=1)) if len(draws) > 1 else 0.0
    low, p95, high = np.quantile(draws, [0.025, 0.95, 0.975])
    varies = spread > _TIE * max(1.0, abs(mean)) and len(np.unique(draws.round(9))) >= DISTINCT
    return NullSummary(
        mean=mean,
        low=float(low),
        high=float(high),
        p95=float(p95),
        z=(value - mean) / spread if varies else np.nan,
        p_value=float(p_values(value, draws, better)),
        n=len(draws),
    )


def best_settings(rf40: Floats, rf70: Floats, ami: Floats, n_groups: npt.ArrayLike) -> Ints:
    """Setting the oracle takes: largest RF40, then RF70, then AMI, then fewest groups.

    rf40, rf70, ami (n_settings, ...), n_groups (n_settings,); returns (...) indices. The same
    choice is made in each replicate of a null. Last ties go to the earlier setting.
    """
    number = np.reshape(np.asarray(n_groups, dtype=float), (-1,) + (1,) * (rf40.ndim - 1))
    best = np.ones(rf40.shape, dtype=bool)
    # Rounded, so that the last digits of a sum do not break a tie.
    for score in (rf40, rf70, ami, -np.broadcast_to(number, rf40.shape)):
        rounded = np.where(best, np.round(np.nan_to_num(score, nan=-np.inf), 9), -np.inf)
        best &= rounded == rounded.max(axis=0)
    return best.argmax(axis=0)


def tuned_draws(draws: Floats, chosen: Ints) -> Floats:
    """Draws of the setting chosen in each replicate (n_draws, ...).

    draws (n_settings, n_draws, ...), chosen (n_draws,) of `best_settings`.
    """
    return draws[chosen, np.arange(len(chosen))]


def false_discovery(p: npt.ArrayLike) -> Floats:
    """Benjamini-Hochberg adjusted p-values of the defined ones; NaN stays NaN."""
    values = np.asarray(p, dtype=float)
    defined = np.isfinite(values)
    adjusted = np.full(values.shape, np.nan)
    if defined.any():
        from scipy.stats import false_discovery_control  # half a second, of few jobs only

        adjusted[defined] = false_discovery_control(values[defined], method="bh")
    return adjusted
