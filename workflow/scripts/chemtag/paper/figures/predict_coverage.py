"""How often intervals hold the label: for all stars and by third of the predicted value."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from chemtag.paper.figures.style import COLOURS, COLUMN_MM, GREY, LIGHT, SYMBOLS, new_figure

COLUMNS = ["entry", "label", "metric", "value", "low", "high", "n_stars", "default", "as_good"]
PARTS = (
    ("coverage", "all stars"),
    ("coverage_low", "lowest third"),
    ("coverage_middle", "middle third"),
    ("coverage_high", "highest third"),
)


def data(predictor_leaderboard: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_predict_coverage) of the leaderboard."""
    shown = predictor_leaderboard[
        predictor_leaderboard["metric"].isin([metric for metric, _ in PARTS])
    ]
    return shown[COLUMNS].reset_index(drop=True)


def draw(data: pd.DataFrame, title: str, level: float) -> Figure:
    """Draw the share of stars within their interval, with its own 68 % interval, by model.

    The band holds two binomial standard errors about the nominal `level` for all stars.
    """
    models = data.drop_duplicates("entry").set_index("entry")["label"]
    figure = new_figure(COLUMN_MM, 78)
    axes = figure.subplots()
    axes.set_title(textwrap.fill(title, 50))
    n_stars = int(data.loc[data["metric"] == "coverage", "n_stars"].max())
    width = 2 * np.sqrt(level * (1 - level) / max(n_stars, 1))
    axes.axhspan(level - width, level + width, color=LIGHT, lw=0, alpha=0.6, zorder=0)
    axes.axhline(level, color=GREY, lw=0.8, ls="--", zorder=1)
    # Close enough that nobody takes a model for one of the next third.
    steps = np.linspace(-1, 1, len(models)) if len(models) > 1 else np.zeros(1)
    steps = steps * min(0.32, 0.09 * (len(models) - 1))
    for at, (entry, label) in enumerate(models.items()):
        rows = data[data["entry"] == entry].set_index("metric")
        found = rows.reindex([metric for metric, _ in PARTS])
        arms = np.stack([found["value"] - found["low"], found["high"] - found["value"]])
        axes.errorbar(
            np.arange(len(PARTS)) + steps[at], found["value"], np.maximum(np.nan_to_num(arms), 0),
            fmt=SYMBOLS[at % len(SYMBOLS)], color=COLOURS[at % len(COLOURS)], ms=3.5, lw=0.8,
            label=label,
        )  # fmt: skip
    axes.set_xticks(range(len(PARTS)), [words for _, words in PARTS])
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.55, len(PARTS) - 0.45)
    axes.set_xlabel("By predicted value")
    axes.set_ylabel("Share of labels within the interval")
    figure.legend(loc="outside lower center", ncols=3)
    return figure
