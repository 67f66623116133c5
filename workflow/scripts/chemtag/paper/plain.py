"""Names and labels of a user as plain text on figures, whatever they hold."""

from collections.abc import Mapping
from typing import Any

import pandas as pd


def on_figures(value: Any) -> Any:
    """Return a value whose texts matplotlib shows as they are: `$` is no mathematics.

    Texts inside tables (columns, not their names), mappings and sequences as well; anything else is
    returned as it is. A text that begins with `_` would be left out of legends.
    """
    if isinstance(value, str):
        plain = value.replace("$", r"\$")
        return f" {plain}" if plain.startswith("_") else plain
    if isinstance(value, pd.DataFrame):
        texts = [
            name
            for name, column in value.items()
            if pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column)
        ]
        if not texts:
            return value
        shown = value.assign(**{str(name): value[name].map(on_figures) for name in texts})
        shown.attrs = dict(value.attrs)
        return shown
    if isinstance(value, Mapping):
        return {on_figures(key): on_figures(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [on_figures(entry) for entry in value]
    if type(value) is tuple:
        return tuple(on_figures(entry) for entry in value)
    return value
