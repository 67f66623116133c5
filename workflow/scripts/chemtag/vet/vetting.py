"""One group, one datum: what speaks for a common value, what against, and with what power."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chemtag.base.types import Bools, Floats, Ints
from chemtag.vet.matching import Matched, drawn_groups, matched_stars
from chemtag.vet.statistic import common_value, field_density

# Purities that power is given for; the names of the columns hang on them.
PURITIES = (0.4, 0.7, 1.0)
# Below these, a group or its field is too small to be vetted.
MIN_STARS, MIN_FIELD = 3, 30
# Draws beyond those asked for, so that a p-value can survive the account of many tests.
MOST_DRAWS = 20_000


@dataclass(frozen=True)
class Terms:
    """How groups are vetted: level of the tests, draws of field groups, simulated groups."""

    alpha: float = 0.05
    draws: int = 2000
    simulations: int = 1000
    purity: float = 0.7
    neighbours: int = 100


def terms_for(terms: Mapping[str, Any], n_tests: int) -> Terms:
    """Return how groups are vetted, with draws enough for a p-value to survive so many tests."""
    asked = Terms(**terms)
    enough = math.ceil(2 * n_tests / asked.alpha)
    return replace(asked, draws=min(max(asked.draws, enough), MOST_DRAWS))


@dataclass(frozen=True)
class Datum:
    """Values and errors (N, D) of the stars of a sample, NaN where missing; `spread` (D,).

    `spread` is the standard deviation of true values within a birth group.
    """

    values: Floats
    errors: Floats
    spread: Floats

    @property
    def complete(self) -> Bools:
        """Which stars have every value and error."""
        return np.asarray((np.isfinite(self.values) & np.isfinite(self.errors)).all(axis=1))


@dataclass(frozen=True)
class Finding:
    """What a datum says of a group.

    `p` is the share of field groups with as much of a common value; `p_pure` the share of simulated
    groups of the purity asked for with as little. `power` by purity: the share of simulated groups
    with p <= alpha. `power_against`: the share of field groups with p_pure <= alpha. Numbers are
    NaN where `reason` says why the datum cannot tell.
    """

    n_data: int
    n_missing: int
    n_field: int
    statistic: float
    p: float
    p_pure: float
    power: dict[float, float]
    power_against: float
    verdict: str
    reason: str


def cannot_tell(n_data: int, n_missing: int, n_field: int, reason: str) -> Finding:
    """Return the finding of a datum that a group has too little of."""
    nothing = dict.fromkeys(PURITIES, np.nan)
    return Finding(
        n_data, n_missing, n_field, np.nan, np.nan, np.nan, nothing, np.nan, "cannot tell", reason
    )


def vet_group(
    datum: Datum, parameters: Floats, member: Bools, terms: Terms, generator: np.random.Generator
) -> Finding:
    """Return what the datum says of the stars `member` (N,) of a sample.

    Field stars are all others with the datum, matched in `parameters` (N, P). Stars without the
    datum are counted, never filled.
    """
    complete = datum.complete
    own = np.flatnonzero(member & complete)
    offered = ~member & complete
    counts = len(own), int(member.sum()) - len(own), int(offered.sum())
    if counts[0] < MIN_STARS:
        had = "no star has" if counts[0] == 0 else f"only {counts[0]} of {member.sum()} stars have"
        return cannot_tell(*counts, f"{had} the datum ({MIN_STARS} needed)")
    if counts[2] < max(MIN_FIELD, 2 * counts[0]):
        return cannot_tell(*counts, f"only {counts[2]} field stars have the datum")
    matched = matched_stars(parameters, own, offered, max(terms.neighbours, 2 * counts[0]))
    # The group's own stars are kernels as its matches are: else its values would look rarer.
    field = field_density(datum.values[np.union1d(matched.pool, own)])
    drawn = drawn_groups(matched, terms.draws, generator)
    null = common_value(datum.values[drawn], datum.errors[drawn], datum.spread, field)
    found = float(common_value(datum.values[own][None], datum.errors[own][None],
                               datum.spread, field)[0])  # fmt: skip
    pure = {}
    for purity in sorted({*PURITIES, terms.purity}):
        # Its p-value is to survive as many tests as that of the field.
        n = terms.draws if purity == terms.purity else terms.simulations
        groups = simulated_groups(datum, matched, own, purity, n, generator)
        pure[purity] = common_value(*groups, datum.spread, field)
    p = share_above(found, null)
    p_pure = share_below(found, pure[terms.purity])
    power = {u: float(np.mean(shares_above(pure[u], null) <= terms.alpha)) for u in PURITIES}
    against = float(np.mean(shares_above(-null, -pure[terms.purity]) <= terms.alpha))
    verdict, reason = verdict_of(p, p_pure, terms, power, against)
    return Finding(*counts, found, p, p_pure, power, against, verdict, reason)


def simulated_groups(
    datum: Datum,
    matched: Matched,
    own: Ints,
    purity: float,
    n: int,
    generator: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Return values and errors (n, stars, D) of groups of a purity in the place of the group `own`.

    round(purity * stars) of the stars, drawn at random, are siblings: one true value, that of a
    matched field star, blurred by `spread` and by the errors of the group's own stars. The others
    are matched field stars as observed. Observed field values hold their errors already, so
    the true values of siblings are spread a little too widely.
    """  # fmt: skip
    drawn = drawn_groups(matched, n, generator)
    values, errors = datum.values[drawn], datum.errors[drawn].copy()
    stars = len(own)
    siblings = generator.permuted(np.tile(np.arange(stars) < round(purity * stars), (n, 1)), axis=1)
    centre = datum.values[matched.rows[0, generator.integers(0, matched.rows.shape[1], n)]]
    own_errors = np.broadcast_to(datum.errors[own], errors.shape)
    blur = np.sqrt(own_errors**2 + datum.spread**2)
    true = centre[:, None] + generator.normal(size=values.shape) * blur
    values = np.where(siblings[..., None], true, values)
    return values, np.where(siblings[..., None], own_errors, errors)


def share_above(found: float, others: Floats) -> float:
    """Return (1 + others at least as large) / (1 + others): a p-value that is never 0."""
    return float((1 + (others >= found).sum()) / (1 + len(others)))


def share_below(found: float, others: Floats) -> float:
    """Return the same for others at most as large."""
    return share_above(-found, -others)


def shares_above(found: Floats, others: Floats) -> Floats:
    """Return `share_above` of each of many."""
    ordered = np.sort(others)
    above = len(ordered) - np.searchsorted(ordered, found, side="left")
    return (1 + above) / (1 + len(ordered))


def verdict_of(
    p: float, p_pure: float, terms: Terms, power: dict[float, float], against: float
) -> tuple[str, str]:
    """Return the verdict of one datum, before any account of the number of tests, and why."""
    if p <= terms.alpha:
        return "supported", "more of a common value than groups of the field have"
    if p_pure <= terms.alpha:
        return "contradicted", f"less of a common value than groups of purity {terms.purity:g} have"
    best = power.get(terms.purity, np.nan)
    words = f"a group of purity {terms.purity:g} would be seen in {best:.0%} of cases, "
    words = words if np.isfinite(best) else ""
    return "cannot tell", f"{words}a chance group in {against:.0%}"
