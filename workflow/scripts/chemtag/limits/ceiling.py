"""Supervised ceiling: how many members a classifier places that is told all other labels.

Each star is left out in turn and assigned from the labels of all other stars. Scores are of
members, cluster by cluster; overall accuracy is never written: among 1,000 field stars and 31
clusters 3-NN gets 0.85 of all stars right and 0.15 of the members, since "field" is the easy
answer.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats, Ints
from chemtag.score import (
    THRESHOLDS,
    cluster_matches,
    contingency,
    intervals,
    recovered_clusters,
)
from chemtag.score.evaluation import LEVELS, ScoreInterval
from chemtag.score.intervals import Interval
from chemtag.select.truth import Truth
from chemtag.tag.density import nearest_neighbours

_ROWS = 2000  # stars scored at a time: bounds the array (stars, clusters, dimensions)


@dataclass(frozen=True)
class CeilingScore:
    """A score of a classifier with its interval; `baseline` is that of the most frequent answer."""

    value: float
    interval: ScoreInterval
    baseline: float


def leave_one_out_posterior(
    values: Floats, clusters: Ints, predict: Ints | None = None, unbiased: bool = True
) -> Floats:
    """Log probability (n, K + 1) of each cluster and, last, the field, from all other stars.

    `values` (n, d); `clusters` (n,), codes 0 ... K-1, -1 = field; `predict` rows to classify (all).
    Linear discriminant analysis: clusters are Gaussians of one covariance, pooled within clusters
    (ddof K if `unbiased`, else 0); field stars are a Gaussian of their own if there are more than
    twice as many as dimensions, else no class. Priors are the shares of the classes. Every star is
    left out exactly: means, covariances and priors are downdated by it (Sherman-Morrison). Without
    field and with `unbiased` False equal to scikit-learn's LinearDiscriminantAnalysis with
    LeaveOneOut; ddof 0 takes clusters of few members for tighter than they are. Raises
    `InputProblem` for too few members.
    """
    rows = np.arange(len(values)) if predict is None else np.asarray(predict)
    member = clusters >= 0
    n_clusters = int(clusters.max()) + 1
    sizes = np.bincount(clusters[member], minlength=n_clusters)
    dof = int(sizes.sum()) - n_clusters
    d = values.shape[1]
    if dof <= d + 1:
        raise InputProblem(
            f"the supervised ceiling by LDA needs more than {n_clusters + d + 1} members for "
            f"{n_clusters} clusters in {d} dimensions; found {int(sizes.sum())}; use fewer "
            "elements."
        )
    middle = values[member].mean(axis=0)
    values = values - middle
    means = _means(values[member], clusters[member], sizes)
    left = values[member] - means[clusters[member]]
    factor = np.linalg.cholesky(left.T @ left)
    stars, means = _whitened(values, factor), _whitened(means, factor)
    log_det = 2 * np.log(np.diag(factor)).sum()
    freedom = dof if unbiased else int(sizes.sum())
    field = _field_density(values, ~member, rows)
    result = np.full((len(rows), n_clusters + 1), -np.inf)
    if field is not None:
        result[:, -1] = field
    for start in range(0, len(rows), _ROWS):
        part = slice(start, start + _ROWS)
        chosen = rows[part]
        score = _cluster_scores(stars[chosen], clusters[chosen], means, sizes, freedom, log_det)
        result[part, :-1] = score
    return result - logsumexp(result, axis=1, keepdims=True)


def most_probable(posterior: Floats) -> Ints:
    """Class of each star (n,) from `posterior` (n, K + 1), -1 = field; ties go to a cluster."""
    best = posterior.argmax(axis=1)
    return np.where(best == posterior.shape[1] - 1, -1, best)


def ranked_hits(posterior: Floats, clusters: Ints) -> Ints:
    """Members of each cluster (K,) among as many stars as it has, the most probable ones.

    The most probable class asks of each star which population it is of, and among many field stars
    the answer is the field. What can be recovered of a cluster is another question: rank all stars
    by its probability and take as many as it has members; then purity = completeness = hits / size.
    That size is told as well, and a star may be taken for two clusters: an upper limit.
    """
    sizes = np.bincount(clusters[clusters >= 0], minlength=posterior.shape[1] - 1)
    hits = np.zeros(len(sizes), dtype=np.int64)
    for code, size in enumerate(sizes):
        first = np.argsort(-posterior[:, code], kind="stable")[:size]
        hits[code] = (clusters[first] == code).sum()
    return hits


def _means(values: Floats, clusters: Ints, sizes: Ints) -> Floats:
    total = np.zeros((len(sizes), values.shape[1]))
    np.add.at(total, clusters, values)
    return total / np.maximum(sizes, 1)[:, None]


def _whitened(values: Floats, factor: npt.NDArray[Any]) -> Floats:
    return np.asarray(np.linalg.solve(factor, values.T).T, dtype=float)


def _cluster_scores(
    stars: Floats, own: Ints, means: Floats, sizes: Ints, dof: int, log_det: float
) -> Floats:
    """Log density times size of each cluster at stars left out of it, (n, K), up to d/2 ln 2 pi.

    `stars` and `means` are in coordinates in which the scatter within clusters is the unit matrix.
    """
    d = stars.shape[1]
    distance = stars[:, None, :] - means[None, :, :]
    squares = (distance**2).sum(axis=2)
    log_size = np.tile(np.log(np.maximum(sizes, 1)), (len(stars), 1))
    inside = np.flatnonzero(own >= 0)
    code = own[inside]
    n = sizes[code].astype(float)
    alone = n == 1
    a = np.where(alone, 1.0, n / np.maximum(n - 1, 1))
    u = np.where(alone[:, None], 0.0, distance[inside, code])
    h = (u**2).sum(axis=1)
    left = np.maximum(1 - a * h, np.finfo(float).tiny)
    along = np.einsum("nkd,nd->nk", distance[inside], u)
    # The star's own cluster has its mean and number without the star.
    along[np.arange(len(inside)), code] *= a
    squares[inside, code] *= a**2
    squares[inside] += (a / left)[:, None] * along**2
    log_size[inside, code] = np.where(alone, -np.inf, np.log(np.maximum(n - 1, 1)))
    freedom = np.full(len(stars), float(dof))
    freedom[inside] = dof - np.where(alone, 0, 1)
    determinant = np.full(len(stars), log_det)
    determinant[inside] += np.log(left)
    spread = determinant - d * np.log(freedom)
    return log_size - 0.5 * (squares * freedom[:, None] + spread[:, None])


def _field_density(values: Floats, field: npt.NDArray[np.bool_], rows: Ints) -> Floats | None:
    """Log density times number of field stars at `rows`, each field star left out of it."""
    n, d = int(field.sum()), values.shape[1]
    if n <= 2 * d:
        return None
    mean = values[field].mean(axis=0)
    factor = np.linalg.cholesky((values[field] - mean).T @ (values[field] - mean))
    log_det = 2 * np.log(np.diag(factor)).sum()
    h = (_whitened(values[rows] - mean, factor) ** 2).sum(axis=1)
    own = field[rows]
    a = n / (n - 1)
    left = np.where(own, np.maximum(1 - a * h, np.finfo(float).tiny), 1.0)
    number = np.where(own, n - 1, n)
    freedom = number - 1
    squares = np.where(own, a**2 * h / left, h)
    return np.log(number) - 0.5 * (squares * freedom + log_det + np.log(left) - d * np.log(freedom))


def leave_one_out_neighbours(values: Floats, clusters: Ints, n_neighbours: int) -> Ints:
    """Class of each star (n,) by vote of its nearest other stars; ties go to the nearest of them.

    Euclidean distances of `values` (n, d); -1 = field votes like a cluster.
    """
    votes = clusters[nearest_neighbours(values, n_neighbours).indices]
    counts = (votes[:, :, None] == votes[:, None, :]).sum(axis=2)
    return votes[np.arange(len(votes)), counts.argmax(axis=1)]


def ceiling_scores(
    answers: Ints, truth: Truth, n_bootstrap: int, rng: np.random.Generator
) -> dict[str, CeilingScore]:
    """Scores of the classes (n,) assigned to all stars, and intervals over eligible clusters.

    member_accuracy: members of eligible clusters in their own; balanced_accuracy: its mean over
    clusters; rf40, rf70, rf_area: the answers taken as groups (field stars dilute them);
    field_kept: field stars called field, with an interval over stars.
    """
    clusters, eligible = truth.clusters, truth.eligible
    correct, sizes, match = cluster_answers(answers, truth)
    drawn = intervals.resampled_clusters(eligible, n_bootstrap, rng)
    one = eligible.astype(float)
    common = np.bincount(clusters + 1, minlength=truth.n_clusters + 1).argmax() - 1
    always = np.where(eligible & (np.arange(truth.n_clusters) == common), sizes, 0)
    # Everybody in one group, if the most frequent answer is a cluster.
    whole = np.where(eligible & (common >= 0), sizes / max(len(clusters), 1), 0.0)
    ratios = {
        "member_accuracy": (correct * one, sizes * one, always),
        "balanced_accuracy": (correct / np.maximum(sizes, 1) * one, one, always > 0),
        "rf_area": (match * one, one, whole),
    }
    scores = {}
    n = int(eligible.sum())
    for name, (top, bottom, easy) in ratios.items():
        draws = intervals.bootstrap_ratios(top, bottom, drawn)
        narrow, wide = (intervals.percentile_interval(draws, level, n) for level in LEVELS)
        total = bottom.sum()
        value = float(top.sum() / total) if total else np.nan
        baseline = float(np.sum(easy) / total) if total else np.nan
        scores[name] = CeilingScore(value, ScoreInterval(narrow, wide, "bootstrap"), baseline)
    for name, threshold in zip(("rf40", "rf70"), THRESHOLDS, strict=True):
        k = int(recovered_clusters(match, eligible, threshold)[0])
        scores[name] = _share(k, n, float((whole >= threshold).sum() / n) if n else np.nan)
    field = clusters < 0
    if field.any():
        scores["field_kept"] = _share(
            int((answers[field] < 0).sum()), int(field.sum()), float(common == -1)
        )
    return scores


def ranked_scores(
    hits: Ints, truth: Truth, n_bootstrap: int, rng: np.random.Generator
) -> dict[str, CeilingScore]:
    """rf40, rf70 and rf_area of `ranked_hits`; the baseline is the cluster's share of the stars."""
    sizes = np.bincount(truth.clusters[truth.clusters >= 0], minlength=truth.n_clusters)
    match, easy = hits / np.maximum(sizes, 1), sizes / max(len(truth.clusters), 1)
    one, n = truth.eligible.astype(float), int(truth.eligible.sum())
    drawn = intervals.resampled_clusters(truth.eligible, n_bootstrap, rng)
    draws = intervals.bootstrap_ratios(match * one, one, drawn)
    narrow, wide = (intervals.percentile_interval(draws, level, n) for level in LEVELS)
    mean, chance = (float(part @ one / n) if n else np.nan for part in (match, easy))
    scores = {"rf_area": CeilingScore(mean, ScoreInterval(narrow, wide, "bootstrap"), chance)}
    for name, threshold in zip(("rf40", "rf70"), THRESHOLDS, strict=True):
        k = int(recovered_clusters(match, truth.eligible, threshold)[0])
        baseline = float((easy[truth.eligible] >= threshold).mean()) if n else np.nan
        scores[name] = _share(k, n, baseline)
    return scores


def cluster_answers(answers: Ints, truth: Truth) -> tuple[Ints, Ints, Floats]:
    """Members of each cluster placed in it, members, and its match, each (n_clusters,)."""
    table = contingency(answers, truth.clusters, truth.n_clusters, truth.n_clusters)
    return np.diagonal(table.members).copy(), table.cluster_sizes, cluster_matches(table)


def _share(k: int, n: int, baseline: float) -> CeilingScore:
    narrow, wide = (intervals.jeffreys_interval(k, n, level) for level in LEVELS)
    if n == 0:
        narrow = wide = Interval(np.nan, np.nan)
    value = k / n if n else np.nan
    return CeilingScore(value, ScoreInterval(narrow, wide, "jeffreys"), baseline)
