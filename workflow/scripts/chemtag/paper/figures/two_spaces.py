"""The same stars and algorithms in phase space, in abundances and in both as one space."""

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    GREY,
    LIGHT,
    PAGE_MM,
    interval_arms,
    new_figure,
)

VIEWS = (
    ("motion", "phase space", COLOURS[0], "o", -0.24),
    ("both", "both as one space", COLOURS[2], "D", 0.0),
    ("chemistry", "abundances", COLOURS[1], "s", 0.24),
)
METRICS = ("rf40", "statistical_40", "n_groups")
FIELD_METRICS = (("n_shuffled", "shuffled"), ("n_field", "field"))
XLABELS = {
    "rf40": "Share of clusters\nrecovered at 40 %",
    "statistical_40": "Share of groups that\nmatch no cluster",
    "n_shuffled": "Number of groups\nwhere there is no cluster",
}
COLUMNS = [
    "sample", "field_stars", "view", "algorithm", "label", "board", "metric", "value", "low",
    "high", "null_p95", "note",
]  # fmt: skip


def data(
    two_spaces: Mapping[str, pd.DataFrame], two_spaces_nulls: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Return the drawn data (contract figure_two_spaces) of the samples by name."""
    parts = []
    for sample, board in two_spaces.items():
        rows = board[board["metric"].isin(METRICS)]
        known = {"sample": sample, "field_stars": board.attrs["n_stars"] - board.attrs["n_members"]}
        parts.append(rows.assign(**known, note=rows["reason"])[COLUMNS])
        named = board.drop_duplicates("algorithm").set_index("algorithm")[["label", "board"]]
        empty = two_spaces_nulls[sample]
        for metric, null in FIELD_METRICS:
            kept = empty[empty["null"] == null]
            if len(kept):
                found = kept.groupby(["view", "algorithm"])["n_groups"].agg(["mean", "min", "max"])
                found.columns = pd.Index(["value", "low", "high"])
                found = found.reset_index().join(named, on="algorithm")
                parts.append(
                    found.assign(**known, metric=metric, null_p95=np.nan, note="")[COLUMNS]
                )
    return pd.concat(parts, ignore_index=True)


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return RF40 of the best algorithm that is told nothing, in each sample and space."""
    said = []
    for sample in sorted(drawn["sample"].unique()):
        words = []
        for view, name, *_ in VIEWS:
            rows = of(drawn, sample, view, "rf40")
            rows = rows[(rows["board"] == "own") & rows["value"].notna()]
            if len(rows):
                best = rows.sort_values(["value", "algorithm"], ascending=[False, True]).iloc[0]
                words.append(f"{name} {best['value']:.2f} ({best['label']})")
        label = labels.get(sample, sample)
        said.append(f"{label}: best share of clusters recovered in {', '.join(words)}.")
    return " ".join(said)


def of(drawn: pd.DataFrame, sample: str, view: str, metric: str) -> pd.DataFrame:
    """Rows of one metric in one space of one sample."""
    kept = (drawn["sample"] == sample) & (drawn["view"] == view) & (drawn["metric"] == metric)
    return drawn[kept]


def ranked(drawn: pd.DataFrame) -> list[str]:
    """Algorithms by board, then by their mean RF40 in phase space, then by name."""
    rows = drawn[(drawn["metric"] == "rf40") & (drawn["view"] == "motion")]
    mean = rows.groupby(["board", "algorithm"])["value"].mean().reset_index()
    order = mean.sort_values(["board", "value", "algorithm"], ascending=[False, False, True])
    return list(order["algorithm"])


def most_field_stars(drawn: pd.DataFrame, samples: list[str]) -> str:
    """The sample with most field stars; of equals the first in `samples`."""
    stars = drawn.groupby("sample")["field_stars"].first()
    return max(samples, key=lambda sample: stars[sample])


def draw(data: pd.DataFrame, compared_spaces: dict[str, str]) -> Figure:
    """Draw RF40 of each sample, and false groups in the one with most field stars."""
    names = ranked(data)
    panels = [*((sample, "rf40") for sample in compared_spaces)]
    fullest = most_field_stars(data, list(compared_spaces))
    panels += [(fullest, "statistical_40"), (fullest, "n_shuffled")]
    figure = new_figure(PAGE_MM, 9.5 * len(names) + 30)
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for panel, (sample, metric) in zip(axes, panels, strict=True):
        panel.set_title(textwrap.fill(compared_spaces[sample], 22), loc="left")
        panel.set_xlabel(XLABELS[metric])
        panel.hlines(np.arange(len(names)), 0, 1, color=LIGHT, lw=0.3, zorder=0,
                     transform=panel.get_yaxis_transform())  # fmt: skip
        for view, words, colour, marker, shift in VIEWS:
            rows = of(data, sample, view, metric).set_index("algorithm").reindex(names)
            at = np.arange(len(names)) + shift
            _points(panel, rows, at, colour, marker, words)
            if metric == "rf40":
                _reasons(panel, rows, at, colour)
            if metric == "n_shuffled":
                alone = of(data, sample, view, "n_field").set_index("algorithm").reindex(names)
                panel.plot(alone["value"], at, ls="", marker=marker, ms=4, mfc="white", mec=colour,
                           mew=0.8, zorder=3)  # fmt: skip
        if metric == "n_shuffled":
            panel.set_xscale("symlog", linthresh=1)
            panel.set_xlim(-0.3, None)
            panel.set_xticks([0, 1, 10, 100], ["0", "1", "10", "100"])
        else:
            panel.set_xlim(-0.04, 1.04)
            panel.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    labels = data.drop_duplicates("algorithm").set_index("algorithm")["label"]
    told = set(data.loc[data["board"] == "oracle", "algorithm"])
    words_of = [
        f"{labels[name]}\n(told the number)" if name in told else labels[name] for name in names
    ]
    axes[0].set_yticks(np.arange(len(names)), words_of)
    axes[0].set_ylim(len(names) - 0.45, -0.55)
    for panel in axes:
        panel.tick_params(axis="y", length=0)
    handles, words = axes[0].get_legend_handles_labels()
    figure.legend(handles, words, loc="outside lower center", ncols=4)
    return figure


def _points(
    panel: Axes, rows: pd.DataFrame, at: np.ndarray, colour: str, marker: str, words: str
) -> None:
    """Values with their intervals, and the 95th percentile of chance as a grey tick."""
    panel.errorbar(
        rows["value"], at, xerr=interval_arms(rows["value"], rows["low"], rows["high"]), fmt=marker,
        ms=3.2, color=colour, mew=0.6, lw=0.8, label=words,
    )  # fmt: skip
    chance = rows["null_p95"].where(rows["metric"] == "rf40")
    name = "chance, 95 %" if words == VIEWS[-1][1] else None
    panel.plot(chance, at, ls="", marker="|", ms=5, mew=1.0, color=GREY, label=name)


def _reasons(panel: Axes, rows: pd.DataFrame, at: np.ndarray, colour: str) -> None:
    """In words why an algorithm has no score in a space."""
    notes = rows["note"].where(rows["value"].isna()).fillna("")
    for height, note in zip(at, notes, strict=True):
        panel.text(0, height, textwrap.shorten(note, 24, placeholder=" ..."), color=colour,
                   fontsize=6, va="center_baseline")  # fmt: skip
