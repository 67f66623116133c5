"""Two-dimensional maps of a chemical space: for pictures, never for groups or scores."""

import warnings

import numpy as np
from numpy.typing import NDArray


def umap_of(
    values: NDArray[np.float64], n_neighbors: int, min_dist: float, seed: int
) -> NDArray[np.float64]:
    """Return the UMAP (n, 2) of `values` (n, d), Euclidean (McInnes, Healy & Melville 2018).

    One thread: umap-learn is reproducible only with a seed and without threads. The neighbours are
    exact (`tag.density`), which also spares umap-learn a minute of compiling its approximate
    search; the start is the first two principal components, which is seeded and needs no
    eigen-solver. A star is its own first neighbour, as umap-learn counts. Samples smaller than
    `n_neighbors` use all stars but one.
    """
    from chemtag.tag.density import nearest_neighbours

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


def tsne_of(
    values: NDArray[np.float64], perplexity: float, iterations: int, seed: int
) -> NDArray[np.float64]:
    """Return the t-SNE (n, 2) of `values` (n, d), Euclidean, by openTSNE (Poličar et al. 2024).

    Exact neighbours, start from the first two principal components (Kobak & Berens 2019), 250
    iterations of early exaggeration before `iterations`. One thread. The perplexity is at most a
    third of the other stars, as it needs three times as many neighbours.
    """
    import openTSNE
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    from chemtag.tag.density import nearest_neighbours

    perplexity = min(perplexity, (len(values) - 1) / 3)
    near = nearest_neighbours(values, min(len(values) - 1, int(np.ceil(3 * perplexity))))
    affinities = PerplexityBasedNN(
        knn_index=PrecomputedNeighbors(near.indices, near.distances),
        perplexity=perplexity,
        n_jobs=1,
    )
    start = openTSNE.initialization.pca(values, random_state=seed)
    model = openTSNE.TSNE(n_iter=iterations, n_jobs=1, random_state=seed)
    return np.asarray(model.fit(affinities=affinities, initialization=start), dtype=float)


def pca_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the first two principal components (n, 2); the largest loading of each is positive."""
    from chemtag.space.chemical import principal_axes

    centred = values - values.mean(axis=0)
    names = [f"dimension {k}" for k in range(1, values.shape[1] + 1)]
    return centred @ principal_axes(centred, names)[1][:, :2]


def neighbour_overlap(
    first: NDArray[np.float64], second: NDArray[np.float64], n_neighbors: int
) -> NDArray[np.float64]:
    """Return, for each star (n,), the share of its neighbours in `first` that it keeps in `second`.

    `first` (n, d) and `second` (n, e) are coordinates of the same stars.
    """
    from chemtag.tag.density import nearest_neighbours

    k = min(n_neighbors, len(first) - 1)
    near = [nearest_neighbours(points, k).indices for points in (first, second)]
    return (near[0][:, :, None] == near[1][:, None, :]).any(axis=2).mean(axis=1)


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


def placed_beside(
    values: NDArray[np.float64],
    mapped: NDArray[np.float64],
    places: NDArray[np.float64],
    number: int,
) -> NDArray[np.float64]:
    """Return places (n, 2) of stars outside a map: the mean of their nearest mapped neighbours.

    `values` (n, D) and `mapped` (m, D) are coordinates in the space, `places` (m, 2) the map;
    `number` neighbours count, all if there are fewer.
    """
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=min(number, len(mapped))).fit(mapped)
    near = search.kneighbors(values, return_distance=False)
    return np.asarray(places[near].mean(axis=1))
