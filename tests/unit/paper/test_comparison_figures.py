"""Figures of the comparison of algorithms, drawn from tables made here."""

import numpy as np
import pandas as pd
import pytest
from figures_of_a_sample import SHEET

from chemtag.base.tables import conform
from chemtag.compare.agreement import agreement_rows
from chemtag.compare.inputs import Task
from chemtag.compare.leaderboard import leaderboard_rows, tasks_table
from chemtag.compare.processes import Outcome
from chemtag.compare.scaling import scaling_rows
from chemtag.paper.figures import agreement as agreement_figure
from chemtag.paper.figures import leaderboard, scaling
from chemtag.paper.figures.leaderboard import ranked
from chemtag.paper.figures.style import paper_style
from chemtag.score.evaluation import chance_of, evaluate
from chemtag.score.rows import clusters_rows
from chemtag.select.truth import truth_of
from chemtag.tag.algorithms import ALGORITHMS

NAMES = [f"NGC {1000 + number}" for number in range(28)]
SKIPPED = "extreme_deconvolution"


@pytest.fixture(autouse=True)
def style():
    with paper_style(SHEET):
        yield


def made():
    """Tables of 28 clusters of 5, with groups that are the clusters with some stars moved."""
    truth = truth_of(np.repeat(NAMES, 5), 4)
    rng = np.random.default_rng(4)
    chance = chance_of(truth, 20, 20, np.random.default_rng(1), np.random.default_rng(2))
    tasks = [Task(algorithm, {}, 0, None) for algorithm in ALGORITHMS.values()]
    boards, clusters, labels = [], [], {}
    for number, task in enumerate(tasks):
        name = task.algorithm.name
        if name == SKIPPED:
            reason = "7823 stars are above its cap of 300 (compare/caps)"
            boards.append(leaderboard_rows(task, Outcome("skipped", reason), None))
            continue
        moved = rng.random(140) < number / 20
        groups = np.where(moved, rng.integers(-1, 28, 140), truth.clusters)
        groups = np.unique(groups, return_inverse=True)[1] - (1 if (groups < 0).any() else 0)
        one = evaluate(groups, truth, chance)
        boards.append(leaderboard_rows(task, Outcome("ok", "", groups), one))
        clusters.append(clusters_rows(name, one, truth))
        labels[name] = groups
    return (
        conform(pd.concat(boards, ignore_index=True), "leaderboard", "t"),
        conform(pd.concat(clusters, ignore_index=True), "clusters", "t"),
        conform(agreement_rows(labels), "algorithm_agreement", "t"),
        conform(tasks_table(tasks), "algorithms", "t"),
    )


def draw_leaderboard_case():
    board, _, _, algorithms = made()
    return leaderboard.draw(
        conform(leaderboard.data(board, algorithms), "figure_leaderboard", "t"), "Ideal sample"
    )


def draw_agreement_case():
    _, clusters, agreement, algorithms = made()
    data = agreement_figure.data(clusters, agreement, algorithms)
    return agreement_figure.draw(conform(data, "figure_agreement", "t"), "Ideal sample")


def timings():
    rows = []
    for power, name in enumerate(ALGORITHMS):
        for n in (200, 400, 800):
            stopped = name == "mean_shift" and n == 800
            for run in range(1 if stopped else 2):
                seconds = np.nan if stopped else 1e-3 * (n / 200) ** (power % 4) * (1 + 0.1 * run)
                rows.append(
                    (
                        name,
                        n,
                        run,
                        "stopped" if stopped else "ok",
                        "not finished after 60 s (time_limit)" if stopped else "",
                        seconds,
                    )
                )
    columns = ["algorithm", "n_stars", "run", "status", "reason", "seconds"]
    return conform(pd.DataFrame(rows, columns=columns).assign(memory_mb=1.0), "timings", "t")


def draw_scaling_case():
    fits = conform(scaling_rows(timings()), "scaling", "t")
    data = conform(scaling.data(timings(), fits), "figure_scaling", "t")
    return scaling.draw(data, fits, "Ideal sample")


def test_a_board_is_ranked_and_names_who_was_skipped_last():
    board, _, _, algorithms = made()
    data = leaderboard.data(board, algorithms)
    oracle = data[data["board"] == "oracle"]
    names = ranked(oracle)
    assert names[-1] == SKIPPED
    values = oracle[oracle["metric"] == "rf40"].set_index("algorithm")["value"]
    assert values[names[:-1]].is_monotonic_decreasing
    own, told = draw_leaderboard_case().axes
    assert own.get_title(loc="left") == "Told nothing of the truth"
    written = [text.get_text() for text in told.texts]
    assert "skipped: 7823 stars, cap 300" in written


def test_baselines_do_not_count_among_those_who_recover_clusters():
    _, clusters, _, algorithms = made()
    counted = clusters[~clusters["setting"].isin(["random_groups", "iron_bins"])]
    own = set(algorithms[algorithms["board"] == "own"]["algorithm"])
    blind = counted[counted["setting"].isin(own) & counted["recovered_40"]]["cluster"].nunique()
    anyone = counted[counted["recovered_40"]]["cluster"].nunique()
    title = draw_agreement_case().axes[0].get_title()
    assert title == f"28 clusters: {anyone} recovered by any,\n{blind} without the truth"


def test_the_exponents_drawn_are_those_fitted():
    fits = scaling_rows(timings()).set_index("algorithm")
    assert fits.loc["kmeans", "exponent"] == pytest.approx(0, abs=1e-9)
    assert fits.loc["spectral", "exponent"] == pytest.approx(1)
    assert np.isnan(fits.loc["mean_shift", "exponent"])
    words = [text.get_text() for text in draw_scaling_case().axes[1].texts]
    assert words == ["no fit"]
