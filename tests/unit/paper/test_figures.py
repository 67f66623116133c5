"""Figures: what is drawn, that no text is clipped or covered, and that bytes repeat."""

import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from figures_of_a_sample import (
    KINDS,
    LABELS,
    ROOT,
    SCALE,
    SHEET,
    draw,
    grid_rows,
    map_rows,
    published,
    recovery_rows,
    story_rows,
)
from image_checks import faults
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from tables_for_figures import ORACLE, SETTING, Tables, make_tables

from chemtag.base.tables import conform
from chemtag.paper.figures import coherence, funnel, patterns, recovery, settings, story
from chemtag.paper.figures import map as maps
from chemtag.paper.figures import purity_completeness as plane
from chemtag.paper.figures.style import LIGHT, new_figure, paper_style, sample_marks, save_figure


@pytest.fixture(scope="module", autouse=True)
def style():
    with paper_style(SHEET):
        yield


@pytest.fixture(scope="module")
def ideal() -> Tables:
    return make_tables()


@pytest.fixture(scope="module")
def crowded() -> Tables:
    return make_tables(12, 14, 2500)


@pytest.fixture(scope="module")
def barren() -> Tables:
    return make_tables(0, n_field=40)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sample", ["ideal", "crowded", "barren"])
def test_no_text_is_clipped_covered_or_small(kind, sample, request):
    figure = draw(kind, request.getfixturevalue(sample))
    assert faults(figure) == []
    width = figure.get_size_inches()[0] * 25.4
    assert width == pytest.approx(88) or width == pytest.approx(180)


def test_the_faults_are_found():
    figure = new_figure(88, 50)
    axes = figure.subplots()
    axes.text(0.5, 0.5, "one word")
    axes.text(0.52, 0.5, "another")
    axes.text(0.95, 0.2, "far to the right", in_layout=False)
    axes.text(0.1, 0.1, "tiny", fontsize=4)
    assert sorted(w.split("'")[1] for w in faults(figure)) == [
        "far to the right",
        "one word",
        "tiny",
    ]


def test_the_map_draws_every_star_once_in_each_panel(ideal):
    data = map_rows(ideal)
    conform(data, "figure_map", "map")
    assert len(data) == len(ideal.embedding)
    left, right = draw("map", ideal).axes[:2]
    for axes in (left, right):
        points = [c for c in axes.collections if isinstance(c, PathCollection)]
        assert sum(len(c.get_offsets()) for c in points) == len(data)
    ties = [c for c in right.collections if isinstance(c, LineCollection)]
    assert sum(len(c.get_segments()) for c in ties) == int((data["group"] >= 0).sum())


def test_stars_in_no_group_are_noise_on_the_map(ideal):
    """Stars absent from the groups table, counted there, are grey; group 0 has its own stars."""
    other = ideal.groups.assign(setting="another", group=0)
    both = pd.concat([ideal.groups, other])
    data = maps.data(ideal.embedding, ideal.members, both, ideal.t2, SETTING)
    group = dict(zip(ideal.groups["star_id"], ideal.groups["group"], strict=True))
    assert 0 in group.values()
    expected = [group.get(star, -1) for star in data["star_id"]]
    assert data["group"].tolist() == expected
    assert set(data.loc[data["group"] == -1, "recovers"]) == {""}
    n_noise, n_groups = len(data) - len(group), len(set(group.values()))
    assert n_noise > 0
    right = maps.draw(data, "Ideal sample", "raw", SETTING).axes[1]
    points = [c for c in right.collections if isinstance(c, PathCollection)]
    grey = [c for c in points if len(c.get_facecolor()) and to_hex(c.get_facecolor()[0]) == LIGHT]
    assert [len(c.get_offsets()) for c in grey] == [n_noise]
    assert len(points) == 1 + n_groups
    ties = [c for c in right.collections if isinstance(c, LineCollection)]
    assert sum(len(c.get_segments()) for c in ties) == len(group), "no noise star is tied"
    assert right.get_title() == f"Groups: {n_groups} groups, {n_noise} noise stars"
    said = maps.in_words(data, {})
    assert f"{n_groups} groups with {len(group)} stars" in said


def test_the_map_gives_a_recovered_cluster_its_own_mark(ideal):
    data = map_rows(ideal)
    for row in ideal.t2.to_dict("records"):
        names = set(data.loc[data["group"] == row["group"], "recovers"])
        assert len(names) == 1
        assert names <= set(ideal.t2.loc[ideal.t2["group"] == row["group"], "cluster"])


def test_many_stars_are_rasterised(crowded):
    left, right = draw("map", crowded).axes[:2]
    for axes in (left, right):
        big = [c for c in axes.collections if len(c.get_offsets()) > 1000]
        assert big
        assert all(c.get_rasterized() for c in big)


