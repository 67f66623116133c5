"""Values that cannot vet a group whatever they say: tagging dimensions, impossible numbers."""

from collections.abc import Sequence

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.types import Bools, Floats
from chemtag.vet.quantities import QUANTITIES

# Rank correlation above which two columns are one.
SAME = 0.9999


def refuse_dimension(
    values: Floats, dimensions: Floats, names: Sequence[str], value: str, place: str
) -> None:
    """Raise `InputProblem` if the values (N,) are one of the tagging dimensions (N, D).

    Compared by rank, so in whatever unit: a rank correlation above 0.9999 is the dimension itself.
    """
    for name, dimension in zip(names, dimensions.T, strict=True):
        both = np.isfinite(values) & np.isfinite(dimension)
        if both.sum() < 8:
            continue
        alike = abs(np.corrcoef(_ranks(values[both]), _ranks(dimension[both]))[0, 1])
        if alike > SAME:
            raise InputProblem(
                f"{place}/values/{value} orders the stars as the tagging dimension {name!r} does "
                f"(rank correlation {alike:.5f}); what made the groups cannot vet them: take it "
                "out here or out of the space."
            )


def _ranks(values: Floats) -> Floats:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(float)


def refuse_units(values: Floats, quantity: str, value: str, place: str) -> None:
    """Raise `InputProblem` for values (N,) that no star has, as ages in years."""
    known = values[np.isfinite(values)]
    limit = QUANTITIES[quantity].largest
    beyond = known[np.abs(known) > limit]
    if not len(beyond):
        return
    unit = QUANTITIES[quantity].units[value]
    remedy = f"convert the column to {unit}"
    if quantity == "age" and np.median(known) > 1e5:
        remedy = "it seems to be in years: divide it by 1e9, or give the column its unit"
    elif quantity == "age" and np.median(known) > limit:
        remedy = "it seems to be in Myr: divide it by 1000, or give the column its unit"
    raise InputProblem(
        f"{place}/values/{value} holds {beyond[0]:g}, expected at most {limit:g} {unit}; {remedy}."
    )


def refuse_places(places: Floats, columns: Sequence[str], place: str) -> None:
    """Raise `InputProblem` for ra, dec (N, 2) off the sky in degrees; missing ones are passed.

    `columns` names the two, `place` says whose they are.
    """
    for at, limit, words in (
        (1, 90.0, "a declination from -90 to 90"),
        (0, 360.0, "a right ascension from -360 to 360"),
    ):
        values = places[:, at]
        beyond = values[np.isfinite(values) & (np.abs(values) > limit)]
        if len(beyond):
            raise InputProblem(
                f"{place}: column {columns[at]!r} holds {beyond[0]:g}, expected {words} degrees; "
                "check that the columns of ra and dec are not swapped and are in degrees, or list "
                "a number that stands for none under missing."
            )


def usable(errors: Floats) -> Bools:
    """Return which errors (N,) are finite and positive: others are none."""
    return np.isfinite(errors) & (errors > 0)
