"""The figure of two spaces and the numbers of the text, from tables made here."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chemtag.base.tables import conform
from chemtag.paper.figures import two_spaces
from chemtag.paper.figures.style import paper_style
from chemtag.paper.space_numbers import two_space_numbers

SHEET = Path(__file__).parents[3] / "workflow" / "style" / "aanda.mplstyle"
LABELS = {"cone_members": "Cone, clusters only", "cone": "Cone, clusters in the field"}
NAMES = {"hdbscan_leaf": ("HDBSCAN leaf", "own"), "kmeans": ("k-means", "oracle")}


def board():
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
    found.attrs = {"n_stars": 3000, "n_members": 400, "n_clusters": 16}
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
        {"cone_members": board(), "cone": board()},
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
    assert titles[:2] == list(LABELS.values())
    assert titles[2:] == ["Groups that match no cluster", "Groups where there is no cluster"]
    ticks = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert ticks == ["HDBSCAN leaf", "k-means\n(told the number)"]


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
