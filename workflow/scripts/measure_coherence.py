"""Measure the scatter within clusters, element by element, and between them."""

import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd

from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.score.coherence import ClusterCoherence, cluster_coherence, element_coherence
from chemtag.select.truth import truth_in

logger = logging.getLogger("chemtag.measure_coherence")


def measure_coherence(
    abundances: Path,
    truth: Path,
    coherence: Path,
    elements: Path,
    sample: str,
    seed: int,
    draws: int,
) -> None:
    """Write the statistics of each cluster and element, and of each element over the clusters."""
    stars = read_table(abundances, "abundances")
    columns = [name for name in stars if re.fullmatch("[a-z][a-z0-9]*_(fe|h)", name)]
    known = truth_in(read_table(truth, "truth"), stars["star_id"].to_numpy(object), str(truth))
    names, code = list(known.names), known.clusters
    values = stars[columns].to_numpy(np.float64)
    given = {f"{name}_err": stars.get(f"{name}_err", np.nan) for name in columns}
    errors = pd.DataFrame(given, index=stars.index).to_numpy(np.float64)
    logger.info(
        "%d members in %d clusters, %d elements", (code >= 0).sum(), len(names), len(columns)
    )
    measured = cluster_coherence(values, errors, code)
    write_table(cluster_rows(measured, names, columns), coherence, "coherence", stars.attrs)
    generator = generator_for(seed, "measure_coherence", sample)
    summary = element_coherence(measured, generator, draws)
    fields = {name: getattr(summary, name) for name in summary.__dataclass_fields__}
    over_stars = {
        "element": columns,
        "sample_mean": [mean_of(values[:, i]) for i in range(len(columns))],
        "median_error": [median_of(errors[:, i]) for i in range(len(columns))],
    }
    write_table(pd.DataFrame(over_stars | fields), elements, "elements", stars.attrs)


def cluster_rows(
    measured: ClusterCoherence, clusters: list[str], columns: list[str]
) -> pd.DataFrame:
    """Return the arrays (clusters, elements) as one row a cluster and element."""
    fields = {name: getattr(measured, name).ravel() for name in measured.__dataclass_fields__}
    names = {"cluster": np.repeat(clusters, len(columns)), "element": columns * len(clusters)}
    return pd.DataFrame(names | fields)


def mean_of(values: np.ndarray) -> float:
    """Return the mean of the finite values, NaN without any."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else np.nan


def median_of(values: np.ndarray) -> float:
    """Return the median of the finite values, NaN without any."""
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else np.nan


if __name__ == "__main__":
    run(measure_coherence, snakemake)
