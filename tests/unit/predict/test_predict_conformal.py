"""Conformal intervals: by hand, against another implementation, over many draws."""

import numpy as np
import pytest

from chemtag.base.problems import InputProblem
from chemtag.predict.conformal import bins_of, calibrate


def quantile_by_definition(scores, level):
    """The smallest score q such that a share of level (m + 1) / m of the scores is at most q."""
    m = len(scores)
    for q in np.sort(scores):
        if (scores <= q).sum() >= level * (m + 1):
            return q
    return np.inf


def test_by_hand():
    """|residuals| 1 to 24: (24 + 1) times .68 is 17, so the 17th is the half width."""
    residual = np.arange(1.0, 25) * np.tile([1, -1], 12)
    calibration = calibrate(residual, np.zeros(24), np.ones(24), "split", 0.6799)
    low, high = calibration.interval(np.array([5.0]), np.ones(1))
    assert (low[0], high[0]) == (5 - 17, 5 + 17)
    low, high = calibration.interval(np.array([5.0]), np.array([2.0]))
    assert (low[0], high[0]) == (5 - 34, 5 + 34)


@pytest.mark.parametrize("kind", ["split", "mondrian"])
@pytest.mark.parametrize("n", [61, 100, 407])
def test_against_the_definition(kind, n):
    rng = np.random.default_rng(n)
    predicted, difficulty = rng.normal(size=n), rng.uniform(0.5, 2, n)
    residual = rng.normal(size=n) * (1 + (predicted > 0))
    calibration = calibrate(residual, predicted, difficulty, kind, 0.68)
    assert len(calibration.edges) == (2 if kind == "mondrian" else 0)
    new, new_difficulty = rng.normal(size=50), rng.uniform(0.5, 2, 50)
    low, high = calibration.interval(new, new_difficulty)
    bins, new_bins = bins_of(predicted, calibration.edges), bins_of(new, calibration.edges)
    scores = np.abs(residual) / difficulty
    for at in range(50):
        q = quantile_by_definition(scores[bins == new_bins[at]], 0.68)
        assert high[at] - new[at] == pytest.approx(q * new_difficulty[at])
        assert new[at] - low[at] == pytest.approx(q * new_difficulty[at])


def test_coverage_is_guaranteed_over_draws():
    """Mean coverage of 2,000 calibrations by m = 40 stars: level to level + 1 / (m + 1)."""
    rng = np.random.default_rng(3)
    hits = []
    for _ in range(2000):
        calibration = calibrate(rng.standard_t(3, 40), np.zeros(40), np.ones(40), "split", 0.68)
        low, high = calibration.interval(np.zeros(50), np.ones(50))
        truth = rng.standard_t(3, 50)
        hits.append(((low <= truth) & (truth <= high)).mean())
    error = np.std(hits) / np.sqrt(len(hits))
    assert 0.68 - 3 * error < np.mean(hits) < 0.68 + 1 / 41 + 3 * error


def test_mondrian_covers_each_bin_where_split_does_not():
    rng = np.random.default_rng(4)
    predicted = rng.uniform(0, 3, 3000)
    residual = rng.normal(size=3000) * (0.2 + predicted)
    shares = {}
    for kind in ("split", "mondrian"):
        calibration = calibrate(residual[:1500], predicted[:1500], np.ones(1500), kind, 0.68)
        low, high = calibration.interval(predicted[1500:], np.ones(1500))
        inside = np.abs(residual[1500:]) <= (high - low) / 2
        shares[kind] = [inside[bins_of(predicted[1500:], np.array([1.0, 2.0])) == b].mean()
                        for b in range(3)]  # fmt: skip
    assert np.ptp(shares["split"]) > 0.3
    assert np.ptp(shares["mondrian"]) < 0.08


def test_few_stars_have_fewer_bins_and_too_few_are_one_sentence():
    rng = np.random.default_rng(5)
    for n, bins in ((70, 3), (50, 2), (30, 1)):
        calibration = calibrate(
            rng.normal(size=n), rng.normal(size=n), np.ones(n), "mondrian", 0.68
        )
        assert len(calibration.edges) == bins - 1
    with pytest.raises(InputProblem, match="19 stars are left to calibrate intervals of 68 %"):
        calibrate(np.zeros(19), np.zeros(19), np.ones(19), "split", 0.68)


def test_intervals_are_never_infinite():
    """99 stars bound an interval of 99 %, 98 do not; bins need as many each."""
    rng = np.random.default_rng(6)
    residual, predicted = rng.normal(size=(2, 400))
    calibration = calibrate(residual, predicted, np.ones(400), "mondrian", 0.99)
    assert len(calibration.edges) == 2
    low, high = calibration.interval(predicted, np.ones(400))
    assert np.isfinite(low).all()
    assert np.isfinite(high).all()
    assert not len(calibrate(residual[:120], predicted[:120], np.ones(120), "mondrian", 0.99).edges)
    with pytest.raises(InputProblem, match="at least 99 are needed"):
        calibrate(residual[:98], predicted[:98], np.ones(98), "split", 0.99)


def test_a_constant_prediction_has_one_bin():
    calibration = calibrate(np.arange(90.0), np.full(90, 4.0), np.ones(90), "mondrian", 0.68)
    low, high = calibration.interval(np.array([4.0]), np.ones(1))
    assert np.isfinite([low, high]).all()
    assert high[0] - low[0] == pytest.approx(2 * quantile_by_definition(np.arange(90.0), 0.68))
