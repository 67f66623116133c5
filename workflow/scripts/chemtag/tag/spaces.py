"""Tables of the stage `space` as what a tagger is given."""

import numpy as np
import pandas as pd

from chemtag.base.types import Floats
from chemtag.space.covariance import Errors, correlations_in
from chemtag.tag.protocol import Space


def space_in(table: pd.DataFrame, errors: pd.DataFrame | None = None) -> Space:
    """Return the space of a table (contract `space`), with the covariance of its `errors`.

    `errors` (contract `space_errors`) lists the same stars. Without it, or where it holds none
    since some error is not known, the space has no covariance.
    """
    names = tuple(str(name) for name in table if name != "star_id")
    covariance = None
    if errors is not None and errors.attrs["sources"]:
        covariance = errors_in(errors).covariance()
    return Space(
        table["star_id"].to_numpy(dtype=object),
        table[list(names)].to_numpy(dtype=float),
        covariance,
        names,
        centre=scale_in(table, "centre"),
        divisor=scale_in(table, "divisor"),
    )


def scale_in(table: pd.DataFrame, key: str) -> Floats | None:
    """Return centre or divisor of a space whose axes are the features themselves, else None."""
    meta = table.attrs
    if key not in meta or meta.get("matrix") is not None:
        return None
    return np.asarray(meta[key], dtype=float)


def errors_in(table: pd.DataFrame) -> Errors:
    """Return the errors of a table of the contract `space_errors`."""
    sources = tuple(table.attrs["sources"])
    return Errors(
        sources,
        table[[f"{name}_err" for name in sources]].to_numpy(dtype=float),
        np.asarray(table.attrs["loadings"], dtype=float),
        correlations_in(table, sources),
    )
