"""One sheet a candidate: pattern, Kiel diagram and sky, independent data, diagram, verdict."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.base.types import Floats
from chemtag.paper.figures.style import (
    COLOURS,
    DARK,
    DIAGRAM,
    GREY,
    LIGHT,
    PAGE_MM,
    element_name,
    element_order,
    new_figure,
    ratio_words,
    say_nothing_to_show,
    with_unit,
)
from chemtag.survey.abundances import element_of

# Sheets of one file, panels of data on a sheet, grey points of the field.
MOST_SHEETS, MOST_PANELS, FIELD_POINTS = 200, 3, 400
FIELD = -1


def data(
    candidates: pd.DataFrame, candidate_members: pd.DataFrame, vetting: pd.DataFrame,
    verdicts: pd.DataFrame, vetting_stars: pd.DataFrame, abundances: pd.DataFrame,
    diagram_points: pd.DataFrame | None, element_keys: Sequence[str],
) -> pd.DataFrame:  # fmt: skip
    """Return the drawn data (contract figure_vet_sheets): what each panel of each sheet shows.

    `diagram_points` are there where colour-magnitude diagrams were judged.
    """
    columns = [str(c) for c in candidates if f"{c}_field" in candidates and element_of(str(c))]
    order = element_order(columns, element_keys)
    inside = abundances["star_id"].isin(candidate_members["star_id"])
    parts = []
    for place, column in enumerate(order):
        other = abundances.loc[~inside, column].to_numpy(dtype=float)
        low, middle, high = np.nanquantile(other, [0.16, 0.5, 0.84]) if len(other) else [np.nan] * 3
        parts.append(_rows([FIELD], "pattern", column, place, [middle], [(high - low) / 2]))
        parts.append(_rows(candidates["group"], "pattern", column, place, candidates[column],
                           candidates[f"{column}_err"]))  # fmt: skip
    rest = abundances.loc[~inside].iloc[:: max(1, int((~inside).sum()) // FIELD_POINTS)]
    for kind, across, up in _planes(candidate_members):
        stars = candidate_members
        parts.append(_rows(stars["group"], kind, "", stars[across], stars[up], np.nan))
        parts.append(_rows([FIELD] * len(rest), kind, "", rest[across], rest[up], np.nan))
    for (datum, value), rows in vetting_stars.groupby(["datum", "value_name"], sort=True):
        name = f"{datum}/{value}"
        own = rows[rows["group"] >= 0]
        parts.append(_rows(own["group"], "data", name, np.nan, own["value"], own["error"]))
        other = rows.loc[rows["group"] < 0, "value"].to_numpy()
        levels = np.quantile(other, np.linspace(0.005, 0.995, 200)) if len(other) else other
        parts.append(_rows([FIELD] * len(levels), "data", name, np.nan, levels, np.nan))
    parts += _diagrams(diagram_points)
    parts.append(_rows(vetting["group"], "verdict", vetting["datum"], vetting["p"],
                       vetting["power_70"], np.nan, vetting["verdict"]))  # fmt: skip
    parts.append(_rows(verdicts["group"], "joint", verdicts["candidate"], verdicts["q"],
                       verdicts["n_stars"], np.nan, verdicts["verdict"]))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def about(vetting: pd.DataFrame) -> dict[str, object]:
    """Return which data were simulated."""
    return {"simulated": list(vetting.attrs.get("simulated", []))}


def _diagrams(points: pd.DataFrame | None) -> list[pd.DataFrame]:
    """Diagrams and isochrones of the candidates, and the field, thinned."""
    if points is None:
        return []
    lines = points[points["kind"] == "isochrone"].sort_values(["group", "place"])
    stars = points[points["kind"] == "star"]
    own, field = stars[stars["group"] >= 0], stars[stars["group"] < 0]
    field = field.iloc[:: max(1, len(field) // FIELD_POINTS)]
    kinds = (("isochrone", lines), ("diagram", own), ("diagram", field))
    return [_rows(t["group"], kind, DIAGRAM, t["bp_rp"], t["g"], np.nan) for kind, t in kinds]


def _planes(members: pd.DataFrame) -> list[tuple[str, str, str]]:
    return [
        (kind, across, up)
        for kind, across, up in (("kiel", "teff", "logg"), ("sky", "ra", "dec"))
        if {across, up} <= set(members.columns) and members[across].notna().any()
    ]


def _rows(group, panel, name, x, y, error, words="") -> pd.DataFrame:  # type: ignore[no-untyped-def]
    """Rows of one panel; anything but `group` may be one value for all."""
    group = np.asarray(group, dtype=np.int64)
    table = pd.DataFrame({"group": group})
    table["panel"] = panel
    for column, values in {"name": name, "x": x, "y": y, "error": error, "words": words}.items():
        table[column] = values if isinstance(values, (str, int, float)) else np.asarray(values)
    return table.astype({"x": float, "y": float, "error": float})


def draw(data: pd.DataFrame, about: dict[str, object], label: str) -> list[Figure]:
    """Return a sheet a candidate, in the order of their numbers; one sheet that says so if none."""
    joint = data[data["panel"] == "joint"].sort_values("group")
    if joint.empty:
        figure = new_figure(PAGE_MM, 40)
        say_nothing_to_show(figure.subplots(), f"{label}: there is no candidate")
        return [figure]
    simulated = set(about["simulated"])  # type: ignore[call-overload]
    field = data[data["group"] == FIELD]
    own = {int(number): rows for number, rows in data.groupby("group")}  # type: ignore[arg-type]
    return [
        _sheet(own[int(str(row.group))], field, row, label, simulated)
        for row in joint.head(MOST_SHEETS).itertuples()
    ]


def _sheet(own: pd.DataFrame, field: pd.DataFrame, joint, label: str, simulated: set) -> Figure:  # type: ignore[no-untyped-def]
    names = list(field.loc[field["panel"] == "data", "name"].drop_duplicates())[:MOST_PANELS]
    above = [panel for panel in ("pattern", "kiel", "sky") if (own["panel"] == panel).any()]
    judged = (own["panel"] == "verdict") & (own["name"] == DIAGRAM)
    places = _places(above, [*names, DIAGRAM] if judged.any() else names)
    figure = new_figure(PAGE_MM, 4 + 57 * len(places))
    rate = f", false discovery rate {joint.x:.2g}" if np.isfinite(joint.x) else ""
    figure.suptitle(f"{label}: {joint.name}, {joint.y:.0f} stars: {joint.words}{rate}")
    panels: dict[Any, Axes] = figure.subplot_mosaic(places)  # type: ignore[arg-type]
    if "pattern" in panels:
        _pattern(panels["pattern"], own, field)
    for plane in ("kiel", "sky"):
        if plane in panels:
            _star_plane(panels[plane], own, field, plane)
    for name in names:
        _datum(panels[name], own, field, name, simulated)
    if DIAGRAM in panels:
        _diagram(panels[DIAGRAM], own, field)
    return figure


def _places(above: Sequence[str], below: Sequence[str]) -> list[list[str]]:
    """Rows of twelve cells, each with the name of its panel.

    The pattern is as wide as two others and has the first row; without it all follow each other.
    """
    if "pattern" in above:
        rows, across = [[("pattern", 6), *((name, 3) for name in above[1:])]], max(len(below), 3)
    else:
        below, rows, across = [*above, *below], [], 3
    for first in range(0, len(below), across):
        rows.append([(name, 12 // across) for name in below[first : first + across]])
    cells = [[name for name, width in row for _ in range(width)] for row in rows]
    return [row + ["."] * (12 - len(row)) for row in cells]


def _pattern(axes: Axes, own: pd.DataFrame, field: pd.DataFrame) -> None:
    mine, rest = (t[t["panel"] == "pattern"].sort_values("x") for t in (own, field))
    axes.fill_between(rest["x"], rest["y"] - rest["error"], rest["y"] + rest["error"],
                      color=LIGHT, lw=0, label="field, central 68 %")  # fmt: skip
    axes.errorbar(mine["x"], mine["y"], mine["error"], fmt="o", ms=3, lw=0.8, color=COLOURS[0],
                  label="mean of the candidate")  # fmt: skip
    axes.set_xticks(mine["x"], [element_name(name) for name in mine["name"]])
    axes.set_ylabel(f"{ratio_words(list(mine['name']))} (dex)")
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)


def _star_plane(axes: Axes, own: pd.DataFrame, field: pd.DataFrame, kind: str) -> None:
    centre = None if kind == "kiel" else _centre(own.loc[own["panel"] == kind, "x"].to_numpy())
    for table, tone, size, z in ((field, LIGHT, 2, 1), (own, COLOURS[0], 10, 2)):
        rows = table[table["panel"] == kind]
        across = rows["x"].to_numpy()
        across = across if centre is None else _turned(across, centre)
        axes.scatter(across, rows["y"], s=size, c=tone, lw=0, zorder=z, rasterized=True)
    axes.invert_xaxis()
    if kind == "kiel":
        axes.invert_yaxis()
        axes.set_xlabel(r"$T_\mathrm{eff}$ (K)")
        axes.set_ylabel(r"$\log g$ (dex)")
    else:
        # Half a turn beyond 0 or 360 is a right ascension as well.
        axes.xaxis.set_major_formatter(lambda value, _: f"{round(value % 360, 6) % 360:g}")
        axes.set_xlabel("Right ascension (deg)")
        axes.set_ylabel("Declination (deg)")
    axes.locator_params(axis="x", nbins=4)


def _centre(ra: Floats) -> float:
    """The mean direction of right ascensions (n,) in degrees, those without a value left out."""
    return float(np.degrees(np.angle(np.nanmean(np.exp(1j * np.radians(ra))))))


def _turned(ra: Floats, centre: float) -> Floats:
    """Right ascensions (n,) within half a turn of `centre`, in degrees."""
    return centre + (ra - centre + 180) % 360 - 180


def _datum(axes: Axes, own: pd.DataFrame, field: pd.DataFrame, name: str, simulated: set) -> None:
    """Values of the members with their errors, ranked, above the spread of the field."""
    datum, value = name.rsplit("/", 1)
    mine = own[(own["panel"] == "data") & (own["name"] == name)].sort_values("y")
    rest = field.loc[(field["panel"] == "data") & (field["name"] == name), "y"]
    axes.set_title(_said(own, datum), fontsize=6.5)
    axes.set_xlabel(f"{datum}: {with_unit(value)}" + (", simulated" if datum in simulated else ""))
    low, high = np.quantile(rest, [0.16, 0.84]) if len(rest) else (np.nan, np.nan)
    axes.axvspan(low, high, color=LIGHT, lw=0, alpha=0.7)
    axes.axvline(float(np.median(rest)) if len(rest) else np.nan, color=GREY, lw=0.8, ls="--")
    if mine.empty:
        axes.text(0.5, 0.5, "no star has it", transform=axes.transAxes, ha="center", color=DARK)
    else:
        axes.errorbar(mine["y"], np.arange(len(mine)), xerr=mine["error"], fmt="o", ms=2.5,
                      lw=0.7, color=COLOURS[0])  # fmt: skip
    axes.set_yticks([])
    axes.set_ylabel("Stars, ranked")
    axes.locator_params(axis="x", nbins=5)


def _said(own: pd.DataFrame, datum: str) -> str:
    """The verdict of a datum on a candidate, its p and its power at purity 0.7."""
    verdict = own[(own["panel"] == "verdict") & (own["name"] == datum)]
    if verdict.empty:
        return "cannot tell"
    words = str(verdict["words"].iloc[0])
    if np.isfinite(verdict["x"].iloc[0]):
        words += f", p = {verdict['x'].iloc[0]:.2g}; power {verdict['y'].iloc[0]:.2f}"
    return words


def _diagram(axes: Axes, own: pd.DataFrame, field: pd.DataFrame) -> None:
    """The stars on the colour-magnitude diagram of the field, with the isochrone of their age."""
    axes.set_title(_said(own, DIAGRAM), fontsize=6.5)
    for table, tone, size, z in ((field, LIGHT, 2, 1), (own, COLOURS[0], 6, 3)):
        rows = table[table["panel"] == "diagram"]
        axes.scatter(rows["x"], rows["y"], s=size, c=tone, lw=0, zorder=z, rasterized=True)
    seen = pd.concat([t[t["panel"] == "diagram"] for t in (own, field)])
    line = own[own["panel"] == "isochrone"]
    axes.plot(line["x"], line["y"], color=COLOURS[1], lw=0.9, zorder=2)
    if len(seen):
        axes.set_xlim(seen["x"].min() - 0.2, seen["x"].max() + 0.2)
        axes.set_ylim(seen["y"].max() + 0.4, seen["y"].min() - 0.4)
    axes.set_xlabel(r"$G_\mathrm{BP} - G_\mathrm{RP}$ (mag)")
    axes.set_ylabel(r"$G$ (mag)")
    axes.locator_params(axis="x", nbins=5)
