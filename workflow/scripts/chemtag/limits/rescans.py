"""The tagger of known width on samples of chance, and on draws of a sample within its errors.

*Shuffled*: each abundance permuted between stars of like [Fe/H] (`chemtag.limits.surrogates`), so
that [Fe/H] and its trends stay and what binds the other abundances of a star goes. The labels stay
with the stars: what is recovered then is chance. *Redrawn*: the abundances moved by their errors
(`chemtag.tag.redraws`), the width as much wider; what is claimed again is stable.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.base.types import Floats, Ints
from chemtag.limits.surrogates import iron_bins, shuffled_within
from chemtag.score.contingency import contingency
from chemtag.score.matching import (
    RECOVERED,
    cluster_matches,
    recovery_fraction,
    statistical_fraction,
)
from chemtag.score.nulls import summarise_null
from chemtag.select.truth import Truth
from chemtag.space.signal import signal_space
from chemtag.tag.consensus import best_jaccard, stability_of
from chemtag.tag.redraws import VARIANCE, added, deconvolved, population_of

Kind = Literal["shuffled", "redrawn"]
FieldKind = Literal["held_out", "few", "many"]
KINDS: tuple[Kind, ...] = ("shuffled", "redrawn")
SCORES = ("rf40", "n_groups", "statistical_40")
TESTED = (("shuffled", "rf40"), ("shuffled", "n_groups"))


@dataclass(frozen=True)
class Scanned:
    """A sample as it was scanned: values (N, D), the width and the errors as covariances (N, D, D),
    and the column of [Fe/H], None for none."""

    values: Floats
    width: Floats
    errors: Floats
    iron: int | None


def rescanned(
    sample: Scanned, kind: Kind, draw_scale: str, field: FieldKind, seed: int, number: int
) -> dict[str, Ints]:
    """Groups (N,) at each level of one surrogate or draw; each has a stream of its own."""
    from chemtag.tag.scan.scanning import scan

    rng = generator_for(seed, "rescan", kind, number)
    width = sample.width
    if kind == "shuffled":
        iron = None if sample.iron is None else sample.values[:, sample.iron]
        bins = iron_bins(iron, len(sample.values))
        values = shuffled_within(sample.values, bins, sample.iron, rng)
    elif draw_scale == "deconvolved":
        population = population_of(sample.values, sample.errors)
        values = deconvolved(sample.values, sample.errors, population, rng)
    else:
        share = VARIANCE[draw_scale]
        values, width = (
            added(sample.values, sample.errors, share, rng),
            width + share * sample.errors,
        )
    signal = signal_space(values, width)
    done = scan(
        signal.coordinates, signal.variance, field, integer_seed_for(seed, "rescan", kind, number)
    )  # fmt: skip
    return {level: found.group for level, found in done.found.items()}


def scores_of_groups(group: Ints, truth: Truth) -> dict[str, float]:
    """RF40 of the eligible clusters, groups, and the share of groups that match no cluster."""
    counts = contingency(group, truth.clusters, None, truth.n_clusters)
    n_groups = int((counts.group_sizes > 0).sum())
    return {
        "rf40": float(recovery_fraction(cluster_matches(counts), truth.eligible, [RECOVERED])[0]),
        "n_groups": float(n_groups),
        "statistical_40": float(statistical_fraction(counts, RECOVERED)) if n_groups else 0.0,
    }


def rescan_rows(
    observed: Mapping[str, Ints], again: Mapping[Kind, Sequence[Mapping[str, Ints]]], truth: Truth
) -> pd.DataFrame:
    """Rows of the contract `rescans`: each score of each level beside its surrogates and draws.

    `observed` are the groups (N,) of the sample by level, `again` those of each surrogate or draw.
    A share of false groups has no p-value: few groups by chance may well match none.
    """
    rows: list[dict[str, Any]] = []
    for kind, draws in again.items():
        for level, group in observed.items():
            value = scores_of_groups(group, truth)
            each = pd.DataFrame([scores_of_groups(one[level], truth) for one in draws])
            for score in SCORES:
                null = summarise_null(value[score], each[score].to_numpy(dtype=float))
                rows.append(
                    {
                        "kind": kind, "level": level, "score": score, "value": value[score],
                        "null_mean": null.mean, "null_low": null.low, "null_high": null.high,
                        "null_p95": null.p95,
                        "p_value": null.p_value if (kind, score) in TESTED else np.nan,
                        "n_draws": len(draws),
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def stability_rows(
    observed: Mapping[str, Ints], draws: Sequence[Mapping[str, Ints]]
) -> Iterator[dict[str, Any]]:
    """Rows of the contract `scan_stability`: best Jaccard of each group over the draws."""
    for level, group in observed.items():
        if group.max(initial=-1) < 0:
            continue
        found = stability_of(
            np.stack([best_jaccard(_short(group), _short(one[level]))[0] for one in draws])
        )
        for number in range(len(found.mean)):
            yield {
                "level": level, "group": number, "n_stars": int((group == number).sum()),
                "jaccard": found.mean[number], "jaccard_low": found.low[number],
                "jaccard_high": found.high[number], "dissolved": found.dissolved[number],
                "n_draws": len(draws),
            }  # fmt: skip


def _short(group: Ints) -> NDArray[np.int32]:
    return group.astype(np.int32)
