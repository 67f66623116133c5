"""What tagging finds of each sample beside what tuning and told labels would find."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    GREY,
    PAGE_MM,
    interval_arms,
    new_figure,
    say_nothing_to_show,
)

# Entry, words, colour, marker; from blind to told everything.
ENTRIES = (
    ("headline", "headline setting", COLOURS[0], "o"),
    ("stability", "tuned by stability", COLOURS[2], "s"),
    ("persistence", "tuned by persistence", COLOURS[2], "D"),
    ("relative_validity", "tuned by relative validity", COLOURS[2], "^"),
    ("dbcv", "tuned by DBCV", COLOURS[2], "v"),
    ("silhouette", "tuned by silhouette", COLOURS[2], "P"),
    ("nested", "tuned on other clusters", COLOURS[4], "^"),
    ("oracle", "tuned on the same clusters", COLOURS[1], "v"),
    ("lda", "told all other labels, LDA", COLOURS[3], "P"),
    ("knn", "told all other labels, kNN", COLOURS[3], "X"),
)
TOLD = ("lda", "knn")


def limits_data(tuning: dict[str, pd.DataFrame], ceilings: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the drawn data (contract figure_limits) from the tables of each sample."""
    columns = ["sample", "entry", "score", "value", "low", "high", "baseline", "setting"]
    parts = []
    for sample, table in tuning.items():
        rows = table[table["rule"] != "optimism"].rename(columns={"rule": "entry", "rf40": "value"})
        parts.append(rows.assign(sample=sample, score="rf40", baseline=np.nan)[columns])
    for sample, table in ceilings.items():
        rows = table[table["score"].isin(["rf40", "member_accuracy"])]
        rows = rows.rename(columns={"method": "entry"})
        parts.append(rows.assign(sample=sample, setting="")[columns])
    return pd.concat(parts, ignore_index=True)


def draw_limits(data: pd.DataFrame, labels: dict[str, str]) -> Figure:
    """Draw RF40 of each sample in a panel, and members placed by the told classifiers."""
    figure = new_figure(PAGE_MM, 32 * len(labels) + 24)
    panels = figure.subplots(
        len(labels), 2, sharex=True, squeeze=False, width_ratios=(2.2, 1), sharey="col"
    )
    for (left, right), (sample, label) in zip(panels, labels.items(), strict=True):
        rows = data[data["sample"] == sample]
        left.set_title(label)
        _draw_entries(left, rows[rows["score"] == "rf40"], ENTRIES)
        told = tuple((e, words[-3:], c, m) for e, words, c, m in ENTRIES if e in TOLD)
        _draw_entries(right, rows[rows["score"] == "member_accuracy"], told)
    panels[-1, 0].set_xlabel("RF40, with 68 % interval")
    panels[-1, 1].set_xlabel("Share of members placed")
    panels[-1, 0].set_xlim(-0.03, 1.03)
    return figure


