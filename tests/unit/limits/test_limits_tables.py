"""Rows of the limits tables satisfy their contracts, also for samples with next to no members."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base.problems import InputProblem
from chemtag.base.tables import conform
from chemtag.limits import doppelgangers as dg
from chemtag.limits import tables
from chemtag.limits.ceiling import ceiling_scores, leave_one_out_neighbours
from chemtag.limits.information import scatter_of
from chemtag.limits.sample import errors_in_space, labelled_sample
from chemtag.limits.tuning import chosen_blindly, nested, random_halves
from chemtag.score.intervals import resampled_clusters
from chemtag.select.truth import truth_of


def sample(sizes, n_field, d=4, seed=0):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(sizes)), sizes)
    members = rng.normal(0, 2, (len(sizes), d))[codes] + rng.normal(0, 0.5, (len(codes), d))
    values = np.vstack([members, rng.normal(0, 2, (n_field, d))])
    return values, truth_of([f"c{k}" for k in codes] + [""] * n_field, 2)


@pytest.mark.parametrize(
    ("sizes", "n_field"), [((8, 7, 6, 5, 9), 60), ((3, 2, 2), 0), ((3, 2, 2, 1), 1), ((4,), 20)]
)
def test_tables_satisfy_their_contracts(sizes, n_field):
    values, truth = sample(sizes, n_field)
    rng = np.random.default_rng(1)
    answers = leave_one_out_neighbours(values, truth.clusters, 3)
    rows = tables.ceiling_rows("knn", ceiling_scores(answers, truth, 40, rng))
    conform(rows, "ceiling", "ceiling")
    conform(tables.ceiling_cluster_rows("knn", answers, truth), "ceiling_clusters", "ceiling")
    conform(tables.empty_ceiling_rows("lda", "too few"), "ceiling", "ceiling")
    measures = {
        "distance": dg.distances(values),
        "chi2": dg.reduced_chi2(values, np.full(values.shape, 0.5)),
    }
    strangers = tables.stranger_sets(truth.clusters, values[:, 0], 0.3, 1000, rng)
    rates, bins = tables.doppelganger_tables(measures, truth, strangers, 40, rng)
    conform(rates, "doppelgangers", "rates")
    conform(bins, "pair_separations", "bins")
    undefined = rates["low"].isna()
    assert (rates.loc[undefined, "note"] != "").all(), "a missing interval is explained"


@pytest.mark.parametrize("sizes", [(8, 7, 6, 5, 9), (3, 2, 2), (2, 2, 2, 1)])
def test_information_of_many_and_few_members(sizes):
    values, truth = sample(sizes, 20)
    spectra, quantities, ratios = tables.information_tables(
        values, truth.clusters, np.full(values.shape, 0.5)
    )
    conform(spectra, "spectrum", "spectrum")
    conform(quantities, "information", "information")
    assert (quantities.loc[quantities["low"].isna(), "note"] != "").all()
    drawn = resampled_clusters(truth.eligible, 50, np.random.default_rng(0))
    elements = tables.element_rows(list("abcd"), ratios, values, truth, drawn)
    elements = conform(elements, "element_information", "elements")
    assert elements["loss"].notna().all() == (sum(sizes) > len(sizes) + 5)
    counts = np.bincount(truth.clusters[truth.clusters >= 0])
    names = [name for name, n in zip(truth.names, counts, strict=True) if n >= 2]
    pairs = tables.cluster_pair_rows(scatter_of(values, truth.clusters), names)
    conform(pairs, "cluster_pairs", "pairs")
    assert len(pairs) == len(names) * (len(names) - 1) // 2


@pytest.mark.parametrize("name", ["information", "spectrum", "element_information"])
def test_nothing_known_is_an_empty_table(name):
    assert conform(tables.nothing_known(name), name, name).empty


def test_tuning_rows_name_every_rule():
    criteria = pd.DataFrame(
        {
            "setting": ["a", "b", "c"],
            "n_groups": [5, 3, 9],
            "stability": [0.9, 0.2, 0.4],
            "stability_error": [0.1, 0.1, np.nan],
            "persistence": [0.1, 0.3, np.nan],
            "relative_validity": np.nan,
            "dbcv": [0.0, 0.1, 0.2],
            "silhouette": [0.3, 0.1, 0.2],
        }
    )
    criteria["chosen_by"] = chosen_blindly(criteria)
    conform(criteria, "criteria", "criteria")
    criteria["space"] = "raw"
    match = np.array([[0.5, 0.1, 0.1, 0.6], [0.1, 0.1, 0.1, 0.1], [0.5, 0.5, 0.5, 0.1]])
    halves = random_halves(4, 20, np.random.default_rng(0))
    outcome = nested(match, criteria["n_groups"].to_numpy(), halves, 0.4)
    tuned = conform(tables.tuned_setting_rows(criteria, match, outcome), "tuned_settings", "tuned")
    assert tuned["rf40"].tolist() == [0.5, 0.0, 0.75]
    rows = tables.tuning_rows(criteria, match, outcome, ("raw", "b"))
    conform(rows, "tuning", "tuning")
    chosen = rows.set_index("rule")
    expected = {"headline": "b", "stability": "a", "persistence": "b", "dbcv": "c",
                "silhouette": "a", "oracle": "c"}  # fmt: skip
    assert chosen.loc[list(expected), "setting"].to_dict() == expected
    assert chosen.loc["oracle", "rf40"] == 0.75
    assert chosen.loc["optimism", "rf40"] == pytest.approx(0.75 - chosen.loc["nested", "rf40"])
    assert "relative_validity" not in chosen.index, "undefined criteria choose nothing"


def test_what_knows_the_truth_searches_every_space_and_blind_rules_one():
    """The best setting by truth and by stability stands in the other space."""
    criteria = pd.DataFrame(
        {
            "space": ["raw", "raw", "other"],
            "setting": ["a", "b", "a"],
            "n_groups": [2, 2, 2],
            "stability": [0.1, 0.2, 0.9],
            "chosen_by": ["", "stability", "stability"],
        }
    )
    match = np.array([[0.5, 0.0, 0.0, 0.0], [0.0] * 4, [0.5, 0.5, 0.5, 0.5]])
    outcome = nested(match, [2, 2, 2], random_halves(4, 6, np.random.default_rng(0)), 0.4)
    rows = tables.tuning_rows(criteria, match, outcome, ("raw", "a")).set_index("rule")
    chosen = rows[["space", "setting"]].apply(tuple, axis=1)
    assert chosen["headline"] == ("raw", "a")
    assert chosen["stability"] == ("raw", "b")
    assert chosen["oracle"] == chosen["nested"] == ("other", "a")
    assert rows.loc["nested", "rf40"] == 1


def test_what_is_chosen_blindly_does_not_depend_on_the_truth():
    """The rules' settings are those of the table, whatever the clusters say."""
    criteria = pd.DataFrame(
        {"space": "raw", "setting": ["a", "b"], "n_groups": [2, 3], "chosen_by": ["", "dbcv"]}
    )
    criteria["dbcv"] = [0.1, 0.2]
    for match in (np.eye(2), 1 - np.eye(2), np.zeros((2, 2))):
        outcome = nested(match, [2, 3], random_halves(2, 4, np.random.default_rng(0)), 0.4)
        rows = tables.tuning_rows(criteria, match, outcome, ("raw", "a")).set_index("rule")
        assert rows.loc["dbcv", "setting"] == "b"


