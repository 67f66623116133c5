"""Surrogate samples: what a sample would look like if one of its properties were chance.

Each keeps some of a sample and destroys the rest, and is tagged and scored as the sample was:

*smooth*: every star drawn from a Gaussian mixture fitted to the field (to all stars where field
stars are few): the shape of the chemical space without clumps.

*shuffled*: abundances permuted between stars of like [Fe/H], each element by itself: [Fe/H] and its
trends stay, what binds the other elements of a star goes.

*strangers*: true labels moved to stars of other birth but like [Fe/H] and [Mg/Fe]: clusters of the
same sizes and the same scatter in the two, of stars that share no birth. What is found beyond it
is not in [Fe/H] and [Mg/Fe] alone.

*blurred*: members at the centre of their cluster, moved by a draw of their own errors: clusters
without intrinsic scatter, contaminants and systematics. No chance level but an upper limit.
"""

import warnings

import numpy as np
from scipy.spatial import KDTree
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from chemtag.base.types import Floats, Ints
from chemtag.score.resampled_clusters import MIN_CLUSTERS, freeing_map

MOST_COMPONENTS = 8
STARS_FITTED = 4000
"""Stars the mixture is fitted to at most, a random sample of them."""
IRON_BINS = 10
STARS_IN_BIN = 30
STRANGERS = 10
"""Nearest strangers among which the one that takes a label is drawn."""


