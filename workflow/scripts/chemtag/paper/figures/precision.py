"""What precision, how many elements and how few field stars recovery takes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from chemtag.paper.figures.style import PAGE_MM, new_figure, with_interval

# Cells side by side that have room for an interval.
ROOMY = 9


def data(forecast: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract forecast): RF40 of headline and oracle with errors."""
    chosen = (forecast["score"] == "rf40") & (forecast["error_scale"] > 0)
    return forecast[chosen & forecast["role"].isin(["headline", "oracle"])].reset_index(drop=True)


def about(forecast: pd.DataFrame) -> dict[Any, Any]:
    """Return the meta of the drawn data: that of the table, with recipe."""
    return dict(forecast.attrs)


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return the worst and the best cell of the headline among most field stars."""
    rows = drawn[(drawn["role"] == "headline") & (drawn["score"] == "rf40")]
    rows = rows[rows["n_field"] == rows["n_field"].max()].sort_values(["mean", "error_scale"])
    if rows.empty:
        return ""
    cells = [
        f"{with_interval(row['mean'], row['low'], row['high'])} with errors times "
        f"{row['error_scale']:g} and {row['n_elements']} elements"
        for row in (rows.iloc[0], rows.iloc[-1])
    ]
    most = f"{rows['n_field'].iloc[0]:,} field stars"
    return f"Among {most} the headline has from {' to '.join(cells)}."


def draw(data: pd.DataFrame, about: Mapping[Any, Any]) -> Figure:
    """Draw RF40 over error scale and number of elements, a panel for each number of field stars."""
    fields = sorted(data["n_field"].unique())
    scales = sorted(data["error_scale"].unique())
    numbers = sorted(data["n_elements"].unique())
    roles = ["oracle", "headline"]
    columns = min(len(fields), 4 if len(scales) <= 2 else 3)
    blocks = -(-len(fields) // columns)
    # Intervals need wide cells; where there are many they stand in the table only.
    roomy = len(scales) * columns <= ROOMY
    cell = 9 if roomy else 5.5
    figure = new_figure(PAGE_MM, 2 * blocks * (cell * len(numbers) + 10) + 20)
    panels = figure.subplots(2 * blocks, columns, sharex=True, sharey=True, squeeze=False)
    scale = ScalarMappable(Normalize(0, max(0.1, float(data["mean"].max()))), "cividis")
    for axes in panels.flat:
        axes.set_visible(False)
    for place, n_field in enumerate(fields):
        for row, role in enumerate(roles):
            axes = panels[2 * (place // columns) + row, place % columns]
            axes.set_visible(True)
            axes.set_title(f"{n_field:,} field stars, {role}")
            part = data[(data["n_field"] == n_field) & (data["role"] == role)]
            _draw_cells(axes, part, scales, numbers, scale, roomy)
            axes.label_outer()
    for axes in panels[-1]:
        axes.set_xlabel("Factor on errors")
    for axes in panels[:, 0]:
        axes.set_ylabel("Elements")
    bar = figure.colorbar(scale, ax=panels, pad=0.01, fraction=0.03, aspect=30)
    bar.set_label("RF40, mean of the surveys")
    said = ", below 68 % interval of the mean" if roomy else ""
    figure.suptitle(f"Recipe {about['recipe']}: RF40 of simulated surveys{said}")
    return figure


def _draw_cells(
    axes: Axes,
    rows: pd.DataFrame,
    scales: list[float],
    numbers: list[int],
    scale: ScalarMappable,
    roomy: bool,
) -> None:
    axes.set_xlim(-0.5, len(scales) - 0.5)
    axes.set_ylim(-0.5, len(numbers) - 0.5)
    axes.set_xticks(range(len(scales)), [f"{value:g}" for value in scales])
    axes.set_yticks(range(len(numbers)), [str(number) for number in numbers])
    axes.tick_params(length=0)
    for row in rows.to_dict("records"):
        x, y = scales.index(row["error_scale"]), numbers.index(row["n_elements"])
        colour = scale.to_rgba(row["mean"])
        ink = "black" if np.dot(colour[:3], (0.299, 0.587, 0.114)) > 0.45 else "white"
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fc=colour, ec="white", lw=0.5))
        up = y + (0.17 if roomy else 0)
        words = f"{row['mean']:.2f}"
        axes.text(x, up, words, ha="center", va="center", color=ink, fontsize=6.5)
        if roomy and np.isfinite(row["low"]):
            words = f"{row['low']:.2f}–{row['high']:.2f}"
            axes.text(x, y - 0.24, words, ha="center", va="center", color=ink, fontsize=6)
