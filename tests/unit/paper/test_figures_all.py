"""Every figure of the library: a case each, marks counted, and the same bytes in two processes."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import figures_of_a_sample as sample_cases
import numpy as np
import pandas as pd
import pytest
import test_ablation_figures as ablation_cases
import test_comparison_figures as comparison_cases
import test_diagram_figure as diagram_cases
import test_forecast_figures as forecast_cases
import test_limits_figures as limits_cases
import test_lists_figure as lists_cases
import test_planner_figure as planner_cases
import test_tagging_figures as trust_cases
import test_two_spaces_figure as spaces_cases
import test_vet_figures as vet_cases
import test_widths_figure as widths_cases
import yaml
from image_checks import faults, n_marks
from matplotlib.figure import Figure
from tables_for_figures import Tables, make_tables

from chemtag.base.tables import conform
from chemtag.forecast.summary import loss_rows
from chemtag.paper.figures import (
    consensus,
    contamination,
    doppelgangers,
    information,
    injection,
    limits,
    losses,
    masses,
    nulls,
    overview,
    pairs,
    precision,
    row_order,
    row_orders,
    two_spaces,
)
from chemtag.paper.figures.style import largest_clusters, paper_style, save_figure

PARTS = [
    str(sample_cases.ROOT / "workflow" / "scripts"),
    *(str(Path(__file__).parents[1] / room) for room in ("", "paper", "ablate")),
]
KINDS = ["siblings", "members", "member_field", "field"]


def simulated_cells() -> pd.DataFrame:
    fields, scales, numbers, realisations = forecast_cases.GRIDS["shipped"]
    return forecast_cases.cells(fields, scales, numbers, realisations)


def simulated() -> pd.DataFrame:
    return forecast_cases.means_of(simulated_cells(), 17)


def mass_cases() -> pd.DataFrame:
    """Recovery against mass of made-up numbers."""
    rows = [
        {
            "role": role, "mass_low": 10.0**low, "mass_high": 10.0 ** (low + 0.5),
            "n_clusters": int(10 ** (7 - low)), "n_stars": 500, "n_eligible": max(0, 10 * low - 45),
            "n_recovered": low, "recovery_fraction": low / 10, "low": low / 12, "high": low / 9,
            "low_95": 0.0, "high_95": 1.0, "mean_match": 0.2,
        }
        for role in ("any", "headline")
        for low in (4, 5, 6)
    ]  # fmt: skip
    return conform(pd.DataFrame(rows), "mass_recovery", "masses")


def sample_case(kind: str) -> Callable[[Tables], Figure]:
    return lambda tables: sample_cases.draw(kind, tables)


def draw_information(_: Tables) -> Figure:
    spectrum, elements = limits_cases.information_tables()
    keys = limits_cases.ELEMENTS
    data = information.data(spectrum, elements, keys)
    return information.draw(data, limits_cases.numbers(), elements, keys, "Ideal sample")


# A case of every figure; a new figure needs a line here.
CASES: dict[str, Callable[[Tables], Figure]] = {
    "map": sample_case("map"),
    "purity_completeness": sample_case("plane"),
    "patterns": sample_case("patterns"),
    "coherence": sample_case("coherence"),
    "funnel": sample_case("funnel"),
    "grid": sample_case("grid"),
    "overview": sample_case("overview"),
    "settings": sample_case("settings"),
    "recovery": sample_case("recovery"),
    "story": sample_case("story"),
    "consensus": lambda _: consensus.draw(
        consensus.data(trust_cases.stability(trust_cases.SIZES["pairs"])),
        pd.DataFrame({"n_groups": [3]}),
        "Ideal",
    ),
    "row_orders": lambda _: row_orders.draw(
        row_orders.data(trust_cases.row_orders_table()), "Ideal sample"
    ),
    "row_order": lambda _: row_order.draw(
        row_order.data(trust_cases.row_order([0, 0.01, 0], [4, 5, 4])), "Ideal"
    ),
    "limits": lambda _: limits.draw(
        limits.data({"s": limits_cases.tuning()}, {"s": limits_cases.ceiling()}),
        {"s": "Ideal sample"},
    ),
    "nulls": lambda _: nulls.draw(
        nulls.data({"ideal": limits_cases.null_table()}), {"ideal": "Ideal sample"}
    ),
    "pairs": lambda _: pairs.draw(
        limits_cases.pairs_table({"ideal": ""}), {"ideal": "Ideal sample"}
    ),
    "doppelgangers": lambda _: doppelgangers.draw(
        limits_cases.separations(KINDS), limits_cases.rates(KINDS[1:]), "Ideal", "raw", "raw"
    ),
    "information": draw_information,
    "contamination": lambda _: contamination.draw(
        contamination.data(simulated()), {"recipe": "survey"}
    ),
    "injection": lambda tables: injection.draw(
        injection.data(simulated()), tables.recovery, "Ideal sample"
    ),
    "precision": lambda _: precision.draw(precision.data(simulated()), {"recipe": "survey"}),
    "false_groups": lambda _: forecast_cases.draw_plane(),
    "losses": lambda _: losses.draw(
        pd.DataFrame(loss_rows(simulated_cells(), [0, 400, 2000, 8000], 1.0, 17, 28)),
        {"recipe": "survey"},
    ),
    "masses": lambda _: masses.draw(mass_cases(), "A Galaxy to tag"),
    "planner": lambda _: planner_cases.draw_planner_case(),
    "planner_elements": lambda _: planner_cases.draw_elements_case(),
    "widths": lambda _: widths_cases.draw_widths_case(),
    "ablations": lambda _: ablation_cases.draw_ablations_case(),
    "leaderboard": lambda _: comparison_cases.draw_leaderboard_case(),
    "agreement": lambda _: comparison_cases.draw_agreement_case(),
    "scaling": lambda _: comparison_cases.draw_scaling_case(),
    "embeddings": lambda _: ablation_cases.draw_embeddings_case(),
    "umap_warning": lambda _: ablation_cases.draw_warning_case(),
    "vet_funnel": lambda _: vet_cases.funnel()[1],
    "vet_power": lambda _: vet_cases.power_figure(),
    "vet_sheets": lambda _: vet_cases.sheets()[0],
    "diagrams": lambda _: diagram_cases.figure(),
    "lists": lambda _: lists_cases.figure(),
    "two_spaces": lambda _: two_spaces.draw(spaces_cases.drawn(), spaces_cases.LABELS),
}

# Marks of the panels of these cases, worked out from the fixture tables: 12 clusters, 16 elements.
MARKS: dict[str, Callable[[Tables], list[int]]] = {
    "map": lambda t: [len(t.embedding)] * 2,
    "overview": lambda t: [len(t.abundances)] * 3,
    "patterns": lambda _: [17] * 12,  # 16 elements and the band of the error
    # 4 numbers of field stars and a band, five times, and 4 strokes of the break
    "contamination": lambda _: [29] * 2,
    "planner": lambda _: [26] * 2,  # 20 cells, 4 surveys, the colours and the band of one half
    "precision": lambda _: [8] * 6,  # 2 scales of the errors for 4 numbers of field stars
    "row_order": lambda _: [3] * 3,
}


@pytest.fixture(scope="module", autouse=True)
def style():
    with paper_style(sample_cases.SHEET):
        yield


@pytest.fixture(scope="module")
def tables() -> Tables:
    return make_tables(12)


@pytest.fixture(scope="module")
def figures(tables) -> dict[str, Figure]:
    return {name: case(tables) for name, case in CASES.items()}


def test_every_figure_has_a_case():
    entries = yaml.safe_load((sample_cases.ROOT / "workflow" / "figures.yaml").read_text())
    # Figures of a task have their cases in tests/unit/predict.
    assert {name for name, entry in entries.items() if entry["of"] != "task"} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_no_figure_has_faults(name, figures):
    assert faults(figures[name]) == []


@pytest.mark.parametrize("name", MARKS)
def test_figures_have_their_marks(name, figures, tables):
    panels = [axes for axes in figures[name].axes if axes.get_visible()]
    expected = MARKS[name](tables)
    assert [n_marks(axes) for axes in panels[: len(expected)]] == expected


def test_an_overview_without_positions_says_so(tables):
    stars = tables.abundances.drop(columns=["ra", "dec", "teff", "logg"])
    nobody = tables.members.iloc[:0]
    data = overview.data(stars, nobody, tables.t2.iloc[:0], [])
    conform(data, "figure_overview", "overview")
    about = overview.about(stars, [])
    assert about == {"ratio": "", "solar_scale": "not stated by the catalogue"}
    figure = overview.draw(data, "Sample", about)
    assert faults(figure) == []
    assert [n_marks(axes) for axes in figure.axes] == [0, 0, 0]
    assert "no positions" in figure.axes[0].texts[0].get_text()


def astrometric(tables: Tables, *left_out: str) -> pd.DataFrame:
    """The sample of the tables as one tagged by astrometry, with a field star far out in motion."""
    rng = np.random.default_rng(1)
    stars = tables.abundances[["star_id", "ra", "dec"]].copy()
    for name in ("xi", "eta", "pmra", "pmdec", "parallax", "phot_g_mean_mag", "bp_rp"):
        stars[name] = rng.normal(size=len(stars))
    stars.loc[stars.index[-1], "pmra"] = 500.0
    stars.attrs = {"features": ["pmra", "pmdec"], "elements": []}
    return stars.drop(columns=list(left_out))


@pytest.mark.parametrize(
    ("left_out", "axes"),
    [
        ((), ["xi", "mu_{", "Parallax", "BP"]),
        (("xi", "eta", "bp_rp"), ["Right", "mu_{", "Parallax"]),
        (("parallax", "phot_g_mean_mag", "bp_rp"), ["xi", "mu_{"]),
    ],
)
def test_an_overview_of_motions_shows_what_is_there(tables, left_out, axes):
    stars = astrometric(tables, *left_out)
    # The last star is of the field, the first a member that moves fast.
    members = tables.members[tables.members["star_id"] != stars["star_id"].iloc[-1]]
    stars.loc[stars["star_id"] == members["star_id"].iloc[0], "pmdec"] = -70.0
    data = overview.data(stars, members, tables.t2, [])
    conform(data, "figure_overview", "overview")
    figure = overview.draw(data, "Cone", overview.about(stars, []))
    assert faults(figure) == []
    shown = [panel for panel in figure.axes if panel.get_visible()]
    assert [word in panel.get_xlabel() for word, panel in zip(axes, shown, strict=True)] == [
        True for _ in axes
    ]
    motions = shown[1]
    assert motions.get_ylim()[0] < -70
    few = int((data["cluster"] == "").sum()) < 100
    assert motions.get_xlim()[1] < 500 or few


def test_an_overview_of_motions_and_abundances_has_all_of_it(tables):
    stars = astrometric(tables).merge(
        tables.abundances.drop(columns=["ra", "dec"]), on="star_id", validate="one_to_one"
    )
    stars.attrs = {"features": ["mg", "pmra"], "elements": ["mg"], **tables.abundances.attrs}
    data = overview.data(stars, tables.members, tables.t2, sample_cases.ELEMENTS)
    figure = overview.draw(data, "Cone", overview.about(stars, sample_cases.ELEMENTS))
    assert faults(figure) == []
    assert sum(panel.get_visible() for panel in figure.axes) == 6


@pytest.mark.parametrize(
    ("columns", "ordinate"),
    [
        (["fe_h", "c_fe", "si_fe", "mg_fe"], "mg_fe"),
        (["fe_h", "c_fe"], "c_fe"),
        (["fe_h"], ""),
        (["si_h", "fe_h"], "si_h"),
    ],
)
def test_the_ordinate_is_an_alpha_element_if_there_is_one(columns, ordinate):
    assert overview.ordinate_of(columns) == ordinate


def test_the_largest_clusters_fit_on_a_page():
    sizes = pd.Series(np.arange(60), index=[f"c{i:02d}" for i in range(60)])
    assert largest_clusters(sizes) == [f"c{i:02d}" for i in range(20, 60)]


def digests(folder: Path) -> dict[str, str]:
    """Draw every case; digest of each PDF and PNG."""
    tables = make_tables(12)
    found = {}
    with paper_style(sample_cases.SHEET):
        for name, case in CASES.items():
            paths = folder / f"{name}.pdf", folder / f"{name}.png"
            save_figure(case(tables), *paths)
            found |= {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
    return found


@pytest.mark.slow
def test_every_figure_is_the_same_bytes_in_two_processes(tmp_path):
    program = (
        "import sys, json, pathlib\n"
        f"sys.path[:0] = {PARTS!r}\n"
        "import test_figures_all as t\n"
        "print(json.dumps(t.digests(pathlib.Path(sys.argv[1]))))"
    )
    answers = []
    for seed in ("1", "4242"):
        folder = tmp_path / seed
        folder.mkdir()
        env = {**os.environ, "PYTHONHASHSEED": seed, "MPLCONFIGDIR": str(folder)}
        command = [sys.executable, "-c", program, str(folder)]
        run = subprocess.run(command, check=True, env=env, capture_output=True, text=True)
        answers.append(json.loads(run.stdout.splitlines()[-1]))
    assert answers[0] == answers[1]
    assert len(answers[0]) == 2 * len(CASES)
