"""The warning against groups sought on a UMAP."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from chemtag.base.settings import setting_words
from chemtag.paper.figures.style import COLOURS, COLUMN_MM, counted, interval_arms, new_figure

PANELS = {"n_groups": "Groups", "grouped": "Share in groups", "rf40": "RF40"}


def data(umap_warning: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract umap_warning): groups, stars in groups and RF40."""
    drawn = umap_warning["score"].isin(PANELS) & (umap_warning["coordinates"] != "difference")
    return umap_warning[drawn].reset_index(drop=True)


def about(umap_warning: pd.DataFrame) -> dict[Any, Any]:
    """Return the meta of the drawn data: that of the table, with n_stars and setting."""
    return dict(umap_warning.attrs)


def draw(data: pd.DataFrame, label: str, about: Mapping[Any, Any]) -> Figure:
    """Draw what is found in the space and on the UMAP, for Gaussian and sample."""
    figure = new_figure(COLUMN_MM, 68)
    panels = figure.subplots(1, 3)
    places = {"space": 0.0, "umap": 1.0}
    kinds = (("gaussian", "structureless Gaussian", "o"), ("sample", "the sample", "s"))
    for axes, (score, words) in zip(panels, PANELS.items(), strict=True):
        part = data[data["score"] == score]
        for number, (kind, name, marker) in enumerate(kinds):
            rows = part[part["data"] == kind]
            if rows.empty:
                continue
            at = rows["coordinates"].map(places).to_numpy(float) + 0.12 * (2 * number - 1)
            axes.errorbar(
                at, rows["value"], interval_arms(rows["value"], rows["low"], rows["high"]),
                fmt=marker, ms=4, color=COLOURS[1 - number], lw=0.9, label=name,
            )  # fmt: skip
            if score == "rf40":
                axes.scatter(
                    at, rows["null_p95"], marker="_", s=40, c=COLOURS[6], lw=0.9,
                    label="95th percentile of null",
                )  # fmt: skip
        axes.set_title(words)
        axes.set_xlim(-0.5, 1.5)
        axes.set_xticks(list(places.values()), ["space", "UMAP"])
        top = float(np.nanmax([*part["high"], *part["value"]])) if len(part) else 1.0
        axes.set_ylim(0, 1.12 * top if score != "grouped" else 1.05)
    stars = counted(about["n_stars"], "star")
    figure.suptitle(f"{label}: a warning, not a result\n{stars}\n{setting_words(about['setting'])}")
    found = [axes.get_legend_handles_labels() for axes in panels]
    by_name = {
        name: handle
        for handles, names in found
        for handle, name in zip(handles, names, strict=True)
    }
    figure.legend(by_name.values(), by_name.keys(), loc="outside lower center", ncols=2)
    return figure
