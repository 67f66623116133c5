"""Averages over realisations, and the loss budget: what takes the clusters away, step by step."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from chemtag.score.evaluation import LEVELS
from chemtag.score.intervals import NO_INTERVAL, Interval, jeffreys_interval

SHARES = ("rf40", "rf70")
"""Scores that are shares of the clusters of a survey."""
SCORES = ("rf40", "rf70", "rf_area", "n_groups", "statistical_40", "member_share")
VIEW = ("n_field", "error_scale", "n_elements")
SHARES_LOST = (("rf40", "chemistry"), ("rf40", "recovered"), ("rf40", "scan_recovered"))
LOSSES = ("chemistry", "errors", "field", "detection", "setting", "recovered")
"""Steps of the budget, which add up to 1."""
DETECTION = ("places", "search")
"""Parts of the step detection, where the detectability limit is known."""
LIMIT = "detectable_claims"
COUNTERFACTUALS = ("without_errors", "without_field", "without_both")
"""What the best setting gains where one hindrance is taken away."""


def mean_interval(
    values: npt.ArrayLike, level: float, bounds: tuple[float, float] = (-np.inf, np.inf)
) -> Interval:
    """Student interval of the mean of independent realisations, cut to `bounds`.

    NaN for one realisation, and where all are alike: that they do not vary tells nothing of others.
    """
    numbers = np.asarray(values, dtype=float)
    n = len(numbers)
    if n < 2 or not np.isfinite(numbers).all() or np.ptp(numbers) == 0:
        return NO_INTERVAL
    half = -stdtrit(n - 1, (1 - level) / 2) * numbers.std(ddof=1) / np.sqrt(n)
    low, high = np.clip([numbers.mean() - half, numbers.mean() + half], *bounds)
    return Interval(float(low), float(high))


def summarise(cells: pd.DataFrame, n_clusters: int) -> pd.DataFrame:
    """Rows of the contract `forecast`: mean, scatter and interval of each score of each cell.

    Where the share of clusters recovered is the same in all realisations of `n_clusters` clusters
    each, such as 0, it has the Jeffreys interval of all their clusters together.
    """
    rows = [
        {**dict(zip((*VIEW, "role"), map(_plain, key), strict=True)), "score": score}
        | _statistics(
            part[score].to_numpy(dtype=float),
            (0.0, np.inf if score == "n_groups" else 1.0),
            n_clusters if score in SHARES else 0,
        )
        for key, part in cells[cells["role"] != "grid"].groupby([*VIEW, "role"], sort=True)
        for score in SCORES
        if part[score].notna().all()
    ]
    return pd.DataFrame(rows)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _statistics(
    values: npt.NDArray[np.float64], bounds: tuple[float, float], n_clusters: int
) -> dict[str, Any]:
    """Mean with interval; `n_clusters` of a realisation where values are shares of them, else 0."""
    narrow, wide = (mean_interval(values, level, bounds) for level in LEVELS)
    method = "student" if np.isfinite(narrow.low) else "none"
    if method == "none" and n_clusters and np.ptp(values) == 0:
        n = n_clusters * len(values)
        recovered = round(float(values.mean()) * n)
        narrow, wide = (jeffreys_interval(recovered, n, level) for level in LEVELS)
        method = "jeffreys"
    return {
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)) if len(values) > 1 else np.nan,
        "low": narrow.low,
        "high": narrow.high,
        "low_95": wide.low,
        "high_95": wide.high,
        "interval": method,
        "n_realisations": len(values),
    }


def loss_rows(
    cells: pd.DataFrame,
    n_fields: Sequence[int],
    error_scale: float,
    n_elements: int,
    n_clusters: int,
) -> Iterator[dict[str, Any]]:
    """Yield the rows of the contract `loss_budget` for each number of field stars.

    Shares of all clusters, in RF40 and in the mean match; each is a difference within realisations.

    *Steps*, which add up to 1. With B(errors, field) the Bayes bound, which is told every centre:
    chemistry = 1 - B(no, no), errors = B(no, no) - B(yes, no), field = B(yes, no) - B(yes, yes),
    detection = B(yes, yes) - oracle, setting = oracle - headline, recovered = headline. `detection`
    is no fault of the algorithm alone: not knowing where a cluster is costs most, and the more so
    the larger the errors. So a small step `errors` does not say that errors are harmless. Where
    the detectability limit is known, it is split: places = B(yes, yes) - limit is the price of not
    knowing where, whatever the algorithm, and search = limit - oracle what HDBSCAN misses. Of the
    tagger of known width there are scan_search = limit - claims and scan_recovered = claims.

    *Counterfactuals*: what the oracle gains without errors, without field, and without both; and
    the shares of errors and field by Shapley (1953), the mean over both orders of taking them away.
    """
    chosen = cells[(cells["n_elements"] == n_elements) & (cells["role"] != "grid")]
    for score in ("rf40", "rf_area"):
        table = chosen.pivot_table(
            index="realisation", columns=["role", "error_scale", "n_field"], values=score
        )
        for n_field in n_fields:
            losses = _steps(table, n_field, error_scale)
            losses |= _counterfactuals(table, n_field, error_scale)
            for loss, values in losses.items():
                yield {"n_field": n_field, "score": score, "loss": loss} | _statistics(
                    values.to_numpy(dtype=float),
                    (-1.0, 1.0),
                    n_clusters if (score, loss) in SHARES_LOST else 0,
                )


def _steps(table: pd.DataFrame, n_field: int, error_scale: float) -> dict[str, pd.Series]:
    """The steps of the budget and `field_without_errors`, each one value a realisation."""
    bound = {
        (scale, n): table["bayes", scale, n] for scale in (0.0, error_scale) for n in (0, n_field)
    }
    oracle = table["oracle", error_scale, n_field]
    headline = table["headline", error_scale, n_field]
    split = {}
    if (LIMIT, error_scale, n_field) in table:
        limit = table[LIMIT, error_scale, n_field]
        claims = table["scan_claims", error_scale, n_field]
        split = {
            "places": bound[error_scale, n_field] - limit,
            "search": limit - oracle,
            "scan_search": limit - claims,
            "scan_recovered": claims,
        }
    return split | {
        "chemistry": 1 - bound[0.0, 0],
        "errors": bound[0.0, 0] - bound[error_scale, 0],
        "field": bound[error_scale, 0] - bound[error_scale, n_field],
        "detection": bound[error_scale, n_field] - oracle,
        "setting": oracle - headline,
        "recovered": headline,
        "field_without_errors": bound[0.0, 0] - bound[0.0, n_field],
    }


def _counterfactuals(table: pd.DataFrame, n_field: int, error_scale: float) -> dict[str, pd.Series]:
    """Gains of the oracle without a hindrance, and Shapley shares, one value a realisation."""
    now = table["oracle", error_scale, n_field]
    no_errors = table["oracle", 0.0, n_field] - now
    no_field = table["oracle", error_scale, 0] - now
    neither = table["oracle", 0.0, 0] - now
    return {
        "without_errors": no_errors,
        "without_field": no_field,
        "without_both": neither,
        "errors_shapley": (no_errors + neither - no_field) / 2,
        "field_shapley": (no_field + neither - no_errors) / 2,
    }
