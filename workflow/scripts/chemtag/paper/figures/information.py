"""In how many dimensions, and in which elements, clusters differ."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    GREY,
    PAGE_MM,
    element_name,
    element_order,
    interval_arms,
    new_figure,
    say_nothing_to_show,
)
from chemtag.survey.quantities import QUANTITIES


def data(
    spectrum: pd.DataFrame, element_information: pd.DataFrame, element_keys: list[str]
) -> pd.DataFrame:
    """Return the drawn data (contract figure_information); elements in the order of the config."""
    order = element_order(list(element_information["dimension"]), element_keys)
    left = spectrum[spectrum["basis"] != "errors"].rename(
        columns={"basis": "panel", "eigenvalue": "value"}
    )
    left = left.assign(name=left["rank"].astype(str), place=left["rank"])
    columns = ["panel", "place", "name", "value", "low", "high"]
    parts = [left[columns]]
    place = element_information["dimension"].map({name: i for i, name in enumerate(order)})
    for panel, names in (
        ("ratio", ("ratio", "low", "high")),
        ("loss", ("loss", "loss_low", "loss_high")),
    ):
        rows = element_information[["dimension", *names]].set_axis(
            ["name", "value", "low", "high"], axis=1
        )
        parts.append(rows.assign(panel=panel, place=place)[columns])
    return pd.concat(parts, ignore_index=True)


def dimensions_in_words(information: pd.DataFrame) -> str:
    """Return the number of dimensions in which clusters differ (contract information)."""
    if information.empty:
        return "needs three clusters with two members"
    within = information[information["basis"] == "within_sd"].set_index("quantity")
    ratio = within.loc["participation_ratio", ["value", "low", "high"]]
    value, low, high = ratio.astype(float)
    above = float(within["value"].to_dict()["eigenvalues_above_1"])
    return (
        f"participation ratio {value:.1f} (68 %: {low:.1f}–{high:.1f}), "
        f"{above:.0f} eigenvalues above 1"
    )


def draw(
    data: pd.DataFrame,
    information: pd.DataFrame,
    element_information: pd.DataFrame,
    element_keys: list[str],
    label: str,
) -> Figure:
    """Draw eigenvalues (left) and elements (right)."""
    order = element_order(list(element_information["dimension"]), element_keys)
    names = [element_name(column) for column in order]
    figure = new_figure(PAGE_MM, 88)
    grid = figure.subplot_mosaic([["spectrum", "ratio"], ["spectrum", "loss"]])
    figure.suptitle(f"{label}: {dimensions_in_words(information)}")
    if data.empty:
        for axes in grid.values():
            say_nothing_to_show(axes, "nothing is measured")
        return figure
    axes = grid["spectrum"]
    for panel, colour, marker, said in (
        ("within_sd", COLOURS[0], "o", "in units of the scatter within"),
        ("whitened", COLOURS[1], "s", "freed of correlations within"),
    ):
        rows = data[(data["panel"] == panel) & (data["value"] > 0)].sort_values("place")
        arms = interval_arms(rows["value"], rows["low"], rows["high"])
        arms[0] = np.minimum(arms[0], 0.98 * rows["value"])
        axes.errorbar(
            rows["place"], rows["value"], arms, fmt=marker, ms=3.5, color=colour, lw=0.8, label=said
        )
    axes.axhline(1, color=GREY, lw=0.8, ls="--")
    axes.set_yscale("log")
    axes.set_xlabel("Rank of the eigenvalue")
    axes.set_ylabel("Variance between over within clusters")
    axes.legend(loc="upper right")
    for panel, quantity in (
        ("ratio", "Scatter between\nover within"),
        ("loss", "Placed members\nlost without it"),
    ):
        axes = grid[panel]
        rows = data[data["panel"] == panel].sort_values("place")
        arms = interval_arms(rows["value"], rows["low"], rows["high"])
        axes.errorbar(rows["place"], rows["value"], arms, fmt="o", ms=3.5, color=COLOURS[0], lw=0.8)
        axes.axhline(1 if panel == "ratio" else 0, color=GREY, lw=0.8, ls="--")
        axes.set_xticks(range(len(names)), names if panel == "loss" else [""] * len(names))
        axes.set_ylabel(quantity)
    plain = QUANTITIES.keys().isdisjoint(names)
    grid["loss"].set_xlabel("Element" if plain else "Element or quantity")
    return figure
