"""What follows from the columns of a cone: places on the tangent plane and their errors."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.survey.astrometry import centre_of, gaia_errors, radius_of, tangent_plane
from chemtag.survey.quantities import PLACES


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