def test_the_plane_has_one_symbol_a_cluster_and_names_the_recovered(ideal):
    figure = draw("plane", ideal)
    data = conform(plane.data(ideal.t1), "figure_purity_completeness", "p")
    axes = figure.axes[0]
    assert len([c for c in axes.collections if isinstance(c, PathCollection)]) == len(data)
    names = {text.get_text() for text in axes.texts}
    assert names == {"40 %", "70 %"} | set(data.loc[data["recovered_40"], "cluster"])
    faces = [c.get_facecolor()[0].tolist() for c in axes.collections]
    filled = sum(face != [1, 1, 1, 1] for face in faces)
    assert filled == int((data["q_value"] < 0.05).sum())


def test_a_cluster_has_one_mark_in_every_figure_of_the_sample(ideal):
    marks = sample_marks(ideal.t1.set_index("cluster")["n_members"])
    name = ideal.t2["cluster"].iloc[-1]
    legend = draw("map", ideal).legends[0]
    handles = dict(
        zip((t.get_text() for t in legend.get_texts()), legend.legend_handles, strict=True)
    )
    assert handles[name].get_marker() == marks[name].marker
    assert handles[name].get_color() == marks[name].colour or (
        handles[name].get_markerfacecolor() == marks[name].colour
    )
    data = plane.data(ideal.t1).reset_index()
    for row, drawn in zip(data["cluster"], draw("plane", ideal).axes[0].collections, strict=True):
        assert to_hex(drawn.get_edgecolor()[0]) == marks[row].colour.lower()


def test_points_at_one_place_are_drawn_apart_on_the_same_side_of_the_lines():
    data = pd.DataFrame(
        {"completeness": [0.4] * 3 + [0.39] * 2 + [0.8], "purity": [1.0] * 3 + [0.5] * 2 + [0.9]}
    )
    points = plane.apart(data)
    for one, two in combinations(points, 2):
        assert np.hypot(*(one - two)) > 0.02
    np.testing.assert_allclose(points[[0, 3, 5]], [[0.4, 1.0], [0.39, 0.5], [0.8, 0.9]])
    true = data[["completeness", "purity"]].to_numpy()
    for level in (0.4, 0.7):
        np.testing.assert_array_equal(
            np.sign(np.round(points - level, 9)), np.sign(np.round(true - level, 9))
        )
    assert (points[:3, 0] == 0.4).all(), "a completeness on the line stays on it"
    assert points.max() <= 1


def test_clusters_that_no_free_stack_holds_are_counted():
    corner = pd.DataFrame({"completeness": [0.4] * 3, "purity": [0.4] * 3})
    points = plane.apart(corner)
    assert (points == 0.4).all()
    figure = new_figure(88, 88)
    axes = figure.subplots()
    plane._draw_stacks(axes, corner.to_numpy(), points)
    assert [text.get_text() for text in axes.texts] == ["× 3"]


def test_cuts_without_effect_and_settings_without_a_cluster_are_counted_not_drawn(ideal):
    idle = ideal.funnel.assign(stars_lost=0)
    figure = funnel.draw(idle, "Ideal")
    assert len(figure.axes[0].patches) == 2
    assert figure.get_suptitle() == "Ideal: no cut removes a star"
    never = ideal.t4.assign(n_recovered_40=0)
    never.loc[never["cluster"] == never["cluster"].iloc[0], "n_recovered_40"] = 1
    figure = settings.draw(never, "Ideal", ["raw", "zscore"])
    assert len(figure.axes[0].get_yticklabels()) == 1
    assert "not drawn: 30 clusters that no setting recovers" in figure.get_suptitle()
    assert faults(figure) == []


def test_where_only_a_cluster_that_is_not_drawn_is_recovered_the_largest_matches_are_drawn(ideal):
    one = ideal.t4.iloc[[0]].assign(n_recovered_40=0, best_match=0.25)
    many = [one.assign(cluster=f"SIM {i:03d}", n_members=200 - i) for i in range(100)]
    many[-1] = many[-1].assign(n_recovered_40=1)
    figure = settings.draw(pd.concat(many), "Ideal", [one["space"].iloc[0]])
    assert "no setting recovers one of these; largest match of each" in figure.get_suptitle()
    assert len(figure.axes[0].get_yticklabels()) > 1


