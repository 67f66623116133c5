"""Six points that a result of clustering is asked about, answered from the tables of a run.

Baseline compared, draws, no leakage, coverage, sensitivity to the choices, failures listed: each is
there, with numbers and the tables they are from, or missing, with what would give it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

# Inputs of rules that tell the clusters of stars.
OF_THE_TRUTH = ("truth", "members", "birth", "labels")
# Parts of the names of files that do.
TOLD_BY_FILES = ("truth.", "members.", "birth")
# Stages that may not read them.
BLIND = ("space", "tag", "embed")
# The score that is spoken of, where a truth is known.
SCORE = "rf40"


@dataclass(frozen=True)
class Point:
    """A point of the list: whether the run has it, what it says, the tables that say it."""

    point: str
    there: bool
    words: str
    tables: str

    def as_dict(self) -> dict[str, Any]:
        """Return the point as plain values."""
        return asdict(self)


def headline_of(scores: pd.DataFrame, setting: str) -> pd.Series | None:
    """Return the row of `SCORE` at a setting of the table `scores`, None without one."""
    rows = scores[(scores["setting"].astype(str) == setting) & (scores["metric"] == SCORE)]
    return None if rows.empty else rows.iloc[0]


def baseline(
    scores: pd.DataFrame | None, nulls: pd.DataFrame | None, found: pd.DataFrame | None,
    setting: str,
) -> Point:  # fmt: skip
    """Return whether the result stands beside what chance gives.

    `scores` of a sample with a truth, `nulls` (contract `nulls`) of its surrogates, `found` of
    a scan, whose groups have their chance without a truth.
    """
    row = None if scores is None else headline_of(scores, setting)
    if row is not None and row["n_null"] > 0:
        words = (
            f"RF40 {row['value']:.2f}; {row['null_mean']:.2f} with labels permuted over stars "
            f"({int(row['n_null'])} draws, p = {row['p_value']:.3g})"
        )
        beside = "" if nulls is None else "; samples without clusters stand in the tables of nulls"
        return Point("baseline", True, words + beside, "score, limits")
    if found is not None and found["p_family"].notna().any():
        least = float(found["p_family"].min())
        words = f"groups beside samples without any: the best has p = {least:.3g} of the family"
        return Point("baseline", True, words, "tag")
    if found is not None and found.empty:
        return Point("baseline", True, "no group is claimed", "tag")
    words = "nothing says what chance gives; give members, or scan the sample (tag/scan/null_draws)"
    return Point("baseline", False, words, "")


def draws(seed: int, redraws: pd.DataFrame | None) -> Point:
    """Return whether the groups were found again in draws within the errors, all of one seed."""
    if redraws is None or len(redraws) < 2:
        words = f"one seed ({seed}) and no draws within the errors; set tag/draws to 2 or more"
        return Point("draws", False, words, "")
    alike = redraws["adjusted_rand_index"].dropna()
    words = f"{len(redraws)} draws within the errors (seed {seed})"
    if len(alike):
        low, high = np.quantile(alike, [0.16, 0.84])
        words += f", adjusted Rand index with the groups {low:.2f} to {high:.2f}"
    return Point("draws", True, words, "tag")


def no_leakage(
    inputs: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]], width: str
) -> Point:
    """Return whether no rule of a stage that must be blind is given the truth.

    `inputs`: file names of each input of each rule, by stage, with wildcards; `width` the source of
    the width.
    """
    told = sorted(
        f"{rule} ({name})"
        for stage in BLIND
        for rule, named in inputs.get(stage, {}).items()
        for name, files in named.items()
        if name in OF_THE_TRUTH or any(part in file for file in files for part in TOLD_BY_FILES)
    )
    if told:
        words = f"the truth is an input of {', '.join(told)}; take it out"
        return Point("no leakage", False, words, "")
    n = sum(len(inputs.get(stage, {})) for stage in BLIND)
    words = (
        f"none of the {n} rules of {', '.join(BLIND)} has members or a truth "
        "among its inputs, by their names and those of their files"
    )
    if width == "other_clusters":
        words += "; the width is that of other clusters, which are told"
    return Point("no leakage", True, words, "rules of the workflow")


def coverage(
    funnel: pd.DataFrame, groups: pd.DataFrame, scores: pd.DataFrame | None,
    stability: pd.DataFrame | None, setting: str,
) -> Point:  # fmt: skip
    """Return what share of the stars is spoken of, and whether the numbers have intervals."""
    stars = funnel["stars_left"].to_numpy()
    inside = int((groups["setting"].astype(str) == setting).sum())
    words = f"{stars[-1]} of {stars[0]} stars of the catalogue, {inside} of them in groups; "
    if scores is not None:
        own = scores[scores["setting"].astype(str) == setting]
        given = int(own["low"].notna().sum())
        row = headline_of(scores, setting)
        kind = "" if row is None else str(row.get("interval", ""))
        words += f"{given} of {len(own)} scores of the headline have an interval"
        words += f" (RF40: {kind})" if kind else ""
        there = row is not None and bool(np.isfinite(row["low"]))
        return Point("coverage", there, words, "select, tag, score")
    if stability is None:
        words += "its groups have no interval; set tag/draws"
        return Point("coverage", False, words, "select, tag")
    words += f"{len(stability)} groups have the interval of their stability over the draws"
    return Point("coverage", True, words, "select, tag")


def sensitivity(scores: pd.DataFrame | None, settings: pd.DataFrame, spaces: int) -> Point:
    """Return whether other choices than the headline's were tried, and what they give."""
    n = len(settings)
    if n * spaces < 2:
        words = "one setting in one space; give the sample a grid or a second space"
        return Point("sensitivity", False, words, "")
    counts = settings["n_groups"]
    words = f"{n} settings in {spaces} space(s); {counts.min()} to {counts.max()} groups"
    if scores is not None:
        values = scores.loc[scores["metric"] == SCORE, "value"].dropna()
        if len(values):
            words += f", RF40 {values.min():.2f} to {values.max():.2f}"
    return Point("sensitivity", True, words, "tag, score")


def failures(clusters: pd.DataFrame | None, verdicts: pd.DataFrame | None, setting: str) -> Point:
    """Return whether what was not found, or turned out wrong, is listed by name."""
    if clusters is not None:
        own = clusters[(clusters["setting"].astype(str) == setting) & clusters["eligible"]]
        lost = own.loc[~own["recovered_40"], "cluster"].astype(str).tolist()
        words = f"{len(lost)} of {len(own)} clusters are not recovered"
        words += f": {', '.join(lost)}" if lost else ""
        return Point("failures", True, words, "score")
    if verdicts is not None:
        wrong = verdicts.loc[verdicts["verdict"] == "contradicted", "candidate"].astype(str)
        open_ = int((verdicts["verdict"] == "cannot tell").sum())
        words = f"{len(wrong)} of {len(verdicts)} candidates are contradicted"
        words += f": {', '.join(wrong)}" if len(wrong) else ""
        return Point("failures", True, f"{words}; of {open_} nobody can tell", "vet")
    words = "neither members nor independent data say which groups are wrong; vet the sample"
    return Point("failures", False, words, "")
