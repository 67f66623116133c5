"""How often chance does as well: the largest evidence in samples without a group.

Two kinds of sample. *Parametric*: stars drawn from the mixture of the field. It knows no ridge that
the mixture does not, so its p-values are too small where the field is rough. *Smoothed*: the stars
themselves, drawn with replacement and blurred by two widths, which wipes out birth clusters and
leaves everything wider. In both the field is fitted again, as it was to the sample.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.base.types import Floats
from chemtag.tag.scan.field import RATIO_VARIANCE, Field, refit_field
from chemtag.tag.scan.sample import Sample, make_sample
from chemtag.tag.scan.scanning import first_maxima

NullKind = Literal["parametric", "smoothed"]

STARTS = 300
"""Starts of the search in a sample without a group, where only the best maxima matter."""
LISTED = 50
"""Largest evidences of a draw that are kept."""


def parametric_draw(sample: Sample, field: Field, rng: np.random.Generator) -> Sample:
    """As many stars of the same variances, drawn from the mixture of the field."""
    v = sample.variance
    return make_sample(field.mixture.draw(v, rng), v)


def smoothed_draw(sample: Sample, rng: np.random.Generator) -> Sample:
    """Stars drawn with replacement and blurred by `RATIO_VARIANCE`, the spread of all kept.

    z* = m + (z - m + e) / sqrt(1 + h^2 / s^2) along each axis of mean m and variance s^2
    (Efron & Tibshirani 1993, An Introduction to the Bootstrap, Sect. 16.4).
    """
    rows = rng.integers(len(sample), size=len(sample))
    mean, variance = sample.z.mean(axis=0), sample.z.var(axis=0)
    blurred = sample.z[rows] - mean + np.sqrt(RATIO_VARIANCE) * rng.standard_normal(sample.z.shape)
    shrink = np.sqrt(1 + RATIO_VARIANCE / np.maximum(variance, 1e-12))
    return make_sample(mean + blurred / shrink, sample.variance[rows])


def null_evidence(sample: Sample, field: Field, kind: NullKind, draws: range, seed: int) -> Floats:
    """Largest evidences (len(draws), `LISTED`) of samples without a group, -inf if fewer.

    Each draw has its own stream of random numbers, so chunks of a range add up to the whole.
    """
    from threadpoolctl import threadpool_limits

    found = np.full((len(draws), LISTED), -np.inf)
    with threadpool_limits(1):
        for row, number in enumerate(draws):
            rng = generator_for(seed, "null", kind, number)
            if kind == "parametric":
                drawn = parametric_draw(sample, field, rng)
            else:
                drawn = smoothed_draw(sample, rng)
            again = refit_field(drawn, field, integer_seed_for(seed, "null field", kind, number))
            top = first_maxima(drawn, again, STARTS).evidence[:LISTED]
            found[row, : len(top)] = top
    return found


@dataclass(frozen=True)
class Significance:
    """Of each group (K,): `p_family`, the probability that a sample without any group has one of
    as much evidence; `q_false`, the expected share of false groups among those of as much or more.
    """

    p_family: Floats
    q_false: Floats


def significance(evidence: Floats, null: Floats) -> Significance:
    """Family-wise p-values and false discovery rates of groups of `evidence` (K,).

    `null` (T, L) are the largest evidences of T samples without a group. p = (1 + draws whose
    largest is at least E) / (1 + T) (Davison & Hinkley 1997, eq. 4.11); q = least over all
    thresholds up to E of (mean number of null groups of at least that evidence) / (groups found of
    at least that evidence), at most 1 (Storey & Tibshirani 2003, PNAS 100, 9440, with all true).
    """
    evidence = np.asarray(evidence, dtype=float)
    largest = null.max(axis=1)
    reached = (largest[None, :] >= evidence[:, None]).sum(axis=1)
    p = (1 + reached) / (1 + len(null))
    expected = (null[None] >= evidence[:, None, None]).sum(axis=(1, 2)) / len(null)
    found = (evidence[None, :] >= evidence[:, None]).sum(axis=1)
    rate = np.minimum(expected / np.maximum(found, 1), 1.0)
    order = np.argsort(evidence, kind="stable")  # the weakest first
    q = np.empty(len(evidence))
    q[order] = np.minimum.accumulate(rate[order])
    return Significance(p, q)


def family_threshold(null: Floats, level: float = 0.05) -> float:
    """Evidence that a sample without a group reaches with the probability `level`."""
    return float(np.quantile(null.max(axis=1), 1 - level))
