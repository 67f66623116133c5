"""How often chance does as well: the largest evidence in samples without a group.

Two kinds of sample. *Parametric*: stars drawn from the mixture of the field. It knows no ridge that
the mixture does not, so its p-values are too small where the field is rough. *Smoothed*: the stars
themselves, drawn with replacement and blurred by two widths, which wipes out birth clusters and
leaves everything wider. In both the field is fitted again, as it was to the sample.

A large sample whose field is a small mixture is drawn smaller, at three sizes, and its p-values
follow from the law of the largest evidence over the number of stars (`chemtag.tag.scan.extremes`).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.base.types import Floats, Ints
from chemtag.tag.scan.extremes import fit_extremes
from chemtag.tag.scan.field import RATIO_VARIANCE, Field, most_components, refit_field
from chemtag.tag.scan.sample import Sample, make_sample
from chemtag.tag.scan.scanning import first_maxima

NullKind = Literal["parametric", "smoothed"]

STARTS = 300
"""Starts of the search in a sample without a group, where only the best maxima matter."""
LISTED = 50
"""Largest evidences of a draw that are kept."""
FEWEST_DRAWS = 20
"""Draws that tell the law of the largest evidence."""
SMALLER = (4, 2, 1)
"""Sizes of the draws for a large sample: the most stars of a draw over these."""


@dataclass(frozen=True)
class Null:
    """Largest evidences (T, `LISTED`) of T samples without a group, -inf if fewer, and their
    numbers of stars (T,)."""

    evidence: Floats
    n_stars: Ints

    def __len__(self) -> int:
        return len(self.n_stars)


def sizes_of_draws(n_stars: int, n_components: int, most: int) -> list[int]:
    """Numbers of stars of the draws, in turn: those of the sample, or three up to `most`.

    Only a small mixture is the same field for fewer stars. Where the components are as many as the
    stars of the sample or of its smallest draw allow, fewer stars would have fewer and miss ridges
    that all follow: draws are whole.
    """
    fewest = most_components(most // max(SMALLER))
    rough = n_components > fewest or n_components >= most_components(n_stars) / 2
    whole = n_stars <= most or rough
    return [n_stars] if whole else [most // part for part in SMALLER]


def parametric_draw(
    sample: Sample, field: Field, rng: np.random.Generator, n_stars: int | None = None
) -> Sample:
    """As many stars of the same variances, or `n_stars` of them, drawn from the field's mixture."""
    v = sample.variance
    if n_stars is not None and n_stars < len(v):
        v = v[np.sort(rng.choice(len(v), n_stars, replace=False))]
    return make_sample(field.mixture.draw(v, rng), v)


def smoothed_draw(sample: Sample, rng: np.random.Generator, n_stars: int | None = None) -> Sample:
    """Stars drawn with replacement and blurred by `RATIO_VARIANCE`, the spread of all kept.

    As many as the sample has, or `n_stars`.
    z* = m + (z - m + e) / sqrt(1 + h^2 / s^2) along each axis of mean m and variance s^2
    (Efron & Tibshirani 1993, An Introduction to the Bootstrap, Sect. 16.4).
    """
    rows = rng.integers(len(sample), size=n_stars or len(sample))
    mean, variance = sample.z.mean(axis=0), sample.z.var(axis=0)
    z = sample.z[rows]
    blurred = z - mean + np.sqrt(RATIO_VARIANCE) * rng.standard_normal(z.shape)
    shrink = np.sqrt(1 + RATIO_VARIANCE / np.maximum(variance, 1e-12))
    return make_sample(mean + blurred / shrink, sample.variance[rows])


