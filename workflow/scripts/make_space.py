"""Turn the features of a sample into the coordinates of a space."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.space.chemical import SIGNAL, Space, median_errors
from chemtag.space.chemical import make_space as space_of
from chemtag.space.covariance import loadings_of
from chemtag.space.sample_width import meta_of, values_and_errors, width_of_sample
from chemtag.space.width import Width
from chemtag.survey.abundances import column_of
from chemtag.survey.quantities import correlation_columns, features_in, is_element

logger = logging.getLogger("chemtag.make_space")


def make_space(
    abundances: Path,
    space: Path,
    errors: Path,
    name: str,
    ratio: str,
    scale: str,
    error_conversion: str,
    transform: str = "none",
    components: int | None = None,
    width: str | None = None,
    width_settings: Mapping[str, Any] | None = None,
    scatter: Path | None = None,
) -> None:
    """Write the space `name`: star_id and one column a dimension; and its errors.

    For the scale signal `width` is the source of the width of a birth cluster, `width_settings` the
    block of the config, `scatter` the table of published scatters.
    """
    table = read_table(abundances, "abundances")
    features, old_ratio = features_in(table.attrs), table.attrs["ratio"]
    values, blur = values_and_errors(table, ratio, error_conversion, features)
    dimensions = [column_of(feature, ratio) for feature in features]
    try:
        known_width = None
        if scale == SIGNAL:
            known_width = width_of(table, ratio, error_conversion, width, width_settings, scatter)
        made = space_of(
            values, blur, scale, dimensions, transform, components,
            None if known_width is None else known_width.covariance,
        )  # fmt: skip
    except InputProblem as problem:
        raise InputProblem(f"{abundances}, space {name}: {problem}") from None
    notes = [*made.notes, *(known_width.notes if known_width is not None else [])]
    log_space(made, known_width, notes)
    meta = {
        "space": name, "ratio": ratio, "scale": scale, "transform": transform,
        "sample": table.attrs.get("sample", ""), "abundances": dimensions,
        "solar_scale": table.attrs.get("solar_scale", ""), "notes": notes,
        **meta_of_space(made, blur),
    }  # fmt: skip
    meta |= {} if known_width is None else {"width": meta_of(known_width)}
    coordinates = pd.DataFrame(made.coordinates, columns=made.names)
    coordinates.insert(0, "star_id", table["star_id"].to_numpy())
    write_table(coordinates, space, "space", meta)
    shared = share_of_iron(old_ratio, ratio, error_conversion)
    known = errors_of(table, features, dimensions, shared, made)
    write_table(known, errors, "space_errors", {**known.attrs, "sample": meta["sample"]})


def share_of_iron(old: str, ratio: str, error_conversion: str) -> float:
    """Return how often the error of iron is added to each abundance by a change of ratio."""
    if ratio == old or error_conversion != "quadrature":
        return 0.0
    return 1.0 if ratio == "x_h" else -1.0


def log_space(made: Space, width: Width | None, notes: list[str]) -> None:
    """Say in the log what the space is and what a user should know."""
    logger.info("%d stars in %d dimensions, unit %r", *made.coordinates.shape, made.unit)
    if made.matrix is not None:
        logger.info("%.3f of the variance kept", made.variance_kept)
    if width is not None:
        logger.info("width: %s", width.basis)
    for note in notes:
        logger.warning("%s", note)


def errors_of(
    table: pd.DataFrame, features: list[str], dimensions: list[str], shared: float, made: Space
) -> pd.DataFrame:
    """Return the errors that those of the coordinates follow from (contract `space_errors`).

    Without a known error above 0 for all features there are none, and the meta says why.
    """
    sources = [column_of(feature, table.attrs["ratio"]) for feature in features]
    shared *= any(map(is_element, features))
    if shared and "fe_h" not in sources:
        sources.append("fe_h")
    columns = [f"{source}_err" for source in sources]
    lacking = [name for name in columns if not (table[name] > 0).all()]
    found = table[["star_id"]].copy()
    if lacking:
        found.attrs = {"sources": [], "loadings": [], "absent": f"no error in {lacking[0]}"}
        logger.info("no covariance of the errors: %s has stars without an error", lacking[0])
        return found
    loadings = loadings_of(sources, dimensions, shared, made.scale, made.matrix)
    pairs = correlation_columns(sources).values()
    found = table[["star_id", *columns, *(name for name in pairs if name in table)]].copy()
    found.attrs = {"sources": sources, "loadings": loadings.tolist(), "absent": ""}
    return found


def meta_of_space(made: Space, errors: np.ndarray) -> dict[str, Any]:
    """Return what the table says of the map from abundances to coordinates."""
    return {
        "dimensions": made.names,
        "unit": made.unit,
        "centre": made.centre.tolist(),
        "divisor": made.scale.tolist(),
        "matrix": None if made.matrix is None else made.matrix.tolist(),
        "variance_kept": made.variance_kept,
        "median_error": numbers_or_none(median_errors(errors)),
    }


def width_of(
    table: pd.DataFrame,
    ratio: str,
    error_conversion: str,
    source: Any,
    settings: Mapping[str, Any] | None,
    scatter: Path | None,
) -> Width:
    """Return the width that the scale signal divides by."""
    published = None if scatter is None else read_table(scatter)
    return width_of_sample(table, ratio, error_conversion, settings or {}, source, published)


def numbers_or_none(values: np.ndarray) -> list[float | None]:
    """Return plain numbers for the meta, None where there is none."""
    return [None if np.isnan(value) else float(value) for value in values]


if __name__ == "__main__":
    run(make_space, snakemake)
