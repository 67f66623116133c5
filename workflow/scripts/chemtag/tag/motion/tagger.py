"""The taggers of stars that move together in the shape of every tagger.

Ladder and DBSCAN go by the coordinates of the space, scaled anew by median and interquartile range;
the mixture and UPMASK by proper motions and parallaxes in their own units.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chemtag.base.settings import MOTION, SKY
from chemtag.base.types import Bools, Floats
from chemtag.tag.protocol import Groups, NoGroups, Settings, Space

LADDER_SETTINGS: Mapping[str, Any] = {
    "rungs": (8, 10, 20, 40, 80),
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
DENSE_SETTINGS: Mapping[str, Any] = {
    "min_samples": (8, 10, 12, 15),
    "repeats": 10,
    "significance": 5.0,
}
UPMASK_SETTINGS: Mapping[str, Any] = {
    "per_group": 15,
    "sigma": 3.0,
    "test": "tree",
    "draws": 50,
    "references": 300,
    "probability": 0.5,
    "by": "share",
}


def tag_by_ladder(space: Space, settings: Settings, seed: int) -> Groups:
    """HDBSCAN at several smallest sizes, groups kept that are significant and move together.

    The strength of a star is its density relative to the densest of its group, not a probability
    of membership. Rungs of more than half the stars are left out.
    """
    from sklearn.preprocessing import robust_scale

    from chemtag.tag.motion.ladder import ladder, without_overlap

    measured = space.in_units(MOTION)
    rungs = [size for size in settings["rungs"] if 2 * size <= len(space)]
    samples = min(settings["min_samples"], len(space) - 1)
    if not rungs:
        return nothing(len(space))
    found = ladder(
        robust_scale(space.coordinates),
        measured if settings["dispersion_cut"] else None,
        rungs,
        samples,
        float(settings["significance"]),
    )
    return Groups(*without_overlap(found, len(space)))


def tag_by_dense_places(space: Space, settings: Settings, seed: int) -> Groups:
    """DBSCAN with the epsilon of Castro-Ginard et al. from shuffled fields, several minPts.

    Of groups that share stars the most significant stays; membership is certain.
    """
    from sklearn.preprocessing import robust_scale

    from chemtag.tag.motion.ladder import without_overlap
    from chemtag.tag.motion.shuffled import dense_groups

    space.in_units(MOTION)
    samples = [k for k in np.atleast_1d(settings["min_samples"]).tolist() if 2 * k <= len(space)]
    if not samples:
        return nothing(len(space))
    found = dense_groups(
        robust_scale(space.coordinates),
        samples,
        settings["repeats"],
        seed,
        float(settings["significance"]),
    )
    return Groups(*without_overlap(found, len(space)))


def tag_by_upmask(space: Space, settings: Settings, seed: int) -> Groups:
    """Stars alike in motion that lie close together on the sky; the strength is a probability.

    The group are all stars with at least `probability`, of one cluster or more. Raises NoGroups
    where the cone has a radius below 3 r50 of the stars found, or of the cluster in motion alone
    where the sky tells nothing: then there is no field beside the cluster.
    """
    from chemtag.tag.motion.posterior import STARTS, membership_by_model
    from chemtag.tag.motion.skies import SkyTest
    from chemtag.tag.motion.upmask import LEAST, membership

    sky, points, errors = *(space.in_units(a) for a in (SKY, MOTION)), space.errors_in_units(MOTION)
    if len(points) < 4 * settings["per_group"]:
        return nothing(len(points))
    test = SkyTest(sky, settings["test"], settings["references"], seed)
    per_group, sigma, draws = settings["per_group"], float(settings["sigma"]), settings["draws"]
    share = membership(points, errors, test, per_group, sigma, draws, seed)
    model = settings["by"] == "model"
    found = share >= (STARTS if model else settings["probability"])
    if found.sum() >= LEAST:
        refuse_small_cone(sky, found, "found by place and motion")
        fitted = membership_by_model(sky, points, errors, share, seed) if model else None
        probability = share if fitted is None else fitted
        members = probability >= settings["probability"]
        if members.sum() >= LEAST:
            return Groups(np.where(members, 0, -1), probability)
        return nothing(len(points))
    alike = tag_by_mixture(space, MIXTURE_SETTINGS, seed).group == 0
    if alike.any():
        refuse_small_cone(sky, alike, "alike in motion")
    return nothing(len(points))


def refuse_small_cone(sky: Floats, members: Bools, words: str) -> None:
    """Raise NoGroups where the members of a cluster fill the cone."""
    from chemtag.tag.motion.upmask import CONE, cone_radius, half_radius

    radius, half = cone_radius(sky), half_radius(sky[members])
    if radius < CONE * half:
        raise NoGroups(
            f"the radius of the cone is {radius:.3g} deg, only {radius / half:.1f} times the r50 "
            f"of {members.sum()} stars {words} ({half:.3g} deg), so that no field lies beside "
            f"them; take a cone of {CONE * half:.2g} deg or more"
        )


def tag_by_mixture(space: Space, settings: Settings, seed: int) -> Groups:
    """One cluster in proper motion and parallax; the strength is the probability of membership.

    The group are stars with at least `probability`; it is kept if it is significant against the
    field around it in these three.
    """
    from sklearn.preprocessing import robust_scale

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
    sigma = group_significances(robust_scale(points), group)
    if not len(sigma) or sigma[0] <= settings["significance"]:
        return nothing(len(points))
    return Groups(group, probability, sigma)


def nothing(n_stars: int) -> Groups:
    """Return that no star is in a group."""
    return Groups(np.full(n_stars, -1), np.zeros(n_stars), np.empty(0))