def test_where_no_setting_recovers_a_cluster_the_largest_matches_are_drawn(ideal):
    none = ideal.t4.assign(n_recovered_40=0, n_recovered_70=0, best_match=0.25)
    far = none["cluster"].iloc[0]
    none.loc[none["cluster"] == far, "best_match"] = 0.375
    figure = settings.draw(none, "Ideal", ["raw", "zscore"])
    assert figure.get_suptitle().startswith("Ideal: no setting recovers a cluster")
    for axes, space in zip(figure.axes, ["raw", "zscore"], strict=True):
        limit, dots = axes.lines
        assert list(limit.get_xdata()) == [0.4, 0.4]
        names = [text.get_text().rsplit(" (", 1)[0] for text in figure.axes[0].get_yticklabels()]
        drawn = {names[round(y)]: x for x, y in zip(*dots.get_data(), strict=True)}
        rows = none[none["space"] == space].set_index("cluster")["best_match"]
        assert drawn == rows.loc[names].to_dict()
        assert drawn[far] == 0.375
    assert faults(figure) == []


def test_recovery_draws_curve_null_oracle_and_published_points(ideal):
    data = conform(recovery_rows(ideal), "figure_recovery", "recovery")
    figure = draw("recovery", ideal)
    assert len(figure.axes) == 6
    with_points = [
        any("Casamiquela" in str(c.get_label()) for c in axes.containers) for axes in figure.axes
    ]
    assert with_points == [True, False, False] * 2
    for axes, sample in zip(figure.axes, LABELS, strict=False):
        part = data[(data["sample"] == sample) & (data["role"] == "headline")]
        curve = part[part["least_members"] == 0].sort_values("threshold")
        at = curve["threshold"].to_numpy()
        steps = [line for line in axes.lines if "0.40" in str(line.get_label())]
        assert [line.get_xdata() for line in steps] == [[0.4], [0.4]]
        expected = [curve["recovery_fraction"][np.isclose(at, 0.4)].iloc[0],
                    curve["recovery_fraction"][at > 0.401].iloc[0]]  # fmt: skip
        assert [line.get_ydata()[0] for line in steps] == pytest.approx(expected)
    curve = next(line for line in figure.axes[0].lines if line.get_label() == "Headline setting")
    rows = data[(data["sample"] == "idealised") & (data["role"] == "headline")]
    large, rows = rows[rows["least_members"] > 0], rows[rows["least_members"] == 0]
    np.testing.assert_allclose(curve.get_ydata(), rows["recovery_fraction"])
    bars = next(c for c in figure.axes[3].containers if c.get_label() == "Headline setting")
    drawn = np.asarray(bars.lines[0].get_ydata(), float)
    np.testing.assert_allclose(drawn, large["recovery_fraction"])
    ticks = [label.get_text() for label in figure.axes[3].get_xticklabels()]
    assert ticks[:2] == [f"{n}\n{large['n_eligible'].iloc[n - 4]}" for n in (4, 5)]
    assert large["least_members"].tolist()[0] == 4, "no cluster is smaller"
    legend = {text.get_text() for text in figure.legends[0].get_texts()}
    assert len(legend) == 10
    assert any("by truth" in words for words in legend)


def test_recovery_of_one_sample_fits_a_column(ideal):
    label = {"idealised": LABELS["idealised"]}
    figure = recovery.draw(recovery_rows(ideal), label, published())
    assert faults(figure) == []
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(88)


def test_the_grid_writes_every_value_and_marks_headline_and_oracle(ideal):
    data = conform(grid_rows(ideal), "figure_grid", "grid")
    assert data.loc[data["role"] == "headline", "setting"].tolist() == [SETTING]
    assert data.loc[data["role"] == "oracle", "setting"].tolist() == [ORACLE]
    figure = draw("grid", ideal)
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    values = [w for w in words if re.fullmatch(r"\d\.\d\d", w)]
    intervals = [w for w in words if "–" in w and len(w) > 1]
    assert len(values) == len(intervals) == len(data) == 80
    weak = data["value"] <= data["null_p95"]
    hatched = sum(bool(p.get_hatch()) for axes in figure.axes for p in axes.patches)
    assert hatched == int(weak.sum()) > 0


def test_patterns_are_relative_to_the_mean_of_the_sample(ideal):
    data = patterns.data(ideal.coherence, ideal.elements)
    conform(data, "figure_patterns", "patterns")
    row = ideal.coherence.iloc[5]
    mean = ideal.elements.set_index("element").loc[row["element"], "sample_mean"]
    same = (data["cluster"] == row["cluster"]) & (data["element"] == row["element"])
    assert data.loc[same, "offset"].item() == pytest.approx(row["mean"] - mean)
    figure = draw("patterns", ideal)
    assert sum(axes.get_visible() for axes in figure.axes) == 31
    assert SCALE in figure.get_suptitle()


