"""Folds that never part the rows of one star."""

import numpy as np
from sklearn.model_selection import GroupKFold

from chemtag.base.problems import InputProblem


def group_folds(group: np.ndarray, n_folds: int, seed: int) -> np.ndarray:
    """Return the fold (N,) of each row; rows of equal `group` (N,) share a fold.

    Groups are dealt to `n_folds` folds of like numbers of groups in an order drawn from `seed`,
    whatever the order of the rows. Raises InputProblem if there are fewer groups than folds.
    """
    n_groups = len(np.unique(group))
    if n_groups < n_folds:
        raise InputProblem(
            f"predict: {n_groups} stars with a label cannot be split into {n_folds} folds; give "
            "more stars or set predict/folds lower."
        )
    fold = np.empty(len(group), dtype=np.int64)
    deal = GroupKFold(n_folds, shuffle=True, random_state=seed)
    # The positions stand for the features, which the deal does not look at.
    for number, (_, held_out) in enumerate(deal.split(fold[:, None], groups=group)):
        fold[held_out] = number
    refuse_parted(fold, group)
    return fold


def refuse_parted(fold: np.ndarray, group: np.ndarray) -> None:
    """Raise ValueError if rows of one group stand in two folds: a star would predict itself."""
    pairs = np.unique(np.stack([np.unique(group, return_inverse=True)[1], fold]), axis=1)
    parted = len(pairs[0]) - len(np.unique(pairs[0]))
    if parted:
        raise ValueError(f"the rows of {parted} stars are parted over folds")