class SmoothDensity:
    """A Gaussian mixture: weights (k,), means (k, D) and factors (k, D, D) of the covariances."""

    def __init__(self, weights: Floats, means: Floats, factors: Floats) -> None:
        self.weights, self.means, self.factors = weights, means, factors

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Return n stars (n, D)."""
        component = rng.choice(len(self.weights), size=n, p=self.weights)
        z = rng.standard_normal((n, self.means.shape[1]))
        return self.means[component] + np.einsum("nij,nj->ni", self.factors[component], z)


def smooth_density(values: Floats, rng: np.random.Generator) -> SmoothDensity:
    """Fit a Gaussian mixture to values (N, D); the number of components has the lowest BIC.

    Components are added until the criterion (Schwarz 1978) rises, `MOST_COMPONENTS` at most, each
    with a covariance of its own. The errors are in the values, so draws need none. Few stars
    give one component.
    """
    chosen = values
    if len(values) > STARS_FITTED:
        chosen = values[np.sort(rng.choice(len(values), STARS_FITTED, replace=False))]
    centre, scale = chosen.mean(axis=0), chosen.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    unit = (chosen - centre) / scale
    seed = int(rng.integers(2**31))
    best, least = None, np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for number in range(1, min(MOST_COMPONENTS, len(unit) // 2) + 1):
            mixture = GaussianMixture(number, reg_covar=1e-4, random_state=seed).fit(unit)
            criterion = mixture.bic(unit)
            if criterion >= least:
                break
            best, least = mixture, criterion
    if best is None:
        raise ValueError("a mixture needs two stars at least")
    factors = np.linalg.cholesky(best.covariances_) * scale[None, :, None]
    return SmoothDensity(best.weights_, centre + best.means_ * scale, factors)


def iron_bins(iron: Floats | None, n_stars: int) -> Ints:
    """Bin of each star (n_stars,): equal numbers of stars by [Fe/H], one bin if it is not given.

    At most `IRON_BINS`, of `STARS_IN_BIN` stars at least.
    """
    bins = max(1, min(IRON_BINS, n_stars // STARS_IN_BIN))
    if iron is None:
        return np.zeros(n_stars, dtype=np.int64)
    rank = np.empty(n_stars, dtype=np.int64)
    rank[np.argsort(iron, kind="stable")] = np.arange(n_stars)
    return rank * bins // n_stars


def shuffled_within(
    values: Floats, bins: Ints, fixed: int | None, rng: np.random.Generator
) -> Floats:
    """Permute each column of values (N, D) by itself within bins (N,); column `fixed` stays."""
    result = values.copy()
    places = [np.flatnonzero(bins == code) for code in np.unique(bins)]
    for column in range(values.shape[1]):
        if column == fixed:
            continue
        for place in places:
            result[place, column] = values[rng.permutation(place), column]
    return result


def blurred_clusters(values: Floats, displacement: Floats, clusters: Ints) -> Floats:
    """Put members at the centre of their cluster plus a displacement (N, D); field stars stay.

    Centres are `shrunken_means`: the observed means of few stars lie further apart than the
    clusters do, and surrogates about them would be too easy to tag.
    """
    result = values.copy()
    members = clusters >= 0
    result[members] = shrunken_means(values, clusters)[clusters[members]] + displacement[members]
    return result


def shrunken_means(values: Floats, clusters: Ints) -> Floats:
    """Means (K, D) of clusters 0 ... K-1, drawn together until they scatter as the true centres do.

    The mean of n stars is off its cluster by the scatter within / sqrt(n), which adds to the
    scatter between clusters and is taken out of it (`freeing_map`). Fewer than `MIN_CLUSTERS`
    clusters, or none with two members, keep their means.
    """
    sizes = np.bincount(clusters[clusters >= 0])
    means = np.stack([values[clusters == code].mean(axis=0) for code in range(len(sizes))])
    if len(sizes) < MIN_CLUSTERS or sizes.max() < 2:
        return means
    left = values[clusters >= 0] - means[clusters[clusters >= 0]]
    within = left.T @ left / (sizes - 1).sum()
    observed = np.cov(means, rowvar=False).reshape(within.shape)
    middle = means.mean(axis=0)
    return np.asarray(middle + (means - middle) @ freeing_map(observed, within, sizes)[1])


def scatter_within(values: Floats, clusters: Ints) -> Floats:
    """Pooled standard deviation (D,) of members about the mean of their cluster."""
    total, freedom = np.zeros(values.shape[1]), 0
    for code in range(int(clusters.max(initial=-1)) + 1):
        part = values[clusters == code]
        if len(part) > 1:
            total += ((part - part.mean(axis=0)) ** 2).sum(axis=0)
            freedom += len(part) - 1
    return np.sqrt(total / max(freedom, 1))


def labels_of_strangers(plane: Floats, clusters: Ints, rng: np.random.Generator) -> Ints:
    """Move labels to field stars alike in `plane` (N, 2) and return them (N,), -1 elsewhere.

    Each member, in random order, hands its label to one of the `STRANGERS` nearest field stars
    that have none yet; the member itself is -2, not part of the surrogate. `plane` in units of the
    scatter within clusters. Raises ValueError with fewer field stars than members.
    """
    members, field = np.flatnonzero(clusters >= 0), np.flatnonzero(clusters < 0)
    if len(field) < len(members):
        raise ValueError("labels need at least as many field stars as members")
    reach = min(len(field), len(members) + STRANGERS)
    near = KDTree(plane[field]).query(plane[members], k=reach)[1].reshape(len(members), reach)
    labels = np.where(clusters < 0, -1, -2)
    free = np.ones(len(field), dtype=bool)
    for one in rng.permutation(len(members)):
        candidates = near[one][free[near[one]]][:STRANGERS]
        taken = rng.choice(candidates)
        free[taken] = False
        labels[field[taken]] = clusters[members[one]]
    return labels


def labels_among_neighbours(plane: Floats, clusters: Ints, rng: np.random.Generator) -> Ints:
    """Permute labels (N,) between stars alike in `plane` (N, 2), where there is no field.

    Stars are split in halves along axes turned at random, until a cell has at most twice
    `STRANGERS`; labels are permuted within cells.
    """
    angle = rng.uniform(0, np.pi)
    turned = plane @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    labels = clusters.copy()
    pending = [(np.arange(len(clusters)), 0)]
    while pending:
        cell, axis = pending.pop()
        if len(cell) > 2 * STRANGERS:
            order = cell[np.argsort(turned[cell, axis], kind="stable")]
            half = len(order) // 2
            pending += [(order[:half], 1 - axis), (order[half:], 1 - axis)]
        else:
            labels[cell] = clusters[rng.permutation(cell)]
    return labels
