"""Entropy scores: homogeneity, completeness, V-measure, mutual and adjusted mutual information.

Formulas: Rosenberg & Hirschberg (2007, EMNLP-CoNLL 410) for h, c and V; Meila (2007, J. Multivar.
Anal. 98, 873) for the variation of information; Vinh, Epps & Bailey (2010, JMLR 11, 2837) for the
adjusted mutual information. Natural logarithms. All are checked against scikit-learn.
"""

from functools import lru_cache, singledispatch
from typing import Any

import numpy as np
from scipy.special import gammaln

from chemtag.base.types import Floats, Ints
from chemtag.score.contingency import LeftOutTable, SparseTable, Table
from chemtag.score.matching import divide

_CHUNK = 2_000_000


@lru_cache(maxsize=8)
def _xlogx_table(n_max: int) -> Floats:
    n = np.arange(n_max + 1, dtype=float)
    n[1:] *= np.log(n[1:])
    return n


def entropy_scores(table: Table, beta: float = 1.0) -> dict[str, Floats]:
    """Homogeneity, completeness, V_beta, mutual information, variation of information, entropies.

    Each is (...); entropies in nats. h = 1 - H(T|P) / H(T), 1 if H(T) = 0;
    c = 1 - H(P|T) / H(P), 1 if H(P) = 0; V = (1 + beta) h c / (beta h + c). NaN without stars.
    """
    xlogx = _xlogx_table(table.most_stars)
    n = np.where(table.n_stars > 0, table.n_stars, np.nan)
    # A singleton adds 1 ln 1 = 0 to every sum; it counts in n and in the column sums alone.
    joint = np.log(n) - table.sum_cells(xlogx.__getitem__) / n
    h_true = np.log(n) - table.sum_columns(xlogx.__getitem__) / n
    h_pred = np.log(n) - table.sum_rows(xlogx.__getitem__) / n
    # Exact zeros where a single class or group leaves nothing to know.
    h_true = np.where(table.n_columns == 1, 0.0, h_true)
    h_pred = np.where(table.n_rows == 1, 0.0, h_pred)
    mutual = np.clip(h_true + h_pred - joint, 0.0, np.minimum(h_true, h_pred))
    homogeneity = np.where(h_true == 0, 1.0, divide(mutual, h_true))
    completeness = np.where(h_pred == 0, 1.0, divide(mutual, h_pred))
    return {
        "homogeneity": homogeneity,
        "completeness_score": completeness,
        "v_measure": divide(
            (1 + beta) * homogeneity * completeness, beta * homogeneity + completeness, empty=0.0
        ),
        "mutual_information": mutual,
        "vi": h_true + h_pred - 2 * mutual,
        "entropy_true": h_true,
        "entropy_pred": h_pred,
    }


def adjusted_mutual_information(table: Table, entropies: dict[str, Floats] | None = None) -> Floats:
    """AMI = (MI - E MI) / ((H_T + H_P) / 2 - E MI), arithmetic mean (...); NaN without stars.

    1 if both sides have one class, 0 if only one of them has. `entropies` are those of
    `entropy_scores`, if they are at hand.
    """
    known = entropy_scores(table) if entropies is None else entropies
    expected = expected_mutual_information(table)
    mean_entropy = (known["entropy_true"] + known["entropy_pred"]) / 2
    top, bottom = known["mutual_information"] - expected, mean_entropy - expected
    # Where the expectation equals the maximum (all singletons on both sides), agreement is total.
    total = np.abs(bottom) < 1e-12
    ami = np.where(total & (np.abs(top) < 1e-12), 1.0, divide(top, np.where(total, 1.0, bottom)))
    one_row, one_column = table.n_rows == 1, table.n_columns == 1
    ami = np.where(one_row | one_column, np.where(one_row & one_column, 1.0, 0.0), ami)
    return np.where(table.n_stars > 0, ami, np.nan)


@singledispatch
def expected_mutual_information(table: Any) -> Floats:
    """E[MI] of two random labellings with the margins of `table` (Vinh et al. 2010, eq. 24a).

    (...), nats. In a batch whose group sizes and number of stars are constant, as under
    permutation, the sum over groups is done once for each cluster size that occurs.
    """
    shape = table.n_stars.shape
    n = table.n_stars.reshape(-1)
    rows = table.row_sums.reshape(len(n), -1)
    columns = table.column_sums.reshape(len(n), -1)
    alone = table.n_singletons.reshape(-1)
    same = (rows == rows[:1]).all() and (n == n[:1]).all() and (alone == alone[:1]).all()
    if len(n) and same:
        return _expected_for_sizes(rows[0], int(alone[0]), columns, int(n[0])).reshape(shape)
    values = [
        _expected_for_sizes(rows[i], int(alone[i]), columns[i : i + 1], int(n[i]))[0]
        for i in range(len(n))
    ]
    return np.array(values, dtype=float).reshape(shape)


