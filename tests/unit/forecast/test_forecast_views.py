"""Forecasts: the known densities, views of one survey, the bound, and averages."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, multivariate_normal, norm

from chemtag.base.problems import InputProblem
from chemtag.base.settings import Setting
from chemtag.forecast import bayes
from chemtag.forecast.false_groups import false_groups_rows
from chemtag.forecast.realisations import draw_realisation, element_sets, informative_elements
from chemtag.forecast.summary import LOSSES, loss_rows, mean_interval, summarise
from chemtag.forecast.tagger import true_width
from chemtag.forecast.views import recovery, view_rows
from chemtag.survey.simulation import read_recipe
from chemtag.tag.scan.scanning import THRESHOLDS

RECIPES = Path(__file__).resolve().parents[3] / "resources" / "recipes"
SURVEY = read_recipe(RECIPES / "survey.yaml")
HIGHRES = read_recipe(RECIPES / "highres.yaml")
ALL = np.arange(17)
SETTINGS = [Setting("euclidean", "leaf", size, 3) for size in (5, 10)]


def survey_of(seed, n_field):
    return draw_realisation(SURVEY, n_field, np.random.default_rng(seed))


def test_posterior_equals_scipy():
    survey = survey_of(0, 50)
    elements = np.array([0, 4, 14])
    values = survey.observed(50, 0.7, elements)
    found = bayes.log_posterior(values, survey, 50, 0.7, elements)
    recipe = SURVEY
    sigma = 0.7 * np.array(
        [recipe["measurement"]["sigma"][recipe["elements"][e]] for e in elements]
    )
    sign = np.array(
        [recipe["measurement"]["common_mode"]["loadings"][recipe["elements"][e]] for e in elements]
    )
    noise = np.diag(0.7 * sigma**2) + 0.3 * np.outer(sigma * sign, sigma * sign)
    sizes = np.bincount(survey.clusters)
    joint = np.column_stack(
        [
            n * multivariate_normal(c[elements], noise + np.eye(3) * 0.01**2).pdf(values)
            for c, n in zip(survey.centres, sizes, strict=True)
        ]
        + [
            50
            * sum(
                share
                * multivariate_normal(
                    part.mean[elements], part.covariance[np.ix_(elements, elements)] + noise
                ).pdf(values)
                for share, part in zip(*_field_parts(), strict=True)
            )
        ]
    )
    expected = joint / joint.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.exp(found), expected, rtol=1e-6, atol=1e-12)


def _field_parts():
    from chemtag.survey.simulation import field_model

    field = field_model(SURVEY)
    return field.shares, field.components


def test_posterior_is_calibrated():
    """Of stars given 0.4 to 0.6 to one class, 40 to 60 % belong to it (6 surveys)."""
    given, right = [], []
    for seed in range(6):
        survey = survey_of(seed, 1500)
        values = survey.observed(1500, 1, ALL)
        posterior = np.exp(bayes.log_posterior(values, survey, 1500, 1, ALL))[:, :-1]
        chosen = (posterior > 0.4) & (posterior < 0.6)
        star, code = np.nonzero(chosen)
        given.append(posterior[chosen])
        right.append(survey.codes(1500)[star] == code)
    p, hits = np.concatenate(given), np.concatenate(right)
    assert len(p) > 100
    assert abs(hits.sum() - p.sum()) < 4 * np.sqrt((p * (1 - p)).sum())


def test_two_gaussians_on_a_line_are_told_apart_as_theory_says():
    """No field, one dimension, equal clusters d apart: Phi(d / 2) of members are right."""
    recipe = {**SURVEY, "clusters": {**SURVEY["clusters"]}}
    recipe["clusters"]["members"] = [{"name": n, "stars": 20000} for n in "ab"]
    survey = draw_realisation(recipe, 0, np.random.default_rng(1))
    spread = np.hypot(0.01, 0.012)
    elements = np.array([14])
    distance = abs(survey.centres[0, 14] - survey.centres[1, 14]) / spread
    limit = bayes.ceiling(survey, 0, 1.0, elements)
    share = (limit.assigned == survey.clusters).mean()
    assert 0.55 < share < 0.999
    assert share == pytest.approx(norm.cdf(distance / 2), abs=4 * np.sqrt(0.25 / 40000))


def test_best_matches_by_hand():
    """Cluster 0 ranks hit, miss, hit, miss; of its 3 members the last comes at the end."""
    ranking = np.log(np.array([[0.9, 0.5, 0.7, 0.3, 0.1], [0.1, 0.2, 0.3, 0.4, 0.5]])).T
    ranking = np.column_stack([ranking, np.zeros(5)])
    clusters = np.array([0, 0, -1, -1, 0])
    # Order 0, 2, 1, 3, 4: hits 1 1 2 2 3 over max(m, 3) = 3 3 3 4 5: best 2/3.
    # Cluster 1 has no member at all.
    np.testing.assert_allclose(bayes.best_matches(ranking, clusters), [2 / 3, 0])


def test_the_bound_is_above_the_most_probable_classes():
    survey = survey_of(3, 400)
    from chemtag.score import cluster_matches, contingency

    limit = bayes.ceiling(survey, 400, 1.0, ALL)
    found = contingency(limit.assigned, survey.codes(400), 28, 28)
    own = np.diagonal(found.members) / np.maximum(found.group_sizes, found.cluster_sizes)
    assert recovery(limit.match)["rf_area"] > own.mean() - 0.02
    assert cluster_matches(found).shape == limit.match.shape


def test_views_of_a_survey_share_their_stars():
    survey = survey_of(2, 100)
    small, large = survey.observed(10, 1, ALL), survey.observed(100, 1, ALL)
    np.testing.assert_array_equal(small, large[: len(small)])
    half = survey.observed(10, 0.5, ALL)
    truth = survey.observed(10, 0, ALL)
    np.testing.assert_allclose(2 * (half - truth), small - truth)
    fewer = draw_realisation(SURVEY, 10, np.random.default_rng(2))
    np.testing.assert_array_equal(fewer.observed(10, 1, ALL), small)
    assert (survey.codes(100) == -1).sum() == 100


def test_elements_by_information():
    order = informative_elements(SURVEY)
    names = [SURVEY["elements"][e] for e in order]
    assert sorted(order) == list(range(17))
    assert names[0] == "fe", "the best measured latent"
    assert set(names[1:3]) == {"n", "mg"}, "one element for age, one for alpha"
    sets = element_sets(SURVEY, [17, 3])
    assert list(sets[17]) == list(range(17))
    assert set(sets[3]) == set(order[:3])
    bare = element_sets(SURVEY, [15, 3], ["c", "n"])
    assert {SURVEY["elements"][e] for e in bare[15]} == set(SURVEY["elements"]) - {"c", "n"}
    assert SURVEY["elements"].index("n") not in bare[3]
    with pytest.raises(InputProblem, match=r"asks for 16 elements.* has 15 without c, n"):
        element_sets(SURVEY, [16], ["c", "n"])
    with pytest.raises(InputProblem, match=r"asks for 18 elements.* has 17"):
        element_sets(SURVEY, [18])


def test_a_recipe_without_field_says_so():
    with pytest.raises(InputProblem, match="'highres' has no `field`"):
        draw_realisation(HIGHRES, 10, np.random.default_rng(0))
    assert len(draw_realisation(HIGHRES, 0, np.random.default_rng(0)).clusters) == 175


def test_rows_of_a_cell():
    rows = list(view_rows(survey_of(1, 200), 200, 1.0, ALL, SETTINGS, SETTINGS[0].name))
    role = {row["role"]: row for row in rows}
    assert set(role) == {"bayes", "bayes_map", "headline", "oracle"}
    assert role["headline"]["setting"] == SETTINGS[0].name
    assert role["oracle"]["rf40"] >= role["headline"]["rf40"]
    assert role["bayes"]["rf_area"] > role["oracle"]["rf_area"]
    exact = list(view_rows(survey_of(1, 200), 200, 0.0, ALL, SETTINGS, SETTINGS[0].name))
    assert [row["role"] for row in exact] == ["bayes", "bayes_map", "headline", "oracle"]
    assert exact[3]["rf_area"] > role["oracle"]["rf_area"]
    assert exact[0]["rf_area"] > role["bayes"]["rf_area"]
    again = list(view_rows(survey_of(1, 900), 200, 1.0, ALL, SETTINGS, SETTINGS[0].name))
    assert again[2] == rows[2], "more field stars drawn than used change nothing"


def test_rows_of_the_whole_grid_and_of_the_known_width():
    survey = survey_of(1, 200)
    view = (survey, 200, 1.0, ALL, SETTINGS, SETTINGS[0].name)
    plain, rows = list(view_rows(*view)), list(view_rows(*view, whole_grid=True, scanned=True))
    assert rows[: len(plain)] == plain, "nothing else changes"
    grid = [row for row in rows if row["role"] == "grid"]
    assert sorted(row["setting"] for row in grid) == sorted(s.name for s in SETTINGS)
    assert max(row["rf40"] for row in grid) == plain[3]["rf40"]
    role = {row["role"]: row for row in rows}
    levels = [f"{kind}_{level}" for kind in ("scan", "detectable") for level in THRESHOLDS]
    assert [row["role"] for row in rows[len(plain) + len(grid) :]] == levels
    assert role["headline"]["rf40"] < role["scan_claims"]["rf40"] <= role["bayes"]["rf40"]
    assert role["scan_claims"]["n_groups"] <= role["scan_candidates"]["n_groups"]


def test_the_width_of_a_recipe_is_its_scatter_and_errors():
    survey = survey_of(1, 0)
    elements = np.array([0, 4])
    apart = []
    for seed in range(40):
        drawn = survey_of(seed, 0)
        values = drawn.observed(0, 0.5, elements) - drawn.centres[drawn.clusters][:, elements]
        apart.append(values)
    found = np.cov(np.vstack(apart).T)
    np.testing.assert_allclose(true_width(survey, 0.5, elements), found, rtol=0.06, atol=3e-6)


def test_false_groups_by_hand():
    """Two surveys of 10 clusters: 4 and 6 groups of which .5 and 0 are false; one has no group."""
    rows = [("grid", "s", 0, 0.2, 4, 0.5), ("grid", "s", 1, 0.4, 6, 0.0),
            ("oracle", "s", 0, 0.2, 4, 0.5), ("oracle", "t", 1, 0.4, 0, np.nan),
            *[("bayes", "", k, 0.9, np.nan, np.nan) for k in (0, 1)]]  # fmt: skip
    names = ["role", "setting", "realisation", "rf40", "n_groups", "statistical_40"]
    found = false_groups_rows(pd.DataFrame(rows, columns=names).assign(n_field=400), 10)
    found = found.set_index("role")
    assert found.loc["grid", ["recovered", "n_false"]].tolist() == pytest.approx([3, 1])
    # Student of two: half-width 1.819 sd / sqrt 2, cut at 0
    assert found.loc["grid", "n_false_low"] == 0
    assert found.loc["grid", "n_false_high"] == pytest.approx(1 + 1.819, abs=2e-3)
    assert found.loc["oracle", ["setting", "n_false"]].tolist() == ["", 1]
    assert np.isnan(found.loc["bayes", "n_false"])
    assert (found["n_clusters"] == 10).all()
    assert (found["n_realisations"] == 2).all()


def cells():
    rng = np.random.default_rng(0)
    rows = []
    for realisation in range(5):
        level = {"bayes": 0.9, "oracle": 0.5, "headline": 0.4, "bayes_map": 0.8}
        for n_field in (0, 100):
            for scale in (0.0, 1.0):
                for role, value in level.items():
                    score = value - 0.001 * n_field - 0.05 * scale + rng.normal(0, 0.01)
                    rows.append(
                        {
                            "realisation": realisation, "n_field": n_field, "error_scale": scale,
                            "n_elements": 17, "role": role, "rf40": score, "rf70": score / 2,
                            "rf_area": score, "n_groups": np.nan, "statistical_40": np.nan,
                            "member_share": np.nan,
                        }
                    )  # fmt: skip
    return pd.DataFrame(rows)


def test_losses_add_up_to_one():
    rows = pd.DataFrame(loss_rows(cells(), [0, 100], 1.0, 17, 28))
    for _, part in rows[rows["loss"].isin(LOSSES)].groupby(["n_field", "score"]):
        assert part["mean"].sum() == pytest.approx(1)
    one = rows[(rows["score"] == "rf40") & (rows["n_field"] == 100)].set_index("loss")["mean"]
    assert one["field"] == pytest.approx(0.1, abs=0.03)
    assert one["errors"] == pytest.approx(0.05, abs=0.03)
    assert one["detection"] == pytest.approx(0.4, abs=0.03)
    # The oracle loses 0.05 to errors and 0.1 to the field, whichever goes first.
    assert one["without_errors"] == pytest.approx(0.05, abs=0.03)
    assert one["without_field"] == pytest.approx(0.1, abs=0.03)
    assert one["errors_shapley"] + one["field_shapley"] == pytest.approx(one["without_both"])
    none = rows[(rows["n_field"] == 0) & (rows["loss"] == "field")]
    assert (none["mean"] == 0).all()


def test_detection_is_split_where_the_limit_is_known():
    plain = cells()
    bayes = plain[(plain["role"] == "bayes") & (plain["error_scale"] == 1)]
    parts = [bayes.assign(role=role, rf40=bayes["rf40"] - below, rf_area=bayes["rf_area"] - below)
             for role, below in (("detectable_claims", 0.15), ("scan_claims", 0.2))]  # fmt: skip
    grid = bayes.assign(role="grid", rf40=0.0)
    rows = pd.DataFrame(loss_rows(pd.concat([plain, *parts, grid]), [0, 100], 1.0, 17, 28))
    one = rows[(rows["score"] == "rf40") & (rows["n_field"] == 100)].set_index("loss")["mean"]
    assert one["places"] == pytest.approx(0.15)
    assert one["places"] + one["search"] == pytest.approx(one["detection"])
    assert one["scan_search"] == pytest.approx(0.05)
    assert sum(one[loss] for loss in LOSSES) == pytest.approx(1)
    assert "grid" not in set(summarise(pd.concat([plain, grid]), 28)["role"])


def test_summary_by_hand():
    table = cells()
    found = summarise(table, 28)
    found, table = (part[part["error_scale"] == 1] for part in (found, table))
    key = (found["role"] == "headline") & (found["n_field"] == 100) & (found["score"] == "rf40")
    values = table[(table["role"] == "headline") & (table["n_field"] == 100)]["rf40"]
    row = found[key].iloc[0]
    assert (row["mean"], row["sd"]) == pytest.approx((values.mean(), values.std()))
    width = row["high"] - row["low"]
    assert width == pytest.approx(2 * 1.1365 * values.std() / np.sqrt(5), rel=3e-2)
    assert "n_groups" not in set(found["score"])


def test_realisations_that_are_all_alike_are_not_certain():
    """0 of 28 clusters in each of 5 surveys: Jeffreys of 0 of 140; a mean match has no interval."""
    table = cells().assign(rf40=0.0, rf_area=0.1)
    found = summarise(table, 28).set_index("score")
    share = found.loc["rf40"].iloc[0]
    assert (share["interval"], share["mean"], share["low"]) == ("jeffreys", 0, 0)
    assert share["high"] == pytest.approx(beta.isf(0.16, 0.5, 140.5))
    assert found.loc["rf_area"].iloc[0]["interval"] == "none"
    assert found.loc["rf_area"][["low", "high", "low_95", "high_95"]].isna().all(axis=None)
    losses = pd.DataFrame(loss_rows(table, [0, 100], 1.0, 17, 28))
    losses = losses[losses["score"] == "rf40"].set_index(["n_field", "loss"])["interval"]
    assert losses[100, "recovered"] == losses[100, "chemistry"] == "jeffreys"
    assert losses[100, "field"] == "none"


def test_interval_of_the_mean_covers():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(1000):
        low, high = mean_interval(rng.normal(0.4, 0.1, 4), 0.68)
        covered += low <= 0.4 <= high
    assert covered == pytest.approx(680, abs=4 * np.sqrt(1000 * 0.68 * 0.32))
    assert np.isnan(mean_interval([0.3], 0.68).low)
    assert np.isnan(mean_interval([0.3, 0.3, 0.3], 0.68).high)
