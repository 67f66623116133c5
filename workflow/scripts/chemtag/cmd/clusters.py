"""Synthetic clusters on isochrones: masses, binaries, distance, extinction, errors, interlopers."""

from dataclasses import dataclass, replace

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.cmd.extinction import extinction
from chemtag.cmd.imf import drawn_masses
from chemtag.cmd.isochrones import Grid, Isochrone

# Median standard errors of BP - RP, of G and of the parallax (mas) by G, measured in a Gaia DR3
# field (that of NGC 103, to G = 18.5; beyond, a guess).
ERROR_AT = np.array([10.0, 13.5, 14.5, 15.5, 16.5, 17.5, 18.25, 19.5])
COLOUR_ERROR = np.array([0.0047, 0.0048, 0.0049, 0.0055, 0.0074, 0.0136, 0.0241, 0.0700])
G_ERROR = 0.0028
PARALLAX_ERROR = np.array([0.014, 0.013, 0.014, 0.020, 0.030, 0.049, 0.084, 0.150])
# Standard deviation of the zero point of parallaxes between clusters, mas: an assumption.
ZERO_POINT = 0.02
# So often more stars are drawn where too few are bright enough.
TRIES = 20
# So many clusters in a row without enough bright stars are no chance: the grid has none to give.
MOST_FAILURES = 1000


@dataclass(frozen=True)
class Photometry:
    """Stars of a group: G and BP - RP (n,), parallaxes in mas (n,), NaN where there are none."""

    g: Floats
    colour: Floats
    parallax: Floats

    def __len__(self) -> int:
        return len(self.g)

    def rows(self, rows: np.ndarray) -> "Photometry":
        """Return some of the stars."""
        return Photometry(self.g[rows], self.colour[rows], self.parallax[rows])


@dataclass(frozen=True)
class Physics:
    """What a cluster is: log10 age (yr), [M/H], distance modulus and A_V (mag)."""

    log_age: float
    mh: float
    distance_modulus: float
    a_v: float


@dataclass(frozen=True)
class Ranges:
    """What synthetic clusters are drawn from, uniformly unless said otherwise.

    A_V is uniform from `least_a_v` to `a_v`, or to 0.3 and `a_v_a_kpc` times the distance in kpc if
    that is less. `spread_av`: largest standard deviation of A_V within a cluster, as a share of it.
    `binaries`: share of stars with a companion, whose mass ratio is uniform. `interlopers`: share
    of field stars. Numbers of stars are uniform in their logarithm. `limit`: faintest G.
    """

    log_age: tuple[float, float] = (6.6, 9.84)
    mh: tuple[float, float] = (-0.45, 0.3)
    distance_modulus: tuple[float, float] = (5.5, 13.5)
    least_a_v: float = 0.0
    a_v: float = 3.0
    a_v_a_kpc: float = 1.0
    spread_av: float = 0.1
    binaries: tuple[float, float] = (0.2, 0.6)
    interlopers: tuple[float, float] = (0.0, 0.4)
    n_stars: tuple[int, int] = (10, 600)
    limit: tuple[float, float] = (16.5, 18.5)


def colour_error(g: Floats) -> Floats:
    """Return the standard error of BP - RP (N,) at magnitudes G (N,)."""
    return np.interp(g, ERROR_AT, COLOUR_ERROR)


def parallax_error(g: Floats) -> Floats:
    """Return the standard error of the parallax (N,) in mas at magnitudes G (N,)."""
    return np.interp(g, ERROR_AT, PARALLAX_ERROR)


def observed(
    absolute: Floats, distance_modulus: Floats | float, a_v: Floats, generator: np.random.Generator
) -> Photometry:
    """Return what Gaia sees of stars of absolute G, BP, RP (N, 3) behind A_V (N,), with errors."""
    seen = absolute.T + extinction(absolute[:, 1] - absolute[:, 2], a_v) + distance_modulus
    g, colour = seen[0], seen[1] - seen[2]
    parallax = np.broadcast_to(10 ** (2 - np.asarray(distance_modulus) / 5), g.shape)
    noise = generator.normal(size=(3, len(g)))
    return Photometry(
        g + G_ERROR * noise[0],
        colour + colour_error(g) * noise[1],
        parallax + parallax_error(g) * noise[2],
    )


def stars_on(
    isochrone: Isochrone, physics: Physics, n: int, limit: float, binaries: float,
    spread_av: float, generator: np.random.Generator,
) -> Photometry:  # fmt: skip
    """Return up to `n` stars of a cluster brighter than G = `limit`, fewer where it has none.

    Masses follow `imf`; a companion has a share of the primary's mass uniform from the lowest mass
    of the isochrone; A_V scatters by `spread_av` of itself.
    """
    bright = isochrone.magnitude[:, 0] + physics.distance_modulus
    bright = bright + extinction(isochrone.colour, physics.a_v)[0] < limit + 1.0
    if not bright.any():
        return Photometry(*np.empty((3, 0)))
    low = isochrone.mass[max(int(np.argmax(bright)) - 1, 0)]
    high = isochrone.mass[-1]
    parts, have = [], 0
    for _ in range(TRIES):
        mass = drawn_masses(low, high, 2 * n + 8, generator)
        absolute = with_companions(isochrone, mass, binaries, generator)
        a_v = physics.a_v * np.maximum(1 + spread_av * generator.normal(size=len(mass)), 0.0)
        stars = observed(absolute, physics.distance_modulus, a_v, generator)
        parts.append(stars.rows(np.flatnonzero(stars.g < limit)))
        have += len(parts[-1])
        if have >= n:
            break
    joined = joined_stars(parts)
    zero_point = ZERO_POINT * generator.normal()
    joined = replace(joined, parallax=joined.parallax + zero_point)
    return joined.rows(np.arange(min(n, len(joined))))


