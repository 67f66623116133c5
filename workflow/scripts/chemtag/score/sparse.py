"""Contingencies written down by the cells that hold a cluster member.

A survey has few members among many stars: nearly all cells are empty, and of the field only the
sizes of groups matter. Sums are those over what members touch plus what they leave, in time and
memory of members; they agree with those of `Contingency` to about 1e-12, the order of terms.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from chemtag.base.types import Floats, Ints
from chemtag.score.policies import FieldPolicy, NoisePolicy, Summand, inverse


@dataclass(frozen=True)
class SparseContingency:
    """Stars of each group in each cluster, for one labelling or a batch with the same groups.

    The arrays `labelling`, `group`, `cluster` and `stars` (n_cells,) are the cells that hold a
    member, sorted by the first three; `sizes` (n_groups,) are the stars of each group, field too,
    `noise` (n_labellings, n_clusters) the members and `n_noise` all stars in no group. Results have
    an axis of labellings, unless `single`.
    """

    labelling: Ints
    group: Ints
    cluster: Ints
    stars: Ints
    sizes: Ints
    noise: Ints
    n_noise: int
    single: bool = False

    @property
    def n_labellings(self) -> int:
        """Labellings of the batch."""
        return self.noise.shape[0]

    @property
    def n_clusters(self) -> int:
        """Clusters, also those without a star."""
        return self.noise.shape[1]

    @property
    def n_groups(self) -> int:
        """Groups, also those without a star."""
        return len(self.sizes)

    def shaped(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Values (n_labellings, ...) without the axis of labellings if there is one only."""
        return values[0] if self.single else values

    def by_labelling(self, of_cells: npt.ArrayLike) -> Floats:
        """Sum over the cells of each labelling (n_labellings,) of values (n_cells,)."""
        return _summed(self.labelling, of_cells, self.n_labellings)

    def by_cluster(self, of_cells: npt.ArrayLike) -> Floats:
        """Sum over the cells of each cluster (n_labellings, n_clusters) of values (n_cells,)."""
        place = self.labelling * self.n_clusters + self.cluster
        return _summed(place, of_cells, self.noise.size).reshape(self.noise.shape)

    @cached_property
    def sizes_of_clusters(self) -> Ints:
        """Members of each cluster, noise among them (n_labellings, n_clusters)."""
        return self.noise + self.by_cluster(self.stars).astype(np.int64)

    @property
    def cluster_sizes(self) -> Ints:
        """Members of each cluster, noise among them, n_c (..., n_clusters)."""
        return self.shaped(self.sizes_of_clusters)

    @property
    def noise_of_clusters(self) -> Ints:
        """Members of each cluster in no group (..., n_clusters)."""
        return self.shaped(self.noise)

    @property
    def group_sizes(self) -> Ints:
        """Stars of each group, field stars among them, n_k (..., n_groups)."""
        shape = (self.n_labellings, self.n_groups)
        return self.shaped(np.broadcast_to(self.sizes, shape))

    @property
    def members_of_groups(self) -> Ints:
        """Cluster members in each group (..., n_groups)."""
        shape = (self.n_labellings, self.n_groups)
        place = self.labelling * self.n_groups + self.group
        members = _summed(place, self.stars, shape[0] * shape[1])
        return self.shaped(members.astype(np.int64).reshape(shape))

    @property
    def field_in_groups(self) -> Ints:
        """Field stars of each group (..., n_groups)."""
        return self.group_sizes - self.members_of_groups

    @property
    def n_stars(self) -> Ints:
        """All stars (...)."""
        return self.shaped(np.full(self.n_labellings, self.sizes.sum() + self.n_noise))

    @cached_property
    def _opens_group(self) -> npt.NDArray[np.bool_]:
        """Cells that are the first of their group in their labelling (n_cells,)."""
        return np.diff(self.labelling * self.n_groups + self.group, prepend=-1) != 0

    @cached_property
    def held(self) -> tuple[Ints, Ints, Ints]:
        """Groups that hold a member: labelling, group and members in it, each (n_held,)."""
        first = np.flatnonzero(self._opens_group)
        members = np.add.reduceat(self.stars, first) if len(first) else self.stars[:0]
        return self.labelling[first], self.group[first], members

    @cached_property
    def cell_in_held(self) -> Ints:
        """Place among `held` of the group of each cell (n_cells,)."""
        return np.cumsum(self._opens_group) - 1

    def clusters_in_groups(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield the clusters with a member in each group, and their members in it."""
        self._check_single()
        ends = np.searchsorted(self.group, np.arange(self.n_groups + 1))
        for start, end in pairwise(ends):
            yield self.cluster[start:end], self.stars[start:end]

    def under(self, *, noise: NoisePolicy, field: FieldPolicy) -> "SparseTable":
        """Apply the policies of `Contingency.under`; field stars must be a class here."""
        _check_policies(noise, field)
        return SparseTable(self, noise)

    def without_cluster(self, cluster: Ints) -> "WithoutEachCluster":
        """The batch of the same without each cluster in turn; `cluster` names all in order."""
        self._check_single()
        if not np.array_equal(cluster, np.arange(self.n_clusters)):
            raise ValueError("sparse counts leave out each cluster in turn, or none")
        return WithoutEachCluster(replace(self, single=False))

    def _check_single(self) -> None:
        if not self.single:
            raise ValueError("this is defined for one labelling, not for a batch")


def sparse_contingency(
    groups: npt.NDArray[Any],
    clusters: npt.NDArray[Any],
    sizes: npt.NDArray[Any],
    n_noise: int,
    n_clusters: int,
) -> SparseContingency:
    """Count members of each group in each cluster; groups, clusters (n_labellings, n_members).

    groups: codes, -1 = noise; clusters: codes, none of them field; `sizes` (n_groups,) and
    `n_noise` count all stars, field stars among them.
    """
    n_labellings, n_groups = len(groups), len(sizes)
    row = np.broadcast_to(np.arange(n_labellings)[:, None], groups.shape)
    inside = groups >= 0
    alone = (row * n_clusters + clusters)[~inside]
    cell = ((row * n_groups + groups) * n_clusters + clusters)[inside]
    cell, stars = np.unique(cell, return_counts=True)
    held, cluster = np.divmod(cell, max(n_clusters, 1))
    labelling, group = np.divmod(held, max(n_groups, 1))
    return SparseContingency(
        labelling=labelling,
        group=group,
        cluster=cluster,
        stars=stars.astype(np.int64),
        sizes=np.asarray(sizes, dtype=np.int64),
        noise=np.bincount(alone, minlength=n_labellings * n_clusters).reshape(-1, n_clusters),
        n_noise=int(n_noise),
    )


def _summed(place: Ints, values: npt.ArrayLike, length: int) -> Floats:
    """Sum of the values (n,) at each place (length,)."""
    # Without any value, bincount forgets that it has weights.
    return np.bincount(place, np.asarray(values), length).astype(float)


def _check_policies(noise: NoisePolicy, field: FieldPolicy) -> None:
    if noise not in get_args(NoisePolicy):
        raise ValueError(f"noise is one of {get_args(NoisePolicy)}, not {noise!r}")
    if field != "class":
        raise ValueError(f"sparse counts have field `class` alone, not {field!r}")


@dataclass(frozen=True)
class SparseTable:
    """The sums that entropy and pair scores read, as those of `PolicyTable`, each (...)."""

    counts: SparseContingency
    noise: NoisePolicy

    @cached_property
    def columns(self) -> Ints:
        """Stars of each class, the field last, with singletons (n_labellings, n_clusters + 1)."""
        counts = self.counts
        clusters = counts.sizes_of_clusters
        field = counts.sizes.sum() + counts.n_noise - clusters.sum(axis=1)
        if self.noise == "drop":
            clusters = clusters - counts.noise
            field = field - self._field_noise
        return np.column_stack([clusters, field])

    @property
    def rows(self) -> Ints:
        """Stars of each row (n_rows,), the same in every labelling; singletons are none of them."""
        sizes = self.counts.sizes
        return np.append(sizes, self.counts.n_noise) if self.noise == "group" else sizes

    @property
    def _field_noise(self) -> Ints:
        return self.counts.n_noise - self.counts.noise.sum(axis=1)

    @property
    def n_singletons(self) -> Ints:
        n_noise = self.counts.n_noise if self.noise == "singleton" else 0
        return self.counts.shaped(np.full(self.counts.n_labellings, n_noise))

    @property
    def n_stars(self) -> Ints:
        return self.counts.shaped(self.columns.sum(axis=1))

    @property
    def most_stars(self) -> int:
        """The most stars that any sum asks of."""
        return int(self.counts.sizes.sum() + self.counts.n_noise)

    @property
    def n_rows(self) -> Ints:
        return (self.rows > 0).sum() + self.n_singletons

    @property
    def n_columns(self) -> Ints:
        return self.counts.shaped((self.columns > 0).sum(axis=1))

    def sum_cells(self, of: Summand) -> Floats:
        counts, (labelling, group, members) = self.counts, self.counts.held
        total = counts.by_labelling(of(counts.stars)) + of(counts.sizes).sum()
        size = counts.sizes[group]
        change = of(size - members) - of(size)
        total += _summed(labelling, change, counts.n_labellings)
        if self.noise == "group":
            total += of(counts.noise).sum(axis=1) + of(self._field_noise)
        return counts.shaped(total)

    def sum_member_cells(self, of: Summand) -> Floats:
        total = self.counts.by_labelling(of(self.counts.stars))
        if self.noise == "group":
            total += of(self.counts.noise).sum(axis=1)
        return self.counts.shaped(total)

    def sum_rows(self, of: Summand) -> Floats:
        return self.counts.shaped(np.full(self.counts.n_labellings, of(self.rows).sum()))

    def sum_columns(self, of: Summand) -> Floats:
        return self.counts.shaped(of(self.columns).sum(axis=1))

    def sum_cluster_columns(self, of: Summand) -> Floats:
        return self.counts.shaped(of(self.columns[:, :-1]).sum(axis=1))

    def squares_by_row(self) -> Floats:
        counts, (labelling, group, members) = self.counts, self.counts.held
        per_star = inverse(counts.sizes)
        size = counts.sizes[group].astype(float)
        change = ((size - members) ** 2 - size**2) * per_star[group]
        total = counts.by_labelling(counts.stars.astype(float) ** 2 * per_star[counts.group])
        total += (counts.sizes.astype(float) ** 2 * per_star).sum()
        total += _summed(labelling, change, counts.n_labellings)
        if self.noise == "group":
            squares = (counts.noise.astype(float) ** 2).sum(axis=1) + self._field_noise**2.0
            total += squares * inverse(np.array(counts.n_noise))
        return counts.shaped(total)

    def squares_by_column(self) -> Floats:
        counts, (labelling, group, members) = self.counts, self.counts.held
        size = counts.sizes[group].astype(float)
        field = _summed(labelling, (size - members) ** 2 - size**2, counts.n_labellings)
        field += (counts.sizes.astype(float) ** 2).sum()
        squares = counts.by_cluster(counts.stars.astype(float) ** 2)
        if self.noise != "drop":
            power = 2.0 if self.noise == "group" else 1.0
            squares = squares + counts.noise**power
            field = field + self._field_noise**power
        whole = np.column_stack([squares, field])
        return counts.shaped((whole * inverse(self.columns)).sum(axis=1))


@dataclass(frozen=True)
class WithoutEachCluster:
    """One labelling without each of its clusters in turn: a batch of n_clusters."""

    counts: SparseContingency

    def under(self, *, noise: NoisePolicy, field: FieldPolicy) -> "LeftOutTable":
        """Apply the policies of `Contingency.under`; field stars must be a class here."""
        _check_policies(noise, field)
        return LeftOutTable(self.counts, noise)


@dataclass(frozen=True)
class LeftOutTable:
    """The sums of `SparseTable` without each cluster in turn, each (n_clusters,).

    Sums of the whole, less what the cells of the cluster had, plus what its groups have without it.
    """

    counts: SparseContingency
    noise: NoisePolicy

    @property
    def whole(self) -> SparseTable:
        """The table with all clusters."""
        return SparseTable(self.counts, self.noise)

    def _by_cluster(self, of_cells: npt.ArrayLike) -> Floats:
        return self.counts.by_cluster(of_cells)[0]

    @property
    def left_of_groups(self) -> Ints:
        """Stars of the group of each cell without the cell (n_cells,)."""
        return self.counts.sizes[self.counts.group] - self.counts.stars

    @property
    def left_of_noise(self) -> Ints:
        """Stars in no group without each cluster (n_clusters,)."""
        return self.counts.n_noise - self.counts.noise[0]

    @property
    def removed(self) -> Ints:
        """Stars of each cluster under the policy (n_clusters,)."""
        return self.whole.columns[0, :-1]

    @property
    def n_singletons(self) -> Ints:
        return self.left_of_noise if self.noise == "singleton" else np.zeros_like(self.removed)

    @property
    def n_stars(self) -> Ints:
        return self.whole.columns.sum() - self.removed

    @property
    def most_stars(self) -> int:
        """The most stars that any sum asks of."""
        return self.whole.most_stars

    @property
    def n_rows(self) -> Ints:
        emptied = self._by_cluster(self.left_of_groups == 0).astype(np.int64)
        rows = (self.counts.sizes > 0).sum() - emptied + self.n_singletons
        return rows + (self.left_of_noise > 0) if self.noise == "group" else rows

    @property
    def n_columns(self) -> Ints:
        return (self.whole.columns > 0).sum() - (self.removed > 0)

    def sum_cells(self, of: Summand) -> Floats:
        total = self.whole.sum_cells(of)[0] - self._by_cluster(of(self.counts.stars))
        return total - of(self.counts.noise[0]) if self.noise == "group" else total

    def sum_member_cells(self, of: Summand) -> Floats:
        total = self.whole.sum_member_cells(of)[0] - self._by_cluster(of(self.counts.stars))
        return total - of(self.counts.noise[0]) if self.noise == "group" else total

    def sum_rows(self, of: Summand) -> Floats:
        change = of(self.left_of_groups) - of(self.counts.sizes[self.counts.group])
        total = of(self.counts.sizes).sum() + self._by_cluster(change)
        return total + of(self.left_of_noise) if self.noise == "group" else total

    def sum_columns(self, of: Summand) -> Floats:
        return of(self.whole.columns).sum() - of(self.removed)

    def sum_cluster_columns(self, of: Summand) -> Floats:
        return of(self.whole.columns[0, :-1]).sum() - of(self.removed)

    def squares_by_row(self) -> Floats:
        counts = self.counts
        squares = counts.stars.astype(float) ** 2
        of_group = _summed(counts.group, squares, counts.n_groups)
        of_group += counts.field_in_groups[0].astype(float) ** 2
        before = of_group * inverse(counts.sizes)
        after = (of_group[counts.group] - squares) * inverse(self.left_of_groups)
        total = before.sum() + self._by_cluster(after - before[counts.group])
        if self.noise == "group":
            noise = counts.noise[0].astype(float) ** 2
            field = float(counts.n_noise - counts.noise.sum()) ** 2
            total += (noise.sum() - noise + field) * inverse(self.left_of_noise)
        return total

    def squares_by_column(self) -> Floats:
        whole, counts = self.whole, self.counts
        own = self._by_cluster(counts.stars.astype(float) ** 2)
        if self.noise != "drop":
            own = own + counts.noise[0] ** (2.0 if self.noise == "group" else 1.0)
        return whole.squares_by_column()[0] - own * inverse(self.removed)
