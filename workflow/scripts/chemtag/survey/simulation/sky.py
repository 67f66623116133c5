"""Places on the sky and the identifiers made from them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtag.base.types import Floats


def cluster_places(size: int, latitude_sd: float, rng: np.random.Generator) -> Floats:
    """Return galactic longitude and latitude (size, 2) in deg: uniform, and normal about 0."""
    uniform, normal = rng.spawn(2)
    return np.column_stack([360 * uniform.random(size), latitude_sd * normal.standard_normal(size)])


def around(places: Floats, radius: float, rng: np.random.Generator) -> Floats:
    """Scatter stars about `places` (n, 2; deg) by a round Gaussian of `radius` deg an axis."""
    offsets = radius * rng.standard_normal(places.shape)
    latitude = np.clip(places[:, 1] + offsets[:, 1], -90, 90)
    longitude = places[:, 0] + offsets[:, 0] / np.cos(np.radians(places[:, 1]))
    return np.column_stack([longitude % 360, latitude])


def field_places(size: int, latitude_sd: float, rng: np.random.Generator) -> Floats:
    """Return places of field stars (size, 2) in deg, as `cluster_places`; latitude within 90."""
    places = cluster_places(size, latitude_sd, rng)
    places[:, 1] = np.clip(places[:, 1], -90, 90)
    return places


def equatorial(places: Floats) -> Floats:
    """Return right ascension and declination (n, 2; ICRS, deg) of galactic `places` (n, 2; deg)."""
    from astropy import units as u
    from astropy.coordinates import SkyCoord

    if len(places) == 0:
        return np.zeros((0, 2))
    coordinates = SkyCoord(l=places[:, 0] * u.deg, b=places[:, 1] * u.deg, frame="galactic").icrs
    return np.column_stack([coordinates.ra.deg % 360, coordinates.dec.deg])


def identifiers(sky: Floats, taken: set[str]) -> list[str]:
    """Return names such as "SIM J053201.234-054156.78" from ICRS places (n, 2; deg).

    The prefix says that no such star exists. A name in `taken` (added to) gets a letter more.
    """
    names = []
    for ra, dec in sky:
        name = (
            f"SIM J{_sexagesimal(ra / 15, 3)}{'-' if dec < 0 else '+'}{_sexagesimal(abs(dec), 2)}"
        )
        letters = iter("abcdefghijklmnopqrstuvwxyz")
        unique = name
        while unique in taken:
            unique = name + next(letters)
        taken.add(unique)
        names.append(unique)
    return names


def _sexagesimal(value: float, digits: int) -> str:
    """Truncated ddmmss.s, as the convention for names from coordinates asks for (IAU)."""
    scale = 10**digits
    whole = int(value * 3600 * scale)
    minutes, seconds = divmod(whole, 60 * scale)
    return (
        f"{minutes // 60:02d}{minutes % 60:02d}{seconds // scale:02d}.{seconds % scale:0{digits}d}"
    )


def place_stars(
    sky: dict[str, Any], codes: NDArray[np.int64], centres: Floats, rng: np.random.Generator
) -> Floats:
    """Return ICRS places (n, 2; deg) of stars of the clusters `codes` with `centres` (C, 2)."""
    return equatorial(around(centres[codes], sky["cluster_radius"], rng))
