"""Pair and star scores: pair precision and recall, ARI, Fowlkes-Mallows, B-cubed.

ARI: Hubert & Arabie (1985, J. Classif. 2, 193). Fowlkes & Mallows (1983, JASA 78, 553). B-cubed:
Bagga & Baldwin (1998, LREC linguistic coreference workshop, 563).
"""

import numpy as np
import numpy.typing as npt

from chemtag.base.types import Floats
from chemtag.score.contingency import Counts, LeftOut, Table
from chemtag.score.matching import divide
from chemtag.score.policies import FieldPolicy, NoisePolicy


def n_pairs(n: npt.ArrayLike) -> Floats:
    """Pairs among n stars, n (n - 1) / 2."""
    stars = np.asarray(n, dtype=float)
    return stars * (stars - 1) / 2


def pair_scores(
    counts: Counts | LeftOut, *, noise: NoisePolicy = "singleton", field: FieldPolicy = "class"
) -> dict[str, Floats]:
    """Pair precision, recall and F1, each (...).

    True pairs are two members of one cluster: a pair of field stars is never true, under either
    field policy. Predicted pairs are two stars of one group. noise `singleton` (the default):
    noise stars pair with nobody, but their true pairs are missed; `group`: noise is one group;
    `drop`: noise stars are absent on both sides. field `class`: field stars spoil groups;
    `drop`: they do not. Precision is NaN without predicted pairs, recall without true ones.
    """
    table = counts.under(noise=noise, field=field)
    true_positive = table.sum_member_cells(n_pairs)
    predicted = table.sum_rows(n_pairs)
    true = table.sum_cluster_columns(n_pairs)
    return {
        "pair_precision": divide(true_positive, predicted),
        "pair_recall": divide(true_positive, true),
        "pair_f1": divide(2 * true_positive, predicted + true),
    }


def adjusted_rand_index(table: Table) -> Floats:
    """ARI = (S - E) / ((A + B) / 2 - E) over pairs of stars (...); NaN without stars.

    S pairs together on both sides, A in groups, B in classes, E = A B / all pairs; 1 where both
    sides agree fully.
    """
    both, grouped, classed = (
        table.sum_cells(n_pairs),
        table.sum_rows(n_pairs),
        table.sum_columns(n_pairs),
    )
    expected = divide(grouped * classed, n_pairs(table.n_stars), empty=0.0)
    ari = divide(both - expected, (grouped + classed) / 2 - expected, empty=1.0)
    ari = np.where((both == grouped) & (both == classed), 1.0, ari)
    return np.where(table.n_stars > 0, ari, np.nan)


def fowlkes_mallows(table: Table) -> Floats:
    """Geometric mean of pair precision and recall with all classes and groups alike (...).

    0 without any pair together on both sides, NaN without stars.
    """
    both, grouped, classed = (
        table.sum_cells(n_pairs),
        table.sum_rows(n_pairs),
        table.sum_columns(n_pairs),
    )
    index = np.sqrt(divide(both, grouped, 0.0)) * np.sqrt(divide(both, classed, 0.0))
    return np.where(table.n_stars > 0, index, np.nan)


def bcubed_scores(table: Table) -> dict[str, Floats]:
    """B-cubed precision, recall and F1, each (...); NaN without stars.

    Precision is the mean over stars of n_kc / n_k, recall of n_kc / n_c, for the star's own group
    k and class c; a singleton has precision 1 and recall 1 / n_c.
    """
    kept = table.squares_by_row() + table.n_singletons
    found = table.squares_by_column()
    precision, recall = divide(kept, table.n_stars), divide(found, table.n_stars)
    return {
        "bcubed_precision": precision,
        "bcubed_recall": recall,
        "bcubed_f1": divide(2 * precision * recall, precision + recall),
    }
