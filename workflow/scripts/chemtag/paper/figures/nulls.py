"""Scores beside six nulls."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from chemtag.paper.figures.style import COLOURS, GREY, LIGHT, PAGE_MM, interval_arms, new_figure

NULLS = {
    "stars_permuted": "labels permuted over stars",
    "members_permuted": "permuted among members",
    "smooth": "smooth density",
    "shuffled": "elements shuffled",
    "strangers": "strangers alike in Fe and Mg",
    "blurred": "clusters blurred by errors only",
}
# Metric, policy for noise, words.
SCORES = (
    ("rf40", "none", "RF40"),
    ("v_measure", "group", "$V$ (noise a group)"),
    ("ami", "group", "AMI (noise a group)"),
    ("n_groups", "none", "Number of groups"),
)


def data(nulls: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the drawn data (contract figure_nulls) from the table `nulls` of each sample."""
    columns = [
        "sample", "null", "metric", "value", "low", "high",
        "null_mean", "null_low", "null_high", "n_null",
    ]  # fmt: skip
    parts = []
    for sample, table in nulls.items():
        for metric, noise, _ in SCORES:
            chosen = table[
                (table["role"] == "headline")
                & (table["metric"] == metric)
                & (table["noise"] == noise)
            ]
            parts.append(chosen.assign(sample=sample)[columns])
    return pd.concat(parts, ignore_index=True)


def draw(data: pd.DataFrame, labels: dict[str, str]) -> Figure:
    """Draw a row of panels a sample and a column a score."""
    figure = new_figure(PAGE_MM, 31 * len(labels) + 12)
    panels = figure.subplots(len(labels), len(SCORES), sharey=True, sharex="col", squeeze=False)
    for row, (sample, label) in zip(panels, labels.items(), strict=True):
        for axes, (metric, _, words) in zip(row, SCORES, strict=True):
            part = data[(data["sample"] == sample) & (data["metric"] == metric)]
            _draw_panel(axes, part)
            axes.set_xlabel(words if sample == list(labels)[-1] else "")
        row[0].set_title(label, loc="left")
        row[0].set_yticks(range(len(NULLS)), _names(data))
        row[0].set_ylim(len(NULLS) - 0.5, -0.5)
    for axes, (metric, *_) in zip(panels[-1], SCORES, strict=True):
        low, high = axes.get_xlim()
        bounded = metric != "n_groups"
        axes.set_xlim((min(low, -0.02), max(high, 0.1)) if bounded else (-0.05 * high, 1.05 * high))
        axes.xaxis.set_major_locator(MaxNLocator(4))
    return figure


def _names(data: pd.DataFrame) -> list[str]:
    """The nulls with their replicates, which bound p from below: 1 / (1 + replicates)."""
    most = data.groupby("null")["n_null"].max()
    return [
        f"{words} ({int(most[null]):,})" if null in most and most[null] > 0 else words
        for null, words in NULLS.items()
    ]


def _draw_panel(axes: Axes, rows: pd.DataFrame) -> None:
    axes.tick_params(axis="y", length=0)
    for at, null in enumerate(NULLS):
        axes.axhline(at, color=LIGHT, lw=0.3, zorder=0)
        row = rows[rows["null"] == null]
        if row.empty or not np.isfinite(row["null_mean"].iloc[0]):
            axes.text(0.5, at, "not defined", transform=axes.get_yaxis_transform(), color=GREY,
                      ha="center", va="center", fontsize=6)  # fmt: skip
            continue
        limit = null == "blurred"
        arms = interval_arms(row["null_mean"], row["null_low"], row["null_high"])
        axes.errorbar(
            row["null_mean"], [at], xerr=arms, fmt="s" if limit else "o", ms=3.5, lw=1.0,
            color=COLOURS[1] if limit else COLOURS[0], mfc="white" if limit else COLOURS[0],
        )  # fmt: skip
    if not rows.empty:
        first = rows.iloc[0]
        axes.axvline(first["value"], color=COLOURS[2], lw=1.2, zorder=1)
        if np.isfinite(first["low"]):
            axes.axvspan(first["low"], first["high"], color=COLOURS[2], alpha=0.18, lw=0, zorder=0)
