"""How much worse predictions get without the information of a feature."""

from itertools import product

import numpy as np
import pandas as pd

from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.predict.evaluation import Entry
from chemtag.predict.folds import group_folds
from chemtag.predict.leaderboard import rmse
from chemtag.predict.models import one_thread, predict_with
from chemtag.predict.protocol import Labelled
from chemtag.predict.training import Transform, back, forth


def importance(
    labelled: Labelled,
    entry: Entry,
    seed: int,
    n_folds: int = 5,
    n_repeats: int = 5,
    transform: Transform = "none",
) -> pd.DataFrame:
    """Return the permutation importance of each feature: feature, value, low, high, n_stars.

    value: rmse over stars the model has not seen with the feature permuted among them, over the
    rmse with it, less 1; mean over `n_repeats` permutations of all folds, low and high the least
    and largest of them. Permuting breaks only what the feature says beyond the others: of two
    columns that say the same both seem dispensable.
    """
    labelled = labelled.in_order()
    features = labelled.stars.features
    learnt = forth(labelled.label, transform)
    fold = group_folds(labelled.group, n_folds, integer_seed_for(seed, "folds"))
    names = labelled.stars.layout.names
    plain = np.empty(len(labelled))
    permuted = np.empty((len(names), n_repeats, len(labelled)))
    rng = generator_for(seed, "importance")
    for one in range(n_folds):
        rows, held_out = fold != one, fold == one
        weight = None if labelled.weight is None else labelled.weight[rows]
        fitted = entry.model.fit(
            features[rows], learnt[rows], weight, entry.settings,
            integer_seed_for(seed, "fit", entry.model.name),
        )  # fmt: skip
        seen = features[held_out]
        with one_thread():
            plain[held_out] = back(predict_with(fitted, seen), transform)
            for at, repeat in product(range(len(names)), range(n_repeats)):
                changed = seen.copy()
                changed[:, at] = rng.permutation(changed[:, at])
                permuted[at, repeat, held_out] = back(predict_with(fitted, changed), transform)
    base = rmse(labelled.label, plain)
    rows_out = []
    for at, name in enumerate(names):
        losses = [rmse(labelled.label, one) / base - 1 for one in permuted[at]]
        rows_out.append(
            {"entry": entry.name, "feature": name, "value": float(np.mean(losses)),
             "low": min(losses), "high": max(losses), "n_stars": len(labelled)}
        )  # fmt: skip
    table = pd.DataFrame(rows_out)
    return table.sort_values(["value", "feature"], ascending=[False, True], ignore_index=True)
