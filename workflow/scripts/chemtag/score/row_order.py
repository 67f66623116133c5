"""How many clusters a package recovers when the rows of the table come in another order.

HDBSCAN breaks ties: between equal distances and between equal branches of the tree. Where the
order of the rows decides them, sorting a table by another column changes the groups, and with them
the number of clusters recovered. The exact core takes tied links at once, so it has one answer.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from chemtag.base.settings import Setting
from chemtag.base.types import Floats, Ints
from chemtag.score.contingency import contingency
from chemtag.score.matching import RECOVERED, cluster_matches, recovered_clusters
from chemtag.select.truth import Truth
from chemtag.tag.peers import Peer


class RecoveredInOrders(NamedTuple):
    """Clusters recovered at 40 % and groups, each (n_settings, n_orders); the first order is that
    of the rows as given."""

    recovered: Ints
    groups: Ints


def recovered_in_orders(
    points: Floats,
    truth: Truth,
    settings: Sequence[Setting],
    tag: Peer,
    n_orders: int,
    rng: np.random.Generator,
) -> RecoveredInOrders:
    """Tag `points` (N, D), Euclidean, in `n_orders` orders of their rows at each setting.

    All settings see the same orders. Raises ValueError for another metric.
    """
    if any(setting.metric != "euclidean" for setting in settings):
        raise ValueError("other packages are compared in Euclidean distance")
    orders = [np.arange(len(points)), *(rng.permutation(len(points)) for _ in range(n_orders - 1))]
    recovered = np.empty((len(settings), n_orders), dtype=np.int64)
    groups = np.empty_like(recovered)
    for column, order in enumerate(orders):
        for row, setting in enumerate(settings):
            labels = np.empty(len(points), dtype=np.int64)
            labels[order] = tag(points[order], setting)
            recovered[row, column] = n_recovered(labels, truth)
            groups[row, column] = labels.max(initial=-1) + 1
    return RecoveredInOrders(recovered, groups)


def n_recovered(labels: Ints, truth: Truth) -> int:
    """Eligible clusters recovered at 40 % by the groups (N,), -1 = noise."""
    counts = contingency(labels, truth.clusters, n_clusters=truth.n_clusters)
    return int(recovered_clusters(cluster_matches(counts), truth.eligible, RECOVERED)[0])
