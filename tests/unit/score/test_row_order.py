"""Orders of rows: a tagger that looks at the order, one that does not, and the packages."""

import numpy as np
import pytest
from joblib import Memory

from chemtag.base.settings import Setting
from chemtag.score.row_order import n_recovered, recovered_in_orders
from chemtag.select.truth import truth_of
from chemtag.tag.peers import hdbscan_with_trees_in, installed_peers
from chemtag.tag.protocol import Space
from chemtag.tag.taggings import tagging

TRUTH = truth_of(["a"] * 4 + ["b"] * 4 + [""] * 4, 2)
POINTS = np.arange(12.0)[:, None]
SETTING = Setting("euclidean", "leaf", 2, 1)


def first_rows(points, setting):
    return np.where(np.arange(len(points)) < 4, 0, -1)


def lowest_values(points, setting):
    return np.where(points[:, 0] < 4, 0, -1)


def test_a_tagger_of_values_recovers_the_same_in_every_order():
    rng = np.random.default_rng(0)
    found = recovered_in_orders(POINTS, TRUTH, [SETTING], lowest_values, 20, rng)
    assert found.recovered.tolist() == [[1] * 20]
    assert found.groups.tolist() == [[1] * 20]


def test_a_tagger_of_rows_is_found_out():
    rng = np.random.default_rng(0)
    found = recovered_in_orders(POINTS, TRUTH, [SETTING], first_rows, 50, rng)
    assert found.recovered[0, 0] == 1, "rows as given"
    assert found.recovered.min() == 0


def test_other_metrics_are_refused():
    manhattan = Setting("manhattan", "leaf", 2, 1)
    with pytest.raises(ValueError, match="Euclidean"):
        recovered_in_orders(POINTS, TRUTH, [manhattan], first_rows, 2, np.random.default_rng(0))


@pytest.mark.parametrize("name", sorted(installed_peers()))
def test_packages_agree_with_the_exact_core_where_nothing_is_tied(name):
    """Three clumps far apart: any implementation of the algorithm finds them."""
    rng = np.random.default_rng(3)
    points = np.concatenate([rng.normal(10 * k, 0.3, (12, 3)) for k in range(3)])
    truth = truth_of(np.repeat(["a", "b", "c"], 12), 2)
    setting = Setting("euclidean", "eom", 5, 3)
    labels = installed_peers()[name](points, setting)
    exact = tagging(Space.of(points), setting)
    assert n_recovered(labels, truth) == 3
    same = labels[:, None] == labels
    assert (same == (exact.group[:, None] == exact.group)).mean() > 0.95


def test_trees_that_are_kept_give_the_groups_of_trees_made_anew(tmp_path):
    pytest.importorskip("hdbscan")
    points = np.random.default_rng(4).normal(size=(200, 3)).round(1)  # full of ties
    kept, anew = hdbscan_with_trees_in(Memory(tmp_path, verbose=0)), installed_peers()["hdbscan"]
    for order in (np.arange(200), np.random.default_rng(5).permutation(200)):
        for size in (2, 5):
            setting = Setting("euclidean", "leaf", size, 3)
            assert kept(points[order], setting).tolist() == anew(points[order], setting).tolist()
    assert len(list(tmp_path.rglob("output.pkl"))) == 2, "a tree for each order"
