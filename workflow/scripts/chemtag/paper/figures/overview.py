"""What a sample holds: sky, Kiel diagram, plane of iron and an alpha element; motions where it has.

A sample with astrometry is drawn by its proper motions, parallaxes and colours as well, and by what
else its catalogue gives.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from chemtag.paper.figures.style import (
    LIGHT,
    OTHER,
    PAGE_MM,
    Mark,
    counted,
    element_name,
    element_order,
    highlighted,
    mark_handle,
    new_figure,
    others_words,
    point_size,
    recovered_names,
    say_nothing_to_show,
    solar_scale_label,
    solar_scale_words,
)
from chemtag.paper.tables import clusters_of

# Elements for the ordinate, the best measured alpha elements first.
ORDINATES = ("mg", "si", "o", "ca", "ti")
LEGEND_COLUMNS = 6
CROWD = 150
"""Members of a cluster above which their symbols are small."""
ASTROMETRIC = ("xi", "eta", "pmra", "pmdec", "parallax", "phot_g_mean_mag", "bp_rp")
OUTLYING = 1.0
"""Per cent of the field stars beyond each end of an axis of proper motion or parallax."""


class Panel(NamedTuple):
    """Columns of the drawn data, names of the axes, what runs backwards, and why it is empty."""

    x: str
    y: str
    xlabel: str
    ylabel: str
    backwards: str
    absent: str
    cut: bool = False


SKY = Panel("ra", "dec", "Right ascension (deg)", "Declination (deg)", "x",
            "no positions in the catalogue")  # fmt: skip
PLACES = Panel("xi", "eta", r"$\xi$ (deg)", r"$\eta$ (deg)", "x", "no places in the cone")
KIEL = Panel("teff", "logg", r"$T_\mathrm{eff}$ (K)", r"$\log\,g$ (dex, $g$ in cm s$^{-2}$)", "xy",
             "no Teff and log g\nin the catalogue")  # fmt: skip
MOTIONS = Panel("pmra", "pmdec", r"$\mu_{\alpha*}$ (mas yr$^{-1}$)",
                r"$\mu_\delta$ (mas yr$^{-1}$)", "", "no proper motions", cut=True)  # fmt: skip
PARALLAX = Panel("parallax", "phot_g_mean_mag", "Parallax (mas)", "$G$ (mag)", "y",
                 "no parallax and $G$", cut=True)  # fmt: skip
COLOURS_OF_STARS = Panel("bp_rp", "phot_g_mean_mag", "BP $-$ RP (mag)", "$G$ (mag)", "y",
                         "no colours")  # fmt: skip


def ordinate_of(columns: Sequence[str]) -> str:
    """Return the abundance column for the ordinate: an alpha element, else the first beside iron.

    Empty where the sample has no element beside iron.
    """
    others = [column for column in columns if column != "fe_h"]
    by_key = {column.rsplit("_", 1)[0]: column for column in others}
    alpha = [by_key[key] for key in ORDINATES if key in by_key]
    return next(iter([*alpha, *others]), "")


def ordinate_in(abundances: pd.DataFrame, element_keys: list[str]) -> str:
    """Return the column of the ordinate in a table of abundances of the elements of the config."""
    names = (f"{key}_{below}" for key in element_keys for below in ("fe", "h"))
    return ordinate_of(element_order([c for c in names if c in abundances], element_keys))


def data(
    abundances: pd.DataFrame,
    truth: pd.DataFrame | None,
    table_groups: pd.DataFrame | None,
    element_keys: list[str],
) -> pd.DataFrame:
    """Return the drawn data (contract figure_overview), one row a star of the sample.

    `table_groups` is T2: its clusters are recovered. Columns of astrometry and photometry are there
    for a sample that is tagged by astrometry.
    """
    ordinate = ordinate_in(abundances, element_keys)
    drawn = abundances[["star_id"]].copy()
    drawn["cluster"] = drawn["star_id"].map(clusters_of(truth)).fillna("").astype(object)
    drawn["recovered"] = drawn["cluster"].isin(recovered_names(table_groups))
    sources = {name: name for name in ("ra", "dec", "teff", "logg")}
    for name, column in (sources | {"iron": "fe_h", "ratio": ordinate}).items():
        known = abundances[column].astype(float) if column in abundances else np.nan
        drawn[name] = known
    if set(abundances.attrs.get("features", [])) & set(ASTROMETRIC):
        for name in [column for column in ASTROMETRIC if column in abundances]:
            drawn[name] = abundances[name].astype(float)
    return drawn


def about(abundances: pd.DataFrame, element_keys: list[str]) -> dict[str, str]:
    """Return the meta of the drawn data: column of the ordinate, solar scale."""
    scale = solar_scale_words(abundances.attrs)
    return {"ratio": ordinate_in(abundances, element_keys), "solar_scale": scale}


def panels_of(data: pd.DataFrame, ordinate: str, solar_scale: str) -> list[Panel]:
    """Return the panels of the drawn data: three, and more for a sample with astrometry.

    Of such a sample those of which nothing is known are left out.
    """
    ratio = f"[{element_name(ordinate)}/{'Fe' if ordinate.endswith('_fe') else 'H'}] (dex)"
    iron = "[Fe/H] (dex)" + solar_scale_label(solar_scale, ";\n")
    absent = "iron and one more element\nare needed"
    plane = Panel("iron", "ratio", iron, ratio if ordinate else "", "", absent)
    if not set(ASTROMETRIC) & set(data):
        return [SKY, KIEL, plane]
    sky = PLACES if {"xi", "eta"} <= set(data) else SKY
    others = [MOTIONS, PARALLAX, COLOURS_OF_STARS, KIEL, plane]
    return [sky, *(panel for panel in others if len(known_in(data, panel)))]


def known_in(data: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Stars of which both columns of a panel are known."""
    if not {panel.x, panel.y} <= set(data):
        return data.iloc[:0]
    return data[np.isfinite(data[panel.x]) & np.isfinite(data[panel.y])]


