"""Named numbers of the comparison of spaces: the same stars by motions, abundances and both."""

import pandas as pd

from chemtag.paper.tables import Number, count, plain

SCORES = ("rf40", "statistical_40", "n_groups")
RULE = "compare_spaces"


def two_space_numbers(table: pd.DataFrame, sample: str, source: str) -> dict[str, Number]:
    """Return `sample.spaces.view.algorithm.score` of the contract `two_spaces`, with its null.

    Beside them `sample.spaces.n_clusters` and `.n_field`, the stars of no cluster.
    """
    meta = table.attrs
    field = int(meta["n_stars"]) - int(meta["n_members"])
    found = {
        f"{sample}.spaces.n_clusters": count(meta["n_clusters"], "clusters", source, RULE),
        f"{sample}.spaces.n_field": count(field, "stars of no cluster", source, RULE),
    }
    for row in table[table["metric"].isin(SCORES)].to_dict("records"):
        found[f"{sample}.spaces.{row['view']}.{row['algorithm']}.{row['metric']}"] = Number(
            value=plain(row["value"]),
            low=plain(row["low"]),
            high=plain(row["high"]),
            null_mean=plain(row["null_mean"]),
            null_p95=plain(row["null_p95"]),
            p_value=plain(row["p_value"]),
            note=str(row["note"] or row["reason"]),
            description=f"{row['metric']} of {row['label']}, space {row['view']}",
            source=source,
            rule=RULE,
        )
    return found
