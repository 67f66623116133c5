"""Stars of each group in each cluster, with noise and field apart and explicit policies for both.

Every function of `chemtag.score` works on one contingency or on a whole batch of them (leading
axes of `counts`): permutation nulls and jackknife replicates go through the code of the score.
Where there are many cells and few members, `chemtag.score.sparse` counts those with members alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from chemtag.base.types import Floats, Ints
from chemtag.score.policies import FieldPolicy, NoisePolicy, Summand, inverse
from chemtag.score.sparse import (
    LeftOutTable,
    SparseContingency,
    SparseTable,
    WithoutEachCluster,
    sparse_contingency,
)

_DENSE_CELLS = 250_000


@dataclass(frozen=True)
class PolicyTable:
    """Contingency of classes after the policies, what entropy and pair scores read.

    `table` (..., rows, columns): stars of each group (and of noise, if a group) in each cluster
    (and in the field, if a class). `singletons` (..., columns): stars that are a group of one
    each; they are never written out as rows.
    """

    table: Ints
    singletons: Ints
    n_clusters: int

    def sum_cells(self, of: Summand) -> Floats:
        """Sum over all cells of a function of their stars (...); singletons are not among them."""
        return of(self.table).sum(axis=(-2, -1))

    def sum_member_cells(self, of: Summand) -> Floats:
        """As `sum_cells`, over the cells of clusters alone (...)."""
        return of(self.table[..., : self.n_clusters]).sum(axis=(-2, -1))

    def sum_rows(self, of: Summand) -> Floats:
        """Sum over rows of a function of their stars (...)."""
        return of(self.row_sums).sum(axis=-1)

    def sum_columns(self, of: Summand) -> Floats:
        """Sum over columns of a function of their stars, with singletons (...)."""
        return of(self.column_sums).sum(axis=-1)

    def sum_cluster_columns(self, of: Summand) -> Floats:
        """As `sum_columns`, over clusters alone (...)."""
        return of(self.column_sums[..., : self.n_clusters]).sum(axis=-1)

    def squares_by_row(self) -> Floats:
        """Sum over cells of n_kc^2 / n_k (...)."""
        square = self.table.astype(float) ** 2
        return (square.sum(axis=-1) * inverse(self.row_sums)).sum(axis=-1)

    def squares_by_column(self) -> Floats:
        """Sum over cells and singletons of n_kc^2 / n_c (...)."""
        square = self.table.astype(float) ** 2
        return ((square.sum(axis=-2) + self.singletons) * inverse(self.column_sums)).sum(axis=-1)

    @cached_property
    def row_sums(self) -> Ints:
        """Stars of each row (..., rows), singletons not among them."""
        return self.table.sum(axis=-1)

    @cached_property
    def column_sums(self) -> Ints:
        """Stars of each column (..., columns), with singletons."""
        return self.table.sum(axis=-2) + self.singletons

    @cached_property
    def n_singletons(self) -> Ints:
        """Stars that are a group of one each (...)."""
        return self.singletons.sum(axis=-1)

    @cached_property
    def n_stars(self) -> Ints:
        """Stars left by the policies (...)."""
        return self.column_sums.sum(axis=-1)

    @property
    def most_stars(self) -> int:
        """The most stars that any sum asks of."""
        return int(self.n_stars.max(initial=0))

    @cached_property
    def n_rows(self) -> Ints:
        """Groups that hold a star, singletons among them (...)."""
        return (self.row_sums > 0).sum(axis=-1) + self.n_singletons

    @cached_property
    def n_columns(self) -> Ints:
        """Classes that hold a star (...)."""
        return (self.column_sums > 0).sum(axis=-1)


@dataclass(frozen=True)
class Contingency:
    """Stars of each group in each cluster.

    `counts` (..., n_groups + 1, n_clusters + 1): the last row is noise, the last column field.
    """

    counts: Ints

    @property
    def n_clusters(self) -> int:
        """Clusters, also those without a star."""
        return self.counts.shape[-1] - 1

    @cached_property
    def members(self) -> Ints:
        """Cluster members in groups, n_kc (..., n_groups, n_clusters)."""
        return self.counts[..., :-1, :-1]

    @cached_property
    def group_sizes(self) -> Ints:
        """Stars of each group, field stars among them, n_k (..., n_groups)."""
        return self.counts[..., :-1, :].sum(axis=-1)

    @cached_property
    def cluster_sizes(self) -> Ints:
        """Members of each cluster, noise among them, n_c (..., n_clusters)."""
        return self.counts[..., :, :-1].sum(axis=-2)

    @property
    def field_in_groups(self) -> Ints:
        """Field stars of each group (..., n_groups)."""
        return self.counts[..., :-1, -1]

    @property
    def noise_of_clusters(self) -> Ints:
        """Members of each cluster in no group (..., n_clusters)."""
        return self.counts[..., -1, :-1]

    @property
    def members_of_groups(self) -> Ints:
        """Cluster members in each group (..., n_groups)."""
        return self.members.sum(axis=-1)

    @cached_property
    def n_stars(self) -> Ints:
        """All stars (...)."""
        return self.counts.sum(axis=(-2, -1))

    @property
    def n_noise(self) -> Ints:
        """Stars in no group (...)."""
        return self.counts[..., -1, :].sum(axis=-1)

    def clusters_in_groups(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield the clusters with a member in each group, and their members in it."""
        for held in self.members:
            clusters = np.flatnonzero(held)
            yield clusters, held[clusters]

    def without_field(self) -> "Contingency":
        """The same without field stars (policy `drop` for scores that compare with clusters)."""
        counts = self.counts.copy()
        counts[..., -1] = 0
        return Contingency(counts)

    def without_cluster(self, cluster: int | Ints) -> "Contingency":
        """The same without the stars of a cluster; an array of clusters gives a batch of them."""
        removed = np.atleast_1d(np.asarray(cluster))
        counts = np.repeat(self.counts[None], len(removed), axis=0)
        counts[np.arange(len(removed)), :, removed] = 0
        return Contingency(counts if np.ndim(cluster) else counts[0])

    def under(self, *, noise: NoisePolicy, field: FieldPolicy) -> PolicyTable:
        """Apply the policies.

        noise: `group` = all noise stars are one group (paper comparison), `drop` = noise stars
        are left out, `singleton` = each noise star is a group of its own.
        field: `class` = all field stars are one class, `drop` = field stars are left out.
        """
        if noise not in get_args(NoisePolicy):
            raise ValueError(f"noise is one of {get_args(NoisePolicy)}, not {noise!r}")
        if field not in get_args(FieldPolicy):
            raise ValueError(f"field is one of {get_args(FieldPolicy)}, not {field!r}")
        counts = self.counts if field == "class" else self.counts[..., :-1]
        alone = counts[..., -1, :]
        if noise == "group":
            return PolicyTable(counts, np.zeros_like(alone), self.n_clusters)
        alone = alone if noise == "singleton" else np.zeros_like(alone)
        return PolicyTable(counts[..., :-1, :], alone, self.n_clusters)


