"""A field of dissolved birth clusters: masses, ages, birth radii, and the abundances they imply.

Every field star was born in a cluster. Masses follow dN/dM ~ M^-slope; a cluster of mass M has
Poisson(rate M) stars in the survey, most of them none. All stars of a cluster share its cloud, so
the field holds siblings that no list of members knows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtag.base.types import Floats
from chemtag.survey.simulation.models import member_model, vector_of

BLOCK = 1 << 18
"""Clusters drawn at a time; the blocks are the same for any number of stars."""


@dataclass(frozen=True)
class Dissolved:
    """Field stars in the order of their clusters: `truth` (n, E) in dex, names and numbers (n,).

    `mass` in solar masses, `age` in Gyr and `radius` of birth in kpc are those of the cluster.
    """

    truth: Floats
    population: list[str]
    cluster: list[str]
    mass: Floats
    age: Floats
    radius: Floats


def masses(entry: dict[str, float], uniform: Floats) -> Floats:
    """Masses (n,) of clusters at quantiles `uniform` of dN/dM ~ M^-slope from `least` to `most`."""
    power = 1 - entry["slope"]
    low, high = entry["least"] ** power, entry["most"] ** power
    return (low + uniform * (high - low)) ** (1 / power)


def draw_dissolved(recipe: dict[str, Any], count: int, rng: np.random.Generator) -> Dissolved:
    """Draw the first `count` field stars of `recipe`, cluster after cluster.

    With the same `rng` the first stars are the same for any `count`.
    """
    found: list[Dissolved] = []
    for block in _blocks(recipe, rng):
        found.append(block)
        if sum(len(part.mass) for part in found) >= count:
            break
    names = [name for part in found for name in part.cluster]
    populations = [name for part in found for name in part.population]
    joined = (
        np.concatenate([getattr(part, name) for part in found])[:count]
        for name in ("truth", "mass", "age", "radius")
    )
    truth, mass, age, radius = joined
    return Dissolved(truth, populations[:count], names[:count], mass, age, radius)


def _blocks(recipe: dict[str, Any], rng: np.random.Generator) -> Iterator[Dissolved]:
    """Yield the stars of `BLOCK` clusters at a time, without end."""
    galaxy, populations = recipe["field"]["galaxy"], recipe["field"]["populations"]
    names = list(populations)
    shares = np.array([populations[name]["share"] for name in names], dtype=float)
    known = 0
    while True:
        weighing, counting, choosing, living, forming, scattering = rng.spawn(6)
        mass = masses(galaxy["mass_function"], weighing.random(BLOCK))
        stars = counting.poisson(galaxy["stars_per_solar_mass"] * mass)
        mass, stars = mass[stars > 0], stars[stars > 0]
        code = np.searchsorted(np.cumsum(shares)[:-1], choosing.random(len(mass)), side="right")
        age = _ages(populations, names, code, living)
        place = galaxy["radius"]
        radius = np.clip(
            place["mean"] + place["sd"] * forming.standard_normal(len(mass)), *place["range"]
        )
        cloud = clouds(recipe, code, age, radius, forming)
        of = np.repeat(np.arange(len(mass)), stars)
        truth = cloud[of] + member_model(recipe).draw(scattering, len(of))
        label = np.array([f"DISSOLVED {known + k + 1:07d}" for k in range(len(mass))], dtype=object)
        known += len(mass)
        population = np.array(names, dtype=object)[code]
        yield Dissolved(truth, list(population[of]), list(label[of]), mass[of], age[of], radius[of])


def _ages(
    populations: dict[str, Any], names: list[str], code: NDArray[Any], rng: np.random.Generator
) -> Floats:
    """Ages (n,) in Gyr: normal, within the range of the population."""
    numbers = [populations[name]["age"] for name in names]
    mean = np.array([entry["mean"] for entry in numbers])[code]
    sd = np.array([entry["sd"] for entry in numbers])[code]
    low, high = (np.array([entry["range"][end] for entry in numbers])[code] for end in (0, 1))
    return np.clip(mean + sd * rng.standard_normal(len(code)), low, high)


def clouds(
    recipe: dict[str, Any],
    code: NDArray[Any],
    age: Floats,
    radius: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Abundances (n, E) of clouds of the populations `code` (n,), by age (Gyr) and radius (kpc).

    iron = N(mean, sd) + gradient (R - 8) + iron_per_gyr (age - mean age); alpha = mean + on_iron
    (iron - mean iron) + alpha_per_gyr (age - mean age) + N(0, sd); the latent `age`, which C and N
    follow, is dredge_up log10(age / 5 Gyr): young giants are massive. Then the recipe's pattern.
    """
    galaxy = recipe["field"]["galaxy"]
    entries = list(recipe["field"]["populations"].values())
    elements, pattern = recipe["elements"], recipe["pattern"]

    def of(latent: str, key: str) -> Floats:
        return np.array([entry["latents"].get(latent, {}).get(key, 0.0) for entry in entries])[code]

    older = age - np.array([entry["age"]["mean"] for entry in entries])[code]
    normal = rng.standard_normal((len(code), 2 + len(elements)))
    iron = of("iron", "mean") + of("iron", "sd") * normal[:, 0]
    iron = iron + galaxy["gradient"] * (radius - 8) + galaxy["iron_per_gyr"] * older
    alpha = of("alpha", "mean") + of("alpha", "on_iron") * (iron - of("iron", "mean"))
    alpha = alpha + galaxy["alpha_per_gyr"] * older + of("alpha", "sd") * normal[:, 1]
    latents = {"iron": iron, "alpha": alpha, "age": galaxy["dredge_up"] * np.log10(age / 5)}
    drawn = normal[:, 2:] * vector_of(pattern["unique"], elements)
    for name, value in latents.items():
        if name in pattern["latents"]:
            drawn = drawn + value[:, None] * vector_of(pattern["latents"][name], elements)
    return drawn
