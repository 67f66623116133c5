"""Figures of candidates and their vetting."""

import numpy as np
import pandas as pd
import pytest
from figures_of_a_sample import SHEET
from image_checks import faults, n_marks
from vet.catalogue import COLUMNS, sample

from chemtag.base.tables import conform
from chemtag.paper.figures import vet_funnel, vet_power, vet_sheets
from chemtag.paper.figures.style import DIAGRAM, VALUE_UNITS, paper_style, save_figure
from chemtag.vet.candidates import candidates_table
from chemtag.vet.quantities import QUANTITIES
from chemtag.vet.tables import DIAGRAM as NAME_OF_DIAGRAM

LABEL = "Survey stars"


@pytest.fixture(scope="module", autouse=True)
def style():
    with paper_style(SHEET):
        yield


def tables(sizes=(8, 5, 6), data=("velocity", "age")):
    """What the stage `vet` makes of a small sample, drawn and not tested."""
    rng = np.random.default_rng(1)
    stars, members = sample(sizes=sizes) if sizes else sample(sizes=(3,))
    members = members if sizes else members[:0]
    groups, rows = candidates_table("field", members, stars, COLUMNS, {})
    words = ["supported", "contradicted", "cannot tell"]
    each = [
        {
            "candidate": one.candidate, "group": one.group, "datum": name, "quantity": "other",
            "n_stars": one.n_stars, "n_data": one.n_stars, "n_missing": 0, "n_field": 60,
            "statistic": 1.0, "p": 0.02 if g else np.nan, "p_pure": 0.5, "power_40": 0.3,
            "power_70": 0.9 - 0.3 * g, "power_100": 1.0, "power_against": 0.9,
            "verdict": words[(g + k) % 3], "reason": "why",
        }
        for g, one in enumerate(groups.itertuples()) for k, name in enumerate(data)
    ]  # fmt: skip
    verdicts = pd.DataFrame(
        {
            "candidate": groups["candidate"], "verdict": [words[g % 3] for g in groups["group"]],
            "group": groups["group"], "n_stars": groups["n_stars"], "n_data": 2, "p": 0.02,
            "q": 0.03, "p_against": 0.5, "q_against": 0.6, "reason": "why",
        }
    )  # fmt: skip
    group = members.set_index("star_id")["group"].reindex(stars["star_id"]).fillna(-1).to_numpy()
    values = [
        pd.DataFrame(
            {
                "datum": name, "value_name": "rv" if name == "velocity" else name,
                "star_id": stars["star_id"], "group": group.astype(int),
                "value": rng.normal(0, 10, len(stars)), "error": 1.0,
            }
        )
        for name in data
    ]  # fmt: skip
    power = pd.DataFrame(
        [
            {
                "datum": name, "value_name": "rv", "purity": purity, "error": error,
                "power": min(1.0, purity / error), "n_stars": 10, "median_error": 0.5,
            }
            for name in data for purity in (0.4, 0.7, 1.0) for error in (0.25, 0.5, 1.0, 2.0)
        ]
    )  # fmt: skip
    vetting = conform(pd.DataFrame(each), "vetting", "v") if each else no_rows("vetting", each)
    vetting.attrs["simulated"] = ["age"]
    verdicts.attrs["simulated"] = ["age"]
    return stars, groups, rows, vetting, verdicts, pd.concat(values), power


def no_rows(_, __):
    return pd.DataFrame({"group": pd.Series(dtype=int), "datum": pd.Series(dtype=object),
                         "p": 0.0, "power_70": 0.0, "verdict": ""})  # fmt: skip


def diagram_points(groups):
    """Diagrams of the candidates, made up, each with an isochrone, and of field stars."""
    rng = np.random.default_rng(2)
    parts = []
    for group, n in [(-1, 50), *zip(groups["group"], groups["n_stars"], strict=True)]:
        g = rng.uniform(11, 17, n)
        parts.append(pd.DataFrame({"group": group, "kind": "star", "place": np.arange(n),
                                   "bp_rp": 0.2 * (g - 9), "g": g}))  # fmt: skip
        line = np.linspace(9, 18, 20 if group >= 0 else 0)
        parts.append(pd.DataFrame({"group": group, "kind": "isochrone",
                                   "place": np.arange(len(line)),
                                   "bp_rp": 0.2 * (line - 9), "g": line}))  # fmt: skip
    return conform(pd.concat(parts, ignore_index=True), "diagram_points", "d")


def sheets(sizes=(8, 5, 6), data=("velocity", "age")):
    stars, groups, rows, vetting, verdicts, values, _ = tables(sizes, data)
    points = diagram_points(groups) if DIAGRAM in data else None
    values = values[values["datum"] != DIAGRAM]
    drawn = vet_sheets.data(groups, rows, vetting, verdicts, values, stars, points,
                            ["mg", "si", "fe"])  # fmt: skip
    conform(drawn, "figure_vet_sheets", "drawn")
    return vet_sheets.draw(drawn, vet_sheets.about(vetting), LABEL)


def funnel():
    _, _, _, vetting, verdicts, _, _ = tables()
    drawn = conform(vet_funnel.data(vetting, verdicts), "figure_vet_funnel", "drawn")
    return drawn, vet_funnel.draw(drawn, vet_funnel.about(verdicts), LABEL)


def power_figure(data=("velocity", "age"), sizes=(8, 5, 6)):
    _, _, _, vetting, _, _, power = tables(sizes, data)
    power = conform(power[power["datum"] != DIAGRAM], "vetting_power", "p")
    power.attrs |= {"alpha": 0.05, "simulated": ["age"]}
    drawn = conform(vet_power.data(power, vetting), "figure_vet_power", "drawn")
    return vet_power.draw(drawn, vet_power.about(power), LABEL)


