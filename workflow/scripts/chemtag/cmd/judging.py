"""One group: the probability of its diagram, beside groups of its field and simulated ones."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from chemtag.base.types import Bools, Floats
from chemtag.cmd.clusters import (
    Photometry,
    Physics,
    Ranges,
    drawn_physics,
    joined_stars,
    stars_on,
)
from chemtag.cmd.diagram import MIN_STARS, MOST_STARS, mean_parallax
from chemtag.cmd.isochrones import Grid, Isochrone
from chemtag.cmd.models import QUANTITIES, Models
from chemtag.vet.matching import Matched, drawn_groups, matched_stars
from chemtag.vet.vetting import MIN_FIELD, PURITIES, Terms, share_above, share_below, shares_above

# Probabilities are compared by their logits, none surer than this.
SUREST = 1e-6


@dataclass(frozen=True)
class Judged:
    """What the diagram of a group says; numbers are NaN where `reason` says why it says nothing.

    `probability` of a cluster where there are as many asterisms; `values`: value, low and high of
    each of QUANTITIES; `p`, `p_pure`, `power` (by purity), `power_against` as of other data.
    """

    n_data: int
    n_field: int
    probability: float
    in_domain: bool
    values: Mapping[str, tuple[float, float, float]]
    p: float
    p_pure: float
    power: Mapping[float, float]
    power_against: float
    reason: str


def nothing(n_data: int, n_field: int, reason: str) -> Judged:
    """Return what is said of a group that cannot be judged."""
    none = (np.nan, np.nan, np.nan)
    return Judged(n_data, n_field, np.nan, False, dict.fromkeys(QUANTITIES, none), np.nan, np.nan,
                  dict.fromkeys(PURITIES, np.nan), np.nan, reason)  # fmt: skip


def with_photometry(stars: Photometry, with_parallax: bool) -> Bools:
    """Return which stars (N,) have G, BP - RP and, where it is asked for, a parallax."""
    known = np.isfinite(stars.g) & np.isfinite(stars.colour)
    return np.asarray(known & np.isfinite(stars.parallax)) if with_parallax else np.asarray(known)


def not_judged(stars: Photometry, member: Bools, with_parallax: bool, reason: str) -> Judged:
    """Return what is said of the stars `member` (N,) of a sample in which nothing can be judged."""
    known = with_photometry(stars, with_parallax)
    return nothing(int((member & known).sum()), int((~member & known).sum()), reason)


def logit(probability: Floats) -> Floats:
    """Return ln p / (1 - p), p kept within SUREST of the ends."""
    p = np.clip(probability, SUREST, 1 - SUREST)
    return np.asarray(np.log(p / (1 - p)))


def judge_group(
    models: Models, grid: Grid, stars: Photometry, member: Bools, terms: Terms,
    generator: np.random.Generator,
) -> Judged:  # fmt: skip
    """Return what the diagram of the stars `member` (N,) of a sample says.

    The field are all other stars with photometry; field groups are matched star by star in
    parallax where the stars have it, whether the models use it or not. Of a group out of domain
    the probability stands, and no p.
    """
    complete = with_photometry(stars, models.with_parallax)
    own, offered = np.flatnonzero(member & complete), ~member & complete
    n_data, n_field = len(own), int(offered.sum())
    if n_data < MIN_STARS:
        return nothing(n_data, n_field, f"{n_data} stars have a colour, {MIN_STARS} are needed")
    group = stars.rows(own)
    features = models.features([group])
    size = np.array([min(n_data, MOST_STARS)], dtype=float)
    found = {q: tuple(float(end[0]) for end in v) for q, v in models.values(features, size).items()}
    probability = float(models.probability(features)[0])
    inside = bool(models.in_domain(features)[0])
    blank = replace(nothing(n_data, n_field, ""), probability=probability, in_domain=inside)
    blank = replace(blank, values=found)  # type: ignore[arg-type]
    if not inside:
        return replace(blank, reason="its diagram is unlike all that the models were trained on")
    if n_field < max(MIN_FIELD, 2 * n_data):
        return replace(blank, reason=f"only {n_field} field stars have a colour")
    own = own[np.linspace(0, n_data - 1, min(n_data, MOST_STARS)).round().astype(int)]
    known = bool(np.isfinite(stars.parallax).any())
    parallax = stars.parallax[:, None] if known else np.empty((len(stars), 0))
    matched = matched_stars(parallax, own, offered, max(terms.neighbours, 2 * len(own)))
    drawn = drawn_groups(matched, terms.draws, generator)
    null = logit(models.probability(models.features([stars.rows(rows) for rows in drawn])))
    pure = {}
    for purity in sorted({*PURITIES, terms.purity}):
        # Its p-value is to survive as many tests as that of the field.
        n = terms.draws if purity == terms.purity else terms.simulations
        groups = simulated_groups(grid, stars, own, matched, purity, n, generator)
        pure[purity] = logit(models.probability(models.features(groups)))
    score = float(logit(np.array([probability]))[0])
    return replace(
        blank,
        p=share_above(score, null),
        p_pure=share_below(score, pure[terms.purity]),
        power={u: float(np.mean(shares_above(pure[u], null) <= terms.alpha)) for u in PURITIES},
        power_against=float(np.mean(shares_above(-null, -pure[terms.purity]) <= terms.alpha)),
    )


def simulated_groups(
    grid: Grid, stars: Photometry, own: np.ndarray, matched: Matched, purity: float, n: int,
    generator: np.random.Generator,
) -> list[Photometry]:  # fmt: skip
    """Return `n` groups of a purity in the place of the stars `own`.

    round(purity * stars) of them are a synthetic cluster as bright as the faintest star of the
    group, at its mean parallax (without, at a distance of the training); the others are matched
    field stars.
    """
    group = stars.rows(own)
    siblings = round(purity * len(own))
    limit = float(group.g.max())
    drawn = drawn_groups(matched, n, generator)
    ranges = Ranges()
    choices = grid.between(ranges.log_age, ranges.mh)
    modulus = None
    if np.isfinite(group.parallax).any():
        modulus = float(-5 * np.log10(max(mean_parallax(group), 0.05)) + 10)
    found = []
    for rows in drawn:
        cluster = a_cluster(choices, ranges, modulus, siblings, limit, generator)
        others = generator.permutation(rows)[: len(own) - siblings]
        found.append(joined_stars([cluster, stars.rows(others)]))
    return found


def a_cluster(
    choices: list[Isochrone], ranges: Ranges, modulus: float | None, n: int, limit: float,
    generator: np.random.Generator, tries: int = 20,
) -> Photometry:  # fmt: skip
    """Return a synthetic cluster of `n` stars brighter than `limit`, the richest of some tries."""
    best = Photometry(*np.empty((3, 0)))
    for _ in range(tries):
        one, what = drawn_physics(ranges, choices, generator, modulus)
        spread = generator.uniform(0.0, ranges.spread_av)
        binaries = generator.uniform(*ranges.binaries)
        stars = stars_on(one, what, n, limit, binaries, spread, generator)
        best = stars if len(stars) > len(best) else best
        if len(best) >= n:
            break
    return best


def best_isochrone(grid: Grid, judged: Judged) -> tuple[Isochrone, Physics]:
    """Return the isochrone nearest to the age found, of nearly solar metals, and what was found."""
    age, modulus, a_v = (judged.values[q][0] for q in QUANTITIES)
    one = grid.near(age, 0.0)
    return one, Physics(one.log_age, one.mh, modulus, a_v)
