"""The models of a label transfer side by side: error, bias, coverage."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import COLOURS, DARK, GREY, LIGHT, PAGE_MM, new_figure

COLUMNS = ["entry", "label", "metric", "value", "low", "high", "n_stars", "default", "as_good"]
PANELS = (
    ("rmse", "RMSE"),
    ("scatter", "Robust scatter"),
    ("bias", "Bias"),
    ("slope", "Slope of the residual"),
    ("coverage", "Coverage"),
)


def data(predictor_leaderboard: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_predict_scores) of the leaderboard."""
    shown = predictor_leaderboard[
        predictor_leaderboard["metric"].isin([metric for metric, _ in PANELS])
    ]
    return shown[COLUMNS].reset_index(drop=True)


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return error and slope of the default model, and the error without features."""
    rmse = drawn[drawn["metric"] == "rmse"]
    row = rmse[rmse["default"]].to_dict("records")[0]
    is_slope = (drawn["metric"] == "slope") & (drawn["entry"] == row["entry"])
    said = (
        f"Default {row['label']}: RMSE {row['value']:.3g} ({row['low']:.3g} to {row['high']:.3g}), "
        f"slope of the residual {drawn.loc[is_slope, 'value'].iloc[0]:.2f}"
    )
    plain = rmse.loc[rmse["entry"] == "median", "value"]
    if len(plain) and row["entry"] != "median":
        said += f"; without features (median) RMSE {plain.iloc[0]:.3g}"
    return f"{said}; {len(rmse)} models."


def draw(data: pd.DataFrame, title: str, unit: str, level: float) -> Figure:
    """Draw a panel a score, a row a model, best RMSE first; intervals hold 68 %.

    `unit` is that of the label; `level` the nominal coverage. Filled: as good as the best by RMSE;
    the name of the default is in bold type.
    """
    order = ranked(data)
    figure = new_figure(PAGE_MM, 5.5 * len(order) + 30)
    figure.suptitle(title)
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, (metric, words) in zip(panels, PANELS, strict=True):
        rows = data[data["metric"] == metric].set_index("entry").loc[order]
        _draw_rows(axes, rows)
        has_unit = metric in ("rmse", "scatter", "bias") and unit
        axes.set_xlabel(f"{words} ({unit})" if has_unit else words)
        axes.locator_params(axis="x", nbins=4)
    panels[2].axvline(0, color=GREY, lw=0.8, ls="--", zorder=0)
    panels[3].axvline(0, color=GREY, lw=0.8, ls="--", zorder=0)
    panels[4].axvline(level, color=GREY, lw=0.8, ls="--", zorder=0)
    names = data.drop_duplicates("entry").set_index("entry").loc[order]
    panels[0].set_yticks(range(len(order)), names["label"])
    for tick, default in zip(panels[0].get_yticklabels(), names["default"], strict=True):
        tick.set_fontweight("bold" if default else "normal")
    panels[0].set_ylim(len(order) - 0.4, -0.6)
    figure.supxlabel(
        "Filled: RMSE as good as the best. Bold: the default, the simplest of these. "
        f"Dashed: unbiased; nominal coverage of {100 * level:g} %.",
        fontsize=6.5,
    )
    return figure


def ranked(drawn: pd.DataFrame) -> list[str]:
    """Return the entries by RMSE, then name."""
    rows = drawn[drawn["metric"] == "rmse"].sort_values(["value", "entry"])
    return list(rows["entry"])


def _draw_rows(axes: Axes, rows: pd.DataFrame) -> None:
    axes.tick_params(axis="y", length=0)
    for at, row in enumerate(rows.to_dict("records")):
        axes.axhline(at, color=LIGHT, lw=0.3, zorder=0)
        colour = COLOURS[0] if row["as_good"] else DARK
        arms = np.array([[row["value"] - row["low"]], [row["high"] - row["value"]]])
        axes.errorbar(
            row["value"], at, xerr=np.maximum(arms, 0), fmt="o", ms=4, lw=0.9, color=colour,
            mfc=colour if row["as_good"] else "white",
        )  # fmt: skip
