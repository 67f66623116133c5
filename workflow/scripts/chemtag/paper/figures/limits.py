"""What tagging finds of each sample beside what tuning and told labels would find."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    GREY,
    PAGE_MM,
    interval_arms,
    new_figure,
    with_interval,
)

# Entry, words, colour, marker; from blind to told everything.
ENTRIES = (
    ("headline", "headline setting", COLOURS[0], "o"),
    ("stability", "tuned by stability", COLOURS[2], "s"),
    ("persistence", "tuned by persistence", COLOURS[2], "D"),
    ("relative_validity", "tuned by relative validity", COLOURS[2], "^"),
    ("dbcv", "tuned by DBCV", COLOURS[2], "v"),
    ("silhouette", "tuned by silhouette", COLOURS[2], "P"),
    ("nested", "tuned on other clusters", COLOURS[4], "^"),
    ("oracle", "tuned on the same clusters", COLOURS[1], "v"),
    ("lda_ranked", "supervised, LDA ranked", COLOURS[3], "*"),
    ("lda", "supervised, LDA", COLOURS[3], "P"),
    ("knn", "supervised, kNN", COLOURS[3], "X"),
)
SUPERVISED = ("lda_ranked", "lda", "knn")


def data(tuning: dict[str, pd.DataFrame], ceiling: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the drawn data (contract figure_limits) from the tables of each sample."""
    columns = ["sample", "entry", "score", "value", "low", "high", "baseline", "setting"]
    parts = []
    for sample, table in tuning.items():
        rows = table[table["rule"] != "optimism"].rename(columns={"rule": "entry", "rf40": "value"})
        parts.append(rows.assign(sample=sample, score="rf40", baseline=np.nan)[columns])
    for sample, table in ceiling.items():
        rows = table[table["score"].isin(["rf40", "member_accuracy"])]
        rows = rows.rename(columns={"method": "entry"})
        parts.append(rows.assign(sample=sample, setting="")[columns])
    return pd.concat(parts, ignore_index=True)


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return RF40 of the headline and of the best supervised classifier, for each sample."""
    scores = drawn[drawn["score"] == "rf40"]
    said = []
    for sample, label in labels.items():
        rows = scores[scores["sample"] == sample].to_dict("records")
        own = [row for row in rows if row["entry"] == "headline"]
        told = [row for row in rows if np.isfinite(row["baseline"])]
        if own and told:
            best = max(told, key=lambda row: row["value"])
            words = [with_interval(r["value"], r["low"], r["high"]) for r in (own[0], best)]
            said.append(f"{label}: headline {words[0]}, best classifier {words[1]}.")
    return " ".join(said)


def draw(data: pd.DataFrame, labels: dict[str, str]) -> Figure:
    """Draw RF40 of each sample in a panel, and members placed by the classifiers."""
    figure = new_figure(PAGE_MM, 32 * len(labels) + 24)
    panels = figure.subplots(
        len(labels), 2, sharex=True, squeeze=False, width_ratios=(2.2, 1), sharey="col"
    )
    for (left, right), (sample, label) in zip(panels, labels.items(), strict=True):
        rows = data[data["sample"] == sample]
        left.set_title(label)
        _draw_entries(left, rows[rows["score"] == "rf40"], _present(data, "rf40"))
        placed = rows[rows["score"] == "member_accuracy"]
        _draw_entries(right, placed, _present(data, "member_accuracy"))
    panels[-1, 0].set_xlabel("RF40, with 68 % interval")
    panels[-1, 1].set_xlabel("Share of members placed")
    panels[-1, 0].set_xlim(-0.03, 1.03)
    return figure


def _present(data: pd.DataFrame, score: str) -> tuple[tuple[str, str, str, str], ...]:
    """Entries that some sample has a value of: a row that stays empty says nothing."""
    known = set(data.loc[(data["score"] == score) & data["value"].notna(), "entry"])
    return tuple(entry for entry in ENTRIES if entry[0] in known) or ENTRIES[-2:]


def _draw_entries(
    axes: Axes, rows: pd.DataFrame, entries: tuple[tuple[str, str, str, str], ...]
) -> None:
    axes.set_yticks(range(len(entries)), [words for _, words, _, _ in entries])
    axes.set_ylim(len(entries) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    if not rows["value"].notna().any():
        axes.text(0.5, len(entries) / 2 - 0.5, "too few members", ha="center", va="center")
        return
    for at, (entry, _, colour, marker) in enumerate(entries):
        axes.axhline(at, color=GREY, lw=0.3, alpha=0.5, zorder=0)
        row = rows[rows["entry"] == entry]
        if not row["value"].notna().any():
            axes.text(0.0, at, "not defined", va="center", color=GREY, fontsize=6)
            continue
        arms = interval_arms(row["value"], row["low"], row["high"])
        axes.errorbar(
            row["value"], [at] * len(row), xerr=arms, fmt=marker, ms=4, color=colour, lw=0.9,
            mfc="white" if entry in ("oracle", *SUPERVISED) else colour,
        )  # fmt: skip
        axes.plot(row["baseline"], [at] * len(row), ls="", marker="|", ms=7, color=GREY)
