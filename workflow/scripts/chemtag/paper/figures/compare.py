"""Clustering algorithms side by side: leaderboards, agreement, growth of their time."""

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
    PAGE_MM,
    counted,
    interval_arms,
    marks_of,
    new_figure,
    say_nothing_to_show,
)

BOARDS = (
    ("own", "Told nothing of the truth", COLOURS[0]),
    ("oracle", "Oracle: told the number of clusters", COLOURS[1]),
)
BOARD_COLUMNS = [
    "algorithm", "label", "board", "status", "reason", "metric", "value", "low", "high", "null_p95",
]  # fmt: skip
DRAWN_METRICS = ("rf40", "rf70", "n_groups", "statistical_40")


def leaderboard_data(leaderboard: pd.DataFrame, algorithms: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_leaderboard), best RF40 first in each board."""
    rows = leaderboard[leaderboard["metric"].isin(DRAWN_METRICS)]
    rows = rows.merge(algorithms[["algorithm", "label"]], on="algorithm", validate="many_to_one")
    return rows[BOARD_COLUMNS].reset_index(drop=True)


def ranked(rows: pd.DataFrame) -> list[str]:
    """Return the algorithms by RF40, then RF70, then name; those without a score last."""
    wide = rows.pivot(index="algorithm", columns="metric", values="value").reset_index()
    order = wide.sort_values(["rf40", "rf70", "algorithm"], ascending=[False, False, True])
    return list(order["algorithm"])


def draw_leaderboard(data: pd.DataFrame, label: str) -> Figure:
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


def agreement_data(
    clusters: pd.DataFrame, agreement: pd.DataFrame, algorithms: pd.DataFrame
) -> pd.DataFrame:
    """Return the drawn data (contract figure_agreement): cells of both matrices."""
    kept = clusters[clusters["eligible"]]
    left = pd.DataFrame(
        {
            "panel": "clusters",
            "first": kept["setting"],
            "second": kept["cluster"],
            "value": kept["match"],
            "recovered_40": kept["recovered_40"],
            "n_members": kept["n_members"],
        }
    )
    right = pd.DataFrame(
        {
            "panel": "agreement",
            "first": agreement["first"],
            "second": agreement["second"],
            "value": agreement["ari"],
            "recovered_40": False,
            "n_members": 0,
        }
    )
    both = pd.concat([left, right], ignore_index=True)
    names = algorithms.rename(columns={"algorithm": "first"})
    names = names[["first", "label", "board", "baseline"]]
    return both.merge(names, on="first", validate="many_to_one")


def draw_agreement(data: pd.DataFrame, label: str) -> Figure:
    """Draw clusters by algorithms, and algorithms by algorithms."""
    cells = data[data["panel"] == "clusters"]
    pairs = data[data["panel"] == "agreement"]
    order = _by_success(data)
    n_clusters, n = cells["second"].nunique(), len(order)
    figure = new_figure(PAGE_MM, max(3.1 * max(n_clusters, n) + 32, 70))
    figure.suptitle(label)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.05))
    if not len(cells):
        say_nothing_to_show(left, "no eligible cluster")
    else:
        _draw_matches(left, cells, order, figure)
    _draw_pairs(right, pairs, order, figure)
    for axes in (left, right):
        first_told = sum(board == "own" for board in order["board"])
        axes.axvline(first_told - 0.5, color=DARK, lw=0.8)
        axes.set_xticks(range(n), order["label"], rotation=90)
        axes.tick_params(length=0)
    return figure


def _by_success(data: pd.DataFrame) -> pd.DataFrame:
    """Algorithms of the figure: own board first, in each those that match clusters best first."""
    cells = data[data["panel"] == "clusters"]
    mean = cells.groupby("first")["value"].mean().rename("mean")
    names = data.drop_duplicates("first")[["first", "label", "board", "baseline"]].merge(
        mean, on="first", how="left"
    )
    names["told"] = names["board"] == "oracle"
    order = names.sort_values(["told", "mean", "first"], ascending=[True, False, True])
    return order.set_index("first")


def _draw_matches(axes: Axes, cells: pd.DataFrame, order: pd.DataFrame, figure: Figure) -> None:
    wide = cells.pivot(index="second", columns="first", values="value")[order.index]
    found = cells.pivot(index="second", columns="first", values="recovered_40")[order.index]
    sizes = cells.drop_duplicates("second").set_index("second")["n_members"]
    rows = wide.mean(axis=1).sort_values(ascending=False, kind="stable").index
    image = axes.imshow(wide.loc[rows], vmin=0, vmax=1, cmap="Blues", aspect="auto")
    y, x = np.nonzero(found.loc[rows].to_numpy(dtype=bool))
    dark = wide.loc[rows].to_numpy()[y, x] > 0.6
    axes.scatter(x, y, s=4, c=np.where(dark, "white", "black"), lw=0)
    axes.set_yticks(range(len(rows)), [f"{name} ({sizes[name]})" for name in rows], fontsize=6)
    judged = found[order.index[~order["baseline"]]].astype(bool)
    blind = judged[[name for name in judged if order["board"].to_dict()[name] == "own"]]
    by_blind, by_any = (int(part.any(axis=1).sum()) for part in (blind, judged))
    axes.set_title(
        f"{counted(len(rows), 'cluster')}: {by_blind} recovered told nothing, {by_any} by anyone"
    )
    figure.colorbar(image, ax=axes, label="Match of the best group", pad=0.01, aspect=40)


def _draw_pairs(axes: Axes, pairs: pd.DataFrame, order: pd.DataFrame, figure: Figure) -> None:
    wide = pairs.pivot(index="first", columns="second", values="value")
    wide = wide.reindex(index=order.index, columns=order.index)
    full = wide.where(wide.notna(), wide.T)
    image = axes.imshow(full, vmin=0, vmax=1, cmap="Greens", aspect="auto")
    values = full.to_numpy()
    for (row, column), value in np.ndenumerate(values):
        if row != column and np.isfinite(value):
            # "-0" and "1." are read as mistakes
            said = f"{abs(round(value, 1)):.1f}".lstrip("0") if 0.05 <= value < 0.95 else (
                "0" if value < 0.05 else "1"
            )  # fmt: skip
            axes.text(column, row, said, ha="center", va="center", fontsize=6,
                      color="white" if value > 0.6 else DARK)  # fmt: skip
    axes.set_yticks(range(len(order)), order["label"])
    told = sum(board == "own" for board in order["board"])
    axes.axhline(told - 0.5, color=DARK, lw=0.8)
    axes.set_title("Agreement of groups")
    figure.colorbar(image, ax=axes, label="Adjusted Rand index", pad=0.01, aspect=40)


def scaling_data(timings: pd.DataFrame, scaling: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_scaling): times by size, exponents by algorithm."""
    done = timings[timings["status"] == "ok"].groupby(["algorithm", "n_stars"])["seconds"]
    times = done.agg(value="median", low="min", high="max").reset_index()
    fits = scaling.rename(columns={"exponent": "value"}).assign(n_stars=0)
    columns = ["algorithm", "n_stars", "value", "low", "high", "stated_exponent", "note"]
    return pd.concat(
        [times.assign(stated_exponent=np.nan, note=""), fits[columns]], ignore_index=True
    )[columns]