def draw(data: pd.DataFrame, label: str, about: Mapping[str, str]) -> Figure:
    """Draw the panels of the drawn data (contract figure_overview)."""
    sizes = data.loc[data["cluster"] != "", "cluster"].value_counts()
    marks = highlighted(sizes, data.loc[data["recovered"], "cluster"].unique())
    panels = panels_of(data, about["ratio"], about["solar_scale"])
    columns = 2 if len(panels) == 4 else min(len(panels), 3)
    lines = -(-len(panels) // columns)
    rows = -(-(len(marks) + 2) // LEGEND_COLUMNS)
    figure = new_figure(PAGE_MM, 10 + 58 * lines + 3.4 * rows)
    field = int((data["cluster"] == "").sum())
    figure.suptitle(
        f"{label}: {counted(len(sizes), 'cluster')}, {counted(int(sizes.sum()), 'member')}, "
        f"{counted(field, 'field star')}"
        if len(sizes)
        else f"{label}: {counted(field, 'star')}, clusters not known"
    )
    places = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes, panel in zip(places, panels, strict=False):
        _draw_panel(axes, data, panel, marks)
    for axes in places[len(panels) :]:
        axes.set_visible(False)
    handles = [mark_handle(mark, name) for name, mark in marks.items()]
    if len(sizes) > len(marks):
        handles.append(mark_handle(OTHER, others_words(len(sizes) - len(marks))))
    if field and len(sizes):
        handles.append(Line2D([], [], ls="", marker="o", ms=3, color=LIGHT, label="field star"))
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=LEGEND_COLUMNS)
    return figure


def _draw_panel(axes: Axes, data: pd.DataFrame, panel: Panel, marks: dict[str, Mark]) -> None:
    """Draw the stars of a panel and name its axes."""
    axes.set_xlabel(panel.xlabel)
    axes.set_ylabel(panel.ylabel)
    known = known_in(data, panel)
    if known.empty:
        say_nothing_to_show(axes, panel.absent)
        return
    _draw_stars(axes, known, panel, marks, point_size(len(data)))
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if panel == PLACES:
        axes.set_aspect("equal", adjustable="datalim")
    if panel.cut:
        axes.set_xlim(*_limits(known, panel.x))
        if panel.y == "pmdec":
            axes.set_ylim(*_limits(known, panel.y))
    if "x" in panel.backwards:
        axes.invert_xaxis()
    if "y" in panel.backwards:
        axes.invert_yaxis()


def _limits(known: pd.DataFrame, column: str) -> tuple[float, float]:
    """Ends of an axis that hold all members and the field but its outlying stars."""
    member = (known["cluster"] != "").to_numpy()
    values = known[column].to_numpy()
    ends = [*values[member]]
    if not member.all():
        ends += [*np.percentile(values[~member], [OUTLYING, 100 - OUTLYING])]
    low, high = min(ends), max(ends)
    margin = 0.04 * (high - low) or 1.0
    return low - margin, high + margin


def _draw_stars(
    axes: Axes, known: pd.DataFrame, panel: Panel, marks: dict[str, Mark], size: float
) -> None:
    """Field stars in grey, members above them by the mark of their cluster."""
    field = known[known["cluster"] == ""]
    if len(field):
        axes.scatter(
            field[panel.x], field[panel.y], s=size, c=LIGHT, lw=0, rasterized=True, zorder=1
        )
    for name, stars in known[known["cluster"] != ""].groupby("cluster", sort=True):
        mark = marks.get(str(name), OTHER)
        axes.scatter(
            stars[panel.x], stars[panel.y],
            s=9 if str(name) in marks and len(stars) <= CROWD else 4, marker=mark.marker,
            c=mark.colour, lw=0.2, edgecolors="white", zorder=3 if str(name) in marks else 2,
        )  # fmt: skip
    axes.margins(0.04)
