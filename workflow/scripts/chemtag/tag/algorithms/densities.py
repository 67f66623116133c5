"""Algorithms that look for dense places and may leave stars in no group."""

import numpy as np
from scipy.sparse.csgraph import connected_components

from chemtag.base.types import Floats, Ints
from chemtag.tag.protocol import NOISE, NoGroups, Settings, Space


def neighbour_distances(coordinates: Floats, k: int) -> Floats:
    """Return the distance of each star (N,) to its k-th neighbour, itself not counted."""
    from sklearn.neighbors import NearestNeighbors

    k = min(k, len(coordinates) - 1)
    return NearestNeighbors(n_neighbors=k).fit(coordinates).kneighbors()[0][:, -1]


def knee_epsilon(stars: Space, settings: Settings) -> float:
    """Return the `quantile` of the distances to the `neighbour`-th neighbour (k-distance rule)."""
    distances = neighbour_distances(stars.coordinates, settings["neighbour"])
    return float(np.quantile(distances, settings["quantile"]))


def castro_ginard_epsilon(stars: Space, settings: Settings, seed: int) -> float:
    """Return epsilon after Castro-Ginard et al. (2018, A&A 618, A59, Sect. 3.1).

    The mean of two numbers: the smallest distance to the (min_samples - 1)-th neighbour among the
    stars, and the same in random samples of as many stars, each coordinate drawn on its own from a
    Gaussian kernel density estimate, averaged over `repeats` samples (30 in the paper).
    """
    from scipy.stats import gaussian_kde  # takes a second to load

    k = max(settings["min_samples"] - 1, 1)
    rng = np.random.default_rng(seed)
    columns = [gaussian_kde(column) for column in stars.coordinates.T]
    smallest = []
    for _ in range(settings["repeats"]):
        drawn = [column.resample(len(stars), seed=rng)[0] for column in columns]
        smallest.append(neighbour_distances(np.column_stack(drawn), k).min())
    found = neighbour_distances(stars.coordinates, k).min()
    return float((found + np.mean(smallest)) / 2)


def dbscan(stars: Space, settings: Settings, seed: int) -> Ints:
    """DBSCAN (Ester et al. 1996) with the epsilon of the k-distance rule."""
    return _dbscan(stars, knee_epsilon(stars, settings), settings["min_samples"])


def dbscan_castro_ginard(stars: Space, settings: Settings, seed: int) -> Ints:
    """DBSCAN with the epsilon of Castro-Ginard et al. (2018)."""
    return _dbscan(stars, castro_ginard_epsilon(stars, settings, seed), settings["min_samples"])


def _dbscan(stars: Space, epsilon: float, min_samples: int) -> Ints:
    from sklearn.cluster import DBSCAN

    if not epsilon > 0:
        raise NoGroups("epsilon is 0: many stars share their coordinates")
    return DBSCAN(eps=epsilon, min_samples=min_samples).fit_predict(stars.coordinates)


def optics(stars: Space, settings: Settings, seed: int) -> Ints:
    """OPTICS with groups at steep changes of the reachability (Ankerst et al. 1999)."""
    from sklearn.cluster import OPTICS

    model = OPTICS(
        min_samples=settings["min_samples"],
        xi=settings["xi"],
        min_cluster_size=settings["min_cluster_size"],
    )
    # A star that shares its place with others has infinite density.
    with np.errstate(divide="ignore", invalid="ignore"):
        return model.fit_predict(stars.coordinates)


def friends_of_friends(stars: Space, settings: Settings, seed: int) -> Ints:
    """Friends of friends (Huchra & Geller 1982): stars chained by links up to the k-distance.

    The linking length is that of `dbscan`; chains of fewer than `min_cluster_size` are noise.
    """
    return linked(stars.coordinates, knee_epsilon(stars, settings), settings["min_cluster_size"])


def linked(coordinates: Floats, length: float, min_cluster_size: int) -> Ints:
    """Return the connected components (N,) of the graph of pairs not farther than `length`."""
    from sklearn.neighbors import radius_neighbors_graph

    graph = radius_neighbors_graph(coordinates, length, mode="connectivity")
    chains = connected_components(graph, directed=False)[1].astype(np.int64)
    return np.where(np.bincount(chains)[chains] >= min_cluster_size, chains, NOISE)
