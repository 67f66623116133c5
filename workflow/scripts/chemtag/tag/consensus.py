"""What many partitions of one sample agree upon: consensus groups, memberships, stability.

Agreement of two stars is the share of the partitions in which both are in one group (evidence
accumulation: Fred & Jain 2005, IEEE TPAMI 27, 835). It is counted for pairs of near neighbours only
(`Edges`), so memory grows with the number of stars and not with its square; partitions are taken
one at a time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemtag.base.types import Floats
from chemtag.tag.protocol import NOISE

Labels = NDArray[np.int32]

DISSOLVED = 0.5  # a group with a best Jaccard of at most this is dissolved (Hennig 2008, JMVA 99)


@dataclass(frozen=True)
class Edges:
    """Pairs of near neighbours, each once: `first` < `second`, rows of the sample, (P,) int32."""

    first: NDArray[np.int32]
    second: NDArray[np.int32]


@dataclass
class Agreement:
    """Counts over the `n_partitions` added: `together` (P,) uint16 of the edges whose stars share a
    group, `noise` (N,) uint16 of the stars in no group."""

    edges: Edges
    together: NDArray[np.uint16]
    noise: NDArray[np.uint16]
    n_partitions: int = 0

    def add(self, labels: Labels) -> None:
        """Count one more partition (N,), −1 = noise. `ValueError` beyond 65,535 of them."""
        if self.n_partitions == np.iinfo(np.uint16).max:
            raise ValueError("more than 65535 partitions")
        ends = labels[self.edges.first]
        self.together += (ends == labels[self.edges.second]) & (ends >= 0)
        self.noise += labels < 0
        self.n_partitions += 1

    @property
    def share(self) -> Floats:
        """Agreement of each edge (P,), in [0, 1]; NaN before the first partition."""
        return self.together / (self.n_partitions or np.nan)


def edges_of(neighbours: NDArray[np.int32]) -> Edges:
    """Return the edges of the graph of nearest neighbours, whose lists are (N, k).

    An edge joins two stars if one is in the list of the other. Memory 16 N k bytes at the peak.
    """
    n, k = neighbours.shape
    own = np.repeat(np.arange(n, dtype=np.int64), k)
    other = neighbours.ravel().astype(np.int64)
    keys = np.unique(np.minimum(own, other) * n + np.maximum(own, other))
    return Edges((keys // n).astype(np.int32), (keys % n).astype(np.int32))


def no_agreement(edges: Edges, n_stars: int) -> Agreement:
    """Return the counts before the first partition, all zero."""
    return Agreement(edges, np.zeros(len(edges.first), np.uint16), np.zeros(n_stars, np.uint16))


def consensus_labels(agreement: Agreement, threshold: float, min_stars: int) -> Labels:
    """Return the consensus groups (N,), −1 = none: components joined by edges that agree.

    An edge joins where the share of agreement is at least `threshold`; components of fewer than
    `min_stars` stars are none. Joining components is single linkage on 1 − agreement, cut at
    1 − threshold (Fred & Jain 2005): two stars of a group need not agree with each other, a chain
    of stars that do is enough.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges, n = agreement.edges, len(agreement.noise)
    # counts are compared, as shares such as 3/10 are not exact in binary
    joined = agreement.together >= np.ceil(threshold * agreement.n_partitions - 1e-9)
    joined &= agreement.together > 0
    first, second = edges.first[joined], edges.second[joined]
    graph = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(n, n))
    component = connected_components(graph, directed=False)[1]
    size = np.bincount(component, minlength=n)
    large = size >= min_stars
    number = np.full(n, NOISE, np.int32)
    number[large] = np.arange(large.sum())
    return number[component]


def memberships(labels: Labels, agreement: Agreement) -> Floats:
    """Return how firmly each star belongs to its group (N,): the mean agreement with its mates.

    The mean runs over the star's edges to stars of its own group in `labels` (N,), −1 = noise. NaN
    for stars in no group and for those without such an edge.
    """
    edges, n = agreement.edges, len(labels)
    ends = labels[edges.first]
    inside = (ends == labels[edges.second]) & (ends >= 0)
    first, second, share = edges.first[inside], edges.second[inside], agreement.share[inside]
    total = np.bincount(first, share, n) + np.bincount(second, share, n)
    count = np.bincount(first, minlength=n) + np.bincount(second, minlength=n)
    return np.divide(total, count, out=np.full(n, np.nan), where=count > 0)


def best_jaccard(groups: Labels, partition: Labels) -> tuple[Floats, NDArray[np.int64]]:
    """Return for each group 0 … G−1 its largest Jaccard similarity to a group of `partition`.

    Jaccard of two sets of stars: stars in both over stars in either; 0 where no star of the group
    is in any (Hennig 2007, CSDA 52, 258). Also the number of that group (the smallest of equals,
    −1 where there is none). Both (G,).
    """
    n_groups = int(groups.max(initial=NOISE)) + 1
    n_other = int(partition.max(initial=NOISE)) + 1
    best, which = np.zeros(n_groups), np.full(n_groups, NOISE, np.int64)
    both = (groups >= 0) & (partition >= 0)
    pairs, shared = np.unique(
        groups[both].astype(np.int64) * max(n_other, 1) + partition[both], return_counts=True
    )
    if not len(pairs):
        return best, which
    one, other = pairs // n_other, pairs % n_other
    size = np.bincount(groups[groups >= 0], minlength=n_groups)
    size_other = np.bincount(partition[partition >= 0], minlength=n_other)
    similarity = shared / (size[one] + size_other[other] - shared)
    # the last to be written stays: the most similar, of equals the smallest number
    order = np.lexsort((-other, similarity))
    best[one[order]], which[one[order]] = similarity[order], other[order]
    return best, which


@dataclass(frozen=True)
class Stability:
    """Best Jaccard of each group over the partitions: `mean`, 16th and 84th percentile `low` and
    `high`, and `dissolved`, the share of partitions with at most 0.5; all (G,)."""

    mean: Floats
    low: Floats
    high: Floats
    dissolved: Floats


def stability_of(similarity: Floats) -> Stability:
    """Return the stability of groups from their best Jaccard in each partition, (M, G), M > 0.

    The mean is Hennig's (2007) clusterwise stability. His rule of thumb: above 0.75 a group is
    stable, below 0.6 it is not to be trusted.
    """
    low, high = np.percentile(similarity, [16, 84], axis=0)
    dissolved = (similarity <= DISSOLVED).mean(axis=0)
    return Stability(similarity.mean(axis=0), low, high, dissolved)
