"""Ward's tree cut by the known width."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage

from chemtag.base.problems import InputProblem
from chemtag.tag.linkage import cut_by_width, known_width_linkage, stars_below, ward_heights
from chemtag.tag.protocol import Space
from chemtag.tag.scan.tagger import tag_by_linkage, tag_by_scan


def unit_balls(sizes, d, seed=0, spread=12.0):
    """Stars and codes of clusters of unit width."""
    rng = np.random.default_rng(seed)
    code = np.repeat(np.arange(len(sizes)), sizes)
    return rng.normal(0, spread, (len(sizes), d))[code] + rng.normal(size=(len(code), d)), code


def test_tree_of_four_by_hand():
    """Stars at 0, 1, 10, 12: heights 1, 2 and, of the two pairs, 10.5 sqrt 2 = 14.85."""
    z = np.array([[0.0], [1], [10], [12]])
    tree = linkage(z, "ward")
    np.testing.assert_allclose(tree[:, 2], [1, 2, 10.5 * np.sqrt(2)])
    np.testing.assert_array_equal(cut_by_width(tree, lambda n: 20), [0, 0, 0, 0])
    two = cut_by_width(tree, lambda n: 3)
    assert two[0] == two[1] != two[2] == two[3]
    np.testing.assert_array_equal(cut_by_width(tree, lambda n: 1.5), [0, 0, -1, -1])
    np.testing.assert_array_equal(cut_by_width(tree, lambda n: 20 if n == 4 else 0, 5), [-1] * 4)
    np.testing.assert_array_equal(stars_below(tree, 6), [0, 1, 2, 3])


@pytest.mark.parametrize(("n", "d"), [(2, 3), (7, 5), (40, 5)])
def test_true_clusters_are_split_as_often_as_alpha_says(n, d):
    limit = ward_heights(60, d, 0.2, seed=1)
    rng = np.random.default_rng(2)
    split = np.mean(
        [linkage(rng.normal(size=(n, d)), "ward")[-1, 2] > limit(n) for _ in range(1000)]
    )
    assert split == pytest.approx(0.2, abs=0.09)  # 200 draws of the limit, and interpolation


def test_two_stars_by_the_chi_distribution():
    """The distance of two stars of unit width is sqrt 2 times chi of d degrees."""
    from scipy.stats import chi

    limit = ward_heights(10, 4, 0.05, seed=0, draws=4000)
    assert limit(2) == pytest.approx(np.sqrt(2) * chi(4).isf(0.05), rel=0.03)


def test_well_separated_clusters_are_found_whatever_the_order():
    z, code = unit_balls([20, 11, 6, 3, 2], 6)
    found = known_width_linkage(z)
    np.testing.assert_array_equal(found[:, None] == found, code[:, None] == code)
    shuffled = np.random.default_rng(0).permutation(len(z))
    np.testing.assert_array_equal(known_width_linkage(z[shuffled]), found[shuffled])


@pytest.mark.parametrize("n", [0, 1])
def test_no_pair_no_group(n):
    assert (known_width_linkage(np.zeros((n, 3))) == -1).all()


def test_stars_all_alike_are_one_group():
    assert (known_width_linkage(np.zeros((9, 3))) == 0).all()


@pytest.mark.parametrize("tag", [tag_by_linkage, tag_by_scan])
def test_taggers_take_a_space_and_give_groups(tag):
    z, code = unit_balls([30, 20, 15], 6)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0] * np.arange(1, 7)
    names = tuple("abcdef")
    space = Space(np.arange(len(z)).astype(str), z @ turn, turn.T @ turn, names)
    groups = tag(space, {}, 0)
    assert groups.group.shape == groups.probability.shape == (65,)
    assert ((groups.group >= 0) == (groups.probability > 0)).all()
    for k in range(3):
        assert (np.bincount(groups.group[code == k] + 1).max()) >= 0.8 * (code == k).sum()
    with pytest.raises(InputProblem, match="needs the width"):
        tag(Space(space.star_id, space.coordinates), {}, 0)


def test_a_scan_takes_any_least_evidence_as_level():
    z, _ = unit_balls([30, 20, 15, 4, 3], 4, spread=5)
    space = Space(np.arange(len(z)).astype(str), z, np.eye(4))
    strict, loose = (tag_by_scan(space, {"level": level}, 0) for level in (20, "candidates"))
    assert len(strict.significance) <= len(loose.significance)
    assert (strict.significance > 20).all()