@expected_mutual_information.register
def _of_batch(table: SparseTable) -> Floats:
    columns = table.columns
    n = int(columns[0].sum()) if len(columns) else 0
    alone = table.counts.n_noise if table.noise == "singleton" else 0
    return table.counts.shaped(_expected_for_sizes(table.rows, alone, columns, n))


@expected_mutual_information.register
def _of_left_out(table: LeftOutTable) -> Floats:
    """Clusters of one size leave the same number of stars: their terms are computed once."""
    columns, removed = table.whole.columns[0], table.removed
    result = np.full(len(removed), np.nan)
    for size in np.unique(removed):
        n, alike = int(columns.sum() - size), np.flatnonzero(removed == size)
        if n == 0:
            continue
        sizes, repeats = _left_rows(table, alike)
        classes, times = np.unique(columns, return_counts=True)
        times = np.where(classes > 0, times - (classes == size), 0)
        kept = times > 0
        terms = _expected_terms(sizes, classes[kept], n)
        result[alike] = repeats @ (times[kept] @ terms)
    return result


def _left_rows(table: LeftOutTable, clusters: Ints) -> tuple[Ints, Floats]:
    """Sizes of rows that occur without one of `clusters`, and how often: (n_clusters, n_sizes)."""
    counts, (noise, alone) = table.counts, (table.left_of_noise, table.n_singletons)
    place = np.full(counts.n_clusters, -1)
    place[clusters] = np.arange(len(clusters))
    own = place[counts.cluster] >= 0
    row, before = place[counts.cluster[own]], counts.sizes[counts.group[own]]
    after = table.left_of_groups[own]
    group = noise[clusters] if table.noise == "group" else np.zeros(len(clusters), dtype=np.int64)
    sizes, where = np.unique(
        np.concatenate([counts.sizes, before, after, group, [1]]), return_inverse=True
    )
    parts = np.split(where, np.cumsum([counts.n_groups, len(before), len(after), len(group)]))
    repeats = np.zeros((len(clusters), len(sizes)))
    repeats += np.bincount(parts[0], minlength=len(sizes))
    np.add.at(repeats, (row, parts[1]), -1)
    np.add.at(repeats, (row, parts[2]), 1)
    repeats[np.arange(len(clusters)), parts[3]] += 1
    repeats[:, parts[4][0]] += alone[clusters]
    return sizes[sizes > 0], repeats[:, sizes > 0]


def _expected_for_sizes(group_sizes: Ints, n_alone: int, columns: Ints, n: int) -> Floats:
    """E[MI] for fixed group sizes and each row of cluster sizes `columns` (batch, clusters)."""
    if n == 0:
        return np.full(len(columns), np.nan)
    sizes, repeats = np.unique(np.append(group_sizes, np.ones(n_alone, int)), return_counts=True)
    classes, where = np.unique(columns, return_inverse=True)
    of_class = _expected_terms(sizes, classes, n) @ np.where(sizes > 0, repeats, 0).astype(float)
    return of_class[where].reshape(columns.shape).sum(axis=-1)


def _expected_terms(sizes: Ints, classes: Ints, n: int) -> Floats:
    """E[(x/n) ln(n x / (a b))], x hypergeometric, for a in `sizes`, b in `classes`: (b, a)."""
    result = np.zeros((len(classes), len(sizes)))
    log_factorial = gammaln(np.arange(n + 1, dtype=float) + 1)
    # Pairs in chunks, so that a large survey does not need a large array.
    a = np.tile(sizes, len(classes)).astype(np.int64)
    b = np.repeat(classes, len(sizes)).astype(np.int64)
    low, high = np.maximum(1, a + b - n), np.minimum(a, b)
    length = np.maximum(high - low + 1, 0)
    cuts = np.searchsorted(np.cumsum(length), np.arange(_CHUNK, length.sum(), _CHUNK))
    flat = result.reshape(-1)
    for part in np.split(np.arange(len(a)), cuts):
        part = part[length[part] > 0]
        if not len(part):
            continue
        steps = length[part]
        first = np.cumsum(steps) - steps
        x = np.arange(steps.sum()) - np.repeat(first - low[part], steps)
        one, two = np.repeat(a[part], steps), np.repeat(b[part], steps)
        fixed = (
            log_factorial[a[part]]
            + log_factorial[b[part]]
            + log_factorial[n - a[part]]
            + log_factorial[n - b[part]]
            - log_factorial[n]
        )
        free = (
            log_factorial[x]
            + log_factorial[one - x]
            + log_factorial[two - x]
            + log_factorial[n - one - two + x]
        )
        gain = np.log(x) + np.repeat(np.log(n) - np.log(a[part]) - np.log(b[part]), steps)
        flat[part] = np.add.reduceat(x / n * gain * np.exp(np.repeat(fixed, steps) - free), first)
    return result
