"""The taggers of stars that move together in the shape of every tagger.

They go by the coordinates of the space, scaled anew by median and interquartile range, and by
proper motions and parallaxes in their own units.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chemtag.base.settings import MOTION
from chemtag.tag.protocol import Groups, Settings, Space

LADDER_SETTINGS: Mapping[str, Any] = {
    "rungs": (10, 20, 40, 80),
    "min_samples": 10,
    "significance": 5.0,
    "dispersion_cut": True,
}
MIXTURE_SETTINGS: Mapping[str, Any] = {
    "components": 4,
    "starts": 4,
    "significance": 5.0,
    "probability": 0.5,
}


def tag_by_ladder(space: Space, settings: Settings, seed: int) -> Groups:
    """HDBSCAN at several smallest sizes, groups kept that are significant and move together.

    The strength of a star is its density relative to the densest of its group, not a probability
    of membership. Rungs of more than half the stars are left out.
    """
    from chemtag.tag.motion.ladder import ladder, robust_scaled, without_overlap

    measured = space.in_units(MOTION)
    rungs = [size for size in settings["rungs"] if 2 * size <= len(space)]
    samples = min(settings["min_samples"], len(space) - 1)
    if not rungs:
        return nothing(len(space))
    cut = bool(settings["dispersion_cut"])
    found = ladder(
        robust_scaled(space.coordinates),
        measured[:, :2] if cut else None,
        measured[:, 2] if cut else None,
        rungs,
        samples,
        float(settings["significance"]),
    )
    return Groups(*without_overlap(found, len(space)))


def tag_by_mixture(space: Space, settings: Settings, seed: int) -> Groups:
    """One cluster in proper motion and parallax; the strength is the probability of membership.

    The group are stars with at least `probability`; it is kept if it is significant against the
    field around it in these three.
    """
    from chemtag.tag.motion.ladder import robust_scaled
    from chemtag.tag.motion.mixture import find_cluster
    from chemtag.tag.motion.significance import group_significances

    points, errors = space.in_units(MOTION), space.errors_in_units(MOTION)
    components = settings["components"]
    if len(points) < 10 * (components + 1):
        return nothing(len(points))
    found = find_cluster(points, errors, components, settings["starts"], seed)
    if found is None:
        return nothing(len(points))
    probability = found.probability(points, errors)
    group = np.where(probability >= settings["probability"], 0, -1)
    sigma = group_significances(robust_scaled(points), group)
    if not len(sigma) or sigma[0] <= settings["significance"]:
        return nothing(len(points))
    return Groups(group, probability, sigma)


def nothing(n_stars: int) -> Groups:
    """Return that no star is in a group."""
    return Groups(np.full(n_stars, -1), np.zeros(n_stars), np.empty(0))
