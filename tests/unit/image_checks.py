"""Checks of a Matplotlib figure: readable text inside the page, no empty panel, marks counted."""

from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection, LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

SMALLEST_PT = 6.0
WIDTHS_MM = (88.0, 180.0)
PAGE_HEIGHT_MM = 267.0


def texts_of(figure: Figure) -> list[tuple[str, Bbox, float]]:
    """Visible texts: words, box in pixels, size in points."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    renderer = canvas.get_renderer()
    hidden = hidden_texts(figure)
    return [
        (text.get_text(), text.get_window_extent(renderer), text.get_fontsize())
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden
    ]


def hidden_texts(figure: Figure) -> set[int]:
    """Texts of hidden panels, and labels of ticks that lie outside their axis."""
    hidden = set()
    for axes in figure.axes:
        if not axes.get_visible():
            hidden |= {id(text) for text in axes.findobj(Text)}
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-9 * max(abs(low), abs(high))
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not low - slack <= tick.get_loc() <= high + slack:
                    hidden |= {id(tick.label1), id(tick.label2)}
    return hidden


def faults(figure: Figure) -> list[str]:
    """What a referee would send back: wrong size, text clipped, covered or small, empty panels."""
    found = texts_of(figure)
    width, height = figure.canvas.get_width_height()
    wrong = [
        f"{words!r} leaves the canvas"
        for words, box, _ in found
        if box.x0 < -0.5 or box.y0 < -0.5 or box.x1 > width + 0.5 or box.y1 > height + 0.5
    ]
    wrong += [f"{words!r} is {size} pt" for words, _, size in found if size < SMALLEST_PT]
    for (one, a, _), (two, b, _) in combinations(found, 2):
        shared = Bbox.intersection(a, b)
        # boxes include the line height, so a touch of one pixel is white on white
        if shared is not None and shared.width > 1 and shared.height > 1:
            wrong.append(f"{one!r} covers {two!r}")
    wrong += [
        f"panel {number} is empty and does not say why"
        for number, axes in enumerate(a for a in figure.axes if a.get_visible())
        if not axes.has_data() and not any(t.get_text().strip() for t in axes.texts)
    ]
    for axes in (a for a in figure.axes if a.get_visible()):
        wrong += covered_marks(axes)
        wrong += long_labels(axes)
    across, high = figure.get_size_inches() * 25.4
    if not np.isclose(across, WIDTHS_MM).any() or high > PAGE_HEIGHT_MM:
        wrong.append(f"{across:.0f} mm x {high:.0f} mm is no figure of a page")
    return wrong


def covered_marks(axes: Axes) -> list[str]:
    """Points of lines and scatters that lie under the legend of their panel."""
    legend = axes.get_legend()
    if legend is None:
        return []
    box = legend.get_window_extent()
    points = [axes.transData.transform(line.get_xydata()) for line in axes.lines
              if line.get_transform() == axes.transData]  # fmt: skip
    points += [axes.transData.transform(artist.get_offsets()) for artist in axes.collections
               if isinstance(artist, PathCollection)]  # fmt: skip
    under = sum(int(box.contains(x, y)) for part in points for x, y in np.asarray(part, float))
    return [f"the legend lies on {under} points"] if under else []


def long_labels(axes: Axes) -> list[str]:
    """Labels of axes that are longer than their axis and so run into what stands beside it."""
    frame = axes.get_window_extent()
    slack = 1.02
    wrong = []
    for label, side in ((axes.yaxis.label, "height"), (axes.xaxis.label, "width")):
        long = getattr(label.get_window_extent(), side)
        if label.get_text() and long > slack * getattr(frame, side):
            wrong.append(f"the label {label.get_text()!r} is longer than its axis")
    return wrong


def n_marks(axes: Axes) -> int:
    """Symbols and bars of a panel: points of scatters, symbols of lines, patches and segments.

    Hidden artists, legends and artists without any finite point do not count.
    """
    return (
        sum(_in_collection(artist) for artist in axes.collections)
        + sum(_in_line(line) for line in axes.lines)
        + sum(_is_drawn(patch) for patch in axes.patches)
    )


def _in_collection(artist: Collection) -> int:
    if isinstance(artist, PathCollection):
        return int(np.isfinite(np.ma.filled(artist.get_offsets(), np.nan)).all(axis=1).sum())
    if isinstance(artist, LineCollection):
        return 0
    return int(bool(artist.get_paths()))


def _in_line(line) -> int:
    # strokes are the caps of error bars
    if str(line.get_marker()) in ("None", "", " ", "_", "|"):
        return 0
    return int(np.isfinite(np.asarray(line.get_xydata(), float)).all(axis=1).sum())


def _is_drawn(patch: Patch) -> bool:
    size = patch.get_window_extent()
    return bool(patch.get_visible() and size.width > 0 and size.height > 0)
