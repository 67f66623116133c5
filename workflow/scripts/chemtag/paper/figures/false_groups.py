"""Recovered clusters against false groups: HDBSCAN's whole grid and the tagger of known width."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from chemtag.paper.figures.style import (
    COLOURS,
    DARK,
    GREY,
    PAGE_MM,
    counted,
    interval_arms,
    new_figure,
)

PANELS = 3
LEVELS = (("claims", "^"), ("listed", "D"), ("candidates", "v"))
BOUNDS = (
    ("bayes", "Bayes bound, told the centres", ":"),
    ("bayes_map", "most probable class, told the centres", "-."),
)
COLUMNS = [
    "source", "n_field", "role", "setting", "recovered", "recovered_low", "recovered_high",
    "n_false", "n_false_low", "n_false_high", "n_clusters", "n_realisations",
]  # fmt: skip


def data(false_groups: pd.DataFrame, measured: Mapping[str, Any]) -> pd.DataFrame:
    """Return the drawn data (contract figure_false_groups): simulated, and as measured for real.

    `measured` is the document resources/measured/tagger.yaml; nothing of it is of the run.
    """
    real = pd.DataFrame(measured["real_field"]["rows"], columns=measured["real_field"]["columns"])
    parts = [false_groups.assign(source="simulated"), real.assign(source="real")]
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def about(false_groups: pd.DataFrame, measured: Mapping[str, Any]) -> dict[str, Any]:
    """Return the meta of the drawn data: the recipe, and how the real field was measured."""
    real = {key: str(measured["real_field"][key]) for key in ("label", "command", "date")}
    return {"recipe": false_groups.attrs["recipe"], "real_field": real}


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return clusters and false groups of oracle and claims among most simulated field stars."""
    rows = drawn[drawn["source"] == "simulated"]
    rows = rows[rows["n_field"] == rows["n_field"].max()].set_index("role")
    said = [
        f"{words} {rows.loc[role, 'recovered']:.1f} clusters and {rows.loc[role, 'n_false']:.1f} "
        "false groups"
        for role, words in (("oracle", "the oracle of HDBSCAN has"), ("scan_claims", "claims have"))
        if role in rows.index
    ]
    return f"Among {rows['n_field'].iloc[0]:,} simulated field stars {', '.join(said)}."


def draw(data: pd.DataFrame, about: Mapping[str, Any]) -> Figure:
    """Draw a row of panels for simulated and for real field stars, one a number of field stars."""
    rows = {
        f"Recipe {about['recipe']}": data[data["source"] == "simulated"],
        str(about["real_field"]["label"]): data[data["source"] == "real"],
    }
    fields = [sorted(part["n_field"].unique())[-PANELS:] for part in rows.values()]
    figure = new_figure(PAGE_MM, 132)
    panels = figure.subplots(2, max(map(len, fields)), squeeze=False, sharex=True)
    for line, (title, part), numbers in zip(panels, rows.items(), fields, strict=True):
        for axes, n_field in zip(line, numbers, strict=False):
            chosen = part[part["n_field"] == n_field]
            _draw_plane(axes, chosen)
            axes.set_title(f"{title}\n{counted(int(n_field), 'field star')}")
            _name_axes(axes, data["n_false"].max(), int(chosen["n_clusters"].iloc[0]))
        for axes in line[len(numbers) :]:
            axes.set_visible(False)
        line[0].set_ylabel("Clusters recovered at 40 %")
    for axes in panels[-1]:
        axes.set_xlabel("False groups")
    found: dict[str, Any] = {}
    for axes in panels.flat:
        handles, names = axes.get_legend_handles_labels()
        found |= {name: found.get(name, h) for h, name in zip(handles, names, strict=True)}
    figure.legend(list(found.values()), list(found), loc="outside lower center", ncols=3)
    return figure


def _name_axes(axes: Axes, most: float, n_clusters: int) -> None:
    """Symmetric logarithm, linear below one group, so that none at all has a place."""
    axes.set_xscale("symlog", linthresh=1, linscale=0.5)
    axes.set_xlim(-0.15, 2 * max(most, 1))
    ticks = [0, *(10**k for k in range(5) if 10**k <= 2 * most)]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylim(-0.03 * n_clusters, 1.05 * n_clusters)


def _draw_plane(axes: Axes, rows: pd.DataFrame) -> None:
    grid = rows[rows["role"] == "grid"]
    axes.plot(grid["n_false"], grid["recovered"], ls="", marker=".", ms=4, color=GREY, alpha=0.7,
              label="HDBSCAN, each setting of the grid")  # fmt: skip
    for role, words, marker, face, colour in (
        ("headline", "HDBSCAN, headline setting", "o", COLOURS[0], COLOURS[0]),
        ("oracle", "HDBSCAN, oracle: best setting, by truth", "s", "white", COLOURS[1]),
    ):
        _draw_points(axes, rows[rows["role"] == role], marker, face, colour, words)
    for kind, words, face, colour, line in (
        ("detectable", "detectability limit, {}", "white", DARK, "--"),
        ("scan", "known width, {}", COLOURS[2], COLOURS[2], "-"),
    ):
        chain = [rows[rows["role"] == f"{kind}_{level}"] for level, _ in LEVELS]
        joined = pd.concat(chain)
        axes.plot(joined["n_false"], joined["recovered"], ls=line, lw=0.9, color=colour)
        for part, (level, marker) in zip(chain, LEVELS, strict=True):
            _draw_points(axes, part, marker, face, colour, words.format(level))
    for role, words, line in BOUNDS:
        for value in rows.loc[rows["role"] == role, "recovered"]:
            axes.axhline(value, color=DARK, lw=0.9, ls=line, label=words)


def _draw_points(
    axes: Axes, rows: pd.DataFrame, marker: str, face: str, colour: str, words: str
) -> None:
    """Means with the 68 % interval of each, where there is one."""
    across, along = (
        interval_arms(rows[name], rows[f"{name}_low"], rows[f"{name}_high"])
        for name in ("recovered", "n_false")
    )
    axes.errorbar(
        rows["n_false"], rows["recovered"], across, along, fmt=marker, ls="none", ms=4.5,
        color=colour, mfc=face, mew=0.9, lw=0.8, zorder=3, label=words,
    )  # fmt: skip
