"""Hide published clusters among the field stars of a sample, and count those found again."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.settings import settings_of
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.forecast.injection import PublishedClusters, inject, published_clusters
from chemtag.forecast.summary import summarise
from chemtag.forecast.tagger import scan_rows
from chemtag.forecast.views import tagged_rows
from chemtag.select.truth import truth_in
from chemtag.space.chemical import make_space
from chemtag.space.sample_width import width_of_sample
from chemtag.survey.abundances import column_of, to_ratio

logger = logging.getLogger("chemtag.inject_clusters")


def inject_clusters(
    abundances: Path,
    truth: Path | None,
    means: Path,
    scatter: Path,
    width_scatter: Path | None,
    scores: Path,
    injection: Path,
    space: dict[str, Any],
    n_field: list[int],
    realisations: int,
    grid: dict[str, list],
    headline: str,
    scanned: bool,
    source: str,
    width_settings: dict[str, Any],
    sample: str,
    seed: int,
) -> None:
    """Write the scores of each realisation and number of field stars, and their averages.

    Where the sample is `scanned`, those of the tagger of known width too (`WidthOf`). Members of
    the sample's clusters, where they are known, are left out of the field. Field stars of a
    realisation are drawn without replacement, the fewer among the more.
    """
    field = field_stars(abundances, truth)
    published = published_clusters(
        read_table(means), read_table(scatter), list(field.attrs["elements"]), str(abundances)
    )
    ratio = field.attrs["ratio"]
    columns = [column_of(element, ratio) for element in published.elements]
    values = field[columns].to_numpy(dtype=float)
    errors = field[[f"{name}_err" for name in columns]].to_numpy(dtype=float)
    counts = numbers_of_stars(n_field, values, errors, str(abundances))
    known = None if width_scatter is None else read_table(width_scatter)
    width = WidthOf(published.elements, ratio, space, width_settings, source, known)
    logger.info(
        "%d clusters with %d stars, elements %s, among up to %d of %d field stars",
        len(published.names), int(published.sizes.sum()), ", ".join(published.elements),
        counts[-1], len(field),
    )  # fmt: skip
    rows: list[dict[str, Any]] = []
    for realisation in range(realisations):
        rng = generator_for(seed, "inject_clusters", sample, realisation)
        for row in realisation_rows(published, values, errors, ratio, space, counts, grid, headline,
                                    width if scanned else None, rng):  # fmt: skip
            rows.append({"realisation": realisation, **row})
        logger.info("realisation %d of %d done", realisation + 1, realisations)
    meta = {
        "recipe": f"published clusters in {sample}",
        "clusters": published.names,
        "n_clusters": len(published.names),
        "elements": published.elements,
        "n_elements": len(published.elements),
        "headline": headline,
        "seed": seed,
    }
    each = pd.DataFrame(rows)
    write_table(each, scores, "forecast_scores", meta)
    write_table(summarise(each, len(published.names)), injection, "forecast", meta)


def field_stars(abundances: Path, truth: Path | None) -> pd.DataFrame:
    """Stars of the sample that are in no cluster, as far as clusters are known."""
    table = read_table(abundances, "abundances")
    if truth is None:
        return table
    star_id = table["star_id"].to_numpy(object)
    field = table[~truth_in(read_table(truth, "truth"), star_id, str(truth)).members]
    field.attrs = table.attrs
    return field


def numbers_of_stars(
    asked: list[int], values: np.ndarray, errors: np.ndarray, place: str
) -> list[int]:
    """Numbers of field stars that the sample has, and all of them last."""
    if not (np.isfinite(values).all() and (errors > 0).all()):
        raise InputProblem(
            f"{place}: injection needs a value and an error above 0 for each abundance of the "
            "field stars; set cuts/missing/policy complete and cuts/errors/floor, or remove "
            "limits/injection."
        )
    if len(values) < 10:
        raise InputProblem(
            f"{place}: injection needs field stars; found {len(values)}; use a sample with stars: "
            "all, or remove limits/injection."
        )
    return [*sorted(number for number in asked if number < len(values)), len(values)]


@dataclass(frozen=True)
class WidthOf:
    """Width of a birth cluster for injected and field stars alike, as the config asks for it.

    A width that is learnt from groups starts from quoted errors, and stays with these here.
    """

    elements: list[str]
    ratio: str
    space: dict[str, Any]
    settings: dict[str, Any]
    source: str
    scatter: pd.DataFrame | None

    def of(self, values: np.ndarray, errors: np.ndarray) -> np.ndarray:
        """Covariance (n, E, E) in the ratio of the space, of abundances and errors (n, E)."""
        names = [column_of(element, self.ratio) for element in self.elements]
        table = pd.DataFrame(np.hstack([values, errors]), columns=[*names, *_errors_of(names)])
        table.attrs = {"elements": self.elements, "ratio": self.ratio}
        return width_of_sample(
            table, self.space["ratio"], self.space["error_conversion"], self.settings,
            "published" if self.source == "published" else "quoted", self.scatter,
        ).covariance  # fmt: skip


def _errors_of(names: list[str]) -> list[str]:
    return [f"{name}_err" for name in names]


def realisation_rows(
    published: PublishedClusters,
    values: np.ndarray,
    errors: np.ndarray,
    ratio: str,
    space: dict[str, Any],
    counts: list[int],
    grid: dict[str, list],
    headline: str,
    width: WidthOf | None,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """Scores of one realisation for each number of field stars."""
    drawing, choosing = rng.spawn(2)
    injected = inject(published, values, errors, ratio, drawing)
    order = choosing.permutation(len(values))
    dimensions = [column_of(element, space["ratio"]) for element in published.elements]
    rows = []
    for count in counts:
        chosen = np.sort(order[:count])
        both = np.vstack([injected.values, values[chosen]])
        blur = np.vstack([injected.errors, errors[chosen]])
        converted, blurred = to_ratio(
            both, blur, published.elements, ratio, space["ratio"], None, space["error_conversion"]
        )
        made = make_space(
            converted, blurred, space["scale"], dimensions, space["transform"],
            space.get("components"),
        )  # fmt: skip
        clusters = np.append(injected.clusters, np.full(count, -1))
        where = {"n_field": count, "error_scale": 1.0, "n_elements": len(dimensions)}
        n_clusters = len(published.names)
        found = list(
            tagged_rows(made.coordinates, clusters, n_clusters, settings_of(grid), headline)
        )
        if width is not None:
            found += scan_rows(converted, width.of(both, blur), clusters, n_clusters)
        rows += [{**where, **row} for row in found]
    return rows


if __name__ == "__main__":
    run(inject_clusters, snakemake)
