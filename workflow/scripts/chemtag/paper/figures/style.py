"""What all figures share: sizes, colours, symbols of clusters, names of elements, saving."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from chemtag.survey.quantities import QUANTITIES

COLUMN_MM, PAGE_MM = 88.0, 180.0

# Okabe & Ito (2008), without the yellow that vanishes on white paper.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# Seven colours and eleven symbols have no common divisor: 77 pairs before one comes again.
SYMBOLS = ("o", "s", "^", "D", "v", "P", "X", "<", "p", ">", "h")
# Clusters in a legend or a list; further ones would not fit on a page.
PAGE_CLUSTERS = 40
# Units of the values of independent data, as the config gives them.
VALUE_UNITS = {
    "rv": "km/s", "pmra": "mas/yr", "pmdec": "mas/yr", "parallax": "mas", "age": "Gyr",
    "jr": "kpc km/s", "lz": "kpc km/s", "jz": "kpc km/s",
}  # fmt: skip
# Name of the datum that the stage `cmd` adds to those of the config.
DIAGRAM = "colour_magnitude"
GREY, LIGHT, DARK = "#8c8c8c", "#cfcfcf", "#404040"


@dataclass(frozen=True)
class Mark:
    """Symbol and colour of a cluster."""

    marker: str
    colour: str


# Clusters told apart on a map: twice the colours, so that a pair of one colour differs in symbol.
HIGHLIGHTED = 14
# Clusters that are dimmed.
OTHER = Mark("o", GREY)


@contextmanager
def paper_style(sheet: Path) -> Iterator[None]:
    """Apply the style sheet to figures made inside, on top of Matplotlib's own defaults."""
    with mpl.style.context(["default", str(sheet)]):
        yield


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """Return an empty figure of a size in millimetres, with a canvas that can measure text."""
    figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4))
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure | Sequence[Figure], pdf: Path, png: Path) -> None:
    """Write a figure as PDF and PNG at its own size; equal figures give equal bytes.

    Of several figures the PDF has a page each, and the PNG is the first.
    """
    pages = [figure] if isinstance(figure, Figure) else list(figure)
    dates = {"CreationDate": None, "ModDate": None}
    if len(pages) == 1:
        pages[0].savefig(pdf, format="pdf", metadata=dates)
    else:
        with PdfPages(pdf, metadata=dates) as whole:
            for page in pages:
                whole.savefig(page)
    pages[0].savefig(png, format="png", metadata={"Software": None})


def marks_of(names: Sequence[str]) -> dict[str, Mark]:
    """Return a mark for each name, in alphabetical order."""
    return _in_order(sorted(set(names)))


def _in_order(names: Sequence[str]) -> dict[str, Mark]:
    return {
        name: Mark(SYMBOLS[i % len(SYMBOLS)], COLOURS[i % len(COLOURS)])
        for i, name in enumerate(names)
    }


def largest_clusters(sizes: pd.Series) -> list[str]:
    """Return the names of the clusters that fit on a page, in alphabetical order.

    `sizes` gives the members of each cluster by name; those with most members fit.
    """
    order = sorted(sizes.index, key=lambda name: (-sizes[name], name))
    return sorted(order[:PAGE_CLUSTERS])


def sample_marks(sizes: pd.Series) -> dict[str, Mark]:
    """Return the mark of each cluster of a sample, the same in every figure of it.

    `sizes` gives the members of every cluster by name. The clusters that fit on a page come first,
    so that no two of them share a mark.
    """
    shown = largest_clusters(sizes)
    return _in_order([*shown, *sorted(set(sizes.index) - set(shown))])


def mark_handle(mark: Mark, words: str) -> Line2D:
    """Return the entry of a cluster in a legend."""
    return Line2D(
        [], [], ls="", marker=mark.marker, ms=4, mfc=mark.colour, mec=mark.colour, mew=0.6,
        label=words,
    )  # fmt: skip


def wrapped(words: str, most: int) -> str:
    """Return words on as few lines of `most` letters as possible, of about the same length."""
    n_lines = len(textwrap.wrap(words, most))
    for width in range(1, most):
        lines = textwrap.wrap(words, width, break_long_words=False)
        if len(lines) == n_lines and max(map(len, lines), default=0) <= most:
            return "\n".join(lines)
    return textwrap.fill(words, most)


