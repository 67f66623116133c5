"""Leaderboards of the clustering algorithms on one sample."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    COLUMN_MM,
    DARK,
    GREY,
    LIGHT,
    interval_arms,
    new_figure,
)

BOARDS = (
    ("own", "Told nothing of the truth", COLOURS[0]),
    ("oracle", "Oracle: told their number", COLOURS[1]),
)
BOARD_COLUMNS = [
    "algorithm", "label", "board", "status", "reason", "metric", "value", "low", "high", "null_p95",
]  # fmt: skip
DRAWN_METRICS = ("rf40", "rf70", "n_groups", "statistical_40")


def data(leaderboard: pd.DataFrame, algorithms: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_leaderboard), best RF40 first in each board."""
    rows = leaderboard[leaderboard["metric"].isin(DRAWN_METRICS)]
    rows = rows.merge(algorithms[["algorithm", "label"]], on="algorithm", validate="many_to_one")
    return rows[BOARD_COLUMNS].reset_index(drop=True)


def ranked(rows: pd.DataFrame) -> list[str]:
    """Return the algorithms by RF40, then RF70, then name; those without a score last."""
    wide = rows.pivot(index="algorithm", columns="metric", values="value").reset_index()
    order = wide.sort_values(["rf40", "rf70", "algorithm"], ascending=[False, False, True])
    return list(order["algorithm"])


def draw(data: pd.DataFrame, label: str) -> Figure:
    """Draw RF40 and RF70 of each algorithm with interval and null, one panel a board."""
    present = [board for board in BOARDS if (data["board"] == board[0]).any()]
    heights = [data[data["board"] == board]["algorithm"].nunique() for board, _, _ in present]
    figure = new_figure(COLUMN_MM, 4.2 * sum(heights) + 14 * len(heights) + 14)
    panels = figure.subplots(len(present), 1, sharex=True, squeeze=False, height_ratios=heights)
    figure.suptitle(label)
    for axes, (board, words, colour) in zip(panels[:, 0], present, strict=True):
        _draw_board(axes, data[data["board"] == board], words, colour)
    panels[-1, 0].set_xlabel("Share of clusters recovered")
    panels[-1, 0].set_xlim(-0.03, 1.03)
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return figure


def _draw_board(axes: Axes, rows: pd.DataFrame, words: str, colour: str) -> None:
    names = ranked(rows)
    labels = rows.drop_duplicates("algorithm").set_index("algorithm")
    values = {metric: part.set_index("algorithm") for metric, part in rows.groupby("metric")}
    at = np.arange(len(names))
    axes.set_title(words, loc="left")
    axes.set_yticks(at, list(labels.loc[names, "label"]))
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.hlines(at, -0.03, 1.03, color=LIGHT, lw=0.3, zorder=0)
    for metric, shift, face, words_of in (
        ("rf40", -0.15, colour, "RF40"),
        ("rf70", 0.2, "white", "RF70"),
    ):
        part = values[metric].loc[names]
        axes.errorbar(
            part["value"], at + shift, xerr=interval_arms(part["value"], part["low"], part["high"]),
            fmt="o", ms=3.4 if metric == "rf40" else 2.8, color=colour, mfc=face, mew=0.7, lw=0.8,
            capsize=1, label=f"{words_of}, 68 %",
        )  # fmt: skip
    axes.plot(
        values["rf40"].loc[names, "null_p95"], at - 0.15, ls="", marker="|", ms=6, mew=1.1,
        color=GREY, label="RF40 by chance, 95 %",
    )  # fmt: skip
    for row, name in enumerate(names):
        entry = labels.loc[name]
        if entry["status"] != "ok":
            words_of = str(entry["reason"]).split(" (")[0].replace(" are above its cap of", ", cap")
            axes.text(0.0, row, f"{entry['status']}: {words_of}", va="center", fontsize=6,
                      color=DARK, bbox={"fc": "white", "ec": "none", "pad": 0.6})  # fmt: skip
            continue
        groups, share = (
            float(values[metric]["value"].to_dict()[name])
            for metric in ("n_groups", "statistical_40")
        )
        said = f"{groups:.0f}" + (f", {share:.0%}" if np.isfinite(share) else "")
        axes.annotate(said, (1.0, row), xycoords=("axes fraction", "data"), xytext=(3, 0),
                      textcoords="offset points", va="center", fontsize=6,
                      color=DARK)  # fmt: skip
    axes.annotate("groups,\nstatistical", (1.0, 1.0), xycoords="axes fraction", xytext=(3, 1),
                  textcoords="offset points", va="bottom", fontsize=6, color=DARK)  # fmt: skip
