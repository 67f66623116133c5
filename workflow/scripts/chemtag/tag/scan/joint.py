# mypy: allow-untyped-defs
"""EM of all groups and the field together, until every group left is worth its evidence."""

from dataclasses import dataclass

import numpy as np

from chemtag.base.compiled import compiled
from chemtag.base.types import Floats, Ints
from chemtag.tag.scan.climb import SMALLEST, Candidates
from chemtag.tag.scan.prior import Prior
from chemtag.tag.scan.sample import Sample
from chemtag.tag.scan.starts import HIGHEST

ROUNDS = 60
SETTLED = 0.01
"""EM ends when no centre moves by more, in widths, and no group grows by five times as much."""
TWINS = 3.0
"""Groups whose centres are closer, in widths, may be halves of one."""
LISTED = 1e-3
"""Least responsibility of a group for a star that is kept."""


@dataclass(frozen=True)
class Shares:
    """Responsibilities, sparse: group (M,), star (M,) and r (M,), by group, then star."""

    group: Ints
    star: Ints
    r: Floats


@dataclass(frozen=True)
class Fit:
    """Groups that passed, their shares in the stars, and ln of (density / field) at each star."""

    groups: Candidates
    shares: Shares
    log_excess: Floats

    @property
    def in_groups(self) -> Floats:
        """Share of each star (N,) that is in any group."""
        total = np.zeros(len(self.log_excess))
        np.add.at(total, self.shares.star, self.shares.r)
        return total


@compiled()
def _pull(z, precision, log_norm, log_field, reach, theta, i):
    """phi_i / f_i, 0 out of reach."""
    square = 0.0
    for a in range(z.shape[1]):
        square += (z[i, a] - theta[a]) ** 2 * precision[i, a]
        if square > reach:
            return 0.0
    return np.exp(min(log_norm[i] - 0.5 * square - log_field[i], HIGHEST))


@compiled()
def _relative_density(z, precision, log_norm, log_field, window, reach, theta, share, rest):
    """(N,) density over field: `rest` + sum_g share_g phi_ig / f_i, share = n_g / N."""
    ratio = np.full(len(z), rest)
    for g in range(len(share)):
        first = np.searchsorted(z[:, 0], theta[g, 0] - window)
        last = np.searchsorted(z[:, 0], theta[g, 0] + window)
        for i in range(first, last):
            ratio[i] += share[g] * _pull(z, precision, log_norm, log_field, reach, theta[g], i)
    return ratio


@compiled()
def _expect(z, precision, log_norm, log_field, window, reach, theta, share, ratio):
    """sum r (G,), sum r/v (G, d) and sum r z/v (G, d) of all groups."""
    G, d = theta.shape
    size, weight, moment = np.zeros(G), np.zeros((G, d)), np.zeros((G, d))
    for g in range(G):
        first = np.searchsorted(z[:, 0], theta[g, 0] - window)
        last = np.searchsorted(z[:, 0], theta[g, 0] + window)
        for i in range(first, last):
            pull = _pull(z, precision, log_norm, log_field, reach, theta[g], i)
            if pull == 0.0:
                continue
            r = share[g] * pull / ratio[i]
            size[g] += r
            for a in range(d):
                weight[g, a] += r * precision[i, a]
                moment[g, a] += r * precision[i, a] * z[i, a]
    return size, weight, moment


@compiled()
def _gains(z, precision, log_norm, log_field, window, reach, theta, share, ratio):
    """Gain of log likelihood that each group brings, (G,).

    Without group g its weight goes to the field and its stars back to the rest, whose density is
    p_i (1 - r_ig) + n_g/N f_i; the gain is -sum_i ln(1 - r_ig + n_g/N f_i/p_i).
    """
    N = len(z)
    gain = np.zeros(len(share))
    for g in range(len(share)):
        first = np.searchsorted(z[:, 0], theta[g, 0] - window)
        last = np.searchsorted(z[:, 0], theta[g, 0] + window)
        for i in range(N):
            r = 0.0
            if first <= i < last:
                pull = _pull(z, precision, log_norm, log_field, reach, theta[g], i)
                r = share[g] * pull / ratio[i]
            gain[g] -= np.log(max(1 - r + share[g] / ratio[i], 1e-12))
    return gain


@compiled()
def _list_shares(z, precision, log_norm, log_field, window, reach, theta, share, ratio, least):
    """Group, star and r wherever r > `least`."""
    group, star, kept = [0], [0], [0.0]
    for g in range(len(share)):
        first = np.searchsorted(z[:, 0], theta[g, 0] - window)
        last = np.searchsorted(z[:, 0], theta[g, 0] + window)
        for i in range(first, last):
            pull = _pull(z, precision, log_norm, log_field, reach, theta[g], i)
            r = share[g] * pull / ratio[i]
            if r > least:
                group.append(g)
                star.append(i)
                kept.append(r)
    return np.array(group[1:]), np.array(star[1:]), np.array(kept[1:])


