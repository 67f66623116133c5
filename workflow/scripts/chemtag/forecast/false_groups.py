"""Recovered clusters against false groups: every setting and every tagger in one plane."""

from typing import Any

import numpy as np
import pandas as pd

from chemtag.forecast.summary import mean_interval

LEVEL = 0.68


def false_groups_rows(cells: pd.DataFrame, n_clusters: int) -> pd.DataFrame:
    """Return the rows of the contract `false_groups` from `cells` (contract forecast_scores).

    Means over realisations of the clusters recovered at 40 per cent and of the groups that match
    none, for each number of field stars, role and setting; `cells` are of one scale of the errors
    and one number of elements. The oracle takes another setting in each realisation, so it has
    none. The Bayes bound makes no groups.
    """
    setting = cells["setting"].where(cells["role"].isin(["grid", "headline"]), "")
    table = cells.assign(
        setting=setting,
        recovered=n_clusters * cells["rf40"],
        # without any group no group is false
        n_false=(cells["n_groups"] * cells["statistical_40"]).where(cells["n_groups"] != 0, 0.0),
    )
    rows: list[dict[str, Any]] = []
    keys = ["n_field", "role", "setting"]
    for _, part in table.groupby(keys, sort=True):
        row: dict[str, Any] = {key: part[key].iloc[0] for key in keys}
        for key, most in (("recovered", float(n_clusters)), ("n_false", np.inf)):
            values = part[key].to_numpy(dtype=float)
            ends = mean_interval(values, LEVEL, (0.0, most))
            row |= {key: float(values.mean()), f"{key}_low": ends.low, f"{key}_high": ends.high}
        rows.append(row | {"n_clusters": n_clusters, "n_realisations": len(part)})
    return pd.DataFrame(rows)
