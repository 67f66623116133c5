"""Clusters recovered by other packages of HDBSCAN with the rows in many orders."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from chemtag.paper.figures.style import COLOURS, DARK, PAGE_MM, counted, new_figure


def data(row_orders: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data: the table itself."""
    return row_orders


def in_words(drawn: pd.DataFrame) -> str:
    """Return for each package how many settings move and how far the widest does."""
    said = []
    for package, part in drawn.groupby("package"):
        reach = part["most"] - part["fewest"]
        widest = part.iloc[int(reach.to_numpy().argmax())]
        said.append(
            f"{package}: the count moves in {int((reach > 0).sum())} of {len(part)} settings, "
            f"from {widest['fewest']} to {widest['most']} clusters at the most."
        )
    return " ".join(said)


def draw(data: pd.DataFrame, label: str) -> Figure:
    """Draw fewest to most clusters of each setting, one panel a package, beside the exact core.

    Settings are in the order of the exact core's count, the same in all panels.
    """
    packages = sorted(data["package"].unique())
    order = data.drop_duplicates("setting").sort_values(["exact", "setting"])["setting"].tolist()
    figure = new_figure(PAGE_MM, 30 * max(len(packages), 1) + 34)
    panels = figure.subplots(max(len(packages), 1), 1, sharex=True, sharey=True, squeeze=False)
    for axes, package in zip(panels[:, 0], packages, strict=False):
        rows = data[data["package"] == package].set_index("setting").loc[order]
        _draw_package(axes, rows)
        moved = int((rows["most"] > rows["fewest"]).sum())
        axes.set_title(f"{package}: the count moves in {moved} of {len(rows)} settings")
        axes.set_ylabel("Clusters\nrecovered")
    words = [short(setting) for setting in order]
    panels[-1, 0].set_xticks(range(len(order)), words, rotation=90, fontsize=6)
    panels[-1, 0].set_xlabel("Selection, min_cluster_size, min_samples")
    orders = int(data["n_orders"].max()) if len(data) else 0
    figure.suptitle(f"{label}: {counted(orders, 'order')} of the rows")
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return figure


def short(setting: str) -> str:
    """A setting in words for an axis: leaf 5, 3."""
    _, method, size, samples = setting.split("-")
    return f"{method} {size.removeprefix('mcs')}, {samples.removeprefix('ms')}"


def _draw_package(axes: Axes, rows: pd.DataFrame) -> None:
    at = np.arange(len(rows))
    axes.vlines(
        at, rows["fewest"], rows["most"], color=COLOURS[1], lw=3, alpha=0.6,
        label="fewest to most in any order",
    )  # fmt: skip
    axes.plot(at, rows["given"], ls="", marker="_", ms=6, color=DARK, label="order of identifiers")
    axes.plot(
        at,
        rows["exact"],
        ls="",
        marker="o",
        ms=2.6,
        color=COLOURS[0],
        label="exact core, any order",
    )
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_xlim(-0.7, len(rows) - 0.3)
