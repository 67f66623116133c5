"""Orbital actions from position, parallax, proper motion and radial velocity.

Places and velocities become galactocentric by astropy; the actions are those of galpy (Bovy 2015)
by the Staeckel approximation (Binney 2012) in a potential that the config names, its focal distance
estimated star by star (Sanders 2012).
"""

import configparser
import os
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.types import Bools, Floats
from chemtag.survey.galactic import SEEN, Sun, galactocentric
from chemtag.vet.vetting import Datum

# Below so many errors a parallax gives no distance.
LEAST_PARALLAX = 5.0
# Share of the draws that must have a bound orbit.
LEAST_BOUND = 0.9
# Focal distance over r0 where none can be estimated.
FOCUS = 0.45
ACTIONS = ("jr", "lz", "jz")
# galpy gives this or more for orbits that are not bound.
_UNBOUND = 9999.0


@dataclass(frozen=True)
class Galaxy:
    """The potential of galpy, scaled to `sun.v0` at `sun.r0`, and the number of draws."""

    potential: str = "MWPotential2014"
    sun: Sun = field(default_factory=Sun)
    draws: int = 50


@cache
def _galpy() -> Any:
    """Return galpy with the settings it ships, imported without a look at its author's servers.

    galpy reads `.galpyrc` of the working folder before that of the home, asks for newer versions of
    itself where it does not say no, and writes one where there is none.
    """
    settings = configparser.ConfigParser()
    settings.read_dict(
        {
            "normalization": {"ro": "8.", "vo": "220."},
            "astropy": {"astropy-units": "False", "astropy-coords": "True"},
            "plot": {"seaborn-bovy-defaults": "False"},
            "warnings": {"verbose": "False"},
            "version-check": {"do-check": "False", "check-non-interactive": "False",
                              "check-non-interactive-every": "1",
                              "last-non-interactive-check": "2000-01-01"},
        }
    )  # fmt: skip
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / ".galpyrc").open("w", encoding="utf-8") as stream:
            settings.write(stream)
        os.chdir(folder)
        try:
            import galpy.actionAngle
            import galpy.potential
        finally:
            os.chdir(before)
    return galpy


def focal_distances(radius: Floats, z: Floats, galaxy: Galaxy) -> Floats:
    """Return the focal distance (N,) over r0 of the Staeckel potential at R, z (N,) in kpc."""
    galpy = _galpy()
    # In the plane itself the estimate has no value; a parsec off it does.
    height = np.where(np.abs(z) < 1e-3, 1e-3, z)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = galpy.actionAngle.estimateDeltaStaeckel(
            getattr(galpy.potential, galaxy.potential),
            radius / galaxy.sun.r0,
            height / galaxy.sun.r0,
            no_median=True,
        )
    found = np.atleast_1d(np.asarray(found, dtype=float))
    return np.where(np.isfinite(found) & (found > 1e-3), found, FOCUS)


def actions_at(
    radius: Floats, vr: Floats, vt: Floats, z: Floats, vz: Floats, focus: Floats, galaxy: Galaxy
) -> Floats:
    """Return J_R, L_z, J_z (N, 3) in kpc km/s of galactocentric places (kpc) and motions (km/s).

    NaN for orbits that are not bound.
    """
    galpy = _galpy()
    r0, v0 = galaxy.sun.r0, galaxy.sun.v0
    staeckel = galpy.actionAngle.actionAngleStaeckel(
        pot=getattr(galpy.potential, galaxy.potential), delta=FOCUS, c=True
    )
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = np.column_stack(
            staeckel(radius / r0, vr / v0, vt / v0, z / r0, vz / v0, delta=focus)
        )
    lost = ~np.isfinite(found).all(axis=1) | (np.abs(found) >= _UNBOUND).any(axis=1)
    return np.where(lost[:, None], np.nan, found * r0 * v0)


def usable_stars(values: Floats, errors: Floats) -> Bools:
    """Return which stars (N,) have all of `SEEN` (N, 6), and a parallax that gives a distance."""
    at = SEEN.index("parallax")
    complete = np.isfinite(values).all(axis=1) & np.isfinite(errors).all(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(complete & (values[:, at] > LEAST_PARALLAX * errors[:, at]))


def actions_of(
    measured: Datum, names: list[str], spread: Mapping[str, float], galaxy: Galaxy, seed: int
) -> Datum:
    """Return the actions of the stars whose values `names` (those of `SEEN`) were measured.

    The errors are half the central 68 % of `galaxy.draws` draws of the values within independent
    Gaussian errors. The draws are the same standard normals for each star, so that its error hangs
    on no other. NaN where an input is missing, the parallax is below five errors, or the orbit or a
    tenth of its draws are not bound.
    """
    order = [names.index(name) for name in SEEN]
    values, errors = measured.values[:, order], measured.errors[:, order]
    placed = np.full((2, len(values), len(ACTIONS)), np.nan)
    rows = np.flatnonzero(usable_stars(values, errors))
    if len(rows):
        normals = np.random.default_rng(seed).standard_normal((galaxy.draws, len(SEEN)))
        placed[:, rows] = _with_errors(values[rows], errors[rows], normals, galaxy)
    return Datum(placed[0], placed[1], np.array([float(spread.get(a, 0.0)) for a in ACTIONS]))


def _with_errors(values: Floats, errors: Floats, normals: Floats, galaxy: Galaxy) -> Floats:
    """Return actions and errors (2, n, 3) of stars with complete values and errors (n, 6)."""
    place = galactocentric(dict(zip(SEEN, values.T, strict=True)), galaxy.sun)
    focus = focal_distances(place[0], place[3], galaxy)
    found = actions_at(*place, focus, galaxy)
    drawn = []
    for normal in normals:
        one = dict(zip(SEEN, (values + normal * errors).T, strict=True))
        there = one["parallax"] > 0
        one["parallax"] = np.where(there, one["parallax"], np.nan)
        drawn.append(actions_at(*galactocentric(one, galaxy.sun), focus, galaxy))
    low, high = _central(np.array(drawn))
    error = (high - low) / 2
    bound = np.isfinite(np.array(drawn)).all(axis=2).mean(axis=0) >= LEAST_BOUND
    kept = bound[:, None] & np.isfinite(found) & (error > 0)
    return np.where(kept.all(axis=1)[:, None], np.stack([found, error]), np.nan)


def _central(drawn: Floats) -> tuple[Floats, Floats]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        low, high = np.nanquantile(drawn, [0.16, 0.84], axis=0)
    return low, high


def galaxy_of(block: Mapping[str, Any]) -> Galaxy:
    """Return the galaxy of `vet/orbits` of the config."""
    return Galaxy(block["potential"], Sun.of(block), block["draws"])


def words_of(galaxy: Galaxy, source: str) -> str:
    """Return the potential and the Sun in a sentence."""
    sun = galaxy.sun
    u0, v0, w0 = sun.solar_motion
    return (
        f"{galaxy.potential} with {sun.v0:g} km/s at {sun.r0:g} kpc, Sun {sun.z0:g} kpc "
        f"above the plane, moving by {u0:g}, {v0:g}, {w0:g} km/s ({source})"
    )


def without_distance(measured: Datum, names: list[str]) -> int:
    """Return how many stars have all values, but a parallax below five errors."""
    order = [names.index(name) for name in SEEN]
    values, errors = measured.values[:, order], measured.errors[:, order]
    complete = pd.DataFrame(np.hstack([values, errors])).notna().all(axis=1).to_numpy()
    return int((complete & ~usable_stars(values, errors)).sum())
