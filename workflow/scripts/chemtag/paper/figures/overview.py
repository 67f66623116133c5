"""What a sample holds: sky, Kiel diagram, and the plane of iron and an alpha element."""

from collections.abc import Mapping, Sequence

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

    `table_groups` is T2: its clusters are recovered.
    """
    ordinate = ordinate_in(abundances, element_keys)
    drawn = abundances[["star_id"]].copy()
    drawn["cluster"] = drawn["star_id"].map(clusters_of(truth)).fillna("").astype(object)
    drawn["recovered"] = drawn["cluster"].isin(recovered_names(table_groups))
    sources = {name: name for name in ("ra", "dec", "teff", "logg")}
    for name, column in (sources | {"iron": "fe_h", "ratio": ordinate}).items():
        known = abundances[column].astype(float) if column in abundances else np.nan
        drawn[name] = known
    return drawn


def about(abundances: pd.DataFrame, element_keys: list[str]) -> dict[str, str]:
    """Return the meta of the drawn data: column of the ordinate, solar scale."""
    scale = solar_scale_words(abundances.attrs)
    return {"ratio": ordinate_in(abundances, element_keys), "solar_scale": scale}


def draw(data: pd.DataFrame, label: str, about: Mapping[str, str]) -> Figure:
    """Draw sky, Kiel diagram and abundance plane of the drawn data (contract figure_overview)."""
    sizes = data.loc[data["cluster"] != "", "cluster"].value_counts()
    marks = highlighted(sizes, data.loc[data["recovered"], "cluster"].unique())
    rows = -(-(len(marks) + 2) // LEGEND_COLUMNS)
    figure = new_figure(PAGE_MM, 68 + 3.4 * rows)
    sky, kiel, plane = figure.subplots(1, 3)
    field = int((data["cluster"] == "").sum())
    figure.suptitle(
        f"{label}: {counted(len(sizes), 'cluster')}, {counted(int(sizes.sum()), 'member')}, "
        f"{counted(field, 'field star')}"
        if len(sizes)
        else f"{label}: {counted(field, 'star')}, clusters not known"
    )
    _draw_stars(sky, data, "ra", "dec", marks, "no positions in the catalogue")
    _draw_stars(kiel, data, "teff", "logg", marks, "no Teff and log g\nin the catalogue")
    _draw_stars(plane, data, "iron", "ratio", marks, "iron and one more element\nare needed")
    _name_axes(sky, kiel, plane, about["ratio"], about["solar_scale"])
    handles = [mark_handle(mark, name) for name, mark in marks.items()]
    if len(sizes) > len(marks):
        handles.append(mark_handle(OTHER, others_words(len(sizes) - len(marks))))
    if field and len(sizes):
        handles.append(Line2D([], [], ls="", marker="o", ms=3, color=LIGHT, label="field star"))
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=LEGEND_COLUMNS)
    return figure


def _name_axes(sky: Axes, kiel: Axes, plane: Axes, ordinate: str, solar_scale: str) -> None:
    sky.set_xlabel("Right ascension (deg)")
    sky.set_ylabel("Declination (deg)")
    kiel.set_xlabel(r"$T_\mathrm{eff}$ (K)")
    kiel.set_ylabel(r"$\log\,g$ (dex, $g$ in cm s$^{-2}$)")
    plane.set_xlabel("[Fe/H] (dex)" + solar_scale_label(solar_scale, ";\n"))
    if ordinate:
        below = "Fe" if ordinate.endswith("_fe") else "H"
        plane.set_ylabel(f"[{element_name(ordinate)}/{below}] (dex)")
    for axes in (sky, kiel, plane):
        if axes.has_data():
            axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
            axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if sky.has_data():
        sky.invert_xaxis()
    if kiel.has_data():
        kiel.invert_xaxis()
        kiel.invert_yaxis()


def _draw_stars(
    axes: Axes, data: pd.DataFrame, x: str, y: str, marks: dict[str, Mark], absent: str
) -> None:
    known = data[np.isfinite(data[x]) & np.isfinite(data[y])]
    if known.empty:
        say_nothing_to_show(axes, absent)
        return
    field = known[known["cluster"] == ""]
    if len(field):
        axes.scatter(
            field[x], field[y], s=point_size(len(data)), c=LIGHT, lw=0, rasterized=True, zorder=1
        )
    for name, stars in known[known["cluster"] != ""].groupby("cluster", sort=True):
        mark = marks.get(str(name), OTHER)
        axes.scatter(
            stars[x], stars[y], s=9 if str(name) in marks else 4, marker=mark.marker,
            c=mark.colour, lw=0.2, edgecolors="white", zorder=3 if str(name) in marks else 2,
        )  # fmt: skip
    axes.margins(0.04)
