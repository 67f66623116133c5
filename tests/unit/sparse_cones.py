"""Simulated cones of field stars that hold one sparse cluster, or one chance asterism.

Cones are those of the simulator (`survey.simulation.phase_space`), brighter than G = 18. Distances,
radii, dispersions and velocities of clusters are those of `resources/recipes/cone.yaml`, which has
them from Cantat-Gaudin et al. (2018).
"""

from pathlib import Path

import numpy as np
import pandas as pd

from chemtag.base.seeds import generator_for
from chemtag.survey.simulation import read_recipe
from chemtag.survey.simulation.phase_space import (
    TIDAL,
    Clusters,
    field_stars,
    in_disc,
    member_stars,
    plummer,
    seen,
    velocities,
)
from chemtag.tag.protocol import Space

NAMES = ("xi", "eta", "pmra", "pmdec", "parallax")
MOTIONS = NAMES[2:]
STARS = 15
KINDS = ("cluster", "asterism", "asterism of one distance", "field")
RECIPE = Path(__file__).resolve().parents[2] / "resources" / "recipes" / "cone.yaml"
# Crowded: as many stars within as large a radius (deg) as Gaia has around NGC 103, with the motions
# of the recipe. Sparse: as many a square degree as around ra 45, dec 0, where no cluster is, with
# the median parallax, the slope of the counts and rounded velocities of that field.
FIELDS = {"crowded": (6600, 0.44), "sparse": (2700, 1.0)}
SPARSE = {
    "frame": [0, 0],
    "field": {"scale": 0.35, "velocity": {"mean": [22, -18], "sd": [38, 32], "correlation": 0.1}},
}


def phase_space(place: str, share: float = 1.0) -> tuple[dict, int]:
    """Return the block `phase_space` of a cone at `place`, and its number of field stars.

    `share`: part of the solid angle of the whole cone.
    """
    count, radius = FIELDS[place]
    space = read_recipe(RECIPE)["phase_space"] | (SPARSE if place == "sparse" else {})
    space["cone"] = space["cone"] | {"radius": radius * np.sqrt(share)}
    slope = 0.2 if place == "sparse" else 0.3
    space["magnitudes"] = {"bright": 8, "faint": 18, "slope": slope}
    return space, round(share * count)


def stars_of(
    kind: str, space: dict, rng: np.random.Generator, known: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the `STARS` stars of a cluster or asterism, somewhere in the cone; none of a `field`.

    An asterism has the profile of a cluster on the sky: of any stars of the field, or of stars at
    the distance of the cluster that move as the field does. `known`: clusters (r50 in deg, parallax
    in mas) one of which lends its size and its distance, at most 10 kpc.
    """
    building, drawing, placing, choosing = rng.spawn(4)
    one = Clusters(space, 1, building)
    if known is not None:
        row = known.iloc[int(choosing.integers(len(known)))]
        largest = space["cone"]["radius"] / (2 * TIDAL)
        one.half = np.array([min(float(row["r50"]), largest)])
        one.distance = np.array([1 / max(float(row["parallax"]), 0.1)])
        one.place = in_disc(choosing.random((1, 2)), space["cone"]["radius"] - TIDAL * one.half)
    if kind == "field":
        return field_stars(space, 0, drawing)
    if kind == "cluster":
        return member_stars(space, np.zeros(STARS, dtype=np.int64), one, drawing)
    plane = one.place + plummer(placing.random((STARS, 2)), one.half[0])
    if kind == "asterism":
        found = field_stars(space, STARS, drawing)
        found[["xi", "eta"]] = plane
        return found
    velocity = velocities(space["field"]["velocity"], placing.standard_normal((STARS, 2)))
    return seen(space, plane, np.full(STARS, 1 / one.distance[0]), velocity, drawing)


def cone_with(kind: str, place: str, seed: int, turn: int = 0, share: float = 1.0, known=None):
    """Return the space of a cone in units of its features, and which stars (N,) were put there."""
    space, count = phase_space(place, share)
    around, inside = generator_for(seed, "sparse", place, kind, turn).spawn(2)
    own = stars_of(kind, space, inside, known)
    table = pd.concat([field_stars(space, count, around), own], ignore_index=True)
    return space_of(table), np.arange(len(table)) >= count


def space_of(table: pd.DataFrame) -> Space:
    """Return the space of the stars, with the covariance of their motions and parallaxes."""
    covariance = np.zeros((len(table), 5, 5))
    for i, one in enumerate(MOTIONS):
        for j, other in enumerate(MOTIONS):
            pair = next((f"{a}_{b}_corr" for a, b in ((one, other), (other, one))
                         if f"{a}_{b}_corr" in table), None)  # fmt: skip
            factor = 1.0 if i == j else table[pair]
            covariance[:, i + 2, j + 2] = factor * table[f"{one}_err"] * table[f"{other}_err"]
    star_id = np.array([f"{row:06d}" for row in range(len(table))], dtype=object)
    values = table[list(NAMES)].to_numpy(float)
    return Space(star_id, values, covariance, NAMES, centre=np.zeros(5), divisor=np.ones(5))


def purity_and_match(group: np.ndarray, own: np.ndarray) -> tuple[float, float]:
    """Return the largest share of stars `own` in a group, and the largest match of `own`.

    The match is the lesser of purity and completeness (`score.matching`), 0 without a group.
    """
    sizes = np.bincount(group[group >= 0], minlength=1)
    held = np.bincount(group[own & (group >= 0)], minlength=len(sizes))
    purity = held / np.maximum(sizes, 1)
    match = held / np.maximum(np.maximum(sizes, own.sum()), 1)
    return float(purity.max()), float(match.max())
