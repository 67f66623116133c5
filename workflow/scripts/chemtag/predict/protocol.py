"""What every predictor is given and what it gives, whatever it does in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

# Why a star is out of domain; 0 = it is in domain.
OUTSIDE = ("", "missing", "range", "far")


@dataclass(frozen=True)
class Layout:
    """Features made of measured columns: a column itself, or the difference of two (a colour).

    columns: the C measured columns. names: the D features. plus, minus: (D,) positions of their
    columns; minus is -1 where a feature is one column.
    """

    columns: tuple[str, ...]
    names: tuple[str, ...]
    plus: np.ndarray
    minus: np.ndarray

    def features(self, values: np.ndarray) -> np.ndarray:
        """Return the features (N, D) of measured values (N, C); missing where a column is."""
        made = values[:, self.plus]
        colours = self.minus >= 0
        made[:, colours] -= values[:, self.minus[colours]]
        return made


def plain_layout(names: Sequence[str]) -> Layout:
    """Return the layout in which each column is a feature."""
    order = np.arange(len(names))
    return Layout(tuple(names), tuple(names), order, np.full(len(names), -1))


@dataclass(frozen=True)
class Observed:
    """Stars as they are measured.

    star_id: (N,) text. values: (N, C) float64, NaN = missing. errors: (N, C) standard errors, NaN
    where none is given; None where no column has any. layout: how columns become features.
    """

    star_id: np.ndarray
    values: np.ndarray
    layout: Layout
    errors: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def features(self) -> np.ndarray:
        """The features (N, D) of the values as measured."""
        return self.layout.features(self.values)

    def take(self, rows: np.ndarray) -> "Observed":
        """Return the stars of `rows` (positions or a mask)."""
        errors = None if self.errors is None else self.errors[rows]
        return replace(self, star_id=self.star_id[rows], values=self.values[rows], errors=errors)


@dataclass(frozen=True)
class Labelled:
    """Stars with a label: `label` (N,) finite; `group` (N,) text, equal for rows of one star.

    weight: (N,) positive weights of the rows in the fit, or None.
    """

    stars: Observed
    label: np.ndarray
    group: np.ndarray
    weight: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: np.ndarray) -> "Labelled":
        """Return the stars of `rows` (positions or a mask)."""
        weight = None if self.weight is None else self.weight[rows]
        return Labelled(self.stars.take(rows), self.label[rows], self.group[rows], weight)

    def in_order(self) -> "Labelled":
        """Return the stars in the order of star_id, so that a fit does not depend on the rows'."""
        return self.take(np.argsort(self.stars.star_id.astype(str), kind="stable"))


@dataclass(frozen=True)
class Prediction:
    """Predicted labels: value, low, high (N,) float64 in the label's unit; outside (N,) int8.

    `outside` says by its place in OUTSIDE why a star is out of domain.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    outside: np.ndarray

    @property
    def in_domain(self) -> np.ndarray:
        """Whether the training stars cover the star (N,)."""
        return self.outside == 0


class Predictor(Protocol):
    """A method of label transfer: learns the label of `train` and predicts it for `target`.

    The same for any order of the rows; a star's prediction does not depend on the others of
    `target`.
    """

    def __call__(
        self, train: Labelled, target: Observed, settings: Mapping[str, Any], seed: int, /
    ) -> Prediction:
        """Return value, interval and domain of the stars of `target`."""
        ...
