"""Clusters put into a field: which fit, and whether they are like those they were drawn from."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base.problems import InputProblem
from chemtag.survey.simulation.injected import FEATURES, draw_known, injected


def summary(n=6, r50=0.02, members=400):
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {"cluster": [f"C {i}" for i in range(n)], "n_members": members, "r50": r50,
         "pmra": rng.normal(0, 5, n), "pmdec": rng.normal(0, 5, n), "parallax": 1.0,
         "pmra_scatter": 0.1, "pmdec_scatter": 0.2, "parallax_scatter": 0.05}
    )  # fmt: skip


def test_clusters_that_would_fill_the_cone_are_not_drawn():
    known = pd.concat([summary(4), summary(3, r50=0.5).assign(cluster=["wide 1", "wide 2", "w 3"])])
    drawn = draw_known(known, 4, 1.0, np.random.default_rng(1))
    assert set(drawn["cluster"]) == {"C 0", "C 1", "C 2", "C 3"}
    with pytest.raises(InputProblem, match=r"4 of 7 clusters fit a cone of 1\.00 deg, and 5 are"):
        draw_known(known, 5, 1.0, np.random.default_rng(1))


def test_members_have_the_motions_scatters_and_half_radius_of_their_cluster():
    known = summary(2, members=20_000)
    table = injected(known, 1.0, np.random.default_rng(2))
    for row in known.to_dict("records"):
        own = table[table["cluster"] == row["cluster"]]
        assert own["pmra"].mean() == pytest.approx(row["pmra"], abs=0.005)
        assert own["pmdec"].std() == pytest.approx(0.2, rel=0.03)
        assert own["parallax"].std() == pytest.approx(0.05, rel=0.03)
        reach = np.hypot(own["xi"] - own["xi"].median(), own["eta"] - own["eta"].median())
        assert (reach < 0.02).mean() == pytest.approx(5 / 9, abs=0.02)  # cut at 3 r50
    assert np.hypot(table["xi"], table["eta"]).max() < 1.0


def test_the_number_of_members_may_be_limited_and_nothing_else_changes():
    few = injected(summary(2), 1.0, np.random.default_rng(2), most=10)
    assert few.groupby("cluster").size().tolist() == [10, 10]
    assert list(few) == [*FEATURES, "cluster"]
