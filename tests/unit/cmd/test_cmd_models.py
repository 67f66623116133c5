"""Models and judgements on made-up isochrones."""

import numpy as np
import pytest
from cmd_small_grid import small_grid

from chemtag.cmd import judging
from chemtag.cmd import models as cmd_models
from chemtag.cmd.clusters import Photometry, Physics, Ranges, joined_stars, stars_on
from chemtag.cmd.field import simulated_field
from chemtag.cmd.judging import judge_group, logit
from chemtag.cmd.models import difficulty, examples, train
from chemtag.vet.vetting import Terms

GRID = small_grid()
RANGES = Ranges(log_age=(7.0, 9.6), mh=(-0.2, 0.0), distance_modulus=(6, 11), n_stars=(15, 60))
TERMS = Terms(draws=200, simulations=100, neighbours=60)


@pytest.fixture(scope="module")
def models():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cmd_models, "FIELDS", 4)
        patch.setattr(cmd_models, "FIELD_STARS", 800)
        patch.setattr(cmd_models, "TREES", {"max_iter": 60, "early_stopping": False})
        yield train(GRID, RANGES, 240, True, 1)


def test_half_of_the_examples_are_asterisms_in_other_lines_of_sight():
    known = examples(GRID, RANGES, 20, 2, 1, "a")
    assert np.bincount(known.sight).tolist() == [10, 10]
    assert len(known.clusters) == len(known.asterisms) == len(known.physics) == 20


def test_examples_have_streams_of_their_own():
    one, two = (examples(GRID, RANGES, 10, 2, 1, name) for name in ("a", "b"))
    again = examples(GRID, RANGES, 10, 2, 1, "a")
    assert (one.clusters[0].g == again.clusters[0].g).all()
    assert not np.array_equal(one.clusters[0].g, two.clusters[0].g)


def test_clusters_are_told_from_asterisms_that_were_not_seen(models):
    known = examples(GRID, RANGES, 60, 2, 2, "test")
    hit = models.probability(models.features(known.clusters)) > 0.5
    rejected = models.probability(models.features(known.asterisms)) < 0.5
    assert (hit.mean() + rejected.mean()) / 2 > 0.8


def test_behind_much_dust_a_cluster_is_out_of_domain(models):
    dusty = Physics(8.0, 0.0, 8.0, 7.0)
    rng = np.random.default_rng(4)
    groups = [stars_on(GRID.near(8.0, 0.0), dusty, 40, 18.0, 0.3, 0.0, rng) for _ in range(10)]
    assert models.in_domain(models.features(groups)).mean() < 0.3
    usual = examples(GRID, RANGES, 60, 2, 3, "test").clusters
    assert models.in_domain(models.features(usual)).mean() > 0.8


def test_intervals_hold_about_as_many_as_they_say(models):
    known = examples(GRID, RANGES, 240, 4, 5, "test")
    n = np.array([len(group) for group in known.clusters], dtype=float)
    value, low, high = models.values(models.features(known.clusters), n)["distance_modulus"]
    truth = np.array([what.distance_modulus for what in known.physics])
    assert 0.5 < np.mean((low <= truth) & (truth <= high)) < 0.85
    assert np.abs(value - truth).mean() < 0.5


def test_wider_intervals_for_smaller_groups():
    assert difficulty(np.array([16.0, 256.0])) == pytest.approx([0.5, 0.25])


def sample(cluster, n_field=400):
    field = simulated_field(GRID, n_field, 18.0, np.random.default_rng(7))
    member = np.arange(len(cluster) + len(field)) < len(cluster)
    return joined_stars([cluster, field]), member


def test_planted_clusters_are_unlike_their_field(models):
    what = Physics(8.0, 0.0, 8.0, 0.2)
    p = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        cluster = stars_on(GRID.near(8.0, 0.0), what, 40, 18.0, 0.3, 0.0, rng)
        stars, member = sample(cluster)
        found = judge_group(models, GRID, stars, member, TERMS, rng)
        assert found.reason == ""
        assert found.in_domain
        assert found.p_pure > 0.05
        assert found.power[1.0] > 0.5
        assert found.power[0.4] < found.power[1.0]
        assert found.values["distance_modulus"][0] == pytest.approx(8.0, abs=0.5)
        p.append(found.p)
    assert np.mean(np.array(p) <= 0.1) >= 0.5


def test_a_diagram_is_simulated_as_often_as_its_field_at_the_purity_that_counts(
    models, monkeypatch
):
    counts, original = {}, judging.simulated_groups

    def counted(*arguments):
        counts[arguments[4]] = arguments[5]
        return original(*arguments)

    monkeypatch.setattr(judging, "simulated_groups", counted)
    what = Physics(8.0, 0.0, 8.0, 0.2)
    cluster = stars_on(GRID.near(8.0, 0.0), what, 40, 18.0, 0.3, 0.0, np.random.default_rng(8))
    stars, member = sample(cluster)
    found = judge_group(models, GRID, stars, member, TERMS, np.random.default_rng(1))
    assert counts == {0.4: TERMS.simulations, 0.7: TERMS.draws, 1.0: TERMS.simulations}
    share = found.p_pure * (TERMS.draws + 1)
    assert share == pytest.approx(round(share))


def test_p_of_chance_groups_is_uniform_enough(models):
    field = simulated_field(GRID, 500, 18.0, np.random.default_rng(11))
    rng = np.random.default_rng(12)
    p = []
    for _ in range(16):
        member = np.zeros(len(field), bool)
        member[rng.choice(len(field), 20, replace=False)] = True
        p.append(judge_group(models, GRID, field, member, TERMS, rng).p)
    known = np.array(p)[np.isfinite(p)]
    assert len(known) > 10
    assert (known <= 0.1).mean() < 0.35


def test_too_few_stars_and_too_few_of_the_field_say_nothing(models):
    what = Physics(8.0, 0.0, 8.0, 0.2)
    cluster = stars_on(GRID.near(8.0, 0.0), what, 40, 18.0, 0.3, 0.0, np.random.default_rng(8))
    few, member = sample(cluster.rows(np.arange(9)))
    found = judge_group(models, GRID, few, member, TERMS, np.random.default_rng(1))
    assert "10 are needed" in found.reason
    assert np.isnan(found.probability)
    lonely, member = sample(cluster, 20)
    found = judge_group(models, GRID, lonely, member, TERMS, np.random.default_rng(1))
    assert "field stars" in found.reason
    assert np.isfinite(found.probability)
    assert np.isnan(found.p)


def test_stars_without_photometry_do_not_count(models):
    what = Physics(8.0, 0.0, 8.0, 0.2)
    cluster = stars_on(GRID.near(8.0, 0.0), what, 40, 18.0, 0.3, 0.0, np.random.default_rng(8))
    stars, member = sample(cluster)
    colour = stars.colour.copy()
    colour[:10] = np.nan
    stars = Photometry(stars.g, colour, stars.parallax)
    found = judge_group(models, GRID, stars, member, TERMS, np.random.default_rng(1))
    assert found.n_data == 30


def test_logits_stay_finite():
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()
    assert logit(np.array([0.5])) == pytest.approx([0.0])
