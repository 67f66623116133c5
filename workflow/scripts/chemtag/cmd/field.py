"""Field stars: simulated on isochrones along a line of sight, and asterisms drawn from a field."""

import numpy as np

from chemtag.cmd.clusters import (
    Photometry,
    Physics,
    joined_stars,
    like_parallax,
    stars_on,
)
from chemtag.cmd.extinction import extinction
from chemtag.cmd.imf import stars_below
from chemtag.cmd.isochrones import Grid

# The simulated disc, stated and not fitted: populations in one line of sight, ages (Gyr) between
# which they are uniform, mean and scatter of [M/H], share of binaries, scatter of A_V in each.
POPULATIONS = 400
AGES_GYR = (0.05, 10.0)
METALS = (-0.15, 0.2)
BINARIES, SPREAD_AV = 0.4, 0.1


def simulated_field(grid: Grid, n: int, limit: float, generator: np.random.Generator) -> Photometry:
    """Return about `n` stars brighter than G = `limit` in a line of sight through a disc.

    Populations of uniform age and Gaussian [M/H], at distances from 0.05 to 8 kpc whose number
    grows as the cone and falls off with a scale that is drawn (0.3 to 3 kpc); A_V grows with the
    distance within a layer of dust, at a rate that is drawn (0.05 to 1.2 mag a kpc).
    """
    scale = np.exp(generator.uniform(np.log(0.3), np.log(3.0)))
    rate, layer = generator.uniform(0.05, 1.2), generator.uniform(0.3, 3.0)
    distance = np.linspace(0.05, 8.0, 400)
    weight = distance**2 * np.exp(-distance / scale)
    parts = []
    drawn = generator.choice(distance, POPULATIONS, p=weight / weight.sum())
    for d in drawn:
        age = generator.uniform(*AGES_GYR)
        one = grid.near(np.log10(age) + 9, generator.normal(*METALS))
        a_v = rate * layer * (1 - np.exp(-d / layer))
        parts.append(Physics(one.log_age, one.mh, 5 * np.log10(d) + 10, a_v))
    return _counted(grid, parts, n, limit, generator)


def _counted(
    grid: Grid, populations: list[Physics], n: int, limit: float, generator: np.random.Generator
) -> Photometry:
    """Return `n` stars of populations that were equally rich, by what is bright enough of each."""
    share = np.empty(len(populations))
    for i, what in enumerate(populations):
        one = grid.near(what.log_age, what.mh)
        bright = one.magnitude[:, 0] + what.distance_modulus
        bright = bright + extinction(one.colour, what.a_v)[0] < limit
        share[i] = 0.0
        if bright.any():
            low = one.mass[int(np.argmax(bright))]
            share[i] = float(np.diff(stars_below(np.array([low, one.mass[-1]])))[0])
    counts = generator.multinomial(n, share / share.sum())
    found = []
    for what, count in zip(populations, counts, strict=True):
        one = grid.near(what.log_age, what.mh)
        found.append(stars_on(one, what, int(count), limit, BINARIES, SPREAD_AV, generator))
    return joined_stars(found)


def asterisms(
    field: Photometry, sizes: np.ndarray, limits: np.ndarray, generator: np.random.Generator
) -> list[Photometry]:
    """Return chance groups of field stars: every second at random, the others alike in parallax.

    What a search in motion and parallax takes for a cluster has stars of one distance.
    """
    found = []
    for i, (size, limit) in enumerate(zip(sizes, limits, strict=True)):
        bright = np.flatnonzero(field.g < limit)
        if i % 2 or not np.isfinite(field.parallax).any():
            rows = generator.choice(bright, min(int(size), len(bright)), replace=False)
        else:
            about = field.parallax[generator.choice(bright)]
            rows = like_parallax(field, float(about), float(limit), int(size), generator)
        found.append(field.rows(rows))
    return found
