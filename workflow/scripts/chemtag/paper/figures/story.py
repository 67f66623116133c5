"""The run in one picture: recovery of each sample, with interval, null and oracle."""

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    COLUMN_MM,
    GREY,
    PAGE_MM,
    counted,
    interval_arms,
    new_figure,
    say_nothing_to_show,
)
from chemtag.paper.recovery_curves import ELIGIBLE, headline_rows, recovered, recovery_rows

LEVELS = ((0.4, COLOURS[0], "o", -0.17), (0.7, COLOURS[1], "s", 0.17))


def data(recovery: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the drawn data (contract figure_recovery): the curves at 40 and 70 per cent."""
    rows = recovery_rows(recovery)
    levels = np.array([level for level, *_ in LEVELS])
    near = np.isclose(rows["threshold"].to_numpy()[:, None], levels[None, :]).any(axis=1)
    wanted = near & (rows["role"] != "published") & (rows["least_members"] == ELIGIBLE)
    return rows[wanted].reset_index(drop=True)


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return RF40 and RF70 of the headline of each sample."""
    at_40, at_70 = headline_rows(drawn, 0.4), headline_rows(drawn, 0.7)
    return " ".join(
        f"{label}: at 40 per cent {recovered(at_40[sample])}; "
        f"at 70 per cent {recovered(at_70[sample])}."
        for sample, label in labels.items()
        if sample in at_40
    )


def draw(data: pd.DataFrame, funnel: dict[str, pd.DataFrame], labels: dict[str, str]) -> Figure:
    """Draw RF40 and RF70 of each sample, in the order of `labels`, over its number of stars."""
    figure = new_figure(COLUMN_MM if len(labels) <= 4 else PAGE_MM, 84)
    axes = figure.subplots()
    axes.set_ylabel("Recovery fraction of clusters")
    if data["n_eligible"].sum() == 0:
        say_nothing_to_show(axes, "no eligible cluster in any sample")
        return figure
    places = {sample: at for at, sample in enumerate(labels)}
    for level, colour, marker, shift in LEVELS:
        rows = data[np.isclose(data["threshold"], level)]
        _draw_level(axes, rows, places, f"RF{level * 100:.0f}", colour, marker, shift)
    words = []
    for sample, label in labels.items():
        eligible = data.loc[data["sample"] == sample, "n_eligible"].max()
        n_stars = int(funnel[sample]["stars_left"].iloc[-1])
        counts = f"{counted(n_stars, 'star')},\n{counted(int(eligible), 'cluster')}"
        words.append(textwrap.fill(label, 16) + "\n" + counts)
    axes.set_xticks(range(len(labels)), words)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, len(labels) - 0.5)
    # The whole range, for every run alike: errors of a few hundredths shall not fill the figure.
    axes.set_ylim(-0.03, 1.03)
    handles, names = axes.get_legend_handles_labels()
    found = dict(zip(names, handles, strict=True))
    order = sorted(found, key=lambda name: (name.startswith("Null"), name))
    figure.legend(
        [found[name] for name in order],
        order,
        loc="outside lower center",
        ncols=2,
    )
    return figure


def _draw_level(
    axes: Axes,
    rows: pd.DataFrame,
    places: dict[str, int],
    name: str,
    colour: str,
    marker: str,
    shift: float,
) -> None:
    for role, side, face in (("headline", -0.065, colour), ("oracle", 0.065, "white")):
        part = rows[rows["role"] == role]
        arms = interval_arms(part["recovery_fraction"], part["low"], part["high"])
        at = part["sample"].map(places).to_numpy(float) + shift + side
        axes.bar(at, part["null_p95"], width=0.12, color=GREY, alpha=0.35, lw=0, zorder=1,
                 label="Null, up to 95th percentile")  # fmt: skip
        axes.hlines(part["null_mean"], at - 0.06, at + 0.06, color=GREY, lw=1.0,
                    label="Null, mean")  # fmt: skip
        axes.errorbar(
            at, part["recovery_fraction"], arms, fmt=marker, ms=4.5, color=colour, mfc=face,
            lw=0.9, zorder=3, label=f"{name}, {role}",
        )  # fmt: skip
