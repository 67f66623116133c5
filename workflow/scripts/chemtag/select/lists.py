"""Several lists of members of the same stars: one table, and the labels of a list at a cut."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.types import Bools


def listed_members(table: pd.DataFrame) -> pd.DataFrame:
    """Return who is in a cluster (star_id, cluster), from a members or a birth table."""
    named = table.rename(columns={"birth_cluster": "cluster"})[["star_id", "cluster"]]
    return named[named["cluster"] != ""]


def rows_of_lists(lists: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the contract `lists`: who is in which cluster by each list, with its strength there.

    `lists` are tables of members by name (`star_id`, `cluster`, and `probability` if there is one);
    an empty cluster is a star that a list names without its being a member.
    """
    parts = []
    for name, table in lists.items():
        strength = table.get("probability", np.nan)
        rows = pd.DataFrame({"star_id": table["star_id"], "cluster": table["cluster"]})
        parts.append(rows.assign(list=name, strength=strength).astype({"strength": float}))
    return pd.concat(parts, ignore_index=True)[["list", "star_id", "cluster", "strength"]]


def above(strength: npt.ArrayLike, cut: float) -> Bools:
    """Return (n,) True where a member passes a cut; one without strength passes 0 alone."""
    if cut == 0:
        return np.ones(np.shape(strength), dtype=bool)
    return np.asarray(strength, dtype=float) >= cut


def members_at(rows: pd.DataFrame, cut: float) -> Bools:
    """Return which rows (contract `lists`) are members of a cluster at a cut."""
    return above(rows["strength"], cut) & (rows["cluster"] != "").to_numpy()


def check_cuts(rows: pd.DataFrame, cuts: Mapping[str, Sequence[float]], key: str) -> None:
    """Raise `InputProblem` for a list that has nobody at its lowest cut; `key` holds the lists."""
    for name, values in cuts.items():
        own = rows[(rows["list"] == name).to_numpy()]
        if not members_at(own, min(values)).any():
            most = own["strength"].max()
            found = "no probability at all" if np.isnan(most) else f"at most {most:.2f}"
            raise InputProblem(
                f"config: {key}/{name}/cuts: no member of this list reaches {min(values):g} (found "
                f"{found}); lower the cuts or take the list out."
            )


def everyone(
    members: pd.DataFrame, lists: pd.DataFrame, cuts: Mapping[str, Sequence[float]]
) -> pd.DataFrame:
    """Return the stars (contract `members`) of `members` or of any list at its lowest cut.

    A star has the cluster of the first that names it: `members`, then the lists in the order of
    `cuts`. `lists` follows the contract `lists`.
    """
    order = {name: at for at, name in enumerate(cuts)}
    lowest = {name: min(values) for name, values in cuts.items()}
    kept = np.zeros(len(lists), dtype=bool)
    for name, cut in lowest.items():
        kept |= (lists["list"] == name).to_numpy() & members_at(lists, cut)
    rows = lists[kept]
    rows = rows.assign(at=rows["list"].map(order)).sort_values(["at", "star_id"], kind="stable")
    others = pd.DataFrame(
        {
            "star_id": rows["star_id"],
            "cluster": rows["cluster"],
            "probability": rows["strength"],
            "source": rows["list"],
        }
    )
    return pd.concat([members, others]).drop_duplicates("star_id").reset_index(drop=True)


def labels_of(
    rows: pd.DataFrame, star_id: npt.NDArray[np.object_], cut: float
) -> npt.NDArray[np.object_]:
    """Return the cluster (n_stars,) of each star by one list at a cut, empty for the field.

    `rows` are those of the list in the contract `lists`; members that are no star of the sample are
    left out.
    """
    kept = rows[members_at(rows, cut)]
    at = pd.Index(star_id).get_indexer(pd.Index(kept["star_id"]))
    labels = np.full(len(star_id), "", dtype=object)
    labels[at[at >= 0]] = kept["cluster"].to_numpy(dtype=object)[at >= 0]
    return labels
