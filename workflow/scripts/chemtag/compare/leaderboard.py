"""Outcomes as tables: leaderboard, noise, what any algorithm recovers, costs."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from chemtag.base.types import Ints
from chemtag.compare.inputs import Task
from chemtag.compare.processes import Outcome
from chemtag.score import PAPER_AMI, RECOVERED, ScoreKey
from chemtag.score.evaluation import Evaluation, null_of
from chemtag.score.intervals import jeffreys_interval
from chemtag.score.nulls import p_values
from chemtag.score.rows import scores_rows
from chemtag.select.truth import Truth
from chemtag.tag.algorithms import ALGORITHMS

BOARD_METRICS = (
    *map(ScoreKey, ("rf40", "rf70", "perfect_matches", "n_groups", "statistical_40")),
    ScoreKey("noise_fraction"),
    PAPER_AMI,
)
BOARDS = {
    "oracle": "told the true number of clusters (random groups: their sizes); never a headline",
    "own": "told nothing of the truth",
}


def leaderboard_rows(task: Task, outcome: Outcome, evaluation: Evaluation | None) -> pd.DataFrame:
    """Rows of the contract `leaderboard`: each score of an algorithm, or why it has none."""
    algorithm = task.algorithm
    if evaluation is None:
        rows = pd.DataFrame(
            [{"metric": k.metric, "noise": k.noise, "field": k.field} for k in BOARD_METRICS]
        )
        rows = rows.assign(note=outcome.reason, n_null=0)
        empty = ("value", "low", "high", "low_95", "high_95")
        for name in (*empty, "null_mean", "null_low", "null_high", "null_p95", "z", "p_value"):
            rows[name] = np.nan
    else:
        one = evaluation
        every = scores_rows(algorithm.name, one, lambda key: null_of(one, key))
        keys = [ScoreKey(*row) for row in zip(every["metric"], every["noise"], every["field"],
                                              strict=True)]  # fmt: skip
        rows = every[[key in BOARD_METRICS for key in keys]]
        rows = rows.drop(columns=["setting", "interval"])
    return rows.assign(
        algorithm=algorithm.name,
        board=algorithm.board,
        told=algorithm.told,
        status=outcome.status,
        reason=outcome.reason,
    )


def tasks_table(tasks: Sequence[Task]) -> pd.DataFrame:
    """Rows of the contract `algorithms`: what each algorithm was asked to do."""
    rows = []
    for task in tasks:
        one = task.algorithm
        settings = {key: value for key, value in task.settings.items() if key != "sizes"}
        rows.append(
            {
                "algorithm": one.name,
                "label": one.label,
                "board": one.board,
                "told": one.told,
                "labels_noise": one.noise,
                "baseline": one.baseline,
                "seeded": one.seeded,
                "ordered": one.ordered,
                "cap": -1 if task.cap is None else task.cap,
                "settings": json.dumps(settings, sort_keys=True),
            }
        )
    return pd.DataFrame(rows)


def noise_rows(task: Task, labels: Ints, truth: Truth) -> dict[str, object]:
    """Row of the contract `algorithm_noise`: which stars an algorithm leaves out.

    Shares of stars with 68 % Jeffreys intervals; under a permutation of the truth the shares of
    members and of field stars are both the noise fraction.
    """
    field = truth.clusters < 0
    row: dict[str, object] = {
        "algorithm": task.algorithm.name,
        "labels_noise": task.algorithm.noise,
        "noise_fraction": float((labels < 0).mean()),
    }
    for name, kind in (("members", ~field), ("field", field)):
        left, n = int((labels[kind] < 0).sum()), int(kind.sum())
        ends = jeffreys_interval(left, n, 0.68)
        row |= {f"n_{name}": n, f"{name}_noise": left / n if n else np.nan}
        row |= {f"{name}_noise_low": ends.low, f"{name}_noise_high": ends.high}
    return row


def union_rows(
    evaluations: Mapping[str, Evaluation], boards: Mapping[str, str], truth: Truth
) -> pd.DataFrame:
    """Rows of the contract `recovered_by_any`, one a board.

    Clusters recovered at 40 % by at least one algorithm of the board, baselines left out. The
    null repeats "by at least one" in each permutation, which all algorithms share.
    """
    rows = []
    n = int(truth.eligible.sum())
    for board in sorted(set(boards.values())):
        each = [
            one for name, one in evaluations.items()
            if boards[name] == board and not ALGORITHMS[name].baseline
        ]  # fmt: skip
        if not each:
            continue
        level = RECOVERED
        found = np.any([one.match >= level for one in each], axis=0) & truth.eligible
        drawn = np.any([one.match_draws >= level for one in each], axis=0) & truth.eligible
        number, draws = int(found.sum()), drawn.sum(axis=1) / max(n, 1)
        ends = jeffreys_interval(number, n, 0.68)
        rows.append(
            {
                "board": board,
                "n_algorithms": len(each),
                "n_eligible": n,
                "n_recovered": number,
                "fraction": number / n if n else np.nan,
                "low": ends.low,
                "high": ends.high,
                "null_mean": float(draws.mean()) if len(draws) else np.nan,
                "null_p95": float(np.quantile(draws, 0.95)) if len(draws) else np.nan,
                "p_value": float(p_values(number / max(n, 1), draws)) if len(draws) else np.nan,
            }
        )
    return pd.DataFrame(rows)


def costs_row(task: Task, outcome: Outcome, n_stars: int, dimensions: int) -> dict[str, object]:
    """Row of the contract `algorithm_costs`."""
    return {
        "algorithm": task.algorithm.name,
        "status": outcome.status,
        "reason": outcome.reason,
        "n_stars": n_stars,
        "dimensions": dimensions,
        "seconds": outcome.seconds[-1] if outcome.seconds else np.nan,
        "memory_mb": outcome.memory_mb,
    }


def groups_rows(task: Task, labels: Ints, star_id: np.ndarray) -> pd.DataFrame:
    """Rows of the contract `algorithm_groups`: stars in a group."""
    grouped = labels >= 0
    return pd.DataFrame(
        {
            "algorithm": task.algorithm.name,
            "star_id": star_id[grouped],
            "group": labels[grouped],
        }
    )
