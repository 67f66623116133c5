"""HDBSCAN of other packages, each with the numbers of the grid: what a reader would have run.

`min_samples` is ours, that of the package hdbscan: the k-th neighbour beside the star itself.
scikit-learn counts the star as its own first neighbour, so it is asked for one more.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from chemtag.base.settings import Setting
from chemtag.base.types import Floats

Labels = npt.NDArray[np.int64]
Peer = Callable[[Floats, Setting], Labels]


def _hdbscan(points: Floats, setting: Setting, memory: Any = None) -> Labels:
    import hdbscan

    kept = {} if memory is None else {"memory": memory}
    return _labels(
        hdbscan.HDBSCAN(
            min_cluster_size=setting.min_cluster_size,
            min_samples=setting.min_samples,
            cluster_selection_method=setting.method,
            approx_min_span_tree=False,
            core_dist_n_jobs=1,
            **kept,
        ).fit(points)
    )


def _scikit_learn(points: Floats, setting: Setting) -> Labels:
    from sklearn.cluster import HDBSCAN

    return _labels(
        HDBSCAN(
            min_cluster_size=setting.min_cluster_size,
            min_samples=setting.min_samples + 1,
            cluster_selection_method=setting.method,
            copy=True,
        ).fit(points)
    )


def _fast_hdbscan(points: Floats, setting: Setting) -> Labels:
    # Not among the packages of the workflow: compared where it is installed (group `bench`).
    return _labels(
        import_module("fast_hdbscan")
        .HDBSCAN(
            min_cluster_size=setting.min_cluster_size,
            min_samples=setting.min_samples,
            cluster_selection_method=setting.method,
        )
        .fit(points)
    )


def _labels(model: Any) -> Labels:
    return np.where(model.labels_ >= 0, model.labels_, -1).astype(np.int64)


PEERS: dict[str, tuple[str, Peer]] = {
    "hdbscan": ("hdbscan", _hdbscan),
    "scikit-learn": ("sklearn", _scikit_learn),
    "fast_hdbscan": ("fast_hdbscan", _fast_hdbscan),
}
"""Module to import and function, by the name of the package."""


def hdbscan_with_trees_in(memory: Any) -> Peer:
    """The package hdbscan, its trees kept in a joblib.Memory for settings of one min_samples.

    The same groups as without: the tree is that of the same rows in the same order.
    """
    return partial(_hdbscan, memory=memory)


def installed_peers() -> dict[str, Peer]:
    """Peers whose package is installed, by name."""
    return {name: tag for name, (module, tag) in PEERS.items() if find_spec(module)}
