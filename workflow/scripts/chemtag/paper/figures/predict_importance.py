"""What each feature of a label transfer is worth."""

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from chemtag.paper.figures.style import COLOURS, COLUMN_MM, GREY, LIGHT, counted, new_figure

# More would not fit on a page.
MOST = 30


def data(feature_importance: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_predict_importance): the MOST important features."""
    order = feature_importance.sort_values(["value", "feature"], ascending=[False, True])
    return order.head(MOST)[["feature", "value", "low", "high"]].reset_index(drop=True)


def about(feature_importance: pd.DataFrame, predictor_leaderboard: pd.DataFrame) -> dict[str, Any]:
    """Return the name of the default model, and the number of all features."""
    board = predictor_leaderboard
    model = board.loc[board["default"], "label"].iloc[0]
    return {"model": model, "n_features": len(feature_importance)}


def draw(data: pd.DataFrame, about: Mapping[str, Any], title: str) -> Figure:
    """Draw by how much the RMSE grows when a feature is permuted; bars span the permutations."""
    data = data.sort_values(["value", "feature"], ascending=[False, True])
    figure = new_figure(COLUMN_MM, 4.0 * len(data) + 24)
    axes = figure.subplots()
    hidden = about["n_features"] - len(data)
    more = f"\n{counted(hidden, 'feature')} of less importance left out" if hidden else ""
    axes.set_title(f"{textwrap.fill(title, 50)}\n{about['model']}{more}")
    places = list(range(len(data)))
    for at in places:
        axes.axhline(at, color=LIGHT, lw=0.3, zorder=0)
    value = 100 * data["value"].to_numpy()
    arms = np.stack([value - 100 * data["low"], 100 * data["high"] - value])
    axes.axvline(0, color=GREY, lw=0.8, ls="--", zorder=1)
    axes.errorbar(
        value, places, xerr=np.maximum(arms, 0), fmt="o", ms=3.5, color=COLOURS[0], lw=0.9
    )
    axes.set_yticks(places, data["feature"])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(data) - 0.4, -0.6)
    axes.set_xlabel("Growth of the RMSE without the feature (%)")
    return figure
