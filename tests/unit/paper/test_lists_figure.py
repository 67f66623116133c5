"""The figure of several lists of members, from a table made here."""

import numpy as np
import pandas as pd

from chemtag.base.tables import conform
from chemtag.paper.figures import lists

LISTS = [("truth", "Truth of the sample", [0.0]), ("cg18", "Cantat-Gaudin et al.", [0.5, 0.7]),
         ("small", "A list of few", [0.0])]  # fmt: skip


def table() -> pd.DataFrame:
    """Three lists, one at two cuts, and one whose clusters are too small to count."""
    rows: list[dict] = []
    for name, label, cuts in LISTS:
        for cut in cuts:
            few, place = name == "small", len(rows) // 3
            for metric, value in (("rf40", 0.3), ("rf_area", 0.25), ("statistical_40", 0.6)):
                known = np.nan if few else 1.0
                value = (value + 0.1 * cut) * known
                rows.append(
                    {"place": place, "list": name, "label": label, "cut": cut, "n_listed": 99,
                     "n_stars": 3 if few else 90, "n_left_out": 0, "n_clusters": 0 if few else 9,
                     "n_shared": 0 if few else 80, "jaccard": 0.8, "ari": 0.9 * known,
                     "metric": metric, "value": value, "low": value - 0.1, "high": value + 0.1,
                     "low_95": value - 0.2, "high_95": value + 0.2, "interval": "jeffreys",
                     "null_mean": 0.02 * known, "null_low": 0.0, "null_high": 0.1,
                     "null_p95": 0.1 * known, "z": 3.0, "p_value": 0.01, "n_null": 50, "note": ""}
                )  # fmt: skip
    return conform(pd.DataFrame(rows), "list_scores", "t")


def figure():
    return lists.draw(lists.data(table()), "Members by abundances")


def test_each_list_and_cut_is_a_row_in_the_order_of_the_config():
    axes = figure().axes
    ticks = [tick.get_text() for tick in axes[0].get_yticklabels()]
    assert ticks == [
        "Truth of the sample", "Cantat-Gaudin et al., 0.5 or more",
        "Cantat-Gaudin et al., 0.7 or more", "A list of few",
    ]  # fmt: skip
    assert "too few members" in [text.get_text() for text in axes[0].texts]
    said = [text.get_text() for text in axes[-1].texts]
    assert said[:5] == ["stars", "90", "90", "90", "3"]
    assert said[-1] == "–"


def test_words_name_the_least_and_the_most_of_the_other_lists():
    said = lists.in_words(lists.data(table()), "Members")
    assert said == (
        "Members: share of clusters recovered 0.30 by the truth of the sample, from 0.35 "
        "(Cantat-Gaudin et al., 0.5 or more) to 0.37 (Cantat-Gaudin et al., 0.7 or more) by its "
        "other lists; the groups are the same."
    )
    alone = table()
    alone = alone[alone["list"] != "cg18"]
    assert lists.in_words(alone, "Members") == "Members: no other list has clusters that count."
