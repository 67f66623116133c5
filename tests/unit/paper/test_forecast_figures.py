"""Figures of the forecast: simulated surveys, injected clusters, false groups and losses."""

import numpy as np
import pandas as pd
import pytest
import yaml
from figures_of_a_sample import ROOT, SHEET
from image_checks import faults

from chemtag.base.tables import conform
from chemtag.forecast.false_groups import false_groups_rows
from chemtag.forecast.summary import loss_rows, summarise
from chemtag.paper.field_curves import draw_field_curves
from chemtag.paper.figures import contamination, false_groups, injection, losses, precision
from chemtag.paper.figures.style import paper_style

LABELS = {"ideal": "Ideal sample", "field": "Survey, clusters in the field"}
MEASURED = ROOT / "resources" / "measured" / "tagger.yaml"


@pytest.fixture(scope="module", autouse=True)
def style():
    with paper_style(SHEET):
        yield


def means_of(table: pd.DataFrame, n_elements: int, n_clusters: int = 28) -> pd.DataFrame:
    """The table `forecast` of cells, with the meta its figures read."""
    found = conform(summarise(table, n_clusters), "forecast", "forecast")
    found.attrs = {"recipe": "survey", "n_elements": n_elements}
    return found


LEVELS = (
    ("bayes", 0.95), ("bayes_map", 0.9), ("detectable_claims", 0.7), ("scan_claims", 0.62),
    ("oracle", 0.5), ("headline", 0.3),
)  # fmt: skip


def cells(fields, scales, numbers, realisations=4) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for realisation in range(realisations):
        for number in numbers:
            for scale in (0.0, *scales):
                for stars in sorted({0, *fields}):
                    for role, level in LEVELS:
                        value = level * np.exp(-stars / 3000) * (1 - 0.2 * scale)
                        value = float(np.clip(value + rng.normal(0, 0.02), 0, 1))
                        rows.append(
                            {
                                "realisation": realisation, "n_field": stars, "role": role,
                                "error_scale": scale, "n_elements": number, "setting": "",
                                "rf40": value, "rf70": value / 2, "rf_area": value,
                                "n_groups": np.nan, "statistical_40": np.nan,
                                "member_share": np.nan,
                            }
                        )  # fmt: skip
    return conform(pd.DataFrame(rows), "forecast_scores", "cells")


GRIDS = {
    "shipped": ([0, 400, 2000, 8000], [1.0, 0.5], [17, 8], 6),
    "full": ([0, 200, 400, 1000, 2000, 4000, 8000, 16000, 32000],
             [1.0, 0.75, 0.5, 0.35, 0.25], [17, 12, 8, 5, 3], 4),
    "least": ([100], [1.0], [17], 1),
}  # fmt: skip


@pytest.mark.parametrize("grid", ["shipped", "least", pytest.param("full", marks=pytest.mark.slow)])
def test_forecast_figures_have_no_faults(grid):
    fields, scales, numbers, realisations = GRIDS[grid]
    table = cells(fields, scales, numbers, realisations)
    means = means_of(table, numbers[0])
    budget = pd.DataFrame(loss_rows(table, fields, scales[0], numbers[0], 28))
    drawn = contamination.data(means)
    assert len(drawn) == 5 * len(scales) * len({0, *fields})
    figure = contamination.draw(drawn, contamination.about(means))
    assert faults(figure) == []
    said = " ".join(figure.get_suptitle().split())
    words = "(errors × 1: S/N = 100; members known exactly)"
    assert said == f"Recipe survey: {realisations} simulated surveys {words}"
    assert faults(precision.draw(precision.data(means), precision.about(means))) == []
    budget = conform(budget, "loss_budget", "losses")
    assert faults(losses.draw(losses.data(budget), {"recipe": "survey"})) == []


def plane_cells() -> pd.DataFrame:
    """Scores of three surveys with a grid of two settings, all levels and both bounds."""
    rows = []
    roles = [("bayes", np.nan, 0.9), ("bayes_map", np.nan, 0.8), ("headline", 60.0, 0.2)]
    roles += [("oracle", 150.0, 0.3)]
    for level, groups, share in (("claims", 11.0, 0.4), ("listed", 14.0, 0.45)):
        roles += [(f"scan_{level}", groups, share), (f"detectable_{level}", groups, share + 0.02)]
    roles += [("scan_candidates", 25.0, 0.5), ("detectable_candidates", 24.0, 0.53)]
    roles += [("grid", 60.0, 0.2), ("grid", 150.0, 0.3)]
    for n_field in (0, 400, 2000, 8000):
        for realisation in range(3):
            for role, groups, share in roles:
                setting = {60.0: "a", 150.0: "b"}.get(groups, "")
                where = {"n_field": n_field, "role": role, "realisation": realisation}
                scores = {"rf40": share + 0.01 * realisation, "n_groups": groups}
                scores["statistical_40"] = 1 - 20 * share / groups
                rows.append({**where, "setting": setting, **scores})
    return pd.DataFrame(rows)


