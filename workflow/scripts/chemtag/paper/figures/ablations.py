"""Ablations of a headline: RF40 of each variant and its paired difference to the headline."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from chemtag.base.settings import setting_words
from chemtag.paper.figures.style import (
    COLOURS,
    COLUMN_MM,
    DARK,
    GREY,
    LIGHT,
    counted,
    element_name,
    interval_arms,
    new_figure,
)

FAMILIES = ("metric", "space", "ratio", "elements", "predicted", "oracle")
WORDS = {
    "headline": "headline",
    "zscore": "z-score",
    "error_scaled": "error-scaled",
    "error_whitened": "error-whitened",
    "field_whitened": "field-whitened",
    "oracle_whitened": "oracle whitening",
    "x_h": "[X/H]",
    "x_fe": "[X/Fe]",
    "mahalanobis": "Mahalanobis",
    "manhattan": "Manhattan",
    "euclidean": "Euclidean",
    "residuals": "residuals (Fe, Mg)",
    "reliable": "reliable only",
    "without_c_n": "without C, N",
    "with_c_n": "with C, N",
    "predicted_fe": "Fe predicted",
    "predicted_fe_unbiased": "Fe predicted, no bias",
    "predicted_fe_bias_alone": "Fe with the bias alone",
}
# Differences with an adjusted p-value below this are filled.
TOLD_APART = 0.05


def data(ablations: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract ablations): RF40 of the headline and its variants."""
    return ablations[ablations["score"] == "rf40"].reset_index(drop=True)


def variant_words(name: str) -> str:
    """Return how a variant is written on the axis: `without_mg` gives without Mg."""
    if name in WORDS:
        return WORDS[name]
    if name.startswith("pca_"):
        return f"PCA, first {name.removeprefix('pca_')}"
    if name.startswith("without_"):
        return f"without {element_name(name.removeprefix('without_') + '_fe')}"
    return name


def placed(data: pd.DataFrame) -> pd.DataFrame:
    """Variants with their place `y` on the axis: families apart, sorted inside by RF40."""
    parts, top = [], 0.0
    for family in FAMILIES:
        part = data[data["family"] == family].sort_values(
            ["value", "variant"], ascending=[False, True]
        )
        if part.empty:
            continue
        parts.append(part.assign(y=-(top + np.arange(len(part)))))
        top += len(part) + 0.6
    return pd.concat(parts, ignore_index=True) if parts else data.iloc[:0].assign(y=0.0)


def about(ablations: pd.DataFrame) -> dict[Any, Any]:
    """Return the meta of the drawn data: that of the table, with n_clusters, n_stars, setting."""
    return dict(ablations.attrs)


def source_words(data: pd.DataFrame, about: Mapping[Any, Any]) -> str:
    """Return what the ablations were measured on."""
    number = int(data["n_realisations"].max())
    source = counted(number, "simulated survey") if number > 1 else "one sample"
    return f"{source}, {about['n_clusters']} clusters, {about['n_stars']} stars"


def draw(data: pd.DataFrame, label: str, about: Mapping[Any, Any]) -> Figure:
    """Draw RF40 with interval and null (left) and the difference to the headline (right)."""
    rows = placed(data)
    head = data[data["family"] == "headline"].iloc[0]
    span = float(-rows["y"].min()) if len(rows) else 1.0
    figure = new_figure(COLUMN_MM, 30 + 2.95 * (span + 1))
    left, right = figure.subplots(1, 2, sharey=True)
    _draw_values(left, rows, head)
    _draw_differences(right, rows)
    left.set_yticks(rows["y"], [variant_words(name) for name in rows["variant"]])
    left.set_ylim(-span - 0.8, 0.8)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        for family in FAMILIES[1:]:
            part = rows[rows["family"] == family]
            if len(part):
                axes.axhline(part["y"].max() + 0.8, color=LIGHT, lw=0.4)
    left.set_xlabel("RF40")
    right.set_xlabel("ΔRF40")
    figure.suptitle(f"{label}\n{source_words(data, about)}\n{setting_words(about['setting'])}")
    figure.legend(handles=_legend(), loc="outside lower center", ncols=2)
    return figure


def _draw_values(axes: Axes, rows: pd.DataFrame, head: pd.Series) -> None:
    axes.axvspan(head["low"], head["high"], color=COLOURS[5], alpha=0.3, lw=0)
    axes.axvline(head["value"], color=COLOURS[0], lw=0.8)
    axes.scatter(rows["null_p95"], rows["y"], marker="|", s=14, c=GREY, lw=0.9, zorder=2)
    for oracle, marker, told, part in _kinds(rows):
        colour = COLOURS[1] if oracle else DARK
        axes.errorbar(
            part["value"], part["y"],
            xerr=interval_arms(part["value"], part["low"], part["high"]),
            fmt=marker, ms=2.8, color=colour, mfc=colour if told else "white", mew=0.7, lw=0.8,
            capsize=0, zorder=3,
        )  # fmt: skip
    top = np.nanmax([*rows["high"], head["high"], 0.1])
    axes.set_xlim(-0.02, min(1.02, 1.08 * float(top)))


def _draw_differences(axes: Axes, rows: pd.DataFrame) -> None:
    axes.axvline(0, color=COLOURS[0], lw=0.8)
    for oracle, marker, told, part in _kinds(rows):
        colour = COLOURS[1] if oracle else DARK
        for ends, width in (("_95", 0.5), ("", 1.3)):
            arms = interval_arms(
                part["difference"],
                part[f"difference_low{ends}"],
                part[f"difference_high{ends}"],
            )
            axes.errorbar(
                part["difference"], part["y"], xerr=arms, fmt="none", ecolor=colour,
                elinewidth=width, capsize=0,
            )  # fmt: skip
        axes.scatter(
            part["difference"], part["y"], marker=marker, s=9, zorder=3, lw=0.7,
            edgecolors=colour, facecolors=colour if told else "white",
        )  # fmt: skip


def _kinds(rows: pd.DataFrame) -> Iterator[tuple[bool, str, bool, pd.DataFrame]]:
    """Rows that look alike: learnt from the truth or not, told apart from the headline or not."""
    for oracle, marker in ((False, "o"), (True, "s")):
        for told in (False, True):
            alike = (rows["family"] == "oracle") == oracle
            yield oracle, marker, told, rows[alike & ((rows["q_difference"] < TOLD_APART) == told)]


def _legend() -> list[Line2D | Patch]:
    def dot(marker: str, colour: str, face: str, words: str) -> Line2D:
        return Line2D([], [], ls="", marker=marker, ms=3, mec=colour, mfc=face, mew=0.7,
                      label=words)  # fmt: skip

    return [
        Line2D([], [], color=COLOURS[0], lw=0.8, label="headline"),
        Patch(facecolor=COLOURS[5], alpha=0.3, label="its 68 % interval"),
        Line2D([], [], ls="", marker="|", ms=4, color=GREY, label="95th percentile of null"),
        dot("s", COLOURS[1], COLOURS[1], "learnt from truth"),
        dot("o", DARK, DARK, f"differs, q < {TOLD_APART:g}"),
        dot("o", DARK, "white", "not told apart"),
    ]
