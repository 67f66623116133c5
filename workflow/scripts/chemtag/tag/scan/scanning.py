"""The tagger: a field, a search for maxima, a joint fit, members; at each threshold of evidence."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chemtag.base.types import Floats, Ints
from chemtag.tag.scan.climb import Candidates, climb
from chemtag.tag.scan.field import Field, Kind, field_beside, fit_field
from chemtag.tag.scan.joint import Fit, fit_groups
from chemtag.tag.scan.membership import NOISE, members_of
from chemtag.tag.scan.sample import Sample, make_sample
from chemtag.tag.scan.starts import best_starts, sibling_odds

THRESHOLDS: Mapping[str, float] = {"claims": -1.0, "listed": -3.0, "candidates": -6.0}
"""Least evidence at which a group is claimed, listed, or a candidate."""
ADMITTED = -3.0
"""Least evidence of a maximum that is admitted to the joint fit, where the threshold is higher:
beside others, which thin the field out, a group may be worth more than alone."""
STARTS = 1000
ROUNDS = 2
FEWEST_STARS = 8
"""Samples of fewer stars have no field to stand out from: all their stars are noise."""


@dataclass(frozen=True)
class Found:
    """Groups at one threshold of evidence, the strongest first.

    `group` (N,) in the rows given, -1 = none, and `probability` (N,) of membership. Of each group
    (K,): `evidence`, `size` = expected number of members, `centre` (K, d) in the space `signal`,
    `purity` and `completeness` expected of the stars listed.
    """

    threshold: float
    group: Ints
    probability: Floats
    evidence: Floats
    size: Floats
    centre: Floats
    purity: Floats
    completeness: Floats

    def __len__(self) -> int:
        return len(self.evidence)


@dataclass(frozen=True)
class Scan:
    """What a scan found at each threshold, and what it stood on (None for too few stars)."""

    found: dict[str, Found]
    sample: Sample | None
    field: Field | None


def first_maxima(sample: Sample, field: Field, most: int = STARTS) -> Candidates:
    """Maxima of the evidence of one group on the field alone."""
    odds, centre = sibling_odds(sample, field.prior, field.log_density)
    return climb(sample, field.prior, field.log_density, best_starts(odds, centre, most))


def maxima_beside(sample: Sample, field: Field, fit: Fit) -> tuple[Field, Candidates]:
    """The field fitted again to what the groups of a fit leave, and the maxima beside them."""
    field = field_beside(sample, field, fit.in_groups)
    known = field.log_density + fit.log_excess
    odds, centre = sibling_odds(sample, field.prior, known)
    return field, climb(sample, field.prior, known, best_starts(odds, centre, STARTS))


def fit_at(
    sample: Sample,
    field: Field,
    first: Candidates,
    threshold: float,
    rounds: int = ROUNDS,
    sought: dict[tuple[int, bytes, bytes], tuple[Field, Candidates]] | None = None,
) -> Fit:
    """Joint fit of the groups above `threshold`, of maxima above it or above `ADMITTED`.

    After the first fit the field is fitted again to what the groups leave, and the maxima are
    sought again beside them, so that a strong group hides no neighbour: `rounds` in all. Runs of
    one sample at several thresholds share in `sought` what was sought beside the same groups.
    """
    sought = {} if sought is None else sought
    maxima = first
    admitted = min(threshold, ADMITTED)
    d = sample.z.shape[1]
    fit = fit_groups(sample, field.prior, field.log_density, np.empty((0, d)), np.empty(0), 0.0)
    for turn in range(rounds):
        if turn:
            # Fields are kept in `sought`, or given, so that none takes the place of another.
            groups = id(field), fit.groups.centre.tobytes(), fit.groups.size.tobytes()
            if groups not in sought:
                sought[groups] = maxima_beside(sample, field, fit)
            field, maxima = sought[groups]
        new = maxima.above(admitted)
        if not len(new):
            break
        centres = np.vstack([fit.groups.centre, new.centre])
        sizes = np.append(fit.groups.size, new.size)
        fit = fit_groups(sample, field.prior, field.log_density, centres, sizes, threshold)
        if not len(fit.groups):
            break
    return fit


def found_of(fit: Fit, sample: Sample, threshold: float) -> Found:
    """Groups with members, the strongest first, for the rows that were given."""
    groups, n = fit.groups, len(sample)
    members = members_of(fit.shares, groups.size, n)
    order = np.argsort(-groups.evidence, kind="stable")
    order = order[members.purity[order] > 0]
    number = np.full(len(groups) + 1, NOISE, dtype=np.int64)
    number[order] = np.arange(len(order))
    group, probability = np.empty(n, dtype=np.int64), np.empty(n)
    group[sample.order] = number[members.group]
    probability[sample.order] = members.probability
    return Found(
        threshold, group, probability, groups.evidence[order], groups.size[order],
        groups.centre[order], members.purity[order], members.completeness[order],
    )  # fmt: skip


def nothing_found(n_stars: int, d: int, threshold: float) -> Found:
    """All stars noise."""
    none = np.empty(0)
    return Found(
        threshold, np.full(n_stars, NOISE, dtype=np.int64), np.zeros(n_stars), none, none,
        np.empty((0, d)), none, none,
    )  # fmt: skip


def scan(
    z: Floats,
    v: Floats,
    kind: Kind,
    seed: int,
    thresholds: Mapping[str, float] = THRESHOLDS,
    field: Field | None = None,
) -> Scan:
    """Find the groups of stars at z (N, d) of the space `signal` with variances v (N, d).

    Each threshold is a run of its own on the same field: what falls below it is given back to the
    field, so that a strict run has fewer false groups than a loose one cut afterwards. The result
    does not depend on the order of the rows nor on the number of threads.
    """
    from threadpoolctl import threadpool_limits

    if len(z) < FEWEST_STARS:
        found = {
            name: nothing_found(len(z), z.shape[1], least) for name, least in thresholds.items()
        }
        return Scan(found, None, None)
    with threadpool_limits(1):
        sample = make_sample(z, v)
        field = field or fit_field(sample, kind, seed)
        first = first_maxima(sample, field)
        sought: dict[tuple[int, bytes, bytes], tuple[Field, Candidates]] = {}
        found = {
            name: found_of(fit_at(sample, field, first, least, ROUNDS, sought), sample, least)
            for name, least in thresholds.items()
        }
    return Scan(found, sample, field)
