"""Algorithms that put every star in a group: scikit-learn, with scales taken from the stars.

Lengths and variances that scikit-learn sets in absolute numbers are given here in units of the
sample, since a space may be in dex or in errors.
"""

import warnings

import numpy as np

from chemtag.base.types import Ints
from chemtag.tag.algorithms.densities import neighbour_distances
from chemtag.tag.protocol import NoGroups, Settings, Space


def kmeans(stars: Space, settings: Settings, seed: int) -> Ints:
    """Lloyd's k-means from several k-means++ starts (Arthur & Vassilvitskii 2007)."""
    from sklearn.cluster import KMeans

    model = KMeans(settings["n_clusters"], n_init=settings["n_init"], random_state=seed)
    return model.fit_predict(stars.coordinates)


def affinity_propagation(stars: Space, settings: Settings, seed: int) -> Ints:
    """Affinity propagation (Frey & Dueck 2007), preferences at the median similarity.

    Raises NoGroups if the messages have not settled after `max_iter` rounds.
    """
    from sklearn.cluster import AffinityPropagation
    from sklearn.exceptions import ConvergenceWarning

    model = AffinityPropagation(
        damping=settings["damping"], max_iter=settings["max_iter"], random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            return model.fit_predict(stars.coordinates)
        except ConvergenceWarning:
            raise NoGroups(
                f"the messages did not settle in {settings['max_iter']} rounds; raise max_iter"
            ) from None


def mean_shift(stars: Space, settings: Settings, seed: int) -> Ints:
    """Mean shift with a flat kernel (Comaniciu & Meer 2002).

    The bandwidth is the mean distance to the `quantile` N-th neighbour.
    """
    from sklearn.cluster import MeanShift, estimate_bandwidth

    bandwidth = estimate_bandwidth(stars.coordinates, quantile=settings["quantile"])
    if not bandwidth > 0:
        raise NoGroups("the bandwidth is 0: raise quantile")
    return MeanShift(bandwidth=bandwidth).fit_predict(stars.coordinates)


def spectral(stars: Space, settings: Settings, seed: int) -> Ints:
    """Spectral clustering of the graph of `n_neighbors` nearest neighbours (Ng et al. 2001)."""
    from sklearn.cluster import SpectralClustering

    model = SpectralClustering(
        settings["n_clusters"],
        affinity="nearest_neighbors",
        n_neighbors=min(settings["n_neighbors"], len(stars)),
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Graph is not fully connected")
        return model.fit_predict(stars.coordinates).astype(np.int64)


def ward(stars: Space, settings: Settings, seed: int) -> Ints:
    """Agglomeration by the least growth of the variance in groups (Ward 1963)."""
    return _agglomerate(stars, settings, "ward")


def average(stars: Space, settings: Settings, seed: int) -> Ints:
    """Agglomeration by the mean distance of two groups (Sokal & Michener 1958)."""
    return _agglomerate(stars, settings, "average")


def _agglomerate(stars: Space, settings: Settings, linkage: str) -> Ints:
    from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(settings["n_clusters"], linkage=linkage)
    return model.fit_predict(stars.coordinates)


def birch(stars: Space, settings: Settings, seed: int) -> Ints:
    """BIRCH (Zhang, Ramakrishnan & Livny 1996); its subclusters are joined by Ward's method.

    The radius of a subcluster is at most `threshold` times the median distance of neighbours.
    """
    from sklearn.cluster import Birch

    length = float(np.median(neighbour_distances(stars.coordinates, 1)))
    model = Birch(n_clusters=settings["n_clusters"], threshold=settings["threshold"] * length)
    return model.fit_predict(stars.coordinates)


def gaussian_mixture(stars: Space, settings: Settings, seed: int) -> Ints:
    """Mixture of Gaussians with diagonal covariances by EM, each star in its likeliest one.

    `floor` times the mean variance of the sample is added to each variance, so that a component
    of one star does not collapse.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(
        settings["n_clusters"],
        covariance_type="diag",
        n_init=settings["n_init"],
        max_iter=settings["max_iter"],
        reg_covar=settings["floor"] * float(stars.coordinates.var(axis=0).mean()),
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit_predict(stars.coordinates)
