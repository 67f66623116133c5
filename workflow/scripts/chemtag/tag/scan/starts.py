# mypy: allow-untyped-defs
"""Where to start the search: stars with more neighbours than the smooth field explains."""

import numpy as np

from chemtag.base.compiled import compiled
from chemtag.base.types import Floats
from chemtag.tag.scan.mixture import LOG_2PI, invert_root
from chemtag.tag.scan.prior import Prior, add_prior
from chemtag.tag.scan.sample import Sample

APART = 0.5
"""Least distance of two starts, in widths."""
HIGHEST = 50.0
"""Largest ln of a ratio of densities, so that none overflows."""


@compiled()
def _sibling_kernels(z, precision, log_height, mean, prior_precision):
    """Centre t_j and variances w_j of the density of a sibling of each star.

    If star j is a member, its cluster's centre is N(t, C), C = (P + 1/v)^-1 and t = C (z/v + h); a
    sibling of unit width is N(t, 1 + C), of which the diagonal is kept.
    """
    n, d = z.shape
    centre, variance = np.zeros((n, d)), np.ones((n, d))
    root, y = np.zeros((d, d)), np.zeros(d)
    for j in range(n):
        P, h = np.zeros((d, d)), np.zeros(d)
        add_prior(z[j], log_height, mean, prior_precision, P, h)
        for a in range(d):
            h[a] += precision[j, a] * z[j, a]
        invert_root(P, precision[j], root)
        for a in range(d):
            y[a] = 0.0
            for b in range(a + 1):
                y[a] += root[a, b] * h[b]
        for a in range(d):
            for b in range(a, d):
                centre[j, a] += root[b, a] * y[b]
                variance[j, a] += root[b, a] ** 2
    return centre, variance


@compiled()
def _sibling_odds(z, log_density, centre, variance, reach):
    """e_j = mean over the other stars i of N(z_i | t_j, w_j) / p_i; z sorted along axis 0."""
    n, d = z.shape
    odds, precision = np.empty(n), np.empty(d)
    for j in range(n):
        constant = -0.5 * d * LOG_2PI
        for a in range(d):
            constant -= 0.5 * np.log(variance[j, a])
            precision[a] = 1 / variance[j, a]
        half = np.sqrt(reach * variance[j, 0])
        first = np.searchsorted(z[:, 0], centre[j, 0] - half)
        last = np.searchsorted(z[:, 0], centre[j, 0] + half)
        total = 0.0
        for i in range(first, last):
            square = 0.0
            for a in range(d):
                square += (z[i, a] - centre[j, a]) ** 2 * precision[a]
                if square > reach:
                    break
            if square <= reach and i != j:
                total += np.exp(min(constant - 0.5 * square - log_density[i], HIGHEST))
        odds[j] = total / n
    return odds


def sibling_odds(sample: Sample, prior: Prior, log_density: Floats) -> tuple[Floats, Floats]:
    """Odds e (N,) that a star's neighbours are its siblings, and where its cluster would be (N, d).

    `log_density` (N,) is ln p of everything already known at each star. O(N^2) with a small
    constant: stars beyond reach along the first axis are never looked at.
    """
    centre, variance = _sibling_kernels(
        sample.z, sample.precision, prior.log_height, prior.mean, prior.precision
    )
    return _sibling_odds(sample.z, log_density, centre, variance, sample.reach), centre


def best_starts(odds: Floats, centre: Floats, most: int) -> Floats:
    """Centres (M, d), M <= `most`, of the stars with the largest odds, `APART` from each other."""
    order = np.argsort(-odds, kind="stable")[: 4 * most]
    return centre[order[apart(centre[order], APART**2)[:most]]]


@compiled()
def apart(places, squared):
    """Rows of `places` (M, d), from the first on, that are apart from all rows kept before."""
    kept = np.empty(len(places), np.int64)
    n = 0
    for i in range(len(places)):
        alone = True
        for j in range(n):
            distance = 0.0
            for a in range(places.shape[1]):
                distance += (places[i, a] - places[kept[j], a]) ** 2
            if distance <= squared:
                alone = False
                break
        if alone:
            kept[n] = i
            n += 1
    return kept[:n]
