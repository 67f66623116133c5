"""The scores every setting gets, their names, policies and directions.

Two scores are never headlines. V-measure of members only stays at 0.68-0.79 among 16,000 field
stars while no cluster is recovered: members are first told apart from the field by the truth, and
V rewards any fine partition. Overall accuracy rises with the field, since "field" is the easy
answer. Hence no entropy score is written with field `drop`, and accuracy is not written at all.
"""

from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from chemtag.base.types import Floats
from chemtag.score.contingency import Counts, LeftOut, contingency
from chemtag.score.entropy import adjusted_mutual_information, entropy_scores
from chemtag.score.matching import (
    RECOVERED,
    THRESHOLDS,
    assigned_f1,
    cluster_matches,
    coverage,
    divide,
    fragmentation,
    noise_fraction,
    paired_clusters,
    recovered_clusters,
    recovered_strictly,
    recovery_area,
    recovery_fraction,
    statistical_fraction,
)
from chemtag.score.pairs import (
    adjusted_rand_index,
    bcubed_scores,
    fowlkes_mallows,
    pair_scores,
)

Better = Literal["higher", "lower", "neither"]


class ScoreKey(NamedTuple):
    """A score and the policies it was computed under."""

    metric: str
    noise: str = "none"
    field: str = "none"


BETTER: dict[str, Better] = {
    "rf40": "higher",
    "rf40_strict": "higher",
    "rf40_one_to_one": "higher",
    "rf70": "higher",
    "rf70_strict": "higher",
    "rf_area": "higher",
    "n_recovered_40": "higher",
    "perfect_matches": "higher",
    "matched_f1": "higher",
    "coverage": "higher",
    "fragmentation": "lower",
    "statistical_40": "lower",
    "n_groups": "neither",
    "noise_fraction": "neither",
    "homogeneity": "higher",
    "completeness_score": "higher",
    "v_measure": "higher",
    "ami": "higher",
    "ari": "higher",
    "vi": "lower",
    "fowlkes_mallows": "higher",
    "pair_precision": "higher",
    "pair_recall": "higher",
    "pair_f1": "higher",
    "bcubed_precision": "higher",
    "bcubed_recall": "higher",
    "bcubed_f1": "higher",
}

PAPER_AMI = ScoreKey("ami", "group", "class")
"""The AMI that is defined for every partition; it breaks ties of the oracle."""


def scores_of_counts(counts: Counts, eligible: npt.NDArray[np.bool_]) -> dict[ScoreKey, Floats]:
    """All scores of a contingency or a batch of them, each (...).

    eligible (n_clusters,): clusters that count in the recovery fractions.
    """
    return matching_scores(counts, eligible) | agreement_scores(counts)


def scores_of(
    groups: npt.NDArray[Any], clusters: npt.NDArray[Any], eligible: npt.NDArray[np.bool_]
) -> dict[ScoreKey, Floats]:
    """All scores of the groups (n_stars,) of a tagger, -1 = noise: the one assembly of a scorer.

    clusters (n_stars,) are the true ones, -1 = field, or (n_labellings, n_stars) many truths, each
    score then (n_labellings,); eligible (n_clusters,).
    """
    return scores_of_counts(contingency(groups, clusters, n_clusters=len(eligible)), eligible)


def matching_scores(counts: Counts, eligible: npt.NDArray[np.bool_]) -> dict[ScoreKey, Floats]:
    """Scores that match groups and clusters; they need no policy (see `scoring.matching`)."""
    matches = cluster_matches(counts)
    low = RECOVERED
    fractions = recovery_fraction(matches, eligible, THRESHOLDS)
    strict = divide(recovered_strictly(matches, eligible, THRESHOLDS), eligible.sum())
    paired = paired_clusters(counts, eligible, low)
    f1 = assigned_f1(counts, eligible)[..., eligible]
    scores = {
        "rf40": fractions[..., 0],
        "rf40_strict": strict[..., 0],
        "rf40_one_to_one": divide(paired.sum(axis=-1), eligible.sum()),
        "rf70": fractions[..., 1],
        "rf70_strict": strict[..., 1],
        "rf_area": recovery_area(matches, eligible),
        "n_recovered_40": recovered_clusters(matches, eligible, low)[..., 0].astype(float),
        "perfect_matches": (matches[..., eligible] == 1).sum(axis=-1).astype(float),
        "matched_f1": f1.mean(axis=-1) if eligible.any() else f1.sum(axis=-1) * np.nan,
        "coverage": coverage(counts),
        "fragmentation": fragmentation(counts, eligible, low),
        "statistical_40": statistical_fraction(counts, low),
        "n_groups": (counts.group_sizes > 0).sum(axis=-1).astype(float),
        "noise_fraction": noise_fraction(counts),
    }
    return {ScoreKey(name): values for name, values in scores.items()}


def agreement_scores(counts: Counts | LeftOut) -> dict[ScoreKey, Floats]:
    """Scores that compare two partitions.

    Entropy scores, AMI, ARI and Fowlkes-Mallows under noise `group` (as Casamiquela et al. 2021
    seem to have done) and noise `drop` (ours, to be read beside `coverage`); pair and B-cubed
    scores with noise stars as singletons.
    """
    scores: dict[ScoreKey, Floats] = {}
    for noise in ("group", "drop"):
        table = counts.under(noise=noise, field="class")
        entropies = entropy_scores(table)
        values = {
            **{name: entropies[name] for name in ("homogeneity", "completeness_score")},
            "v_measure": entropies["v_measure"],
            "vi": entropies["vi"],
            "ami": adjusted_mutual_information(table, entropies),
            "ari": adjusted_rand_index(table),
            "fowlkes_mallows": fowlkes_mallows(table),
        }
        scores |= {ScoreKey(name, noise, "class"): value for name, value in values.items()}
    alone = counts.under(noise="singleton", field="class")
    pairs = pair_scores(counts, noise="singleton", field="class") | bcubed_scores(alone)
    return scores | {ScoreKey(name, "singleton", "class"): value for name, value in pairs.items()}
