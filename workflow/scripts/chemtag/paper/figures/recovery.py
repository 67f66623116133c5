"""Recovery fraction against threshold and against the size of clusters, for every sample."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    COLUMN_MM,
    GREY,
    PAGE_MM,
    counted,
    interval_arms,
    new_figure,
    say_nothing_to_show,
)
from chemtag.paper.recovery_curves import ELIGIBLE, headline_rows, recovered, recovery_rows
from chemtag.paper.tables import published_recovery
from chemtag.score.matching import RECOVERED, THRESHOLDS

HEADLINE, ORACLE, PUBLISHED = COLOURS[0], COLOURS[1], COLOURS[6]


def data(
    recovery: dict[str, pd.DataFrame],
    recovery_sizes: dict[str, pd.DataFrame],
    published: dict[str, Any],
    published_samples: list[str],
) -> pd.DataFrame:
    """Return the drawn data (contract figure_recovery): curves, sizes and published points.

    `published` is a document of `resources/published/`, whose points go to the samples made to
    resemble theirs. Where one setting is both headline and oracle, both roles are drawn.
    """
    points = [published_recovery(published, sample) for sample in published_samples]
    return recovery_rows(recovery, [*points, *size_data(recovery_sizes)])


def about(published: Mapping[str, Any]) -> dict[str, str]:
    """Return the meta of the drawn data: the source of the published points."""
    return {"published": published["source"]}


def size_data(sizes: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the rows of the drawn data at 40 per cent from tables of contract recovery_sizes.

    Sizes that no cluster has, and those below the smallest cluster, are left out.
    """
    found = []
    for sample, table in sizes.items():
        rows = table[np.isclose(table["threshold"], RECOVERED) & (table["n_clusters"] > 0)]
        whole = rows["n_clusters"] == rows["n_clusters"].max()
        smallest = rows.loc[whole, "least_members"].max()
        rows = rows[rows["least_members"] >= smallest]
        found.append(rows.rename(columns={"n_clusters": "n_eligible"}).assign(sample=sample))
    return found


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return RF40 of all eligible clusters and of those of 7 members or more."""
    every, large = headline_rows(drawn, RECOVERED), headline_rows(drawn, RECOVERED, 7)
    said = []
    for sample, label in labels.items():
        if sample in every:
            some = "; with 7 members or more " + recovered(large[sample]) if sample in large else ""
            said.append(f"{label}: {recovered(every[sample])}{some}.")
    return " ".join(said)


def draw(data: pd.DataFrame, labels: dict[str, str], published: Mapping[str, Any]) -> Figure:
    """Draw RF(t) of each sample, and below it RF40 of clusters with at least so many members."""
    n_columns = min(len(labels), 3)
    n_rows = -(-len(labels) // 3)
    narrow = n_columns == 1
    # the legend of a narrow figure stands in one column
    height = 110 * n_rows + (42 if narrow else 18)
    figure = new_figure(COLUMN_MM if narrow else PAGE_MM, height)
    blocks = figure.subplots(
        2 * n_rows, n_columns, squeeze=False, sharey=True, height_ratios=[62, 48] * n_rows
    )
    curves, sizes = blocks[::2].ravel(), blocks[1::2].ravel()
    for above, below, (sample, label) in zip(curves, sizes, labels.items(), strict=False):
        rows = data[data["sample"] == sample]
        every = rows["least_members"] == ELIGIBLE
        _draw_sample(above, rows[every], label, published["label"])
        _draw_sizes(below, rows[~every], published["label"])
        above.set_xlim(0, 1)
        above.set_ylim(-0.03, 1.04)  # room for half a symbol at both ends
        above.set_xlabel("Threshold t on purity and completeness")
        below.set_xlabel("N (below: number of clusters)")
    for axes in [*curves[len(labels) :], *sizes[len(labels) :]]:
        axes.set_visible(False)
    for axes in blocks[::2, 0]:
        axes.set_ylabel("Recovery fraction RF(t)")
    for axes in blocks[1::2, 0]:
        axes.set_ylabel("RF40, clusters\nwith ≥ N members")
    figure.get_layout_engine().set(wspace=0.04)  # type: ignore[union-attr, call-arg]
    found: dict[str, Artist] = {}
    for axes in blocks.flat:
        handles, names = axes.get_legend_handles_labels()
        found |= {name: found.get(name, h) for h, name in zip(handles, names, strict=True)}
    figure.legend(
        list(found.values()),
        list(found),
        loc="outside lower center",
        ncols=1 if narrow else 3,
    )
    return figure


def _draw_sizes(axes: Axes, data: pd.DataFrame, published: str) -> None:
    roles = {role: rows.sort_values("least_members") for role, rows in data.groupby("role")}
    if "headline" not in roles:
        say_nothing_to_show(axes, "no cluster")
        return
    headline = roles["headline"]
    at = headline["least_members"].to_numpy(float)
    axes.bar(at, headline["null_p95"], width=0.8, color=GREY, alpha=0.3, lw=0,
             label="Null, up to 95th percentile")  # fmt: skip
    axes.hlines(headline["null_mean"], at - 0.4, at + 0.4, color=GREY, lw=0.9, ls=":",
                label="Null, mean")  # fmt: skip
    styles = {
        "headline": (-0.22, "o", HEADLINE, HEADLINE, "Headline setting"),
        "oracle": (0.0, "s", ORACLE, "white", "Oracle: best of the grid, by truth"),
        "published": (0.22, "D", PUBLISHED, "white", f"{published}, counted from its tables"),
    }
    if "oracle" in roles:
        axes.hlines(
            roles["oracle"]["null_p95"], at - 0.4, at + 0.4, color=ORACLE, lw=0.8, ls=":",
            label="Null of the oracle, 95th percentile",
        )  # fmt: skip
    for role, (shift, marker, colour, face, words) in styles.items():
        if role not in roles:
            continue
        rows = roles[role]
        arms = interval_arms(rows["recovery_fraction"], rows["low"], rows["high"])
        axes.errorbar(
            rows["least_members"] + shift, rows["recovery_fraction"], arms, fmt=marker,
            ms=4 if role == "published" else 3.2, color=colour, mfc=face, lw=0.8, mew=0.8,
            zorder=5 if role == "published" else 3, label=words,
        )  # fmt: skip
    numbers = headline["n_eligible"].astype(int)
    axes.set_xticks(at, [f"{int(n)}\n{k}" for n, k in zip(at, numbers, strict=True)])
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(at.min() - 0.6, at.max() + 0.6)


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
    _mark_step(axes, headline)
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
        chosen = np.isclose(oracle["threshold"].to_numpy()[:, None], THRESHOLDS).any(axis=1)
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


def _mark_step(axes: Axes, curve: pd.DataFrame) -> None:
    """Mark on the curve what counts from 40 per cent on, and what counts above it only.

    With few members many matches are exactly 0.40, so the two conventions differ. The second is the
    share at the next threshold of the curve.
    """
    above = curve[curve["threshold"] > RECOVERED + 1e-9]
    at = curve[np.isclose(curve["threshold"], RECOVERED)]
    if at.empty or above.empty:
        return
    ends = float(at["recovery_fraction"].iloc[0]), float(above["recovery_fraction"].iloc[0])
    axes.vlines(RECOVERED, min(ends), max(ends), color=HEADLINE, lw=1.4, zorder=4)
    for value, face, words in (
        (ends[0], HEADLINE, "Headline, matches of at least 0.40"),
        (ends[1], "white", "Headline, matches above 0.40"),
    ):
        axes.plot(
            [RECOVERED], [value], ls="", marker="o", ms=3.6, color=HEADLINE, mfc=face, mew=0.9,
            zorder=4.5, label=words,
        )  # fmt: skip
