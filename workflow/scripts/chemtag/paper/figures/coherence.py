"""Scatter within clusters, element by element, beside errors and scatter between clusters."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from chemtag.paper.figures.style import (
    COLOURS,
    GREY,
    PAGE_MM,
    element_name,
    element_order,
    interval_arms,
    new_figure,
    ratio_words,
    say_nothing_to_show,
    solar_scale_label,
    solar_scale_words,
)
from chemtag.survey.abundances import symbol_of

WITHIN, BETWEEN, ERROR = COLOURS[0], COLOURS[1], COLOURS[6]


def data(coherence: pd.DataFrame, elements: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_coherence): clusters with at least two members."""
    within = coherence[coherence["n_stars"] >= 2]
    names = ["element", "cluster", "n_stars", "scatter", "scatter_low", "scatter_high"]
    summary = [
        "element", "typical_scatter", "typical_low", "typical_high", "median_error", "between",
        "between_low", "between_high",
    ]  # fmt: skip
    return within[names].merge(elements[summary], on="element", validate="many_to_one")


def about(elements: pd.DataFrame) -> dict[str, str]:
    """Return the meta of the drawn data."""
    return {"solar_scale": solar_scale_words(elements.attrs)}


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return the most and the least coherent element."""
    known = drawn.drop_duplicates("element").dropna(subset="typical_scatter")
    rows = known.sort_values(["typical_scatter", "element"]).to_dict("records")
    if not rows:
        return ""
    ends = [
        f"{symbol_of(row['element'])} {row['typical_scatter']:.3f} dex (between clusters "
        f"{row['between']:.3f}, median error {row['median_error']:.3f})"
        for row in (rows[0], rows[-1])
    ]
    return f"{len(rows)} elements; scatter within clusters from {ends[0]} to {ends[1]}."


def draw(
    data: pd.DataFrame,
    elements: pd.DataFrame,
    element_keys: list[str],
    label: str,
    about: Mapping[str, str],
) -> Figure:
    """Draw the drawn data, elements in the order of `element_keys`."""
    order = element_order(list(elements["element"]), element_keys)
    figure = new_figure(PAGE_MM, 84)
    axes = figure.subplots()
    n_clusters = data["cluster"].nunique()
    axes.set_title(f"{label}: internal coherence of {n_clusters} clusters with at least 2 members")
    axes.set_ylabel(f"Scatter of {ratio_words(order)} (dex)")
    if data.empty:
        say_nothing_to_show(axes, "no cluster has two members in the sample")
        return figure
    x = np.arange(len(order))
    for at, element in enumerate(order):
        values = data.loc[data["element"] == element, "scatter"].to_numpy(float)
        axes.boxplot(
            values, positions=[at - 0.16], widths=0.3, manage_ticks=False, showfliers=True,
            boxprops={"color": WITHIN, "lw": 0.8}, whiskerprops={"color": WITHIN, "lw": 0.6},
            capprops={"color": WITHIN, "lw": 0.6}, medianprops={"color": WITHIN, "lw": 0},
            flierprops={"marker": ".", "ms": 2, "mfc": WITHIN, "mec": "none"},
        )  # fmt: skip
    summary = data.drop_duplicates("element").set_index("element").reindex(order)
    for middle, low, high, shift, colour, marker, words in (
        ("typical_scatter", "typical_low", "typical_high", -0.16, WITHIN, "o",
         "within clusters: median, 68 % interval; box: quartiles"),
        ("between", "between_low", "between_high", 0.22, BETWEEN, "s",
         "between cluster means, 68 % interval"),
    ):  # fmt: skip
        arms = interval_arms(summary[middle], summary[low], summary[high])
        axes.errorbar(
            x + shift, summary[middle], arms, fmt=marker, ms=3.2, color=colour, lw=0.9, label=words
        )
    axes.hlines(
        summary["median_error"],
        x - 0.4,
        x + 0.4,
        color=ERROR,
        lw=1.2,
        label="error used, median of the stars",
    )
    _scale(axes, data)
    below = summary["between"].to_numpy(float) < axes.get_ylim()[0]
    axes.plot(
        x[below] + 0.22, np.full(below.sum(), 0.03), "v", ms=4, color=BETWEEN, mfc="white",
        transform=axes.get_xaxis_transform(),
    )  # fmt: skip
    axes.set_xticks(x, [element_name(c) for c in order])
    axes.set_xlim(-0.6, len(order) - 0.4)
    axes.tick_params(axis="x", length=0)
    for at in x[:-1]:
        axes.axvline(at + 0.5, color=GREY, lw=0.3, alpha=0.5)
    axes.set_xlabel("Element" + solar_scale_label(about["solar_scale"]))
    figure.legend(loc="outside lower center", ncols=3, columnspacing=1.5)
    return figure


def _scale(axes, data: pd.DataFrame) -> None:  # type: ignore[no-untyped-def]
    """Logarithmic in scatter with plain numbers; zeros cannot be drawn and fall off the axis."""
    drawn = data[["scatter", "between", "between_high", "median_error", "typical_low"]]
    values = drawn.to_numpy(float).ravel()
    values = values[np.isfinite(values) & (values > 0)]
    axes.set_yscale("log")
    if len(values):
        axes.set_ylim(0.8 * max(values.min(), 1e-3), 1.3 * values.max())
    axes.yaxis.set_major_locator(
        FixedLocator([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0])
    )
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: ""))
