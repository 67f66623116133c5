"""Which clusters each algorithm recovers, and how far algorithms agree."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    DARK,
    PAGE_MM,
    counted,
    new_figure,
    say_nothing_to_show,
)


def data(
    clusters: pd.DataFrame, algorithm_agreement: pd.DataFrame, algorithms: pd.DataFrame
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
            "first": algorithm_agreement["first"],
            "second": algorithm_agreement["second"],
            "value": algorithm_agreement["ari"],
            "recovered_40": False,
            "n_members": 0,
        }
    )
    both = pd.concat([left, right], ignore_index=True)
    names = algorithms.rename(columns={"algorithm": "first"})
    names = names[["first", "label", "board", "baseline"]]
    return both.merge(names, on="first", validate="many_to_one")


def draw(data: pd.DataFrame, label: str) -> Figure:
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
        f"{counted(len(rows), 'cluster')}: {by_any} recovered by any,\n{by_blind} without the truth"
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
