"""Scores of groups against clusters: contingency, matching, entropy, pairs and the battery."""

from chemtag.score import sparse_matching
from chemtag.score.contingency import Contingency, Counts, LeftOut, PolicyTable, contingency
from chemtag.score.entropy import (
    adjusted_mutual_information,
    entropy_scores,
    expected_mutual_information,
)
from chemtag.score.matching import (
    THRESHOLDS,
    BestMatches,
    assigned_f1,
    best_matches,
    cluster_matches,
    coverage,
    eligible_clusters,
    fragmentation,
    group_purities,
    groups_of_clusters,
    match_matrix,
    noise_fraction,
    recovered_clusters,
    recovery_area,
    recovery_fraction,
    statistical_fraction,
    statistical_groups,
)
from chemtag.score.measures import (
    BETTER,
    PAPER_AMI,
    ScoreKey,
    agreement_battery,
    battery,
    matching_battery,
    scores_of,
)
from chemtag.score.pairs import (
    adjusted_rand_index,
    bcubed_scores,
    fowlkes_mallows,
    pair_scores,
)
from chemtag.score.policies import FieldPolicy, NoisePolicy
from chemtag.score.sparse import SparseContingency

__all__ = [
    "BETTER",
    "PAPER_AMI",
    "THRESHOLDS",
    "BestMatches",
    "Contingency",
    "Counts",
    "FieldPolicy",
    "LeftOut",
    "NoisePolicy",
    "PolicyTable",
    "ScoreKey",
    "SparseContingency",
    "adjusted_mutual_information",
    "adjusted_rand_index",
    "agreement_battery",
    "assigned_f1",
    "battery",
    "bcubed_scores",
    "best_matches",
    "cluster_matches",
    "contingency",
    "coverage",
    "eligible_clusters",
    "entropy_scores",
    "expected_mutual_information",
    "fowlkes_mallows",
    "fragmentation",
    "group_purities",
    "groups_of_clusters",
    "match_matrix",
    "matching_battery",
    "noise_fraction",
    "pair_scores",
    "recovered_clusters",
    "recovery_area",
    "recovery_fraction",
    "scores_of",
    "sparse_matching",
    "statistical_fraction",
    "statistical_groups",
]
