"""The tagger of known width with the width of other clusters: leave-one-cluster-out.

For each cluster the width is measured on the known members of all others, the sample is scanned
with it, and only that cluster is scored. So no star tells its own cluster, yet the truth of other
clusters is told: what comes out is a limit, and never a headline.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from chemtag.base.types import Floats
from chemtag.score.contingency import contingency
from chemtag.score.matching import RECOVERED, cluster_matches, statistical_fraction
from chemtag.select.truth import Truth
from chemtag.space.signal import signal_space
from chemtag.space.width_clusters import star_widths, width_of_clusters


def told_width_rows(
    values: Floats, errors: Floats, names: Sequence[str], truth: Truth, seed: int
) -> Iterator[dict[str, Any]]:
    """Yield rows of the contract `told_width`: each eligible cluster at each level of evidence.

    `values`, `errors` (N, D) in dex, columns as `names` (D,). The width of the others is that of a
    typical star, scaled by the errors of each (`star_widths`). Raises `InputProblem` where the
    others have too few members for so many abundances.
    """
    from chemtag.tag.scan.scanning import scan

    for code in np.flatnonzero(truth.eligible):
        others = (truth.clusters != code) & truth.members
        measured = width_of_clusters(values[others], names, truth.clusters[others])
        width = star_widths(measured, errors)
        signal = signal_space(values, width.covariance, list(names))
        for level, found in scan(
            signal.coordinates, signal.variance, "held_out", seed
        ).found.items():
            counts = contingency(found.group, truth.clusters, None, truth.n_clusters)
            match = float(cluster_matches(counts)[code])
            yield {
                "cluster": truth.names[code],
                "level": level,
                "n_members": int(truth.sizes[code]),
                "n_others": int(others.sum()),
                "match": match,
                "recovered_40": match >= RECOVERED,
                "n_groups": len(found),
                "statistical_40": float(statistical_fraction(counts, RECOVERED)),
            }
