"""Regression models by name, from the median to boosted trees and a neural network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from chemtag.base.problems import InputProblem

Settings = Mapping[str, Any]


class Fitted(Protocol):
    """A fitted model."""

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the labels (N,) of features (N, D)."""
        ...


Fit = Callable[[np.ndarray, np.ndarray, np.ndarray | None, Settings, int], Fitted]


@dataclass(frozen=True)
class Model:
    """A regression model.

    fit: (features (N, D), labels (N,), weights (N,) or None, settings, seed) -> fitted. grid:
    settings that tuning tries. native: missing features are handled by the model itself, not
    replaced by the median. weighted: it can weigh rows. simplicity: 0 is simplest; among models
    that are equally good the simplest is taken.
    """

    name: str
    label: str
    fit: Fit
    settings: Settings = field(default_factory=dict)
    grid: tuple[Settings, ...] = ()
    native: bool = False
    weighted: bool = True
    simplicity: int = 0


def _pipeline(last: Any, clip: float | None = None, scale: bool = True) -> Any:
    """Return imputation by the median, clipping, scaling and `last` as one estimator."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    from chemtag.predict.clipping import Clipper

    steps: list[tuple[str, Any]] = [
        ("impute", SimpleImputer(strategy="median", keep_empty_features=True))
    ]
    if clip is not None:
        steps.append(("clip", Clipper(clip)))
    if scale:
        steps.append(("scale", StandardScaler()))
    return Pipeline([*steps, ("model", last)])


def one_thread() -> Any:
    """Return a context in which linear algebra runs on one thread.

    Sums over threads would depend on their number. To enter it takes milliseconds.
    """
    return threadpool_limits(1)


def _fit(estimator: Any, features: np.ndarray, label: np.ndarray, **keywords: Any) -> Fitted:
    with one_thread():
        return estimator.fit(features, label, **keywords)


def _weights(weight: np.ndarray | None) -> dict[str, Any]:
    return {} if weight is None else {"model__sample_weight": weight}


def fit_median(
    features: np.ndarray,
    label: np.ndarray,
    weight: np.ndarray | None,
    settings: Settings,
    seed: int,
) -> Fitted:
    """Return the median of the labels: what is known without any feature."""
    from sklearn.dummy import DummyRegressor

    return DummyRegressor(strategy="median").fit(features, label, sample_weight=weight)


def fit_ridge(
    features: np.ndarray,
    label: np.ndarray,
    weight: np.ndarray | None,
    settings: Settings,
    seed: int,
) -> Fitted:
    """Return linear regression with a penalty `alpha`, features clipped at quantiles `clip`."""
    from sklearn.linear_model import Ridge

    estimator = _pipeline(Ridge(alpha=settings["alpha"]), clip=settings["clip"])
    return _fit(estimator, features, label, **_weights(weight))


def fit_knn(
    features: np.ndarray,
    label: np.ndarray,
    weight: np.ndarray | None,
    settings: Settings,
    seed: int,
) -> Fitted:
    """Return the mean of the `n_neighbors` nearest stars, nearer ones weighing more."""
    from sklearn.neighbors import KNeighborsRegressor

    n_neighbors = min(settings["n_neighbors"], len(label))
    estimator = _pipeline(KNeighborsRegressor(n_neighbors, weights="distance"), clip=0.001)
    return _fit(estimator, features, label)


def fit_boosted_trees(
    features: np.ndarray,
    label: np.ndarray,
    weight: np.ndarray | None,
    settings: Settings,
    seed: int,
) -> Fitted:
    """Return gradient boosting on histograms (scikit-learn); missing features go their own way."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    # Early stopping would hold out rows, not stars.
    estimator = HistGradientBoostingRegressor(early_stopping=False, random_state=seed, **settings)
    return _fit(estimator, features, label, sample_weight=weight)


