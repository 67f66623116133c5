"""Small fields of stars with motions, one cluster in each, for the tests of the taggers."""

import numpy as np

from chemtag.tag.protocol import Space

NAMES = ("xi", "eta", "pmra", "pmdec", "parallax")


def field_of_motion(seed=0, n_field=1500, n_members=60, radius=1.0, width=0.08, clump=0, blur=1.0):
    """Space in units of its features, and who is a member.

    A disc of `radius` deg; a field broad in motion and parallax; a cluster of Gaussian profile,
    `width` deg wide, at (5, -8) mas/yr and 1.5 mas; `clump` stars of the field all over the sky
    that are crowded in motion, 2 mas/yr wide, as a disc seen far away. Errors are 0.03 to 0.12,
    times `blur`.
    """
    rng = np.random.default_rng(seed)
    n_all = n_field + clump
    angle, r = rng.uniform(0, 2 * np.pi, n_all), radius * np.sqrt(rng.uniform(size=n_all))
    sky = np.column_stack([r * np.cos(angle), r * np.sin(angle)])
    motion = np.vstack([rng.normal([0, -2], 6, (n_field, 2)), rng.normal(-4, 2, (clump, 2))])
    parallax = np.concatenate([rng.exponential(0.8, n_field), rng.normal(0.2, 0.1, clump)])
    error = blur * rng.uniform(0.03, 0.12, n_all + n_members)
    values = np.column_stack([sky, motion, parallax])
    members = np.column_stack(
        [
            rng.normal(0.2, width, (n_members, 2)),
            rng.normal([5, -8], 0.1, (n_members, 2)),
            rng.normal(1.5, 0.01, n_members),
        ]
    )
    values = np.vstack([values, members])
    values[:, 2:] += error[:, None] * rng.standard_normal((len(values), 3))
    covariance = np.zeros((len(values), 5, 5))
    covariance[:, 2:, 2:] = error[:, None, None] ** 2 * np.eye(3)
    star_id = np.array([f"{i:06d}" for i in rng.permutation(len(values))], dtype=object)
    space = Space(star_id, values, covariance, NAMES, centre=np.zeros(5), divisor=np.ones(5))
    return space, np.arange(len(values)) >= n_all


def rescaled(space, divisor, centre):
    """The same stars in other units."""
    from dataclasses import replace

    return replace(
        space,
        coordinates=(space.coordinates - centre) / divisor,
        covariance=space.covariance / np.outer(divisor, divisor),
        centre=np.asarray(centre, dtype=float),
        divisor=np.asarray(divisor, dtype=float),
    )


def purity_and_completeness(group, member):
    """Those of the group that holds most members, (0, 0) without groups."""
    held = np.bincount(group[member & (group >= 0)], minlength=1)
    inside = group == held.argmax()
    if not held.max():
        return 0.0, 0.0
    return (inside & member).sum() / inside.sum(), (inside & member).sum() / member.sum()