def with_companions(
    isochrone: Isochrone, mass: Floats, binaries: float, generator: np.random.Generator
) -> Floats:
    """Return absolute G, BP, RP (N, 3) of masses (N,), a share of the stars with a companion."""
    primary = isochrone.at(mass)
    other = isochrone.at(np.maximum(mass * generator.uniform(size=len(mass)), isochrone.mass[0]))
    both = -2.5 * np.log10(10 ** (-0.4 * primary) + 10 ** (-0.4 * other))
    return np.where(generator.uniform(size=(len(mass), 1)) < binaries, both, primary)


def joined_stars(parts: list[Photometry]) -> Photometry:
    """Return the stars of all parts, in order."""
    return Photometry(
        np.concatenate([part.g for part in parts]),
        np.concatenate([part.colour for part in parts]),
        np.concatenate([part.parallax for part in parts]),
    )


def drawn_physics(
    ranges: Ranges, isochrones: list[Isochrone], generator: np.random.Generator,
    modulus: float | None = None,
) -> tuple[Isochrone, Physics]:  # fmt: skip
    """Return an isochrone, each with like chance, and what else a cluster of it is.

    The distance modulus is drawn where it is not given.
    """
    one = isochrones[int(generator.integers(len(isochrones)))]
    if modulus is None:
        modulus = generator.uniform(*ranges.distance_modulus)
    most = min(ranges.a_v, 0.3 + ranges.a_v_a_kpc * 10 ** (modulus / 5 - 2))
    return one, Physics(
        one.log_age, one.mh, modulus, generator.uniform(min(ranges.least_a_v, most), most)
    )


def synthetic_clusters(
    grid: Grid, ranges: Ranges, n: int, field: Photometry, generator: np.random.Generator
) -> tuple[list[Photometry], list[Physics]]:
    """Return `n` clusters with interlopers from `field`, and what they are.

    Interlopers are brighter than the limit of the cluster and drawn among those nearest to it in
    parallax: others would not be taken for members. Raises `InputProblem` for a grid without solar
    isochrones, and for one no cluster of which has 90 % of its stars brighter than the limit.
    """
    isochrones = grid.between(ranges.log_age, ranges.mh)
    if not isochrones:
        raise InputProblem(
            f"cmd/isochrones: {grid.name} has no isochrone with log10 age (yr) in {ranges.log_age} "
            f"and [M/H] in {ranges.mh}, expected some; name a grid of many ages and solar metals."
        )
    clusters: list[Photometry] = []
    physics: list[Physics] = []
    low, high = np.log(ranges.n_stars)
    failures = 0
    while len(clusters) < n:
        one, what = drawn_physics(ranges, isochrones, generator)
        size = int(np.exp(generator.uniform(low, high)))
        limit = generator.uniform(*ranges.limit)
        others = int(generator.binomial(size, generator.uniform(*ranges.interlopers)))
        own = stars_on(one, what, size - others, limit, generator.uniform(*ranges.binaries),
                       generator.uniform(0.0, ranges.spread_av), generator)  # fmt: skip
        if len(own) < 0.9 * (size - others):
            failures += 1
            if failures == MOST_FAILURES:
                raise InputProblem(_too_faint(grid, ranges))
            continue
        failures = 0
        taken = like_parallax(
            field, 10 ** (2 - what.distance_modulus / 5), limit, others, generator
        )
        clusters.append(joined_stars([own, field.rows(taken)]))
        physics.append(what)
    return clusters, physics


def _too_faint(grid: Grid, ranges: Ranges) -> str:
    absolute = np.concatenate([one.magnitude[:, 0] for one in grid.isochrones])
    near, far = ranges.distance_modulus
    return (
        f"cmd/isochrones: none of {MOST_FAILURES} clusters from {grid.name}, at distance moduli of "
        f"{near:g} to {far:g}, has 90 % of its stars brighter than G = {ranges.limit[0]:g} to "
        f"{ranges.limit[1]:g}, expected most to; G was read as {absolute.min():g} to "
        f"{absolute.max():g} mag: name absolute magnitudes of Gaia under g, bp, rp."
    )


def like_parallax(
    field: Photometry, parallax: float, limit: float, n: int, generator: np.random.Generator
) -> np.ndarray:
    """Return `n` rows of the field, drawn among its `10 n` (50 at least) nearest in parallax.

    Nearness is measured in the errors of the stars, with a floor of 0.05 mas; only stars brighter
    than `limit` are taken.
    """
    bright = np.flatnonzero((field.g < limit) & np.isfinite(field.parallax))
    if not len(bright) or n == 0:
        return bright[:0]
    distance = np.abs(field.parallax[bright] - parallax) / np.hypot(
        parallax_error(field.g[bright]), 0.05
    )
    pool = bright[np.argsort(distance, kind="stable")[: max(10 * n, 50)]]
    return generator.choice(pool, min(n, len(pool)), replace=False)
