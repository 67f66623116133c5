# mypy: allow-untyped-defs
"""EM of one group at a time on a known density, and the evidence that there is a group.

Beside the density p of everything already known, n of N stars are members of one cluster at theta:
star i has the density (1 - n/N) p_i + n/N phi_i, phi_i = N(z_i | theta, v_i). EM with the prior p0
on theta climbs to the next maximum.
"""

from dataclasses import dataclass

import numpy as np

from chemtag.base.compiled import compiled
from chemtag.base.types import Floats
from chemtag.tag.scan.mixture import invert_root
from chemtag.tag.scan.prior import Prior, add_prior
from chemtag.tag.scan.sample import Sample
from chemtag.tag.scan.starts import HIGHEST, apart

FIRST_SIZE = 6.0
"""Members a group is given at its start."""
ROUNDS = 40
FIRST_ROUNDS = 8
"""Rounds after which starts that have met go on as one."""
MET = 0.1
"""Distance, in widths, below which two of them have met."""
SAME = 1.0
"""Two maxima closer than this, in widths, are one group."""
SMALLEST = 2.0
"""Least expected number of members of a group."""


@dataclass(frozen=True)
class Candidates:
    """Maxima: centres (G, d), expected members (G,) and evidence (G,), the strongest first."""

    centre: Floats
    size: Floats
    evidence: Floats

    def __len__(self) -> int:
        return len(self.size)

    def above(self, threshold: float) -> "Candidates":
        """Those with an evidence above `threshold`."""
        kept = self.evidence > threshold
        return Candidates(self.centre[kept], self.size[kept], self.evidence[kept])


@compiled()
def _expect(z, precision, log_norm, log_density, window, reach, theta, n, weight, moment):
    """E step: adds sum r/v to `weight` and sum r z/v to `moment` (d,); gives sum r and ln L.

    a_i = n/(N - n) phi_i/p_i, r = a/(1 + a); ln L = N ln(1 - n/N) + sum ln(1 + a) is the gain of
    log likelihood over no group.
    """
    N, d = z.shape
    first = np.searchsorted(z[:, 0], theta[0] - window)
    last = np.searchsorted(z[:, 0], theta[0] + window)
    total, gain = 0.0, N * np.log(1 - n / N)
    log_odds = np.log(n / (N - n))
    for i in range(first, last):
        square = 0.0
        for a in range(d):
            square += (z[i, a] - theta[a]) ** 2 * precision[i, a]
            if square > reach:
                break
        if square > reach:
            continue
        odds = np.exp(min(log_odds + log_norm[i] - 0.5 * square - log_density[i], HIGHEST))
        gain += np.log1p(odds)
        r = odds / (1 + odds)
        total += r
        for a in range(d):
            weight[a] += r * precision[i, a]
            moment[a] += r * precision[i, a] * z[i, a]
    return total, gain


@compiled()
def _climb(
    z, precision, log_norm, log_density, window, reach,
    log_height, mean, prior_precision, theta, size, rounds,
):  # fmt: skip
    """EM from each start, in place; gives the gain of log likelihood and sum r/v at the end."""
    N, d = z.shape
    gains, weights = np.empty(len(theta)), np.zeros((len(theta), d))
    largest = 0.999 * N
    root = np.zeros((d, d))
    for s in range(len(theta)):
        for turn in range(rounds + 1):
            weight, moment = np.zeros(d), np.zeros(d)
            total, gain = _expect(
                z, precision, log_norm, log_density, window, reach,
                theta[s], size[s], weight, moment,
            )  # fmt: skip
            gains[s] = gain
            weights[s] = weight
            if turn == rounds:
                break
            P, h = np.zeros((d, d)), moment
            add_prior(theta[s], log_height, mean, prior_precision, P, h)
            invert_root(P, weight, root)
            new = root.T @ (root @ h)
            moved = np.abs(new - theta[s]).max()
            grown = abs(total - size[s])
            theta[s] = new
            size[s] = min(max(total, 0.5), largest)
            if size[s] <= 0.5 or (moved < 0.01 and grown < 0.05):
                break
    return gains, weights


def climb(
    sample: Sample,
    prior: Prior,
    log_density: Floats,
    starts: Floats,
    sizes: Floats | None = None,
    rounds: int = ROUNDS,
) -> Candidates:
    """Return the maxima that EM reaches from `starts` (M, d), each once.

    `log_density` (N,) is ln p of what is already known. The evidence of a group is
    E = sum_i ln(1 + n/N (phi_i/p_i - 1)) + ln of the Occam factor (`Prior.log_occam`): the log odds
    of a group at its likeliest size against none, averaged over all centres. O(M x stars within
    reach) a round.
    """
    theta = np.array(starts, dtype=float, order="C")
    given = np.full(len(theta), FIRST_SIZE) if sizes is None else np.asarray(sizes, dtype=float)
    size = np.minimum(given, 0.5 * len(sample))
    stars = (
        sample.z, sample.precision, sample.log_norm, log_density, sample.window, sample.reach,
        prior.log_height, prior.mean, prior.precision,
    )  # fmt: skip
    if rounds > FIRST_ROUNDS:
        gain, _ = _climb(*stars, theta, size, FIRST_ROUNDS)
        order = np.argsort(-gain, kind="stable")
        order = np.sort(order[apart(theta[order], MET**2)])
        theta, size = np.ascontiguousarray(theta[order]), size[order]
    gain, weight = _climb(*stars, theta, size, max(rounds - FIRST_ROUNDS, 0) or rounds)
    evidence = gain + prior.log_occam(theta, weight)
    order = np.argsort(-evidence, kind="stable")
    order = order[size[order] >= SMALLEST]
    order = order[apart(theta[order], SAME**2)]
    return Candidates(theta[order], size[order], evidence[order])
