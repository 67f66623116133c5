"""The width `self`: learnt from the groups that a blind search finds, no truth read.

EM over the width: groups are sought with a width, the width is measured on the residuals of their
members, and so on. It can learn the correlation of the errors only where groups are found with the
width it starts from, that is, up to some 2,000 field stars on the simulator.
"""

from collections.abc import Sequence

import numpy as np

from chemtag.base.types import Floats
from chemtag.space.signal import signal_space
from chemtag.space.width import Width
from chemtag.tag.scan.field import Kind, fit_field
from chemtag.tag.scan.joint import Shares
from chemtag.tag.scan.sample import make_sample
from chemtag.tag.scan.scanning import FEWEST_STARS, THRESHOLDS, first_maxima, fit_at

ROUNDS = 12
STARTS = 300
PRIOR_STARS = 20.0
"""Stars' worth of belief in the width that is given (inverse-Wishart)."""
LEAST_SHARE = 0.1
"""Responsibility below which a star says nothing of the width of a group."""
LEAST_SIZE = 3.0
STEP = 2.0
"""Over-relaxation: EM creeps where the width and the members depend on each other."""


def pooled_residuals(values: Floats, shares: Shares, n_groups: int) -> tuple[Floats, float]:
    """Sum of r (x - mean)(x - mean)^T over groups (D, D), and its degrees of freedom.

    `shares.star` are rows of `values` (N, D). Groups of `LEAST_SIZE` stars or fewer are left out.
    """
    D = values.shape[1]
    total, degrees = np.zeros((D, D)), 0.0
    for g in range(n_groups):
        mine = (shares.group == g) & (shares.r > LEAST_SHARE)
        r, x = shares.r[mine], values[shares.star[mine]]
        if r.sum() <= LEAST_SIZE:
            continue
        apart = x - r @ x / r.sum()
        total += (r[:, None] * apart).T @ apart
        degrees += float(r.sum()) - 1
    return total, degrees


def relaxed(now: Floats, target: Floats) -> Floats:
    """`STEP` times the way from `now` to `target` (D, D), or less, so that it stays positive."""
    step, least = STEP, 0.2 * np.linalg.eigvalsh(target)[0]
    while step > 1 and np.linalg.eigvalsh(now + step * (target - now))[0] < least:
        step *= 0.8
    return now + max(step, 1.0) * (target - now)


def self_width(values: Floats, start: Width, kind: Kind, seed: int, level: str = "listed") -> Width:
    """Learn the correlation and size of the width from groups found with `start`.

    V_i = s_i C s_i, with s_i (N, D) the deviations of `start`; C (D, D) begins as its mean
    correlation and is the posterior mean of an inverse-Wishart of `PRIOR_STARS` stars. The mean of
    the last half of `ROUNDS` is returned; if no group is found, `start` with a note.
    """
    n, D = values.shape
    covariance = np.broadcast_to(start.covariance, (n, D, D))
    deviation = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    first = (covariance / (deviation[:, :, None] * deviation[:, None, :])).mean(axis=0)
    now, late, n_stars = first.copy(), [], 0.0
    for turn in range(ROUNDS if n >= FEWEST_STARS else 0):
        width = deviation[:, :, None] * now * deviation[:, None, :]
        signal = signal_space(values, width, start.names)
        sample = make_sample(signal.coordinates, signal.variance)
        field = fit_field(sample, kind, seed)
        maxima = first_maxima(sample, field, STARTS)
        fit = fit_at(sample, field, maxima, THRESHOLDS[level], rounds=1)
        scaled = (values / deviation)[sample.order]
        total, degrees = pooled_residuals(scaled, fit.shares, len(fit.groups))
        if degrees == 0:
            break
        now = relaxed(now, (total + PRIOR_STARS * first) / (degrees + PRIOR_STARS))
        if turn >= ROUNDS // 2:
            late.append(now)
            n_stars = degrees
    return learnt(start, deviation, late, n_stars)


def learnt(start: Width, deviation: Floats, late: Sequence[Floats], n_stars: float) -> Width:
    """The width of the mean of `late` matrices C, or `start` where there is none."""
    if not late:
        note = "no group was found to learn the width from; the width it starts from is kept."
        return Width("self", start.covariance, start.names, start.basis, [*start.notes, note])
    mean = np.mean(late, axis=0)
    covariance = deviation[:, :, None] * mean * deviation[:, None, :]
    basis = f"residuals of {n_stars:.0f} stars in groups found blindly, from {start.basis}"
    return Width("self", covariance, start.names, basis)
