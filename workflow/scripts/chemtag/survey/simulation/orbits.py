"""Clusters bound, dissolving and dissolved: orbits, ages, and what is seen of their stars.

Orbits are epicycles (Binney & Tremaine 2008, 3.2.3) in a disc of flat rotation curve: guiding
radius from the angular momentum, kappa = sqrt(2) v0 / R_g, a harmonic oscillation in z. A cluster
has one orbit and one age. The stars of a bound one share place and velocity, those of a dissolving
one nearly so; of a dissolved one they keep its actions and are anywhere along its orbit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chemtag.base.types import Floats
from chemtag.survey.galactic import Sun, as_seen

FIELD = "field"
TRIES = 64
"""Places along an orbit, of which the first within reach of the survey is taken."""
# Streams of what is drawn, by name; new ones stand at the end, so that the others stay.
_OF_ORBITS = ("guiding", "radial", "vertical", "age", "state", "place")
_OF_STARS = ("orbit", "place", "size", "dispersion", "heat", "parallax", "motion", "rv", "age")


@dataclass(frozen=True)
class Orbits:
    """Actions J_R, L_z, J_z (n, 3; kpc km/s), age (n,; Gyr) and phases of clusters or stars.

    `phase` (n, 3): angle about the centre from the Sun, along the epicycle and in z (rad).
    """

    actions: Floats
    age: Floats
    phase: Floats
    state: NDArray[np.object_]

    def at(self, rows: NDArray[np.int64]) -> "Orbits":
        """Return those of the rows (m,)."""
        return Orbits(self.actions[rows], self.age[rows], self.phase[rows], self.state[rows])


def streams(rng: np.random.Generator, names: tuple[str, ...]) -> dict[str, np.random.Generator]:
    """Return a stream for each of the names, by their order."""
    return dict(zip(names, rng.spawn(len(names)), strict=True))


def draw_orbits(
    space: dict[str, Any], count: int, rng: np.random.Generator, state: str = "", age: Any = None
) -> Orbits:
    """Draw the orbits of `count` clusters, or of field stars (`state` "field").

    Guiding radii and ages are normal, clipped to their ranges; J_R and J_z exponential about the
    squares of the dispersions at that age over the frequencies. `age` (count,) is taken where it is
    given.
    """
    stream = streams(rng, _OF_ORBITS)
    guiding = _clipped_normal(space["guiding_radius"], stream["guiding"].standard_normal(count))
    drawn = _clipped_normal(space["ages"], stream["age"].standard_normal(count))
    ages = drawn if age is None else np.asarray(age, dtype=float)
    heating = space["heating"]
    grown = np.maximum(ages / heating["age"], 0.01) ** (2 * heating["exponent"])
    kappa = np.sqrt(2) * space["sun"]["v0"] / guiding
    radial = heating["radial"] ** 2 * grown / kappa * stream["radial"].standard_exponential(count)
    vertical = heating["vertical"] ** 2 * grown / space["vertical_frequency"]
    vertical = vertical * stream["vertical"].standard_exponential(count)
    actions = np.column_stack([radial, guiding * space["sun"]["v0"], vertical])
    phase = within_reach(space, actions, stream["place"])
    names = np.array(list(space["states"]), dtype=object)
    edges = np.cumsum([space["states"][name]["share"] for name in names])[:-1]
    codes = np.searchsorted(edges, stream["state"].random(count), side="right")
    states = np.full(count, state, dtype=object) if state else names[codes]
    return Orbits(actions, ages, phase, states)


def _clipped_normal(entry: dict[str, Any], normal: Floats) -> Floats:
    return np.asarray(np.clip(entry["mean"] + entry["sd"] * normal, *entry["range"]))


def along(
    space: dict[str, Any], actions: Floats, phase: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return R, vR, vT, z, vz (each (...)) at a phase (..., 3) of orbits of `actions` (..., 3)."""
    v0, nu = space["sun"]["v0"], space["vertical_frequency"]
    radial, momentum, vertical = np.moveaxis(actions, -1, 0)
    guiding = momentum / v0
    kappa = np.sqrt(2) * v0 / guiding
    reach, height = np.sqrt(2 * radial / kappa), np.sqrt(2 * vertical / nu)
    radius = np.maximum(guiding + reach * np.cos(phase[..., 1]), 0.1)
    vr = -kappa * reach * np.sin(phase[..., 1])
    z, vz = height * np.cos(phase[..., 2]), -nu * height * np.sin(phase[..., 2])
    return radius, vr, momentum / radius, z, vz


