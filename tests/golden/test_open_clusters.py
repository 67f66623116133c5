"""Taggers of motion on open clusters in real Gaia fields, and where there is no cluster.

The truth are members of Cantat-Gaudin et al. (2018), probability 0.5 or more, brighter than G = 18:
itself the outcome of a tagger, so agreement is not truth. Last figures, date and command:
docs/census.md.
"""

import numpy as np
import pytest
from fields_of_motion import field_of_motion
from open_cluster_fields import CG18, TARRICQ, members_in, shuffled, space_of, stars_of
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from chemtag.base.settings import MOTION, SKY
from chemtag.tag.algorithms import ALGORITHMS, settings_of
from chemtag.tag.motion.mixture import find_cluster
from chemtag.tag.motion.posterior import membership_by_model
from chemtag.tag.motion.skies import SkyTest
from chemtag.tag.motion.upmask import membership
from chemtag.tag.numbering import find_groups
from chemtag.tag.protocol import NoGroups

pytestmark = pytest.mark.slow

SEEDS = range(5)


@pytest.fixture(scope="module")
def fields(extracts):
    folder = extracts / "gaia"
    if not (folder / "field_ngc103_dr3.parquet").is_file():
        pytest.skip(f"no fields of Gaia in {folder}")
    return folder


def tagged(name, space, seed=0, **changed):
    algorithm = ALGORITHMS[name]
    return find_groups(algorithm.tagger, space, settings_of(algorithm, changed), seed)


def purity_and_completeness(group, member):
    """Those of the group that holds most members."""
    held = np.bincount(group[member & (group >= 0)], minlength=1)
    if not held.max():
        return 0.0, 0.0
    inside = group == held.argmax()
    both = (inside & member).sum()
    return both / inside.sum(), both / member.sum()


def meets(name, fields, cluster, purity, completeness, seeds=SEEDS, **changed):
    """Whatever the seed, the group of the cluster is at least as pure and complete as said."""
    stars = stars_of(fields, cluster)
    space, member = space_of(stars), members_in(fields, stars, cluster)
    for seed in seeds:
        found = tagged(name, space, seed, **changed)
        p, c = purity_and_completeness(found.group, member)
        print(cluster, *changed.values(), f"{seed}: {p:.3f} {c:.3f}, {found.n_groups} groups")
        assert p >= purity
        assert c >= completeness


@pytest.mark.parametrize(
    ("cluster", "purity", "completeness"),
    [
        ("Blanco_1", 0.80, 0.95),
        ("NGC_103", 0.68, 0.85),
        ("NGC_2112", 0.85, 0.95),
        ("NGC_6405", 0.75, 0.90),
    ],
)
def test_the_ladder_finds_the_cluster_and_nothing_else(fields, cluster, purity, completeness):
    stars = stars_of(fields, cluster)
    found = tagged("ladder", space_of(stars))
    for published in (CG18, TARRICQ):
        member = members_in(fields, stars, cluster, published)
        p, c = purity_and_completeness(found.group, member)
        print(f"{cluster}, {published}, {member.sum()} of {len(stars)}: {p:.3f} {c:.3f}")
        if published == CG18:
            assert p >= purity
            assert c >= completeness
    print("groups", found.n_groups, np.round(found.significance, 1))
    assert found.n_groups == 1


def test_without_the_dispersion_cut_the_clump_of_the_field_is_a_group(fields):
    stars = stars_of(fields, "Blanco_1")
    found = tagged("ladder", space_of(stars), dispersion_cut=False)
    sizes = np.bincount(found.group[found.group >= 0])
    print("sizes", sizes, np.round(found.significance, 1))
    assert sizes.max() > 5000
    assert found.significance[sizes.argmax()] > 30
    assert not members_in(fields, stars, "Blanco_1")[found.group == sizes.argmax()].any()


@pytest.mark.parametrize(
    ("cluster", "purity", "completeness"),
    [
        ("Blanco_1", 0.93, 0.93),
        ("NGC_103", 0.5, 0.8),
        ("NGC_2112", 0.9, 0.95),
        ("NGC_6405", 0.9, 0.9),
    ],
)
def test_the_mixture_in_motion(fields, cluster, purity, completeness):
    meets("motion_mixture", fields, cluster, purity, completeness)


@pytest.mark.parametrize("name", ["ladder", "motion_mixture", "dbscan_shuffled", "upmask"])
def test_the_field_without_a_cluster_is_empty(fields, name):
    space = space_of(stars_of(fields, ""))
    assert [tagged(name, space, seed).n_groups for seed in SEEDS] == [0] * 5


def test_the_ladder_finds_next_to_nothing_in_twenty_shuffled_fields(fields):
    space = space_of(stars_of(fields, "NGC_103"))
    groups = [tagged("ladder", shuffled(space, seed)).n_groups for seed in range(20)]
    print("groups of shuffled NGC 103", groups)
    assert sum(groups) <= 1


def test_the_ladder_in_shuffled_fields_of_blanco_1(fields):
    space = space_of(stars_of(fields, "Blanco_1"))
    groups = [tagged("ladder", shuffled(space, seed)).n_groups for seed in range(8)]
    print("groups of shuffled Blanco 1", groups)
    assert sum(groups) <= 2


@pytest.mark.parametrize(
    ("cluster", "purity", "completeness"),
    [("Blanco_1", 0.88, 0.64), ("NGC_103", 0.82, 0.79), ("NGC_2112", 0.9, 0.05)],
)
def test_dbscan_with_the_epsilon_of_shuffled_fields(fields, cluster, purity, completeness):
    meets("dbscan_shuffled", fields, cluster, purity, completeness)


