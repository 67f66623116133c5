"""How recovery falls with the number of field stars in simulated surveys."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from chemtag.paper.field_curves import draw_field_curves, field_curves
from chemtag.paper.figures.style import with_interval


def data(forecast: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract forecast): RF40 of bound, oracle and headline."""
    return field_curves(forecast)


def about(forecast: pd.DataFrame) -> dict[Any, Any]:
    """Return the meta of the drawn data: that of the table, with recipe and n_elements."""
    return dict(forecast.attrs)


def in_words(drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return RF40 of the headline without field stars and among most of them."""
    said = []
    rows = drawn[(drawn["role"] == "headline") & (drawn["score"] == "rf40")]
    for _, part in rows.groupby(["error_scale", "n_elements"], sort=True):
        cells = part.sort_values("n_field").to_dict("records")
        first, last = cells[0], cells[-1]
        means = [with_interval(row["mean"], row["low"], row["high"]) for row in (first, last)]
        said.append(
            f"Errors times {first['error_scale']:g}, {first['n_elements']} elements: headline "
            f"{means[0]} with {first['n_field']:,} field stars, {means[1]} with "
            f"{last['n_field']:,}."
        )
    return " ".join(said)


def draw(data: pd.DataFrame, about: Mapping[Any, Any]) -> Figure:
    """Draw RF40 of bound, oracle and headline against the number of field stars."""
    return draw_field_curves(
        data,
        f"Recipe {about['recipe']}: {{}} simulated surveys "
        "(errors × 1: S/N = 100; members known exactly)",
    )
