"""The calibration of expected purity and completeness: formula by hand, fit, and new samples."""

import numpy as np
import pytest
from scipy.stats import chi2

from checkout import ROOT
from chemtag.base.seeds import generator_for
from chemtag.forecast.realisations import draw_realisation
from chemtag.score.contingency import contingency
from chemtag.space.signal import signal_space
from chemtag.survey.simulation import member_model, noise_model, read_recipe
from chemtag.tag.scan.reliability import COMPLETENESS, PURITY, Reliability, fit_reliability
from chemtag.tag.scan.scanning import scan


def test_the_calibration_by_hand():
    law = Reliability(np.log(3), np.log(2), 0.5, 0.2)
    # pi = 3/4 at E = 0 and 3 / (3 + 2) at E = -1; 1 - sqrt(1 - 0.84) = 0.6
    assert law.calibrated([0.84, 0.84], [0.0, -1.0]) == pytest.approx([0.2 + 0.4 * 0.75, 0.44])
    assert law.calibrated([0.1], [5.0]) == 0.2, "as good as chance at least"
    assert np.isnan(law.calibrated([np.nan, 0.9], [0.0, np.nan])).all()
    assert len(law.calibrated([], [])) == 0


@pytest.mark.parametrize("law", [PURITY, COMPLETENESS])
def test_calibrated_values_never_fall(law):
    e, E = np.meshgrid(np.linspace(0, 1, 41), np.linspace(-6, 60, 133))
    found = law.calibrated(e.ravel(), E.ravel()).reshape(e.shape)
    assert (np.diff(found, axis=0) >= 0).all()
    assert (np.diff(found, axis=1) >= 0).all()
    assert found.min() > 0
    assert found.max() <= 1


@pytest.mark.parametrize("seed", range(3))
def test_the_calibration_is_found_again(seed):
    """As likely as the truth or more, by what four coefficients gain of 20,000 coins at most."""
    rng = np.random.default_rng(seed)
    law = Reliability(1.5, 0.8, 0.7, 0.25)
    expected, evidence = rng.uniform(0.4, 0.98, 20_000), rng.uniform(-6, 20, 20_000)
    true = rng.random(20_000) < law.calibrated(expected, evidence)
    found = fit_reliability(expected, evidence, true.astype(float))
    logs = [
        np.where(true, np.log(p), np.log1p(-p)).sum()
        for p in (one.calibrated(expected, evidence) for one in (found, law))
    ]
    assert 0 <= 2 * (logs[0] - logs[1]) < chi2.isf(0.001, 4)


def test_slopes_are_never_negative():
    rng = np.random.default_rng(0)
    expected, evidence = rng.uniform(0.4, 0.98, 20_000), rng.uniform(-6, 20, 20_000)
    flat = fit_reliability(expected, evidence, rng.random(20_000) < 0.7 - 0.03 * evidence)
    assert flat.slope == 0


@pytest.mark.slow
def test_calibrated_values_come_true_in_new_samples():
    """12 surveys that nothing was learnt on, 400 field stars, candidates."""
    recipe = read_recipe(ROOT / "resources" / "recipes" / "survey.yaml")
    width = member_model(recipe).covariance + noise_model(recipe).covariance
    elements, means = np.arange(len(width)), []
    for seed in range(100, 112):
        survey = draw_realisation(recipe, 400, generator_for(seed, "reliability"))
        signal = signal_space(survey.observed(400, 1.0, elements), width)
        found = scan(signal.coordinates, signal.variance, "held_out", 0).found["candidates"]
        counts = contingency(found.group, survey.codes(400), None, len(survey.centres))
        shared = counts.counts.toarray() if hasattr(counts.counts, "toarray") else counts.counts
        true = shared.max(axis=1) / counts.group_sizes
        calibrated = PURITY.calibrated(found.purity, found.evidence)
        means.append([true.mean(), calibrated.mean(), found.purity.mean()])
    true, calibrated, expected = np.mean(means, axis=0)
    error = np.std(np.subtract(*np.transpose(means)[:2]), ddof=1) / np.sqrt(len(means))
    print(f"true {true:.3f}, calibrated {calibrated:.3f} +- {error:.3f}, expected {expected:.3f}")
    assert abs(calibrated - true) < 0.05 + 2 * error
    assert expected - true > 0.2
