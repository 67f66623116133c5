"""The figure of two spaces and the numbers of the text, from tables made here."""

import numpy as np
import pandas as pd
import pytest
from figures_of_a_sample import SHEET

from chemtag.base.tables import conform
from chemtag.paper.figures import two_spaces
from chemtag.paper.figures.style import paper_style
from chemtag.paper.space_numbers import two_space_numbers

LABELS = {"cone_members": "Cone, clusters only", "cone": "Cone, clusters in the field"}
NAMES = {
    "hdbscan_leaf": ("HDBSCAN leaf", "own"),
    "kmeans": ("k-means", "oracle"),
    "ladder": ("HDBSCAN ladder", "own"),
}


def board(n_field=2600):
    rows = []
    for view, rf in (("motion", 0.9), ("both", 0.95), ("chemistry", 0.1)):
        for name, (label, kind) in NAMES.items():
            for metric, value in (("rf40", rf), ("statistical_40", 0.2), ("n_groups", 20.0)):
                rows.append(
                    {"view": view, "algorithm": name, "label": label, "board": kind, "told": "",
                     "status": "ok", "reason": "", "metric": metric, "noise": "none",
                     "field": "none", "value": value, "low": 0.9 * value, "high": 1.05 * value,
                     "low_95": 0.8 * value, "high_95": value, "null_mean": 0.0, "null_low": 0.0,
                     "null_high": 0.1, "null_p95": 0.06, "z": np.nan, "p_value": 0.01,
                     "n_null": 20, "note": ""}
                )  # fmt: skip
    found = conform(pd.DataFrame(rows), "two_spaces", "t")
    left = (found["algorithm"] == "ladder") & (found["view"] != "motion")
    found.loc[left, ["value", "low", "high", "null_p95"]] = np.nan
    found.loc[left, ["status", "reason"]] = ["skipped", "needs motions alone"]
    found.attrs = {"n_stars": 400 + n_field, "n_members": 400, "n_clusters": 16}
    return found


def empty(field: bool):
    rows = [
        {"view": view, "algorithm": "hdbscan_leaf", "null": null, "draw": draw, "n_stars": 10,
         "n_groups": float(draw + 1), "grouped": 0.1, "note": ""}
        for view in ("motion", "both", "chemistry")
        for null, draws in (("shuffled", 3), ("field", int(field)))
        for draw in range(draws)
    ]  # fmt: skip
    return conform(pd.DataFrame(rows), "two_spaces_nulls", "t")


def drawn():
    made = two_spaces.data(
        {"cone_members": board(0), "cone": board()},
        {"cone_members": empty(False), "cone": empty(True)},
    )
    return conform(made, "figure_two_spaces", "t")


def test_nulls_are_the_mean_and_the_range_of_their_draws():
    rows = two_spaces.of(drawn(), "cone", "motion", "n_shuffled").iloc[0]
    assert (rows["value"], rows["low"], rows["high"]) == (2, 1, 3)
    assert len(two_spaces.of(drawn(), "cone_members", "motion", "n_field")) == 0
    assert two_spaces.of(drawn(), "cone", "motion", "n_field")["value"].item() == 1


def test_panels_are_the_samples_and_what_is_found_beyond_the_clusters():
    with paper_style(SHEET):
        figure = two_spaces.draw(drawn(), LABELS)
    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes]
    assert titles == [*LABELS.values(), LABELS["cone"], LABELS["cone"]]
    below = [axes.get_xlabel().replace("\n", " ") for axes in figure.axes]
    assert below[2:] == ["Share of groups that match no cluster",
                         "Number of groups where there is no cluster"]  # fmt: skip
    ticks = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert ticks == ["HDBSCAN leaf", "HDBSCAN ladder", "k-means\n(told the number)"]


def test_panels_of_the_field_are_those_of_the_sample_with_most_field_stars():
    with paper_style(SHEET):
        figure = two_spaces.draw(drawn(), dict(reversed(LABELS.items())))
    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes]
    assert titles[2:] == [LABELS["cone"]] * 2


def test_an_algorithm_that_is_left_out_says_why():
    with paper_style(SHEET):
        figure = two_spaces.draw(drawn(), LABELS)
    for panel, texts in zip(figure.axes, (2, 2, 0, 0), strict=True):
        said = [text.get_text() for text in panel.texts if text.get_text()]
        assert said == ["needs motions alone"] * texts


def test_where_all_algorithms_are_told_the_number_the_panel_of_nulls_is_empty():
    board_told = board()[lambda rows: rows["board"] == "oracle"]
    board_told.attrs = board().attrs
    none = empty(False).iloc[:0]
    made = conform(two_spaces.data({"cone": board_told}, {"cone": none}), "figure_two_spaces", "t")
    with paper_style(SHEET):
        figure = two_spaces.draw(made, {"cone": "Cone"})
    assert len(figure.axes) == 3


def test_the_page_says_what_was_recovered_best_without_being_told():
    said = two_spaces.in_words(drawn(), LABELS)
    assert (
        "Cone, clusters in the field: best share of clusters recovered in phase space 0.90" in said
    )
    assert "k-means" not in said


def test_numbers_have_their_interval_and_null():
    numbers = two_space_numbers(board(), "cone", "compare/cone.two_spaces.ecsv")
    one = numbers["cone.spaces.chemistry.hdbscan_leaf.rf40"]
    assert (one.value, one.null_p95) == (pytest.approx(0.1), 0.06)
    assert numbers["cone.spaces.n_field"].value == 2600
