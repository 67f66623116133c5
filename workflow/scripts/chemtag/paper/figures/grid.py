"""RF40 of every setting of the grid as a heat map."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from chemtag.paper.figures.style import PAGE_MM, new_figure

HEADLINE, ORACLE = "#D55E00", "#000000"


def data(
    scores: dict[str, pd.DataFrame],
    settings: dict[str, pd.DataFrame],
    recovery: dict[str, pd.DataFrame],
    space: str,
    setting: str,
) -> pd.DataFrame:
    """Return the drawn data (contract figure_grid).

    `scores`, `settings` and `recovery` are the tables of each space; `space` and `setting` are
    those of the headline.
    """
    names = ["setting", "metric", "method", "min_cluster_size", "min_samples", "n_groups"]
    parts = []
    for name, table in scores.items():
        values = table[table["metric"] == "rf40"]
        columns = values[["setting", "value", "low", "high", "null_p95"]]
        part = settings[name][names].merge(columns, on="setting", how="left", validate="one_to_one")
        is_headline = (part["setting"] == setting) & (name == space)
        curves = recovery[name]
        is_oracle = part["setting"].isin(curves.loc[curves["role"] == "oracle", "setting"])
        role = np.where(is_headline, "headline", "")
        role = np.where(is_oracle, np.where(is_headline, "both", "oracle"), role)
        parts.append(part.assign(space=name, role=role))
    return pd.concat(parts, ignore_index=True)


def draw(data: pd.DataFrame, label: str, spaces: list[str]) -> Figure:
    """Draw one panel for each space (rows), metric and method (columns)."""
    across = sorted(set(zip(data["metric"], data["method"], strict=True)))
    sizes = sorted(data["min_cluster_size"].unique())
    samples = sorted(data["min_samples"].unique())
    height = len(spaces) * (7.2 * len(samples) + 9) + 22
    figure = new_figure(PAGE_MM, height)
    panels = figure.subplots(len(spaces), len(across), sharex=True, sharey=True, squeeze=False)
    top = np.nanmax(np.append(data["value"].to_numpy(float), 0.1))
    scale = ScalarMappable(Normalize(0, top), "cividis")
    for row, space in enumerate(spaces):
        for column, (metric, method) in enumerate(across):
            chosen = (
                (data["space"] == space) & (data["metric"] == metric) & (data["method"] == method)
            )
            axes = panels[row, column]
            _draw_panel(axes, data[chosen], sizes, samples, scale)
            axes.set_title(f"space {space}, {metric}, {method}")
            if row == len(spaces) - 1:
                axes.set_xlabel("min_cluster_size (stars)")
            if column == 0:
                axes.set_ylabel("min_samples")
    bar = figure.colorbar(scale, ax=panels, pad=0.01, fraction=0.03, aspect=30)
    bar.set_label("RF40")
    figure.suptitle(f"{label}: recovery fraction at 40 % of each setting")
    figure.legend(
        handles=[
            Line2D([], [], ls="", marker="s", ms=7, mfc="none", mec=HEADLINE, mew=1.6,
                   label="headline setting"),
            Line2D([], [], ls="", marker="s", ms=7, mfc="none", mec=ORACLE, mew=1.2,
                   label="oracle: best of its grid"),
            Patch(fc="white", ec="black", hatch="////", label="not above the null (95 %)"),
            Line2D([], [], color="none", label="small: 68 % interval"),
        ],
        loc="outside lower center",
        ncols=4,
    )  # fmt: skip
    return figure


def _draw_panel(
    axes: Axes, data: pd.DataFrame, sizes: list[int], samples: list[int], scale: ScalarMappable
) -> None:
    axes.set_xlim(-0.5, len(sizes) - 0.5)
    axes.set_ylim(-0.5, len(samples) - 0.5)
    axes.set_xticks(range(len(sizes)), [str(s) for s in sizes])
    axes.set_yticks(range(len(samples)), [str(s) for s in samples])
    axes.tick_params(length=0)
    for row in data.to_dict("records"):
        x, y = sizes.index(row["min_cluster_size"]), samples.index(row["min_samples"])
        known = np.isfinite(row["value"])
        colour = scale.to_rgba(row["value"]) if known else (1, 1, 1, 1)
        ink = "black" if np.dot(colour[:3], (0.299, 0.587, 0.114)) > 0.45 else "white"
        dull = known and not row["value"] > row["null_p95"]
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fc=colour, ec="white", lw=0.5))
        if dull:
            axes.add_patch(
                Rectangle(
                    (x - 0.5, y - 0.5), 1, 1, fc="none", ec=ink, lw=0, hatch="////", alpha=0.25
                )
            )
        axes.text(
            x,
            y + 0.17,
            f"{row['value']:.2f}" if known else "–",
            ha="center",
            va="center",
            color=ink,
            fontsize=7,
        )
        if known and np.isfinite(row["low"]):
            words = f"{row['low']:.2f}–{row['high']:.2f}"
            axes.text(x, y - 0.24, words, ha="center", va="center", color=ink, fontsize=6)
        _frame(axes, x, y, row["role"])


def _frame(axes: Axes, x: int, y: int, role: str) -> None:
    frames = {"headline": [HEADLINE], "oracle": [ORACLE], "both": [HEADLINE, ORACLE]}
    for inset, colour in zip((0.03, 0.08), frames.get(role, []), strict=False):
        frame = Rectangle(
            (x - 0.5 + inset, y - 0.5 + inset), 1 - 2 * inset, 1 - 2 * inset, fc="none",
            ec=colour, lw=1.4, zorder=4,
        )  # fmt: skip
        # a white rim keeps a black frame visible on a dark cell
        frame.set_path_effects([withStroke(linewidth=2.6, foreground="white")])
        axes.add_patch(frame)
