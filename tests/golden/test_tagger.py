"""What the tagger of known width recovers on the simulator, and what it claims where nothing is.

Twelve surveys for each number of field stars, plain observation, width as the recipe has it, scored
as everything else is. Last figures, date and command stand in docs/tagger.md
(`benchmarks/tagger.py`).
"""

from pathlib import Path

import numpy as np
import pytest

from chemtag.base.seeds import generator_for
from chemtag.forecast.detectability import detectable
from chemtag.forecast.realisations import draw_realisation
from chemtag.score.contingency import contingency
from chemtag.score.matching import cluster_matches, statistical_fraction
from chemtag.space.signal import signal_space
from chemtag.survey.simulation import field_model, member_model, noise_model, read_recipe
from chemtag.tag.linkage import known_width_linkage
from chemtag.tag.scan.scanning import scan

RECIPES = Path(__file__).resolve().parents[2] / "resources" / "recipes"
SEEDS = range(12)


def drawn(name, n_field, seed):
    """Coordinates and variances in the space `signal`, true codes."""
    recipe = read_recipe(RECIPES / f"{name}.yaml")
    survey = draw_realisation(recipe, n_field, generator_for(seed, "compare"))
    width = member_model(recipe).covariance + noise_model(recipe).covariance
    values = survey.observed(n_field, 1.0, np.arange(len(recipe["elements"])))
    signal = signal_space(values, width)
    return signal.coordinates, signal.variance, survey.codes(n_field)


def recovered(group, clusters):
    """Clusters recovered at 40 %, and the share of statistical groups (0 without a group)."""
    counts = contingency(group, clusters, None, clusters.max() + 1)
    share = float(np.nan_to_num(statistical_fraction(counts, 0.4)))
    return float((cluster_matches(counts) >= 0.4).sum()), share


def reaches(values, gate):
    """Whether the mean of independent samples is not below a gate by two standard errors."""
    values = np.asarray(values, dtype=float)
    print(f"{values.mean():.2f} +- {values.std(ddof=1) / np.sqrt(len(values)):.2f}, gate {gate}")
    return values.mean() + 2 * values.std(ddof=1) / np.sqrt(len(values)) >= gate


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_field", "claims", "candidates", "false_claims", "false_candidates"),
    [
        (0, 19, 26, 0.06, 0.15),
        (400, 16, 22.5, 0.06, 0.38),
        (2000, 10.5, 15, 0.06, 0.32),
        (8000, 4.5, 8, 0.06, 0.25),
    ],
)
def test_clusters_of_the_survey_recipe(n_field, claims, candidates, false_claims, false_candidates):
    scores = {"claims": [], "candidates": []}
    limits = []
    for seed in SEEDS:
        z, v, clusters = drawn("survey", n_field, seed)
        result = scan(z, v, "held_out", 0)
        for name in scores:
            scores[name].append(recovered(result.found[name].group, clusters))
        told = detectable(result.sample, result.field, clusters, -1.0)
        limits.append(recovered(told.group, clusters)[0])
    found, false = np.array(scores["claims"]).T
    assert reaches(found, claims)
    assert false.mean() <= false_claims
    assert reaches(found, 0.8 * np.mean(limits))
    found, false = np.array(scores["candidates"]).T
    assert reaches(found, candidates)
    assert false.mean() <= false_candidates


@pytest.mark.slow
@pytest.mark.parametrize(("name", "alpha", "gate"), [("survey", 0.05, 26), ("highres", 0.5, 17)])
def test_linkage_without_a_field(name, alpha, gate):
    samples = [drawn(name, 0, seed) for seed in SEEDS]
    found = [recovered(known_width_linkage(z, alpha), code)[0] for z, _, code in samples]
    assert reaches(found, gate)


@pytest.mark.slow
@pytest.mark.parametrize(("n_stars", "samples"), [(439, 100), (2000, 30)])
def test_nothing_is_claimed_where_nothing_is(n_stars, samples):
    recipe = read_recipe(RECIPES / "survey.yaml")
    noise = noise_model(recipe)
    width = member_model(recipe).covariance + noise.covariance
    claimed = 0
    for seed in range(samples):
        rng = generator_for(seed, "field only", n_stars)
        values, _ = field_model(recipe).convolved(noise).draw(rng, n_stars)
        signal = signal_space(values, width)
        found = scan(signal.coordinates, signal.variance, "held_out", 0, {"claims": -1.0})
        claimed += len(found.found["claims"]) > 0
    print(n_stars, claimed, "of", samples)
    # 8 % is the gate; this many or more have a chance of less than 2 %
    assert claimed <= 0.08 * samples + 2.1 * np.sqrt(0.08 * 0.92 * samples)
