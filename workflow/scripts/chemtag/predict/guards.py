"""Columns that would spoil a label transfer without a word, refused with one sentence."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.survey.suspects import repeated_far

# Numbers that catalogues write where nothing is measured.
CODES = (
    0.0, -1.0, 9.99, -9.99, 9.999, 99.0, -99.0, 99.9, -99.9, 99.99, -99.99, 99.999, 999.0, -999.0,
    999.9, 999.99, 999.999, -999.9, -999.99, 9999.0, -9999.0, 9999.99, -9999.99, 99999.0, -99999.0,
)  # fmt: skip
ENDINGS = ("err", "error", "uncertainty", "low", "high", "lower", "upper")
# Values repeated this often, and this many times as often as any other, are no measurement.
REPEATED, TIMES = 8, 5


def numbers_of(table: pd.DataFrame, name: str, place: str) -> np.ndarray:
    """Return column `name` as float64 (N,); raise InputProblem if it is absent or not numbers."""
    if name not in table.columns:
        found = ", ".join(map(str, table.columns[:12]))
        raise InputProblem(
            f"{place}: column {name!r} is missing; found {found}; correct predict/features."
        )
    try:
        return table[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        numeric = pd.to_numeric(table[name], errors="coerce")
        text = table[name][numeric.isna() & table[name].notna()]
        first = text.iloc[0] if len(text) else table[name].iloc[0]
        raise InputProblem(
            f"{place}: column {name!r} holds text ({first!r}), expected numbers; take it off "
            "predict/features or turn it into a number."
        ) from None


def refuse_infinite(values: np.ndarray, name: str, place: str) -> None:
    """Raise InputProblem if any value is infinite."""
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise InputProblem(
            f"{place}: column {name!r} holds {infinite} infinite values, expected finite ones; "
            "make them missing (NaN)."
        )


def refuse_constant(values: np.ndarray, name: str, place: str) -> None:
    """Raise InputProblem if a feature of the training stars is empty or has one value only."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        raise InputProblem(
            f"{place}: feature {name!r} is missing for every star; take it off predict/features."
        )
    if finite.min() == finite.max():
        raise InputProblem(
            f"{place}: feature {name!r} is {finite[0]:g} for every star and teaches nothing; take "
            "it off predict/features."
        )


def refuse_codes(values: np.ndarray, name: str, place: str) -> None:
    """Raise InputProblem if the column seems to hold codes for missing values; warn of others.

    A number of CODES counts as one if it stands apart from all other values (more than the width
    of their central 90 % beyond it), or inside their range as often as no measurement would.
    """
    finite = values[np.isfinite(values)]
    for code in CODES:
        is_code = finite == code
        count = int(is_code.sum())
        others = finite[~is_code]
        if count and len(others) >= REPEATED and _stands_out(code, count, others):
            raise InputProblem(
                f"{place}: column {name!r} is {code:g} for {count} stars, which looks like a code "
                f"for a missing value; write predict/missing: {{{name}: [{code:g}]}}, or "
                f"predict/measured: [{name}] if the value is real."
            )
    found = repeated_far(finite)
    if found is not None:
        logger.warning(
            "%s: column %r is exactly %g for %d stars, far from all others; if it means 'missing', "
            "write predict/missing: {%s: [%g]}",
            place,
            name,
            found.value,
            found.count,
            name,
            found.value,
        )


def _stands_out(code: float, count: int, others: np.ndarray) -> bool:
    low, high = np.quantile(others, [0.05, 0.95])
    width = max(high - low, np.finfo(float).eps * max(abs(low), abs(high)))
    if code < low - width or code > high + width:
        return True
    inside = others.min() < code < others.max()
    most = np.unique(others, return_counts=True)[1].max()
    return bool(inside and count >= REPEATED and count >= TIMES * most)


def refuse_target(columns: Iterable[str], target: str, place: str) -> None:
    """Raise InputProblem if the target, or its error or interval, is among the columns."""
    made = {target, *(f"{target}_{ending}" for ending in ENDINGS)}
    made |= {f"{ending}_{target}" for ending in ENDINGS}
    for name in columns:
        if name in made:
            raise InputProblem(
                f"{place}: the target {target!r} is among the features (column {name!r}); a label "
                "cannot be learnt from itself: take it off predict/features."
            )


def refuse_copies(
    features: np.ndarray, names: Sequence[str], label: np.ndarray, target: str, place: str
) -> None:
    """Raise InputProblem if a feature (N, D) is the label (N,) under another name.

    A copy is what has a rank correlation above 0.9999 with it, in whatever unit.
    """
    for name, feature in zip(names, features.T, strict=True):
        both = np.isfinite(feature) & np.isfinite(label)
        if both.sum() < REPEATED:
            continue
        ranks = pd.DataFrame({"feature": feature[both], "label": label[both]}).rank()
        likeness = float(np.corrcoef(ranks["feature"], ranks["label"])[0, 1])
        if abs(likeness) > 0.9999:
            raise InputProblem(
                f"{place}: feature {name!r} orders the stars as the target {target!r} does (rank "
                f"correlation {likeness:.5f}), so it is the label under another name; take it off "
                "predict/features."
            )


def without_codes(
    values: np.ndarray, name: str, missing: Mapping[str, Sequence[float]]
) -> np.ndarray:
    """Return values (N,) with the codes of predict/missing, its own and those of `all`, as NaN."""
    codes = [*missing.get("all", ()), *missing.get(name, ())]
    # A catalogue in single precision holds 9.99 as 9.98999977.
    is_code = np.zeros(len(values), dtype=bool)
    for code in codes:
        is_code |= np.isclose(values, code, rtol=1e-6, atol=0.0)
    return np.where(is_code, np.nan, values)
