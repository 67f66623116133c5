"""The width of a birth cluster for the stars of a sample, as the config asks for it.

From abundances in the catalogue's ratio to the covariance of a member about its cluster's centre
in the ratio of a space. It reads no truth: `other_clusters` (`chemtag.space.width_clusters`) does,
and is no source that a blind tagger may take.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.space.width import Width, common_mode, published_width, quoted_width
from chemtag.survey.abundances import column_of, to_ratio

Blind = Literal["quoted", "published"]


def width_of_sample(
    abundances: pd.DataFrame,
    ratio: str,
    error_conversion: str,
    settings: Mapping[str, Any],
    source: Blind,
    scatter: pd.DataFrame | None = None,
) -> Width:
    """Return the width (N, D, D) in dex^2 of the stars of `abundances`, in `ratio`.

    `settings` is the block `width` of the config: `scatter` (dex, of the source quoted) and
    `correlation` with `share` and `loadings` of a common mode of the errors, which stands where the
    catalogue gives no correlation of a pair (columns `mg_fe_si_fe_corr`). `scatter` is the table
    of published scatters within clusters (element, scatter), which the source published needs.
    Errors of a common iron abundance that a change of ratio brings in are shared by all abundances
    of the star. Raises `InputProblem` as `quoted_width` and `published_width` do.
    """
    elements, old = list(abundances.attrs["elements"]), str(abundances.attrs["ratio"])
    names = [column_of(element, ratio) for element in elements]
    _, converted = values_and_errors(abundances, ratio, error_conversion)
    correlation, assumed = assumed_correlation(settings.get("correlation") or {}, elements)
    correlation, assumed = catalogue_correlation(
        abundances, [column_of(e, old) for e in elements], correlation, assumed
    )
    if source == "published":
        if scatter is None:
            raise ValueError("the published width needs a table of scatters")
        known = dict(zip(scatter["element"].astype(str), scatter["scatter"], strict=True))
        cited = str(scatter.attrs.get("source", "the table of the config"))
        width = published_width(
            converted, names, elements, ratio, known, cited, correlation, assumed
        )  # fmt: skip
    else:
        width = quoted_width(converted, names, correlation, assumed, float(settings["scatter"]))
    if old == ratio or error_conversion == "unchanged" or "fe_h" not in abundances:
        return width
    errors = columns(abundances, [f"{column_of(e, old)}_err" for e in elements])
    iron_error = abundances["fe_h_err"].to_numpy(dtype=float)
    wrong = outer(converted, correlation)
    right = to_other_ratio(outer(errors, correlation), elements, ratio, iron_error)
    return replace(width, covariance=width.covariance - wrong + right)


def values_and_width(
    table: pd.DataFrame,
    ratio: str,
    error_conversion: str,
    settings: Mapping[str, Any],
    source: str,
    scatter: pd.DataFrame | None,
) -> tuple[Floats, Width]:
    """Abundances (N, D) of a sample in `ratio`, and the width that a scan goes by or starts from.

    `self` starts from quoted errors. Raises `InputProblem` as `width_of_sample` does.
    """
    values, _ = values_and_errors(table, ratio, error_conversion)
    blind: Blind = "published" if source == "published" else "quoted"
    return values, width_of_sample(table, ratio, error_conversion, settings, blind, scatter)


def values_and_errors(
    table: pd.DataFrame,
    ratio: str,
    error_conversion: str,
    features: Sequence[str] | None = None,
) -> tuple[Floats, Floats]:
    """Values and errors (N, D) of a sample in `ratio`: of its elements, or of `features`.

    `table` is of contract `abundances`, in the ratio of its meta. Raises `InputProblem` as
    `to_ratio` does.
    """
    wanted = list(table.attrs["elements"] if features is None else features)
    names = [column_of(feature, table.attrs["ratio"]) for feature in wanted]
    iron = None
    if "fe_h" in table:
        iron = (table["fe_h"].to_numpy(dtype=float), table["fe_h_err"].to_numpy(dtype=float))
    return to_ratio(
        columns(table, names), columns(table, [f"{name}_err" for name in names]), wanted,
        table.attrs["ratio"], ratio, iron, error_conversion,
    )  # fmt: skip


def columns(table: pd.DataFrame, names: Sequence[str]) -> Floats:
    """Return columns (N, D) of the table side by side."""
    return table[list(names)].to_numpy(dtype=float)


def outer(errors: Floats, correlation: Floats | None) -> Floats:
    """Covariances (N, D, D) of errors (N, D), correlation (D, D) or (N, D, D), none if None."""
    matrix = np.eye(errors.shape[1]) if correlation is None else correlation
    return errors[:, :, None] * matrix * errors[:, None, :]


def assumed_correlation(
    settings: Mapping[str, Any], elements: Sequence[str]
) -> tuple[Floats | None, str]:
    """Correlation (D, D) that the config assumes between errors, None for none, and its name."""
    share, loadings = float(settings.get("share", 0)), settings.get("loadings", {})
    if share == 0 or not loadings:
        return None, "none"
    return common_mode(loadings, share, elements), f"a common mode of {share:.0%} (config)"


def catalogue_correlation(
    abundances: pd.DataFrame, names: Sequence[str], assumed: Floats | None, basis: str
) -> tuple[Floats | None, str]:
    """Correlation (N, D, D) of the errors of the columns `names` where the catalogue gives one.

    A pair or star without takes what is `assumed` (D, D). Without any column that is returned.
    Raises `InputProblem` where no errors can have the correlations.
    """
    given = [
        (i, j, pair)
        for i, one in enumerate(names)
        for j, other in enumerate(names)
        if i != j and (pair := f"{one}_{other}_corr") in abundances
    ]
    if not given:
        return assumed, basis
    full = np.eye(len(names)) if assumed is None else assumed
    turn = np.tile(full, (len(abundances), 1, 1))
    for i, j, pair in given:
        values = abundances[pair].to_numpy(dtype=float)
        turn[:, i, j] = turn[:, j, i] = np.where(np.isnan(values), full[i, j], values)
    wrong = np.linalg.eigvalsh(turn)[:, 0] <= 0
    if wrong.any():
        pairs = ", ".join(pair for *_, pair in given)
        raise InputProblem(
            f"the correlations of {pairs}, with those assumed in width/correlation, are none that "
            f"errors can have (a matrix of them is not positive definite) for {int(wrong.sum())} "
            f"of {len(wrong)} stars; correct the columns or the config."
        )
    return turn, f"catalogue's of {len(given)} pairs, else {basis}"


def to_other_ratio(
    covariance: Floats, elements: Sequence[str], ratio: str, iron_error: Floats
) -> Floats:
    """Covariances (N, D, D) of abundances turned from the other ratio into `ratio`.

    [X/H] = [X/Fe] + [Fe/H], [X/Fe] = [X/H] - [Fe/H]: iron adds its error `iron_error` (N,) to all
    abundances of a star, as one of the `elements` with its own covariances, else as independent.
    """
    sign = 1.0 if ratio == "x_h" else -1.0
    others = np.array([float(element != "fe") for element in elements])
    if "fe" not in elements:
        return covariance + iron_error[:, None, None] ** 2
    turn = np.eye(len(elements))
    turn[:, list(elements).index("fe")] += sign * others
    return np.einsum("ij,njk,lk->nil", turn, covariance, turn)


def width_in_space(width: Width, divisor: Sequence[float], matrix: Any = None) -> Floats:
    """Return the width (N, K, K) in the coordinates of a space, which are linear in abundances.

    `divisor` (D,) in dex and `matrix` (D, K), or None, are those of the space.
    """
    scale = np.asarray(divisor, dtype=float)
    covariance = width.covariance / np.outer(scale, scale)
    if matrix is None:
        return covariance
    turn = np.asarray(matrix, dtype=float)
    return np.einsum("dk,...de,el->...kl", turn, covariance, turn)


def meta_of(width: Width) -> dict[str, Any]:
    """What a table says of the width it rests on."""
    return {
        "source": width.source,
        "basis": width.basis,
        "deviation": {name: float(d) for name, d in zip(width.names, width.deviation, strict=True)},
        "notes": list(width.notes),
    }
