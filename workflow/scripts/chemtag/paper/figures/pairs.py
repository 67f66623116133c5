"""Pair precision against pair recall over the settings of the grid."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from chemtag.paper.figures.style import COLOURS, GREY, PAGE_MM, interval_arms, new_figure

SCORES = ("pair_precision", "pair_recall")
# Logarithmic axes that are linear below this share, to show 0.
LINEAR_BELOW = 0.01


def data(scores: dict[str, pd.DataFrame], headlines: dict[str, str]) -> pd.DataFrame:
    """Return the drawn data (contract figure_pairs) from the table `scores` of each sample.

    `headlines` gives the name of the headline setting of each sample.
    """
    parts = []
    for sample, table in scores.items():
        sides = []
        for score in SCORES:
            rows = table[table["metric"] == score].set_index("setting")
            names = {"value": "", "low": "_low", "high": "_high", "null_mean": "_null"}
            chosen = rows[list(names)]
            sides.append(chosen.rename(columns={k: score + v for k, v in names.items()}))
        both = pd.concat(sides, axis=1).reset_index()
        is_headline = both["setting"] == headlines[sample]
        parts.append(both.assign(sample=sample, headline=is_headline))
    return pd.concat(parts, ignore_index=True)


def draw(data: pd.DataFrame, labels: dict[str, str]) -> Figure:
    """Draw a panel a sample; settings without a predicted pair have no precision."""
    figure = new_figure(PAGE_MM, 68)
    panels = figure.subplots(1, len(labels), sharey=True, squeeze=False)[0]
    for axes, (sample, label) in zip(panels, labels.items(), strict=True):
        rows = data[data["sample"] == sample]
        methods = np.where(rows["setting"].str.contains("-leaf-"), "leaf", "eom")
        for method, marker, colour in (("leaf", "o", COLOURS[0]), ("eom", "s", COLOURS[4])):
            part = rows[methods == method]
            axes.plot(
                part["pair_recall"], part["pair_precision"], marker, ms=3, mfc="white",
                color=colour, label=f"settings with {method}",
            )  # fmt: skip
        axes.plot(
            rows["pair_recall_null"], rows["pair_precision_null"], "x", ms=3, color=GREY,
            label="the same settings by chance",
        )  # fmt: skip
        chosen = rows[rows["headline"]]
        arms = [interval_arms(chosen[s], chosen[f"{s}_low"], chosen[f"{s}_high"]) for s in SCORES]
        axes.errorbar(
            chosen["pair_recall"], chosen["pair_precision"], arms[0], arms[1], fmt="D", ms=4,
            color=COLOURS[1], label="headline setting",
        )  # fmt: skip
        axes.set_title(label)
        axes.set_xlabel("Pair recall")
        for set_scale, set_limits, set_ticks in (
            (axes.set_xscale, axes.set_xlim, axes.set_xticks),
            (axes.set_yscale, axes.set_ylim, axes.set_yticks),
        ):
            set_scale("symlog", linthresh=LINEAR_BELOW, linscale=0.5)
            set_limits(-0.0015, 1.3)
            set_ticks([0, 0.01, 0.1, 1], ["0", "0.01", "0.1", "1"])
        axes.minorticks_off()
    panels[0].set_ylabel("Pair precision")
    handles, words = panels[0].get_legend_handles_labels()
    figure.legend(handles, words, loc="outside lower center", ncols=4)
    return figure
