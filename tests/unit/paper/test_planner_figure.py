"""The figure of the planner: readable, and one half where it belongs."""

import numpy as np
import pandas as pd
import pytest
from figures_of_a_sample import SHEET
from image_checks import faults

from chemtag.base.tables import conform
from chemtag.paper.figures import planner, planner_elements
from chemtag.paper.figures.style import paper_style

SCALES, FIELDS = (0.1, 0.25, 0.5, 1.0, 2.0), (1000, 4000, 16000, 100000)
ROLES = ("headline", "oracle", "known_width", "detectable")


@pytest.fixture(scope="module", autouse=True)
def style():
    with paper_style(SHEET):
        yield


def half_at(role: str, scale: float) -> float:
    """Field stars at which a made-up role recovers one half."""
    return 3000 * (1 + ROLES.index(role)) * (0.25 / scale) ** 1.5


def tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The three tables of the planner of made-up numbers, with the meta that the figure reads."""
    cells, curves, points = [], [], []
    for role in ROLES:
        for scale in SCALES:
            for field in FIELDS:
                mean = 1 / (1 + field / half_at(role, scale))
                cells.append(
                    {
                        "role": role, "error_scale": scale, "n_field": field, "mean": mean,
                        "low": mean * 0.9, "high": mean, "low_95": mean * 0.8, "high_95": mean,
                        "interval": "student", "mean_match": mean, "left_out": mean,
                        "left_out_low_95": mean, "left_out_high_95": mean, "share_logit": 0.0,
                        "left_out_logit": 0.0, "left_out_sd": 0.1, "n_realisations": 4,
                    }
                )  # fmt: skip
        for scale in np.geomspace(0.1, 2, 31):
            at = half_at(role, scale)
            inside = FIELDS[0] < at < FIELDS[-1]
            ends = {"low": at / 1.2, "high": at * 1.2, "low_95": at / 1.5, "high_95": at * 1.5}
            ends = {"n_field": at} | ends if inside else dict.fromkeys(["n_field", *ends], np.nan)
            side = "inside" if inside else "fewer" if at < FIELDS[0] else "more"
            curves.append({"role": role, "error_scale": scale, "side": side} | ends)
        for name, kind, scale, field in (
            ("APOGEE DR12, The Cannon", "published", 1.85, 98462.0),
            ("APOGEE, astroNN", "published", 0.94, np.nan),
            ("APOGEE spectra, theoretical limit at S/N = 100", "theoretical", 0.6, np.nan),
            ("This run: Survey, clusters in the field", "own", 0.81, 6967.0),
        ):
            ends = dict.fromkeys(("low", "high", "low_95", "high_95"), 0.1)
            own = dict.fromkeys(("own_rf40", "own_low_95", "own_high_95"), np.nan)
            points.append(
                {
                    "name": name, "label": "Author et al. 2016", "kind": kind, "role": role,
                    "error_scale": scale, "n_field": field, "rf40": 0.1, "source": "read",
                }
                | ends | own
            )  # fmt: skip
    found = conform(pd.DataFrame(cells), "planner", "cells")
    found.attrs = {"recipe": "survey"}
    return (
        found,
        conform(pd.DataFrame(curves), "planner_contour", "curves"),
        conform(pd.DataFrame(points), "planner_points", "points"),
    )


SETS = {"planned": (15, 1.0), "with C and N": (17, 2.0), "8 best": (8, 0.7)}


def contours_of_sets() -> pd.DataFrame:
    """The contour of each set: that of the planner times a number."""
    _, curves, _ = tables()
    parts = []
    for name, (n_elements, factor) in SETS.items():
        part = curves.assign(element_set=name, n_elements=n_elements)
        part[["n_field", "low", "high", "low_95", "high_95"]] *= factor
        parts.append(part)
    found = conform(pd.concat(parts, ignore_index=True), "planner_elements", "sets")
    found.attrs = {"recipe": "survey"}
    return found


def draw_elements_case():
    found = contours_of_sets()
    return planner_elements.draw(planner_elements.data(found), planner_elements.about(found))


def draw_planner_case():
    cells, curves, points = tables()
    return planner.draw(planner.data(cells), curves, points, planner.about(cells))


def test_the_figure_has_no_faults():
    assert faults(draw_planner_case()) == []


def test_the_line_of_one_half_is_the_contour_of_the_cells():
    """Drawn by the table of the contour over colours that come from the cells: they agree."""
    axes = draw_planner_case().axes[1]
    line = next(line for line in axes.lines if line.get_color() == "white")
    x, y = (np.asarray(values, float) for values in line.get_data())
    inside = np.isfinite(y)
    assert inside.any()
    assert y[inside] == pytest.approx([half_at("known_width", scale) for scale in x[inside]])


def test_words_name_the_ends_of_the_largest_field():
    cells, *_ = tables()
    words = planner.in_words(planner.data(cells), {})
    assert "among 100,000 field stars" in words
    assert "errors times 2 and" in words
    assert "errors times 0.1." in words


def test_each_set_of_elements_has_its_own_contour():
    """The planned set first; each curve is the contour of its set where it lies inside."""
    axes = draw_elements_case().axes[1]
    labels = [line.get_label() for line in axes.lines]
    assert labels == [
        "as planned (15 elements)",
        "8 best (8 elements)",
        "with C and N (17 elements)",
    ]
    first, _, last = (np.asarray(line.get_ydata(), float) for line in axes.lines)
    inside = np.isfinite(first)
    assert inside.any()
    assert last[inside] == pytest.approx(2 * first[inside])


def test_words_give_each_set_where_its_curve_begins():
    words = planner_elements.in_words(planner_elements.data(contours_of_sets()), {})
    assert words.count("field stars with errors times") == len(SETS)
    assert "with C and N (17 elements)" in words
