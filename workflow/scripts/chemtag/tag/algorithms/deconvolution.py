"""Mixtures of Gaussians that know the error of every star."""

import warnings

import numpy as np

from chemtag.base.types import Ints
from chemtag.tag.protocol import NoGroups, Settings, Space


def extreme_deconvolution(stars: Space, settings: Settings, seed: int) -> Ints:
    """Mixture behind the errors (Bovy, Hogg & Roweis 2011), by astroML.

    Each star goes to the component that is likeliest given its own error covariance. Raises
    NoGroups without errors of all abundances, and where EM leaves the numbers.
    """
    if stars.covariances is None:
        raise NoGroups("it needs an error above 0 for each abundance of each star")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from astroML.density_estimation import XDGMM

        model = XDGMM(
            settings["n_clusters"],
            max_iter=settings["max_iter"],
            tol=settings["tolerance"],
            random_state=seed,
        )
        try:
            model.fit(stars.coordinates, stars.covariances)
            likely = model.logprob_a(stars.coordinates, stars.covariances)
        except np.linalg.LinAlgError as error:
            raise NoGroups(f"a covariance became singular ({error})") from error
    if not np.isfinite(likely.max(axis=1)).all():
        raise NoGroups("the likelihood of some stars underflows")
    return likely.argmax(axis=1)
