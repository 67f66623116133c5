"""The survey planner: neighbourhoods instead of whole surveys, the surface, its contour, points."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.special import expit, logit

from chemtag.base.problems import InputProblem
from chemtag.base.settings import Setting
from chemtag.forecast.neighbourhood import (
    match_of,
    matches_of_known_width,
    matches_of_settings,
    nearest_rows,
    views,
)
from chemtag.forecast.plan import ROLES, plan_rows, recovered_units
from chemtag.forecast.plan_tables import cell_rows, contour_rows, own_survey, point_rows, points_of
from chemtag.forecast.realisations import draw_realisation, element_sets
from chemtag.forecast.sibling_errors import sibling_errors
from chemtag.forecast.surface import fit_surface, half_recovered, logit_of_share, side_of
from chemtag.score import cluster_matches, contingency
from chemtag.survey.simulation import read_recipe
from chemtag.tag.protocol import Space
from chemtag.tag.taggings import tagging

ROOT = Path(__file__).resolve().parents[3]
SURVEY = read_recipe(ROOT / "resources" / "recipes" / "survey.yaml")
ELEMENTS = element_sets(SURVEY, [15], ["c", "n"])[15]
SETTING = Setting("euclidean", "leaf", 5, 3)
EVERYTHING = 100_000
SCALES, FIELDS = np.array([0.1, 0.25, 0.5, 1.0, 2.0]), np.array([1000.0, 4000, 16000, 100000])
CELLS = np.array([(scale, field) for scale in SCALES for field in FIELDS])


def test_nearest_rows_by_brute_force():
    rng = np.random.default_rng(0)
    points, centre = rng.standard_normal((50, 3)), np.ones(3)
    order = np.argsort(np.linalg.norm(points[:40] - centre, axis=1))
    assert nearest_rows(points, centre, 40, 7).tolist() == sorted(order[:7])
    assert nearest_rows(points, centre, 40, 40).tolist() == list(range(40))


def test_match_by_hand():
    """Group 1 holds 2 of 5 members and 2 others: purity 1/2, completeness 2/5."""
    group, clusters = np.array([1, 1, 1, 1, 0, -1]), np.array([0, 0, -1, 2, 0, 0])
    assert match_of(group, clusters, 0, 5) == pytest.approx(0.4)
    assert match_of(np.full(6, -1), clusters, 0, 5) == 0
    assert match_of(group, clusters, 2, 1) == pytest.approx(0.25)


@pytest.mark.parametrize("seed", range(2))
def test_a_neighbourhood_decides_as_the_whole_survey_does(seed):
    """HDBSCAN and the limit of detection, of 28 clusters each, at most two of them otherwise."""
    survey = draw_realisation(SURVEY, 6000, np.random.default_rng(seed))
    (view,) = views(survey, [6000], 0.4, ELEMENTS)
    whole = matches_of_settings(view, [SETTING], EVERYTHING)[SETTING.name]
    around = matches_of_settings(view, [SETTING], 4000)[SETTING.name]
    space = Space.of(view.scaled)
    counts = contingency(tagging(space, SETTING).group, view.clusters, n_clusters=28)
    assert whole == pytest.approx(cluster_matches(counts))
    assert ((whole >= 0.4) != (around >= 0.4)).sum() <= 2
    assert (whole >= 0.4).any()
    known, limit = matches_of_known_width(view, EVERYTHING, "claims")
    near, near_limit = matches_of_known_width(view, 4000, "claims")
    assert abs((known >= 0.4).sum() - (near >= 0.4).sum()) <= 2
    assert abs((limit >= 0.4).sum() - (near_limit >= 0.4).sum()) <= 2
    assert (limit >= 0.4).sum() >= 5


def test_rows_of_a_survey_and_its_oracle():
    survey = draw_realisation(SURVEY, 500, np.random.default_rng(1))
    settings = [SETTING, Setting("euclidean", "leaf", 10, 5)]
    rows = pd.DataFrame(
        plan_rows(survey, [200, 500], [0.3, 1.0], ELEMENTS, settings, SETTING.name, EVERYTHING)
    )
    assert len(rows) == 4 * 28 * 4
    shares = rows.assign(got=rows["match"] >= 0.4).pivot_table(
        index=["error_scale", "n_field"], columns="role", values="got"
    )
    assert (shares["oracle"] >= shares["headline"]).all()
    assert (shares["known_width"].loc[0.3] > shares["known_width"].loc[1.0]).all()


def made_up(seed: int, n: int = 112) -> np.ndarray:
    """Units (n, cells) whose recovery follows a known plane with a bend."""
    x, y = np.log(CELLS[:, 0]), np.log(CELLS[:, 1] / 5000)
    share = expit(-1.4 * (x + 1.2) - 0.9 * y - 0.1 * (x + 1.2) ** 2)
    weak = np.random.default_rng(seed).uniform(size=(n, 1))  # of one cluster in all cells
    return (weak < share).astype(float)


def truth_at(scale: float) -> float:
    x = np.log(scale) + 1.2
    return float(5000 * np.exp((-1.4 * x - 0.1 * x**2) / 0.9))


def test_logit_of_share_by_hand():
    units = np.array([[1, 0], [1, 0], [0, 0], [0, 0]], dtype=float)
    value, noise = logit_of_share(units)
    assert value == pytest.approx([0, logit(0.1)])
    assert noise[0, 0] == pytest.approx((1 / 3) / 4 * 16)
    assert noise[0, 1] == 0


def test_the_contour_covers_the_truth_and_cells_left_out_are_foretold():
    """20 made-up surveys: most 95 % intervals of contour and left-out cells hold."""
    covered, foretold = [], []
    fields = np.geomspace(1000, 100000, 61)
    for seed in range(20):
        surface = fit_surface(CELLS[:, 0], CELLS[:, 1], made_up(seed))
        mean, deviation = surface.left_out()
        foretold.append(np.abs(surface.value - mean) < 1.96 * deviation)
        for scale in (0.15, 0.25, 0.4):
            low, high = half_recovered(surface, scale, fields, 0.95)
            covered.append(low < truth_at(scale) < high)
    assert np.mean(foretold) >= 0.9
    assert np.mean(covered) >= 0.85


def test_left_out_equals_fitting_without_the_cell():
    units = made_up(0)
    surface = fit_surface(CELLS[:, 0], CELLS[:, 1], units)
    mean, deviation = surface.left_out()
    kept = np.arange(len(CELLS)) != 7
    total = surface.kernel(surface.scaled(surface.places)) + surface.noise
    weights = np.linalg.solve(total[np.ix_(kept, kept)], total[kept, 7])
    assert mean[7] == pytest.approx(weights @ surface.value[kept])
    assert deviation[7] ** 2 == pytest.approx(total[7, 7] - weights @ total[kept, 7])


def tables_of(units: np.ndarray):
    rows = [
        {"realisation": unit // 28, "cluster": unit % 28, "n_members": 5, "role": "oracle",
         "error_scale": scale, "n_field": int(field), "match": units[unit, cell]}
        for unit in range(len(units))
        for cell, (scale, field) in enumerate(CELLS)
    ]  # fmt: skip
    matches = pd.DataFrame(rows)
    shown = recovered_units(matches, "oracle")
    surface = fit_surface(*np.array(shown.columns.tolist()).T, shown.to_numpy())
    return matches, shown, surface


def test_tables_of_cells_contour_and_points():
    matches, units, surface = tables_of(made_up(3))
    cells = pd.DataFrame(cell_rows(matches, "oracle", surface, units)).assign(role="oracle")
    assert cells["mean"].to_numpy() == pytest.approx(made_up(3).mean(axis=0))
    assert ((cells["low_95"] <= cells["mean"]) & (cells["mean"] <= cells["high_95"])).all()
    wide = cells.pivot(index="error_scale", columns="n_field", values="mean").to_numpy()
    assert (np.diff(wide, axis=0) <= 0).all()
    assert (np.diff(wide, axis=1) <= 0).all()
    curve = pd.DataFrame(contour_rows({"oracle": surface}, cells))
    assert set(SCALES) <= set(curve["error_scale"])
    inside = curve[curve["side"] == "inside"]
    assert (np.diff(inside["n_field"]) < 0).all()
    assert curve.iloc[-1]["side"] == "fewer"
    assert side_of(surface, 0.1, np.array([1000.0, 1500.0])) == "more"
    marks = points_of(
        [
            {"name": "A", "label": "B", "stars": 8000, "sigma": {"fe": 0.024, "mg": 0.018},
             "status": "read", "read_in": "a table"},
            {"name": "C", "label": "D", "stars": 9, "sigma": {}, "status": "unverified"},
        ],
        SURVEY, ["fe", "mg", "o"],
    )  # fmt: skip
    assert [mark.error_scale for mark in marks] == [1.5]
    (row,) = point_rows({"oracle": surface}, marks)
    assert row["low"] < row["rf40"] < row["high"]
    with pytest.raises(InputProblem, match="has no error of any of fe"):
        points_of([{"name": "A", "label": "", "stars": 1, "sigma": {}, "status": "read"}],
                  SURVEY, ["fe"])  # fmt: skip


def test_a_sample_of_the_run_without_siblings_is_a_point_at_its_quoted_errors():
    abundances = pd.DataFrame(
        {"fe_h": [0.0] * 3, "mg_fe": [0.1] * 3,
         "fe_h_err": [0.006, 0.012, 0.018], "mg_fe_err": [0.018] * 3}
    )  # fmt: skip
    truth = pd.DataFrame({"cluster": ["", "SIM 01", ""]})
    scores = {"score": "rf40", "mean": 0.1, "low_95": 0.05, "high_95": 0.15}
    mark = own_survey("Mine", SURVEY, ["fe", "mg"], abundances, truth, pd.DataFrame([scores]))
    assert (mark.error_scale, mark.n_field, mark.rf40) == (1.0, 2.0, 0.1)


@pytest.mark.parametrize("factor", [0.25, 0.5, 1.5])
def test_errors_of_siblings_are_those_they_were_drawn_with(factor):
    """Plain surveys, whose siblings have nothing but scatter and errors: within 5 %."""
    found = []
    for seed in range(6):
        survey = draw_realisation(SURVEY, 20, np.random.default_rng(seed))
        values = survey.observed(20, factor, ELEMENTS)
        found.append(sibling_errors(values, survey.codes(20), SURVEY, ELEMENTS))
    assert np.mean(found) == pytest.approx(factor, rel=0.05)


def test_errors_of_siblings_see_tails_that_are_not_quoted():
    """One value in 25 off by three times its error: siblings lie apart as at larger errors."""
    survey = draw_realisation(SURVEY, 20, np.random.default_rng(0))
    values = survey.observed(20, 1.0, ELEMENTS)
    rng = np.random.default_rng(1)
    tails = rng.random(survey.member_errors.shape) < 0.04
    values[: len(tails)] += (2 * tails * survey.member_errors)[:, ELEMENTS]
    plain, spread = (
        sibling_errors(of, survey.codes(20), SURVEY, ELEMENTS)
        for of in (survey.observed(20, 1.0, ELEMENTS), values)
    )
    assert 1.05 * plain < spread < 1.3 * plain
    assert np.isnan(sibling_errors(values[:1], np.array([0]), SURVEY, ELEMENTS))


def test_every_published_precision_names_its_source():
    path = ROOT / "resources" / "published" / "survey_precisions.yaml"
    for row in yaml.safe_load(path.read_text())["surveys"]:
        assert row["status"] in ("read", "unverified")
        assert bool(row["sigma"] and row["read_in"]) == (row["status"] == "read"), row["name"]
        assert all(0 < value < 0.3 for value in row["sigma"].values())


def test_roles_are_those_of_the_contract():
    contract = yaml.safe_load(
        (ROOT / "workflow" / "schemas" / "tables" / "forecast.yaml").read_text()
    )
    words = contract["planner"]["columns"]["role"]["description"]
    assert all(role in words for role in ROLES)
