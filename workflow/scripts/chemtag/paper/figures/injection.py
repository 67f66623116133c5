"""How many published clusters are found again among the field stars of a sample."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from chemtag.paper.field_curves import draw_field_curves, field_curves


def data(forecast: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn data (contract forecast): RF40 of oracle and headline."""
    return field_curves(forecast)


def about(forecast: pd.DataFrame) -> dict[Any, Any]:
    """Return the meta of the drawn data: that of the table, with n_elements."""
    return dict(forecast.attrs)


def draw(data: pd.DataFrame, label: str) -> Figure:
    """Draw RF40 of oracle and headline against the number of field stars."""
    return draw_field_curves(data, f"{label}: published clusters injected, {{}} times")
