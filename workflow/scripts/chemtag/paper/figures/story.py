"""The run in one picture: recovery of each sample by HDBSCAN and by known width, and chance."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    COLUMN_MM,
    GREY,
    PAGE_MM,
    counted,
    interval_arms,
    new_figure,
    say_nothing_to_show,
    wrapped,
)
from chemtag.paper.recovery_curves import ELIGIBLE, headline_rows, recovered, recovery_rows
from chemtag.score.matching import RECOVERED, THRESHOLDS

LEVELS = tuple(zip(THRESHOLDS, (COLOURS[0], COLOURS[1]), ("o", "s"), (-0.2, 0.2), strict=True))
SERIES = (
    ("headline", "HDBSCAN, headline", None, True),
    ("other_seeds", "headline, other seeds", "x", True),
    ("oracle", "HDBSCAN, oracle", None, False),
    ("scan_claims", "known width, claims", "^", True),
    ("scan_linkage", "known width, linkage", "v", False),
)
"""Role, name, symbol (None: that of the level), filled."""


def data(
    recovery: dict[str, pd.DataFrame],
    scan_recovery: dict[str, pd.DataFrame],
    repeats: dict[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return the drawn data (contract figure_recovery): the curves at 40 and 70 per cent.

    Of the tagger of known width, in samples that are scanned, claims and linkage. Of samples that
    are repeated with other seeds the mean, between ends of one standard deviation to both sides.
    """
    scans = [
        table.assign(role=[f"scan_{level}" for level in table["level"]], sample=sample,
                     least_members=ELIGIBLE)
        for sample, table in scan_recovery.items()
    ]  # fmt: skip
    rows = recovery_rows(recovery, [*scans, *other_seeds(recovery, repeats)])
    rows = rows[~rows["role"].isin(["scan_listed", "scan_candidates"])]
    levels = np.array([level for level, *_ in LEVELS])
    near = np.isclose(rows["threshold"].to_numpy()[:, None], levels[None, :]).any(axis=1)
    wanted = near & (rows["role"] != "published") & (rows["least_members"] == ELIGIBLE)
    return rows[wanted].reset_index(drop=True)


def other_seeds(
    recovery: Mapping[str, pd.DataFrame], repeats: Mapping[str, pd.DataFrame]
) -> list[pd.DataFrame]:
    """Return the rows of the headline over other seeds, beside those of the run they are of."""
    found = []
    for sample, table in repeats.items():
        by_score = table.set_index("score")
        own = recovery[sample]
        for level, *_ in LEVELS:
            at = np.isclose(own["threshold"], level) & (own["role"] == "headline")
            score = by_score.loc[f"rf{100 * level:.0f}"]
            mean, sd = score["mean"], score["sd"]
            ends = {"low": max(0.0, mean - sd), "high": min(1.0, mean + sd)}
            row = own[at].assign(recovery_fraction=mean, **ends, role="other_seeds", sample=sample)
            row["n_recovered"] = np.round(mean * row["n_eligible"]).astype(int)
            found.append(row.assign(least_members=ELIGIBLE, null_mean=np.nan, null_p95=np.nan))
    return found


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return RF40 and RF70 of the headline of each sample."""
    at_40, at_70 = (headline_rows(drawn, level) for level in THRESHOLDS)
    claims = headline_rows(drawn, RECOVERED, role="scan_claims")
    seeds = headline_rows(drawn, RECOVERED, role="other_seeds")
    said = []
    for sample, label in labels.items():
        if sample not in at_40:
            continue
        words = [f"at 40 per cent {recovered(at_40[sample])}"]
        words.append(f"at 70 per cent {recovered(at_70[sample])}")
        if sample in seeds:
            mean = seeds[sample]["recovery_fraction"]
            words.append(f"at 40 per cent over other seeds {mean:.2f} on average")
        if sample in claims:
            words.append(f"claims of known width, at 40 per cent {recovered(claims[sample])}")
        said.append(f"{label}: {'; '.join(words)}.")
    return " ".join(said)


def draw(data: pd.DataFrame, funnel: dict[str, pd.DataFrame], labels: dict[str, str]) -> Figure:
    """Draw RF40 and RF70 of each sample, in the order of `labels`, over its number of stars."""
    figure = new_figure(COLUMN_MM if len(labels) <= 2 else PAGE_MM, 96 if len(labels) <= 2 else 84)
    axes = figure.subplots()
    axes.set_ylabel("Recovery fraction of clusters")
    if data["n_eligible"].sum() == 0:
        say_nothing_to_show(axes, "no eligible cluster in any sample")
        return figure
    places = {sample: at for at, sample in enumerate(labels)}
    for level, colour, marker, shift in LEVELS:
        rows = data[np.isclose(data["threshold"], level)]
        _draw_level(axes, rows, places, f"RF{level * 100:.0f}", colour, marker, shift)
    words = []
    for sample, label in labels.items():
        eligible = data.loc[data["sample"] == sample, "n_eligible"].max()
        n_stars = int(funnel[sample]["stars_left"].iloc[-1])
        counts = f"{counted(n_stars, 'star')},\n{counted(int(eligible), 'cluster')}"
        words.append(wrapped(label, 16) + "\n" + counts)
    axes.set_xticks(range(len(labels)), words)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, len(labels) - 0.5)
    # The whole range, for every run alike: errors of a few hundredths shall not fill the figure.
    axes.set_ylim(-0.03, 1.03)
    handles, names = axes.get_legend_handles_labels()
    found = dict(zip(names, handles, strict=True))
    order = sorted(found, key=lambda name: (name.startswith("Null"), name))
    figure.legend(
        [found[name] for name in order],
        order,
        loc="outside lower center",
        ncols=2 if len(labels) <= 2 else 3,
    )
    return figure


def _draw_level(
    axes: Axes,
    rows: pd.DataFrame,
    places: dict[str, int],
    name: str,
    colour: str,
    marker: str,
    shift: float,
) -> None:
    known = [series for series in SERIES if (rows["role"] == series[0]).any()]
    step = 0.36 / len(known)
    for number, (role, words, symbol, filled) in enumerate(known):
        part = rows[rows["role"] == role]
        side = (number - (len(known) - 1) / 2) * step
        arms = interval_arms(part["recovery_fraction"], part["low"], part["high"])
        at = part["sample"].map(places).to_numpy(float) + shift + side
        if role != "other_seeds":
            _draw_null(axes, at, part, step)
        axes.errorbar(
            at, part["recovery_fraction"], arms, fmt=symbol or marker, ms=4.5, color=colour,
            mfc=colour if filled else "white", lw=0.9, zorder=3, label=f"{name}, {words}",
        )  # fmt: skip


def _draw_null(axes: Axes, at: np.ndarray, part: pd.DataFrame, step: float) -> None:
    axes.bar(at, part["null_p95"], width=0.9 * step, color=GREY, alpha=0.35, lw=0, zorder=1,
             label="Null, up to 95th percentile")  # fmt: skip
    axes.hlines(part["null_mean"], at - 0.45 * step, at + 0.45 * step, color=GREY, lw=1.0,
                label="Null, mean")  # fmt: skip
