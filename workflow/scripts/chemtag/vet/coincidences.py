"""Stars that candidates share with known clusters, beside what chance gives."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import hypergeom


def coincidences(
    members: pd.DataFrame, listed: pd.DataFrame, star_id: Sequence[str], name: str
) -> pd.DataFrame:
    """Return the rows of the contract `coincidences` for one list of known clusters.

    `members` has candidate, group and star_id; `listed` star_id and cluster, a star once a cluster;
    `star_id` are all stars of the sample. Stars of the list outside the sample do not count. The
    chance of k shared stars is hypergeometric: n_stars drawn from the sample, n_listed are listed.
    """
    inside = listed[listed["star_id"].isin(set(star_id))]
    sizes = members.groupby("group").size()
    n_listed = inside.groupby("cluster").size()
    both = members[["candidate", "group", "star_id"]].merge(inside, on="star_id")
    shared = both.groupby(["candidate", "group", "cluster"]).size().reset_index(name="n_shared")
    n_pairs = len(sizes) * len(n_listed)
    group_size = shared["group"].map(sizes).to_numpy(dtype=np.int64)
    cluster_size = shared["cluster"].map(n_listed).to_numpy(dtype=np.int64)
    total = len(star_id)
    p = hypergeom.sf(shared["n_shared"].to_numpy() - 1, total, cluster_size, group_size)
    return shared.assign(
        list=name,
        n_stars=group_size,
        n_listed=cluster_size,
        expected=group_size * cluster_size / max(total, 1),
        p=np.clip(p, 0.0, 1.0),
        p_family=np.minimum(1.0, p * n_pairs),
    )
