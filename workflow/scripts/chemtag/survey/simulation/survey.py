"""The simulated survey: star table, members as an observer lists them, and the truth."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.survey.simulation import sky
from chemtag.survey.simulation.galaxy import draw_dissolved
from chemtag.survey.simulation.models import cluster_model, field_model, member_model
from chemtag.survey.simulation.observing import observe, ratio_column
from chemtag.survey.simulation.orbits import FIELD, draw_orbits, stars_on
from chemtag.survey.simulation.phase_space import Clusters, field_stars, member_stars


@dataclass(frozen=True)
class Survey:
    """Tables `stars`, `members`, `birth` (contracts of the same names), and what describes them."""

    stars: pd.DataFrame
    members: pd.DataFrame
    birth: pd.DataFrame
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Part:
    """Stars drawn together: true abundances (n, E), places (n, 2), births, listed clusters."""

    truth: Floats
    places: Floats
    birth_cluster: list[str]
    population: list[str]
    listed: list[str]
    masses: dict[str, float] = field(default_factory=dict)
    motion: pd.DataFrame | None = None
    age: Floats | None = None
    orbit: pd.DataFrame | None = None


def simulate_survey(
    recipe: dict[str, Any],
    rng: np.random.Generator,
    n_field: int | None = None,
    error_scale: float = 1.0,
) -> Survey:
    """Simulate a survey of star clusters and field stars.

    `recipe` is as `read_recipe` returns it; `n_field` replaces its number of field stars and
    `error_scale` multiplies all measurement errors. Clusters, contaminants, field and the
    observation of each draw from streams of their own: with the same `rng`, cluster stars are
    identical for any `n_field`, and the first field stars are too.
    """
    if n_field is None:
        n_field = recipe["field"]["stars"] if recipe["field"] else 0
    if not error_scale > 0:
        raise InputProblem(
            f"error_scale is {error_scale}; it multiplies errors, so give more than 0."
        )
    if n_field < 0:
        raise InputProblem(f"n_field is {n_field}; it counts field stars, so give 0 or more.")
    if n_field and not recipe["field"]:
        raise InputProblem(
            f"n_field is {n_field}, but recipe {recipe['name']!r} has no `field` to draw field "
            "stars from; add one to the recipe or set n_field to 0."
        )
    clusters, intruding, background, observing, listing, moving, orbiting = rng.spawn(7)
    parts = _cluster_parts(recipe, clusters, intruding)
    parts.append(_field_part(recipe, n_field, background))
    if "phase_space" in recipe:
        parts = _in_cone(recipe, parts, moving)
    if "orbits" in recipe:
        parts = _in_disc(recipe, parts, orbiting)
    taken: set[str] = set()
    stars = []
    for part, stream in zip(parts, observing.spawn(len(parts)), strict=True):
        seen = observe(part.truth, recipe, stream, error_scale)
        seen.insert(0, "star_id", sky.identifiers(part.places, taken))
        seen.insert(1, "ra", part.places[:, 0])
        seen.insert(2, "dec", part.places[:, 1])
        if part.motion is not None:
            seen = pd.concat([seen, part.motion], axis=1)
        stars.append(seen)
    table = pd.concat([seen for seen in stars if len(seen)], ignore_index=True)
    meta = {
        "ratio": recipe["ratio"],
        "elements": list(recipe["elements"]),
        "solar_scale": recipe["solar_scale"],
        "source": "simulated",
        "recipe": recipe["name"],
        "n_field": int(n_field),
        "error_scale": float(error_scale),
    }
    if recipe["field"] and "galaxy" in recipe["field"]:
        meta["birth_mass"] = parts[-1].masses
    return Survey(
        stars=table,
        members=_members_table(recipe, parts, table["star_id"], listing),
        birth=_birth_table(recipe, parts, table["star_id"]),
        meta=meta,
    )


def _in_cone(recipe: dict[str, Any], parts: list[_Part], rng: np.random.Generator) -> list[_Part]:
    """The parts (members, contaminants, field) at places and with motions in the cone.

    Contaminants have the motions of the field and lie anywhere in the cone.
    """
    space, names = recipe["phase_space"], [m["name"] for m in recipe["clusters"]["members"]]
    centring, *streams = rng.spawn(1 + len(parts))
    clusters = Clusters(space, len(names), centring)
    moved = []
    for part, stream in zip(parts, streams, strict=True):
        if set(part.population) == {"cluster"}:
            codes = np.array([names.index(name) for name in part.birth_cluster])
            motion = member_stars(space, codes, clusters, stream)
        else:
            motion = field_stars(space, len(part.truth), stream)
        places = motion[["ra", "dec"]].to_numpy()
        moved.append(replace(part, places=places, motion=motion.drop(columns=["ra", "dec"])))
    return moved


def _in_disc(recipe: dict[str, Any], parts: list[_Part], rng: np.random.Generator) -> list[_Part]:
    """The parts (members, contaminants, field) on orbits in the disc, with ages and motions.

    Contaminants are field stars anywhere within reach. Stars that share a birth cluster share its
    orbit and age, in the field as well, where clusters have dissolved.
    """
    space = recipe["orbits"]
    moved = []
    for part, stream in zip(parts, rng.spawn(len(parts)), strict=True):
        born = np.array(part.birth_cluster, dtype=object)
        member = set(part.population) == {"cluster"}
        # A star without a cluster has an orbit of its own; orbits stand in the order of the stars.
        alone = np.where(born == "", np.arange(len(born)).astype(str), born)
        codes, names = pd.factorize(alone)
        first = np.unique(codes, return_index=True)[1]
        state = "" if member else "dissolved" if (born != "").any() else FIELD
        drawing, seeing = stream.spawn(2)
        age = None if part.age is None else part.age[first]
        orbits = draw_orbits(space, len(names), drawing, state, age)
        motion, birth = stars_on(space, orbits, codes, seeing)
        places = motion[["ra", "dec"]].to_numpy()
        motion = motion.drop(columns=["ra", "dec"])
        moved.append(replace(part, places=places, motion=motion, orbit=birth))
    return moved


def _cluster_parts(
    recipe: dict[str, Any], rng: np.random.Generator, intruding: np.random.Generator
) -> list[_Part]:
    """The cluster stars and the contaminants of the members list."""
    entries = recipe["clusters"]["members"]
    names = [entry["name"] for entry in entries]
    sizes = np.array([entry["stars"] for entry in entries])
    codes = np.repeat(np.arange(len(sizes)), sizes)
    central, scatter, placing, spreading, missing = rng.spawn(5)
    centres = cluster_model(recipe).draw(central, len(sizes))
    truth = centres[codes] + member_model(recipe).draw(scatter, len(codes))
    on_sky = recipe["observation"]["sky"]
    places = sky.cluster_places(len(sizes), on_sky["cluster_latitude_sd"], placing)
    membership = recipe["observation"]["membership"]
    missed = missing.choice(
        len(codes), size=round(membership["missed"] * len(codes)), replace=False
    )
    listed = np.array(names, dtype=object)[codes]
    listed[missed] = ""
    born = [names[code] for code in codes]
    members = _Part(
        truth,
        sky.place_stars(on_sky, codes, places, spreading),
        born,
        ["cluster"] * len(codes),
        list(listed),
    )
    share = membership["contamination"]
    count = round((len(codes) - len(missed)) * share / (1 - share))
    return [members, _contaminants(recipe, names, sizes, count, places, intruding)]


def _contaminants(
    recipe: dict[str, Any],
    names: list[str],
    sizes: NDArray[np.int64],
    count: int,
    places: Floats,
    rng: np.random.Generator,
) -> _Part:
    """Field stars in the line of sight of a cluster that the observer takes for members."""
    choosing, drawing, spreading = rng.spawn(3)
    codes = choosing.choice(len(sizes), size=count, p=sizes / sizes.sum())
    truth, population = _field_stars(recipe, count, drawing)
    return _Part(
        truth,
        sky.place_stars(recipe["observation"]["sky"], codes, places, spreading),
        [""] * count,
        population,
        [names[code] for code in codes],
    )


def _field_part(recipe: dict[str, Any], count: int, rng: np.random.Generator) -> _Part:
    drawing, placing = rng.spawn(2)
    born, weighed, age = [""] * count, {}, None
    if count and "galaxy" in recipe["field"]:
        field_stars = draw_dissolved(recipe, count, drawing)
        truth, population, born = field_stars.truth, field_stars.population, field_stars.cluster
        age = field_stars.age
        weighed = dict(zip(born, map(float, field_stars.mass), strict=True))
    else:
        truth, population = _field_stars(recipe, count, drawing)
    latitude_sd = recipe["observation"]["sky"]["field_latitude_sd"]
    places = sky.equatorial(sky.field_places(count, latitude_sd, placing))
    return _Part(truth, places, born, population, [""] * count, weighed, age=age)


def _field_stars(
    recipe: dict[str, Any], count: int, rng: np.random.Generator
) -> tuple[Floats, list[str]]:
    """True abundances (count, E) of field stars and the population of each."""
    if count == 0:
        return np.zeros((0, len(recipe["elements"]))), []
    if "galaxy" in recipe["field"]:
        strangers = draw_dissolved(recipe, count, rng)
        return strangers.truth, strangers.population
    model = field_model(recipe)
    truth, codes = model.draw(rng, count)
    return truth, [model.names[code] for code in codes]


def _members_table(
    recipe: dict[str, Any], parts: list[_Part], star_id: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    """The stars an observer lists as members, with a uniform membership probability."""
    listed = np.array([name for part in parts for name in part.listed], dtype=object)
    chosen = listed != ""
    low, high = recipe["observation"]["membership"]["probability"]
    probability = low + (high - low) * rng.random(int(chosen.sum()))
    return pd.DataFrame(
        {
            "star_id": star_id[chosen].to_numpy(),
            "cluster": listed[chosen],
            "probability": probability,
            "source": f"simulated: {recipe['name']}",
        }
    )


def _birth_table(recipe: dict[str, Any], parts: list[_Part], star_id: pd.Series) -> pd.DataFrame:
    truth = np.concatenate([part.truth for part in parts])
    table = {
        "star_id": star_id.to_numpy(),
        "birth_cluster": [name for part in parts for name in part.birth_cluster],
        "population": [name for part in parts for name in part.population],
    }
    for number, element in enumerate(recipe["elements"]):
        table[f"{ratio_column(element)}_true"] = truth[:, number]
    orbits = [part.orbit for part in parts if part.orbit is not None]
    if orbits:
        orbit = pd.concat(orbits, ignore_index=True)
        table |= {str(name): orbit[name].to_numpy() for name in orbit}
    return pd.DataFrame(table)
