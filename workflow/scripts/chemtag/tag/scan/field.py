# mypy: allow-untyped-defs
"""The smooth density of everything, which a group must stand out from.

f_i = ratio_i sum_k w_k N(z_i | m_k, B_k + v_i). A mixture behind the errors of each star is right
where the density is a small mixture, as in a simulation. A real disc has ridges that no small
mixture follows, and whose crests it would call groups: there more components are needed, and the
local ratio of stars seen to stars expected. Which of it a sample needs is asked of the sample, by
stars that the field was not fitted on. Clusters are real too and would be followed as well; three
things keep the field from it: no component is narrower than a cluster, each has `STARS_A_COMPONENT`
stars at least, and whether the ratio helps is judged by the median star, which is in no cluster.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from chemtag.base.compiled import compiled
from chemtag.base.types import Floats
from chemtag.tag.scan.mixture import (
    LOG_2PI,
    Mixture,
    deconvolve,
    fit_mixture,
)
from chemtag.tag.scan.prior import Prior, prior_of
from chemtag.tag.scan.sample import Sample

Kind = Literal["held_out", "few", "many"]

STARS_A_COMPONENT = 400
"""Fewest stars a component of the mixture has on average."""
ORDERS = (1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 128)
"""Numbers of components that are tried; the next only while they help."""
JUDGED_STARS = 8000
"""Most stars that the number of components is judged on."""
DECONVOLUTION_STEPS = 4
LEAST_FIELD = 0.75
"""Share of the stars that must be left to the field for it to be fitted again beside groups."""
RATIO_VARIANCE = 4.0
"""Variance of the kernel of the local ratio, in units of the width."""
KERNEL_REACH = 14.0
"""Squared distance, in units of that variance, beyond which the kernel counts for nothing."""
LEAST_GAIN = 0.01
"""Gain of ln f of the median star for which the local ratio is used; chance gives 0.00 +- 0.005."""
TRUST = 5.0
"""Stars that draw the local ratio to 1."""


@dataclass(frozen=True)
class Field:
    """`mixture`, its `prior` of cluster centres, and ln f (N,) at the sample's stars.

    `ratio` says whether ln f holds the local ratio, `known` that the mixture is told: not fitted to
    these stars, and not to be.
    """

    kind: Kind
    ratio: bool
    mixture: Mixture
    prior: Prior
    log_density: Floats
    known: bool = False


def deconvolved_mixture(z: Floats, v: Floats, k: int, seed: int) -> Mixture:
    """Mixture of `k` components for stars at z (N, d) with variances v (N, d)."""
    found = fit_mixture(z, k, seed)
    return found if (v == 1).all() else deconvolve(found, z, v, DECONVOLUTION_STEPS)


def most_components(n_stars: int) -> int:
    """Number of components that leaves each `STARS_A_COMPONENT` stars."""
    return n_stars // STARS_A_COMPONENT + 1


def halves(n_stars: int, seed: int) -> npt.NDArray[np.bool_]:
    """First half of the stars (N,), drawn at random."""
    return np.random.default_rng(seed).permutation(n_stars) % 2 == 0


def held_out_order(z: Floats, v: Floats, seed: int) -> int:
    """Number of components by which one half of the stars best foretells the other, and vice versa.

    The mean ln f of stars that the mixture was not fitted on (Smyth 2000, Stat. Comput. 10, 63),
    over `ORDERS` up to `most_components`, until two orders in a row are worse than the best. The
    hundredth of the stars that is foretold worst is left out: else one star far off decides. Two
    components are tried always, that such a star may have one.
    """
    first, most = halves(len(z), seed), max(2, most_components(len(z)))
    best, highest, worse = 1, -np.inf, 0
    for k in [order for order in ORDERS if order < most] + [most]:
        held_out = np.empty(len(z))
        for train in (first, ~first):
            # Not deconvolved, which costs three times as much and hardly moves the order.
            mixture = fit_mixture(z[train], k, seed)
            held_out[~train] = mixture.log_density(z[~train], v[~train])
        total = float(np.sort(held_out)[-(-len(z) // 100) :].sum())
        if total > highest:
            best, highest, worse = k, total, 0
        else:
            worse += 1
        if worse == 2:
            break
    return best


def order_of(sample: Sample, seed: int) -> int:
    """`held_out_order` of the sample; of more than `JUDGED_STARS` by so many, drawn at random.

    A small mixture has its order whatever the number of stars. Once the order has come near
    `most_components`, it is the stars a component that are carried over to the whole sample.
    """
    if len(sample) <= JUDGED_STARS:
        return held_out_order(sample.z, sample.variance, seed)
    rows = np.random.default_rng(seed).choice(len(sample), JUDGED_STARS, replace=False)
    rows.sort()
    order = held_out_order(sample.z[rows], sample.variance[rows], seed)
    if order < most_components(JUDGED_STARS) / 2:
        return order
    return min(order * len(sample) // JUDGED_STARS, most_components(len(sample)))


@compiled()
def _kernel_sums(z, variance, reach):
    """sum over the other stars of exp(-|z_i - z_j|^2 / 2 variance), (N,); z sorted along axis 0."""
    n, d = z.shape
    total = np.zeros(n)
    limit = reach * variance
    for i in range(n):
        for j in range(i + 1, n):
            square = 0.0
            for a in range(d):
                square += (z[i, a] - z[j, a]) ** 2
                if square > limit:
                    break
            if square <= limit:
                pull = np.exp(-0.5 * square / variance)
                total[i] += pull
                total[j] += pull
            elif (z[j, 0] - z[i, 0]) ** 2 > limit:
                break
    return total


@compiled()
def _kernel_sums_at(places, z, variance, reach):
    """The same at other `places` (M, d), (M,)."""
    total = np.zeros(len(places))
    limit = reach * variance
    half = np.sqrt(limit)
    for i in range(len(places)):
        first = np.searchsorted(z[:, 0], places[i, 0] - half)
        last = np.searchsorted(z[:, 0], places[i, 0] + half)
        for j in range(first, last):
            square = 0.0
            for a in range(z.shape[1]):
                square += (places[i, a] - z[j, a]) ** 2
                if square > limit:
                    break
            if square <= limit:
                total[i] += np.exp(-0.5 * square / variance)
    return total


def log_expected(z: Floats, mixture: Mixture, n_stars: int) -> Floats:
    """ln of the stars (N,) of `n_stars` that the mixture expects under the kernel of the ratio."""
    d = z.shape[1]
    smooth = mixture.log_density(z, np.ones((1, d)), extra=RATIO_VARIANCE)
    return np.log(n_stars) + smooth + 0.5 * d * (LOG_2PI + np.log(RATIO_VARIANCE))


def log_local_ratio(sample: Sample, mixture: Mixture) -> Floats:
    """ln of (stars seen + c) / (stars expected + c), (N,), both smoothed by N(0, `RATIO_VARIANCE`).

    Multiplying the mixture by it follows what the mixture misses on scales of two widths and more
    (Hjort & Glad 1995, Ann. Stat. 23, 882). A kernel density would flatten every crest and so call
    it a group; here crest and expectation are flattened alike. `TRUST` stars c keep the ratio
    near 1 where there are few. O(N^2), stars beyond reach left out.
    """
    seen = _kernel_sums(sample.z, RATIO_VARIANCE, KERNEL_REACH)
    expected = np.exp(log_expected(sample.z, mixture, len(sample)))
    return np.log((seen + TRUST) / (expected + TRUST))


def ratio_helps(sample: Sample, k: int, seed: int) -> bool:
    """Whether the median star of one half gains by the local ratio of the other half.

    The gain is ln ratio less ln of its mean over stars drawn from the mixture, the norm of the
    product. Stars of clusters gain by their siblings, but they are few: the median is field.
    """
    n = len(sample)
    chosen = np.arange(n)
    if n > JUDGED_STARS:
        chosen = np.sort(np.random.default_rng(seed).choice(n, JUDGED_STARS, replace=False))
    z, v, first = sample.z[chosen], sample.variance[chosen], halves(len(chosen), seed)
    gains = []
    for fold, train in enumerate((first, ~first)):
        mixture = deconvolved_mixture(z[train], v[train], k, seed)
        drawn = mixture.draw(v[~train], np.random.default_rng([seed, fold]))
        ratios = []
        for places in (z[~train], drawn):
            seen = 2 * _kernel_sums_at(places, z[train], RATIO_VARIANCE, KERNEL_REACH)
            expected = np.exp(log_expected(places, mixture, len(chosen)))
            ratios.append((seen + TRUST) / (expected + TRUST))
        gains.append(np.log(ratios[0]) - np.log(ratios[1].mean()))
    return bool(np.median(np.concatenate(gains)) > LEAST_GAIN)


def field_of(sample: Sample, kind: Kind, k: int, ratio: bool, seed: int) -> Field:
    """Field of `k` components, with the local ratio or without."""
    mixture = deconvolved_mixture(sample.z, sample.variance, k, seed)
    log_density = mixture.log_density(sample.z, sample.variance)
    if ratio:
        log_density = log_density + log_local_ratio(sample, mixture)
    return Field(kind, ratio, mixture, prior_of(mixture), log_density)


def fit_field(sample: Sample, kind: Kind, seed: int) -> Field:
    """Return the field of the stars of a sample.

    `held_out` asks the stars for the number of components and for the need of a local ratio;
    `few` is the order by held-out stars without the ratio, `many` the largest order with it.
    """
    k = most_components(len(sample)) if kind == "many" else order_of(sample, seed)
    ratio = kind == "many" or (kind == "held_out" and ratio_helps(sample, k, seed))
    return field_of(sample, kind, k, ratio, seed)


def refit_field(sample: Sample, field: Field, seed: int) -> Field:
    """A field of the same make for other stars."""
    return field_of(sample, field.kind, len(field.mixture), field.ratio, seed)


def field_beside(sample: Sample, field: Field, in_groups: Floats) -> Field:
    """The field fitted again to what groups leave of each star; `in_groups` (N,) is their share.

    A field that was fitted to the clusters too lies too high under them: they stand out less, and
    lose their outer stars to it. The local ratio is kept. Where the groups leave less than
    `LEAST_FIELD` of the stars they are no perturbation, and the field stays as it is.
    """
    left = np.clip(1 - in_groups, 0, 1)
    if field.known or left.mean() < LEAST_FIELD or not in_groups.any():
        return field
    z, v = sample.z, sample.variance
    mixture = deconvolve(field.mixture, z, v, DECONVOLUTION_STEPS, left)
    gain = mixture.log_density(z, v) - field.mixture.log_density(z, v)
    return replace(
        field, mixture=mixture, prior=prior_of(mixture), log_density=field.log_density + gain
    )
