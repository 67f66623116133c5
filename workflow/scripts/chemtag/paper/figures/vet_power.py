"""Power of each independent datum against its error."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from chemtag.paper.figures.style import (
    COLOURS,
    DIAGRAM,
    GREY,
    PAGE_MM,
    SYMBOLS,
    new_figure,
    say_nothing_to_show,
    with_unit,
)

# What the power of diagrams is drawn against, in place of an error.
STARS = "stars"


def data(vetting_power: pd.DataFrame, vetting: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_vet_power): power of each datum by its error.

    A diagram has no one error: its power is that for each candidate, by the stars that have it.
    """
    curves = vetting_power.rename(columns={"error": "place"})
    judged = vetting[(vetting["datum"] == DIAGRAM) & vetting["power_70"].notna()]
    names = [str(name) for name in vetting if str(name).removeprefix("power_").isdigit()]
    powers = {int(name.removeprefix("power_")) / 100: name for name in names}
    parts = [
        pd.DataFrame(
            {
                "datum": DIAGRAM, "value_name": STARS, "purity": purity,
                "place": judged["n_data"].astype(float), "power": judged[name],
                "n_stars": judged["n_data"], "median_error": np.nan,
            }
        )
        for purity, name in powers.items()
    ]  # fmt: skip
    shown = [part for part in (curves, *parts) if len(part)]
    found = pd.concat(shown, ignore_index=True) if shown else curves
    return found.sort_values(["datum", "purity", "place"], kind="stable", ignore_index=True)


def about(vetting_power: pd.DataFrame) -> dict[str, object]:
    """Return what the drawn data say of their making."""
    found = vetting_power.attrs
    return {"alpha": found.get("alpha", 0.05), "simulated": list(found.get("simulated", []))}


def draw(data: pd.DataFrame, about: dict[str, object], label: str) -> Figure:
    """Draw a panel a datum (four at most), a curve a purity; dashed: the median error as it is.

    Of diagrams, in the last panel, a point a candidate.
    """
    every = list(data["datum"].drop_duplicates())
    own = [name for name in every if name == DIAGRAM]
    names = [*[name for name in every if name != DIAGRAM][: 4 - len(own)], *own]
    figure = new_figure(PAGE_MM, 66)
    figure.suptitle(label)
    panels = figure.subplots(1, max(len(names), 1), sharey=True, squeeze=False)[0]
    if not names:
        say_nothing_to_show(panels[0], "No datum has enough stars")
    for axes, name in zip(panels, names, strict=False):
        _panel(axes, data[data["datum"] == name], name in list(about["simulated"]))  # type: ignore[call-overload]
        axes.axhline(float(str(about["alpha"])), color=GREY, lw=0.7, ls=":")
    panels[0].set_ylim(0, 1.02)
    if names:
        panels[0].set_ylabel("Power")
        handles, words = panels[0].get_legend_handles_labels()
        figure.legend(handles, words, loc="outside lower center", ncols=3)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, simulated: bool) -> None:
    name, value = rows["datum"].iloc[0], rows["value_name"].iloc[0]
    diagram = value == STARS
    for at, (purity, curve) in enumerate(rows.groupby("purity", sort=True)):
        axes.plot(
            curve["place"], curve["power"], marker=SYMBOLS[at], color=COLOURS[at], ms=3.5,
            lw=0.9, ls="" if diagram else "-", label=f"purity {purity:g}", clip_on=False,
        )  # fmt: skip
    axes.set_xscale("log")
    if diagram:
        axes.set_xlabel("Stars of the candidate")
        axes.set_title(f"{DIAGRAM.replace('_', '-')}; a point a candidate")
    else:
        axes.axvline(rows["median_error"].iloc[0], color=GREY, lw=0.8, ls="--")
        axes.set_xlabel(f"Error of {with_unit(value)}")
        words = ", simulated" if simulated else ""
        axes.set_title(f"{name}{words}; groups of {rows['n_stars'].iloc[0]}")
    places = np.unique(rows["place"])
    ticks = np.unique(np.geomspace(places[0], places[-1], 3).round()) if diagram else places[::2]
    axes.set_xticks(ticks, [f"{tick:.0f}" if diagram else f"{tick:.2g}" for tick in ticks])
    axes.xaxis.set_minor_formatter(NullFormatter())
