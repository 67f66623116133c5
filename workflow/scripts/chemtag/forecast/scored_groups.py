"""Scores of one set of groups beside the true clusters, the same for every tagger."""

import numpy as np

from chemtag.base.types import Floats, Ints
from chemtag.score import (
    RECOVERED,
    THRESHOLDS,
    cluster_matches,
    contingency,
    recovery_area,
    recovery_fraction,
    statistical_fraction,
)


def recovery(match: Floats) -> dict[str, float]:
    """RF40, RF70 and the mean match of all clusters."""
    everyone = np.ones(len(match), dtype=bool)
    low, high = recovery_fraction(match, everyone, THRESHOLDS)
    return {"rf40": low, "rf70": high, "rf_area": float(recovery_area(match, everyone))}


def group_scores(group: Ints, clusters: Ints, n_clusters: int) -> dict[str, float]:
    """`recovery`, groups, share of statistical groups, members in any group.

    `group` (n,) and the true `clusters` (n,) are codes, -1 = none.
    """
    counts = contingency(group, clusters, None, n_clusters)
    return {
        **recovery(cluster_matches(counts)),
        "n_groups": float((counts.group_sizes > 0).sum()),
        "statistical_40": float(statistical_fraction(counts, RECOVERED)),
        "member_share": float((group[clusters >= 0] >= 0).mean()),
    }
