"""Stars left after each cut of a sample."""

import re
import textwrap

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from chemtag.paper.figures.style import COLOURS, PAGE_MM, new_figure

# Below this ratio of first to last count, bars on a linear scale can still be told apart.
LOG_FROM = 30
# Counts beside the bars: right edge of the column in points from the panel, heading, table column.
COLUMNS = (
    (38, "stars left", "stars_left"),
    (82, "stars lost", "stars_lost"),
    (122, "members", "members_left"),
    (158, "clusters", "clusters_left"),
)


def data(funnel: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_funnel): the table of the sample."""
    return funnel


def draw(data: pd.DataFrame, label: str) -> Figure:
    """Draw the funnel of a sample."""
    kept = data["stars_lost"].to_numpy() > 0
    kept[[0, -1]] = True
    idle, data = int((~kept).sum()), data[kept]
    words = [textwrap.fill(_name(row), 44) for row in data.to_dict("records")]
    most_lines = max(1 + text.count("\n") for text in words)
    figure = new_figure(PAGE_MM, 26 + len(words) * (2.6 * most_lines + 1.4))
    axes = figure.subplots()
    places = range(len(data))
    axes.barh(places, data["stars_left"], height=0.62, color=COLOURS[0], alpha=0.35, lw=0)
    first, last = data["stars_left"].max(), data["stars_left"].min()
    logarithmic = last > 0 and first / last > LOG_FROM
    if logarithmic:
        axes.set_xscale("log")
    axes.set_xlim(0.5 if logarithmic else 0, first * (1.6 if logarithmic else 1.04))
    for place, heading, column in COLUMNS:
        cells = [heading, *(f"{value:,}" for value in data[column])]
        for at, text in zip([-0.8, *places], cells, strict=True):
            axes.annotate(
                text, (1, at), xycoords=axes.get_yaxis_transform(), xytext=(place, 0),
                textcoords="offset points", ha="right", va="center", fontsize=6.5,
            )  # fmt: skip
    axes.set_yticks(places, words)
    axes.set_ylim(len(data) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    if not logarithmic:
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel("Stars left" + (" (logarithmic scale)" if logarithmic else ""))
    if data["stars_lost"].sum() == 0:
        said = ": no cut removes a star"
    else:
        said = ": stars left after each cut"
        if idle:
            rest = "that removes none is" if idle == 1 else "that remove none are"
            said += f"; {idle} {rest} not drawn"
    figure.suptitle(label + said)
    return figure


def _name(row: dict) -> str:
    words = str(row["detail"] or row["cut"])
    return re.sub(r"(?<![\w.])-(?=\d)", "−", words.replace(">=", "≥").replace("<=", "≤"))
