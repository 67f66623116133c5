"""Alternative texts of figures: what is shown, and its main values, from the drawn data."""

from collections.abc import Mapping
from importlib import import_module

import pandas as pd


def alternative(figure: str, what: str, drawn: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return the alternative text of a figure: `what` it shows, then its main values.

    `drawn` is the data beside the figure, `labels` the names of the samples on figures. A figure
    whose module says no main values (`in_words`) has `what` alone.
    """
    module = import_module(f"chemtag.paper.figures.{figure}")
    values = module.in_words(drawn, labels) if hasattr(module, "in_words") else ""
    return " ".join(filter(None, [" ".join(what.split()), values]))
