"""Features and labels out of a table, as the config names them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.predict.guards import (
    numbers_of,
    refuse_codes,
    refuse_constant,
    refuse_copies,
    refuse_infinite,
    refuse_target,
    without_codes,
)
from chemtag.predict.protocol import Labelled, Layout, Observed


@dataclass(frozen=True)
class Features:
    """Which columns of a table the features are made of.

    columns: features that are columns. colours: pairs of columns whose difference is a feature.
    errors: column of the standard error of a column. missing: codes for missing values by column,
    `all` for every column. measured: columns whose values are real however odd. star_id: column.
    """

    columns: tuple[str, ...]
    colours: tuple[tuple[str, str], ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, Sequence[float]] = field(default_factory=dict)
    measured: tuple[str, ...] = ()
    star_id: str = "star_id"

    @property
    def layout(self) -> Layout:
        """How measured columns become features; raises InputProblem for a repeated feature."""
        names = [*self.columns, *(f"{one} - {other}" for one, other in self.colours)]
        for name in names:
            if names.count(name) > 1:
                raise InputProblem(f"predict/features: {name!r} is listed twice; list it once.")
        if not names:
            raise InputProblem("predict/features: no feature is listed; list columns or colours.")
        used = list(dict.fromkeys([*self.columns, *(c for pair in self.colours for c in pair)]))
        unknown = sorted(set(self.errors) - set(used))
        if unknown:
            raise InputProblem(
                f"predict/features/errors: {unknown[0]!r} is the error of no feature; found "
                f"features {', '.join(used)}."
            )
        first = [used.index(c) for c in self.columns] + [used.index(a) for a, _ in self.colours]
        second = [-1] * len(self.columns) + [used.index(b) for _, b in self.colours]
        return Layout(tuple(used), tuple(names), np.array(first), np.array(second))

    @property
    def needed(self) -> list[str]:
        """Columns of a table that prediction needs."""
        return list(dict.fromkeys([self.star_id, *self.layout.columns, *self.errors.values()]))

    def as_json(self) -> dict[str, Any]:
        """Return the features as plain values."""
        return asdict(self)


def features_from(values: Mapping[str, Any]) -> Features:
    """Return the features of a config block or of `Features.as_json`."""
    return Features(
        tuple(values.get("columns", ())),
        tuple((one, other) for one, other in values.get("colours", ())),
        dict(values.get("errors", {})),
        {name: tuple(map(float, codes)) for name, codes in values.get("missing", {}).items()},
        tuple(values.get("measured", ())),
        values.get("star_id", "star_id"),
    )


def observed_of(table: pd.DataFrame, features: Features, place: str) -> Observed:
    """Return the stars of a table; `place` names it in messages.

    Values whose error is given for other stars but not for this one are missing: archives write a
    magnitude without an error for an upper limit. Raises InputProblem for absent columns, text,
    infinities and negative errors.
    """
    layout = features.layout
    values = np.empty((len(table), len(layout.columns)))
    errors = np.full_like(values, np.nan) if features.errors else None
    for at, name in enumerate(layout.columns):
        column = without_codes(numbers_of(table, name, place), name, features.missing)
        refuse_infinite(column, name, place)
        if errors is not None and name in features.errors:
            error_name = features.errors[name]
            error = without_codes(
                numbers_of(table, error_name, place), error_name, features.missing
            )
            _refuse_bad_errors(error, error_name, place)
            errors[:, at] = error
            column = np.where(np.isfinite(error), column, np.nan)
        values[:, at] = column
    if features.star_id not in table.columns:
        raise InputProblem(
            f"{place}: column {features.star_id!r} is missing; name the column of identifiers in "
            "predict/star_id."
        )
    if table[features.star_id].dtype.kind == "f":
        raise InputProblem(
            f"{place}: identifiers in {features.star_id!r} are floating-point numbers, which "
            "cannot tell long ones apart; save them as integers or text, none missing."
        )
    star_id = table[features.star_id].astype(str).to_numpy(dtype=object)
    return Observed(star_id, values, layout, errors)


def _refuse_bad_errors(error: np.ndarray, name: str, place: str) -> None:
    refuse_infinite(error, name, place)
    negative = int((error < 0).sum())
    if negative:
        raise InputProblem(
            f"{place}: column {name!r} holds {negative} negative errors, the first "
            f"{error[error < 0][0]:g}; name such codes in predict/missing."
        )


def labelled_of(
    table: pd.DataFrame,
    features: Features,
    target: str,
    place: str,
    group: str | None = None,
    weight: str | None = None,
) -> Labelled:
    """Return the stars of a training table that have a label.

    group: column that is equal for the rows of one star; without it each row is a star. weight:
    column of weights. Refused with InputProblem: the target among the features, also under another
    name; constant or empty features; undeclared codes; repeated identifiers; weights below zero.
    """
    layout = features.layout
    refuse_target(layout.columns, target, place)
    stars = observed_of(table, features, place)
    label = without_codes(numbers_of(table, target, place), target, features.missing)
    refuse_infinite(label, target, place)
    for name, column in (*zip(layout.columns, stars.values.T, strict=True), (target, label)):
        if name not in features.measured:
            refuse_codes(column, name, place)
    known = np.isfinite(label)
    if not known.any():
        raise InputProblem(f"{place}: no star has the label {target!r}; correct predict/target.")
    if np.ptp(label[known]) == 0:
        raise InputProblem(
            f"{place}: the label {target!r} is {label[known][0]:g} for every star, so there is "
            "nothing to learn; correct predict/target or loosen predict/cuts."
        )
    repeated = table[features.star_id][known].duplicated()
    if repeated.any():
        raise InputProblem(
            f"{place}: {int(repeated.sum())} identifiers in {features.star_id!r} are repeated, the "
            f"first {table[features.star_id][known][repeated].iloc[0]!r}; give each row one of its "
            "own and name the column that joins rows of one star in predict/group."
        )
    made = stars.features[known]
    for name, feature in zip(layout.names, made.T, strict=True):
        refuse_constant(feature, name, place)
    refuse_copies(made, layout.names, label[known], target, place)
    groups = _groups(table, group, stars.star_id, place)
    weights = None if weight is None else _weights(table, weight, place)
    return Labelled(stars, label, groups, weights).take(known).in_order()


def _groups(table: pd.DataFrame, group: str | None, star_id: np.ndarray, place: str) -> np.ndarray:
    if group is None:
        return star_id.astype(str)
    if group not in table.columns:
        raise InputProblem(
            f"{place}: column {group!r} is missing; predict/group names the column that joins the "
            "rows of one star."
        )
    if table[group].isna().any():
        raise InputProblem(
            f"{place}: column {group!r} is empty for {int(table[group].isna().sum())} rows; every "
            "row needs the star it belongs to (predict/group)."
        )
    return table[group].astype(str).to_numpy(dtype=str)


def _weights(table: pd.DataFrame, weight: str, place: str) -> np.ndarray:
    values = numbers_of(table, weight, place)
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise InputProblem(
            f"{place}: column {weight!r} holds weights that are not positive numbers; correct "
            "predict/weight."
        )
    return values
