"""Stars of a cone as Gaia sees them: places, parallaxes, proper motions and magnitudes.

Field stars fill the cone; a cluster has one distance, one velocity, a Plummer profile on the sky
and a dispersion. Proper motions are those of the frame (Galactic rotation) plus the velocity of a
star seen from its distance, so that their scatter grows with the parallax, as it does in the sky.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chemtag.base.types import Floats
from chemtag.survey.astrometry import KM_S, from_plane, gaia_errors, tangent_plane

MEASURED = ("parallax", "pmra", "pmdec")
TIDAL = 3.0
"""Largest distance of a member from the centre of its cluster, in units of its Plummer radius."""


def log_normal(entry: dict[str, float], normal: Floats) -> Floats:
    """Positive numbers of the given median at normal deviates, within three of them."""
    return np.asarray(entry["median"] * np.exp(entry["ln_sd"] * np.clip(normal, -3, 3)))


def magnitudes(entry: dict[str, float], uniform: Floats) -> Floats:
    """G (n,) at quantiles of counts that grow as 10^(slope G) from `bright` to `faint`."""
    low, high = 10 ** (entry["slope"] * entry["bright"]), 10 ** (entry["slope"] * entry["faint"])
    return np.log10(low + uniform * (high - low)) / entry["slope"]


def in_disc(uniform: Floats, radius: float | Floats) -> Floats:
    """Places (n, 2) spread evenly over a disc of `radius`, at quantiles `uniform` (n, 2)."""
    return _turned(radius * np.sqrt(uniform[:, 0]), uniform[:, 1])


def plummer(uniform: Floats, radius: float | Floats) -> Floats:
    """Places (n, 2) about the centre of a Plummer profile of `radius`, at quantiles (n, 2).

    A projected profile of radius a holds R^2 / (R^2 + a^2) within R (Plummer 1911, MNRAS 71, 460).
    Cut at `TIDAL` a = 3 a as here, 5/9 of the members lie within a, and half within 0.905 a.
    """
    inside = uniform[:, 0] * TIDAL**2 / (TIDAL**2 + 1)
    return _turned(radius * np.sqrt(inside / (1 - inside)), uniform[:, 1])


def _turned(reach: Floats, turn: Floats) -> Floats:
    """Places (n, 2) at distances `reach` (n,) from the centre, after `turn` (n,) of a turn."""
    angle = 2 * np.pi * turn
    return reach[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])


class Clusters:
    """Distance (kpc), Plummer radius (deg), place (deg), velocity, dispersion (km/s) of each."""

    def __init__(self, space: dict[str, Any], count: int, rng: np.random.Generator) -> None:
        far, wide, placing, moving, warm = rng.spawn(5)
        entry, cone = space["clusters"], space["cone"]
        self.distance = log_normal(entry["distance"], far.standard_normal(count))
        size = log_normal(entry["half_radius"], wide.standard_normal(count))
        self.half = np.degrees(np.arctan(size / (1000 * self.distance)))
        self.half = np.minimum(self.half, cone["radius"] / (2 * TIDAL))
        self.dispersion = log_normal(entry["dispersion"], warm.standard_normal(count))
        self.place = in_disc(placing.random((count, 2)), cone["radius"] - TIDAL * self.half)
        self.velocity = velocities(entry["velocity"], moving.standard_normal((count, 2)))


def velocities(entry: dict[str, Any], normal: Floats) -> Floats:
    """Tangential velocities (n, 2; km/s, east and north) of given mean, scatter and correlation."""
    east, north = normal.T
    turned = entry["correlation"] * east + np.sqrt(1 - entry["correlation"] ** 2) * north
    return np.asarray(entry["mean"]) + np.asarray(entry["sd"]) * np.column_stack([east, turned])


def field_stars(space: dict[str, Any], count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Field stars of the cone as they are seen (columns of the contract `stars`).

    Distances follow d^2 exp(-d / scale): a uniform density that the plane's depth cuts off.
    """
    far, placing, moving, seeing = rng.spawn(4)
    distance = space["field"]["scale"] * far.standard_gamma(3.0, count)
    plane = in_disc(placing.random((count, 2)), space["cone"]["radius"])
    velocity = velocities(space["field"]["velocity"], moving.standard_normal((count, 2)))
    return seen(space, plane, 1 / np.maximum(distance, 0.05), velocity, seeing)


def member_stars(
    space: dict[str, Any], codes: NDArray[np.int64], clusters: Clusters, rng: np.random.Generator
) -> pd.DataFrame:
    """Members of the clusters `codes` (n,) as they are seen, in Plummer profiles (`plummer`)."""
    placing, moving, seeing = rng.spawn(3)
    plane = clusters.place[codes] + plummer(placing.random((len(codes), 2)), clusters.half[codes])
    own = clusters.dispersion[codes, None] * moving.standard_normal((len(codes), 2))
    return seen(space, plane, 1 / clusters.distance[codes], clusters.velocity[codes] + own, seeing)


def seen(
    space: dict[str, Any],
    plane: Floats,
    parallax: Floats,
    velocity: Floats,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Astrometry of stars at `plane` (n, 2; deg), `parallax` (n,; mas), `velocity` (n, 2; km/s).

    Errors follow from G (`gaia_errors`) times a log-normal scatter, and deviate with the
    correlations of the recipe. Those of places are quoted; the places themselves are exact.
    """
    counting, scattering, deviating = rng.spawn(3)
    count, cone, errors = len(plane), space["cone"], space["errors"]
    magnitude = magnitudes(space["magnitudes"], counting.random(count))
    quoted = gaia_errors(magnitude)
    growth = np.exp(errors["ln_sd"] * scattering.standard_normal(count))
    motion = np.asarray(space["frame"]) + velocity * parallax[:, None] / KM_S
    turn = np.eye(len(MEASURED))
    for pair, value in errors["correlations"].items():
        i, j = (MEASURED.index(name) for name in pair.split("_"))
        turn[i, j] = turn[j, i] = value
    deviation = deviating.standard_normal((count, len(MEASURED))) @ np.linalg.cholesky(turn).T
    centre = (float(cone["ra"]), float(cone["dec"]))
    sky = from_plane(plane, centre)
    table = {"ra": sky[:, 0], "dec": sky[:, 1]}
    true = np.column_stack([parallax, motion])
    for column, name in enumerate(MEASURED):
        table[f"{name}_err"] = growth * quoted[name]
        table[name] = true[:, column] + table[f"{name}_err"] * deviation[:, column]
    for pair, value in errors["correlations"].items():
        table[f"{pair}_corr"] = np.full(count, float(value))
    table["phot_g_mean_mag"] = magnitude
    places = tangent_plane(sky[:, 0], sky[:, 1], centre)
    for column, name in enumerate(("xi", "eta")):
        table[name], table[f"{name}_err"] = places[:, column], growth * quoted[name]
    return pd.DataFrame(table)