def _field_share(size: Floats, n_stars: int) -> float:
    """Share of the field beside groups of `size` (G,); never 0, so that no star is without home."""
    return max(1 - float(size.sum()) / n_stars, 1e-6)


def settle(
    sample: Sample, prior: Prior, log_field: Floats, theta: Floats, size: Floats
) -> tuple[Floats, Floats]:
    """EM of centres (G, d) and sizes (G,) of all groups; groups that lose their stars go.

    The field keeps its shape and takes the share that the groups leave. O(G x stars within reach)
    a round.
    """
    stars = (sample.z, sample.precision, sample.log_norm, log_field, sample.window, sample.reach)
    N, d = sample.z.shape
    axes = np.arange(d)
    for _ in range(ROUNDS):
        share = size / N
        ratio = _relative_density(*stars, theta, share, _field_share(size, N))
        new_size, weight, moment = _expect(*stars, theta, share, ratio)
        P, h = prior.local_gaussian(theta)
        P[:, axes, axes] += weight
        new = np.linalg.solve(P, (moment + h)[..., None])[..., 0]
        alive = new_size > SMALLEST / 2
        moved = max(np.abs(new - theta).max(), np.abs(new_size - size).max() / 5)
        theta, size = np.ascontiguousarray(new[alive]), new_size[alive]
        if not len(size) or (moved < SETTLED and alive.all()):
            break
    return theta, size


def _total(sample: Sample, prior: Prior, log_field: Floats, theta: Floats, size: Floats) -> float:
    """ln of the evidence of all groups together: log likelihood over field, and what they cost."""
    stars = (sample.z, sample.precision, sample.log_norm, log_field, sample.window, sample.reach)
    share = size / len(sample.z)
    ratio = _relative_density(*stars, theta, share, _field_share(size, len(sample.z)))
    weight = _expect(*stars, theta, share, ratio)[1]
    return float(np.log(ratio).sum() + prior.log_occam(theta, weight).sum())


def join_twins(
    sample: Sample, prior: Prior, log_field: Floats, theta: Floats, size: Floats
) -> tuple[Floats, Floats]:
    """Make one group of two within `TWINS` widths where one has more evidence than both.

    The evidence of a group is that over the field, beside its neighbours as they are, so that the
    halves of a cluster can hold each other up. Pairs are tried from the closest on.
    """
    now = _total(sample, prior, log_field, theta, size)
    tried = True
    while tried:
        tried = False
        for i, j in _close_pairs(theta):
            whole = size[i] + size[j]
            centre = (size[i] * theta[i] + size[j] * theta[j]) / whole
            joined = settle(
                sample,
                prior,
                log_field,
                np.vstack([np.delete(theta, (i, j), axis=0), centre]),
                np.append(np.delete(size, (i, j)), whole),
            )
            if (then := _total(sample, prior, log_field, *joined)) > now:
                (theta, size), now, tried = joined, then, True
                break
    return theta, size


def _close_pairs(theta: Floats) -> list[tuple[int, int]]:
    """Pairs of groups within `TWINS` widths, the closest first."""
    first, second = np.triu_indices(len(theta), 1)
    apart = np.sqrt(((theta[first] - theta[second]) ** 2).sum(axis=1))
    order = np.argsort(apart, kind="stable")[: int((apart < TWINS).sum())]
    return list(zip(first[order].tolist(), second[order].tolist(), strict=True))


def fit_groups(
    sample: Sample, prior: Prior, log_field: Floats, theta: Floats, size: Floats, threshold: float
) -> Fit:
    """Joint EM of all groups; the weakest with an evidence below `threshold` go until none is.

    At each turn a quarter of the groups that fail, at least one, is dropped and the rest settles
    again: a weak group may be the twin of another, and pass when that has gone.
    """
    stars = (sample.z, sample.precision, sample.log_norm, log_field, sample.window, sample.reach)
    N, d = sample.z.shape
    theta, size = np.ascontiguousarray(theta), size.copy()
    while len(size):
        theta, size = settle(sample, prior, log_field, theta, size)
        if not len(size):
            break
        share = size / N
        ratio = _relative_density(*stars, theta, share, _field_share(size, N))
        _, weight, _ = _expect(*stars, theta, share, ratio)
        evidence = _gains(*stars, theta, share, ratio) + prior.log_occam(theta, weight)
        failed = (evidence < threshold) | (size < SMALLEST)
        if not failed.any():
            joined = join_twins(sample, prior, log_field, theta, size)
            if len(joined[1]) < len(size):
                theta, size = joined
                continue
            shares = Shares(*_list_shares(*stars, theta, share, ratio, LISTED))
            return Fit(Candidates(theta, size, evidence), shares, np.log(ratio))
        rank = np.argsort(np.where(size < SMALLEST, -np.inf, evidence), kind="stable")
        gone = rank[: max(1, int(failed.sum()) // 4)]
        theta, size = np.delete(theta, gone, axis=0), np.delete(size, gone)
    none = Shares(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    return Fit(Candidates(np.empty((0, d)), np.empty(0), np.empty(0)), none, np.zeros(N))