def contingency(
    groups: npt.NDArray[Any],
    clusters: npt.NDArray[Any],
    n_groups: int | None = None,
    n_clusters: int | None = None,
    *,
    sparse: bool | None = None,
) -> Any:
    """Count stars of each group in each cluster, in a `Contingency` or a `SparseContingency`.

    groups (n_stars,): group codes 0, 1, ..., -1 = noise. clusters (n_stars,) or
    (n_labellings, n_stars): cluster codes, -1 = field; several labellings give a batch.
    `sparse` says which of the two; by itself one labelling of many cells is sparse. Every score
    takes both. Raises ValueError for unequal lengths and codes outside the range.
    """
    groups, clusters = np.asarray(groups), np.asarray(clusters)
    if groups.ndim != 1 or clusters.shape[-1:] != groups.shape:
        raise ValueError(f"groups {groups.shape} and clusters {clusters.shape} must match in stars")
    n_groups = _n_codes(groups, n_groups, "groups")
    n_clusters = _n_codes(clusters, n_clusters, "clusters")
    n_labellings = int(np.prod(clusters.shape[:-1], dtype=np.int64))
    shape = (n_groups + 1, n_clusters + 1)
    size = shape[0] * shape[1]
    if sparse or (sparse is None and clusters.ndim == 1 and size > _DENSE_CELLS):
        return _sparse(groups, clusters, n_groups, n_clusters)
    row = np.where(groups < 0, n_groups, groups).astype(np.int64) * shape[1]
    column = np.where(clusters < 0, n_clusters, clusters).reshape(n_labellings, -1)
    cell = column + row + size * np.arange(n_labellings)[:, None]
    counts = np.bincount(cell.ravel(), minlength=size * n_labellings)
    return Contingency(counts.reshape(*clusters.shape[:-1], *shape))


def _sparse(
    groups: npt.NDArray[Any], clusters: npt.NDArray[Any], n_groups: int, n_clusters: int
) -> SparseContingency:
    if clusters.ndim != 1:
        raise ValueError("a batch of labellings of all stars is not sparse")
    member = clusters >= 0
    sizes = np.bincount(groups[groups >= 0], minlength=n_groups)
    n_noise = int((groups < 0).sum())
    batch = sparse_contingency(
        groups[member][None], clusters[member][None], sizes, n_noise, n_clusters
    )
    return replace(batch, single=True)


def _n_codes(codes: npt.NDArray[Any], expected: int | None, name: str) -> int:
    low, high = (int(codes.min()), int(codes.max())) if codes.size else (-1, -1)
    number = high + 1 if expected is None else expected
    if low < -1 or high >= number:
        raise ValueError(f"{name}: codes run from {low} to {high}, expected -1 to {number - 1}")
    return number


Counts = Contingency | SparseContingency
"""Stars of each group in each cluster, what every score takes."""
LeftOut = Contingency | WithoutEachCluster
"""A batch of the same without each cluster in turn."""
Table = PolicyTable | SparseTable | LeftOutTable
"""What entropy and pair scores read of counts under the policies."""
