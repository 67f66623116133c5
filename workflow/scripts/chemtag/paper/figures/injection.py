"""How many published clusters are found again among the field stars of a sample."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from chemtag.paper.field_curves import ROLES, draw_field_curves, field_curves
from chemtag.paper.figures.style import interval_arms
from chemtag.score.matching import RECOVERED


def data(forecast: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract forecast): RF40 of HDBSCAN and of the known width."""
    return field_curves(forecast)


def about(forecast: pd.DataFrame) -> dict[Any, Any]:
    """Return the meta of the drawn data: that of the table, with n_elements."""
    return dict(forecast.attrs)


def draw(data: pd.DataFrame, recovery: pd.DataFrame, label: str) -> Figure:
    """Draw RF40 of HDBSCAN and of the tagger of known width against the number of field stars.

    Crosses at the largest number of field stars: the sample's own clusters, from the curves
    `recovery` of both roles.
    """
    figure = draw_field_curves(data, f"{label}: published clusters injected, {{}} times")
    axes = figure.axes[0]
    own = recovery[np.isclose(recovery["threshold"], RECOVERED)]
    for role, _, _, _, colour in ROLES:
        rows = own[own["role"] == role]
        if rows.empty:
            continue
        axes.errorbar(
            [data["n_field"].max()] * len(rows), rows["recovery_fraction"],
            interval_arms(rows["recovery_fraction"], rows["low"], rows["high"]), fmt="x", ms=5,
            color=colour, lw=0.6, zorder=4, label=f"own clusters of the sample, {role}",
        )  # fmt: skip
    figure.legends[0].remove()
    handles, words = axes.get_legend_handles_labels()
    figure.legend(handles, words, loc="outside lower center", ncols=1)
    return figure
