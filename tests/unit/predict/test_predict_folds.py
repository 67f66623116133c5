"""Folds keep the rows of a star together, whatever their order."""

import numpy as np
import pytest
from predict_stars import linear_stars

from chemtag.base.problems import InputProblem
from chemtag.predict import evaluation, training
from chemtag.predict.evaluation import cross_validate, entries_of
from chemtag.predict.folds import group_folds, refuse_parted
from chemtag.predict.training import Interval


def test_rows_of_a_star_share_a_fold():
    group = np.array([f"star {i // 3}" for i in range(60)])
    fold = group_folds(group, 5, 7)
    for name in np.unique(group):
        assert len(set(fold[group == name])) == 1
    assert np.bincount(fold).tolist() == [12] * 5


def test_folds_do_not_depend_on_the_order_of_rows():
    group = np.array([f"star {i // 3}" for i in range(60)])
    shuffled = np.random.default_rng(1).permutation(60)
    assert (group_folds(group[shuffled], 5, 7) == group_folds(group, 5, 7)[shuffled]).all()
    assert (group_folds(group, 5, 8) != group_folds(group, 5, 7)).any()


def test_too_few_stars_are_one_sentence():
    with pytest.raises(InputProblem, match="3 stars with a label cannot be split into 5 folds"):
        group_folds(np.array(["a", "b", "c", "c"]), 5, 1)


def test_parted_stars_are_refused():
    refuse_parted(np.array([0, 0, 1]), np.array(["a", "a", "b"]))
    with pytest.raises(ValueError, match="the rows of 1 stars are parted"):
        refuse_parted(np.array([0, 1, 1]), np.array(["a", "a", "b"]))


@pytest.mark.parametrize("module", [evaluation, training])
def test_folds_by_row_do_not_pass(module, monkeypatch):
    """Where anybody deals rows instead of stars, evaluation stops."""
    stars = linear_stars(60, repeats=3)

    def by_row(group, n_folds, seed):
        return np.arange(len(group)) % n_folds

    monkeypatch.setattr(module, "group_folds", by_row)
    with pytest.raises(ValueError, match="parted over folds"):
        cross_validate(stars, entries_of(["median"]), Interval(), 1)


def test_repeated_rows_teach_nothing_about_their_star():
    """Labels without any relation to the features: error of the median, though rows repeat."""
    stars = linear_stars(100, noise=0.3, repeats=4)
    stars = training.shuffled_labels(stars.take(np.arange(0, 400, 4)), 1)
    rows = np.repeat(np.arange(100), 4)
    repeated = stars.take(rows)
    ids = np.array([f"row {i:04d}" for i in range(400)], dtype=object)
    repeated = type(repeated)(
        type(repeated.stars)(ids, repeated.stars.values, repeated.stars.layout),
        repeated.label, repeated.group,
    )  # fmt: skip
    found, _ = cross_validate(repeated, entries_of(["knn"], {"knn": {"n_neighbors": 4}}),
                              Interval(), 1)  # fmt: skip
    error = np.sqrt(np.mean((found["value"] - found["truth"]) ** 2))
    assert error > 0.95 * repeated.label.std()