def plane_tables() -> tuple[pd.DataFrame, dict]:
    """The table false_groups of the run, and the document of what was measured."""
    table = conform(false_groups_rows(plane_cells(), 28), "false_groups", "plane")
    table.attrs = {"recipe": "survey"}
    return table, yaml.safe_load(MEASURED.read_text())


def draw_plane():
    table, measured = plane_tables()
    data = conform(false_groups.data(table, measured), "figure_false_groups", "plane")
    return false_groups.draw(data, false_groups.about(table, measured))


def test_the_plane_of_false_groups_shows_every_setting_and_level():
    figure = draw_plane()
    assert faults(figure) == []
    rows = [[axes for axes in figure.axes if axes.get_visible()][i] for i in range(3)]
    assert [axes.get_title().split("\n")[1] for axes in rows] == [
        "400 field stars", "2,000 field stars", "8,000 field stars"
    ]  # fmt: skip
    words = set(rows[0].get_legend_handles_labels()[1])
    assert len(words) == 11, words
    grid = next(line for line in rows[0].lines if "each setting" in str(line.get_label()))
    assert len(grid.get_xdata()) == 2
    table, measured = plane_tables()
    said = false_groups.in_words(false_groups.data(table, measured), LABELS)
    assert said.startswith(
        "Among 8,000 simulated field stars the oracle of HDBSCAN has 8.7 clusters"
    )


def own_recovery() -> pd.DataFrame:
    """Recovery of the sample's own clusters at 40 and 70 per cent, headline and oracle."""
    roles = [("headline", 0.04), ("oracle", 0.09)]
    rows = [
        {"role": role, "threshold": t, "recovery_fraction": f, "low": f - 0.02, "high": f + 0.03}
        for role, f in roles
        for t in (0.4, 0.7)
    ]
    return pd.DataFrame(rows)


def test_own_clusters_stand_beside_injected_ones():
    fields, _, numbers, _ = GRIDS["shipped"]
    means = means_of(cells(fields, [1.0], numbers, 3), numbers[0])
    axes = injection.draw(injection.data(means), own_recovery(), LABELS["field"]).axes[0]
    drawn = [
        c.lines[0].get_ydata()[0] for c in axes.containers if "own clusters" in str(c.get_label())
    ]
    assert sorted(drawn) == pytest.approx([0.04, 0.09])


def test_no_line_crosses_the_break_of_the_axis():
    fields, scales, numbers, _ = GRIDS["shipped"]
    means = means_of(cells(fields, scales, numbers, 3), numbers[0])
    for axes in contamination.draw(contamination.data(means), {"recipe": "survey"}).axes:
        curves = [line for line in axes.lines if line.get_linestyle() not in ("None", "none")]
        joined = [line.get_xdata() for line in curves if len(line.get_xdata()) > 2]
        assert joined
        assert all(min(x) > 0 for x in joined)


def test_a_fine_grid_of_the_forecast_has_contours():
    fields, scales, numbers, _ = GRIDS["full"]
    means = means_of(cells(fields[:5], scales[:3], numbers[:2], 2), numbers[0])
    figure = precision.draw(precision.data(means), {"recipe": "survey"})
    assert faults(figure) == []
    assert {axes.get_ylabel() for axes in figure.axes[:4]} >= {"Field stars"}
    assert figure.axes[0].get_yscale() == "log"


def test_a_long_title_fits_a_figure_of_one_column():
    fields, _, numbers, realisations = GRIDS["shipped"]
    means = means_of(cells(fields, [1.0], numbers, realisations), numbers[0])
    figure = injection.draw(injection.data(means), own_recovery(), LABELS["field"])
    assert faults(figure) == []
    said = " ".join(figure.get_suptitle().split())
    assert said == f"{LABELS['field']}: published clusters injected, {realisations} times"
    assert faults(draw_field_curves(injection.data(means), f"{said}, {{}} times over")) == []


def test_bars_of_the_loss_budget_reach_one():
    fields, scales, numbers, realisations = GRIDS["shipped"]
    table = cells(fields, scales, numbers, realisations)
    budget = pd.DataFrame(loss_rows(table, fields, 1.0, 17, 28))
    figure = losses.draw(budget, {"recipe": "survey"})
    for axes in figure.axes[:2]:
        tops = {}
        for patch in axes.patches:
            x = round(patch.get_x(), 3)
            tops[x] = tops.get(x, 0) + patch.get_height()
        assert len(tops) == len(fields)
        assert list(tops.values()) == pytest.approx([1] * len(fields))
