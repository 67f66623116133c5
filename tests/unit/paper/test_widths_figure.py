"""The figure of the sources of the width: readable, and every source and factor in its place."""

from itertools import product

import pandas as pd
import pytest
import yaml
from figures_of_a_sample import ROOT, SHEET
from image_checks import faults

from chemtag.base.tables import conform
from chemtag.paper.figures import widths
from chemtag.paper.figures.style import paper_style

MEASURED = yaml.safe_load((ROOT / "resources" / "measured" / "tagger.yaml").read_text())
TRIED = [
    *[("true", factor, True) for factor in (0.5, 0.7, 1.0, 1.4, 2.0)],
    ("true", 1.0, False),
    *[(source, 1.0, True) for source in widths.SOURCES if source != "true"],
]


@pytest.fixture(scope="module", autouse=True)
def style():
    with paper_style(SHEET):
        yield


def table(fields=(0, 400)) -> pd.DataFrame:
    """Made-up numbers: fewer clusters with a wrong width, and among field stars."""
    rows = []
    for n_field, (width, factor, correlated), level in product(
        fields, TRIED, ("claims", "listed", "candidates")
    ):
        found = 20.0 - 10 * (n_field > 0) - 3 * (width != "true") - 2 * abs(factor - 1)
        false = 1.0 + 6 * (level == "candidates") + n_field / 400
        rows.append(
            {
                "n_field": n_field, "width": width, "factor": factor, "correlated": correlated,
                "level": level, "recovered": found, "recovered_low": found - 1,
                "recovered_high": found + 1, "n_false": false, "n_false_low": false / 2,
                "n_false_high": false * 1.5, "n_clusters": 28, "n_realisations": 3,
            }
        )  # fmt: skip
    made = conform(pd.DataFrame(rows), "widths", "made up")
    made.attrs = {"recipe": "survey"}
    return made


def draw_widths_case(fields=(0, 400)):
    made = table(fields)
    data = conform(widths.data(made, MEASURED), "figure_widths", "made up")
    return widths.draw(data, widths.about(made, MEASURED))


@pytest.mark.parametrize("fields", [(400,), (0, 400, 2000)])
def test_the_figure_has_no_faults(fields):
    figure = draw_widths_case(fields)
    assert faults(figure) == []
    shown = [axes.get_title().split("\n")[1] for axes in figure.axes if axes.get_visible()]
    last = [f"{n:,} field stars" for n in fields][-2:]
    assert shown[: 2 * len(last)] == [name for name in last for _ in range(2)]


def test_sources_and_factors_are_in_their_places():
    left, right = draw_widths_case((400,)).axes[:2]
    assert [tick.get_text() for tick in left.get_yticklabels()] == list(widths.SOURCES.values())
    assert [tick.get_text() for tick in right.get_xticklabels()] == ["0.5", "0.7", "1", "1.4", "2"]
    claims = [c for c in right.containers if c.get_label() == "claims: clusters recovered at 40 %"]
    assert claims[0].lines[0].get_ydata().tolist() == [9.0, 9.4, 10.0, 9.2, 8.0]


def test_what_is_said():
    data = widths.data(table(), MEASURED)
    said = widths.in_words(data, {})
    assert said == (
        "Among 400 simulated field stars claims recover 10.0 clusters with the true width, 7.0 "
        "clusters with one it learns itself, 7.0 clusters with quoted errors taken as independent."
    )


def test_real_clusters_are_never_those_of_the_run():
    data = widths.data(table(), MEASURED)
    real = data[data["source"] == "real"]
    assert set(real["n_clusters"]) == {16}
    assert (real["factor"] == 1).all()
    assert set(real["width"]) == set(widths.SOURCES) - {"true"}