def _draw_entries(
    axes: Axes, rows: pd.DataFrame, entries: tuple[tuple[str, str, str, str], ...]
) -> None:
    axes.set_yticks(range(len(entries)), [words for _, words, _, _ in entries])
    axes.set_ylim(len(entries) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    if not rows["value"].notna().any():
        axes.text(0.5, len(entries) / 2 - 0.5, "too few members", ha="center", va="center")
        return
    for at, (entry, _, colour, marker) in enumerate(entries):
        axes.axhline(at, color=GREY, lw=0.3, alpha=0.5, zorder=0)
        row = rows[rows["entry"] == entry]
        arms = interval_arms(row["value"], row["low"], row["high"])
        axes.errorbar(
            row["value"], [at] * len(row), xerr=arms, fmt=marker, ms=4, color=colour, lw=0.9,
            mfc="white" if entry in ("oracle", *TOLD) else colour,
        )  # fmt: skip
        axes.plot(row["baseline"], [at] * len(row), ls="", marker="|", ms=7, color=GREY)


def draw_separations(
    separations: pd.DataFrame, rates: pd.DataFrame, label: str, space: str, unit: str
) -> Figure:
    """Draw histograms of pair separations and the doppelganger rates (contracts of both).

    Distances are those of `space`, in `unit` (empty where a scale has none).
    """
    figure = new_figure(PAGE_MM, 88)
    left, right = figure.subplots(1, 2)
    figure.suptitle(f"{label}: separations of pairs of stars")
    for axes, definition, words in (
        (left, "distance", f"Distance in the space {space} ({unit or 'no unit'})"),
        (right, "chi2", "Reduced $\\chi^2$ of the difference (no unit)"),
    ):
        rows = separations[separations["definition"] == definition]
        axes.set_xlabel(words)
        if rows.empty:
            say_nothing_to_show(axes, "errors are not given for every abundance")
            continue
        _draw_histograms(axes, rows, rates[rates["definition"] == definition])
        axes.set_ylabel("Share of the pairs per unit of ln(abscissa)")
    return figure


KINDS = (
    ("siblings", "members of one cluster", COLOURS[0]),
    ("members", "members of two clusters", COLOURS[1]),
    ("member_field", "member and field star", COLOURS[2]),
    ("field", "two field stars", COLOURS[3]),
)


def _draw_histograms(axes: Axes, bins: pd.DataFrame, rates: pd.DataFrame) -> None:
    chosen = rates[rates["weighting"].isin(["clusters", "pairs"])]
    for kind, words, colour in KINDS:
        part = bins[bins["pairs"] == kind].sort_values("low")
        if part.empty:
            continue
        edges = [*part["low"], part["high"].iloc[-1]]
        said = _rates_in_words(chosen[chosen["pairs"] == kind])
        name = ":\n".join([words, *said]) if said else words
        axes.stairs(part["density"], edges, color=colour, lw=1.1, label=name)
    axes.set_xscale("log")
    # room for the legend above the highest bin: its lines are as many as the kinds, twice
    lines = 1 + 2 * len(axes.get_legend_handles_labels()[1])
    axes.set_ylim(0, max(axes.get_ylim()[1], 1e-9) / max(1 - 0.05 * lines, 0.4))
    legend = axes.legend(loc="upper left", title="share closer than the median of siblings, 68 %")
    legend.set_alignment("left")


def _rates_in_words(rates: pd.DataFrame) -> list[str]:
    """One line with the rate of all pairs and of pairs of like [Fe/H], each with its interval."""
    said = []
    for matched, where in (("none", ""), ("fe_h", " at like [Fe/H]")):
        rows = rates.loc[rates["matched"] == matched, ["value", "low", "high"]].to_numpy(float)
        if len(rows) and np.isfinite(rows[0, 0]):
            value, low, high = 100 * rows[0]
            ends = f" ({low:.2g}–{high:.2g})" if np.isfinite(low + high) else ""
            said.append(f"{value:.2g}{ends} %{where}")
    return [", ".join(said)] if said else []


def information_data(
    spectrum: pd.DataFrame, elements: pd.DataFrame, order: list[str]
) -> pd.DataFrame:
    """Return the drawn data (contract figure_information); elements in the `order` of columns."""
    left = spectrum[spectrum["basis"] != "errors"].rename(
        columns={"basis": "panel", "eigenvalue": "value"}
    )
    left = left.assign(name=left["rank"].astype(str), place=left["rank"])
    columns = ["panel", "place", "name", "value", "low", "high"]
    parts = [left[columns]]
    place = elements["dimension"].map({name: i for i, name in enumerate(order)})
    for panel, names in (
        ("ratio", ("ratio", "low", "high")),
        ("loss", ("loss", "loss_low", "loss_high")),
    ):
        rows = elements[["dimension", *names]].set_axis(["name", "value", "low", "high"], axis=1)
        parts.append(rows.assign(panel=panel, place=place)[columns])
    return pd.concat(parts, ignore_index=True)


def draw_information(data: pd.DataFrame, names: list[str], label: str, words: str) -> Figure:
    """Draw eigenvalues (left) and elements (right); `names` printed, `words` about dimensions."""
    figure = new_figure(PAGE_MM, 88)
    grid = figure.subplot_mosaic([["spectrum", "ratio"], ["spectrum", "loss"]])
    figure.suptitle(f"{label}: {words}")
    if data.empty:
        for axes in grid.values():
            say_nothing_to_show(axes, "nothing is measured")
        return figure
    axes = grid["spectrum"]
    for panel, colour, marker, said in (
        ("within_sd", COLOURS[0], "o", "in units of the scatter within"),
        ("whitened", COLOURS[1], "s", "freed of correlations within"),
    ):
        rows = data[(data["panel"] == panel) & (data["value"] > 0)].sort_values("place")
        arms = interval_arms(rows["value"], rows["low"], rows["high"])
        arms[0] = np.minimum(arms[0], 0.98 * rows["value"])
        axes.errorbar(
            rows["place"], rows["value"], arms, fmt=marker, ms=3.5, color=colour, lw=0.8, label=said
        )
    axes.axhline(1, color=GREY, lw=0.8, ls="--")
    axes.set_yscale("log")
    axes.set_xlabel("Rank of the eigenvalue")
    axes.set_ylabel("Variance between over within clusters")
    axes.legend(loc="upper right")
    for panel, quantity in (
        ("ratio", "Scatter between\nover within"),
        ("loss", "Placed members\nlost without it"),
    ):
        axes = grid[panel]
        rows = data[data["panel"] == panel].sort_values("place")
        arms = interval_arms(rows["value"], rows["low"], rows["high"])
        axes.errorbar(rows["place"], rows["value"], arms, fmt="o", ms=3.5, color=COLOURS[0], lw=0.8)
        axes.axhline(1 if panel == "ratio" else 0, color=GREY, lw=0.8, ls="--")
        axes.set_xticks(range(len(names)), names if panel == "loss" else [""] * len(names))
        axes.set_ylabel(quantity)
    grid["loss"].set_xlabel("Element")
    return figure
