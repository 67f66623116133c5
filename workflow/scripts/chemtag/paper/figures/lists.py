"""The same groups by several lists of members and their cuts: how much the truth decides."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from chemtag.base.lists import REFERENCE
from chemtag.paper.figures.style import (
    COLOURS,
    DARK,
    GREY,
    LIGHT,
    PAGE_MM,
    interval_arms,
    new_figure,
)

PANELS = (
    ("rf40", "Share of clusters\nrecovered at 40 %"),
    ("rf_area", "Mean match\nof the clusters"),
    ("statistical_40", "Share of groups that\nmatch no cluster"),
)
COUNTS = (
    ("n_stars", "stars", "{:.0f}"),
    ("n_clusters", "clusters", "{:.0f}"),
    ("n_shared", "stars in\nthe truth", "{:.0f}"),
    ("ari", "ARI\nof these", "{:.2f}"),
)


def data(list_scores: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data: the whole table of scores (contract list_scores)."""
    return list_scores


def in_words(drawn: pd.DataFrame, label: str) -> str:
    """Return RF40 by the truth of the sample, and its range over the lists."""
    rows = drawn[(drawn["metric"] == "rf40") & drawn["value"].notna()]
    own, others = rows[rows["list"] == REFERENCE], rows[rows["list"] != REFERENCE]
    if own.empty or others.empty:
        return f"{label}: no other list has clusters that count."
    ranked = others.sort_values(["value", "place"])
    least, most = ranked.iloc[0], ranked.iloc[-1]
    return (
        f"{label}: share of clusters recovered {own['value'].iloc[0]:.2f} by the truth of the "
        f"sample, from {least['value']:.2f} ({named(least)}) to {most['value']:.2f} "
        f"({named(most)}) by its other lists; the groups are the same."
    )


def named(row: pd.Series) -> str:
    """A list and its cut in words."""
    return f"{row['label']}, {row['cut']:g} or more" if row["cut"] > 0 else str(row["label"])


def draw(data: pd.DataFrame, label: str) -> Figure:
    """Draw each score by the lists and cuts, one row each, with interval and chance level."""
    rows = data.drop_duplicates("place").sort_values("place")
    at = pd.Series(np.arange(len(rows)), index=rows["place"])
    names = list(dict.fromkeys(rows["list"]))
    figure = new_figure(PAGE_MM, 4.6 * len(rows) + 40)
    axes = figure.subplots(1, len(PANELS), sharey=True)
    figure.suptitle(label)
    for panel, (metric, words) in zip(axes, PANELS, strict=True):
        panel.set_xlabel(words)
        panel.set_xlim(-0.04, 1.04)
        panel.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        panel.hlines(at, -0.04, 1.04, color=LIGHT, lw=0.3, zorder=0)
        for name in names:
            own = data[(data["metric"] == metric) & (data["list"] == name)]
            _scores(panel, own, at[own["place"]].to_numpy(), COLOURS[names.index(name) % 7])
        panel.tick_params(axis="y", length=0)
    axes[0].set_yticks(at, [named(row) for _, row in rows.iterrows()])
    axes[0].set_ylim(len(rows) - 0.4, -0.6)
    _counts(axes[-1], rows, at)
    handles = [
        Line2D([], [], marker="o", ms=3.4, color=DARK, lw=0.8, label="score, 68 %"),
        Line2D([], [], ls="", marker="|", ms=6, mew=1.1, color=GREY, label="chance, mean"),
        Line2D([], [], ls="", marker="|", ms=6, mew=1.1, color=DARK, label="chance, 95 %"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _scores(panel: Axes, rows: pd.DataFrame, at: np.ndarray, colour: str) -> None:
    """Scores of one list with their intervals, and of those that may be high their chance level."""
    panel.errorbar(
        rows["value"], at, xerr=interval_arms(rows["value"], rows["low"], rows["high"]), fmt="o",
        ms=3.4, color=colour, mew=0.6, lw=0.8,
    )  # fmt: skip
    panel.plot(rows["null_mean"], at, ls="", marker="|", ms=5, mew=1.1, color=GREY, zorder=1)
    if (rows["metric"] != "statistical_40").all():
        panel.plot(rows["null_p95"], at, ls="", marker="|", ms=5, mew=1.1, color=DARK, zorder=1)
    for height, value in zip(at, rows["value"], strict=True):
        if np.isnan(value) and (rows["metric"] == "rf40").all():
            panel.text(0, height, "too few members", color=DARK, fontsize=6, va="center_baseline")


def _counts(panel: Axes, rows: pd.DataFrame, at: pd.Series) -> None:
    """Numbers of stars and clusters of each list beside the last panel."""
    for column, (name, words, form) in enumerate(COUNTS):
        place: dict[str, Any] = {
            "textcoords": "offset points",
            "fontsize": 6,
            "color": DARK,
            "ha": "right",
        }
        x = 30 + 32 * column
        panel.annotate(words, (1.0, 1.0), xycoords="axes fraction", xytext=(x, 1), va="bottom",
                       **place)  # fmt: skip
        for height, value in zip(at, rows[name], strict=True):
            said = form.format(value) if np.isfinite(value) else "–"
            panel.annotate(said, (1.0, height), xycoords=("axes fraction", "data"),
                           xytext=(x, 0), va="center_baseline", **place)  # fmt: skip