def stars_and_space():
    stars = pd.DataFrame(
        {"star_id": ["a", "b"], "fe_h": [0.0, 0.1], "mg_fe": [0.1, 0.2],
         "fe_h_err": [0.03, 0.04], "mg_fe_err": [0.04, 0.03]}
    )  # fmt: skip
    stars.attrs = {"elements": ["fe", "mg"], "ratio": "x_fe"}
    space = pd.DataFrame({"star_id": ["b", "a"], "fe_h": [1.0, 2.0], "mg_h": [3.0, 4.0]})
    space.attrs = {"ratio": "x_h", "divisor": [0.1, 0.5]}
    return stars, space


def test_errors_follow_ratio_scale_and_rows_of_the_space():
    stars, space = stars_and_space()
    found = errors_in_space(space, stars, "quadrature", "here")
    np.testing.assert_allclose(found, [[0.4, 0.05 / 0.5], [0.3, 0.05 / 0.5]])


def test_errors_pass_a_transform_in_quadrature():
    stars, space = stars_and_space()
    space.attrs["matrix"] = [[0.6, 1.0], [0.8, 0.0]]
    found = errors_in_space(space, stars, "quadrature", "here")
    np.testing.assert_allclose(found[0], [np.hypot(0.6 * 0.4, 0.8 * 0.1), 0.4])


def test_errors_that_are_missing_say_so():
    stars, space = stars_and_space()
    stars.loc[0, "mg_fe_err"] = np.nan
    with pytest.raises(InputProblem, match="here: column mg_h_err has stars without an error"):
        errors_in_space(space, stars, "quadrature", "here")
    with pytest.raises(InputProblem, match="its 1 stars are not the 2 stars of the space"):
        errors_in_space(space, stars_and_space()[0].iloc[:1], "quadrature", "here")


def test_a_sample_is_its_space_and_its_truth():
    _, space = stars_and_space()
    truth = pd.DataFrame({"star_id": ["b", "a"], "cluster": ["", "x"], "eligible": [False, True]})
    known = labelled_sample(space, truth, "here")
    assert list(known.truth.clusters) == [-1, 0]
    assert known.dimensions == ["fe_h", "mg_h"]
    np.testing.assert_array_equal(known.members, [False, True])
