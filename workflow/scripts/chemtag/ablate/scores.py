"""One variant tagged and scored on one sample of stars, with the draws of its chance level."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemtag.ablate.variants import ERROR_WHITENED, ORACLE, Carried, Variant
from chemtag.base.problems import InputProblem
from chemtag.base.settings import AnySetting, with_metric
from chemtag.base.types import Floats, Ints
from chemtag.score import (
    PAPER_AMI,
    RECOVERED,
    Counts,
    LeftOut,
    adjusted_mutual_information,
    cluster_matches,
    contingency,
    noise_fraction,
    recovery_area,
    recovery_fraction,
)
from chemtag.score.nulls import PermutedClusters, permutation_draws
from chemtag.select.truth import Truth
from chemtag.space.chemical import make_space
from chemtag.survey.abundances import column_of, to_ratio
from chemtag.tag.density import mahalanobis_map
from chemtag.tag.protocol import Space
from chemtag.tag.taggings import tagging

SCORES = ("rf40", "rf_area", "ami", "n_groups", "noise_fraction")
CHANCE = ("rf40", "rf_area", "ami")
"""Scores with a chance level; the others do not change when the truth is permuted."""


@dataclass(frozen=True)
class Stars:
    """Abundances and errors (N, E) in dex, columns as `elements`, in `ratio`, and the truth.

    `iron` is ([Fe/H], error), each (N,), where iron is none of the elements. `covariance` (E, E) is
    the mean covariance of the errors in `ratio`; None if only variances are known. `normal` (N,)
    are the standard normal draws of predicted labels, None where none is asked for.
    """

    values: Floats
    errors: Floats
    elements: tuple[str, ...]
    ratio: str
    truth: Truth
    iron: tuple[Floats, Floats] | None = None
    covariance: Floats | None = None
    error_conversion: str = "quadrature"
    normal: Floats | None = None


@dataclass(frozen=True)
class Score:
    """Scores by name, match of each cluster (K,), AMI without each cluster (K,), draws by name.

    `draws` (n_permutations,) are the scores under permuted truths. The oracle has no AMI: each
    cluster has groups of its own.
    """

    values: dict[str, float]
    match: Floats
    left_out: Floats
    draws: dict[str, Floats]
    n_dimensions: int


def error_covariance(stars: Stars, ratio: str) -> Floats:
    """Mean covariance (E, E) of the errors in `ratio`, in dex^2.

    Where a catalogue gives variances only, errors in its own ratio are independent: the matrix is
    diagonal there, with the mean squared errors, and whitening by it is scaling by the root mean
    square error, as `error_scaled` scales by the median error.
    """
    known = stars.covariance
    if known is None:
        given = np.isfinite(stars.errors)
        squares = np.where(given, stars.errors, 0.0) ** 2
        if not (squares.sum(axis=0) > 0).all():
            raise InputProblem(
                "error_whitened needs an error above 0 of each abundance; set cuts/errors/floor."
            )
        known = np.diag(squares.sum(axis=0) / given.sum(axis=0))
    if ratio == stars.ratio:
        return known
    turn = np.eye(len(known))
    if "fe" not in stars.elements:
        raise InputProblem(
            "the error covariance cannot change its ratio without iron; add fe to the elements."
        )
    others = [i for i, element in enumerate(stars.elements) if element != "fe"]
    turn[others, stars.elements.index("fe")] = 1.0 if ratio == "x_h" else -1.0
    return turn @ known @ turn.T


def carried_label(
    value: Floats, error: Floats, carried: Carried, normal: Floats
) -> tuple[Floats, Floats]:
    """Return a label (N,) as a label transfer gives it instead of the measured one, and its error.

    The error is that of an honest interval: the root mean square of predicted less true, the same
    for all stars, but not less than the measured one.
    """
    away = value - value.mean()
    found = value + carried.slope * away + carried.scatter * normal
    honest = np.hypot(carried.scatter, carried.slope * away.std())
    return found, np.maximum(error, honest)


def coordinates_of(stars: Stars, variant: Variant) -> Floats:
    """Coordinates (N, D) of the stars for a variant; for the oracle before it learns."""
    values, errors = to_ratio(
        stars.values, stars.errors, stars.elements, stars.ratio, variant.ratio, stars.iron,
        stars.error_conversion,
    )  # fmt: skip
    if variant.carried is not None:
        assert stars.normal is not None, "the stars have no draws of predicted labels"
        iron = stars.elements.index("fe")
        values, errors = values.copy(), errors.copy()
        values[:, iron], errors[:, iron] = carried_label(
            values[:, iron], errors[:, iron], variant.carried, stars.normal
        )
    chosen = [stars.elements.index(element) for element in variant.elements]
    if variant.transform == ERROR_WHITENED:
        covariance = error_covariance(stars, variant.ratio)[np.ix_(chosen, chosen)]
        return values[:, chosen] @ mahalanobis_map(covariance)
    columns = [column_of(element, variant.ratio) for element in variant.elements]
    transform = "none" if variant.transform == ORACLE else variant.transform
    return make_space(
        values[:, chosen], errors[:, chosen], variant.scale, columns, transform, variant.components
    ).coordinates


def within_covariance(points: Floats, clusters: Ints) -> Floats:
    """Covariance (D, D) of points (N, D) about the means of their clusters, pooled (-1 = field).

    Raises `InputProblem` with fewer than 2 D degrees of freedom, stars less clusters.
    """
    members = clusters >= 0
    codes = np.unique(clusters[members], return_inverse=True)[1]
    inside = points[members]
    sizes = np.bincount(codes)
    means = np.zeros((len(sizes), points.shape[1]))
    np.add.at(means, codes, inside)
    apart = inside - (means / sizes[:, None])[codes]
    freedom = len(inside) - len(sizes)
    if freedom < 2 * points.shape[1]:
        raise InputProblem(
            f"a covariance within clusters in {points.shape[1]} dimensions needs "
            f"{2 * points.shape[1]} members more than clusters; there are {freedom}; leave the "
            "family oracle out of ablate/families or use fewer elements."
        )
    return apart.T @ apart / freedom


def matching(counts: Counts, eligible: npt.NDArray[np.bool_]) -> dict[str, Floats]:
    """RF40, mean match and AMI of a contingency or a batch of them, each (...)."""
    matches = cluster_matches(counts)
    return {
        "rf40": recovery_fraction(matches, eligible, RECOVERED)[..., 0],
        "rf_area": recovery_area(matches, eligible),
        "ami": ami_of(counts),
    }


def ami_of(counts: Counts | LeftOut) -> Floats:
    """The AMI of the headline tables: noise as one group, the field as a class."""
    return adjusted_mutual_information(
        counts.under(noise=PAPER_AMI.noise, field=PAPER_AMI.field)  # type: ignore[arg-type]
    )


def score_variant(
    stars: Stars, variant: Variant, setting: AnySetting, permuted: PermutedClusters
) -> Score:
    """Tag the stars in the space of the variant at `setting`, whose metric the variant names.

    permuted: permuted truths of the N stars.
    """
    truth = stars.truth
    own = with_metric(setting, variant.metric)
    points = coordinates_of(stars, variant)
    if variant.transform == ORACLE:
        return _oracle(points, truth, own, permuted)
    groups = groups_of(points, own)
    counts = contingency(groups, truth.clusters, None, truth.n_clusters)
    values = {name: float(value) for name, value in matching(counts, truth.eligible).items()}
    return Score(
        values=values | sizes_of(counts),
        match=cluster_matches(counts),
        left_out=ami_of(counts.without_cluster(np.arange(truth.n_clusters))),
        draws=permutation_draws(
            groups, permuted, lambda batch: matching(batch, truth.eligible), truth.n_clusters
        ),
        n_dimensions=points.shape[1],
    )


def groups_of(points: Floats, setting: AnySetting) -> Ints:
    """Group of each star (N,), -1 = noise; rows are in the order of the star's name."""
    return tagging(Space.of(points), setting).group


