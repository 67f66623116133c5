"""The algorithms of the comparison against hand-made stars, each other and relabelled copies."""

import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from chemtag.base.problems import InputProblem
from chemtag.tag.algorithms import ALGORITHMS, settings_of, told_settings
from chemtag.tag.algorithms.densities import castro_ginard_epsilon, knee_epsilon, linked
from chemtag.tag.numbering import find_groups
from chemtag.tag.protocol import NoGroups, Space

SIZES = (12, 9, 8, 6)
QUICK = {"extreme_deconvolution": {"max_iter": 2}, "dbscan_castro_ginard": {"repeats": 2}}


def blobs(separation=2.0, n_field=0, seed=3):
    """Four clusters of SIZES at corners, 0.05 wide, and field stars over the whole box."""
    rng = np.random.default_rng(seed)
    centres = separation * np.eye(4)
    truth = np.repeat(np.arange(4), SIZES)
    members = centres[truth] + 0.05 * rng.standard_normal((sum(SIZES), 4))
    field = rng.uniform(-1, separation + 1, size=(n_field, 4))
    points = np.vstack([members, field])
    star_id = np.array([f"s{i:04d}" for i in range(len(points))], dtype=object)
    covariances = np.tile(np.eye(4) * 0.02**2, (len(points), 1, 1))
    width = np.eye(4) * 0.05**2
    stars = Space(star_id, points, covariances, beside={"fe_h": points[:, 0]}, width=width)
    return stars, np.append(truth, np.full(n_field, -1))


def groups_of(name, stars, seed=1, **changed):
    algorithm = ALGORITHMS[name]
    settings = settings_of(algorithm, QUICK.get(name, {}) | changed)
    settings |= told_settings(algorithm, SIZES)
    return find_groups(algorithm.tagger, stars, settings, seed).group


# Those that need motions have tests of their own (test_motion_taggers).
ANY_SPACE = [name for name, one in ALGORITHMS.items() if not one.needs]
FINDS_BLOBS = sorted(
    set(ANY_SPACE)
    - {"random_groups", "iron_bins", "dbscan_castro_ginard", "dbscan", "friends_of_friends"}
    - {"optics", "hdbscan_leaf"}
)


@pytest.mark.parametrize("name", FINDS_BLOBS)
def test_separate_clusters_are_found(name):
    changed = {"quantile": 0.2} if name == "mean_shift" else {}
    stars, truth = blobs()
    # groups are numbered by size, as the clusters are
    assert groups_of(name, stars, **changed).tolist() == truth.tolist()


@pytest.mark.parametrize("name", sorted(ANY_SPACE))
def test_the_order_of_the_rows_does_not_matter(name):
    stars, _ = blobs(separation=0.15, n_field=40)
    order = np.random.default_rng(0).permutation(len(stars))
    assert groups_of(name, stars)[order].tolist() == groups_of(name, stars.take(order)).tolist()


@pytest.mark.parametrize("name", sorted(ANY_SPACE))
def test_only_the_algorithms_that_say_so_depend_on_the_seed(name):
    stars, _ = blobs(separation=0.15, n_field=40)
    results = {tuple(groups_of(name, stars, seed=seed)) for seed in (1, 2, 3)}
    assert tuple(groups_of(name, stars, seed=1)) in results
    if not ALGORITHMS[name].seeded:
        assert len(results) == 1


@pytest.mark.parametrize("name", [n for n, a in ALGORITHMS.items() if not a.noise])
def test_algorithms_without_noise_leave_no_star_out(name):
    stars, _ = blobs(separation=0.3, n_field=60)
    assert groups_of(name, stars).min() == 0


@pytest.mark.parametrize(
    "name", [n for n in ANY_SPACE if ALGORITHMS[n].noise and n != "random_groups"]
)
def test_algorithms_with_noise_leave_lonely_stars_out(name):
    stars, truth = blobs(separation=2.0, n_field=60)
    assert (groups_of(name, stars)[truth < 0] == -1).any()


@pytest.mark.parametrize("name", [n for n, a in ALGORITHMS.items() if a.told == "number"])
def test_who_is_told_the_number_makes_that_many_groups(name):
    stars, _ = blobs(separation=0.3, n_field=60)
    assert len(set(groups_of(name, stars))) == len(SIZES)


