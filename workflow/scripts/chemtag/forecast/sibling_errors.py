"""The errors that a sample has, by how far apart stars of one cluster lie, beside those it quotes.

Quoted errors leave out what else drives siblings apart: tails, trends with temperature and gravity,
the spread of errors from star to star, members wrongly listed. In a tagger's eyes all of it is
error. So a sample is worth the factor on the errors of a recipe at which siblings would be as far
apart as its own are.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chemtag.base.types import Floats, Ints
from chemtag.forecast.bayes import of_elements
from chemtag.limits.doppelgangers import reduced_chi2, sibling_pairs
from chemtag.survey.simulation import member_model, noise_model

DRAWS = 20_000
"""Pairs drawn for the median expected; its error is half a percent of the factor."""
ENDS = (0.01, 100.0)
"""Factors between which the answer is sought."""


def sibling_errors(
    values: Floats, clusters: Ints, recipe: Mapping[str, Any], elements: Ints
) -> float:
    """Factor on the errors of the recipe at S/N = 100; NaN without two members of one cluster.

    `values` (N, D) in dex are abundances of `elements` (D,) by number, `clusters` (N,) codes, -1 =
    field. The median over all pairs of siblings of the mean over elements of (x_i - x_j)^2 / 2 s^2,
    s being the recipe's errors, is that of Gaussian siblings: intrinsic scatter plus the errors
    times the factor. Contaminants are in few of the pairs, so the median hardly sees them. Where
    the scatter is larger than the errors the factor is poorly known: of 28 clusters of the recipe
    `survey` to 2 % at 0.5, to 30 % at 0.1.
    """
    noise = of_elements(noise_model(dict(recipe)), elements)
    sigma = np.sqrt(np.diag(noise.covariance))
    pairs = sibling_pairs(clusters)
    if not len(pairs.first):
        return float("nan")
    found = np.median(
        reduced_chi2(values, np.broadcast_to(sigma, values.shape))(pairs.first, pairs.second)
    )
    squares = np.random.default_rng(0).standard_normal((DRAWS, len(sigma))) ** 2
    scatter = of_elements(member_model(dict(recipe)), elements).covariance
    unit = np.outer(sigma, sigma)

    def excess(log_factor: float) -> float:
        width = (np.exp(2 * log_factor) * noise.covariance + scatter) / unit
        return float(np.median((squares * np.linalg.eigvalsh(width)).mean(axis=1)) - found)

    low, high = np.log(ENDS)
    if excess(low) >= 0 or excess(high) <= 0:
        return ENDS[0] if excess(low) >= 0 else ENDS[1]
    from scipy.optimize import brentq

    return float(np.exp(brentq(excess, low, high)))
