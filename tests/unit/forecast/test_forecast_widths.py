"""The tagger of known width by the source of its width: what it is told, and how parts add up."""

import numpy as np
import pandas as pd
import pytest

from checkout import ROOT
from chemtag.base.seeds import generator_for
from chemtag.base.tables import conform
from chemtag.forecast.realisations import draw_realisation
from chemtag.forecast.tagger import true_width
from chemtag.forecast.widths import FOLDS, summarise_widths, width_rows, widths_of, widths_of_others
from chemtag.survey.simulation import noise_model, read_recipe

SCATTER = {"fe": 0.03, "mg": 0.02}


@pytest.fixture(scope="module")
def survey():
    recipe = read_recipe(ROOT / "resources" / "recipes" / "survey.yaml")
    return draw_realisation(recipe, 0, generator_for(3, "widths"))


def test_the_width_of_others_never_knows_the_cluster_it_is_scored_by(survey):
    elements = np.arange(6)
    names = [f"x{e}" for e in elements]
    scored = []
    for codes, width in widths_of_others(survey, elements, names):
        moved = survey.members.copy()
        moved[np.isin(survey.clusters, codes)] += 1e3 * np.random.default_rng(0).normal(
            size=(int(np.isin(survey.clusters, codes).sum()), moved.shape[1])
        )
        other = type(survey)(**{**vars(survey), "members": moved})
        again = {tuple(c): w.covariance for c, w in widths_of_others(other, elements, names)}
        assert np.array_equal(again[tuple(codes)], width.covariance)
        scored += list(codes)
    assert sorted(scored) == list(range(len(survey.centres)))


def test_each_width_is_what_its_name_says(survey, monkeypatch):
    monkeypatch.setattr("chemtag.tag.scan.calibrate.ROUNDS", 0)  # `self` is `quoted` then
    elements = np.array([survey.recipe["elements"].index(e) for e in ("fe", "mg", "si")])
    tried = list(widths_of(survey, 0, elements, SCATTER, [0.5, 1, 2], 0))
    by = {}
    for one in tried:
        by.setdefault((one.width, one.factor, one.correlated), []).append(one)
    variances = np.diag(noise_model(survey.recipe).covariance)[elements]
    assert np.allclose(by["quoted", 1, True][0].covariance, np.diag(variances + 0.01**2))
    # fe and mg are published, silicon takes the median of both
    scatter = np.diag([0.03**2, 0.02**2, 0.025**2])
    assert np.allclose(by["published", 1, True][0].covariance, np.diag(variances) + scatter)
    assert np.allclose(by["self", 1, True][0].covariance, by["quoted", 1, True][0].covariance)
    true = true_width(survey, 1.0, elements)
    assert abs(true[0, 1]) > 1e-6
    for factor in (0.5, 1, 2):
        assert np.allclose(by["true", factor, True][0].covariance, factor * true)
    assert np.allclose(by["true", 1, False][0].covariance, np.diag(np.diag(true)))
    assert len(by["other_clusters", 1, True]) == FOLDS
    assert len(tried) == 3 + FOLDS + 3 + 1


def test_folds_add_their_clusters_and_average_their_false_groups():
    where = {"n_field": 0, "factor": 1.0, "correlated": True, "level": "claims"}
    cells = pd.DataFrame(
        [
            {**where, "width": "other_clusters", "realisation": r, "recovered": n, "n_false": f}
            for r, n, f in ((0, 2, 1.0), (0, 3, 3.0), (1, 4, 0.0), (1, 5, 2.0))
        ]
    )
    row = summarise_widths(cells, 28).iloc[0]
    # surveys recover 5 and 9 clusters with 2 and 1 false groups
    assert (row["recovered"], row["n_false"], row["n_realisations"]) == (7.0, 1.5, 2)
    # Student, one degree of freedom: 68 % within 1.819 standard errors, of 2
    assert row["recovered_low"] == pytest.approx(7 - 2 * 1.8190, abs=1e-3)
    assert row["recovered_high"] == pytest.approx(7 + 2 * 1.8190, abs=1e-3)


def test_correlations_of_the_width_are_worth_clusters(survey):
    elements = np.arange(len(survey.recipe["elements"]))
    widths = widths_of(survey, 0, elements, SCATTER, [], 0)
    cells = pd.DataFrame(list(width_rows(survey, 0, elements, widths, 0)))
    table = conform(summarise_widths(cells.assign(realisation=0), 28), "widths", "test")
    claims = table[table["level"] == "claims"].set_index(["width", "correlated"])
    assert claims.loc[("true", True), "recovered"] > claims.loc[("true", False), "recovered"]
    assert claims.loc[("true", True), "n_false"] <= 2
    assert set(table["width"]) == {"true", "quoted", "published", "self", "other_clusters"}
