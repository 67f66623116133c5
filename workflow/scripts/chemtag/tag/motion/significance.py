"""How surely a group is denser than the field around it: the cluster significance test.

Hunt & Reffert (2021, A&A 646, A104; 2023, A&A 673, A114) compare the distances of members to their
k-th neighbour in the group with those of stars of the field around it by a one-sided Mann-Whitney
test, told in standard deviations of a Gaussian.
"""

import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import rankdata

from chemtag.base.types import Bools, Floats, Ints

NEIGHBOUR = 10
"""Stars within the compared distance, the star itself among them, as `min_samples` of HDBSCAN."""
LEAST_FIELD = 100


def significant_among(
    coordinates: Floats, group: Ints, least: float, neighbour: int = NEIGHBOUR
) -> Floats:
    """Return the significance (K,) of each group where groups not above `least` are field.

    As `group_significances`, anew with the stars of such groups in no group until no other falls: a
    clump of the field is no reason to compare its neighbour with a field that lacks it. Groups that
    fall keep the significance at which they fell.
    """
    left = group.copy()
    sigma = np.full(int(group.max(initial=-1)) + 1, -np.inf)
    standing = np.ones(len(sigma), dtype=bool)
    while standing.any():
        now = group_significances(coordinates, left, neighbour)
        sigma[standing] = now
        falls = standing & ~(sigma > least)
        if not falls.any():
            break
        standing &= ~falls
        code = np.where(standing, np.cumsum(standing) - 1, -1)
        left = np.where(group >= 0, code[group], -1)
    return sigma


def group_significances(
    coordinates: Floats, group: Ints, neighbour: int = NEIGHBOUR, least_field: int = LEAST_FIELD
) -> Floats:
    """Return the significance (K,) of each group in sigma; `coordinates` (N, D), `group` (N,).

    The codes are 0 ... K-1, -1 for noise. The field of a group are the nearest stars of no group,
    as many as its members and at least `least_field`; distances of the field are among stars of no
    group. Where fewer than `least_field` stars are in no group, all stars outside the group stand
    in for them. A group of no more stars than `neighbour` is compared at the farthest of them; -inf
    where group or field has fewer than 2 stars. Raises ValueError where a coordinate is not finite.
    """
    if not np.isfinite(coordinates).all():
        raise ValueError("coordinates are not finite; leave out the stars without a value")
    sigma = np.full(int(group.max(initial=-1)) + 1, -np.inf)
    pool = np.flatnonzero(group == -1)
    if len(pool) < least_field:
        pool = np.arange(len(group))
    tree = cKDTree(coordinates[pool])
    for code in range(len(sigma)):
        members = np.flatnonzero(group == code)
        others = len(pool) - int((group[pool] == code).sum())
        k = min(neighbour, len(members), others) - 1
        if k < 1:
            continue
        within = neighbour_distances(coordinates[members], k)
        wanted = min(max(least_field, len(members)), others)
        around = field_distances(coordinates, pool, tree, members, k, wanted)
        sigma[code] = sigma_denser(within, around)
    return sigma


def sigma_denser(within: Floats, around: Floats) -> float:
    """Return in sigma how surely distances `within` (n,) are smaller than `around` (m,).

    The one-sided Mann-Whitney test in its normal form, with corrections for ties and continuity:
    z = (n m / 2 - U - 1/2) / s with U the number of pairs in which `within` is larger (ties 1/2).
    0 where all distances are equal.
    """
    n, m = len(within), len(around)
    ranks = rankdata(np.concatenate([within, around]))
    larger = ranks[:n].sum() - n * (n + 1) / 2
    ties = np.unique(ranks, return_counts=True)[1].astype(float)
    total = n + m
    variance = n * m / 12 * (total + 1 - (ties**3 - ties).sum() / (total * (total - 1)))
    if not variance > 0:
        return 0.0
    return float((n * m / 2 - larger - 0.5) / np.sqrt(variance))


def neighbour_distances(points: Floats, k: int) -> Floats:
    """Return the distance of each point (N,) to its k-th neighbour, itself not counted."""
    return cKDTree(points).query(points, k=[k + 1])[0][:, 0]


def field_distances(
    coordinates: Floats, pool: Ints, tree: cKDTree, members: Ints, k: int, wanted: int
) -> Floats:
    """Return distances to the k-th neighbour in the field for the `wanted` stars next to a group.

    The field are the rows `pool` without `members`; `tree` holds the coordinates of `pool`. Next is
    by the distance to the nearest member. Exact, but only a ball about the group is looked at: it
    grows until all that is asked for is certainly inside.
    """
    centre = coordinates[members].mean(axis=0)
    reach = float(np.sqrt(((coordinates[members] - centre) ** 2).sum(axis=1)).max())
    of_members = cKDTree(coordinates[members])
    inside = np.zeros(len(coordinates), dtype=bool)
    inside[members] = True
    n_field = len(pool) - int(inside[pool].sum())
    radius = first_radius(coordinates[pool], tree, centre, 2 * reach, 2 * k)
    while True:
        ball = pool[np.sort(np.asarray(tree.query_ball_point(centre, radius), dtype=np.int64))]
        ball = ball[~inside[ball]]
        everything = len(ball) == n_field
        if len(ball) >= wanted:
            gap = of_members.query(coordinates[ball])[0]
            order = np.argsort(gap, kind="stable")[:wanted]
            # A star outside the ball is at least this far from every member.
            if everything or gap[order[-1]] <= radius - reach:
                found = _distances_in(coordinates, ball, ball[order], k, centre, radius, everything)
                if found is not None:
                    return found
        radius *= 1.5


def first_radius(field: Floats, tree: cKDTree, centre: Floats, least: float, number: int) -> float:
    """Return a radius > 0 of a ball about `centre`: `least`, or as far as `number` stars reach.

    Identical stars have neither: there the nearest star that lies elsewhere is within, or any
    radius does where none lies elsewhere.
    """
    radius = max(least, float(tree.query(centre, k=min(number, len(field)))[0].max()))
    if radius > 0:
        return radius
    distance = np.sqrt(((field - centre) ** 2).sum(axis=1))
    elsewhere = distance[distance > 0]
    return float(elsewhere.min()) if len(elsewhere) else 1.0


def _distances_in(
    coordinates: Floats,
    ball: Ints,
    chosen: Ints,
    k: int,
    centre: Floats,
    radius: float,
    everything: bool,
) -> Floats | None:
    """Distances to k-th neighbours among the stars of a ball, None if others could be nearer."""
    found = cKDTree(coordinates[ball]).query(coordinates[chosen], k=[k + 1])[0][:, 0]
    from_centre = np.sqrt(((coordinates[chosen] - centre) ** 2).sum(axis=1))
    sure: Bools = found + from_centre <= radius
    return found if everything or sure.all() else None
