"""A catalogue on its way to a sample, and the table of the sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.select.quality import BitMask, Funnel
from chemtag.survey.abundances import column_of
from chemtag.survey.quantities import QUANTITIES, correlation_columns

CARRIED = ("ra", "dec", "teff", "logg", "snr", *QUANTITIES)


@dataclass
class Selection:
    """A catalogue on its way to a sample; rows are entries of the catalogue, in its order.

    `values`, `errors` (N, E), in dex of abundances, belong to `measured`: the sample's features
    (`chemtag.survey.quantities`), and the elements that cuts need besides. `notes` go into the meta
    of the table.
    """

    stars: pd.DataFrame
    ratio: str
    features: list[str]
    cuts: Mapping[str, Any]
    masks: Mapping[str, BitMask]
    funnel: Funnel
    measured: list[str] = field(default_factory=list)
    values: Floats = field(default_factory=lambda: np.empty((0, 0)))
    errors: Floats = field(default_factory=lambda: np.empty((0, 0)))
    before_trends: dict[str, Floats] = field(default_factory=dict)
    imputed: NDArray[np.int64] | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Return the columns of the catalogue."""
        return [str(column) for column in self.stars.columns]

    @property
    def place(self) -> str:
        """How messages name the sample."""
        return f"sample {self.funnel.sample}"

    def drop_lost(self) -> None:
        """Forget the lost entries; most of a survey is gone before its abundances are looked at."""
        self.stars = self.stars[self.funnel.drop_lost()].reset_index(drop=True)

    def indices(self, elements: Sequence[str]) -> list[int]:
        """Return the columns of `elements` among the measured."""
        return [self.measured.index(element) for element in elements]

    def of(self, element: str) -> Floats:
        """Return the values (N,) of one measured element."""
        return self.values[:, self.measured.index(element)]


def check_named_elements(selection: Selection, setting: Any, key: str) -> None:
    """Raise `InputProblem` if a mapping names an element that the sample does not have."""
    unknown = (
        [e for e in setting if e not in selection.features] if isinstance(setting, Mapping) else []
    )
    if unknown:
        raise InputProblem(
            f"{selection.place}: cuts/{key} names {unknown[0]!r}, which is not one of the sample's "
            f"elements {', '.join(selection.features)}."
        )


def refuse_empty(selection: Selection) -> None:
    """Raise `InputProblem` for an element without any value, unless sparse ones are dropped."""
    if selection.cuts["missing"]["policy"] == "drop_sparse":
        return
    left = selection.funnel.left
    for element in selection.features:
        if np.isnan(selection.of(element)[left]).all():
            column = column_of(element, selection.ratio)
            raise InputProblem(
                f"{selection.place}: element {element!r} has no value for any of the "
                f"{int(left.sum())} stars (column {column}); leave it out of the sample's elements."
            )


def abundances_table(selection: Selection) -> pd.DataFrame:
    """Return the sample (contract `abundances`): the stars left, iron always if it is known."""
    left = selection.funnel.left
    columns: dict[str, Any] = {"star_id": selection.stars["star_id"].to_numpy()[left]}
    carried = [name for name in CARRIED if name not in selection.features]
    for name in [column for n in carried for column in (n, f"{n}_err" if n in QUANTITIES else n)]:
        if name in selection.stars:
            columns[name] = selection.stars[name].to_numpy()[left]
    kept = [*selection.features, *(e for e in ("fe",) if e in selection.measured)]
    for element in dict.fromkeys(kept):
        column, at = column_of(element, selection.ratio), selection.measured.index(element)
        columns[column] = selection.values[left, at]
        columns[f"{column}_err"] = selection.errors[left, at]
        if element in selection.before_trends:
            columns[f"{column}_raw"] = selection.before_trends[element][left]
    measured = [column_of(feature, selection.ratio) for feature in selection.features]
    for name in correlation_columns(measured).values():
        if name in selection.stars:
            columns[name] = selection.stars[name].to_numpy()[left]
    if selection.imputed is not None:
        columns["n_imputed"] = selection.imputed[left]
    return pd.DataFrame(columns)
