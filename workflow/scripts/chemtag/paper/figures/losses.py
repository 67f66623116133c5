"""What takes the clusters of simulated surveys away, step by step."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    DARK,
    PAGE_MM,
    counted,
    interval_arms,
    new_figure,
)

STEPS = (
    ("recovered", "recovered by the headline setting", COLOURS[0]),
    ("setting", "setting: oracle above headline", COLOURS[5]),
    ("detection", "detection: centres not told", COLOURS[4]),
    ("field", "field stars bury", COLOURS[2]),
    ("errors", "errors blur", COLOURS[3]),
    ("chemistry", "exact chemistry overlaps", DARK),
)


def data(loss_budget: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract loss_budget): the table itself."""
    return loss_budget


def about(loss_budget: pd.DataFrame) -> dict[Any, Any]:
    """Return the meta of the drawn data: that of the table, with recipe."""
    return dict(loss_budget.attrs)


def draw(data: pd.DataFrame, about: Mapping[Any, Any]) -> Figure:
    """Draw the loss budget (contract loss_budget), a bar for each number of field stars."""
    figure = new_figure(PAGE_MM, 92)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (score, words) in zip(
        panels, (("rf40", "RF40"), ("rf_area", "mean match")), strict=True
    ):
        part = data[data["score"] == score]
        fields = sorted(part["n_field"].unique())
        base = np.zeros(len(fields))
        for loss, name, colour in STEPS:
            rows = part[part["loss"] == loss].set_index("n_field").loc[fields]
            height = rows["mean"].to_numpy(dtype=float)
            axes.bar(range(len(fields)), height, bottom=base, width=0.7, color=colour, label=name)
            base = base + height
            arms = interval_arms(rows["mean"], rows["low"], rows["high"])
            seen = (arms > 0).any(axis=0)
            at = np.arange(len(fields)) + 0.3 * (STEPS.index((loss, name, colour)) / 5 - 0.5)
            axes.errorbar(
                at[seen], base[seen], arms[:, seen], fmt="none", ecolor="black", lw=0.7, capsize=1.2
            )
        axes.set_title(f"Share of clusters in {words}")
        axes.set_xticks(range(len(fields)), [f"{n:,}" for n in fields])
        axes.set_xlabel("Field stars")
        axes.tick_params(axis="x", length=0)
    panels[0].set_ylabel("Share, with 68 % interval of each step")
    number = int(data["n_realisations"].max()) if len(data) else 0
    figure.suptitle(
        f"Recipe {about['recipe']}: what takes the clusters away ({counted(number, 'survey')})"
    )
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return figure