def cartesian(
    azimuth: Floats, radius: Floats, vr: Floats, vt: Floats, z: Floats, vz: Floats
) -> tuple[Floats, Floats]:
    """Return places and velocities (..., 3) in the frame of `Sun.frame`; azimuth 0 is the Sun's."""
    cos, sin = np.cos(azimuth), np.sin(azimuth)
    place = np.stack([-radius * cos, radius * sin, z], axis=-1)
    return place, np.stack([-vr * cos + vt * sin, vr * sin + vt * cos, vz], axis=-1)


def within_reach(space: dict[str, Any], actions: Floats, rng: np.random.Generator) -> Floats:
    """Draw phases (n, 3) at which orbits of `actions` (n, 3) are within reach of the survey.

    The first of `TRIES`, or the nearest where none is.
    """
    widest = np.arcsin(min(1.0, space["reach"] / space["sun"]["r0"]))
    phase = rng.random((len(actions), TRIES, 3)) * 2 * np.pi
    phase[..., 0] = (phase[..., 0] / np.pi - 1) * widest
    place, _ = cartesian(phase[..., 0], *along(space, actions[:, None], phase))
    sun = np.array([-space["sun"]["r0"], 0.0, space["sun"]["z0"]])
    distance = np.sqrt(((place - sun) ** 2).sum(axis=-1))
    inside = distance < space["reach"]
    chosen = np.where(inside.any(axis=1), inside.argmax(axis=1), distance.argmin(axis=1))
    return phase[np.arange(len(actions)), chosen]


def stars_on(
    space: dict[str, Any], orbits: Orbits, codes: NDArray[np.int64], rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what is seen (contract `stars`) and what is true (`birth`) of stars of `orbits`.

    `codes` (n,) is the row of each star in `orbits`. Actions of stars of bound and dissolving
    clusters are those of the cluster.
    """
    stream = streams(rng, _OF_STARS)
    own, count = orbits.at(codes), len(codes)
    states = space["states"]
    gone = own.state == "dissolved"
    heat = stream["heat"].standard_normal((count, 3))
    spread = states["dissolved"]
    actions = own.actions.copy()
    actions[gone, 1] += spread["momentum"] * heat[gone, 1]
    actions[gone, ::2] *= np.exp(spread["heat"] * heat[gone, ::2])
    phase = np.where(gone[:, None], within_reach(space, actions, stream["place"]), own.phase)
    place, velocity = cartesian(phase[:, 0], *along(space, actions, phase))
    size, warm = (
        np.array([states[s].get(key, 0.0) if s in states else 0.0 for s in own.state])
        for key in ("size", "dispersion")
    )
    place = place + size[:, None] * stream["size"].standard_normal((count, 3))
    velocity = velocity + warm[:, None] * stream["dispersion"].standard_normal((count, 3))
    true = {**as_seen(place, velocity, Sun.of(space["sun"])), "age": own.age}
    birth = {"state": own.state, "age_true": own.age}
    birth |= {f"{a}_true": actions[:, i] for i, a in enumerate(("jr", "lz", "jz"))}
    return measured(space["errors"], true, stream), pd.DataFrame(birth)


def measured(
    errors: dict[str, float], true: dict[str, Floats], stream: dict[str, np.random.Generator]
) -> pd.DataFrame:
    """Return values with Gaussian errors of one size each; parallaxes may be measured below 0."""
    count = len(true["ra"])
    motion = stream["motion"].standard_normal((count, 2))
    normal = {name: stream[name].standard_normal(count) for name in ("parallax", "rv", "age")}
    normal |= {"pmra": motion[:, 0], "pmdec": motion[:, 1]}
    size = {"pmra": errors["motion"], "pmdec": errors["motion"]}
    size |= {name: errors[name] for name in ("parallax", "rv", "age")}
    table = {"ra": true["ra"], "dec": true["dec"]}
    for name in ("parallax", "pmra", "pmdec", "rv", "age"):
        column = "radial_velocity" if name == "rv" else name
        table[column] = true[name] + size[name] * normal[name]
        table[f"{column}_err"] = np.full(count, float(size[name]))
    return pd.DataFrame(table)
