"""Recovery of dissolved clusters against their mass at birth."""

import pandas as pd
from matplotlib.figure import Figure

from chemtag.paper.figures.style import (
    COLOURS,
    COLUMN_MM,
    DARK,
    interval_arms,
    new_figure,
    with_interval,
)

ROLES = (
    ("any", "any setting of the grid", "s", COLOURS[1], 1.07),
    ("headline", "headline setting", "o", COLOURS[0], 0.93),
)


def data(mass_recovery: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data: the table itself."""
    return mass_recovery


def in_words(drawn: pd.DataFrame) -> str:
    """Return the recovery of the headline in the heaviest bin with eligible clusters."""
    rows = drawn[(drawn["role"] == "headline") & (drawn["n_eligible"] > 0)]
    if rows.empty:
        return "No dissolved cluster has enough members to count."
    row = rows.sort_values("mass_low").iloc[-1]
    return (
        f"Of {row['n_eligible']} dissolved clusters of {row['mass_low']:,.0f} to "
        f"{row['mass_high']:,.0f} solar masses the headline recovers {row['n_recovered']}: "
        f"{with_interval(row['recovery_fraction'], row['low'], row['high'])}."
    )


def draw(data: pd.DataFrame, label: str) -> Figure:
    """Draw above the share recovered against mass, below the clusters that count, of all seen."""
    figure = new_figure(COLUMN_MM, 92)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    middle = (data["mass_low"] * data["mass_high"]) ** 0.5
    for role, words, marker, colour, shift in ROLES:
        rows = data[(data["role"] == role) & (data["n_eligible"] > 0)]
        upper.errorbar(
            middle[rows.index] * shift, rows["recovery_fraction"],
            interval_arms(rows["recovery_fraction"], rows["low"], rows["high"]), fmt=marker, ms=4,
            color=colour, lw=0.9, label=words,
        )  # fmt: skip
    rows = data[data["role"] == "headline"].sort_values("mass_low")
    for column, words, line in (
        ("n_clusters", "with a star in the sample", ":"),
        ("n_eligible", "with enough to count", "-"),
    ):
        shown = rows[rows[column] > 0]
        lower.plot(
            middle[shown.index], shown[column], color=DARK, ls=line, marker=".", lw=0.9, label=words
        )
    upper.set_ylim(-0.04, 1.04)
    upper.set_ylabel("RF40")
    lower.set_ylabel("Clusters")
    lower.set_xlabel("Mass of the cluster at birth (solar masses)")
    lower.set_xscale("log")
    lower.set_yscale("log")
    upper.set_title(label)
    upper.legend(loc="best")
    lower.legend(loc="best")
    return figure
