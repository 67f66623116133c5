"""Which convention of "recovered" and which precision does the published Table 2 speak for?

Table 2 of Casamiquela et al. (2021) lists the groups that recover a cluster and what they hold, so
for each of the 31 clusters we know its number of stars and either its match or that it was not
recovered. With many simulated samples the probability of each outcome for a cluster of n stars
follows, once with purity and completeness of at least 0.4 and once above 0.4; the product
over clusters is the likelihood of the convention, the setting and the precision. Clusters of one
sample share a partition and are not independent, so a likelihood ratio is a guide, no p-value.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from chemtag.base.types import Floats, Ints
from chemtag.score import RECOVERED

Convention = Literal["at_least", "above"]

NOT_RECOVERED = -1.0
"""Outcome of a cluster that no group recovers."""
PRIOR = 0.5
"""Pseudo-count of each outcome (Jeffreys), since an outcome may be absent from finite samples."""


def outcomes(match: npt.ArrayLike, convention: Convention) -> Floats:
    """Outcome of each cluster: its match in whole per cent, or `NOT_RECOVERED`."""
    values = np.asarray(match, dtype=float)
    low = RECOVERED
    found = values >= low if convention == "at_least" else values > low
    return np.where(found, np.round(100 * values), NOT_RECOVERED)


def log_likelihood(
    published: Mapping[int, Sequence[float]],
    sizes: Ints,
    matches: Floats,
    convention: Convention,
) -> float:
    """Log probability of the published outcomes among simulated ones.

    `published`: for each number of stars the outcomes of the clusters of that size (as of
    `outcomes`); `sizes` (K,) and `matches` (n_samples, K) of the simulated clusters. Each size has
    as many outcomes as there are ways to share k of n stars with a group, taken as n + 1. Raises
    ValueError for a size without a simulated cluster.
    """
    total = 0.0
    for size, seen in published.items():
        drawn = outcomes(matches[:, sizes == size], convention).ravel()
        if not len(drawn):
            raise ValueError(f"no simulated cluster has {size} stars")
        for outcome in seen:
            count = int((drawn == outcome).sum())
            total += np.log((count + PRIOR) / (len(drawn) + PRIOR * (size + 1)))
    return float(total)
