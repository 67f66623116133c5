"""The neighbourhood of a cluster: all of a large survey that decides its recovery.

Whether a cluster is found depends on the stars around it and on nobody further away: a leaf of
HDBSCAN grows from the shortest distances, and the evidence of a group of known width from stars
within its reach. So a survey of a million field stars is drawn, but only the nearest stars of each
cluster are tagged, which costs the same for a thousand field stars as for a million.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from chemtag.base.settings import Setting
from chemtag.base.types import Floats, Ints
from chemtag.forecast.bayes import mixture_of_elements, of_elements
from chemtag.forecast.detectability import detectable
from chemtag.forecast.realisations import Realisation
from chemtag.space.signal import Signal, signal_space
from chemtag.survey.simulation import cluster_model, field_model, member_model, noise_model
from chemtag.tag.protocol import Space
from chemtag.tag.scan.field import Field
from chemtag.tag.scan.mixture import Mixture
from chemtag.tag.scan.prior import prior_of
from chemtag.tag.scan.sample import make_sample
from chemtag.tag.scan.scanning import (
    ROUNDS,
    STARTS,
    THRESHOLDS,
    first_maxima,
    fit_at,
    found_of,
)
from chemtag.tag.taggings import taggings

AXES_STARS = 20_000
"""Most stars that the axes of the space `signal` are measured on."""
NEAREST = 300
"""Stars of the neighbourhood of a cluster."""
LOCAL_STARTS = 40
"""Starts of the search in the neighbourhood of one cluster."""
LEAST_SPREAD = 0.02
"""Least variance of a population of the smooth density along an axis, in units of the width."""


def nearest_rows(coordinates: Floats, centre: Floats, n_rows: int, most: int) -> Ints:
    """Rows of the `most` stars nearest to `centre` (D,) among the first `n_rows`, in order."""
    if n_rows <= most:
        return np.arange(n_rows)
    squares = ((coordinates[:n_rows] - centre) ** 2).sum(axis=1)
    return np.sort(np.argpartition(squares, most - 1)[:most])


def match_of(group: Ints, clusters: Ints, code: int, n_members: int) -> float:
    """Largest min(purity, completeness) of cluster `code` over the groups of a neighbourhood.

    `n_members` counts its members in the whole survey, so that those out of the neighbourhood are
    missed.
    """
    own = (clusters == code) & (group >= 0)
    if not own.any():
        return 0.0
    hits = np.bincount(group[own])
    sizes = np.bincount(group[group >= 0])[: len(hits)]
    return float((hits / np.maximum(sizes, n_members)).max())


def smooth_density(recipe: dict[str, Any], elements: Ints, signal: Signal, n_field: int) -> Mixture:
    """The density of centres in the space `signal`: of the field and of all clusters as one.

    Taken from the recipe, as the tagger would learn it from a sample without end: it is told no
    centre. Weights are the numbers of field stars and members.
    """
    n_members = sum(entry["stars"] for entry in recipe["clusters"]["members"])
    parts = mixture_of_elements(field_model(recipe), elements)
    scatter = np.diag(of_elements(member_model(recipe), elements).unique ** 2)
    clusters = of_elements(cluster_model(recipe), elements)
    spreads = [part.covariance - scatter for part in parts.components] + [clusters.covariance]
    means = [part.mean for part in parts.components] + [clusters.mean]
    weights = np.append(parts.shares * n_field, n_members) / (n_field + n_members)
    seen = weights > 0
    turned = np.array([signal.matrix.T @ spread @ signal.matrix for spread in spreads])[seen]
    turned += LEAST_SPREAD * np.eye(turned.shape[1])
    centres = (np.array(means)[seen] - signal.centre) @ signal.matrix
    return Mixture(np.log(weights[seen]), centres, turned)


@dataclass(frozen=True)
class View:
    """A survey as seen at one scale of the errors, with the first `n_field` stars of its field.

    `scaled` (n, D): abundances over their errors; `z` (n, d): the space `signal`; `clusters` (n,).
    """

    scaled: Floats
    z: Floats
    mixture: Mixture
    clusters: Ints
    sizes: Ints

    def __len__(self) -> int:
        return len(self.clusters)


def views(
    survey: Realisation, n_fields: Sequence[int], error_scale: float, elements: Ints
) -> Iterator[View]:
    """Yield the view of the survey for each of `n_fields`."""
    largest = max(n_fields)
    values = survey.observed(largest, error_scale, elements)
    noise = of_elements(noise_model(survey.recipe, error_scale), elements)
    width = of_elements(member_model(survey.recipe), elements).covariance + noise.covariance
    scaled = values / np.sqrt(np.diag(noise.covariance))
    codes = survey.codes(largest)
    for n_field in n_fields:
        n = len(survey.clusters) + n_field
        signal = signal_space(values[: min(n, AXES_STARS)], width)
        yield View(
            scaled[:n],
            (values[:n] - signal.centre) @ signal.matrix,
            smooth_density(survey.recipe, elements, signal, n_field),
            codes[:n],
            np.bincount(survey.clusters),
        )


def neighbourhoods(coordinates: Floats, view: View, most: int) -> Iterator[tuple[list[int], Ints]]:
    """Yield clusters and the rows (n,) in which they are sought.

    Surveys of up to `most` stars are tagged whole, all clusters at once; of larger ones the
    `NEAREST` stars of each cluster.
    """
    if len(view) <= most:
        yield list(range(len(view.sizes))), np.arange(len(view))
        return
    for code in range(len(view.sizes)):
        own = coordinates[view.clusters == code]
        yield [code], nearest_rows(coordinates, own.mean(axis=0), len(view), NEAREST)


def matches_of_settings(view: View, settings: Sequence[Setting], most: int) -> dict[str, Floats]:
    """Best match (K,) of each cluster by each setting of HDBSCAN, by its name."""
    found = {setting.name: np.zeros(len(view.sizes)) for setting in settings}
    for codes, rows in neighbourhoods(view.scaled, view, most):
        for part in taggings(Space.of(view.scaled[rows]), settings):
            for code in codes:
                found[part.setting.name][code] = match_of(
                    part.group, view.clusters[rows], code, view.sizes[code]
                )
    return found


def matches_of_known_width(view: View, most: int, level: str) -> tuple[Floats, Floats]:
    """Best match (K,) of each cluster by the tagger of known width, and by the limit of detection.

    `level` is a name of `THRESHOLDS`; the limit is the same criterion told true centres and sizes.
    In a neighbourhood of n of N stars a group of m is a share m / n, so the smooth density is taken
    N / n times: the odds m phi / N f stay what they are in the whole survey, and so does the
    evidence to first order in m / n.
    """
    known, limit = np.zeros((2, len(view.sizes)))
    whole = len(view) <= most
    with threadpool_limits(1):
        for codes, rows in neighbourhoods(view.z, view, most):
            sample = make_sample(view.z[rows], np.ones_like(view.z[rows]))
            density = view.mixture.log_density(sample.z, sample.variance)
            density += np.log(len(view) / len(rows))
            prior = prior_of(view.mixture)
            field = Field("few", False, view.mixture, prior, density, known=True)
            first = first_maxima(sample, field, STARTS if whole else LOCAL_STARTS)
            fit = fit_at(sample, field, first, THRESHOLDS[level], ROUNDS if whole else 1)
            groups = found_of(fit, sample, THRESHOLDS[level]).group
            clusters = view.clusters[rows]
            told = detectable(sample, field, clusters, THRESHOLDS[level]).group
            for code in codes:
                known[code] = match_of(groups, clusters, code, view.sizes[code])
                limit[code] = match_of(told, clusters, code, view.sizes[code])
    return known, limit
