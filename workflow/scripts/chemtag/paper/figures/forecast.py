"""Simulated surveys: contamination, precision, and what takes the clusters away."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullLocator

from chemtag.paper.figures.style import (
    COLOURS,
    COLUMN_MM,
    DARK,
    PAGE_MM,
    counted,
    interval_arms,
    new_figure,
)

ROLES = (
    ("bayes", "upper bound: all densities known", "D", ":", COLOURS[2]),
    ("oracle", "oracle: best of the grid, by truth", "s", "--", COLOURS[1]),
    ("headline", "headline setting", "o", "-", COLOURS[0]),
)
STEPS = (
    ("recovered", "recovered by the headline setting", COLOURS[0]),
    ("setting", "setting: oracle above headline", COLOURS[5]),
    ("algorithm", "algorithm: bound above oracle", COLOURS[4]),
    ("field", "field stars bury", COLOURS[2]),
    ("errors", "errors blur", COLOURS[3]),
    ("chemistry", "exact chemistry overlaps", DARK),
)
# Field stars are drawn on a logarithmic axis that is linear below this number, to show 0.
LINEAR_BELOW = 100
# Cells side by side that have room for an interval.
ROOMY = 9


def contamination_data(forecast: pd.DataFrame, n_elements: int) -> pd.DataFrame:
    """Return the drawn data (contract forecast): RF40 against the number of field stars."""
    chosen = (
        (forecast["score"] == "rf40")
        & (forecast["n_elements"] == n_elements)
        & (forecast["error_scale"] > 0)
        & forecast["role"].isin([role for role, *_ in ROLES])
    )
    return forecast[chosen].reset_index(drop=True)


def draw_contamination(data: pd.DataFrame, title: str) -> Figure:
    """Draw RF40 of bound, oracle and headline for each scale of the errors.

    `title` has a place {} for the number of realisations.
    """
    scales = sorted(data["error_scale"].unique(), reverse=True)
    figure = new_figure(PAGE_MM if len(scales) > 1 else COLUMN_MM, 78)
    columns = min(len(scales), 3)
    rows = -(-len(scales) // columns)
    figure.set_size_inches(figure.get_size_inches()[0], (52 * rows + 22) / 25.4)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, scale in zip(panels.flat, scales, strict=False):
        part = data[data["error_scale"] == scale]
        if len(scales) > 1:
            axes.set_title(f"errors × {scale:g}")
        for role, words, marker, line, colour in ROLES:
            curve = part[part["role"] == role].sort_values("n_field")
            if curve.empty:
                continue
            axes.errorbar(
                curve["n_field"], curve["mean"],
                interval_arms(curve["mean"], curve["low"], curve["high"]), fmt=marker, ls=line,
                ms=3.5, color=colour, lw=0.9, label=words,
            )  # fmt: skip
            axes.fill_between(
                curve["n_field"], np.clip(curve["mean"] - curve["sd"], 0, 1),
                np.clip(curve["mean"] + curve["sd"], 0, 1), color=colour, alpha=0.12, lw=0,
            )  # fmt: skip
    for axes in panels.flat[len(scales) :]:
        axes.set_visible(False)
    axes = panels[0, 0]
    axes.set_xscale("symlog", linthresh=LINEAR_BELOW, linscale=0.4)
    axes.set_xlim(-10, max(data["n_field"].max() * 1.5, 2 * LINEAR_BELOW))
    ticks = [0, *(10**k for k in range(2, 7) if 10**k <= data["n_field"].max() * 1.5)]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylim(-0.03, 1.03)
    for axes in panels[:, 0]:
        axes.set_ylabel("RF40")
    for axes in panels[-1]:
        axes.set_xlabel("Field stars")
    number = int(data["n_realisations"].max()) if len(data) else 0
    width = 90 if len(scales) > 1 else 42
    figure.suptitle(textwrap.fill(title.format(number), width))
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3 if len(scales) > 1 else 1)
    return figure


def precision_data(forecast: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract forecast): RF40 of headline and oracle with errors."""
    chosen = (forecast["score"] == "rf40") & (forecast["error_scale"] > 0)
    return forecast[chosen & forecast["role"].isin(["headline", "oracle"])].reset_index(drop=True)


def draw_precision(data: pd.DataFrame, recipe: str) -> Figure:
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
    figure.suptitle(f"Recipe {recipe}: RF40 of simulated surveys{said}")
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


def draw_losses(data: pd.DataFrame, recipe: str) -> Figure:
    """Draw the loss budget (contract loss_budget), a bar for each number of field stars."""
    figure = new_figure(PAGE_MM, 92)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (score, words) in zip(
        panels, (("rf40", "RF40"), ("rf_area", "mean match")), strict=True
    ):
        part = data[data["score"] == score]
        fields = sorted(part["n_field"].unique())
        base = np.zeros(len(fields))
        for loss, name, colour in STEPS:
            rows = part[part["loss"] == loss].set_index("n_field").loc[fields]
            height = rows["mean"].to_numpy(dtype=float)
            axes.bar(range(len(fields)), height, bottom=base, width=0.7, color=colour, label=name)
            base = base + height
            arms = interval_arms(rows["mean"], rows["low"], rows["high"])
            seen = (arms > 0).any(axis=0)
            at = np.arange(len(fields)) + 0.3 * (STEPS.index((loss, name, colour)) / 5 - 0.5)
            axes.errorbar(
                at[seen], base[seen], arms[:, seen], fmt="none", ecolor="black", lw=0.7, capsize=1.2
            )
        axes.set_title(f"Share of clusters in {words}")
        axes.set_xticks(range(len(fields)), [f"{n:,}" for n in fields])
        axes.set_xlabel("Field stars")
        axes.tick_params(axis="x", length=0)
    panels[0].set_ylabel("Share, with 68 % interval of each step")
    number = int(data["n_realisations"].max()) if len(data) else 0
    figure.suptitle(f"Recipe {recipe}: what takes the clusters away ({counted(number, 'survey')})")
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return figure
