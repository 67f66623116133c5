"""Groups numbered by what they hold, so that they are the same for any order of the rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtag.tag.protocol import NOISE, Groups, Settings, Space, Tagger


def number_groups(
    labels: NDArray[np.integer], star_id: Sequence[str] | NDArray[Any]
) -> NDArray[np.int64]:
    """Return, for each label 0 … K−1, its group number: by size, then by smallest star_id.

    `labels` (n,), −1 = noise; every label 0 … K−1 occurs. The numbers depend on the partition
    only, not on the order of the rows nor on the numbers the algorithm gave.
    """
    labels = np.asarray(labels)
    n_groups = int(labels.max(initial=NOISE)) + 1
    grouped = labels >= 0
    sizes = np.bincount(labels[grouped], minlength=n_groups)
    rank = np.empty(len(labels), dtype=np.int64)
    rank[np.argsort(np.asarray(star_id, dtype=str), kind="stable")] = np.arange(len(labels))
    first = np.full(n_groups, len(labels), dtype=np.int64)
    np.minimum.at(first, labels[grouped], rank[grouped])
    number = np.empty(n_groups, dtype=np.int64)
    number[np.lexsort((first, -sizes))] = np.arange(n_groups)
    return number


def numbered(found: Groups, star_id: Sequence[str] | NDArray[Any]) -> Groups:
    """Return the groups numbered as `number_groups` does, noise with probability 0.

    Numbers that no star has are closed up, with their significance.
    """
    labels = np.asarray(found.group)
    grouped = labels >= 0
    used, dense = np.unique(labels[grouped], return_inverse=True)
    close = np.full(len(labels), NOISE, dtype=np.int64)
    close[grouped] = dense
    number = number_groups(close, star_id)
    group = close.copy()
    group[grouped] = number[dense]
    significance = None
    if found.significance is not None:
        significance = np.empty(len(number))
        significance[number] = np.asarray(found.significance, dtype=float)[used]
    strength = np.where(grouped, np.asarray(found.probability, dtype=float), 0.0)
    return Groups(group, strength, significance)


def find_groups(tagger: Tagger, space: Space, settings: Settings, seed: int) -> Groups:
    """Return what a tagger finds, whatever the order of the rows.

    The tagger sees the stars in the order of star_id; its groups are numbered by size, then by
    their smallest star_id. Raises NoGroups where it finds no partition.
    """
    order = np.argsort(space.star_id.astype(str), kind="stable")
    ordered = space.take(order)
    found = numbered(tagger(ordered, settings, seed), ordered.star_id)
    back: NDArray[Any] = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    return Groups(found.group[back], found.probability[back], found.significance)
