"""HDBSCAN* by this project's exact core, one setting at a time; `tag.taggings` has the grid."""

from typing import TYPE_CHECKING

import numpy as np

from chemtag.tag.protocol import Groups, Settings, Space

if TYPE_CHECKING:
    from chemtag.tag.density import Method


def hdbscan_leaf(space: Space, settings: Settings, seed: int) -> Groups:
    """Leaves of the hierarchy (Campello, Moulavi & Sander 2013)."""
    return _hdbscan(space, settings, "leaf")


def hdbscan_eom(space: Space, settings: Settings, seed: int) -> Groups:
    """Groups of largest stability."""
    return _hdbscan(space, settings, "eom")


def _hdbscan(space: Space, settings: Settings, method: "Method") -> Groups:
    from chemtag.tag.density import cluster

    found = cluster(
        space.coordinates, settings["min_cluster_size"], settings["min_samples"], method
    )
    return Groups(found.labels.astype(np.int64), found.probabilities, found.persistence)
