"""One sheet a candidate: pattern, Kiel diagram and sky, independent data, verdict."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.base.types import Floats
from chemtag.paper.figures.style import (
    COLOURS,
    DARK,
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
    element_keys: Sequence[str],
) -> pd.DataFrame:  # fmt: skip
    """Return the drawn data (contract figure_vet_sheets): what each panel of each sheet shows."""
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
    parts.append(_rows(vetting["group"], "verdict", vetting["datum"], vetting["p"],
                       vetting["power_70"], np.nan, vetting["verdict"]))  # fmt: skip
    parts.append(_rows(verdicts["group"], "joint", verdicts["candidate"], verdicts["q"],
                       verdicts["n_stars"], np.nan, verdicts["verdict"]))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def about(vetting: pd.DataFrame) -> dict[str, object]:
    """Return which data were simulated."""
    return {"simulated": list(vetting.attrs.get("simulated", []))}


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
    figure = new_figure(PAGE_MM, 118)
    rate = f", false discovery rate {joint.x:.2g}" if np.isfinite(joint.x) else ""
    figure.suptitle(f"{label}: {joint.name}, {joint.y:.0f} stars: {joint.words}{rate}")
    panels = figure.subplot_mosaic("AAAAAABBBFFF;CCCCDDDDEEEE")
    _pattern(panels["A"], own, field)
    _star_plane(panels["B"], own, field, "kiel")
    _star_plane(panels["F"], own, field, "sky")
    names = list(field.loc[field["panel"] == "data", "name"].drop_duplicates())[:MOST_PANELS]
    for at in range(MOST_PANELS):
        axes = panels["CDE"[at]]
        if at < len(names):
            _datum(axes, own, field, names[at], simulated)
        else:
            axes.set_visible(False)
    return figure


def _pattern(axes: Axes, own: pd.DataFrame, field: pd.DataFrame) -> None:
    mine, rest = (t[t["panel"] == "pattern"].sort_values("x") for t in (own, field))
    if mine.empty:
        say_nothing_to_show(axes, "Not tagged by abundances")
        return
    axes.fill_between(rest["x"], rest["y"] - rest["error"], rest["y"] + rest["error"],
                      color=LIGHT, lw=0, label="field, central 68 %")  # fmt: skip
    axes.errorbar(mine["x"], mine["y"], mine["error"], fmt="o", ms=3, lw=0.8, color=COLOURS[0],
                  label="mean of the candidate")  # fmt: skip
    axes.set_xticks(mine["x"], [element_name(name) for name in mine["name"]])
    axes.set_ylabel(f"{ratio_words(list(mine['name']))} (dex)")
    axes.legend(loc="best")


def _star_plane(axes: Axes, own: pd.DataFrame, field: pd.DataFrame, kind: str) -> None:
    if not (own["panel"] == kind).any():
        say_nothing_to_show(axes, "No log g" if kind == "kiel" else "No positions")
        return
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
    verdict = own[(own["panel"] == "verdict") & (own["name"] == datum)]
    words = "cannot tell" if verdict.empty else str(verdict["words"].iloc[0])
    if not verdict.empty and np.isfinite(verdict["x"].iloc[0]):
        words += f", p = {verdict['x'].iloc[0]:.2g}; power {verdict['y'].iloc[0]:.2f}"
    axes.set_title(f"{words}", fontsize=6.5)
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
