"""Predicted against true label of stars that the model has not seen, and the residuals."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    DARK,
    GREY,
    LIGHT,
    PAGE_MM,
    counted,
    new_figure,
    point_size,
    say_nothing_to_show,
)

COLUMNS = ["star_id", "group", "truth", "value", "low", "high", "in_domain"]
N_BINS, LEAST_IN_BIN = 10, 5
# Beyond this many stars the error bars would hide the points.
WITH_BARS = 400


def data(predictions: pd.DataFrame, predictor_leaderboard: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_predict_stars): predictions of the default model."""
    default = predictor_leaderboard.loc[predictor_leaderboard["default"], "entry"]
    rows = predictions[predictions["entry"].isin(default)]
    return rows.assign(in_domain=rows["outside"] == "")[COLUMNS].reset_index(drop=True)


def about(predictor_leaderboard: pd.DataFrame) -> dict[str, Any]:
    """Return the name of the default model."""
    board = predictor_leaderboard
    return {"model": board.loc[board["default"], "label"].iloc[0]}


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return the number of stars, their error, and how many are out of domain."""
    if drawn.empty:
        return "No star has a label."
    off = drawn["value"] - drawn["truth"]
    outside = int((~drawn["in_domain"]).sum())
    return (
        f"{drawn['group'].nunique():,} stars with labels from {drawn['truth'].min():.3g} to "
        f"{drawn['truth'].max():.3g}; RMSE {float((off**2).mean()) ** 0.5:.3g}; {outside} of "
        f"{len(drawn):,} rows out of domain."
    )


def draw(
    data: pd.DataFrame, about: Mapping[str, Any], title: str, quantity: str, unit: str
) -> Figure:
    """Draw predictions (left) and residuals (right) against the true label.

    `quantity` names the label, in `unit` (empty where it has none).
    """
    figure = new_figure(PAGE_MM, 88)
    left, right = figure.subplots(1, 2)
    number = counted(data["group"].nunique(), "star")
    figure.suptitle(f"{title}\n{about['model']}, {number} not seen in training")
    of = f" ({unit})" if unit else ""
    left.set_xlabel(f"True {quantity}{of}")
    left.set_ylabel(f"Predicted {quantity}{of}")
    right.set_xlabel(f"True {quantity}{of}")
    right.set_ylabel(f"Predicted less true{of}")
    if data.empty:
        say_nothing_to_show(left, "no star has a label")
        say_nothing_to_show(right, "no star has a label")
        return figure
    _draw_stars(left, data, data["value"], len(data) <= WITH_BARS)
    ends = [min(data["truth"].min(), data["value"].min()),
            max(data["truth"].max(), data["value"].max())]  # fmt: skip
    left.plot(ends, ends, color=DARK, lw=0.8, zorder=4, label="equal")
    _draw_stars(right, data, data["value"] - data["truth"], False)
    right.axhline(0, color=DARK, lw=0.8, zorder=4)
    _draw_bins(right, data)
    _draw_slope(right, data)
    figure.legend(*_legend(left, right), loc="outside lower center", ncols=5, handletextpad=0.4)
    return figure


def _legend(left: Axes, right: Axes) -> tuple[list, list]:
    handles, words = left.get_legend_handles_labels()
    more, others = right.get_legend_handles_labels()
    both = dict(zip([*words, *others], [*handles, *more], strict=True))
    return list(both.values()), list(both)


def _draw_stars(axes: Axes, drawn: pd.DataFrame, ordinate: pd.Series, bars: bool) -> None:
    inside = drawn["in_domain"].to_numpy(bool)
    size = 2 * point_size(len(drawn))
    for chosen, colour, words in (
        (inside, COLOURS[0], "in domain"),
        (~inside, COLOURS[1], "out of domain"),
    ):
        if not chosen.any():
            continue
        if bars:
            rows = drawn[chosen]
            axes.vlines(rows["truth"], rows["low"], rows["high"], color=LIGHT, lw=0.4, zorder=1)
        axes.scatter(
            drawn["truth"][chosen], ordinate[chosen], s=size, color=colour, lw=0, zorder=2,
            label=words,
        )  # fmt: skip


def bins(drawn: pd.DataFrame) -> pd.DataFrame:
    """Return median and 16th to 84th percentile of residuals in bins of like numbers by truth."""
    order = drawn.sort_values("truth")
    parts = np.array_split(np.arange(len(order)), min(N_BINS, max(len(order) // LEAST_IN_BIN, 1)))
    rows = []
    for part in parts:
        truth = order["truth"].to_numpy()[part]
        residual = order["value"].to_numpy()[part] - truth
        low, middle, high = np.quantile(residual, [0.16, 0.5, 0.84])
        rows.append({"truth": np.median(truth), "value": middle, "low": low, "high": high})
    return pd.DataFrame(rows)


def _draw_bins(axes: Axes, drawn: pd.DataFrame) -> None:
    middle = bins(drawn)
    arms = [middle["value"] - middle["low"], middle["high"] - middle["value"]]
    axes.errorbar(
        middle["truth"], middle["value"], arms, fmt="s", ms=3, color=DARK, lw=0.9, zorder=5,
        label="median and 68 % of a tenth",
    )  # fmt: skip


def _draw_slope(axes: Axes, drawn: pd.DataFrame) -> None:
    truth, residual = drawn["truth"].to_numpy(), (drawn["value"] - drawn["truth"]).to_numpy()
    if len(drawn) < 3 or truth.min() == truth.max():
        return
    slope, at_zero = np.polyfit(truth, residual, 1)
    ends = np.array([truth.min(), truth.max()])
    axes.plot(
        ends, at_zero + slope * ends, color=GREY, lw=1.2, ls="--", zorder=4,
        label=f"slope {slope:.2f}",
    )  # fmt: skip
