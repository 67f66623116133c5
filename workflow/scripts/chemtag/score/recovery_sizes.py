"""Recovery of clusters that have many members in the sample: does more of a cluster help?"""

import numpy as np
import pandas as pd

from chemtag.base.types import Floats, Ints
from chemtag.score import THRESHOLDS
from chemtag.score.intervals import jeffreys_interval
from chemtag.score.nulls import NO_NULL, summarise_null

LEAST_MEMBERS = tuple(range(2, 11))
"""Fewest members of the clusters that count; Casamiquela et al. (2021) quote all and at least 7."""


def size_rows(
    role: str, setting: str, sizes: Ints, match: Floats, match_draws: Floats
) -> pd.DataFrame:
    """Rows of the contract `recovery_sizes`: share of the clusters of n or more members recovered.

    sizes (n_clusters,) are members in the sample, match (n_clusters,) the largest threshold each
    cluster is recovered at (`scoring.cluster_matches`), match_draws (n_permutations, n_clusters)
    the same under the null of the role, which keeps the sizes. Intervals are 68 % Jeffreys. Every
    cluster of a size counts, also below the `min_members` of the sample. Where there is no
    cluster of a size, the share is NaN.
    """
    rows = []
    for threshold in THRESHOLDS:
        for least in LEAST_MEMBERS:
            counted = sizes >= least
            n, found = int(counted.sum()), int((match[counted] >= threshold).sum())
            share = found / n if n else np.nan
            chance = NO_NULL
            if n and len(match_draws):
                drawn = (match_draws[:, counted] >= threshold).mean(axis=1)
                chance = summarise_null(share, drawn, "higher")
            low, high = jeffreys_interval(found, n, 0.68)
            rows.append(
                {
                    "setting": setting,
                    "role": role,
                    "threshold": threshold,
                    "least_members": least,
                    "n_clusters": n,
                    "n_recovered": found,
                    "recovery_fraction": share,
                    "low": low,
                    "high": high,
                    "null_mean": chance.mean,
                    "null_p95": chance.p95,
                    "p_value": chance.p_value,
                    "n_null": chance.n,
                }
            )
    return pd.DataFrame(rows)
