"""What survey would make tagging work: recovery over errors and field, surveys marked."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullFormatter, NullLocator
from scipy.interpolate import RegularGridInterpolator

from chemtag.paper.figures.style import (
    COLOURS,
    DARK,
    LIGHT,
    PAGE_MM,
    counted,
    new_figure,
    with_interval,
)

PANELS = (
    ("oracle", "HDBSCAN, best setting of the grid by truth"),
    ("known_width", "Tagger of known width, few false groups"),
)
LEVELS = np.arange(0, 1.01, 0.1)
FINE = 81
MARKERS = "oD^vsP"
PALE = "#f0f0f0"


def data(planner: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract planner): the roles of the two panels."""
    drawn = planner[planner["role"].isin([role for role, _ in PANELS])]
    return drawn.reset_index(drop=True)


def about(planner: pd.DataFrame) -> dict[Any, Any]:
    """Return the meta of the drawn data: that of the table, with recipe."""
    return dict(planner.attrs)


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return what each tagger recovers at the largest field, with the largest and least errors."""
    said = []
    for role, words in PANELS:
        rows = drawn[(drawn["role"] == role) & (drawn["n_field"] == drawn["n_field"].max())]
        ends = rows.sort_values("error_scale").iloc[[-1, 0]].to_dict("records")
        values = [
            f"{with_interval(row['mean'], row['low'], row['high'])} with errors times "
            f"{row['error_scale']:g}"
            for row in ends
        ]
        said.append(
            f"{words}: among {int(ends[0]['n_field']):,} field stars RF40 is {values[0]} and "
            f"{values[1]}."
        )
    return " ".join(said)


def draw(
    data: pd.DataFrame,
    planner_contour: pd.DataFrame,
    planner_points: pd.DataFrame,
    about: Mapping[Any, Any],
) -> Figure:
    """Draw RF40 over errors and field for both taggers, its contour of one half, and surveys."""
    figure = new_figure(PAGE_MM, 104)
    panels = figure.subplots(1, len(PANELS), sharex=True, sharey=True)
    marks = planner_points.drop_duplicates("name").sort_values(["kind", "error_scale"])
    limits = _limits(data, marks)
    filled = None
    for axes, (role, words) in zip(panels, PANELS, strict=True):
        filled = _draw_plane(axes, data[data["role"] == role])
        _draw_half(axes, planner_contour[planner_contour["role"] == role], limits)
        if role == "known_width":
            _draw_limit(axes, planner_contour[planner_contour["role"] == "detectable"])
        _draw_marks(axes, marks, limits)
        axes.set_title(words)
        axes.set_xlabel("Factor on all errors (× 1: S/N = 100)")
    _name_axes(panels[0], data, limits)
    assert filled is not None
    bar = figure.colorbar(filled, ax=panels, pad=0.01, fraction=0.03, aspect=25)
    bar.set_label("RF40, mean of the surveys")
    surveys = int(data["n_realisations"].max())
    figure.suptitle(f"Recipe {about['recipe']}: {counted(surveys, 'simulated survey')}")
    figure.legend(handles=_legend(marks), loc="outside lower center", ncols=2)
    return figure


def _limits(data: pd.DataFrame, marks: pd.DataFrame) -> tuple[float, float, float, float]:
    """Ends of the axes: all cells and all surveys that have a size."""
    scales = [*data["error_scale"], *marks["error_scale"]]
    fields = [*data["n_field"], *marks["n_field"].dropna()]
    return min(scales) / 1.1, max(scales) * 1.15, min(fields) / 1.15, max(fields) * 1.35


def _draw_plane(axes: Axes, rows: pd.DataFrame) -> QuadContourSet:
    """Filled contours between the simulated cells (dots), linear in both logarithms."""
    wide = rows.pivot(index="n_field", columns="error_scale", values="mean")
    field, scale = (np.log(labels.to_numpy(float)) for labels in (wide.index, wide.columns))
    fine = np.meshgrid(*(np.linspace(ax[0], ax[-1], FINE) for ax in (field, scale)), indexing="ij")
    between = RegularGridInterpolator((field, scale), wide.to_numpy())(np.stack(fine, axis=-1))
    axes.set_facecolor(PALE)
    filled = axes.contourf(np.exp(fine[1]), np.exp(fine[0]), between, LEVELS, cmap="cividis")
    dots = rows[["error_scale", "n_field"]]
    axes.plot(dots["error_scale"], dots["n_field"], ls="", marker=".", ms=2.5, color=DARK)
    return filled


def _draw_half(axes: Axes, rows: pd.DataFrame, limits: tuple[float, float, float, float]) -> None:
    """The contour of one half with its 68 % interval; ends beyond the plane at its edge."""
    rows = rows.sort_values("error_scale")
    known = np.isfinite(rows[["low", "high"]]).any(axis=1)
    band = rows[known]
    axes.fill_between(
        band["error_scale"], band["low"].fillna(limits[2]), band["high"].fillna(limits[3]),
        color="white", alpha=0.45, lw=0,
    )  # fmt: skip
    axes.plot(rows["error_scale"], rows["n_field"], color="white", lw=1.6)


def _draw_limit(axes: Axes, rows: pd.DataFrame) -> None:
    rows = rows.sort_values("error_scale")
    axes.plot(rows["error_scale"], rows["n_field"], color=COLOURS[4], lw=1.2, ls="--")


def _draw_marks(axes: Axes, marks: pd.DataFrame, limits: tuple[float, float, float, float]) -> None:
    """Surveys by symbol; those without a size stand at the upper edge, with a line down."""
    for marker, row in zip(MARKERS * len(marks), marks.to_dict("records"), strict=False):
        x, y = row["error_scale"], row["n_field"]
        if not np.isfinite(y):
            axes.axvline(x, color=DARK, lw=0.5, ls=":")
            y = limits[3] / 1.12
        axes.plot([x], [y], **_look(marker, row["kind"]), clip_on=False, zorder=5)


def _look(marker: str, kind: str) -> dict[str, Any]:
    face = {"own": COLOURS[1], "published": "white"}.get(kind, LIGHT)
    return {"ls": "", "marker": marker, "ms": 5, "mec": "black", "mfc": face, "mew": 0.8}


def _legend(marks: pd.DataFrame) -> list[Any]:
    handles: list[Any] = [
        Patch(
            facecolor="white", edgecolor=DARK, lw=0.8, label="RF40 = 0.5 (line), its 68 % interval"
        ),
        Line2D([], [], color=COLOURS[4], lw=1.2, ls="--", label="RF40 = 0.5, told where to look"),
    ]
    for marker, row in zip(MARKERS * len(marks), marks.to_dict("records"), strict=False):
        known = np.isfinite(row["n_field"])
        words = row["name"] if row["kind"] == "own" else f"{row['name']} ({row['label']})"
        words += "" if known else ", errors only"
        handles.append(Line2D([], [], **_look(marker, row["kind"]), label=words))
    return handles


def _name_axes(axes: Axes, data: pd.DataFrame, limits: tuple[float, float, float, float]) -> None:
    scales = sorted(data["error_scale"].unique())
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*limits[:2])
    axes.set_ylim(*limits[2:])
    shown = scales if len(scales) <= 7 else scales[::2]
    axes.set_xticks(shown, [f"{value:g}" for value in shown])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("Field stars")