def sizes_of(counts: Counts) -> dict[str, float]:
    """Number of groups and share of stars in none."""
    return {
        "n_groups": float((counts.group_sizes > 0).sum()),
        "noise_fraction": float(noise_fraction(counts)),
    }


def oracle_folds(points: Floats, truth: Truth, setting: AnySetting) -> Iterator[tuple[int, Ints]]:
    """Yield each cluster with the groups found after whitening by the scatter of the others."""
    for code in np.flatnonzero(truth.eligible):
        others = np.where(truth.clusters == code, -1, truth.clusters)
        turn = mahalanobis_map(within_covariance(points, others))
        yield int(code), groups_of(points @ turn, setting)


def _oracle(points: Floats, truth: Truth, setting: AnySetting, permuted: PermutedClusters) -> Score:
    """Whitening leave-one-cluster-out: each cluster is judged in the space that never saw it.

    The chance level holds the groups of each fold and permutes the truth over them.
    """
    match = np.zeros(truth.n_clusters)
    draws = np.zeros((len(permuted), truth.n_clusters))
    sizes = []
    for code, groups in oracle_folds(points, truth, setting):
        counts = contingency(groups, truth.clusters, None, truth.n_clusters)
        match[code] = cluster_matches(counts)[code]
        chance = permutation_draws(
            groups, permuted, lambda batch: {"match": cluster_matches(batch)}, truth.n_clusters
        )
        draws[:, code] = chance["match"][:, code] if chance else 0.0
        sizes.append(sizes_of(counts))
    eligible = truth.eligible
    mean = {name: float(np.mean([one[name] for one in sizes])) for name in sizes[0]}
    return Score(
        values={
            "rf40": float(recovery_fraction(match, eligible, RECOVERED)[0]),
            "rf_area": float(recovery_area(match, eligible)),
            "ami": np.nan,
            **mean,
        },
        match=match,
        left_out=np.full(truth.n_clusters, np.nan),
        draws={
            "rf40": recovery_fraction(draws, eligible, RECOVERED)[..., 0],
            "rf_area": recovery_area(draws, eligible),
        },
        n_dimensions=points.shape[1],
    )