def draw_scaling(data: pd.DataFrame, labels: dict[str, str], sample: str) -> Figure:
    """Draw times against the number of stars, and exponents measured and stated."""
    fits = data[data["n_stars"] == 0]
    order = fits.sort_values(["value", "algorithm"], ascending=[False, True])
    figure = new_figure(PAGE_MM, 4.6 * len(order) + 20)
    figure.suptitle(sample)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    marks = marks_of(list(fits["algorithm"]))
    for name in order["algorithm"]:
        rows = data[(data["algorithm"] == name) & (data["n_stars"] > 0)].sort_values("n_stars")
        mark = marks[name]
        left.errorbar(
            rows["n_stars"], rows["value"], interval_arms(rows["value"], rows["low"], rows["high"]),
            color=mark.colour, marker=mark.marker, ms=3.5, lw=0.8, mew=0,
        )  # fmt: skip
    left.set_xscale("log")
    left.set_yscale("log")
    left.set_xlabel("Number of stars N")
    left.set_ylabel("Processor time of one run (s)")
    ticks = sorted(set(data.loc[data["n_stars"] > 0, "n_stars"]))
    left.set_xticks(ticks, [str(tick) for tick in ticks])
    left.set_xticks([], minor=True)
    _draw_exponents(right, order, labels, marks)
    return figure


def _draw_exponents(axes: Axes, order: pd.DataFrame, labels: dict[str, str], marks: dict) -> None:
    axes.set_yticks(range(len(order)), [labels[name] for name in order["algorithm"]])
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    high = np.nanmax([3.2, *order["high"]])
    axes.set_xlim(min(-0.3, np.nanmin([0.0, *order["low"]]) - 0.2), high + 0.2)
    for row, entry in enumerate(order.to_dict("records")):
        mark = marks[entry["algorithm"]]
        axes.axhline(row, color=LIGHT, lw=0.3, zorder=0)
        if np.isfinite(entry["value"]):
            arms = interval_arms([entry["value"]], [entry["low"]], [entry["high"]])
            axes.errorbar(
                entry["value"], row, xerr=arms,
                fmt=mark.marker, color=mark.colour, ms=4, lw=0.9, mew=0,
            )  # fmt: skip
        else:
            axes.plot(-0.15, row, ls="", marker=mark.marker, color=mark.colour, ms=4, mew=0)
            axes.text(0.0, row, "no fit", va="center", fontsize=6, color=DARK)
        axes.plot(entry["stated_exponent"], row, marker="D", ms=4.5, mfc="none", mec=DARK, mew=0.7)
    axes.set_xlabel("Exponent a of time ~ N$^a$ (diamonds: stated)")
