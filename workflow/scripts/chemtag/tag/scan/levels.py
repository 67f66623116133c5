"""The groups of a sample at each level of the tagger of known width, as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.seeds import integer_seed_for
from chemtag.base.types import Floats, Ints
from chemtag.space.signal import Signal, signal_space
from chemtag.space.width import Width
from chemtag.tag.linkage import known_width_linkage
from chemtag.tag.numbering import number_groups
from chemtag.tag.scan.calibrate import self_width
from chemtag.tag.scan.field import Kind, fit_field
from chemtag.tag.scan.null import LISTED, Null, null_evidence, significance
from chemtag.tag.scan.reliability import COMPLETENESS, PURITY
from chemtag.tag.scan.sample import make_sample
from chemtag.tag.scan.scanning import FEWEST_STARS, THRESHOLDS, Found, nothing_found, scan

LINKAGE = "linkage"
"""Level of the groups of `known_width_linkage`, for samples without field stars."""


@dataclass(frozen=True)
class Tagging:
    """What was found at each level, in the rows given, and what it stood on.

    `null` are samples without a group, None if none were asked for.
    """

    found: dict[str, Found]
    signal: Signal
    width: Width
    n_components: int
    null: Null | None


def signal_of_width(
    values: Floats, width: Width, kind: Kind, learn: bool, seed: int
) -> tuple[Signal, Width]:
    """Space `signal` of the stars (N, D) and its width, with `learn` learnt from their groups."""
    if learn:
        width = self_width(values, width, kind, integer_seed_for(seed, "width"))
    return signal_space(values, width.covariance, width.names), width


def known_width_tagging(
    values: Floats,
    width: Width,
    star_id: Sequence[str] | npt.NDArray[Any],
    settings: Mapping[str, Any],
    members_only: bool,
    learn: bool,
    seed: int,
    null: Null | None = None,
) -> Tagging:
    """Tag stars of abundances `values` (N, D) in dex at each of `THRESHOLDS`.

    `settings` is the block `tag/scan` of the config. With `learn` the width is learnt from the
    groups that a search with `width` finds. Samples of members only are tagged by the linkage too.
    `null` are samples without a group, for the p-values (`null_draws`).
    """
    kind: Kind = settings["field"]
    signal, width = signal_of_width(values, width, kind, learn, seed)
    done = scan(signal.coordinates, signal.variance, kind, integer_seed_for(seed, "field"))
    found = dict(done.found)
    if members_only:
        found[LINKAGE] = linked(signal, star_id, float(settings["alpha"]), seed)
    n_components = 0 if done.field is None else len(done.field.mixture)
    return Tagging(found, signal, width, n_components, null)


def null_draws(
    values: Floats,
    width: Width,
    settings: Mapping[str, Any],
    learn: bool,
    seed: int,
    draws: range,
) -> Null:
    """Samples without a group, drawn like the stars that `known_width_tagging` tags.

    Arguments are those given there. Too few stars to have a field have no draws.
    """
    kind: Kind = settings["field"]
    signal, _ = signal_of_width(values, width, kind, learn, seed)
    if len(values) < FEWEST_STARS:
        return Null(np.empty((0, LISTED)), np.empty(0, dtype=np.int64))
    sample = make_sample(signal.coordinates, signal.variance)
    field = fit_field(sample, kind, integer_seed_for(seed, "field"))
    return null_evidence(
        sample, field, settings["null_kind"], draws, seed, int(settings["null_stars"])
    )


def null_table(null: Null, draws: range) -> pd.DataFrame:
    """Return the rows of the contract `scan_null`; a draw of no candidate has one row, NaN."""
    rows, ranks = np.nonzero(np.isfinite(null.evidence) | (np.arange(LISTED) == 0))
    evidence = null.evidence[rows, ranks]
    return pd.DataFrame(
        {
            "draw": np.asarray(draws, dtype=np.int64)[rows],
            "rank": ranks.astype(np.int64),
            "n_stars": null.n_stars[rows],
            "evidence": np.where(np.isfinite(evidence), evidence, np.nan),
        }
    )


def null_in(tables: Sequence[pd.DataFrame]) -> Null | None:
    """The draws of tables `scan_null`, None where there are none."""
    rows = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    if not len(rows):
        return None
    draw, row = np.unique(rows["draw"].to_numpy(), return_inverse=True)
    evidence = np.full((len(draw), LISTED), -np.inf)
    evidence[row, rows["rank"]] = rows["evidence"].fillna(-np.inf)
    stars: Ints = np.zeros(len(draw), dtype=np.int64)
    stars[row] = rows["n_stars"]
    return Null(evidence, stars)


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
            chance = significance(one.evidence, tagging.null, len(one.group))
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
                    "calibrated_purity": PURITY.calibrated(one.purity, one.evidence),
                    "calibrated_completeness": COMPLETENESS.calibrated(
                        one.completeness, one.evidence
                    ),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
