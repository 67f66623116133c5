"""The groups of a sample at each level of the tagger of known width, as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.seeds import integer_seed_for
from chemtag.base.types import Floats
from chemtag.space.signal import Signal, signal_space
from chemtag.space.width import Width
from chemtag.tag.linkage import known_width_linkage
from chemtag.tag.numbering import number_groups
from chemtag.tag.scan.calibrate import self_width
from chemtag.tag.scan.field import Kind
from chemtag.tag.scan.null import NullKind, null_evidence, significance
from chemtag.tag.scan.scanning import THRESHOLDS, Found, Scan, nothing_found, scan

LINKAGE = "linkage"
"""Level of the groups of `known_width_linkage`, for samples without field stars."""


@dataclass(frozen=True)
class Tagging:
    """What was found at each level, in the rows given, and what it stood on.

    `null` (draws, .) are the largest evidences of samples without a group, None if none were asked.
    """

    found: dict[str, Found]
    signal: Signal
    width: Width
    n_components: int
    null: Floats | None


def known_width_tagging(
    values: Floats,
    width: Width,
    star_id: Sequence[str] | npt.NDArray[Any],
    settings: Mapping[str, Any],
    members_only: bool,
    learn: bool,
    seed: int,
) -> Tagging:
    """Tag stars of abundances `values` (N, D) in dex at each of `THRESHOLDS`.

    `settings` is the block `tag/scan` of the config. With `learn` the width is learnt from the
    groups that a search with `width` finds. Samples of members only are tagged by the linkage too.
    """
    kind: Kind = settings["field"]
    if learn:
        width = self_width(values, width, kind, integer_seed_for(seed, "width"))
    signal = signal_space(values, width.covariance, width.names)
    done = scan(signal.coordinates, signal.variance, kind, integer_seed_for(seed, "field"))
    found = dict(done.found)
    if members_only:
        found[LINKAGE] = linked(signal, star_id, float(settings["alpha"]), seed)
    null = null_of(done, settings["null_kind"], int(settings["null_draws"]), seed)
    n_components = 0 if done.field is None else len(done.field.mixture)
    return Tagging(found, signal, width, n_components, null)


def linked(
    signal: Signal, star_id: Sequence[str] | npt.NDArray[Any], alpha: float, seed: int
) -> Found:
    """Groups of `known_width_linkage`, the largest first; they have no evidence."""
    label = known_width_linkage(signal.coordinates, alpha, integer_seed_for(seed, "linkage"))
    grouped = label >= 0
    group = label.copy()
    group[grouped] = number_groups(label, star_id)[label[grouped]]
    n, d = signal.coordinates.shape
    sizes = np.bincount(group[grouped])
    unknown = np.full(len(sizes), np.nan)
    centre = np.array([signal.coordinates[group == g].mean(axis=0) for g in range(len(sizes))])
    return Found(
        np.nan, group, grouped.astype(float), unknown, sizes.astype(float),
        centre.reshape(-1, d), unknown, unknown,
    ) if n else nothing_found(0, d, np.nan)  # fmt: skip


def null_of(done: Scan, kind: NullKind, draws: int, seed: int) -> Floats | None:
    """Largest evidences of `draws` samples without a group, None for none."""
    if not draws or done.sample is None or done.field is None:
        return None
    return null_evidence(done.sample, done.field, kind, range(draws), seed)


def members_table(found: Mapping[str, Found], star_id: Sequence[str]) -> pd.DataFrame:
    """Return the rows of the contract `scan_members`: stars in a group, by level."""
    names = np.asarray(star_id, dtype=object)
    codes, stars, groups, strengths = [], [], [], []
    for code, one in enumerate(found.values()):
        grouped = np.flatnonzero(one.group >= 0)
        codes.append(np.full(len(grouped), code, dtype=np.int64))
        stars.append(names[grouped])
        groups.append(one.group[grouped])
        strengths.append(one.probability[grouped])
    return pd.DataFrame(
        {
            "level": pd.Categorical.from_codes(np.concatenate(codes), pd.Index(list(found))),
            "star_id": np.concatenate(stars),
            "group": np.concatenate(groups),
            "probability": np.clip(np.concatenate(strengths), 0, 1),
        }
    )


def groups_table(tagging: Tagging) -> pd.DataFrame:
    """Return the rows of the contract `scan_groups`: each group of each level."""
    parts = []
    for level, one in tagging.found.items():
        n = len(one.evidence)
        p = q = np.full(n, np.nan)
        if tagging.null is not None and level in THRESHOLDS and n:
            chance = significance(one.evidence, tagging.null)
            p, q = chance.p_family, chance.q_false
        parts.append(
            pd.DataFrame(
                {
                    "level": level,
                    "group": np.arange(n),
                    "n_stars": np.bincount(one.group[one.group >= 0], minlength=n),
                    "expected_size": one.size,
                    "evidence": one.evidence,
                    "p_family": p,
                    "q_false": q,
                    "expected_purity": one.purity,
                    "expected_completeness": one.completeness,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
