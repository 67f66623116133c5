"""Colour-magnitude diagrams of candidates, with the isochrone of the age found."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    GREY,
    LIGHT,
    PAGE_MM,
    new_figure,
    say_nothing_to_show,
)

# Panels in a row, and candidates that have one: those of most stars.
ACROSS, MOST = 4, 12
TONES = {"supported": COLOURS[2], "contradicted": COLOURS[1], "cannot tell": GREY}


def data(diagrams: pd.DataFrame, diagram_points: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_diagrams): points and what is written in each panel.

    The candidates of most stars with photometry, MOST at most; group −1 is the field.
    """
    shown = diagrams.sort_values(["n_data", "group"], ascending=[False, True]).head(MOST)
    points = diagram_points[diagram_points["group"].isin([-1, *shown["group"]])]
    points = points.assign(kind=points["kind"].astype(str), words="")
    title = pd.DataFrame(
        {
            "group": shown["group"], "kind": "verdict", "place": 0, "bp_rp": np.nan, "g": np.nan,
            "words": [f"{one.verdict}: {_words(one)}" for one in shown.itertuples()],
        }
    )  # fmt: skip
    return pd.concat([title, points], ignore_index=True)


def _words(one) -> str:  # type: ignore[no-untyped-def]
    if not np.isfinite(one.probability):
        return f"{one.candidate}, {one.n_data} stars"
    p = f", p = {one.p:.2g}" if np.isfinite(one.p) else ""
    inside = "" if one.in_domain else ", out of domain"
    return (
        f"{one.candidate}, {one.n_data} stars\nP = {one.probability:.2f}{p}{inside}\n"
        f"log age {one.log_age:.2f}, {one.distance_modulus:.1f} mag, A_V {one.a_v:.1f}"
    )


def about(diagrams: pd.DataFrame) -> dict[str, object]:
    """Return what the drawn data say of their making: the isochrones, how many candidates."""
    return {"isochrones": diagrams.attrs["isochrones"], "n_candidates": len(diagrams)}


def draw(data: pd.DataFrame, about: dict[str, object], label: str) -> Figure:
    """Draw a panel a candidate: its stars over those of the field, and the isochrone."""
    titles = data[data["kind"] == "verdict"]
    rows = max(1, -(-len(titles) // ACROSS))
    figure = new_figure(PAGE_MM, 18 + 58 * rows)
    number = int(str(about["n_candidates"]))
    more = f" (the {len(titles)} largest of {number})" if number > len(titles) else ""
    figure.suptitle(f"{label}: candidates{more}; isochrones: {about['isochrones']}")
    panels = figure.subplots(rows, ACROSS, sharex=True, sharey=True, squeeze=False).ravel()
    if titles.empty:
        say_nothing_to_show(panels[0], "there is no candidate")
    stars = data[data["kind"] == "star"]
    for axes, (group, words) in zip(
        panels, zip(titles["group"], titles["words"], strict=True), strict=False
    ):
        _panel(axes, data[data["group"] == group], stars[stars["group"] < 0], words)
    for axes in panels[max(len(titles), 1) :]:
        axes.set_visible(False)
    for axes in panels[max(len(titles) - ACROSS, 0) : len(titles)]:
        axes.tick_params(labelbottom=True)
    if len(stars):
        low, high = np.quantile(stars["bp_rp"], [0.002, 0.998])
        panels[0].set_xlim(low - 0.3, high + 0.3)
        panels[0].set_ylim(stars["g"].max() + 0.4, stars["g"].min() - 0.6)
    figure.supxlabel(r"$G_\mathrm{BP} - G_\mathrm{RP}$ (mag)", fontsize=8)
    figure.supylabel(r"$G$ (mag)", fontsize=8)
    return figure


def _panel(axes: Axes, own: pd.DataFrame, field: pd.DataFrame, words: str) -> None:
    verdict, rest = words.split(": ", 1)
    stars = own[own["kind"] == "star"]
    line = own[own["kind"] == "isochrone"].sort_values("place")
    axes.scatter(field["bp_rp"], field["g"], s=1, c=LIGHT, lw=0, zorder=1, rasterized=True)
    axes.plot(line["bp_rp"], line["g"], color=COLOURS[1], lw=0.9, zorder=2)
    axes.scatter(stars["bp_rp"], stars["g"], s=6, c=COLOURS[0], lw=0, zorder=3, rasterized=True)
    axes.set_title(f"{rest}\n{verdict}", fontsize=6.5, color=TONES[verdict])
