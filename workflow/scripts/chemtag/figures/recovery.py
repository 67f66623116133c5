"""Recovery fraction against threshold, for every sample of the run."""

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.figures.style import (
    COLOURS,
    GREY,
    PAGE_MM,
    counted,
    interval_arms,
    new_figure,
    say_nothing_to_show,
)

HEADLINE, ORACLE, PUBLISHED = COLOURS[0], COLOURS[1], COLOURS[6]
COLUMNS = [
    "sample", "role", "threshold", "n_recovered", "n_eligible", "recovery_fraction", "low", "high",
    "null_mean", "null_p95",
]  # fmt: skip


def recovery_data(recovery: dict[str, pd.DataFrame], published: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the drawn data (contract figure_recovery): curves by sample, then published points.

    Where one setting is both headline and oracle, both roles are drawn.
    """
    parts = [table.assign(sample=sample) for sample, table in recovery.items()] + published
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def draw_recovery(data: pd.DataFrame, labels: dict[str, str], published: str) -> Figure:
    """Draw RF(t) of each sample in its own panel; `published` names the points of the paper."""
    n_columns = min(len(labels), 3)
    n_rows = -(-len(labels) // 3)
    figure = new_figure(PAGE_MM if n_columns > 1 else PAGE_MM / 2, 62 * n_rows + 12)
    grid = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    for axes, (sample, label) in zip(grid.flat, labels.items(), strict=False):
        _draw_sample(axes, data[data["sample"] == sample], label, published)
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.02, 1.02)
    for axes in grid.flat[len(labels) :]:
        axes.set_visible(False)
    for axes in grid[:, 0]:
        axes.set_ylabel("Recovery fraction RF(t)")
    for axes in grid.flat[: len(labels)]:
        axes.set_xlabel("Threshold t on purity and completeness")
    figure.get_layout_engine().set(wspace=0.04)  # type: ignore[union-attr, call-arg]
    found: dict[str, Artist] = {}
    for axes in grid.flat:
        handles, names = axes.get_legend_handles_labels()
        found |= dict(zip(names, handles, strict=True))
    figure.legend(
        list(found.values()),
        list(found),
        loc="outside lower center",
        ncols=3 if n_columns > 1 else 2,
    )
    return figure


def _draw_sample(axes: Axes, data: pd.DataFrame, label: str, published: str) -> None:
    curves = {role: rows.sort_values("threshold") for role, rows in data.groupby("role")}
    headline = curves.get("headline", data.iloc[:0])
    eligible = int(headline["n_eligible"].max()) if len(headline) else 0
    axes.set_title(f"{label}\n{counted(eligible, 'cluster')}")
    if not eligible:
        say_nothing_to_show(axes, "no eligible cluster")
        return
    t = headline["threshold"]
    axes.fill_between(
        t, 0, headline["null_p95"], color=GREY, alpha=0.3, lw=0, label="Null, up to 95th percentile"
    )
    axes.plot(t, headline["null_mean"], color=GREY, lw=0.9, ls=":", label="Null, mean")
    axes.fill_between(
        t, headline["low"], headline["high"], color=HEADLINE, alpha=0.22, lw=0,
        label="Headline setting, 68 %",
    )  # fmt: skip
    axes.plot(t, headline["recovery_fraction"], color=HEADLINE, label="Headline setting")
    if "oracle" in curves:
        oracle = curves["oracle"]
        axes.plot(
            oracle["threshold"], oracle["null_p95"], color=ORACLE, ls=":", lw=0.8,
            label="Null of the oracle, 95th percentile",
        )  # fmt: skip
        axes.plot(
            oracle["threshold"], oracle["recovery_fraction"], color=ORACLE, ls="--", lw=1.0,
            label="Oracle: best of the grid, by truth",
        )  # fmt: skip
        arms = interval_arms(oracle["recovery_fraction"], oracle["low"], oracle["high"])
        chosen = np.isclose(oracle["threshold"].to_numpy()[:, None], [0.4, 0.7]).any(axis=1)
        axes.errorbar(
            oracle["threshold"][chosen], oracle["recovery_fraction"][chosen], arms[:, chosen],
            fmt="none", ecolor=ORACLE, lw=0.7,
        )  # fmt: skip
    if "published" in curves:
        points = curves["published"]
        arms = interval_arms(points["recovery_fraction"], points["low"], points["high"])
        axes.errorbar(
            points["threshold"], points["recovery_fraction"], arms, fmt="D", ms=4, mfc="white",
            color=PUBLISHED, lw=0.8, mew=0.9, zorder=5, label=published,
        )  # fmt: skip