def test_coherence_has_one_box_an_element(ideal):
    data = coherence.data(ideal.coherence, ideal.elements)
    conform(data, "figure_coherence", "coherence")
    axes = draw("coherence", ideal).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()][:3] == ["Fe", "Na", "Mg"]
    low, high = axes.get_ylim()
    assert low < data["scatter"].min()
    assert high > data["between"].max()


@pytest.mark.parametrize(
    ("idle", "words"),
    [(1, "1 that removes none is not drawn"), (2, "2 that remove none are not drawn")],
)
def test_the_funnel_says_how_many_cuts_it_leaves_out(ideal, idle, words):
    rows = ideal.funnel.iloc[[0] + [1] * idle + [-1]].reset_index(drop=True)
    rows["stars_lost"] = [0] + [0] * idle + [3]
    assert funnel.draw(rows, "Ideal").get_suptitle().endswith(words)


def test_the_funnel_writes_the_counts_of_its_table(ideal):
    words = {text.get_text() for text in draw("funnel", ideal).axes[0].texts}
    for column in ("stars_left", "stars_lost", "members_left", "clusters_left"):
        assert {f"{value:,}" for value in ideal.funnel[column]} <= words


def test_the_story_holds_both_levels_of_every_sample(ideal):
    data = story_rows(ideal)
    # one of the three samples is scanned
    assert len(data) == 3 * 2 * 2 + 3 * 2, "and repeated with other seeds"
    roles = {"headline", "oracle", "scan_claims", "scan_linkage", "other_seeds"}
    assert set(data["role"]) == roles
    assert set(data.loc[data["role"].str.startswith("scan"), "sample"]) == set(list(LABELS)[:1])
    axes = draw("story", ideal).axes[0]
    drawn = [c.lines[0].get_ydata() for c in axes.containers if hasattr(c, "has_yerr")]
    assert sorted(np.concatenate(drawn)) == sorted(data["recovery_fraction"])


@pytest.mark.parametrize("kind", ["map", "grid"])
def test_figures_drawn_twice_are_the_same_bytes(kind, crowded, tmp_path):
    for name in ("a", "b"):
        save_figure(draw(kind, crowded), tmp_path / f"{name}.pdf", tmp_path / f"{name}.png")
    for suffix in (".pdf", ".png"):
        one, two = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("a", "b"))
        assert one == two
    assert b"CreationDate" not in (tmp_path / "a.pdf").read_bytes()


ONE_FIGURE = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
from figures_of_a_sample import SHEET, draw
from tables_for_figures import make_tables
from chemtag.paper.figures.style import paper_style, save_figure
with paper_style(SHEET):
    save_figure(draw("plane", make_tables(8)), *map(Path, sys.argv[1:]))
"""


def test_bytes_do_not_depend_on_the_process(tmp_path):
    paths = [
        str(ROOT / "workflow" / "scripts"),
        *(str(Path(__file__).parents[1] / room) for room in ("", "paper")),
    ]
    other = tmp_path / "other.pdf", tmp_path / "other.png"
    command = [sys.executable, "-c", ONE_FIGURE.format(paths=paths), *map(str, other)]
    env = {"PYTHONHASHSEED": "4242", "MPLCONFIGDIR": str(tmp_path)}
    subprocess.run(command, check=True, env=env)
    here = tmp_path / "here.pdf", tmp_path / "here.png"
    save_figure(draw("plane", make_tables(8)), *here)
    assert [p.read_bytes() for p in here] == [p.read_bytes() for p in other]


def test_the_mean_over_other_seeds_stands_beside_the_seed_of_the_run(ideal):
    data = story_rows(ideal)
    rows = data[data["role"] == "other_seeds"]
    assert rows["recovery_fraction"].tolist() == [0.39, 0.05]
    assert rows["low"].tolist() == pytest.approx([0.30, 0.0]), "one standard deviation, not below 0"
    assert rows["high"].tolist() == pytest.approx([0.48, 0.11])
    figure = story.draw(data, dict.fromkeys(LABELS, ideal.funnel), LABELS)
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "RF40, headline, other seeds" in words
    assert "other seeds 0.39 on average" in story.in_words(data, LABELS)
    without = data[data["role"] != "other_seeds"]
    figure = story.draw(without, dict.fromkeys(LABELS, ideal.funnel), LABELS)
    assert not any("seeds" in text.get_text() for text in figure.legends[0].get_texts())


def test_errors_of_hundredths_do_not_fill_the_story(ideal):
    data = story_rows(ideal)
    none = dict.fromkeys(("recovery_fraction", "low", "null_mean", "null_p95"), 0.0)
    funnels = dict.fromkeys(LABELS, ideal.funnel)
    figure = story.draw(data.assign(**none, high=0.03), funnels, LABELS)
    low, high = figure.axes[0].get_ylim()
    assert high >= 1
    assert -0.2 * high < low < 0
