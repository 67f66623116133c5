"""The tagger of known width by the source of its width, and with a wrong one: what each recovers.

Every survey is tagged with each width, at each level of evidence. `true` is the width of the
recipe, which no real survey knows; the others are what an observer could come by. So that the
width of other clusters never rests on a cluster that it is scored by, the clusters of a survey are
dealt into folds: the members of all other folds, told, give the width, and only the clusters of the
fold count (leaving out one cluster at a time would take a tagging for each).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.types import Floats, Ints
from chemtag.forecast.false_groups import means_of_surveys
from chemtag.forecast.realisations import Realisation
from chemtag.forecast.tagger import true_width
from chemtag.score.contingency import contingency
from chemtag.score.matching import RECOVERED, cluster_matches, statistical_fraction
from chemtag.space.signal import signal_space
from chemtag.space.width import Width, published_width, quoted_width
from chemtag.space.width_clusters import width_of_clusters
from chemtag.survey.abundances import column_of
from chemtag.survey.simulation import noise_model

FOLDS = 4
KEYS = ["n_field", "width", "factor", "correlated", "level"]


@dataclass(frozen=True)
class Tried:
    """A width, (D, D) or (N, D, D) in dex^2, and the codes of the clusters it is scored by."""

    width: str
    covariance: Floats
    scored: Ints
    factor: float = 1.0
    correlated: bool = True


def widths_of(
    survey: Realisation,
    n_field: int,
    elements: Ints,
    scatter: Mapping[str, float],
    factors: Sequence[float],
    seed: int,
) -> Iterator[Tried]:
    """Yield the widths that a survey is tagged with.

    `scatter` are published scatters within clusters (dex) by element. `quoted` and `published` take
    the errors as independent, as most catalogues give them; `self` starts from `quoted`. The true
    width follows, with its variances times each of `factors`, and without its correlations.
    """
    from chemtag.tag.scan.calibrate import self_width

    known = [survey.recipe["elements"][e] for e in elements]
    ratio = survey.recipe["ratio"]
    names = [column_of(element, ratio) for element in known]
    errors = np.sqrt(np.diag(noise_model(survey.recipe).covariance))[None, elements]
    values = survey.observed(n_field, 1.0, elements)
    everyone = np.arange(len(survey.centres))
    quoted = quoted_width(errors, names)
    published = published_width(errors, names, known, ratio, scatter, "published scatters")
    yield Tried("quoted", quoted.covariance[0], everyone)
    yield Tried("published", published.covariance[0], everyone)
    yield Tried("self", self_width(values, quoted, "held_out", seed).covariance, everyone)
    for scored, width in widths_of_others(survey, elements, names):
        yield Tried("other_clusters", width.covariance, scored)
    true = true_width(survey, 1.0, elements)
    for factor in sorted({1.0, *factors}):
        yield Tried("true", factor * true, everyone, float(factor))
    yield Tried("true", np.diag(np.diag(true)), everyone, correlated=False)


def widths_of_others(
    survey: Realisation, elements: Ints, names: Sequence[str]
) -> Iterator[tuple[Ints, Width]]:
    """Yield clusters (codes), and the width by the members of all clusters of other folds.

    Clusters are dealt in the order of their codes, so that each fold has large and small ones.
    """
    members = survey.observed(0, 1.0, elements)
    fold = np.arange(len(survey.centres)) % FOLDS
    for number in range(FOLDS):
        others = fold[survey.clusters] != number
        width = width_of_clusters(members[others], names, survey.clusters[others].astype(str))
        yield np.flatnonzero(fold == number), width


def width_rows(
    survey: Realisation,
    n_field: int,
    elements: Ints,
    widths: Iterable[Tried],
    seed: int,
) -> Iterator[dict[str, Any]]:
    """Yield clusters recovered at 40 per cent and groups that match none, by width and level.

    `widths` are those of `widths_of` for the same stars and elements. Parts of `other_clusters`
    (its folds) stand in rows of their own: `summarise_widths` adds the recovered and averages the
    false groups.
    """
    from chemtag.tag.scan.scanning import scan

    values, clusters = survey.observed(n_field, 1.0, elements), survey.codes(n_field)
    for tried in widths:
        signal = signal_space(values, tried.covariance)
        done = scan(signal.coordinates, signal.variance, "held_out", seed)
        for level, found in done.found.items():
            counts = contingency(found.group, clusters, None, len(survey.centres))
            groups = int((counts.group_sizes > 0).sum())
            yield {
                "n_field": n_field,
                "width": tried.width,
                "factor": tried.factor,
                "correlated": tried.correlated,
                "level": level,
                "recovered": int((cluster_matches(counts)[tried.scored] >= RECOVERED).sum()),
                # without any group no group is false
                "n_false": groups * float(statistical_fraction(counts, RECOVERED)) if groups else 0,
            }


def summarise_widths(cells: pd.DataFrame, n_clusters: int) -> pd.DataFrame:
    """Return the rows of the contract `widths`: means over `realisation` with 68 % intervals."""
    each = cells.groupby([*KEYS, "realisation"], as_index=False, sort=True).agg(
        recovered=("recovered", "sum"), n_false=("n_false", "mean")
    )
    return pd.DataFrame(
        [
            dict(zip(KEYS, key, strict=True)) | means_of_surveys(part, n_clusters)
            for key, part in each.groupby(KEYS, sort=True)
        ]
    )
