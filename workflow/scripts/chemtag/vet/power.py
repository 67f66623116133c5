"""Power of a datum against its error, on field stars whose true values are given."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from chemtag.base.types import Floats
from chemtag.vet.statistic import common_value, field_density
from chemtag.vet.vetting import PURITIES, shares_above


def power_of(
    true: Floats, error: Floats, spread: Floats, n_stars: int, purity: float, alpha: float,
    groups: int, generator: np.random.Generator,
) -> float:  # fmt: skip
    """Return the share of groups of a purity that are unlike the field at level `alpha`.

    `true` (K, D) are values of field stars, `error` (D,) the error of every star, `spread` (D,)
    that within a birth group. Of `n_stars`, round(purity * n_stars) are siblings about the value of
    one field star. `groups` of the field give the null, as many of the purity the share.
    """

    def observed(values: Floats) -> Floats:
        return values + generator.normal(size=values.shape) * error

    def of_field() -> Floats:
        return true[generator.integers(0, len(true), (groups, n_stars))]

    field = field_density(observed(true))
    errors = np.broadcast_to(error, (groups, n_stars, true.shape[1]))
    null = common_value(observed(of_field()), errors, spread, field)
    mixed = of_field()
    siblings = round(purity * n_stars)
    centre = true[generator.integers(0, len(true), groups)][:, None]
    inside = generator.normal(size=(groups, siblings, true.shape[1])) * spread
    mixed[:, :siblings] = centre + inside
    found = common_value(observed(mixed), errors, spread, field)
    return float(np.mean(shares_above(found, null) <= alpha))


def power_table(
    true: Floats, errors: Sequence[Floats], spread: Floats, n_stars: int, alpha: float,
    groups: int, generator: np.random.Generator, purities: Sequence[float] = PURITIES,
) -> pd.DataFrame:  # fmt: skip
    """Return purity, error (of the first value) and power, a row for each pair."""
    rows = [
        {
            "purity": purity,
            "error": float(error[0]),
            "power": power_of(true, error, spread, n_stars, purity, alpha, groups, generator),
        }
        for purity in purities
        for error in errors
    ]
    return pd.DataFrame(rows)
