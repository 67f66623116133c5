"""The exact clustering core and its peers among published packages, for benchmarks/density.py.

`FITS`: one clustering of X (N, D); `GRIDS`: 20 min_cluster_size x 8 min_samples. Each takes X and
returns the factor from what it ran to the whole task; beside it stands the package it needs.
"""

import os
from collections.abc import Callable
from typing import Any

import numpy as np

MIN_SAMPLES, MIN_CLUSTER_SIZE = 10, 10  # of `fit`
GRID_SAMPLES = (2, 3, 5, 8, 10, 15, 20, 30)
GRID_SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200)


def fit_chemtag(X: np.ndarray) -> float:
    from chemtag.tag.density import cluster

    cluster(X, MIN_CLUSTER_SIZE, MIN_SAMPLES)
    return 1.0


def hdbscan_model(X: np.ndarray, approximate: bool = False, **setting: int) -> Any:
    import hdbscan

    options = {"min_cluster_size": MIN_CLUSTER_SIZE, "min_samples": MIN_SAMPLES, **setting}
    return hdbscan.HDBSCAN(
        approx_min_span_tree=approximate, core_dist_n_jobs=os.cpu_count(), **options
    ).fit(X)


def fit_hdbscan(X: np.ndarray) -> float:
    hdbscan_model(X)
    return 1.0


def fit_hdbscan_default(X: np.ndarray) -> float:
    hdbscan_model(X, approximate=True)
    return 1.0


def fit_sklearn(X: np.ndarray) -> float:
    from sklearn.cluster import HDBSCAN

    HDBSCAN(
        min_cluster_size=MIN_CLUSTER_SIZE, min_samples=MIN_SAMPLES + 1, n_jobs=-1, copy=True
    ).fit(X)
    return 1.0


def fit_fast_hdbscan(X: np.ndarray) -> float:
    import fast_hdbscan

    fast_hdbscan.HDBSCAN(
        min_cluster_size=MIN_CLUSTER_SIZE, min_samples=MIN_SAMPLES, reproducible=True
    ).fit(X)
    return 1.0


def fit_fast_plscan(X: np.ndarray) -> float:
    """Counts the star itself, as scikit-learn does, and chooses among all min_cluster_size."""
    from fast_plscan import PLSCAN

    fewest = max(MIN_CLUSTER_SIZE, MIN_SAMPLES + 1)
    PLSCAN(min_samples=MIN_SAMPLES + 1, min_cluster_size=fewest).fit(X)
    return 1.0


def fit_quitefastmst(X: np.ndarray) -> float:
    """The tree alone."""
    from quitefastmst import mst_euclid

    mst_euclid(X, M=MIN_SAMPLES)
    return 1.0


def fit_hdbscan_rs(X: np.ndarray) -> float:
    from hdbscan_rs import HDBSCAN

    HDBSCAN(min_cluster_size=MIN_CLUSTER_SIZE, min_samples=MIN_SAMPLES + 1).fit(X)
    return 1.0


def fit_core_sg(X: np.ndarray) -> float:
    """Its graph serves all min_samples up to k_max; this is the one of `fit` (see grid_core_sg)."""
    from core_sg import CoreSGClusterer

    CoreSGClusterer(k_max=MIN_SAMPLES).fit(X, k=MIN_SAMPLES)
    return 1.0


FITS: dict[str, tuple[str, Callable]] = {
    "chemtag (exact)": ("numba", fit_chemtag),
    "hdbscan, exact tree": ("hdbscan", fit_hdbscan),
    "hdbscan, default": ("hdbscan", fit_hdbscan_default),
    "scikit-learn": ("sklearn", fit_sklearn),
    "fast_hdbscan": ("fast_hdbscan", fit_fast_hdbscan),
    "fast-plscan": ("fast_plscan", fit_fast_plscan),
    "quitefastmst (tree only)": ("quitefastmst", fit_quitefastmst),
    "hdbscan-rs": ("hdbscan_rs", fit_hdbscan_rs),
    "core-sg": ("core_sg", fit_core_sg),
}


def grid_chemtag(X: np.ndarray) -> float:
    """All 320 clusterings: every setting with eom and with leaf."""
    from chemtag.tag.density import cluster_grid

    for _ in cluster_grid(X, GRID_SIZES, GRID_SAMPLES, ("eom", "leaf")):
        pass
    return 1.0


def grid_hdbscan_loop(X: np.ndarray) -> float:
    """One fit for each min_samples; the whole loop has one for each min_cluster_size as well."""
    for samples, size in zip(GRID_SAMPLES, GRID_SIZES[1::2], strict=False):
        hdbscan_model(X, min_samples=samples, min_cluster_size=size)
    return float(len(GRID_SIZES))


def grid_hdbscan_shared(X: np.ndarray) -> float:
    """One tree for each min_samples, 160 labellings of them by the package's own function."""
    from hdbscan.hdbscan_ import _tree_to_labels

    for samples in GRID_SAMPLES:
        tree = hdbscan_model(X, min_samples=samples)._single_linkage_tree
        for size in GRID_SIZES:
            _tree_to_labels(X, tree, size)
    return 1.0


def grid_fast_hdbscan_shared(X: np.ndarray) -> float:
    """One tree for each min_samples, 160 labellings of them by the package's own function."""
    from fast_hdbscan.hdbscan import clusters_from_spanning_tree, compute_minimum_spanning_tree

    for samples in GRID_SAMPLES:
        tree = compute_minimum_spanning_tree(X, min_samples=samples)[0]
        for size in GRID_SIZES:
            clusters_from_spanning_tree(tree, min_cluster_size=size)
    return 1.0


def grid_core_sg(X: np.ndarray) -> float:
    """One graph for all min_samples; a fit for each, at one min_cluster_size.

    The package asks for an older numba on some systems, so no group of ours can name it:
    `uv run --with core-sg`.
    """
    from core_sg import CoreSGClusterer

    model = CoreSGClusterer(k_max=max(GRID_SAMPLES))
    for samples in GRID_SAMPLES:
        model.fit(X, k=samples)
    return 1.0


GRIDS: dict[str, tuple[str, Callable]] = {
    "chemtag (320: eom and leaf)": ("numba", grid_chemtag),
    "hdbscan, loop of 160 fits (8 run, x 20)": ("hdbscan", grid_hdbscan_loop),
    "hdbscan, trees shared (160)": ("hdbscan", grid_hdbscan_shared),
    "fast_hdbscan, trees shared (160)": ("fast_hdbscan", grid_fast_hdbscan_shared),
    "core-sg, one graph (8)": ("core_sg", grid_core_sg),
}
