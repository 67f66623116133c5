"""The plots of the page in Bokeh: chemical map, abundance pattern, sky and [Mg/Fe]-[Fe/H]."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.document import Document
from bokeh.models import (
    BasicTicker,
    BoxSelectTool,
    ColorBar,
    ColumnDataSource,
    CustomJS,
    FactorRange,
    FixedTicker,
    HoverTool,
    LassoSelectTool,
    LinearColorMapper,
    PanTool,
    Range1d,
    TapTool,
    WheelZoomTool,
)
from bokeh.plotting import figure
from bokeh.settings import settings

from chemtag.report.page.sample_map import SampleMap

STAR_COLUMNS = ("x", "y", "ra", "dec", "plane_x", "plane_y", "colour", "size", "small")


@dataclass(frozen=True)
class Plots:
    """JSON of the Bokeh document and, by name of the plot, the element it is drawn in."""

    document: str
    roots: str


def embedded_plots(samples: Mapping[str, SampleMap]) -> Plots:
    """Return the four plots and the arrays of all samples; the page's own script fills them.

    Numbers go as packed arrays, not as text. Equal samples give equal bytes: the identifiers of
    the models are numbered within the document.
    """
    before = settings.simple_ids()
    settings.simple_ids = True
    try:
        document = Document(title="chemtag")
        stars, pattern = star_source(), pattern_source()
        mapper = LinearColorMapper(palette=["#888888"], low=0, high=1, nan_color="#888888")
        bar = ColorBar(
            color_mapper=mapper, visible=False, width=10, padding=4, ticker=BasicTicker(),
            title="", background_fill_alpha=0,
        )  # fmt: skip
        plots = {
            "map": star_plot("map", stars, mapper, ("x", "y")),
            "sky": star_plot("sky", stars, mapper, ("ra", "dec")),
            "plane": star_plot("plane", stars, mapper, ("plane_x", "plane_y")),
            "pattern": pattern_plot(pattern),
        }
        plots["map"].add_layout(bar, "right")
        place_sky(plots["sky"])
        told = CustomJS(args={}, code="window.chemtag.selected()")
        stars.selected.js_on_change("indices", told)
        arrays = {name: dict(sample.arrays) for name, sample in samples.items()}
        models = {"stars": stars, "mapper": mapper, "bar": bar, **plots}
        models |= {"pattern_plot": plots["pattern"], "pattern": pattern}
        start = CustomJS(args={"models": models, "arrays": arrays}, code=START)
        document.js_on_event("document_ready", start)
        for plot in plots.values():
            document.add_root(plot)
        content = document.to_json(deferred=False)
    finally:
        settings.simple_ids = before
    roots = {plot.id: f"plot-{name}" for name, plot in plots.items()}
    whole = renumbered(json.dumps([content, roots], separators=(",", ":")))
    content, roots = json.loads(whole)
    return Plots(json.dumps(content, separators=(",", ":")), json.dumps(roots))


def renumbered(text: str) -> str:
    """Return the JSON with identifiers counted from 1; Bokeh counts on between documents."""
    found: dict[str, str] = {}
    return re.sub(r'"p\d{4,}"', lambda m: found.setdefault(m.group(), f'"p{len(found) + 1}"'), text)


START = "window.chemtag.start(models, arrays)"
HOVER = "window.chemtag.hover(cb_data)"


def star_source() -> ColumnDataSource:
    """Return the empty columns that the script of the page fills for the sample it shows."""
    columns: dict[str, Any] = {name: np.array([], dtype=np.float32) for name in STAR_COLUMNS}
    columns["marker"] = []
    return ColumnDataSource(columns, name="stars")


def pattern_source() -> ColumnDataSource:
    """Return the empty columns of the abundance pattern of a selection."""
    names = ("offset", "low", "high", "base_low", "base_high")
    return ColumnDataSource({"element": [], **{name: [] for name in names}}, name="pattern")


def star_plot(
    name: str, stars: ColumnDataSource, mapper: LinearColorMapper, columns: tuple[str, str]
) -> figure:
    """Return a scatter plot of the stars with pan, zoom, box, lasso and hover."""
    plot = figure(
        name=name,
        x_range=Range1d(0, 1),
        y_range=Range1d(0, 1),
        tools="",
        toolbar_location=None,
        sizing_mode="stretch_both",
        min_height=120,
        min_width=120,
        output_backend="webgl",
        # Without a graphics card, few of the stars are drawn while the map moves.
        lod_threshold=5000,
        lod_timeout=200,
    )
    points = plot.scatter(
        *columns, source=stars, size="size" if name == "map" else "small", marker="marker",
        fill_color={"field": "colour", "transform": mapper}, line_color=None,
        fill_alpha=0.85, selection_fill_alpha=1.0, nonselection_fill_alpha=0.07,
        selection_line_color=None, nonselection_line_color=None,
    )  # fmt: skip
    hover = HoverTool(
        tooltips=None, renderers=[points], callback=CustomJS(args={}, code=HOVER), mode="mouse"
    )
    pan, wheel = PanTool(), WheelZoomTool(zoom_on_axis=False)
    box, lasso = BoxSelectTool(name="box"), LassoSelectTool(name="lasso")
    box.continuous = lasso.continuous = False
    plot.add_tools(pan, wheel, box, lasso, TapTool(), hover)
    plot.toolbar.active_drag = pan if name == "map" else box
    plot.toolbar.active_scroll = wheel if name == "map" else None
    plot.min_border = 4
    return plot


def place_sky(plot: figure) -> None:
    """Give the plot of the sky its axes: right ascension to the left, round numbers of degrees."""
    plot.xaxis.axis_label = "Right ascension (deg, ICRS)"
    plot.yaxis.axis_label = "Declination (deg)"
    plot.x_range.start, plot.x_range.end = 360, 0
    plot.y_range.start, plot.y_range.end = -90, 90
    plot.xaxis.ticker = FixedTicker(ticks=list(range(0, 361, 60)))
    plot.yaxis.ticker = FixedTicker(ticks=list(range(-90, 91, 30)))


def pattern_plot(pattern: ColumnDataSource) -> figure:
    """Return the plot of the mean abundances of a selection about those of the sample."""
    plot = figure(
        name="pattern",
        x_range=FactorRange(factors=[]),
        tools="",
        toolbar_location=None,
        sizing_mode="stretch_both",
        min_height=120,
        min_width=120,
    )
    plot.yaxis.axis_label = "Offset from sample (dex)"
    plot.xaxis.major_label_orientation = 1.2
    plot.vbar(
        "element", width=0.9, bottom="base_low", top="base_high", source=pattern,
        fill_color="#8c8c8c", fill_alpha=0.25, line_color=None,
    )  # fmt: skip
    plot.segment(
        "element", "low", "element", "high", source=pattern, line_color="#0072B2", line_width=2
    )
    plot.scatter("element", "offset", source=pattern, size=7, color="#0072B2", name="means")
    plot.min_border = 4
    return plot
