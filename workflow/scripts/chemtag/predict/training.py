"""A model fitted, its intervals calibrated, its domain known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.predict.conformal import Calibration, Kind, calibrate
from chemtag.predict.domain import Domain, domain_of
from chemtag.predict.folds import group_folds, refuse_parted
from chemtag.predict.models import Fitted, Model, one_thread, predict_with, settings_of
from chemtag.predict.noise import input_scatter, intrinsic_scatter
from chemtag.predict.protocol import Labelled, Layout, Observed, Prediction, Predictor

Transform = Literal["none", "log10"]


@dataclass(frozen=True)
class Interval:
    """How intervals are made.

    kind: `split`, or `mondrian` within `bins` of the predicted value. level: nominal coverage.
    calibration: `cross`, residuals of `folds` models, each of the stars it has not seen, for one
    model fitted to all; or `held_out`, residuals of the stars of one fold that the model never
    sees. draws: predictions by which the errors of the columns are propagated; 0 for none.
    """

    kind: Kind = "mondrian"
    level: float = 0.68
    bins: int = 3
    calibration: Literal["cross", "held_out"] = "cross"
    folds: int = 5
    draws: int = 16


@dataclass(frozen=True)
class Trained:
    """A predictor ready for use; see `train`. `intrinsic` is the scatter beyond input errors."""

    model: str
    settings: Mapping[str, Any]
    fitted: Fitted
    layout: Layout
    calibration: Calibration
    domain: Domain
    intrinsic: float
    transform: Transform
    draws: int
    seed: int

    def predict(self, stars: Observed) -> Prediction:
        """Return value, interval and domain of stars, each independent of the others."""
        with one_thread():
            value = predict_with(self.fitted, stars.features)
            outside = self.domain.outside(stars.features)
        scatter = input_scatter(self.fitted, stars, self.draws, self.seed)
        low, high = self.calibration.interval(value, np.hypot(self.intrinsic, scatter))
        value, low, high = (back(numbers, self.transform) for numbers in (value, low, high))
        return Prediction(value, low, high, outside)


def forth(label: np.ndarray, transform: Transform) -> np.ndarray:
    """Return labels as they are learnt; raise InputProblem for a logarithm of what has none."""
    if transform == "none":
        return label
    if (label <= 0).any():
        raise InputProblem(
            f"predict/transform: log10 needs positive labels, found {label.min():g}; use none."
        )
    return np.log10(label)


def back(learnt: np.ndarray, transform: Transform) -> np.ndarray:
    """Return labels from what was learnt; of a logarithm that is the median, not the mean."""
    return 10.0**learnt if transform == "log10" else learnt


@dataclass(frozen=True)
class _Seen:
    """Residuals of stars a model has not seen: true less predicted, predicted, input scatter."""

    residual: np.ndarray
    predicted: np.ndarray
    scatter: np.ndarray


def train(
    labelled: Labelled,
    model: Model,
    settings: Mapping[str, Any],
    interval: Interval,
    seed: int,
    transform: Transform = "none",
) -> Trained:
    """Fit `model` and calibrate its intervals by stars it has not seen, whole stars at a time.

    The guarantee of split conformal prediction holds for `held_out`. With `cross` each star is
    predicted by a model of the others, and one model of all stars predicts; coverage is then close
    to the level rather than guaranteed, the model better. The rows' order does not matter.
    """
    labelled = labelled.in_order()
    learnt = forth(labelled.label, transform)
    fold = group_folds(labelled.group, interval.folds, integer_seed_for(seed, "calibration"))
    refuse_parted(fold, labelled.group)
    fit_seed = integer_seed_for(seed, "fit", model.name)

    def fit(rows: np.ndarray) -> Fitted:
        weight = None if labelled.weight is None else labelled.weight[rows]
        features = labelled.stars.features[rows]
        return model.fit(features, learnt[rows], weight, settings, fit_seed)

    def seen(fitted: Fitted, rows: np.ndarray) -> _Seen:
        stars = labelled.stars.take(rows)
        with one_thread():
            predicted = predict_with(fitted, stars.features)
        scatter = input_scatter(fitted, stars, interval.draws, seed)
        return _Seen(learnt[rows] - predicted, predicted, scatter)

    everything = np.ones(len(labelled), dtype=bool)
    if interval.calibration == "held_out":
        fitted = fit(fold != 0)
        parts = [seen(fitted, fold == 0)]
    else:
        fitted = fit(everything)
        parts = [seen(fit(fold != one), fold == one) for one in range(interval.folds)]
    residual, predicted, scatter = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("residual", "predicted", "scatter")
    )
    intrinsic = intrinsic_scatter(residual, scatter)
    with one_thread():
        domain = domain_of(labelled.stars.features, labelled.group, seed)
    return Trained(
        model.name, dict(settings), fitted, labelled.stars.layout,
        calibrate(residual, predicted, np.hypot(intrinsic, scatter), interval.kind, interval.level,
                  interval.bins),
        domain, intrinsic, transform, interval.draws, seed,
    )  # fmt: skip


def tuned_settings(
    labelled: Labelled, model: Model, settings: Mapping[str, Any], seed: int,
    transform: Transform = "none", n_folds: int = 3,
) -> dict[str, Any]:  # fmt: skip
    """Return the settings of the model's grid with the least squared error over folds of stars.

    Of equally good ones the first. Without a grid: `settings`.
    """
    if not model.grid:
        return dict(settings)
    labelled = labelled.in_order()
    learnt, features = forth(labelled.label, transform), labelled.stars.features
    fold = group_folds(labelled.group, n_folds, integer_seed_for(seed, "tuning"))
    fit_seed = integer_seed_for(seed, "fit", model.name)
    tried = []
    for changed in model.grid:
        candidate, total = {**settings, **changed}, 0.0
        for one in range(n_folds):
            rows, held_out = fold != one, fold == one
            weight = None if labelled.weight is None else labelled.weight[rows]
            fitted = model.fit(features[rows], learnt[rows], weight, candidate, fit_seed)
            with one_thread():
                predicted = predict_with(fitted, features[held_out])
            total += ((learnt[held_out] - predicted) ** 2).sum()
        tried.append((total, candidate))
    return min(tried, key=lambda one: one[0])[1]


def predictor(
    model: Model, interval: Interval | None = None, transform: Transform = "none"
) -> Predictor:
    """Return the predictor of a model: (train, target, settings, seed) -> prediction."""

    def predict(
        train_on: Labelled, target: Observed, settings: Mapping[str, Any], seed: int
    ) -> Prediction:
        chosen = settings_of(model, settings)
        return train(train_on, model, chosen, interval or Interval(), seed, transform).predict(
            target
        )

    return predict


def shuffled_labels(labelled: Labelled, seed: int) -> Labelled:
    """Return the stars with their labels permuted among them: nothing is left to learn."""
    label = generator_for(seed, "shuffle").permutation(labelled.label)
    return Labelled(labelled.stars, label, labelled.group, labelled.weight)