def point_size(n_stars: int) -> float:
    """Return the area of a field star's dot in points squared: smaller where there are many."""
    return float(np.clip(2500 / max(n_stars, 1), 0.4, 5.0))


def recovered_names(table_groups: pd.DataFrame | None) -> set[str]:
    """Return the recovered clusters of a sample from its T2; none where there is no truth."""
    return set() if table_groups is None else set(table_groups["cluster"])


def highlighted(sizes: pd.Series, recovered: Iterable[str]) -> dict[str, Mark]:
    """Return the marks of the clusters that a figure tells apart; all others are dimmed.

    `sizes` gives the members of every cluster of the sample by name. Those of `recovered` are told
    apart; where there are none, or more than an eye can follow, the largest.
    """
    every = sample_marks(sizes)
    chosen = [name for name in set(recovered) if name in every] or list(every)
    order = sorted(chosen, key=lambda name: (-sizes[name], name))[:HIGHLIGHTED]
    return {name: every[name] for name in sorted(order)}


def show_truth(axes: Axes, data: pd.DataFrame, marks: dict[str, Mark]) -> None:
    """Field stars in grey, members by the mark of their cluster, dimmed where it has none."""
    field = data[data["cluster"] == ""]
    axes.scatter(
        field["x"], field["y"], s=point_size(len(data)), c=LIGHT, lw=0, rasterized=True, zorder=1
    )
    for name, stars in data[data["cluster"] != ""].groupby("cluster", sort=True):
        mark = marks.get(str(name), OTHER)
        axes.scatter(
            stars["x"], stars["y"], s=11 if str(name) in marks else 5, marker=mark.marker,
            c=mark.colour, lw=0.25, edgecolors="white", zorder=3 if str(name) in marks else 2,
        )  # fmt: skip


def legend_of(marks: dict[str, Mark], n_others: int, has_field: bool) -> list[Line2D]:
    """Return the entries of a map: clusters, `n_others` more of them, field | noise, groups."""
    handles = [mark_handle(mark, name) for name, mark in marks.items()]
    if n_others:
        handles.append(mark_handle(OTHER, others_words(n_others)))
    grey = mark_handle(Mark("o", LIGHT), "field | noise" if has_field else "noise (right)")
    open_circle = mark_handle(Mark("o", COLOURS[0]), "group without a match" if marks else "group")
    open_circle.set_markerfacecolor("none")
    return [*handles, grey, open_circle]


def others_words(n_others: int) -> str:
    """Return what a legend says of the clusters that are dimmed."""
    return "1 more cluster" if n_others == 1 else f"{n_others} more clusters"


def element_name(column: str) -> str:
    """Return the printed name of a column: `mg_fe` gives Mg, `ti2_fe` Ti II, `pmra` itself.

    Names of up to two letters are symbols of elements, but for cn, the molecule.
    """
    if column in QUANTITIES:
        return column
    key = column.rsplit("_", 1)[0]
    stem, ion = (key[:-1], " II") if key.endswith("2") else (key, "")
    return "CN" if stem == "cn" else stem.capitalize() + ion


def element_order(columns: Sequence[str], elements: Sequence[str]) -> list[str]:
    """Return the abundance columns in the order in which the config lists the elements."""
    rank = {key: i for i, key in enumerate(elements)}
    return sorted(set(columns), key=lambda c: (rank.get(c.rsplit("_", 1)[0], len(rank)), c))


def ratio_words(columns: Sequence[str]) -> str:
    """Return the axis quantity of abundance columns: [X/Fe] with [Fe/H], or [X/H]."""
    return "[X/Fe] (Fe: [Fe/H])" if any(c.endswith("_fe") for c in columns) else "[X/H]"


def solar_scale_words(attrs: Mapping[Any, Any]) -> str:
    """Return the solar scale of a table's meta, or that its catalogue states none."""
    return str(attrs.get("solar_scale") or "not stated by the catalogue")


def solar_scale_label(scale: str, joint: str = "; ") -> str:
    """Return what an axis says of the solar scale; nothing where ratios are of no such scale."""
    return "" if scale.startswith("none") else f"{joint}solar scale: {scale}"


def space_words(space: str) -> str:
    """Return the name of a space as a figure writes it: `error_scaled` gives error-scaled."""
    return space.replace("_", "-")