@pytest.mark.parametrize("test", ["tree", "kernel"])
@pytest.mark.parametrize(
    ("cluster", "purity", "completeness"), [("Blanco_1", 0.85, 0.75), ("NGC_103", 0.55, 0.35)]
)
def test_upmask_finds_the_cluster(fields, cluster, purity, completeness, test):
    seeds = SEEDS if test == "tree" else [0]
    meets("upmask", fields, cluster, purity, completeness, seeds, test=test)


@pytest.mark.parametrize(
    ("cluster", "purity", "completeness"), [("Blanco_1", 0.8, 0.95), ("NGC_103", 0.6, 0.8)]
)
def test_upmask_by_model(fields, cluster, purity, completeness):
    meets("upmask", fields, cluster, purity, completeness, by="model")


@pytest.mark.parametrize("cluster", ["NGC_2112", "NGC_6405"])
def test_upmask_refuses_a_cone_that_the_cluster_fills(fields, cluster):
    space = space_of(stars_of(fields, cluster))
    for seed in SEEDS:
        with pytest.raises(NoGroups, match=r"only [12]\.\d times the r50"):
            tagged("upmask", space, seed)


def cones_without_a_cluster(fields, kind):
    """Cones that hold no cluster: simulated, shuffled, or cut from the empty field."""
    if kind == "simulated":
        for seed in range(20):
            yield field_of_motion(100 + seed, n_field=1500, n_members=0, clump=500 * (seed % 2))[0]
    elif kind == "shuffled":
        space = space_of(stars_of(fields, "NGC_103"))
        yield from (shuffled(space, seed) for seed in range(20))
    else:
        space = space_of(stars_of(fields, ""))
        for turn in range(20):
            place = 0.2 * np.array([np.cos(turn * np.pi / 10), np.sin(turn * np.pi / 10)])
            near = np.hypot(*(space.coordinates[:, :2] - place).T) < 0.3
            yield space.take(np.flatnonzero(near))


@pytest.mark.parametrize("kind", ["simulated", "shuffled", "cut"])
def test_upmask_finds_at_most_two_stars_where_no_cluster_is(fields, kind):
    counts = []
    for turn, space in enumerate(cones_without_a_cluster(fields, kind)):
        try:
            counts.append(int((tagged("upmask", space, turn).group >= 0).sum()))
        except NoGroups as reason:
            print(reason)
            counts.append(-1)
    print(kind, counts)
    assert max(counts) <= 2


def probability_of(name, space, seed):
    """Probability of all stars, of which groups keep those of their own; UPMASK by name."""
    points, errors = space.in_units(MOTION), space.errors_in_units(MOTION)
    if name == "motion_mixture":
        return find_cluster(points, errors, 4, 4, seed).probability(points, errors)
    sky = space.in_units(SKY)
    share = membership(points, errors, SkyTest(sky, "tree", 300, seed), 15, 3.0, 50, seed)
    if name == "upmask":
        return share
    return membership_by_model(sky, points, errors, share, seed)


@pytest.mark.parametrize(
    ("name", "brier", "error"),
    [("motion_mixture", 0.01, 0.02), ("upmask", 0.02, 0.05), ("upmask by model", 0.002, 0.003)],
)
def test_probabilities_of_membership_mean_what_they_say(name, brier, error):
    probability, truth = [], []
    for seed in range(8):
        space, member = field_of_motion(200 + seed, n_field=3000, blur=6)
        probability.append(probability_of(name, space, seed))
        truth.append(member)
    p, member = np.concatenate(probability), np.concatenate(truth)
    found, said = calibration_curve(member, p, n_bins=10)  # of the bins that hold a star
    number = np.bincount(np.searchsorted(np.linspace(0, 1, 11)[1:-1], p))
    number = number[number > 0]
    off, score = np.average(np.abs(said - found), weights=number), brier_score_loss(member, p)
    rows = np.round(np.column_stack([number, said, found]), 3)
    print(name, f"Brier {score:.4f}, error {off:.4f}\n", rows)
    assert score < brier
    assert off < error


def cone_like_m4(seed, n=12000):
    """A cone of 0.3 deg on a globular: a fifth of the stars in a clump of proper motion."""
    rng = np.random.default_rng(seed)
    member = np.arange(n) < n // 5
    motion = np.where(
        member[:, None],
        rng.normal([-12.5, -19.0], 0.4, (n, 2)),
        [-2.5, -4] + 3 * rng.standard_t(4, (n, 2)),
    )
    parallax = np.where(member, 0.54, rng.gamma(2, 0.2, n))
    values = np.column_stack([motion, parallax])
    error = rng.uniform(0.03, 0.35, n)
    values += error[:, None] * rng.standard_normal((n, 3))
    return values, error[:, None, None] ** 2 * np.eye(3), member


def test_a_cone_on_a_globular_is_parted_by_the_mixture():
    offsets = []
    for seed in SEEDS:
        values, errors, member = cone_like_m4(seed)
        found = find_cluster(values, errors, 4, 4, seed)
        group = found.probability(values, errors) >= 0.5
        both = (group & member).sum()
        standard_error = np.sqrt((0.4**2 + 0.2**2) / member.sum())
        offsets.append((found.centre[0, :2] - [-12.5, -19.0]) / standard_error)
        print(f"{seed}: {both / group.sum():.3f} {both / member.sum():.3f}", offsets[-1].round(2))
        assert both / group.sum() > 0.98
        assert both / member.sum() > 0.98
    assert np.sqrt(np.mean(np.square(offsets))) < 1.5
