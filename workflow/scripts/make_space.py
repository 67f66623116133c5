"""Turn the abundances of a sample into the coordinates of a chemical space."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.space.chemical import Space, median_errors
from chemtag.space.chemical import make_space as space_of
from chemtag.space.covariance import loadings_of
from chemtag.survey.abundances import column_of, to_ratio

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
) -> None:
    """Write the chemical space `name`: star_id and one column a dimension; and its errors."""
    table = read_table(abundances, "abundances")
    elements, old_ratio = table.attrs["elements"], table.attrs["ratio"]
    values, blur = to_ratio(
        columns_of(table, [column_of(e, old_ratio) for e in elements]),
        columns_of(table, [f"{column_of(e, old_ratio)}_err" for e in elements]),
        elements,
        old_ratio,
        ratio,
        iron_of(table),
        error_conversion,
    )
    dimensions = [column_of(element, ratio) for element in elements]
    try:
        made = space_of(values, blur, scale, dimensions, transform, components)
    except InputProblem as problem:
        raise InputProblem(f"{abundances}, space {name}: {problem}") from None
    logger.info("%d stars in %d dimensions, %s, %s", *made.coordinates.shape, ratio, scale)
    if made.matrix is not None:
        logger.info("%s: %.3f of the variance kept", transform, made.variance_kept)
    for note in made.notes:
        logger.warning("%s", note)
    meta = {
        "sample": table.attrs.get("sample", ""),
        "space": name,
        "ratio": ratio,
        "scale": scale,
        "transform": transform,
        "dimensions": made.names,
        "abundances": dimensions,
        "unit": made.unit,
        "centre": made.centre.tolist(),
        "divisor": made.scale.tolist(),
        "matrix": None if made.matrix is None else made.matrix.tolist(),
        "variance_kept": made.variance_kept,
        "median_error": numbers_or_none(median_errors(blur)),
        "solar_scale": table.attrs.get("solar_scale", ""),
        "notes": made.notes,
    }
    coordinates = pd.DataFrame(made.coordinates, columns=made.names)
    coordinates.insert(0, "star_id", table["star_id"].to_numpy())
    write_table(coordinates, space, "space", meta)
    shared = 0.0
    if ratio != old_ratio and error_conversion == "quadrature":
        shared = 1.0 if ratio == "x_h" else -1.0
    known = errors_of(table, elements, dimensions, shared, made)
    write_table(known, errors, "space_errors", {**known.attrs, "sample": meta["sample"]})


def errors_of(
    table: pd.DataFrame, elements: list[str], dimensions: list[str], shared: float, made: Space
) -> pd.DataFrame:
    """Return the errors that those of the coordinates follow from (contract `space_errors`).

    Without a known error above 0 for all abundances there are none, and the meta says why.
    """
    sources = [column_of(element, table.attrs["ratio"]) for element in elements]
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
    pairs = [f"{one}_{other}_corr" for one in sources for other in sources]
    found = table[["star_id", *columns, *(name for name in pairs if name in table)]].copy()
    found.attrs = {"sources": sources, "loadings": loadings.tolist(), "absent": ""}
    return found


def columns_of(table: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """Return columns of the table side by side."""
    return table[columns].to_numpy(dtype=float)


def iron_of(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray] | None:
    """Return [Fe/H] and its error, if the table has them."""
    if "fe_h" not in table:
        return None
    return table["fe_h"].to_numpy(), table["fe_h_err"].to_numpy()


def numbers_or_none(values: np.ndarray) -> list[float | None]:
    """Return plain numbers for the meta, None where there is none."""
    return [None if np.isnan(value) else float(value) for value in values]


if __name__ == "__main__":
    run(make_space, snakemake)
