"""Predictors on stars whose relation is known: noise, coverage, order, missing values."""

import numpy as np
import pytest
from predict_stars import linear_stars

from chemtag.base.problems import InputProblem
from chemtag.predict.models import MODELS, model_of, predict_with, settings_of
from chemtag.predict.noise import input_scatter, intrinsic_scatter
from chemtag.predict.protocol import Labelled, Layout, Observed
from chemtag.predict.training import Interval, predictor, train, tuned_settings

FAST = {"boosted_trees": {"max_iter": 60}, "xgboost": {"n_estimators": 60},
        "mlp": {"max_iter": 20, "hidden_layer_sizes": [16]}}  # fmt: skip


def trained(name, stars, interval=None, seed=1, **keywords):
    model = model_of(name)
    return train(stars, model, settings_of(model, FAST.get(name)), interval or Interval(), seed,
                 **keywords)  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_rows_order_and_the_company_of_a_star_do_not_matter(name):
    stars = linear_stars(150, repeats=2, missing=0.05, errors=0.2)
    target = linear_stars(40, seed=2, missing=0.05, errors=0.2).stars
    one = trained(name, stars).predict(target)
    shuffled = stars.take(np.random.default_rng(1).permutation(len(stars)))
    other = trained(name, shuffled).predict(target)
    np.testing.assert_array_equal(one.value, other.value)
    np.testing.assert_array_equal(one.high, other.high)
    alone = trained(name, stars).predict(target.take(np.arange(7, 9)))
    np.testing.assert_allclose(alone.value, one.value[7:9], rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(alone.outside, one.outside[7:9])
    assert (one.low <= one.value).all()
    assert (one.value <= one.high).all()


@pytest.mark.parametrize("name", ["ridge", "knn", "boosted_trees", "xgboost", "mlp"])
def test_every_model_learns_and_bears_missing_values(name):
    train_on, seen = linear_stars(600, missing=0.1), linear_stars(300, seed=5)
    found = trained(name, train_on).predict(seen.stars)
    error = np.sqrt(np.mean((found.value - seen.label) ** 2))
    assert error < 0.5 * seen.label.std()
    blank = Observed(seen.stars.star_id, np.full((300, 3), np.nan), seen.stars.layout)
    assert np.isfinite(trained(name, train_on).predict(blank).value).all()


def test_noise_of_the_inputs_by_hand():
    """A linear model: scatter is the root of the sum of (slope times error) squared."""
    stars = linear_stars(400, noise=0.01)
    fitted = trained("ridge", stars).fitted
    errors = np.tile([0.1, 0.05, 0.3], (200, 1))
    inner = Observed(stars.stars.star_id[:200], 0.3 * stars.stars.values[:200],
                     stars.stars.layout, errors)  # fmt: skip
    found = input_scatter(fitted, inner, 2000, 1)
    expected = np.hypot(2 * 0.1, 1 * 0.05)
    assert np.median(found) == pytest.approx(expected, rel=0.05)
    assert input_scatter(fitted, inner, 0, 1).max() == 0


def test_errors_of_a_band_move_its_colours_together():
    """g and g - ks share the error of g: the slopes of g add up before squaring."""
    layout = Layout(("g", "ks"), ("g", "g - ks"), np.array([0, 0]), np.array([-1, 1]))

    class Sum:
        def predict(self, features):
            return features.sum(axis=1)

    stars = Observed(np.array(["a"]), np.array([[10.0, 8.0]]), layout, np.array([[0.1, 0.2]]))
    found = input_scatter(Sum(), stars, 20_000, 1)
    assert found[0] == pytest.approx(np.hypot(2 * 0.1, 0.2), rel=0.02)


def test_intervals_grow_with_the_errors_of_a_star():
    stars = linear_stars(500, noise=0.1, errors=0.05)
    ready = trained("ridge", stars)
    worse = Observed(stars.stars.star_id, stars.stars.values, stars.stars.layout,
                     np.full((500, 3), 0.5))  # fmt: skip
    plain, wide = ready.predict(stars.stars), ready.predict(worse)
    ratio = (wide.high - wide.low) / (plain.high - plain.low)
    assert ratio.min() > 3


def test_intrinsic_scatter_by_hand():
    residual = np.array([-3.0, -1, 1, 3, 2, -2, 2.0])  # median of the absolute values 2
    assert intrinsic_scatter(residual, np.zeros(7)) == pytest.approx(2 * 1.4826)
    assert intrinsic_scatter(residual, np.full(7, 2.0)) == pytest.approx(
        np.sqrt((2 * 1.4826) ** 2 - 4)
    )
    assert intrinsic_scatter(residual, np.full(7, 5.0)) == pytest.approx(2 * 1.4826 / 3)


@pytest.mark.parametrize("calibration", ["cross", "held_out"])
def test_coverage_of_new_stars(calibration):
    """Mean over 12 trainings of 300 stars, 400 new stars each."""
    shares = []
    for seed in range(12):
        how = Interval(calibration=calibration, draws=0)
        found = trained("ridge", linear_stars(300, seed), how, seed).predict
        new = linear_stars(400, 100 + seed)
        ends = found(new.stars)
        shares.append(((ends.low <= new.label) & (new.label <= ends.high)).mean())
    error = np.std(shares) / np.sqrt(len(shares))
    assert abs(np.mean(shares) - 0.68) < 3 * max(error, 0.007)


def test_held_out_stars_are_never_fitted(monkeypatch):
    stars = linear_stars(100, repeats=2)
    sizes = []
    model = model_of("median")
    real = model.fit
    object.__setattr__(model, "fit", lambda X, *rest: (sizes.append(len(X)), real(X, *rest))[1])
    try:
        train(stars, model, {}, Interval(calibration="held_out"), 1)
        train(stars, model, {}, Interval(calibration="cross"), 1)
    finally:
        object.__setattr__(model, "fit", real)
    assert sizes == [160, 200] + [160] * 5


def test_logarithm():
    stars = linear_stars(300)
    positive = Labelled(stars.stars, 10.0**stars.label, stars.group)
    found = trained("ridge", positive, transform="log10").predict(stars.stars)
    plain = trained("ridge", stars).predict(stars.stars)
    np.testing.assert_allclose(np.log10(found.value), plain.value, atol=1e-9)
    np.testing.assert_allclose(np.log10(found.low), plain.low, atol=1e-9)
    with pytest.raises(InputProblem, match="log10 needs positive labels"):
        trained("ridge", stars, transform="log10")


def test_a_clipped_ridge_does_not_run_away():
    stars = linear_stars(300)
    ready = trained("ridge", stars)
    far = Observed(np.array(["far"]), np.array([[500.0, 0, 0]]), stars.stars.layout)
    found = ready.predict(far)
    assert abs(found.value[0]) < 10
    assert not found.in_domain[0]


def test_weights_count():
    rng = np.random.default_rng(1)
    stars = linear_stars(200)
    weight = np.where(rng.random(200) < 0.5, 1.0, 1e-6)
    label = np.where(weight == 1, stars.label, 50.0)
    weighed = Labelled(stars.stars, label, stars.group, weight)
    for name in ("ridge", "boosted_trees", "xgboost", "mlp"):
        model = model_of(name)
        fitted = model.fit(stars.stars.features, label, weight, settings_of(model), 1)
        assert predict_with(fitted, stars.stars.features).max() < 12, name
    assert weighed.take(weight == 1).weight.min() == 1


def test_tuning_finds_the_better_setting():
    stars = linear_stars(300, noise=0.05)
    model = model_of("knn")
    assert tuned_settings(stars, model, settings_of(model), 1)["n_neighbors"] <= 15
    noise = Labelled(stars.stars, np.random.default_rng(1).normal(size=300), stars.group)
    assert tuned_settings(noise, model, settings_of(model), 1)["n_neighbors"] == 40
    assert tuned_settings(stars, model_of("median"), {}, 1) == {}


def test_unknown_names_are_one_sentence():
    with pytest.raises(InputProblem, match="there is no model 'svm'; known are median"):
        model_of("svm")
    with pytest.raises(InputProblem, match="unknown setting 'k'; allowed are n_neighbors"):
        settings_of(model_of("knn"), {"k": 3})


def test_a_predictor_is_a_function():
    stars = linear_stars(200)
    found = predictor(model_of("ridge"))(stars, linear_stars(10, seed=3).stars, {"alpha": 3.0}, 1)
    assert found.value.shape == found.low.shape == found.in_domain.shape == (10,)
