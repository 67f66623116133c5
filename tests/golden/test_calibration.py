"""Intervals and p-values of tagged samples: do they hold what they promise?

The whole chain is repeated on samples of the simulator, each with clusters, stars and errors of its
own, tagged at (2, 1, leaf). Intervals are those of one sample; what they should cover is the mean
over samples.
"""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from chemtag.abundances import column_of
from chemtag.evaluation import LEVELS, score_intervals
from chemtag.intervals import resampled_clusters
from chemtag.nulls import permutation_draws, permuted_clusters
from chemtag.scoring import PAPER_AMI, ScoreKey, battery, contingency
from chemtag.seeds import generator_for
from chemtag.simulation import read_recipe, simulate_survey
from chemtag.tagging import Setting, tag_with_core

RECIPE = Path(__file__).resolve().parents[2] / "resources" / "recipes" / "highres.yaml"
SETTING = Setting("euclidean", "leaf", 2, 1)
EVERY = np.ones(31, dtype=bool)
JUDGED, SAMPLES = 200, 600
KEYS = (
    ScoreKey("rf40"),
    ScoreKey("rf_area"),
    ScoreKey("matched_f1"),
    ScoreKey("coverage"),
    ScoreKey("v_measure", "group", "class"),
    PAPER_AMI,
    ScoreKey("pair_f1", "singleton", "class"),
)


def tagged_sample(recipe, seed):
    """Contingency of one simulated sample."""
    survey = simulate_survey(recipe, generator_for(seed, "calibration"))
    columns = [column_of(element, recipe["ratio"]) for element in recipe["elements"]]
    stars = survey.stars.merge(survey.members[["star_id", "cluster"]], on="star_id")
    clusters = np.unique(stars["cluster"].to_numpy(dtype=str), return_inverse=True)[1]
    (part,) = tag_with_core(stars[columns].to_numpy(), [SETTING], stars["star_id"].tolist())
    return contingency(part.group, clusters, n_clusters=31)


@pytest.fixture(scope="module")
def covered():
    """Share of 200 samples whose interval holds the mean over 600 samples, by score and level."""
    recipe = read_recipe(RECIPE)
    samples = [tagged_sample(recipe, seed) for seed in range(SAMPLES)]
    scores = [{k: float(v) for k, v in battery(one, EVERY).items()} for one in samples]
    truth = {key: np.mean([one[key] for one in scores]) for key in KEYS}
    drawn = resampled_clusters(EVERY, 400, np.random.default_rng(0))
    hits = {(key, level): [] for key in KEYS for level in LEVELS}
    for counts, values in zip(samples[:JUDGED], scores, strict=False):
        found = score_intervals(counts, values, EVERY, drawn)
        for key in KEYS:
            for level, (low, high) in zip(
                LEVELS, (found[key].narrow, found[key].wide), strict=True
            ):
                hits[key, level].append(low <= truth[key] <= high)
    shares = {which: float(np.mean(held)) for which, held in hits.items()}
    for key in KEYS:
        print(key.metric, round(truth[key], 3), [shares[key, level] for level in LEVELS])
    return shares


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_the_interval_of_rf40_covers_the_mean_over_samples(covered, level):
    error = np.sqrt(level * (1 - level) / JUDGED)
    assert abs(covered[KEYS[0], level] - level) < 3 * error


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS[1:], ids=lambda key: key.metric)
def test_other_intervals_are_too_narrow_by_what_the_manual_says(covered, key):
    """One tagging is shared by all clusters of a sample, so they are not independent.

    Measured: 58 to 64 % instead of 68 %, 88 to 92 % instead of 95 %. This pins a known weakness: a
    better interval should make it fail.
    """
    narrow, wide = (covered[key, level] for level in LEVELS)
    assert 0.53 < narrow < 0.68
    assert 0.84 < wide < 0.95


@pytest.mark.slow
def test_p_values_of_tagged_noise_are_uniform():
    """Samples of one Gaussian with labels of the published sizes: 300 seeds, 99 permutations."""
    recipe = read_recipe(RECIPE)
    sizes = [entry["stars"] for entry in recipe["clusters"]["members"]]
    clusters = np.repeat(np.arange(31), sizes)
    names = [f"{number:03d}" for number in range(len(clusters))]
    keys = (ScoreKey("rf_area"), PAPER_AMI)
    uniform = {key: [] for key in keys}
    for seed in range(300):
        rng = generator_for(seed, "calibration null")
        (part,) = tag_with_core(rng.normal(size=(len(clusters), 16)), [SETTING], names)
        value = battery(contingency(part.group, clusters), EVERY)
        permuted = permuted_clusters(clusters, 99, rng)
        draws = permutation_draws(part.group, permuted, lambda c: battery(c, EVERY), 31)
        for key in keys:
            better = (draws[key] > value[key] + 1e-9).sum()
            ties = (np.abs(draws[key] - value[key]) <= 1e-9).sum()
            uniform[key].append((better + rng.random() * (1 + ties)) / 100)
    for key in keys:
        p = stats.kstest(uniform[key], "uniform").pvalue
        print(key.metric, "Kolmogorov-Smirnov p", round(p, 3))
        assert p > 0.01
