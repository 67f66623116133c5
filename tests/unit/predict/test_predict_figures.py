"""Figures of label transfer: what is drawn, and nothing that a referee would send back."""

import numpy as np
import pandas as pd
import pytest
from figures_of_a_sample import SHEET
from image_checks import faults, n_marks
from predict_stars import linear_stars

from chemtag.base.tables import conform
from chemtag.paper.figures import (
    predict_coverage,
    predict_importance,
    predict_scores,
    predict_stars,
)
from chemtag.paper.figures.style import paper_style
from chemtag.predict.evaluation import cross_validate, entries_of
from chemtag.predict.importance import importance
from chemtag.predict.leaderboard import board_table, leaderboard
from chemtag.predict.training import Interval

TITLE = "[Fe/H] of dwarfs from photometry in thirteen bands, their colours and parallaxes"
RIDGE = pd.DataFrame({"entry": ["ridge"], "label": ["Ridge"], "default": [True]})


@pytest.fixture(autouse=True)
def style():
    with paper_style(SHEET):
        yield


@pytest.fixture(scope="module")
def made():
    stars, entries = linear_stars(300), entries_of(["median", "ridge", "knn"], tuned=["knn"])
    found, _ = cross_validate(stars, entries, Interval(), 1)
    return (
        found,
        board_table(leaderboard(found, entries, 1), entries),
        importance(stars, entries[1], 1),
    )


def test_what_the_figures_say_in_words(made):
    board = made[1][made[1]["metric"] == "rmse"].set_index("entry")["value"]
    said = predict_scores.in_words(predict_scores.data(made[1]), {})
    assert said.startswith(f"Default Ridge, clipped: RMSE {board['ridge']:.3g} (")
    assert f"without features (median) RMSE {board['median']:.3g}; 4 models." in said
    drawn = predict_stars.data(made[0], made[1])
    said = predict_stars.in_words(drawn, {})
    outside = int((~drawn["in_domain"]).sum())
    assert said.startswith("300 stars with labels from -")
    assert f"RMSE {board['ridge']:.3g}; {outside} of 300 rows out of domain" in said
    assert predict_stars.in_words(drawn.iloc[:0], {}) == "No star has a label."


def test_stars(made):
    drawn = conform(predict_stars.data(made[0], made[1]), "figure_predict_stars", "here")
    said = predict_stars.about(made[1])
    assert said == {"model": "Ridge, clipped"}
    assert len(drawn) == 300
    figure = predict_stars.draw(drawn, said, TITLE, "[Fe/H]", "dex")
    assert faults(figure) == []
    left, right = figure.axes[:2]
    assert n_marks(left) == 300
    assert n_marks(right) == 300 + predict_stars.N_BINS
    assert left.get_xlabel() == "True [Fe/H] (dex)"
    twice = drawn.assign(group=drawn["group"].where(drawn.index % 2 == 0, drawn["group"].shift()))
    title = predict_stars.draw(twice, said, TITLE, "[Fe/H]", "dex").get_suptitle()
    assert "150 stars not seen in training" in title


def test_stars_without_any():
    drawn = predict_stars.data(linear_predictions().head(0), RIDGE)
    assert faults(predict_stars.draw(drawn, {"model": "Ridge"}, TITLE, "age", "Gyr")) == []


def linear_predictions():
    found, _ = cross_validate(linear_stars(60), entries_of(["ridge"]), Interval(), 1)
    return found


def test_bins_by_hand():
    found = linear_predictions()
    middle = predict_stars.bins(predict_stars.data(found, RIDGE))
    order = found.sort_values("truth")
    assert len(middle) == 10
    residual = (order["value"] - order["truth"]).to_numpy()[:6]
    assert middle["value"][0] == pytest.approx(np.median(residual))


def test_scores(made):
    drawn = conform(predict_scores.data(made[1]), "figure_predict_scores", "here")
    figure = predict_scores.draw(drawn, TITLE, "dex", 0.68)
    assert faults(figure) == []
    assert [n_marks(axes) for axes in figure.axes] == [4] * 5
    assert predict_scores.ranked(drawn)[0] == "ridge"
    bold = [t.get_text() for t in figure.axes[0].get_yticklabels() if t.get_fontweight() == "bold"]
    assert bold == ["Ridge, clipped"]


def test_coverage(made):
    drawn = conform(predict_coverage.data(made[1]), "figure_predict_coverage", "here")
    figure = predict_coverage.draw(drawn, TITLE, 0.68)
    assert faults(figure) == []
    # the median has no thirds; the band is one mark more
    assert n_marks(figure.axes[0]) == 3 * 4 + 1 + 1


def test_importance(made):
    drawn = conform(predict_importance.data(made[2]), "figure_predict_importance", "here")
    said = predict_importance.about(made[2], made[1])
    assert said == {"model": "Ridge, clipped", "n_features": 3}
    figure = predict_importance.draw(drawn, said, TITLE)
    assert faults(figure) == []
    assert n_marks(figure.axes[0]) == 3
    few = predict_importance.draw(drawn.head(2), said, TITLE)
    assert "1 feature of less importance" in few.axes[0].get_title()
