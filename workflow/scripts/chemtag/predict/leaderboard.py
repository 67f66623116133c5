"""Models side by side: errors, bias, coverage; which one becomes the default."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.stats import beta

from chemtag.base.seeds import generator_for
from chemtag.predict.evaluation import Entry

N_RESAMPLES = 200
SIGMA = 0.6827
FEWEST_VALUES = 30
THIRDS = ("low", "middle", "high")


def rmse(truth: np.ndarray, value: np.ndarray) -> float:
    """Return the root mean squared error of predicted labels (N,)."""
    return float(np.sqrt(np.mean((value - truth) ** 2)))


def robust_scatter(truth: np.ndarray, value: np.ndarray) -> float:
    """Return 1.4826 times the median absolute deviation of predicted less true label (N,)."""
    residual = value - truth
    return float(1.4826 * np.median(np.abs(residual - np.median(residual))))


def bias(truth: np.ndarray, value: np.ndarray) -> float:
    """Return the mean of predicted less true label (N,)."""
    return float(np.mean(value - truth))


def residual_slope(truth: np.ndarray, value: np.ndarray) -> float:
    """Return the slope of predicted less true label against the true label (N,), least squares.

    0: unbiased at every label; -1: every star gets the mean. A regression from noisy features
    draws labels towards their mean, so it is negative even for a perfect model.
    """
    centred = truth - truth.mean()
    squares = float((centred**2).sum())
    return float((centred * (value - truth)).sum() / squares) if squares > 0 else float("nan")


SCORES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "rmse": rmse,
    "scatter": robust_scatter,
    "bias": bias,
    "slope": residual_slope,
}


def thirds_of(value: np.ndarray) -> np.ndarray:
    """Return the third (N,) of each star by predicted value: 0, 1, 2.

    -1 for all where there are few different values, as of the median, which differs by fold only.
    """
    if len(np.unique(value)) < FEWEST_VALUES:
        return np.full(len(value), -1)
    return np.searchsorted(np.quantile(value, [1 / 3, 2 / 3]), value, side="right")


def binomial_interval(hits: int, n: int, level: float = SIGMA) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a share of `hits` in `n`."""
    if n == 0:
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, n - hits + 1))
    return low, 1.0 if hits == n else float(beta.ppf(1 - tail, hits + 1, n - hits))


def resampled_rows(group: np.ndarray, n_resamples: int, seed: int) -> list[np.ndarray]:
    """Return rows of `n_resamples` samples of the stars with replacement, all rows of each."""
    names, codes = np.unique(group, return_inverse=True)
    rows = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    draws = generator_for(seed, "bootstrap").integers(0, len(names), (n_resamples, len(names)))
    return [np.concatenate([rows[star] for star in draw]) for draw in draws]


def leaderboard(
    predictions: pd.DataFrame,
    entries: Sequence[Entry],
    seed: int,
    n_resamples: int = N_RESAMPLES,
) -> pd.DataFrame:
    """Return the scores of each entry: entry, metric, value, low, high, n_stars.

    rmse, scatter, bias, slope: 68 % interval by bootstrap over stars. rmse_ratio: rmse over that of
    the best entry, interval paired star by star. coverage, and by thirds of the predicted value
    coverage_low, _middle, _high: Clopper-Pearson interval. width: median of high - low; width_low,
    _middle, _high. in_domain: share of stars. Best first; `predictions` as of `cross_validate`.
    """
    by_entry = {
        entry.name: predictions[predictions["entry"] == entry.name].sort_values("star_id")
        for entry in entries
    }
    first = by_entry[entries[0].name]
    samples = resampled_rows(first["group"].to_numpy(str), n_resamples, seed)
    squares = {
        name: ((part["value"] - part["truth"]) ** 2).to_numpy(float)
        for name, part in by_entry.items()
    }
    best = min(by_entry, key=lambda name: squares[name].mean())
    rows: list[dict] = []
    for name, part in by_entry.items():
        rows += _errors(name, part, samples)
        ratio = np.sqrt(squares[name].mean() / squares[best].mean())
        drawn = [np.sqrt(squares[name][s].mean() / squares[best][s].mean()) for s in samples]
        rows.append(_row(name, "rmse_ratio", ratio, *_central(drawn), len(part)))
        rows += _coverages(name, part)
    order = sorted(by_entry, key=lambda name: squares[name].mean())
    table = pd.DataFrame(rows)
    table["rank"] = table["entry"].map({name: at for at, name in enumerate(order)})
    return table.sort_values("rank", kind="stable").drop(columns="rank").reset_index(drop=True)


