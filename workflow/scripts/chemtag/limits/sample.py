"""A sample with its true clusters, as the measures of the limits read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.select.truth import Truth, truth_in
from chemtag.space.sample_width import values_and_errors
from chemtag.survey.abundances import column_of
from chemtag.survey.quantities import features_in


@dataclass(frozen=True)
class Sample:
    """Coordinates (N, D) of a space, their names (D,) and the truth of the same N stars."""

    star_id: npt.NDArray[Any]
    coordinates: Floats
    dimensions: list[str]
    truth: Truth

    @property
    def members(self) -> npt.NDArray[np.bool_]:
        """Whether each star belongs to a cluster (N,)."""
        return self.truth.members


def labelled_sample(space: pd.DataFrame, truth: pd.DataFrame, place: str) -> Sample:
    """The stars of a space table with their truth table; `place` names the latter in messages."""
    star_id = space["star_id"].to_numpy(dtype=object)
    dimensions = [str(name) for name in space if name != "star_id"]
    values = space[dimensions].to_numpy(dtype=float)
    return Sample(star_id, values, dimensions, truth_in(truth, star_id, place))


def errors_in_space(
    space: pd.DataFrame, abundances: pd.DataFrame, error_conversion: str, place: str
) -> Floats:
    """Return the errors (N, D) of the coordinates, in units of the space, rows as `space`.

    All scales are linear, so an error is that of the ratio in dex over the divisor of its column;
    a transform adds the errors of the abundances it mixes in quadrature, as if independent, and
    errors of different coordinates are then correlated, which these numbers do not say.
    Raises `InputProblem` if the tables disagree on the stars or an error is not given.
    """
    aligned = abundances.set_index("star_id").reindex(space["star_id"])
    elements, ratio = features_in(abundances.attrs), abundances.attrs["ratio"]
    if len(abundances) != len(space) or aligned[_columns(elements, ratio)].isna().all(axis=1).any():
        raise InputProblem(
            f"{place}: its {len(abundances)} stars are not the {len(space)} stars of the space; "
            "delete both files and let the stages select and space write them again."
        )
    aligned.attrs = abundances.attrs
    _, converted = values_and_errors(aligned, space.attrs["ratio"], error_conversion, elements)
    if not (converted > 0).all():
        lacking = _columns(elements, space.attrs["ratio"])[int((~(converted > 0)).any(0).argmax())]
        raise InputProblem(
            f"{place}: column {lacking}_err has stars without an error above 0, and tuning by "
            "stability and pair distances need one for each abundance; set cuts/errors/floor."
        )
    scaled = converted / np.asarray(space.attrs["divisor"], dtype=float)
    if space.attrs.get("matrix") is None:
        return scaled
    return np.sqrt(scaled**2 @ np.asarray(space.attrs["matrix"], dtype=float) ** 2)


def _columns(elements: Sequence[str], ratio: str) -> list[str]:
    return [column_of(element, ratio) for element in elements]
