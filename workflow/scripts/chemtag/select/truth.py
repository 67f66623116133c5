"""The truth of a sample: which of its stars belong to which cluster, joined once.

The stage `select` writes it in the order of the sample's stars (contract `truth`); whoever scores
reads it and joins nothing. Stages that make groups never see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.types import Ints

FIELD = -1
"""Code of a star of no cluster."""


@dataclass(frozen=True)
class Truth:
    """True clusters of a sample: codes (n_stars,) with -1 = field, names and eligible clusters.

    Clusters are numbered by name; `eligible` (n_clusters,) are those with enough members to count
    in a score.
    """

    clusters: Ints
    names: tuple[str, ...]
    eligible: npt.NDArray[np.bool_]

    @property
    def n_clusters(self) -> int:
        """Clusters with a star in the sample."""
        return len(self.names)

    @property
    def members(self) -> npt.NDArray[np.bool_]:
        """Whether each star belongs to a cluster (n_stars,)."""
        return self.clusters != FIELD

    @property
    def sizes(self) -> Ints:
        """Members of each cluster in the sample (n_clusters,)."""
        return np.bincount(self.clusters[self.members], minlength=self.n_clusters)


def truth_of(labels: Sequence[str] | npt.NDArray[Any], min_members: int) -> Truth:
    """Truth from cluster names (n_stars,), empty = field; eligible are those of `min_members`."""
    stars = np.asarray(labels, dtype=object)
    names = tuple(sorted({str(name) for name in stars if name != ""}))
    code = {name: index for index, name in enumerate(names)} | {"": FIELD}
    clusters = np.array([code[str(name)] for name in stars], dtype=np.int64)
    sizes = np.bincount(clusters[clusters >= 0], minlength=len(names))
    return Truth(clusters, names, sizes >= max(min_members, 1))


def truth_table(
    star_id: npt.NDArray[Any], listed: pd.DataFrame, min_members: int, place: str
) -> pd.DataFrame:
    """Return the truth (contract `truth`) of the stars of a sample, in their order.

    `listed` (star_id, cluster; at most one row a star) is who belongs where, `place` its file.
    Raises `InputProblem` where it has no star of the sample, and where no cluster keeps
    `min_members`: then nothing could be scored.
    """
    known = listed[listed["cluster"] != ""]
    at = pd.Index(star_id).get_indexer(pd.Index(known["star_id"]))
    inside = at >= 0
    if not inside.any():
        found = ", ".join(map(str, known["star_id"].head(3))) or "no member at all"
        raise InputProblem(
            f"{place}: none of its {len(known)} members is among the {len(star_id)} stars of the "
            f"sample (column 'star_id': found {found}; the sample has "
            f"{', '.join(map(str, star_id[:3]))}); check that both use the same identifiers and "
            "that the cuts leave members, or run the sample without scores (`truth: none`)."
        )
    labels = np.full(len(star_id), "", dtype=object)
    labels[at[inside]] = known["cluster"].to_numpy(dtype=object)[inside]
    truth = truth_of(labels, min_members)
    if not truth.eligible.any():
        raise InputProblem(
            f"{place}: no cluster has min_members = {min_members} or more members among the "
            f"{len(star_id)} stars of the sample (the largest has {truth.sizes.max()}), so the "
            "recovery fraction is undefined; lower min_members, loosen the cuts of the sample, or "
            "run it without scores (`truth: none`)."
        )
    counts = np.append(truth.eligible, False)[truth.clusters]
    return pd.DataFrame({"star_id": star_id, "cluster": labels, "eligible": counts})


def truth_in(table: pd.DataFrame, star_id: npt.NDArray[Any], place: str) -> Truth:
    """Return the truth of the stars `star_id` (n_stars,) from a table of the contract `truth`.

    Raises `InputProblem` unless it lists these stars in this order; `place` names its file.
    """
    if not np.array_equal(table["star_id"].to_numpy(dtype=str), np.asarray(star_id, dtype=str)):
        raise InputProblem(
            f"{place}: its {len(table)} stars are not the {len(star_id)} stars of the sample; "
            "delete the files of both and let their stages write them again."
        )
    truth = truth_of(table["cluster"].to_numpy(dtype=object), 1)
    eligible = np.zeros(truth.n_clusters, dtype=bool)
    eligible[truth.clusters[table["eligible"].to_numpy(dtype=bool)]] = True
    return Truth(truth.clusters, truth.names, eligible)
