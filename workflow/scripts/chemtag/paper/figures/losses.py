"""What takes the clusters of simulated surveys away, step by step."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    DARK,
    LIGHT,
    PAGE_MM,
    counted,
    interval_arms,
    new_figure,
)

STEPS = (
    ("recovered", "recovered by the headline setting", COLOURS[0]),
    ("setting", "setting: oracle above headline", COLOURS[5]),
    ("search", "search: limit above oracle", LIGHT),
    ("places", "not knowing where: bound above limit", COLOURS[4]),
    ("detection", "detection: centres not told", COLOURS[4]),
    ("field", "field stars bury", COLOURS[2]),
    ("errors", "errors blur", COLOURS[3]),
    ("chemistry", "exact chemistry overlaps", DARK),
)

GAINS = (
    (None, "as it is", "o", COLOURS[0]),
    ("without_field", "without field", "s", COLOURS[2]),
    ("without_errors", "without errors", "D", COLOURS[3]),
    ("without_both", "without both", "^", DARK),
)


def data(loss_budget: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract loss_budget): the table itself."""
    return loss_budget


def about(loss_budget: pd.DataFrame) -> dict[Any, Any]:
    """Return the meta of the drawn data: that of the table, with recipe."""
    return dict(loss_budget.attrs)


def draw(data: pd.DataFrame, about: Mapping[Any, Any]) -> Figure:
    """Draw the loss budget (contract loss_budget), a bar for each number of field stars.

    Where the detectability limit is known, the step detection is drawn in its two parts, and what
    the tagger of known width recovers as a mark. Beside the steps, what the best setting would
    recover without errors or without field.
    """
    figure = new_figure(PAGE_MM, 92)
    panels = figure.subplots(1, 3, sharey=True, width_ratios=(1, 1, 1))
    fields = sorted(data["n_field"].unique())
    for axes, (score, words) in zip(
        panels, (("rf40", "RF40"), ("rf_area", "mean match")), strict=False
    ):
        _draw_steps(axes, data[data["score"] == score], fields)
        axes.set_title(f"Steps, {words}")
    _draw_counterfactuals(panels[2], data[data["score"] == "rf40"], fields)
    for axes in panels:
        axes.set_xticks(range(len(fields)), [f"{n:,}" for n in fields])
        axes.set_xlabel("Field stars")
        axes.set_ylim(0, 1.02)
        axes.tick_params(axis="x", length=0)
    panels[0].set_ylabel("Share of clusters, with 68 % intervals")
    number = int(data["n_realisations"].max()) if len(data) else 0
    figure.suptitle(
        f"Recipe {about['recipe']}: what takes the clusters away ({counted(number, 'survey')})"
    )
    found: dict[str, Any] = {}
    for axes in (panels[0], panels[2]):
        handles, names = axes.get_legend_handles_labels()
        found |= dict(zip(names, handles, strict=True))
    figure.legend(list(found.values()), list(found), loc="outside lower center", ncols=3)
    return figure


def _draw_steps(axes: Axes, part: pd.DataFrame, fields: list[int]) -> None:
    """The steps as stacked bars; the end of each with its interval, cut to the axis."""
    base = np.zeros(len(fields))
    part = in_parts(part)
    steps = [step for step in STEPS if (part["loss"] == step[0]).any()]
    for number, (loss, name, colour) in enumerate(steps):
        rows = part[part["loss"] == loss].set_index("n_field").reindex(fields)
        rows["mean"] = rows["mean"].fillna(0.0)
        height = rows["mean"].to_numpy(dtype=float)
        axes.bar(range(len(fields)), height, bottom=base, width=0.7, color=colour, label=name)
        base = base + height
        arms = interval_arms(rows["mean"], rows["low"], rows["high"])
        arms[1] = np.minimum(arms[1], np.maximum(1 - base, 0))
        seen = (arms > 0).any(axis=0)
        at = np.arange(len(fields)) + 0.4 * (number / len(steps) - 0.5)
        axes.errorbar(
            at[seen], base[seen], arms[:, seen], fmt="none", ecolor="black", lw=0.7, capsize=1.2
        )

    rows = part[part["loss"] == "scan_recovered"].set_index("n_field")
    known = [at for at, n_field in enumerate(fields) if n_field in rows.index]
    if known:
        rows = rows.loc[[fields[at] for at in known]]
        axes.errorbar(
            known, rows["mean"], interval_arms(rows["mean"], rows["low"], rows["high"]), fmt="^",
            ls="none", ms=5, color="black", mfc="white", lw=0.9, zorder=4,
            label="known width: recovered by its claims",
        )  # fmt: skip


def in_parts(part: pd.DataFrame) -> pd.DataFrame:
    """Leave out the step detection where its parts are known."""
    split = part.loc[part["loss"] == "places", "n_field"]
    return part[~((part["loss"] == "detection") & part["n_field"].isin(split))]


def _draw_counterfactuals(axes: Axes, part: pd.DataFrame, fields: list[int]) -> None:
    """RF40 of the best setting as things are, without field, without errors, without both."""
    wide = part.pivot(index="n_field", columns="loss", values="mean").loc[fields]
    now = wide["recovered"] + wide["setting"]
    for loss, words, marker, colour in GAINS:
        values = now if loss is None else now + wide[loss]
        axes.plot(
            range(len(fields)), values, marker=marker, ms=4, color=colour, lw=0.9, mfc="white",
            label=f"best setting, {words}",
        )  # fmt: skip
    axes.set_title("Best setting, RF40")