def null_evidence(
    sample: Sample, field: Field, kind: NullKind, draws: range, seed: int, most: int | None = None
) -> Null:
    """Largest evidences of samples without a group, of `sizes_of_draws` stars in turn.

    `most` is the largest number of stars of a draw, any unless given. Each draw has its own stream
    of random numbers, so chunks of a range add up to the whole.
    """
    from threadpoolctl import threadpool_limits

    found = np.full((len(draws), LISTED), -np.inf)
    sizes = sizes_of_draws(len(sample), len(field.mixture), most or len(sample))
    stars = np.array([sizes[number % len(sizes)] for number in draws], dtype=np.int64)
    with threadpool_limits(1):
        for row, number in enumerate(draws):
            rng, n = generator_for(seed, "null", kind, number), int(stars[row])
            if kind == "parametric":
                drawn = parametric_draw(sample, field, rng, n)
            else:
                drawn = smoothed_draw(sample, rng, n)
            again = refit_field(drawn, field, integer_seed_for(seed, "null field", kind, number))
            top = first_maxima(drawn, again, STARTS).evidence[:LISTED]
            found[row, : len(top)] = top
    return Null(found, stars)


@dataclass(frozen=True)
class Significance:
    """Of each group (K,): `p_family`, the probability that a sample without any group has one of
    as much evidence; `q_false`, the expected share of false groups among those of as much or more.
    """

    p_family: Floats
    q_false: Floats


def significance(evidence: Floats, null: Null, n_stars: int) -> Significance:
    """Family-wise p-values and false discovery rates of groups of `evidence` (K,).

    Counted in draws of the size of the sample, `n_stars`; where the draws are smaller, by the law
    of the largest evidence (`fit_extremes`). p = (1 + draws whose largest is at least E) / (1 + T)
    (Davison & Hinkley 1997, eq. 4.11); q = least over all
    thresholds up to E of (mean number of null groups of at least that evidence) / (groups found of
    at least that evidence), at most 1 (Storey & Tibshirani 2003, PNAS 100, 9440, with all true).
    """
    evidence = np.asarray(evidence, dtype=float)
    largest = null.evidence.max(axis=1)
    if (null.n_stars != n_stars).any():
        return significance_by_law(evidence, null.n_stars, largest, n_stars)
    reached = (largest[None, :] >= evidence[:, None]).sum(axis=1)
    p = (1 + reached) / (1 + len(null))
    expected = (null.evidence[None] >= evidence[:, None, None]).sum(axis=(1, 2)) / len(null)
    return Significance(p, least_rate(evidence, expected))


def significance_by_law(
    evidence: Floats, n_drawn: Ints, largest: Floats, n_stars: int
) -> Significance:
    """`significance` in a sample of N stars by the law of the `largest` (T,) of smaller draws.

    No p, and no number of null groups behind q, is less than 1 / (1 + T): the law is not known
    farther out. That is what both are where no draw has any candidate.
    """
    least = 1 / (1 + len(largest))
    if len(largest) < FEWEST_DRAWS:
        raise InputProblem(
            f"tag/scan/null_draws is {len(largest)}, and draws of {int(n_drawn.max())} stars stand "
            f"for {n_stars}: their law needs {FEWEST_DRAWS} draws or more; raise "
            "tag/scan/null_draws, or tag/scan/null_stars to the size of the sample"
        )
    if not np.isfinite(largest).any():
        p = expected = np.full(len(evidence), least)
    else:
        law = fit_extremes(n_drawn, largest)
        p = law.p_family(evidence, n_stars)
        expected = np.maximum(law.expected(evidence, n_stars), least)
    return Significance(p, least_rate(evidence, expected))


def least_rate(evidence: Floats, expected: Floats) -> Floats:
    """q (K,) from the expected number of null groups (K,) of at least each evidence."""
    found = (evidence[None, :] >= evidence[:, None]).sum(axis=1)
    rate = np.minimum(expected / np.maximum(found, 1), 1.0)
    order = np.argsort(evidence, kind="stable")  # the weakest first
    q = np.empty(len(evidence))
    q[order] = np.minimum.accumulate(rate[order])
    return q


def family_threshold(null: Null, level: float = 0.05) -> float:
    """Evidence that a sample without a group reaches with the probability `level`."""
    return float(np.quantile(null.evidence.max(axis=1), 1 - level))
