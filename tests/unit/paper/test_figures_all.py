"""Every figure of the library: a case each, marks counted, and the same bytes in two processes."""

import hashlib
import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import test_ablation_figures as ablation_cases
import test_comparison_figures as comparison_cases
import test_figures as basic
import test_limits_figures as limits_cases
import test_tagging_figures as trust_cases
from image_checks import faults, n_marks
from matplotlib.figure import Figure
from tables_for_figures import Tables, make_tables

import chemtag.paper.figures
from chemtag.base.tables import conform
from chemtag.forecast.summary import loss_rows, summarise
from chemtag.paper.figures import consensus, forecast, limits, nulls, overview, pairs, row_order
from chemtag.paper.figures.style import largest_clusters, paper_style, save_figure

PARTS = [
    str(basic.ROOT / "workflow" / "scripts"),
    *(str(Path(__file__).parents[1] / room) for room in ("", "paper", "ablate")),
]
KINDS = ["siblings", "members", "member_field", "field"]


def simulated() -> pd.DataFrame:
    fields, scales, numbers, realisations = limits_cases.GRIDS["shipped"]
    return limits_cases.cells(fields, scales, numbers, realisations)


def basic_case(kind: str) -> Callable[[Tables], Figure]:
    return lambda tables: basic.draw(kind, tables)


def draw_information(_: Tables) -> Figure:
    spectrum, elements = limits_cases.information_tables()
    data = limits.information_data(spectrum, elements, limits_cases.ORDER)
    names = [basic.element_name(column) for column in limits_cases.ORDER]
    return limits.draw_information(data, names, "Ideal sample", "participation ratio 2.6")


# A figure of each function that draws one; a new function needs a line here.
CASES: dict[str, Callable[[Tables], Figure]] = {
    "draw_map": basic_case("map"),
    "draw_purity_completeness": basic_case("plane"),
    "draw_patterns": basic_case("patterns"),
    "draw_coherence": basic_case("coherence"),
    "draw_funnel": basic_case("funnel"),
    "draw_grid": basic_case("grid"),
    "draw_overview": basic_case("overview"),
    "draw_settings": basic_case("settings"),
    "draw_recovery": basic_case("recovery"),
    "draw_story": basic_case("story"),
    "draw_consensus": lambda _: consensus.draw_consensus(
        consensus.consensus_data(trust_cases.stability(trust_cases.SIZES["pairs"])), [3], "Ideal"
    ),
    "draw_row_order": lambda _: row_order.draw_row_order(
        row_order.row_order_data(trust_cases.row_order([0, 0.01, 0], [4, 5, 4])), "Ideal"
    ),
    "draw_limits": lambda _: limits.draw_limits(
        limits.limits_data({"s": limits_cases.tuning()}, {"s": limits_cases.ceiling()}),
        {"s": "Ideal sample"},
    ),
    "draw_nulls": lambda _: nulls.draw_nulls(
        nulls.nulls_data({"ideal": limits_cases.null_table()}), {"ideal": "Ideal sample"}
    ),
    "draw_pairs": lambda _: pairs.draw_pairs(
        limits_cases.pairs_table({"ideal": ""}), {"ideal": "Ideal sample"}
    ),
    "draw_separations": lambda _: limits.draw_separations(
        limits_cases.separations(KINDS), limits_cases.rates(KINDS[1:]), "Ideal", "raw", "dex"
    ),
    "draw_information": draw_information,
    "draw_contamination": lambda _: forecast.draw_contamination(
        forecast.contamination_data(conform(summarise(simulated(), 28), "forecast", "f"), 17), "{}"
    ),
    "draw_precision": lambda _: forecast.draw_precision(
        forecast.precision_data(conform(summarise(simulated(), 28), "forecast", "f")), "survey"
    ),
    "draw_losses": lambda _: forecast.draw_losses(
        pd.DataFrame(loss_rows(simulated(), [0, 400, 2000, 8000], 1.0, 17, 28)), "survey"
    ),
    "draw_ablations": lambda _: ablation_cases.draw_ablations_case(),
    "draw_leaderboard": lambda _: comparison_cases.draw_leaderboard_case(),
    "draw_agreement": lambda _: comparison_cases.draw_agreement_case(),
    "draw_scaling": lambda _: comparison_cases.draw_scaling_case(),
    "draw_embeddings": lambda _: ablation_cases.draw_embeddings_case(),
    "draw_warning": lambda _: ablation_cases.draw_warning_case(),
}

# Marks of the panels of these cases, worked out from the fixture tables: 12 clusters, 16 elements.
MARKS: dict[str, Callable[[Tables], list[int]]] = {
    "draw_map": lambda t: [len(t.embedding)] * 2,
    "draw_overview": lambda t: [len(t.abundances)] * 3,
    "draw_patterns": lambda _: [17] * 12,  # 16 elements and the band of the error
    "draw_contamination": lambda _: [15] * 2,  # 4 numbers of field stars and a band, three times
    "draw_precision": lambda _: [4] * 8,  # 2 scales of the errors and 2 numbers of elements
    "draw_row_order": lambda _: [3] * 3,
}


@pytest.fixture(scope="module", autouse=True)
def style():
    with paper_style(basic.SHEET):
        yield


@pytest.fixture(scope="module")
def tables() -> Tables:
    return make_tables(12)


@pytest.fixture(scope="module")
def figures(tables) -> dict[str, Figure]:
    return {name: case(tables) for name, case in CASES.items()}


def test_every_function_that_draws_a_figure_has_a_case():
    found = {
        name
        for info in pkgutil.iter_modules(chemtag.paper.figures.__path__)
        for name, function in inspect.getmembers(
            importlib.import_module(f"chemtag.paper.figures.{info.name}"), inspect.isfunction
        )
        if name.startswith("draw_") and function.__module__.endswith(info.name)
    }
    assert found == set(CASES)


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
    data = overview.overview_data(stars, pd.Series(dtype=object), "")
    conform(data, "figure_overview", "overview")
    figure = overview.draw_overview(data, "", "Sample", "not stated")
    assert faults(figure) == []
    assert [n_marks(axes) for axes in figure.axes] == [0, 0, 0]
    assert "no positions" in figure.axes[0].texts[0].get_text()


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
    with paper_style(basic.SHEET):
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