@dataclass(frozen=True)
class Booster:
    """A fitted XGBoost model."""

    booster: Any

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the labels (N,) of features (N, D)."""
        return self.booster.inplace_predict(np.ascontiguousarray(features)).astype(float)


def fit_xgboost(
    features: np.ndarray,
    label: np.ndarray,
    weight: np.ndarray | None,
    settings: Settings,
    seed: int,
) -> Fitted:
    """Return gradient boosting by XGBoost, if it is installed."""
    try:
        import xgboost
    except ImportError as error:
        raise InputProblem(
            "predict/models: xgboost is not installed; install the package xgboost-cpu or take "
            "'xgboost' off the list."
        ) from error
    settings = dict(settings)
    rounds = settings.pop("n_estimators")
    data = xgboost.DMatrix(features, label, weight=weight, nthread=1)
    fixed = {"tree_method": "hist", "nthread": 1, "seed": seed, "verbosity": 0}
    return Booster(xgboost.train({**settings, **fixed}, data, rounds))


def fit_mlp(
    features: np.ndarray,
    label: np.ndarray,
    weight: np.ndarray | None,
    settings: Settings,
    seed: int,
) -> Fitted:
    """Return a multi-layer perceptron on scaled features and labels."""
    import warnings

    from sklearn.compose import TransformedTargetRegressor
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor
    from sklearn.preprocessing import StandardScaler

    keywords = {**settings, "hidden_layer_sizes": tuple(settings["hidden_layer_sizes"])}
    network = MLPRegressor(random_state=seed, **keywords)
    estimator = TransformedTargetRegressor(
        _pipeline(network, clip=0.001), transformer=StandardScaler()
    )
    with warnings.catch_warnings():
        # `max_iter` is a setting of the model, not a limit that should not be reached.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return _fit(estimator, features, label, **_weights(weight))


_TREES = {"learning_rate": 0.05, "max_iter": 250, "max_leaf_nodes": 12, "min_samples_leaf": 10,
          "l2_regularization": 1.0}  # fmt: skip
_XGBOOST = {"n_estimators": 250, "learning_rate": 0.05, "max_depth": 4, "min_child_weight": 5.0,
            "reg_lambda": 1.0, "subsample": 1.0}  # fmt: skip
_MLP = {"hidden_layer_sizes": [64, 32], "alpha": 0.1, "max_iter": 120, "learning_rate_init": 2e-3,
        "batch_size": 64}  # fmt: skip

_LISTED = (
    Model("median", "Median", fit_median, native=True),
    Model(
        "ridge", "Ridge, clipped", fit_ridge, {"alpha": 1.0, "clip": 0.005},
        tuple({"alpha": alpha} for alpha in (0.1, 1.0, 10.0, 100.0)), simplicity=1,
    ),
    Model(
        "knn", "k nearest", fit_knn, {"n_neighbors": 15},
        tuple({"n_neighbors": k} for k in (5, 10, 15, 25, 40)), weighted=False, simplicity=2,
    ),
    Model(
        "boosted_trees", "Boosted trees", fit_boosted_trees, _TREES,
        tuple({"max_leaf_nodes": leaves, "max_iter": rounds}
              for leaves in (4, 12, 24) for rounds in (100, 250, 500)),
        native=True, simplicity=3,
    ),
    Model(
        "xgboost", "XGBoost", fit_xgboost, _XGBOOST,
        tuple({"max_depth": depth, "n_estimators": rounds}
              for depth in (2, 4, 6) for rounds in (100, 250, 500)),
        native=True, simplicity=4,
    ),
    Model(
        "mlp", "MLP", fit_mlp, _MLP, tuple({"alpha": alpha} for alpha in (0.01, 0.1, 1.0, 10.0)),
        simplicity=5,
    ),
)  # fmt: skip

MODELS: dict[str, Model] = {one.name: one for one in _LISTED}


def model_of(name: str) -> Model:
    """Return the model called `name`; raise InputProblem for an unknown name."""
    if name not in MODELS:
        raise InputProblem(
            f"predict/models: there is no model {name!r}; known are {', '.join(MODELS)}."
        )
    return MODELS[name]


def settings_of(model: Model, changed: Settings | None = None) -> dict[str, Any]:
    """Return the default settings with `changed` ones; raise InputProblem for an unknown key."""
    changed = dict(changed or {})
    unknown = sorted(set(changed) - set(model.settings))
    if unknown:
        allowed = ", ".join(model.settings) or "none"
        raise InputProblem(
            f"predict/settings/{model.name}: unknown setting {unknown[0]!r}; allowed are {allowed}."
        )
    return {**model.settings, **changed}


def predict_with(fitted: Fitted, features: np.ndarray) -> np.ndarray:
    """Return the labels (N,) of features (N, D); callers hold `one_thread`."""
    if not len(features):
        return np.empty(0)
    return np.asarray(fitted.predict(features), dtype=float).reshape(len(features))
