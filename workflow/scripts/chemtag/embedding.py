"""Two-dimensional maps of a chemical space: for pictures, never for groups or scores."""

import numpy as np
from numpy.typing import NDArray


def umap_of(
    values: NDArray[np.float64], n_neighbors: int, min_dist: float, seed: int
) -> NDArray[np.float64]:
    """Return the UMAP (n, 2) of `values` (n, d), Euclidean (McInnes, Healy & Melville 2018).

    One thread: umap-learn is reproducible only with a seed and without threads. The start is the
    first two principal components, which is seeded and does not depend on an eigen-solver. Samples
    smaller than `n_neighbors` use all other stars as neighbours.
    """
    import umap

    model = umap.UMAP(
        n_neighbors=min(n_neighbors, len(values) - 1),
        min_dist=min_dist,
        init="pca",
        random_state=seed,
        n_jobs=1,
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
