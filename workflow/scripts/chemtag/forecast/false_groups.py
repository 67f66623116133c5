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
    keys = ["n_field", "role", "setting"]
    return pd.DataFrame(
        [
            dict(zip(keys, key, strict=True)) | means_of_surveys(part, n_clusters)
            for key, part in table.groupby(keys, sort=True)
        ]
    )


def means_of_surveys(part: pd.DataFrame, n_clusters: int) -> dict[str, Any]:
    """Means of `recovered` of `n_clusters` and of `n_false` over surveys, with 68 % intervals.

    `part` has one row a survey; intervals end at no cluster, no group and all clusters.
    """
    row: dict[str, Any] = {}
    for name, most in (("recovered", float(n_clusters)), ("n_false", np.inf)):
        values = part[name].to_numpy(dtype=float)
        ends = mean_interval(values, LEVEL, (0.0, most))
        row |= {name: float(values.mean()), f"{name}_low": ends.low, f"{name}_high": ends.high}
    return row | {"n_clusters": n_clusters, "n_realisations": len(part)}