def say_nothing_to_show(axes: Axes, words: str) -> None:
    """Write in an empty panel why it is empty."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes, color=DARK)


def with_unit(value: str) -> str:
    """Return the name of a value of independent data with its unit, if it has one: `rv (km/s)`."""
    unit = VALUE_UNITS.get(value)
    return f"{value} ({unit})" if unit else value


def counted(number: int, noun: str) -> str:
    """Return a count with its noun, plural where it must be: `1 star`, `2 stars`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def interval_arms(value: Any, low: Any, high: Any) -> np.ndarray:
    """Return the arms of error bars, (2, n); zero where the interval is not defined."""
    middle = np.asarray(value, dtype=float)
    arms = np.stack([middle - np.asarray(low, float), np.asarray(high, float) - middle])
    return np.maximum(np.nan_to_num(arms, nan=0.0), 0.0)


def with_interval(value: float, low: float, high: float) -> str:
    """Return a value with its 68 % interval in words: `0.35 (0.27 to 0.44)`."""
    ends = f" ({low:.2f} to {high:.2f})" if np.isfinite([low, high]).all() else ""
    return f"{value:.2f}{ends}"


def place_labels(
    axes: Axes,
    points: np.ndarray,
    labels: Sequence[str],
    obstacles: np.ndarray,
    size_pt: float | np.ndarray,
) -> None:
    """Write each label beside its point where it hits no other label, no point and no edge.

    `points` (n, 2) and `obstacles` (m, 2), points among them, are in data coordinates; they are
    squares of `size_pt`, one or (m,). Directions and distances are tried in a fixed order; a label
    that finds no free place takes the one with least overlap. A thin line joins a label to a far
    point.
    """
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    renderer = canvas.get_renderer()
    scale = figure.dpi / 72
    around = axes.transData.transform(np.atleast_2d(obstacles))
    halves = np.broadcast_to(np.asarray(size_pt) * scale / 2, len(around))
    taken = [
        Bbox.from_extents(x - half, y - half, x + half, y + half)
        for (x, y), half in zip(around, halves, strict=True)
    ]
    taken += [text.get_window_extent(renderer) for text in axes.texts]
    frame = axes.get_window_extent(renderer).padded(-2 * scale)
    for (x, y), label in zip(axes.transData.transform(points), labels, strict=True):
        text = axes.text(0, 0, label, fontsize=6.5, zorder=6, in_layout=False)
        text.set_path_effects([withStroke(linewidth=1.5, foreground="white")])
        box = text.get_window_extent(renderer)
        half = float(halves[np.hypot(*(around - (x, y)).T).argmin()])
        spot = _free_spot(x, y, box.width, box.height, half, scale, frame, taken)
        taken.append(spot)
        inverse = axes.transData.inverted()
        text.set_position(tuple(inverse.transform((spot.x0, spot.y0))))
        text.set_verticalalignment("bottom")
        nearest = (min(max(x, spot.x0), spot.x1), min(max(y, spot.y0), spot.y1))
        if np.hypot(nearest[0] - x, nearest[1] - y) > half + 1.2 * scale:
            ends = inverse.transform([(x, y), nearest])
            axes.plot(ends[:, 0], ends[:, 1], color=GREY, lw=0.4, zorder=1.5, in_layout=False)


def _free_spot(
    x: float, y: float, w: float, h: float, half: float, scale: float, frame: Bbox, taken: list
) -> Bbox:
    best, least = Bbox.from_bounds(x, y, w, h), np.inf
    for distance in np.arange(1.0, 60.0, 3.0) * scale:
        gap = half + distance
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)):
            left = x + dx * gap - (w if dx < 0 else w / 2 if dx == 0 else 0)
            low = y + dy * gap - (h if dy < 0 else h / 2 if dy == 0 else 0)
            box = Bbox.from_bounds(left, low, w, h)
            inside = Bbox.intersection(box, frame)
            outside = w * h - (inside.width * inside.height if inside is not None else 0)
            padded = Bbox.from_extents(box.x0 - 1, box.y0 - 1, box.x1 + 1, box.y1 + 1)
            shared = (Bbox.intersection(padded, other) for other in taken)
            overlap = 4 * outside + sum(s.width * s.height for s in shared if s is not None)
            if overlap < least:
                best, least = box, overlap
            if least < 1e-6:
                return best
    return best
