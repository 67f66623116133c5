"""The Sun in the Galaxy, and places and motions seen from it or from the centre."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chemtag.base.types import Floats

SEEN = ("ra", "dec", "parallax", "pmra", "pmdec", "rv")
"""deg, deg, mas (the distance is 1 / parallax), mas/yr (pmra with cos dec), mas/yr, km/s."""


@dataclass(frozen=True)
class Sun:
    """Where the Sun is and how it moves.

    `r0` and `z0` in kpc, `v0` the circular velocity at r0 in km/s; `solar_motion` is that against
    the circular orbit, towards the centre, along the rotation and to the north, in km/s.
    """

    r0: float = 8.0
    v0: float = 220.0
    z0: float = 0.0208
    solar_motion: tuple[float, float, float] = (11.1, 12.24, 7.25)

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> "Sun":
        """Return the Sun of a block with these keys."""
        u0, v0, w0 = block["solar_motion"]
        return cls(block["r0"], block["v0"], block["z0"], (u0, v0, w0))

    def frame(self) -> Any:
        """Return the galactocentric frame of astropy: the Sun at x < 0, moving towards y > 0."""
        from astropy import units as u
        from astropy.coordinates import CartesianDifferential, Galactocentric

        u0, v0, w0 = self.solar_motion
        return Galactocentric(
            galcen_distance=self.r0 * u.kpc,
            galcen_v_sun=CartesianDifferential([u0, self.v0 + v0, w0] * u.km / u.s),
            z_sun=self.z0 * u.kpc,
        )


def galactocentric(
    stars: Mapping[str, Floats], sun: Sun
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return R, vR, vT, z, vz (each (N,)) in kpc and km/s of stars with the values of `SEEN`.

    vT is positive along the rotation of the disc.
    """
    from astropy import units as u
    from astropy.coordinates import SkyCoord

    seen = SkyCoord(
        ra=stars["ra"] * u.deg,
        dec=stars["dec"] * u.deg,
        distance=(1 / stars["parallax"]) * u.kpc,
        pm_ra_cosdec=stars["pmra"] * u.mas / u.yr,
        pm_dec=stars["pmdec"] * u.mas / u.yr,
        radial_velocity=stars["rv"] * u.km / u.s,
    ).transform_to(sun.frame())
    x, y, z = seen.cartesian.without_differentials().xyz.to_value(u.kpc)
    vx, vy, vz = seen.velocity.d_xyz.to_value(u.km / u.s)
    radius = np.hypot(x, y)
    # The Sun is at x = -r0 and moves towards +y, so the rotation is left-handed about z.
    return radius, (x * vx + y * vy) / radius, (y * vx - x * vy) / radius, z, vz


def as_seen(place: Floats, velocity: Floats, sun: Sun) -> dict[str, Floats]:
    """Return the values of `SEEN` (each (N,)) of galactocentric x, y, z (N, 3; kpc, km/s)."""
    from astropy import units as u
    from astropy.coordinates import ICRS, CartesianDifferential, CartesianRepresentation

    motion = CartesianDifferential(*(velocity.T * u.km / u.s))
    there = CartesianRepresentation(*(place.T * u.kpc), differentials=motion)
    seen = sun.frame().realize_frame(there).transform_to(ICRS())
    return {
        "ra": seen.ra.to_value(u.deg) % 360,
        "dec": seen.dec.to_value(u.deg),
        "parallax": 1 / seen.distance.to_value(u.kpc),
        "pmra": seen.pm_ra_cosdec.to_value(u.mas / u.yr),
        "pmdec": seen.pm_dec.to_value(u.mas / u.yr),
        "rv": seen.radial_velocity.to_value(u.km / u.s),
    }
