"""How far two algorithms find the same groups."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from chemtag.base.types import Ints
from chemtag.limits.tuning import agreement
from chemtag.score.intervals import jackknife_interval

BLOCKS = 20


def agreement_rows(labels: Mapping[str, Ints]) -> pd.DataFrame:
    """Rows of the contract `algorithm_agreement`: ARI of each pair of algorithms, noise alone.

    Noise stars (-1) are singletons: noise as one group would call two partitions that leave most
    stars out alike. The ARI of unrelated partitions is 0 on average. The 68 % interval is a
    jackknife over `BLOCKS` blocks of stars (every 20th star by star_id leaves at a time).
    """
    rows = []
    names = list(labels)
    for i, first in enumerate(names):
        for second in names[i:]:
            a, b = labels[first], labels[second]
            value = agreement(a, b)
            block = np.arange(len(a)) % BLOCKS
            left = [agreement(a[block != k], b[block != k]) for k in range(BLOCKS)]
            ends = jackknife_interval(value, left, 0.68, (-1.0, 1.0))
            rows.append(
                {
                    "first": first,
                    "second": second,
                    "ari": value,
                    "low": ends.low,
                    "high": ends.high,
                    "n_both": int(((a >= 0) & (b >= 0)).sum()),
                    "note": _note(value, ends.low, first == second),
                }
            )
    return pd.DataFrame(rows)


def _note(value: float, low: float, same: bool) -> str:
    if same:
        return "an algorithm with itself"
    if not np.isfinite(value):
        return "neither joins two stars"
    return "" if np.isfinite(low) else "the same without any block of stars: no interval"
