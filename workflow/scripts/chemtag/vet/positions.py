"""Rows of a table joined to the stars of a sample by their places on the sky."""

from dataclasses import dataclass

import numpy as np

from chemtag.base.types import Floats, Ints


@dataclass(frozen=True)
class Joined:
    """The star (M,) of each row of a table, −1 for none; rows left out; nearest of all.

    `nearest` in arcsec is the least distance of any row from any star.
    """

    star: Ints
    ambiguous: int
    nearest: float


def joined(rows: Floats, stars: Floats, radius: float) -> Joined:
    """Return the star nearest to each row (M, 2) among `stars` (N, 2; deg) within `radius` arcsec.

    A row with a second star of the sample within the radius is ambiguous, and so is one whose star
    has a nearer row: they are counted and belong to none. Rows of one place stay together, and
    places without a value match nothing.
    """
    # Unlike `survey.membership.join_positions`, which takes the nearest star and says how often
    # there were several: a member list names stars of the catalogue, while a datum of the wrong
    # star would count as independent evidence.
    from astropy import units as u
    from astropy.coordinates import SkyCoord

    star = np.full(len(rows), -1, dtype=np.int64)
    whole, known = np.isfinite(rows).all(axis=1), np.isfinite(stars).all(axis=1)
    if not whole.any() or not known.any():
        return Joined(star, 0, np.inf)
    offered = np.flatnonzero(known)
    sample = SkyCoord(*stars[offered].T * u.deg)
    turned = np.column_stack([rows[whole, 0] % 360, rows[whole, 1]])
    places, of = np.unique(turned, axis=0, return_inverse=True)
    of = of.reshape(-1)
    seen = SkyCoord(*places.T * u.deg)
    at, apart, _ = seen.match_to_catalog_sky(sample)
    within = apart.arcsec <= radius
    several = np.zeros(len(at), dtype=bool)
    if len(offered) > 1:
        several = seen.match_to_catalog_sky(sample, nthneighbor=2)[1].arcsec <= radius
    nearest = sample.match_to_catalog_sky(seen)[0][at] == np.arange(len(at))
    kept = within & ~several & nearest
    star[np.flatnonzero(whole)[kept[of]]] = offered[at[of][kept[of]]]
    return Joined(star, int((within & ~kept)[of].sum()), float(apart.arcsec.min()))
