"""What figures share: marks of clusters, names in words, intervals and labels of points."""

import numpy as np
import pandas as pd
import pytest
from figures_of_a_sample import SHEET
from image_checks import faults

from chemtag.base.settings import setting_words
from chemtag.paper.figures.style import (
    COLOURS,
    SYMBOLS,
    element_name,
    element_order,
    highlighted,
    interval_arms,
    new_figure,
    paper_style,
    place_labels,
    sample_marks,
    solar_scale_label,
    wrapped,
)


@pytest.fixture(scope="module", autouse=True)
def style():
    with paper_style(SHEET):
        yield


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("A cluster like M 4", ["A cluster", "like M 4"]),
        ("Ideal sample", ["Ideal sample"]),
        ("anunbreakablewordofthelabel", ["anunbreakablewor", "dofthelabel"]),
        ("one two three four five", ["one two three", "four five"]),
        ("a word-longer-than-the-line b", ["a word-longer-", "than-the-line b"]),
        ("", [""]),
    ],
)
def test_words_are_wrapped_to_lines_of_about_the_same_length(words, lines):
    assert wrapped(words, 16).split("\n") == lines


def test_clusters_differ_in_symbol_or_colour():
    names = [f"c{i:03d}" for i in range(len(COLOURS) * len(SYMBOLS))]
    marks = sample_marks(pd.Series(5, index=names))
    assert len({(m.marker, m.colour) for m in marks.values()}) == 77


def test_clusters_that_are_not_recovered_are_dimmed():
    sizes = pd.Series(range(5, 36), index=[f"c{i:02d}" for i in range(31)])
    assert set(highlighted(sizes, ["c03", "c07"])) == {"c03", "c07"}
    assert set(highlighted(sizes, [])) == {f"c{i:02d}" for i in range(17, 31)}
    assert highlighted(sizes, ["c03"])["c03"] == sample_marks(sizes)["c03"]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("euclidean-leaf-mcs2-ms1", "HDBSCAN leaf, min. cluster size 2, min. samples 1"),
        ("manhattan-eom-mcs5-ms3",
         "HDBSCAN manhattan distance, eom, min. cluster size 5, min. samples 3"),
        ("leaf", "leaf"),
    ],
)  # fmt: skip
def test_settings_are_written_in_words(setting, words):
    assert setting_words(setting) == words


def test_a_scale_that_is_none_is_no_label():
    assert solar_scale_label("none (simulated ratios)") == ""
    assert solar_scale_label("Asplund 2009") == "; solar scale: Asplund 2009"


@pytest.mark.parametrize(
    ("column", "name"),
    [("fe_h", "Fe"), ("mg_fe", "Mg"), ("ti2_fe", "Ti II"), ("c_h", "C"), ("cn_fe", "CN")],
)
def test_names_of_elements(column, name):
    assert element_name(column) == name


def test_elements_stand_in_the_order_of_the_config():
    assert element_order(["mg_fe", "al_fe", "fe_h"], ["fe", "mg", "al"]) == [
        "fe_h",
        "mg_fe",
        "al_fe",
    ]


def test_intervals_without_ends_have_no_arms():
    arms = interval_arms([0.5, 0.5], [0.4, np.nan], [0.7, np.nan])
    np.testing.assert_allclose(arms, [[0.1, 0], [0.2, 0]])


def test_labels_of_close_points_do_not_touch():
    figure = new_figure(88, 60)
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    points = np.array([[0.5 + 0.02 * i, 0.5] for i in range(8)])
    place_labels(axes, points, [f"Ruprecht {i}" for i in range(8)], points, 4.0)
    assert len(axes.texts) == 8
    assert faults(figure) == []


def test_a_label_keeps_off_a_large_symbol():
    points = np.array([[0.3, 0.5], [0.7, 0.5]])
    figure = new_figure(80, 60)
    axes = figure.subplots()
    axes.scatter(*points.T, s=[4, 900])
    place_labels(axes, points, ["small", "large"], points, np.array([2.0, 30.0]))
    figure.canvas.draw()
    pixels = figure.dpi / 72
    for (x, y), text, size in zip(
        axes.transData.transform(points), axes.texts, (2, 30), strict=True
    ):
        box = text.get_window_extent()
        gap = max(box.x0 - x, x - box.x1, box.y0 - y, y - box.y1) / pixels
        assert size / 2 <= gap < size / 2 + 3
