"""Predicted labels of a catalogue, with their errors and what they derive from."""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table
from chemtag.base.types import Floats

# A coarser label tells no two birth clusters apart, while its errors follow its features from star
# to star, so that stars of equal colours look like siblings.
COARSEST_DEX = 0.05
CONTRACT = "catalogue_predictions"


@dataclass(frozen=True)
class Predicted:
    """Labels that a predictor gives to the stars of a catalogue, in its order.

    star_id (N,) text; value, error (N,) float64 in `unit`, NaN where the star is out of domain.
    """

    star_id: np.ndarray
    value: Floats
    error: Floats
    derived_from: tuple[str, ...]
    unit: str


def error_of_interval(low: Floats, high: Floats, level: float) -> Floats:
    """Return the standard error (N,) whose Gaussian interval of `level` is as wide."""
    return (high - low) / (2 * NormalDist().inv_cdf((1 + level) / 2))


def predicted_labels(path: str | Path) -> Predicted:
    """Read a table of `predict/{task}.catalogue.parquet`; raise `InputProblem` for any other."""
    table = read_table(path)
    meta = table.attrs
    if meta.get("contract") != CONTRACT:
        raise InputProblem(
            f"{path}: is no catalogue of predicted labels (contract {meta.get('contract')!r}, "
            f"expected {CONTRACT!r}); make it with predict/<task>/apply."
        )
    known = table["in_domain"].to_numpy(dtype=bool)
    value, error = (
        np.where(known, table[name].to_numpy(dtype=float), np.nan) for name in ("value", "error")
    )
    star_id = table["star_id"].to_numpy(dtype=object)
    unit = str(meta.get("predictor", {}).get("unit", ""))
    return Predicted(star_id, value, error, tuple(meta["derived_from"]), unit)


def derived_from(path: str | Path) -> tuple[str, ...] | None:
    """Return what the meta of a table of this project says that its labels derive from.

    None for a table that says nothing, as a user's own. Only the head of a parquet file is read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        meta = pq.read_schema(path).metadata or {}
        said = json.loads(meta.get(b"chemtag", b"{}")).get("derived_from")
    except (pa.ArrowException, OSError, ValueError, AttributeError):
        return None
    return None if said is None else tuple(said)


def refuse_as_dimension(error: Floats, name: str, place: str, unit: str = "dex") -> None:
    """Raise `InputProblem` if a predicted label is no dimension of a chemical space.

    error: (N,) standard errors, those of 68 % intervals. Refused: labels coarser than
    `COARSEST_DEX` in the median, labels without errors, and labels in another unit than dex.
    """
    finite = np.asarray(error, dtype=float)
    finite = finite[np.isfinite(finite)]
    if unit != "dex":
        raise InputProblem(
            f"{place}: {name!r} is a predicted label in {unit or 'no unit'}, expected dex, as "
            "dimensions of a chemical space are; select by it instead (cuts/windows)."
        )
    if not len(finite):
        raise InputProblem(
            f"{place}: {name!r} is a predicted label without errors; name their column."
        )
    median = float(np.median(finite))
    if median > COARSEST_DEX:
        raise InputProblem(
            f"{place}: {name!r} is a predicted label with a median error of {median:.3f} dex, "
            f"expected at most {COARSEST_DEX:g} for a dimension of a chemical space: stars of "
            "equal features would be taken for siblings; select by it instead (cuts/windows)."
        )
