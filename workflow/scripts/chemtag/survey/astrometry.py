"""Places, proper motions and parallaxes of the stars of a cone, and their errors."""

from typing import Any

import numpy as np
import numpy.typing as npt

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats

KM_S = 4.740470463533349
"""km/s of one astronomical unit a year: v = KM_S pm / parallax, with mas/yr and mas."""
MAS_A_DEGREE = 3.6e6

# Sky averages over that of the parallax, Gaia DR3 (errors/astrometric.py of PyGaia 3.2).
_OVER_PARALLAX = {"parallax": 1.0, "pmra": 1.03, "pmdec": 0.89, "xi": 0.80, "eta": 0.70}


def directions(ra: npt.ArrayLike, dec: npt.ArrayLike) -> Floats:
    """Unit vectors (N, 3) of right ascensions and declinations (N,; deg)."""
    a, d = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)], axis=-1)


def centre_of(ra: Floats, dec: Floats) -> tuple[float, float]:
    """Right ascension and declination (deg) of the mean direction of stars, also across ra = 0."""
    x, y, z = directions(ra, dec).mean(axis=0)
    return float(np.degrees(np.arctan2(y, x)) % 360), float(
        np.degrees(np.arctan2(z, np.hypot(x, y)))
    )


def projection(centre: tuple[float, float]) -> Any:
    """Gnomonic projection about `centre` (ra, dec; deg), a WCS of astropy.

    Its pixels, counted from 1, are xi (to the east) and eta (to the north) in deg.
    """
    from astropy.wcs import WCS

    found = WCS(naxis=2)
    found.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    found.wcs.crval, found.wcs.crpix, found.wcs.cdelt = centre, [0, 0], [1, 1]
    found.wcs.lonpole = 180.0  # also at the north pole, where the default turns the plane round
    return found


def tangent_plane(ra: Floats, dec: Floats, centre: tuple[float, float]) -> Floats:
    """Gnomonic coordinates xi, eta (N, 2; deg) of stars about `centre` (ra, dec; deg).

    xi grows to the east, eta to the north (`projection`). Raises `InputProblem` for a star 90 deg
    away or more, which the plane lacks.
    """
    along = directions(ra, dec) @ directions(*centre)
    if (along <= 0).any():
        raise InputProblem(
            f"{int((along <= 0).sum())} of {len(along)} stars are 90 deg or more from "
            f"ra {centre[0]:.3f}, dec {centre[1]:.3f}, where a plane has no coordinates for them; "
            "tag cones one by one, or leave xi and eta out of features/astrometry."
        )
    return np.column_stack(projection(centre).wcs_world2pix(ra, dec, 1))


def from_plane(plane: Floats, centre: tuple[float, float]) -> Floats:
    """Right ascension and declination (N, 2; deg) of gnomonic coordinates (N, 2; deg)."""
    ra, dec = projection(centre).wcs_pix2world(plane[:, 0], plane[:, 1], 1)
    return np.column_stack([ra % 360, dec])


def gaia_errors(magnitude: Floats) -> dict[str, Floats]:
    """Errors (N,) of Gaia DR3 at G `magnitude` (N,): parallax (mas), pm (mas/yr), xi, eta (deg).

    Of the parallax sqrt(40 + 800 z + 30 z^2) microarcsec with z = 10^(0.4 (max(G, 13) - 15)), a sky
    average; others in proportion (PyGaia 3.2, `pygaia.errors.astrometric`).
    """
    z = 10 ** (0.4 * (np.maximum(magnitude, 13.0) - 15))
    parallax = 1e-3 * np.sqrt(40 + 800 * z + 30 * z**2)
    unit = {"xi": MAS_A_DEGREE, "eta": MAS_A_DEGREE}
    return {
        name: factor * parallax / unit.get(name, 1.0) for name, factor in _OVER_PARALLAX.items()
    }


def radius_of(plane: Floats) -> float:
    """Radius (deg) of a cone from the coordinates (N, 2) of its stars about its centre."""
    return float(np.hypot(*np.asarray(plane, dtype=float).T).max(initial=0.0))
