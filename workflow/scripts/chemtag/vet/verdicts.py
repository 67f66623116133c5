"""Verdicts on groups from all their data, with the number of tests accounted for.

Within a group the smallest of m p-values times m (Bonferroni; the first step of Holm 1979): it
holds however the data depend on each other, as ages and velocities do. Across groups the false
discovery rate (Benjamini & Hochberg 1995): an observer who takes the supported groups to a
telescope asks which share of them is chance, not whether there is one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chemtag.base.types import Floats

SUPPORTED, CONTRADICTED, CANNOT_TELL = "supported", "contradicted", "cannot tell"
VERDICTS = (SUPPORTED, CONTRADICTED, CANNOT_TELL)


def within_group(p: Floats) -> float:
    """Return the p-value of a group from those of its data (m,), NaN left out; NaN without any."""
    known = p[np.isfinite(p)]
    return float(min(1.0, len(known) * known.min())) if len(known) else np.nan


def false_discovery_rate(p: Floats) -> Floats:
    """Return the adjusted p-values (G,) of Benjamini & Hochberg; NaN does not count."""
    q = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    m = len(order)
    raw = p[order] * m / np.arange(1, m + 1)
    q[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q


@dataclass(frozen=True)
class Joint:
    """The verdict on each group: joint p-values, adjusted ones, verdict and reason."""

    p: Floats
    q: Floats
    p_against: Floats
    q_against: Floats
    verdict: list[str]
    reason: list[str]


def joint_verdicts(
    p: Mapping[str, Floats], p_pure: Mapping[str, Floats], may_contradict: Sequence[str],
    alpha: float,
) -> Joint:  # fmt: skip
    """Return the verdicts on G groups from the p-values (G,) of each datum, by its name.

    Only the data of `may_contradict` count against a group: velocities say nothing against siblings
    that have left their cluster. A datum that supports a group does not count against it, and where
    some speak for it and others against it, nobody can tell.
    """
    n_groups = len(next(iter(p.values()))) if p else 0
    against = {
        name: np.where(p[name] <= alpha, 1.0, p_pure[name]) for name in p if name in may_contradict
    }
    joint, joint_against = _each(p, n_groups), _each(against, n_groups)
    q, q_against = false_discovery_rate(joint), false_discovery_rate(joint_against)
    verdicts, reasons = [], []
    for g in range(n_groups):
        supporting = [name for name in p if p[name][g] <= alpha]
        opposing = [name for name in against if against[name][g] <= alpha]
        verdict, reason = _one(q[g], q_against[g], supporting, opposing, alpha)
        verdicts.append(verdict)
        reasons.append(reason)
    return Joint(joint, q, joint_against, q_against, verdicts, reasons)


def _each(p: Mapping[str, Floats], n_groups: int) -> Floats:
    return np.array(
        [within_group(np.array([values[g] for values in p.values()])) for g in range(n_groups)]
    )


def _one(
    q: float, q_against: float, supporting: list[str], opposing: list[str], alpha: float
) -> tuple[str, str]:
    if not np.isfinite(q):
        return CANNOT_TELL, "no datum can tell"
    seen, denied = q <= alpha, q_against <= alpha
    if seen and denied:
        return CANNOT_TELL, f"{', '.join(supporting)} for it, {', '.join(opposing)} against it"
    if seen:
        return SUPPORTED, f"by {', '.join(supporting)}"
    if denied:
        return CONTRADICTED, f"by {', '.join(opposing)}"
    if supporting or opposing:
        return CANNOT_TELL, "what speaks for or against it is no more than so many tests give"
    return CANNOT_TELL, "neither unlike the field nor unlike a group"
