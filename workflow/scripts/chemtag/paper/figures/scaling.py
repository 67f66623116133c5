"""How the time of the clustering algorithms grows with the number of stars."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    DARK,
    LIGHT,
    PAGE_MM,
    interval_arms,
    marks_of,
    new_figure,
)

# Below so many stars the time of a run is that of its start as much as that of its work.
LARGE = 3000


def data(timings: pd.DataFrame, scaling: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract figure_scaling): times by size, exponents by algorithm."""
    done = timings[timings["status"] == "ok"].groupby(["algorithm", "n_stars"])["seconds"]
    times = done.agg(value="median", low="min", high="max").reset_index()
    fits = scaling.rename(columns={"exponent": "value"}).assign(n_stars=0)
    columns = ["algorithm", "n_stars", "value", "low", "high", "stated_exponent", "note"]
    return pd.concat(
        [times.assign(stated_exponent=np.nan, note=""), fits[columns]], ignore_index=True
    )[columns]


def draw(data: pd.DataFrame, scaling: pd.DataFrame, label: str) -> Figure:
    """Draw times against the number of stars, and exponents measured and stated."""
    labels = dict(zip(scaling["algorithm"], scaling["label"], strict=True))
    fits = data[data["n_stars"] == 0]
    order = fits.sort_values(["value", "algorithm"], ascending=[False, True])
    figure = new_figure(PAGE_MM, 4.6 * len(order) + 20)
    most = int(data["n_stars"].max())
    small = ": start-up weighs on every exponent" if most < LARGE else ""
    figure.suptitle(f"{label}, up to {most:,} stars{small}")
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    marks = marks_of(list(fits["algorithm"]))
    for name in order["algorithm"]:
        rows = data[(data["algorithm"] == name) & (data["n_stars"] > 0)].sort_values("n_stars")
        mark = marks[name]
        left.errorbar(
            rows["n_stars"], rows["value"], interval_arms(rows["value"], rows["low"], rows["high"]),
            color=mark.colour, marker=mark.marker, ms=3.5, lw=0.8, mew=0,
        )  # fmt: skip
    left.set_xscale("log")
    left.set_yscale("log")
    left.set_xlabel("Number of stars N")
    left.set_ylabel("Processor time of one run (s)")
    ticks = sorted(set(data.loc[data["n_stars"] > 0, "n_stars"]))
    left.set_xticks(ticks, [str(tick) for tick in ticks])
    left.set_xticks([], minor=True)
    _draw_exponents(right, order, labels, marks)
    return figure


def _draw_exponents(axes: Axes, order: pd.DataFrame, labels: dict[str, str], marks: dict) -> None:
    axes.set_yticks(range(len(order)), [labels[name] for name in order["algorithm"]])
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    high = np.nanmax([3.2, *order["high"]])
    axes.set_xlim(min(-0.3, np.nanmin([0.0, *order["low"]]) - 0.2), high + 0.2)
    for row, entry in enumerate(order.to_dict("records")):
        mark = marks[entry["algorithm"]]
        axes.axhline(row, color=LIGHT, lw=0.3, zorder=0)
        if np.isfinite(entry["value"]):
            arms = interval_arms([entry["value"]], [entry["low"]], [entry["high"]])
            axes.errorbar(
                entry["value"], row, xerr=arms,
                fmt=mark.marker, color=mark.colour, ms=4, lw=0.9, mew=0,
            )  # fmt: skip
        else:
            axes.plot(-0.15, row, ls="", marker=mark.marker, color=mark.colour, ms=4, mew=0)
            axes.text(0.0, row, "no fit", va="center", fontsize=6, color=DARK)
        axes.plot(entry["stated_exponent"], row, marker="D", ms=4.5, mfc="none", mec=DARK, mew=0.7)
    axes.set_xlabel("Exponent a of time ~ N$^a$ (diamonds: stated)")
