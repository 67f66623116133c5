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
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.types import Bools, Floats
from chemtag.vet.vetting import Datum

# Below so many errors a parallax gives no distance.
LEAST_PARALLAX = 5.0
# Share of the draws that must have a bound orbit.
LEAST_BOUND = 0.9
# Focal distance over r0 where none can be estimated.
FOCUS = 0.45
INPUTS = ("ra", "dec", "parallax", "pmra", "pmdec", "rv")
ACTIONS = ("jr", "lz", "jz")
# galpy gives this or more for orbits that are not bound.
_UNBOUND = 9999.0


@dataclass(frozen=True)
class Galaxy:
    """The potential, and where the Sun is in it.

    `r0` and `z0` in kpc, `v0` in km/s scales the potential to this circular velocity at r0;
    `solar_motion` is that against the circular orbit, towards the centre, along the rotation and
    to the north, in km/s.
    """

    potential: str = "MWPotential2014"
    r0: float = 8.0
    v0: float = 220.0
    z0: float = 0.0208
    solar_motion: tuple[float, float, float] = (11.1, 12.24, 7.25)
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


def galactocentric(
    stars: Mapping[str, Floats], galaxy: Galaxy
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return R, vR, vT, z, vz (each (...)) in kpc and km/s of stars with the values of `INPUTS`.

    Angles in deg, parallax in mas (the distance is 1 / parallax), motions in mas/yr (pmra with
    cos dec), rv in km/s. vT is positive along the rotation of the disc.
    """
    from astropy import units as u
    from astropy.coordinates import (
        CartesianDifferential,
        CartesianRepresentation,
        Galactocentric,
        SkyCoord,
    )

    u0, v0, w0 = galaxy.solar_motion
    frame = Galactocentric(
        galcen_distance=galaxy.r0 * u.kpc,
        galcen_v_sun=CartesianDifferential([u0, galaxy.v0 + v0, w0] * u.km / u.s),
        z_sun=galaxy.z0 * u.kpc,
    )
    seen = SkyCoord(
        ra=stars["ra"] * u.deg,
        dec=stars["dec"] * u.deg,
        distance=(1 / stars["parallax"]) * u.kpc,
        pm_ra_cosdec=stars["pmra"] * u.mas / u.yr,
        pm_dec=stars["pmdec"] * u.mas / u.yr,
        radial_velocity=stars["rv"] * u.km / u.s,
    ).transform_to(frame)
    place = seen.cartesian.without_differentials()
    assert isinstance(place, CartesianRepresentation)
    x, y, z = (place.xyz.to_value(u.kpc)[i] for i in range(3))
    vx, vy, vz = (seen.velocity.d_xyz.to_value(u.km / u.s)[i] for i in range(3))
    radius = np.hypot(x, y)
    # The Sun is at x = -r0 and moves towards +y, so the rotation is left-handed about z.
    return radius, (x * vx + y * vy) / radius, (y * vx - x * vy) / radius, z, vz


def focal_distances(radius: Floats, z: Floats, galaxy: Galaxy) -> Floats:
    """Return the focal distance (N,) over r0 of the Staeckel potential at R, z (N,) in kpc."""
    galpy = _galpy()
    # In the plane itself the estimate has no value; a parsec off it does.
    height = np.where(np.abs(z) < 1e-3, 1e-3, z)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = galpy.actionAngle.estimateDeltaStaeckel(
            getattr(galpy.potential, galaxy.potential),
            radius / galaxy.r0,
            height / galaxy.r0,
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
    r0, v0 = galaxy.r0, galaxy.v0
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
    """Return which stars (N,) have all of `INPUTS` (N, 6), and a parallax that gives a distance."""
    at = INPUTS.index("parallax")
    complete = np.isfinite(values).all(axis=1) & np.isfinite(errors).all(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(complete & (values[:, at] > LEAST_PARALLAX * errors[:, at]))


def actions_of(
    measured: Datum, names: list[str], spread: Mapping[str, float], galaxy: Galaxy, seed: int
) -> Datum:
    """Return the actions of the stars whose values `names` (those of `INPUTS`) were measured.

    The errors are half the central 68 % of `galaxy.draws` draws of the values within independent
    Gaussian errors. The draws are the same standard normals for each star, so that its error hangs
    on no other. NaN where an input is missing, the parallax is below five errors, or the orbit or a
    tenth of its draws are not bound.
    """
    order = [names.index(name) for name in INPUTS]
    values, errors = measured.values[:, order], measured.errors[:, order]
    placed = np.full((2, len(values), len(ACTIONS)), np.nan)
    rows = np.flatnonzero(usable_stars(values, errors))
    if len(rows):
        normals = np.random.default_rng(seed).standard_normal((galaxy.draws, len(INPUTS)))
        placed[:, rows] = _with_errors(values[rows], errors[rows], normals, galaxy)
    return Datum(placed[0], placed[1], np.array([float(spread.get(a, 0.0)) for a in ACTIONS]))


def _with_errors(values: Floats, errors: Floats, normals: Floats, galaxy: Galaxy) -> Floats:
    """Return actions and errors (2, n, 3) of stars with complete values and errors (n, 6)."""
    place = galactocentric(dict(zip(INPUTS, values.T, strict=True)), galaxy)
    focus = focal_distances(place[0], place[3], galaxy)
    found = actions_at(*place, focus, galaxy)
    drawn = []
    for normal in normals:
        one = dict(zip(INPUTS, (values + normal * errors).T, strict=True))
        there = one["parallax"] > 0
        one["parallax"] = np.where(there, one["parallax"], np.nan)
        drawn.append(actions_at(*galactocentric(one, galaxy), focus, galaxy))
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
    u0, v0, w0 = block["solar_motion"]
    kept = {key: block[key] for key in ("potential", "r0", "v0", "z0", "draws")}
    return Galaxy(**kept, solar_motion=(u0, v0, w0))


def words_of(galaxy: Galaxy, source: str) -> str:
    """Return the potential and the Sun in a sentence."""
    u0, v0, w0 = galaxy.solar_motion
    return (
        f"{galaxy.potential} with {galaxy.v0:g} km/s at {galaxy.r0:g} kpc, Sun {galaxy.z0:g} kpc "
        f"above the plane, moving by {u0:g}, {v0:g}, {w0:g} km/s ({source})"
    )


def without_distance(measured: Datum, names: list[str]) -> int:
    """Return how many stars have all values, but a parallax below five errors."""
    order = [names.index(name) for name in INPUTS]
    values, errors = measured.values[:, order], measured.errors[:, order]
    complete = pd.DataFrame(np.hstack([values, errors])).notna().all(axis=1).to_numpy()
    return int((complete & ~usable_stars(values, errors)).sum())
