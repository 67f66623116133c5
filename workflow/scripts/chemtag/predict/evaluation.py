"""Every model on stars it has not seen: predictions by fold, and what they cost."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.seeds import integer_seed_for
from chemtag.predict.folds import group_folds, refuse_parted
from chemtag.predict.models import Model, model_of, settings_of
from chemtag.predict.protocol import OUTSIDE, Labelled
from chemtag.predict.training import Interval, Transform, train, tuned_settings


@dataclass(frozen=True)
class Entry:
    """A model on the leaderboard: settings as given, or tuned within the training stars."""

    model: Model
    settings: Mapping[str, Any]
    tuned: bool = False

    @property
    def name(self) -> str:
        """Name on tables."""
        return f"{self.model.name}_tuned" if self.tuned else self.model.name

    @property
    def label(self) -> str:
        """Name on figures."""
        return f"{self.model.label}, tuned" if self.tuned else self.model.label

    @property
    def simplicity(self) -> int:
        """Rank from simple to complex; a tuned model comes after the same untuned."""
        return 2 * self.model.simplicity + self.tuned


def entries_of(
    names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    tuned: Iterable[str] = (),
) -> list[Entry]:
    """Return the entries of the models `names`, and once more tuned those of `tuned`."""
    entries = []
    for name in names:
        model = model_of(name)
        entries.append(Entry(model, settings_of(model, (settings or {}).get(name))))
    for name in tuned:
        model = model_of(name)
        entries.append(Entry(model, settings_of(model, (settings or {}).get(name)), tuned=True))
    return entries


def cross_validate(
    labelled: Labelled,
    entries: Sequence[Entry],
    interval: Interval,
    seed: int,
    n_folds: int = 5,
    transform: Transform = "none",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return predictions of every star by models that have seen no row of it, and their costs.

    Predictions: entry, star_id, group, fold, truth, value, low, high, outside. Everything that is
    learnt (imputation, scaling, clipping, tuning, calibration, domain) comes from the other folds.
    Costs: entry, fold, seconds of processor time to train and to predict, settings.
    """
    labelled = labelled.in_order()
    fold = group_folds(labelled.group, n_folds, integer_seed_for(seed, "folds"))
    refuse_parted(fold, labelled.group)
    parts, costs = [], []
    for entry in entries:
        for one in range(n_folds):
            fold_seed = integer_seed_for(seed, "fold", one)
            rest, held_out = labelled.take(fold != one), labelled.take(fold == one)
            start = time.process_time()
            settings = dict(entry.settings)
            if entry.tuned:
                settings = tuned_settings(rest, entry.model, settings, fold_seed, transform)
            trained = train(rest, entry.model, settings, interval, fold_seed, transform)
            middle = time.process_time()
            found = trained.predict(held_out.stars)
            end = time.process_time()
            parts.append(
                pd.DataFrame(
                    {
                        "entry": entry.name,
                        "star_id": held_out.stars.star_id.astype(str),
                        "group": held_out.group.astype(str),
                        "fold": one,
                        "truth": held_out.label,
                        "value": found.value,
                        "low": found.low,
                        "high": found.high,
                        "outside": np.array(OUTSIDE)[found.outside],
                    }
                )
            )
            costs.append(
                {
                    "entry": entry.name,
                    "fold": one,
                    "train_seconds": middle - start,
                    "predict_seconds": end - middle,
                    "settings": json.dumps(settings, sort_keys=True),
                }
            )
    return pd.concat(parts, ignore_index=True), pd.DataFrame(costs)


def over_coefficients(
    stars_of: Callable[[int], Labelled],
    numbers: Sequence[int],
    entries: Sequence[Entry],
    interval: Interval,
    seed: int,
    n_folds: int = 5,
    transform: Transform = "none",
) -> pd.DataFrame:
    """Return the predictions of `cross_validate` with the first k coefficients of the spectra.

    stars_of: from k to the stars whose features have the first k. Column n_coefficients is k. All
    k share the folds, so that their errors can be compared star by star.
    """
    parts = []
    for k in numbers:
        found, _ = cross_validate(stars_of(k), entries, interval, seed, n_folds, transform)
        parts.append(found.assign(n_coefficients=k))
    return pd.concat(parts, ignore_index=True)