def test_a_sheet_shows_each_candidate_with_its_own_stars():
    found = sheets()
    assert len(found) == 3
    for figure, size in zip(found, (8, 5, 6), strict=True):
        assert faults(figure) == []
        assert f"{size} stars" in figure._suptitle.get_text()
        shown = [axes for axes in figure.axes if axes.get_visible()]
        own = shown[1].collections[1].get_offsets()
        assert len(own) == size
    assert "age: age (Gyr), simulated" in [axes.get_xlabel() for axes in found[0].axes]
    assert "supported" in found[0]._suptitle.get_text()


def test_the_sky_of_a_sheet_wraps_about_the_group_and_grows_to_the_left():
    stars, groups, rows, vetting, verdicts, values, _ = tables()
    keys = ["mg", "si", "fe"]
    own = rows["group"] == 0
    rows.loc[own, "ra"] = (358 + np.linspace(0, 4, own.sum())) % 360
    stars["ra"] = (rows["ra"].mean() + np.linspace(-170, 170, len(stars))) % 360
    drawn = vet_sheets.data(groups, rows, vetting, verdicts, values, stars, None, keys)
    figure = vet_sheets.draw(drawn, vet_sheets.about(vetting), LABEL)[0]
    (sky,) = [axes for axes in figure.axes if axes.get_xlabel().startswith("Right")]
    field, group = (np.asarray(part.get_offsets())[:, 0] for part in sky.collections)
    np.testing.assert_allclose(np.ptp(group), 4)
    assert np.abs(field - group.mean()).max() <= 180
    left, right = sky.get_xlim()
    assert left > right
    figure.canvas.draw()
    shown = [float(text.get_text()) for text in sky.get_xticklabels()]
    assert min(shown) >= 0
    assert max(shown) < 360
    assert faults(figure) == []


def test_a_sample_without_candidates_says_so(tmp_path):
    (one,) = sheets(sizes=())
    assert "there is no candidate" in one.axes[0].texts[0].get_text()
    save_figure([one], tmp_path / "a.pdf", tmp_path / "a.png")
    assert (tmp_path / "a.pdf").stat().st_size > 0


def test_the_file_has_a_page_a_candidate_and_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        save_figure(sheets(), tmp_path / f"{name}.pdf", tmp_path / f"{name}.png")
    text = (tmp_path / "a.pdf").read_bytes()
    assert text == (tmp_path / "b.pdf").read_bytes()
    assert text.count(b"/Type /Page ") == 3


def test_the_funnel_counts_candidates_and_verdicts():
    drawn, figure = funnel()
    assert drawn["n_groups"].tolist() == [3, 3, 1, 1, 1, 1]
    assert faults(figure) == []
    assert n_marks(figure.axes[0]) == 6
    assert "simulated" in figure.axes[0].get_xlabel()


def test_power_has_a_panel_a_datum():
    figure = power_figure()
    assert faults(figure) == []
    assert len(figure.axes) == 2
    assert [len(axes.lines) for axes in figure.axes] == [5, 5]


def test_diagrams_have_their_power_for_each_candidate():
    figure = power_figure(("age", "velocity", DIAGRAM))
    assert faults(figure) == []
    *_, last = figure.axes
    assert last.get_xlabel() == "Stars of the candidate"
    points = [line for line in last.lines if line.get_label().startswith("purity")]
    assert [line.get_linestyle() for line in points] == ["None"] * 3
    assert sorted(points[1].get_xdata()) == [5, 6, 8]
    alone = power_figure((DIAGRAM,))
    assert [axes.get_xlabel() for axes in alone.axes] == ["Stars of the candidate"]


def test_a_sheet_has_the_diagram_beside_the_data():
    found = sheets(data=("velocity", "age", DIAGRAM))
    for figure, size in zip(found, (8, 5, 6), strict=True):
        assert faults(figure) == []
        (diagram,) = [axes for axes in figure.axes if "G_\\mathrm{BP}" in axes.get_xlabel()]
        field, own = (part.get_offsets() for part in diagram.collections)
        assert (len(field), len(own)) == (50, size)
        assert len(diagram.lines) == 1
        assert diagram.yaxis_inverted()
        assert diagram.get_title().split(",")[0] in ("supported", "contradicted", "cannot tell")
    assert sum(map(bool, [axes.get_xlabel() for axes in found[0].axes])) == 5


def test_a_sheet_without_abundances_has_no_empty_panel():
    stars, groups, rows, vetting, verdicts, values, _ = tables(data=("velocity",))
    bare = groups.drop(columns=[c for c in groups if f"{c}_field" in groups])
    stars, rows = stars.drop(columns=["logg"]), rows.drop(columns=["logg"])
    drawn = vet_sheets.data(bare, rows, vetting, verdicts, values, stars, None, [])
    figure = vet_sheets.draw(drawn, vet_sheets.about(vetting), LABEL)[0]
    assert faults(figure) == []
    names = [axes.get_xlabel() for axes in figure.axes]
    assert names == ["Right ascension (deg)", "velocity: rv (km/s)"]
    assert len({axes.get_position().y0.round(2) for axes in figure.axes}) == 1


def test_the_legend_of_a_sheet_is_off_the_band_of_the_field():
    figure = sheets()[0]
    figure.canvas.draw()
    pattern = figure.axes[0]
    assert pattern.get_legend().get_window_extent().y0 >= pattern.get_window_extent().y1


def test_the_name_of_the_diagram_is_that_of_the_stage():
    assert DIAGRAM == NAME_OF_DIAGRAM
    assert DIAGRAM in QUANTITIES


def test_units_are_those_of_the_config():
    known = {name: unit for one in QUANTITIES.values() for name, unit in one.units.items()}
    assert known == VALUE_UNITS
