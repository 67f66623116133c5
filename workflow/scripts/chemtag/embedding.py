"""Two-dimensional maps of a chemical space: for pictures, never for groups or scores."""

import warnings

import numpy as np
from numpy.typing import NDArray


def umap_of(
    values: NDArray[np.float64], n_neighbors: int, min_dist: float, seed: int
) -> NDArray[np.float64]:
    """Return the UMAP (n, 2) of `values` (n, d), Euclidean (McInnes, Healy & Melville 2018).

    One thread: umap-learn is reproducible only with a seed and without threads. The neighbours are
    exact (`chemtag.density`), which also spares umap-learn a minute of compiling its approximate
    search; the start is the first two principal components, which is seeded and needs no
    eigen-solver. A star is its own first neighbour, as umap-learn counts. Samples smaller than
    `n_neighbors` use all stars but one.
    """
    from chemtag.density import nearest_neighbours

    n_neighbors = min(n_neighbors, len(values) - 1)
    near = nearest_neighbours(values, n_neighbors - 1)
    itself = np.arange(len(values))
    indices = np.column_stack([itself, near.indices])
    distances = np.column_stack([np.zeros(len(values)), near.distances])
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Tensorflow not installed", category=ImportWarning
        )
        warnings.filterwarnings("ignore", message=".*knn_search_index", category=UserWarning)
        import umap

        model = umap.UMAP(
            n_neighbors=n_neighbors,
            min_dist=min_dist,
            init="pca",
            random_state=seed,
            n_jobs=1,
            precomputed_knn=(indices, distances.astype(np.float32)),
        )
        return np.asarray(model.fit_transform(values), dtype=float)


def trustworthiness_of(
    values: NDArray[np.float64],
    map_values: NDArray[np.float64],
    n_neighbors: int,
    rng: np.random.Generator,
    n_stars: int = 3000,
) -> float:
    """Return the trustworthiness of a map in [0, 1] (Venna & Kaski 2001), by scikit-learn.

    The measure costs n² memory, so at most `n_stars` random stars enter.
    """
    from sklearn.manifold import trustworthiness

    if len(values) > n_stars:
        chosen = np.sort(rng.choice(len(values), n_stars, replace=False))
        values, map_values = values[chosen], map_values[chosen]
    neighbors = min(n_neighbors, (len(values) - 1) // 2)
    return float(trustworthiness(values, map_values, n_neighbors=neighbors))
