"""From a catalogue to the clean abundances of a sample: the cuts in their order.

Possible members; flags; duplicates; windows on stellar columns; flags and error ceilings of
abundances; windows on abundances; outliers; trends; members; errors; missing abundances; a draw of
the field. What is measured from the stars
themselves (outliers, trends) is so before members are chosen, blind to the truth.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.select.cuts import (
    cut_duplicates,
    cut_flags,
    cut_possible_members,
    cut_windows,
    draw_field,
)
from chemtag.select.informative import refuse_uninformative
from chemtag.select.measurements import (
    adjust_errors,
    cut_element_flags,
    cut_errors,
    cut_outliers,
    measure,
    subtract_trends,
)
from chemtag.select.missing import resolve_missing
from chemtag.select.quality import BitMask, Funnel
from chemtag.select.sample import Selection


def select(
    stars: pd.DataFrame,
    members: pd.DataFrame,
    ratio: str,
    sample: str,
    keep: str,
    features: Sequence[str],
    cuts: Mapping[str, Any],
    masks: Mapping[str, BitMask],
    seed: int = 0,
    listed: pd.DataFrame | None = None,
) -> Selection:
    """Apply the cuts of a sample (config: samples/<sample>/cuts, defaults filled in).

    `stars` and `members` follow their table contracts; `ratio` is that of `stars`; `keep` is
    "members" or "all". Raises `InputProblem` for columns, flags or features that are not there,
    for bad values, for features that carry no information, and when a cut takes the last star.
    `seed` is that of the draw `n_field`. `listed` (contract `members`) are whom a sample of members
    keeps where other lists stand beside its truth; counts are those of `members` all the same.
    """
    cluster_of = members.set_index("star_id")["cluster"]
    cluster = stars["star_id"].map(cluster_of).fillna("").to_numpy(dtype=object)
    others = None if listed is None else stars["star_id"].isin(listed["star_id"]).to_numpy()
    funnel = Funnel(sample, stars["star_id"].to_numpy(), cluster, others)
    selection = Selection(stars, ratio, list(features), cuts, masks, funnel)
    if not len(stars):
        raise InputProblem(f"{selection.place}: the catalogue has no stars.")
    cut_possible_members(selection)
    cut_flags(selection)
    cut_duplicates(selection)
    cut_windows(selection, abundances=False)
    selection.drop_lost()
    measure(selection)
    cut_element_flags(selection)
    cut_errors(selection)
    cut_windows(selection, abundances=True)
    cut_outliers(selection)
    subtract_trends(selection)
    if keep == "members":
        remedy = "check that the members table names stars of this catalogue, or set stars: all"
        words = "cluster members only" if listed is None else "members by the truth or another list"
        funnel.cut("members", words, funnel.is_listed, remedy)
    adjust_errors(selection)
    resolve_missing(selection)
    draw_field(selection, seed)
    values = selection.values[selection.funnel.left][:, selection.indices(selection.features)]
    refuse_uninformative(values, selection.features, selection.place)
    return selection