def _row(entry: str, metric: str, value: float, low: float, high: float, n: int) -> dict:
    return {"entry": entry, "metric": metric, "value": value, "low": low, "high": high,
            "n_stars": n}  # fmt: skip


def _central(drawn: Sequence[float]) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1 - SIGMA) / 2, (1 + SIGMA) / 2])
    return float(low), float(high)


def _errors(name: str, part: pd.DataFrame, samples: Sequence[np.ndarray]) -> list[dict]:
    truth, value = part["truth"].to_numpy(float), part["value"].to_numpy(float)
    return [
        _row(
            name, metric, score(truth, value),
            *_central([score(truth[rows], value[rows]) for rows in samples]), len(part),
        )
        for metric, score in SCORES.items()
    ]  # fmt: skip


def _coverages(name: str, part: pd.DataFrame) -> list[dict]:
    truth, low, high = (part[column].to_numpy(float) for column in ("truth", "low", "high"))
    inside, width = (low <= truth) & (truth <= high), high - low
    third = thirds_of(part["value"].to_numpy(float))
    bins = [("", np.ones(len(part), dtype=bool))]
    bins += [(f"_{word}", third == at) for at, word in enumerate(THIRDS)]
    rows = []
    for ending, chosen in bins:
        n, hits = int(chosen.sum()), int(inside[chosen].sum())
        share = hits / n if n else float("nan")
        rows.append(_row(name, f"coverage{ending}", share, *binomial_interval(hits, n), n))
        middle = float(np.median(width[chosen])) if n else float("nan")
        rows.append(_row(name, f"width{ending}", middle, np.nan, np.nan, n))
    covered = int((part["outside"] == "").sum())
    ends = binomial_interval(covered, len(part))
    rows.append(_row(name, "in_domain", covered / len(part), *ends, len(part)))
    return rows


def board_table(board: pd.DataFrame, entries: Sequence[Entry]) -> pd.DataFrame:
    """Return a leaderboard as its contract predictor_leaderboard has it, with the default."""
    default, good = choose(board, entries)
    rank = {name: at for at, name in enumerate(dict.fromkeys(board["entry"]))}
    return board.assign(
        rank=board["entry"].map(rank),
        label=board["entry"].map({entry.name: entry.label for entry in entries}),
        default=board["entry"] == default,
        as_good=board["entry"].isin(good),
    )


def choose(board: pd.DataFrame, entries: Sequence[Entry]) -> tuple[str, list[str]]:
    """Return the default entry and all that are as good as the best.

    As good: the 68 % interval of the ratio of its rmse to the best includes 1. Of these the
    simplest is taken: a one-standard-error rule.
    """
    ratio = board[board["metric"] == "rmse_ratio"].set_index("entry")["low"]
    good = [entry for entry in entries if ratio[entry.name] <= 1]
    return min(good, key=lambda entry: entry.simplicity).name, [entry.name for entry in good]


def default_entry(board: pd.DataFrame, entries: Sequence[Entry]) -> Entry:
    """Return the entry that a leaderboard of contract predictor_leaderboard makes the default."""
    name = board.loc[board["default"], "entry"].iloc[0]
    return next(entry for entry in entries if entry.name == name)
