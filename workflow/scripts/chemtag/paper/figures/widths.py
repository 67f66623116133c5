"""The width of a birth cluster: what each source of it recovers, and how far a wrong one hurts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from chemtag.paper.figures.style import COLOURS, PAGE_MM, counted, interval_arms, new_figure

SOURCES = {
    "true": "true (recipe)",
    "other_clusters": "other clusters (told)",
    "self": "self",
    "published": "published",
    "quoted": "quoted",
}
"""Sources from what is told most to what is told least."""
LEVELS = (("claims", "^", 0.16, -1), ("candidates", "v", -0.16, 1))
"""Level, symbol, and shift along the sources."""
SCORES = (
    ("recovered", "clusters recovered at 40 %", COLOURS[2]),
    ("n_false", "false groups", COLOURS[1]),
)
COLUMNS = [
    "source", "n_field", "width", "factor", "correlated", "level", "recovered", "recovered_low",
    "recovered_high", "n_false", "n_false_low", "n_false_high", "n_clusters", "n_realisations",
]  # fmt: skip
MOST_ROWS = 2


def data(widths: pd.DataFrame, measured: Mapping[str, Any]) -> pd.DataFrame:
    """Return the drawn data (contract figure_widths): simulated, and as measured for real clusters.

    `measured` is the document resources/measured/tagger.yaml; nothing of it is of the run.
    """
    block = measured["real_clusters"]
    real = pd.DataFrame(block["rows"], columns=block["columns"])
    real = real.assign(source="real", factor=1.0, correlated=True)
    parts = [widths.assign(source="simulated"), real]
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def about(widths: pd.DataFrame, measured: Mapping[str, Any]) -> dict[str, Any]:
    """Return the meta of the drawn data: the recipe, and how the real clusters were measured."""
    real = {key: str(measured["real_clusters"][key]) for key in ("label", "command", "date")}
    return {"recipe": widths.attrs["recipe"], "real_clusters": real}


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return the clusters that claims recover with the true width and with quoted errors."""
    rows = drawn[(drawn["source"] == "simulated") & (drawn["level"] == "claims")]
    rows = rows[(rows["n_field"] == rows["n_field"].max()) & rows["correlated"]]
    rows = rows[rows["factor"] == 1].set_index("width")
    said = [
        f"{rows.loc[width, 'recovered']:.1f} clusters with {words}"
        for width, words in (
            ("true", "the true width"),
            ("self", "one it learns itself"),
            ("quoted", "quoted errors taken as independent"),
        )
    ]
    stars = f"{rows['n_field'].iloc[0]:,} simulated field stars"
    return f"Among {stars} claims recover {', '.join(said)}."


def draw(data: pd.DataFrame, about: Mapping[str, Any]) -> Figure:
    """Draw sources left and factors right for simulated surveys; real clusters in the last row."""
    simulated, real = (data[data["source"] == source] for source in ("simulated", "real"))
    fields = sorted(simulated["n_field"].unique())[-MOST_ROWS:]
    figure = new_figure(PAGE_MM, 62 * (len(fields) + 1))
    panels = figure.subplots(len(fields) + 1, 2, squeeze=False)
    for (left, right), n_field in zip(panels, fields, strict=False):
        rows = simulated[simulated["n_field"] == n_field]
        among = f"Recipe {about['recipe']}\n{counted(int(n_field), 'field star')}"
        _draw_sources(left, rows[(rows["factor"] == 1) & rows["correlated"]], among)
        _draw_factors(right, rows[rows["width"] == "true"], among)
    label = str(about["real_clusters"]["label"])
    numbers = sorted(real["n_field"].unique())[:2]
    for axes, n_field in zip(panels[-1], numbers, strict=False):
        among = f"{label}\n{counted(int(n_field), 'field giant')}"
        _draw_sources(axes, real[real["n_field"] == n_field], among)
    for axes in panels[-1][len(numbers) :]:
        axes.set_visible(False)
    handles, names = panels[0][1].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=2)
    return figure


def _draw_sources(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    """A line a source, recovered clusters and false groups at two levels of evidence."""
    present = [source for source in SOURCES if (rows["width"] == source).any()]
    place = {source: len(present) - 1 - at for at, source in enumerate(present)}
    for level, marker, shift, _ in LEVELS:
        part = rows[rows["level"] == level]
        for score, _, colour in SCORES:
            arms = interval_arms(part[score], part[f"{score}_low"], part[f"{score}_high"])
            axes.errorbar(
                part[score], part["width"].map(place) + shift, xerr=arms, fmt=marker, ls="none",
                ms=4.5, color=colour, mfc=colour if level == "claims" else "white", lw=0.9,
            )  # fmt: skip
    axes.set_yticks(list(place.values()), [SOURCES[source] for source in place])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(-0.6, len(present) - 0.4)
    axes.set_xlim(left=-0.5)
    axes.set_xlabel("Clusters, or false groups")
    axes.set_title(title)


def _draw_factors(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    """Recovered clusters and false groups against the factor; a cross without correlations."""
    factors = sorted(rows["factor"].unique())
    for level, marker, _, side in LEVELS:
        part = rows[(rows["level"] == level) & rows["correlated"]].sort_values("factor")
        alone = rows[(rows["level"] == level) & ~rows["correlated"]]
        for score, words, colour in SCORES:
            style: dict[str, Any] = {
                "color": colour,
                "mfc": colour if level == "claims" else "white",
                "lw": 0.9,
            }
            for some, fmt, move, name in (
                (part, marker, 1.0, f"{level}: {words}"),
                (alone, "x", 1 + 0.06 * side, f"{level}, errors independent: {words}"),
            ):
                arms = interval_arms(some[score], some[f"{score}_low"], some[f"{score}_high"])
                axes.errorbar(
                    some["factor"] * move, some[score], yerr=arms, fmt=fmt, ms=4.5,
                    ls="-" if some is part and level == "claims" else "--" if some is part else "",
                    label=name, **style,
                )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks(factors, [f"{factor:g}" for factor in factors])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(bottom=-0.5 - 0.01 * float(np.nanmax(rows["n_false"])))
    axes.set_xlabel("Variances of the true width times")
    axes.set_ylabel("Clusters, or false groups")
    axes.set_title(title)
