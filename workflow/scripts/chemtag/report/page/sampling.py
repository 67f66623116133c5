"""Which stars of a large sample the page shows."""

from collections.abc import Mapping

import numpy as np

from chemtag.base.types import Ints

# Tiers of stars, the first kept first.
MEMBER, GROUPED, OTHER = 0, 1, 2


def shares_of_cap(sizes: Mapping[str, int], cap: int) -> dict[str, int]:
    """Return how many stars of each sample are shown, `cap` in all.

    Small samples are shown whole; what they leave is shared equally by the large ones.
    """
    shares: dict[str, int] = {}
    left = cap
    for place, name in enumerate(sorted(sizes, key=lambda key: (sizes[key], key))):
        shares[name] = min(sizes[name], left // (len(sizes) - place))
        left -= shares[name]
    return {name: shares[name] for name in sizes}


def tiers_of(cluster: Ints, group: Ints) -> Ints:
    """Return the tier of each star: member of a cluster, else in a group, else neither.

    `cluster` and `group` (n,) are codes, -1 for field and for noise.
    """
    return np.where(cluster >= 0, MEMBER, np.where(group >= 0, GROUPED, OTHER)).astype(np.int64)


def kept_stars(tier: Ints, number: int, rng: np.random.Generator) -> Ints:
    """Return sorted indices of about `number` stars: members, then stars in groups, then others.

    All members are kept even beyond `number`. The first later tier that does not fit is thinned at
    random, those after it are left out.
    """
    kept = [np.flatnonzero(tier == MEMBER)]
    left = number - len(kept[0])
    for level in (GROUPED, OTHER):
        stars = np.flatnonzero(tier == level)
        if len(stars) > left:
            stars = rng.choice(stars, size=max(left, 0), replace=False)
        kept.append(stars)
        left -= len(stars)
    return np.sort(np.concatenate(kept))
