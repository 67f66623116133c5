"""What follows from the columns of a cone: places, errors by G, parallaxes less a zero point."""

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.survey.astrometry import centre_of, gaia_errors, radius_of, tangent_plane
from chemtag.survey.quantities import PLACES, ZERO_POINT

MODELLED = ("parallax", "pmra", "pmdec")


def with_cone(
    stars: pd.DataFrame, asked: Collection[str] | None, cone: Mapping[str, Any], place: str
) -> pd.DataFrame:
    """Stars (contract `stars`) with what the block `cone` of their catalogue asks for.

    Errors come before the zero point, which moves the parallax alone; `place` names the table in
    messages. Raises `InputProblem` where a column that is needed is not there.
    """
    if cone.get("errors") == "modelled":
        stars = with_modelled_errors(stars, place)
    if cone.get("zero_point"):
        stars = without_zero_point(stars, place)
    return with_places(stars, asked, cone, place)


def with_modelled_errors(stars: pd.DataFrame, place: str) -> pd.DataFrame:
    """Stars with the errors that Gaia DR3 has at their G, where the catalogue gives none.

    Says how many, and how the errors given compare with those modelled.
    """
    if "phot_g_mean_mag" not in stars:
        raise InputProblem(
            f"{place}: cone/errors is modelled, from G, but the catalogue names no "
            "phot_g_mean_mag; add it to `quantities`."
        )
    modelled = gaia_errors(stars["phot_g_mean_mag"].to_numpy(dtype=float))
    found = stars.copy()
    for name in MODELLED:
        if name not in stars:
            continue
        given = np.full(len(stars), np.nan)
        if f"{name}_err" in stars:
            given = stars[f"{name}_err"].to_numpy(dtype=float)
        lacking = ~np.isfinite(given) & np.isfinite(stars[name].to_numpy(dtype=float))
        if lacking.any():
            logger.warning(
                "%s: errors of %s of %d of %d stars are modelled from G (a mean over the sky of "
                "Gaia DR3), as the table gives none",
                place,
                name,
                int(lacking.sum()),
                len(stars),
            )
        known = np.isfinite(given / modelled[name])
        if known.any():
            ratio = float(np.median((given / modelled[name])[known]))
            logger.info("%s: errors of %s are %.2f times those modelled", place, name, ratio)
        found[f"{name}_err"] = np.where(lacking, modelled[name], given)
    return found


def zero_points(stars: pd.DataFrame, place: str) -> Floats:
    """Zero points (N,) of the parallaxes in mas, NaN outside the range that they were measured in.

    Of the package gaiadr3-zeropoint (Lindegren et al. 2021, A&A 649, A4), which is optional.
    """
    try:
        package = import_module("zero_point.zpt")
    except ModuleNotFoundError:
        raise InputProblem(
            f"{place}: cone/zero_point needs the package gaiadr3-zeropoint, which is not "
            "installed; install it (`pip install gaiadr3-zeropoint==0.1.0`), or set "
            "cone/zero_point to false."
        ) from None
    needed = ["phot_g_mean_mag", "ra", "dec", *(f"extra_{name}" for name in ZERO_POINT)]
    lacking = [name for name in needed if name not in stars]
    if lacking:
        raise InputProblem(
            f"{place}: cone/zero_point needs {', '.join(lacking)}, which the column map does not "
            "name; add phot_g_mean_mag to `quantities`, ra and dec to `columns`."
        )
    from astropy import units as u
    from astropy.coordinates import SkyCoord

    sky = SkyCoord(stars["ra"].to_numpy() * u.deg, stars["dec"].to_numpy() * u.deg)
    latitude = sky.barycentrictrueecliptic.lat.deg
    colour, pseudo, solved = (stars[f"extra_{n}"].to_numpy(dtype=float) for n in ZERO_POINT)
    found = np.full(len(stars), np.nan)
    usable = np.isin(solved, [31, 95])
    if usable.any():
        package.load_tables()
        # The package refuses what is not given of the other kind of solution unless it is a number.
        found[usable] = package.get_zpt(
            stars["phot_g_mean_mag"].to_numpy(dtype=float)[usable],
            np.where(solved == 31, colour, 0.0)[usable],
            np.where(solved == 95, pseudo, 0.0)[usable],
            latitude[usable],
            solved[usable].astype(int),
            _warnings=False,
        )
    return found


def without_zero_point(stars: pd.DataFrame, place: str) -> pd.DataFrame:
    """Stars with the zero point taken off their parallaxes; says how many have none.

    Stars without a parallax, for which no sample asks, are returned as they are, and it is said.
    """
    if "parallax" not in stars:
        logger.info("%s: cone/zero_point is of no use: no sample asks for parallax", place)
        return stars
    shift = zero_points(stars, place)
    known = np.isfinite(shift)
    if not known.any():
        raise InputProblem(
            f"{place}: no star has a parallax zero point (it is known for G from 6 to 21 and "
            "solutions of 5 or 6 parameters); set cone/zero_point to false."
        )
    parallax = stars["parallax"].to_numpy(dtype=float)
    logger.info(
        "%s: parallaxes are moved by %.4f mas (median); %d of %d stars have no zero point",
        place,
        -float(np.median(shift[known])),
        int((~known & np.isfinite(parallax)).sum()),
        len(stars),
    )
    return stars.assign(parallax=parallax - np.where(known, shift, 0.0))


def with_places(
    stars: pd.DataFrame, asked: Collection[str] | None, cone: Mapping[str, Any], place: str
) -> pd.DataFrame:
    """Stars (contract `stars`) with `xi` and `eta` if samples ask for them.

    The plane touches the sky at the centre of the `cone` (ra, dec; deg), or without one at the mean
    direction of the stars. Errors are those that Gaia DR3 has at the magnitude of a star, where it
    is known. Raises `InputProblem` for a star without a place.
    """
    if not set(PLACES) & set(asked or ()):
        return stars
    sky = stars[["ra", "dec"]].to_numpy(dtype=float)
    lost = int((~np.isfinite(sky)).any(axis=1).sum())
    if lost:
        raise InputProblem(
            f"{place}: {lost} of {len(stars)} stars have no ra or dec, from which xi and eta are "
            "made; correct or remove these rows, or leave xi and eta out of features/astrometry."
        )
    centre = (cone["ra"], cone["dec"]) if "ra" in cone else centre_of(sky[:, 0], sky[:, 1])
    plane = tangent_plane(sky[:, 0], sky[:, 1], centre)
    logger.info(
        "%s: tangent plane at ra %.4f, dec %.4f; the farthest star is %.3f deg away",
        place,
        *centre,
        radius_of(plane),
    )
    found = stars.assign(xi=plane[:, 0], eta=plane[:, 1])
    if "phot_g_mean_mag" in stars:
        modelled = gaia_errors(stars["phot_g_mean_mag"].to_numpy(dtype=float))
        found = found.assign(xi_err=modelled["xi"], eta_err=modelled["eta"])
    return found
