"""What the true densities allow: no method knows more than they.

The density of cluster c at an observed star is the Gaussian of its centre with the covariance of
intrinsic scatter plus errors; that of the field is the recipe's mixture blurred by the errors.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logsumexp

from chemtag.base.types import Floats, Ints
from chemtag.forecast.realisations import Realisation
from chemtag.survey.simulation import Gaussian, Mixture, field_model, member_model, noise_model


@dataclass(frozen=True)
class Ceiling:
    """What the densities give for one view of a realisation.

    `assigned` (n,): most probable class of each star, -1 = field; `match` (K,): largest
    min(purity, completeness) of any set of stars ranked by the probability of the cluster.
    """

    assigned: Ints
    match: Floats


def of_elements(density: Gaussian, elements: Ints) -> Gaussian:
    """The Gaussian of some of its abundances."""
    return Gaussian(density.mean[elements], density.factors[:, elements], density.unique[elements])


def mixture_of_elements(density: Mixture, elements: Ints) -> Mixture:
    """The mixture of some of its abundances."""
    parts = tuple(of_elements(part, elements) for part in density.components)
    return Mixture(density.names, density.shares, parts)


def log_posterior(
    values: Floats, survey: Realisation, n_field: int, error_scale: float, elements: Ints
) -> Floats:
    """Log probability (n, K + 1) of each cluster and, last, the field at `values` (n, D).

    Priors are the true numbers of members and field stars: nobody knows more.
    """
    recipe: dict[str, Any] = survey.recipe
    noise = noise_model(recipe, error_scale)
    spread = of_elements(member_model(recipe).convolved(noise), elements)
    factor = np.linalg.cholesky(spread.covariance)
    white = np.linalg.solve(factor, values.T).T
    centres = np.linalg.solve(factor, survey.centres[:, elements].T).T
    constant = np.log(np.diag(factor)).sum() + 0.5 * len(elements) * np.log(2 * np.pi)
    sizes = np.bincount(survey.clusters, minlength=len(centres))
    result = np.full((len(values), len(centres) + 1), -np.inf)
    for code, centre in enumerate(centres):
        squares = ((white - centre) ** 2).sum(axis=1)
        result[:, code] = np.log(sizes[code]) - 0.5 * squares - constant
    if n_field:
        field = mixture_of_elements(field_model(recipe).convolved(noise), elements)
        result[:, -1] = np.log(n_field) + field.log_density(values)
    return result - logsumexp(result, axis=1, keepdims=True)


def ceiling(survey: Realisation, n_field: int, error_scale: float, elements: Ints) -> Ceiling:
    """Most probable classes, and the best match of each cluster over all thresholds.

    By the lemma of Neyman and Pearson the sets of stars with the most expected members for their
    size are those above a threshold of the cluster's probability. For each cluster the threshold
    with the best outcome is taken, and sets of different clusters may overlap: an upper bound.
    """
    values = survey.observed(n_field, error_scale, elements)
    posterior = log_posterior(values, survey, n_field, error_scale, elements)
    best = posterior.argmax(axis=1)
    n_clusters = posterior.shape[1] - 1
    return Ceiling(
        np.where(best == n_clusters, -1, best), best_matches(posterior, survey.codes(n_field))
    )


def best_matches(ranking: Floats, clusters: Ints) -> Floats:
    """Largest min(purity, completeness) of the first m stars over m, for each cluster (K,).

    `ranking` (n, K + 1): stars are taken from the largest down; `clusters` (n,) the truth.
    """
    n = len(clusters)
    taken = np.arange(1, n + 1)
    result = np.empty(ranking.shape[1] - 1)
    for code in range(len(result)):
        order = np.argsort(-ranking[:, code], kind="stable")
        hits = np.cumsum(clusters[order] == code)
        result[code] = (hits / np.maximum(taken, max(hits[-1], 1))).max()
    return result
