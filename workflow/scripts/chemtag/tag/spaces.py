"""Tables of the stage `space` as what a tagger is given."""

import numpy as np
import pandas as pd

from chemtag.space.covariance import Errors
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
    )


def errors_in(table: pd.DataFrame) -> Errors:
    """Return the errors of a table of the contract `space_errors`."""
    sources = tuple(table.attrs["sources"])
    pairs = [(one, other) for one in sources for other in sources if one != other]
    given = {pair: f"{pair[0]}_{pair[1]}_corr" for pair in pairs}
    return Errors(
        sources,
        table[[f"{name}_err" for name in sources]].to_numpy(dtype=float),
        np.asarray(table.attrs["loadings"], dtype=float),
        {pair: table[name].to_numpy(float) for pair, name in given.items() if name in table},
    )