@pytest.mark.parametrize("length", [0.05, 0.1, 0.3, 1.0])
def test_friends_of_friends_is_dbscan_with_one_star_as_core(length):
    stars, _ = blobs(separation=0.3, n_field=60)
    ours = linked(stars.coordinates, length, 1)
    theirs = DBSCAN(eps=length, min_samples=1).fit_predict(stars.coordinates)
    pairs = set(zip(ours.tolist(), theirs.tolist(), strict=True))
    assert len(pairs) == len(set(ours.tolist())) == len(set(theirs.tolist()))


def test_friends_of_friends_leaves_small_chains_out():
    line = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [20.0]])
    assert linked(line, 1.0, 3).tolist() == [0, 0, 0, -1, -1, -1]
    assert linked(line, 1.0, 2).tolist() == [0, 0, 0, 1, 1, -1]


def test_the_k_distance_epsilon_by_hand():
    # third neighbours of 0, 1, 2, 3, 13: 3, 2, 2, 3, 12; their 25 % quantile is 2
    line = np.array([[0.0], [1.0], [2.0], [3.0], [13.0]])
    stars = Space(np.array(list("abcde"), dtype=object), line)
    assert knee_epsilon(stars, {"neighbour": 3, "quantile": 0.25}) == 2.0


def test_the_epsilon_of_castro_ginard_lies_between_data_and_random_stars():
    stars, _ = blobs()
    settings = {"min_samples": 3, "repeats": 5}
    epsilon = castro_ginard_epsilon(stars, settings, 0)
    gaps = np.linalg.norm(stars.coordinates[:, None] - stars.coordinates[None], axis=-1)
    smallest = np.sort(gaps, axis=1)[:, 2].min()
    # the coordinates are independent in the random stars, which are farther apart
    assert epsilon > smallest
    alone = [castro_ginard_epsilon(stars, settings | {"repeats": 1}, 7) for _ in range(2)]
    assert alone[0] == alone[1]


def test_random_groups_have_the_sizes_of_the_clusters():
    stars, _ = blobs(n_field=20)
    found = groups_of("random_groups", stars)
    assert np.bincount(found[found >= 0]).tolist() == sorted(SIZES, reverse=True)
    assert (found == -1).sum() == 20


def test_iron_bins_have_edges_at_multiples_of_their_width():
    iron = np.array([-0.051, -0.049, 0.001, 0.049, 0.051])
    stars = Space(np.array(list("abcde"), dtype=object), iron[:, None], beside={"fe_h": iron})
    # by size, then by star_id
    assert groups_of("iron_bins", stars).tolist() == [1, 2, 0, 0, 3]


@pytest.mark.parametrize("name", ["extreme_deconvolution", "iron_bins"])
def test_what_an_algorithm_lacks_is_said(name):
    stars, _ = blobs()
    with pytest.raises(NoGroups, match="it needs"):
        groups_of(name, Space(stars.star_id, stars.coordinates))


def test_messages_that_do_not_settle_are_said():
    stars, _ = blobs(separation=0.1, n_field=100)
    with pytest.raises(NoGroups, match="did not settle in 20 rounds"):
        groups_of("affinity_propagation", stars, max_iter=20)


def test_errors_move_stars_of_the_deconvolved_mixture():
    # one dimension, two components 0 +- 1 and 8 +- 1: a star at 4.4 with a large error could be of
    # either, and goes to the larger one
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.normal(0, 1, 300), rng.normal(8, 1, 100), [4.4, 4.4]])[:, None]
    variance = np.full((402, 1, 1), 0.01)
    variance[-1] = 400.0
    star_id = np.array([f"{i:03d}" for i in range(402)], dtype=object)
    algorithm = ALGORITHMS["extreme_deconvolution"]
    settings = dict(algorithm.settings) | {"n_clusters": 2, "max_iter": 30}
    found = find_groups(algorithm.tagger, Space(star_id, x, variance), settings, 0).group
    assert found[-2] == 1
    assert found[-1] == 0


def test_an_unknown_setting_is_a_sentence():
    with pytest.raises(InputProblem, match=r"compare/settings/kmeans: unknown setting 'eps'"):
        settings_of(ALGORITHMS["kmeans"], {"eps": 1})
