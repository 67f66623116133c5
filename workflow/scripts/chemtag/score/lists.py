"""The same groups against several lists of members: how much the truth decides."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.lists import REFERENCE
from chemtag.base.types import Bools, Ints
from chemtag.score import adjusted_rand_index, contingency
from chemtag.score.evaluation import chance_of_sample, evaluate, null_of
from chemtag.score.rows import scores_rows
from chemtag.select.lists import labels_of, members_at
from chemtag.select.truth import Truth, truth_of

METRICS = ("rf40", "rf_area", "statistical_40")


@dataclass(frozen=True)
class Listed:
    """A truth (of the sample, or a list at a cut), and the stars it names in the catalogue.

    `counts` (n_stars,) are the stars that count in its scores.
    """

    name: str
    label: str
    cut: float
    truth: Truth
    n_listed: int
    counts: Bools


@dataclass(frozen=True)
class Draws:
    """Numbers of permutations and resamples, the seed, and the sample that names their streams."""

    n_permutations: int
    n_bootstrap: int
    seed: int
    sample: str


def truths_of_lists(
    rows: pd.DataFrame,
    blocks: Mapping[str, Mapping[str, Any]],
    star_id: npt.NDArray[np.object_],
    min_members: int,
) -> Iterator[Listed]:
    """Yield each list of the config (`blocks`) at each of its cuts as a truth of the stars.

    `rows` follows the contract `lists`; clusters with `min_members` of the stars count. Stars that
    the list names, but not at the cut, do not count, unless its `not_members` is field: a group
    that holds them may well be right.
    """
    for name, block in blocks.items():
        own = rows[(rows["list"] == name).to_numpy()]
        named = pd.Index(star_id).isin(own["star_id"])
        for cut in block["cuts"]:
            truth = truth_of(labels_of(own, star_id, cut), min_members)
            n_listed = int(members_at(own, cut).sum())
            counts = truth.members | ~named | (block["not_members"] == "field")
            yield Listed(name, block["label"], cut, truth, n_listed, counts)


def list_scores_rows(
    groups: Ints, own: Listed, others: Iterable[Listed], draws: Draws
) -> list[pd.DataFrame]:
    """Return rows of the contract `list_scores`: the groups (n_stars,) by each truth.

    `own` is the truth of the sample, which `others` are compared with. Permutations and resamples
    of all come from the same streams, so that lists of the same stars are paired.
    """
    parts = []
    for place, listed in enumerate((own, *others)):
        counted = replace(listed.truth, clusters=listed.truth.clusters[listed.counts])
        rows = _scored(groups[listed.counts], counted, draws)
        rows["place"] = place
        rows["list"], rows["label"], rows["cut"] = listed.name, listed.label, listed.cut
        rows["n_listed"] = listed.n_listed
        rows["n_stars"] = int(listed.truth.members.sum())
        rows["n_left_out"] = int((~listed.counts).sum())
        rows["n_clusters"] = int(listed.truth.eligible.sum())
        for name, value in overlap(listed.truth, own.truth).items():
            rows[name] = value
        parts.append(rows)
    return parts


def _scored(groups: Ints, truth: Truth, draws: Draws) -> pd.DataFrame:
    """Scores of the groups by one truth, each with its interval and its null."""
    if not truth.eligible.any():
        why = "no cluster of this list has enough members in the sample"
        return pd.DataFrame({"metric": METRICS, "interval": "none", "n_null": 0, "note": why})
    chance = chance_of_sample(
        truth, draws.n_permutations, draws.n_bootstrap, draws.seed, draws.sample
    )
    one = evaluate(groups, truth, chance)
    rows = scores_rows("", one, partial(null_of, one))
    rows = rows[rows["metric"].isin(METRICS)]
    return rows.drop(columns=["setting", "noise", "field"]).reset_index(drop=True)


def overlap(one: Truth, other: Truth) -> dict[str, float]:
    """Return how alike two lists of the same stars are: shared stars, Jaccard index, ARI.

    `jaccard`: stars that both name over stars that either names, whatever the cluster; `ari`: the
    adjusted Rand index of the clusters of the shared stars; NaN where there is none.
    """
    both = one.members & other.members
    either = int((one.members | other.members).sum())
    counts = contingency(one.clusters[both], other.clusters[both], n_clusters=other.n_clusters)
    ari = float(adjusted_rand_index(counts.under(noise="group", field="class")))
    shared = int(both.sum())
    jaccard = shared / either if either else np.nan
    return {"n_shared": shared, "jaccard": jaccard, "ari": ari if shared else np.nan}


def reference(truth: Truth) -> Listed:
    """Return the truth of a sample as the first of its lists."""
    counts = np.ones(len(truth.clusters), dtype=bool)
    n_listed = int(truth.members.sum())
    return Listed(REFERENCE, "Truth of the sample", 0.0, truth, n_listed, counts)
