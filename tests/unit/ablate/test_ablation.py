"""Ablations: what is changed, what is learnt from whom, paired differences by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from chemtag.ablate import scores
from chemtag.ablate.samples import check_clusters, of_recipe, of_tables
from chemtag.ablate.scores import Score, Stars, coordinates_of, score_variant
from chemtag.ablate.summary import of_one_sample, over_realisations, realisation_rows
from chemtag.ablate.variants import Carried, headline_variant, variants_of
from chemtag.base.problems import InputProblem
from chemtag.base.settings import Setting
from chemtag.base.tables import conform
from chemtag.score.intervals import resampled_clusters
from chemtag.score.nulls import permuted_clusters
from chemtag.select.truth import Truth
from chemtag.survey.simulation import read_recipe

RECIPES = Path(__file__).resolve().parents[3] / "resources" / "recipes"
HIGHRES = read_recipe(RECIPES / "highres.yaml")
SPACE = {"ratio": "x_fe", "scale": "raw", "transform": "none", "error_conversion": "quadrature"}
SETTING = Setting("euclidean", "leaf", 2, 1)
HEADLINE = {"metric": "euclidean", "method": "leaf", "min_cluster_size": 2, "min_samples": 1}
BLOCK = {
    "families": ["metric", "space", "ratio", "elements", "oracle"],
    "components": [3, 99],
    "reliable": ["fe", "mg", "si", "o"],
    "predicted": {"slope": -0.4, "scatter": 0.125},
}
BASE = headline_variant(HIGHRES["elements"], SPACE, HEADLINE)


@pytest.fixture(scope="module")
def stars():
    return of_recipe(HIGHRES, 0, 4, 1.0, "quadrature", np.random.default_rng(3))


def test_a_predicted_label_has_the_bias_the_scatter_and_the_error_it_says():
    rng = np.random.default_rng(5)
    value, normal = rng.normal(-0.1, 0.3, 200_000), rng.standard_normal(200_000)
    error = np.full(len(value), 0.02)
    found, honest = scores.carried_label(value, error, Carried(-0.4, 0.1), normal)
    off = found - value
    assert np.polyfit(value, off, 1)[0] == pytest.approx(-0.4, abs=0.002)
    assert off.mean() == pytest.approx(0, abs=0.001)
    np.testing.assert_allclose(honest, np.sqrt(np.mean(off**2)), rtol=5e-3)
    same, kept = scores.carried_label(value, error, Carried(0.0, 0.0), normal)
    np.testing.assert_array_equal(same, value)
    np.testing.assert_array_equal(kept, error)


def test_only_iron_is_predicted_and_only_when_it_is_asked_for(stars):
    assert not [v for v in variants_of(BASE, HIGHRES["elements"], BLOCK)[0] if v.carried]
    asked = {**BLOCK, "families": ["predicted"]}
    variants, skipped = variants_of(BASE, HIGHRES["elements"], asked)
    assert [v.name for v in variants[1:]] == [
        "predicted_fe", "predicted_fe_unbiased", "predicted_fe_bias_alone",
    ]  # fmt: skip
    assert skipped == []
    drawn = replace(stars, normal=np.random.default_rng(1).standard_normal(len(stars.values)))
    plain, moved = (coordinates_of(drawn, one) for one in variants[:2])
    iron = HIGHRES["elements"].index("fe")
    changed = np.abs(plain - moved).max(axis=0) > 0
    assert changed.tolist() == [i == iron for i in range(len(HIGHRES["elements"]))]
    bare = tuple(e for e in HIGHRES["elements"] if e != "fe")
    none, why = variants_of(replace(BASE, elements=bare), HIGHRES["elements"], asked)
    assert len(none) == 1
    assert all("the sample has no fe" in reason for reason in why)


def test_each_variant_changes_one_thing_and_none_is_the_headline():
    found, skipped = variants_of(BASE, HIGHRES["elements"], BLOCK)
    names = [variant.name for variant in found]
    assert names[0] == "headline"
    assert len(set(names)) == len(names)
    assert {
        "manhattan",
        "mahalanobis",
        "zscore",
        "error_scaled",
        "error_whitened",
        "x_h",
        "field_whitened",
        "residuals",
        "pca_3",
        "reliable",
        "oracle_whitened",
    } < set(names)
    assert not {"euclidean", "raw", "x_fe"} & set(names), "these are the headline"
    assert sum(name.startswith("without_") for name in names) == 16
    changes = {"metric": {"metric"}, "ratio": {"ratio"}, "elements": {"elements"},
               "space": {"scale", "transform", "components"}, "oracle": {"transform"}}  # fmt: skip
    for variant in found[1:]:
        fields = set(vars(BASE)) - {"family", "name"}
        differing = {key for key in fields if getattr(variant, key) != getattr(BASE, key)}
        assert differing <= changes[variant.family]
        assert differing
    assert skipped == ["pca_99: the sample has 16 elements"]


def test_sets_without_and_with_carbon_and_nitrogen():
    short = replace(BASE, elements=("fe", "mg"))
    found, _ = variants_of(short, ["fe", "mg", "c", "n"], {**BLOCK, "families": ["elements"]})
    sets = {variant.name: variant.elements for variant in found}
    assert sets["with_c_n"] == ("fe", "mg", "c", "n")
    assert "without_c_n" not in sets, "that is the headline"
    _, skipped = variants_of(short, ["fe", "mg", "c"], {**BLOCK, "families": ["elements"]})
    assert "with_c_n: the stars have no n" in skipped
    assert "without_fe: 1 of the sample's elements are left, two are needed" in skipped


def test_error_whitening_makes_the_errors_white(stars):
    white = replace(BASE, transform="error_whitened")
    rng = np.random.default_rng(0)
    noise = rng.multivariate_normal(np.zeros(16), stars.covariance, 40_000)
    for ratio in ("x_fe", "x_h"):
        variant = replace(white, ratio=ratio)
        quiet = replace(stars, values=np.zeros_like(noise), errors=np.ones_like(noise))
        points = coordinates_of(replace(quiet, values=noise), variant)
        np.testing.assert_allclose(np.cov(points.T), np.eye(16), atol=0.03)


def test_with_variances_only_error_whitening_is_scaling_by_the_mean_square_error(stars):
    errors = np.random.default_rng(1).uniform(0.01, 0.05, stars.values.shape)
    plain = replace(stars, covariance=None, errors=errors)
    found = coordinates_of(plain, replace(BASE, transform="error_whitened"))
    np.testing.assert_allclose(found, stars.values / np.sqrt((errors**2).mean(axis=0)))
    equal = replace(plain, errors=np.tile(errors[0], (len(errors), 1)))
    white, scaled = (
        coordinates_of(equal, replace(BASE, transform=transform, scale=scale))
        for transform, scale in (("error_whitened", "raw"), ("none", "error_scaled"))
    )
    np.testing.assert_allclose(white, scaled)
    with pytest.raises(InputProblem, match="error_whitened needs an error"):
        coordinates_of(
            replace(plain, errors=errors * np.nan), replace(BASE, transform="error_whitened")
        )


def test_mahalanobis_distance_and_field_whitening_find_the_same_groups(stars):
    permuted = permuted_clusters(stars.truth.clusters, 5, np.random.default_rng(0))
    one, two = (
        score_variant(stars, variant, SETTING, permuted)
        for variant in (replace(BASE, metric="mahalanobis"), replace(BASE, transform="whitened"))
    )
    assert one.values == two.values
    np.testing.assert_array_equal(one.draws["rf40"], two.draws["rf40"])


def test_the_covariance_within_clusters_is_the_pooled_one():
    points = np.array([[0.0, 1], [2, 3], [10, 5], [12, 1], [11, 0], [99, 99]])
    clusters = np.array([0, 0, 7, 7, 7, -1])
    with pytest.raises(InputProblem, match="needs 4 members more than clusters; there are 3"):
        scores.within_covariance(points, clusters)
    both = np.vstack([points, points + np.array([3, 9])])
    codes = np.append(clusters, np.where(clusters < 0, -1, clusters + 10))
    parts = [points[:2], points[2:5]]
    scatter = 2 * sum((p - p.mean(0)).T @ (p - p.mean(0)) for p in parts)
    np.testing.assert_allclose(scores.within_covariance(both, codes), scatter / 6)


def test_the_oracle_never_learns_from_the_cluster_it_is_judged_by(stars, monkeypatch):
    seen = []

    def spy(points, clusters):
        seen.append(set(np.unique(clusters[clusters >= 0])))
        return np.eye(points.shape[1])

    monkeypatch.setattr(scores, "within_covariance", spy)
    permuted = permuted_clusters(stars.truth.clusters, 5, np.random.default_rng(0))
    oracle = replace(BASE, transform="oracle_whitened")
    found = score_variant(stars, oracle, SETTING, permuted)
    everyone = set(range(31))
    assert [everyone - known for known in seen] == [{code} for code in range(31)]
    plain = score_variant(stars, BASE, SETTING, permuted)
    np.testing.assert_array_equal(found.match, plain.match)  # the unit matrix changes nothing
    np.testing.assert_array_equal(found.draws["rf40"], plain.draws["rf40"])
    assert np.isnan(found.values["ami"])


def test_scores_do_not_depend_on_the_order_of_the_stars(stars):
    order = np.random.default_rng(2).permutation(len(stars.values))
    mixed = replace(
        stars,
        values=stars.values[order],
        errors=stars.errors[order],
        truth=replace(stars.truth, clusters=stars.truth.clusters[order]),
    )
    nothing = permuted_clusters(stars.truth.clusters, 0, np.random.default_rng(0))
    for name in ("none", "oracle_whitened"):
        variant = replace(BASE, transform=name)
        one, two = (score_variant(s, variant, SETTING, nothing) for s in (stars, mixed))
        assert one.values == pytest.approx(two.values, nan_ok=True)


def fake(rf40, match=(), draws=()):
    values = {"rf40": rf40, "rf_area": rf40, "ami": rf40, "n_groups": 3.0, "noise_fraction": 0.1}
    chance = {name: np.array(draws, dtype=float) for name in ("rf40", "rf_area", "ami")}
    return Score(values, np.array(match), np.linspace(0, 0.1, len(match)), chance, 16)


def test_differences_are_paired_within_realisations():
    other = replace(BASE, family="ratio", name="x_h", ratio="x_h")
    third = replace(BASE, family="metric", name="manhattan", metric="manhattan")
    head, change = [0.2, 0.6, 0.4], [0.3, 0.65, 0.55]
    found = [
        [(BASE, fake(a, draws=[0.1, 0.3])), (other, fake(b, draws=[0.0, 0.2])),
         (third, fake(a, draws=[0.0, 0.2]))]
        for a, b in zip(head, change, strict=True)
    ]  # fmt: skip
    table = over_realisations(found)
    conform(table, "ablations", "here")
    rows = table[table["score"] == "rf40"].set_index("variant")
    row = rows.loc["x_h"]
    assert row["value"] == pytest.approx(0.5)
    assert row["difference"] == pytest.approx(0.1)
    assert row["p_difference"] == pytest.approx(stats.ttest_rel(change, head).pvalue)
    half = stats.t.isf(0.16, 2) * np.std([0.1, 0.05, 0.15], ddof=1) / np.sqrt(3)
    assert row["difference_high"] - 0.1 == pytest.approx(half)
    assert row["null_mean"] == pytest.approx(0.1)
    assert row["p_value"] == pytest.approx(1 / 3)
    assert np.isnan(rows.loc["headline", "difference"])
    same = rows.loc["manhattan"]
    assert same["difference"] == 0
    assert np.isnan(same["p_difference"]), "no difference anywhere: no test"
    assert np.isnan(same["difference_low"])
    assert np.isfinite(same["low"])
    groups = table[(table["score"] == "n_groups") & (table["variant"] == "x_h")].iloc[0]
    assert np.isnan(groups["null_mean"])
    assert "permuting" in groups["note"]
    assert "the same in every realisation" in groups["note"]
    assert np.isnan(groups["low"]), "3 groups each time"
    assert len(realisation_rows(0, found[0])) == 15


def test_one_sample_has_binomial_intervals_and_the_test_of_mcnemar():
    truth = Truth(np.repeat(np.arange(8), 4), tuple("abcdefgh"), np.ones(8, dtype=bool))
    drawn = resampled_clusters(truth.eligible, 400, np.random.default_rng(0))
    other = replace(BASE, family="ratio", name="x_h", ratio="x_h")
    base = fake(0.25, match=[0.9, 0.9, 0, 0, 0, 0, 0, 0], draws=[0.0, 0.1])
    more = fake(0.75, match=[0.9, 0.1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.0], draws=[0.0, 0.1])
    table = of_one_sample([(BASE, base), (other, more)], truth, drawn)
    conform(table, "ablations", "here")
    row = table[(table["variant"] == "x_h") & (table["score"] == "rf40")].iloc[0]
    assert row["interval"] == "jeffreys"
    assert row["low"] == pytest.approx(stats.beta.ppf(0.16, 6.5, 2.5))
    assert row["difference"] == pytest.approx(0.5)
    assert row["p_difference"] == pytest.approx(stats.binomtest(5, 6).pvalue)
    assert row["difference_low"] < 0.5 < row["difference_high"]
    noise = table[(table["variant"] == "x_h") & (table["score"] == "noise_fraction")].iloc[0]
    assert np.isnan(noise["low"])
    assert "interval: describes this sample" in noise["note"]


def test_tables_become_stars():
    table = pd.DataFrame(
        {"star_id": ["a", "b"], "fe_h": [0.1, 0.2], "fe_h_err": [0.01, 0.02], "mg_fe": [0.0, 0.3],
         "mg_fe_err": [0.03, 0.04]}
    )  # fmt: skip
    table.attrs = {"elements": ["mg"], "ratio": "x_fe"}
    truth = pd.DataFrame({"star_id": ["a", "b"], "cluster": ["x", ""], "eligible": [True, False]})
    found = of_tables(table, truth, "quadrature", "truth")
    assert isinstance(found, Stars)
    assert list(found.truth.clusters) == [0, -1]
    np.testing.assert_array_equal(found.iron[0], [0.1, 0.2])
    with pytest.raises(InputProblem, match="truth: 1 clusters have 1 members or more"):
        check_clusters(found.truth, 1, "truth")
