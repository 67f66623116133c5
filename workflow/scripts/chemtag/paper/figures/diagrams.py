"""Colour-magnitude diagrams of candidates, with the isochrone of the age found."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    DARK,
    GREY,
    PAGE_MM,
    counted,
    new_figure,
    say_nothing_to_show,
)

# Panels in a row, and candidates that have one: those of most stars.
ACROSS, MOST = 4, 12
TONES = {"supported": COLOURS[2], "contradicted": COLOURS[1], "cannot tell": DARK}


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
    stars = counted(int(one.n_data), "star")
    if not np.isfinite(one.probability):
        return f"{one.candidate}, {stars}"
    p = f", p = {one.p:.2g}" if np.isfinite(one.p) else ""
    inside = "" if one.in_domain else ", out of domain"
    modulus = _between(one.distance_modulus, one.distance_modulus_low, one.distance_modulus_high)
    return (
        f"{one.candidate}, {stars}\nP = {one.probability:.2f}{p}{inside}\n"
        f"log age {_between(one.log_age, one.log_age_low, one.log_age_high)}\n"
        f"(m-M)_0 {modulus} mag\n"
        f"A_V {_between(one.a_v, one.a_v_low, one.a_v_high)} mag"
    )


def _between(value: float, low: float, high: float) -> str:
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def about(diagrams: pd.DataFrame) -> dict[str, object]:
    """Return what the drawn data say of their making: the isochrones, how many candidates."""
    return {"isochrones": diagrams.attrs["isochrones"], "n_candidates": len(diagrams)}


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return the candidates that are drawn, by verdict."""
    said = drawn.loc[drawn["kind"] == "verdict", "words"].str.split("[:,] ", n=2, regex=True)
    found = pd.DataFrame(said.tolist(), columns=["verdict", "candidate", "rest"])
    by_verdict = [
        f"{verdict}: {', '.join(found.loc[found['verdict'] == verdict, 'candidate'])}"
        for verdict in TONES
        if (found["verdict"] == verdict).any()
    ]
    words = "; ".join(by_verdict)
    return f"{words[0].upper()}{words[1:]}." if words else "There is no candidate."


def draw(data: pd.DataFrame, about: dict[str, object], label: str) -> Figure:
    """Draw a panel a candidate: its stars over those of the field, and the isochrone."""
    titles = data[data["kind"] == "verdict"]
    rows = max(1, -(-len(titles) // ACROSS))
    figure = new_figure(PAGE_MM, 18 + 64 * rows)
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
    axes.scatter(
        field["bp_rp"], field["g"], s=1, c=GREY, alpha=0.6, lw=0, zorder=1, rasterized=True
    )
    axes.plot(line["bp_rp"], line["g"], color=COLOURS[1], lw=0.9, zorder=2)
    axes.scatter(stars["bp_rp"], stars["g"], s=6, c=COLOURS[0], lw=0, zorder=3, rasterized=True)
    for name in ("(m-M)_0", "A_V"):
        rest = rest.replace(f"\n{name} ", f"\n${name}$ ")
    axes.set_title(f"{rest}\n{verdict}", fontsize=6.5, color=TONES[verdict])
