"""Power of each independent datum against its error."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from chemtag.paper.figures.style import (
    COLOURS,
    GREY,
    PAGE_MM,
    SYMBOLS,
    new_figure,
    say_nothing_to_show,
    with_unit,
)


def data(vetting_power: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract vetting_power): the table of the sample."""
    return vetting_power


def about(vetting_power: pd.DataFrame) -> dict[str, object]:
    """Return what the drawn data say of their making."""
    found = vetting_power.attrs
    return {"alpha": found.get("alpha", 0.05), "simulated": list(found.get("simulated", []))}


def draw(data: pd.DataFrame, about: dict[str, object], label: str) -> Figure:
    """Draw a panel a datum (four at most), a curve a purity; dashed: the median error as it is."""
    names = list(data["datum"].drop_duplicates())[:4]
    figure = new_figure(PAGE_MM, 66)
    figure.suptitle(label)
    panels = figure.subplots(1, max(len(names), 1), sharey=True, squeeze=False)[0]
    if not names:
        say_nothing_to_show(panels[0], "No datum has enough stars")
    for axes, name in zip(panels, names, strict=False):
        rows = data[data["datum"] == name]
        for at, (purity, curve) in enumerate(rows.groupby("purity", sort=True)):
            axes.plot(
                curve["error"], curve["power"], marker=SYMBOLS[at], color=COLOURS[at], ms=3.5,
                lw=0.9, label=f"purity {purity:g}", clip_on=False,
            )  # fmt: skip
        axes.axhline(float(str(about["alpha"])), color=GREY, lw=0.7, ls=":")
        axes.axvline(rows["median_error"].iloc[0], color=GREY, lw=0.8, ls="--")
        axes.set_xscale("log")
        ticks = np.unique(rows["error"])[::2]
        axes.set_xticks(ticks, [f"{tick:.2g}" for tick in ticks])
        axes.xaxis.set_minor_formatter(NullFormatter())
        value = rows["value_name"].iloc[0]
        axes.set_xlabel(f"Error of {with_unit(value)}")
        simulated = ", simulated" if name in list(about["simulated"]) else ""  # type: ignore[call-overload]
        axes.set_title(f"{name}{simulated}; groups of {rows['n_stars'].iloc[0]}")
    panels[0].set_ylim(0, 1.02)
    if names:
        panels[0].set_ylabel("Power")
        handles, words = panels[0].get_legend_handles_labels()
        figure.legend(handles, words, loc="outside lower center", ncols=3)
    return figure
