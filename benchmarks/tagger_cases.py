"""Samples that the tagger of known width is measured on: simulated ones, and of real giants."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from chemtag.base.seeds import generator_for  # noqa: E402
from chemtag.forecast.injection import PublishedClusters, inject, published_clusters  # noqa: E402
from chemtag.forecast.realisations import draw_realisation  # noqa: E402
from chemtag.space.signal import signal_space  # noqa: E402
from chemtag.space.width import common_mode, published_width, quoted_width  # noqa: E402
from chemtag.survey.simulation import (  # noqa: E402
    field_model,
    member_model,
    noise_model,
    simulate_survey,
)

ELEMENTS = ["mg", "al", "si", "s", "k", "ca", "cr", "mn", "fe", "ni"]
"""Elements of the real giants with a published scatter within clusters."""


@dataclass(frozen=True)
class Case:
    """One sample: values (N, D), width, errors (D,) to scale by for HDBSCAN, true codes (N,)."""

    values: np.ndarray
    width: np.ndarray
    scale: np.ndarray
    clusters: np.ndarray

    @property
    def n_clusters(self) -> int:
        return int(self.clusters.max(initial=-1)) + 1


def signal_of(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates and variance of a sample in its signal space."""
    signal = signal_space(case.values, case.width)
    return signal.coordinates, signal.variance


def plain_case(recipe: dict[str, Any], n_field: int, seed: int) -> Case:
    """Plain observation of a recipe; the width is the true one."""
    survey = draw_realisation(recipe, n_field, generator_for(seed, "compare"))
    noise = noise_model(recipe).covariance
    elements = np.arange(len(recipe["elements"]))
    return Case(
        survey.observed(n_field, 1.0, elements),
        member_model(recipe).covariance + noise,
        np.sqrt(np.diag(noise)),
        survey.codes(n_field),
    )


def field_case(recipe: dict[str, Any], n_field: int, seed: int) -> Case:
    """Field stars of a recipe without a cluster; the width is the true one."""
    noise = noise_model(recipe)
    rng = generator_for(seed, "benchmark", "field only", n_field)
    values, _ = field_model(recipe).convolved(noise).draw(rng, n_field)
    width = member_model(recipe).covariance + noise.covariance
    return Case(values, width, np.ones(values.shape[1]), np.full(n_field, -1))


def observed_case(
    recipe: dict[str, Any],
    n_field: int,
    seed: int,
    snr: float = 70,
    teff: tuple[float, float] = (4000, 5200),
    told: bool = True,
) -> Case:
    """Full observation; the width is `quoted`: each star's errors times the recipe's correlation.

    Tagged are stars as the shipped config cuts them (S/N, Teff, log g, [Fe/H], complete), or those
    of a higher S/N and a narrower window in Teff; clusters are those of five stars before that.
    Without `told` the errors are taken as independent.
    """
    survey = simulate_survey(recipe, generator_for(seed, "benchmark"), n_field=n_field)
    ratio = [f"{e}_h" if e == "fe" else f"{e}_fe" for e in recipe["elements"]]
    stars = survey.stars.merge(survey.members[["star_id", "cluster"]], on="star_id", how="left")
    kept = stars[ratio].notna().all(axis=1) & (stars["snr"] >= 70)
    windows = (("teff", 4000, 5200), ("logg", 1.0, 3.3), ("fe_h", -0.9, 0.5))
    for column, low, high in windows:
        kept &= stars[column].between(low, high)
    stars = stars[kept].sort_values("star_id")
    names = stars["cluster"].fillna("").to_numpy(dtype=str)
    inside = ((stars["snr"] >= snr) & stars["teff"].between(*teff)).to_numpy()
    sizes = pd.Series(names[names != ""]).value_counts()
    known = {name: k for k, name in enumerate(sorted(sizes.index[sizes >= 5]))}
    errors = stars[[f"{column}_err" for column in ratio]].to_numpy(dtype=float)
    mode = recipe["measurement"]["common_mode"]
    correlation = common_mode(mode["loadings"], mode["share"], recipe["elements"])
    errors = errors[inside]
    width = quoted_width(errors, ratio, correlation if told else None, "recipe").covariance
    codes = np.array([known.get(name, -1) for name in names])[inside]
    values = stars[ratio].to_numpy(dtype=float)[inside]
    return Case(values, width, np.median(errors, axis=0), codes)


@dataclass(frozen=True)
class Giants:
    """Real field giants: [X/H] and errors (N, 10), the published clusters, scatter by element."""

    values: np.ndarray
    errors: np.ndarray
    published: PublishedClusters
    scatter: dict[str, float]


def read_giants(path: Path) -> Giants:
    """Giants on no list of members and with all `ELEMENTS`."""
    from astropy.table import Table

    table = Table.read(path)
    columns = [np.ma.filled(table[f"{e.upper()}_H"].astype(float), np.nan) for e in ELEMENTS]
    errors = [np.ma.filled(table[f"{e.upper()}_H_ERR"].astype(float), np.nan) for e in ELEMENTS]
    values, errors = np.column_stack(columns), np.column_stack(errors)
    kept = np.isfinite(values + errors).all(axis=1) & (np.asarray(table["LABEL_QUALITY"]) == 0)
    folder = ROOT / "resources" / "published"
    means = Table.read(folder / "occam_dr16_cluster_means.ecsv").to_pandas()
    scatter = Table.read(folder / "poovelil2020_intrinsic_scatter.ecsv").to_pandas()
    return Giants(
        values[kept],
        errors[kept],
        published_clusters(means, scatter, ELEMENTS, "benchmark"),
        dict(zip(scatter["element"], scatter["scatter"], strict=True)),
    )


def real_case(giants: Giants, n_field: int, seed: int, hidden: bool) -> Case:
    """A draw of field giants, with the published clusters hidden among them or not.

    Width `published`: each star's errors, independent, and the scatter within clusters. The errors
    of the injected stars are drawn independently, so here that is right.
    """
    rng = generator_for(seed, "benchmark", "real")
    rows = np.sort(rng.choice(len(giants.values), min(n_field, len(giants.values)), replace=False))
    values, errors = giants.values[rows], giants.errors[rows]
    clusters = np.full(len(rows), -1)
    if hidden:
        hosts = rng.choice(len(giants.values), 8000, replace=False)
        added = inject(
            giants.published, giants.values[hosts], giants.errors[hosts], "x_h", rng
        )  # fmt: skip
        values, errors = np.vstack([values, added.values]), np.vstack([errors, added.errors])
        clusters = np.append(clusters, added.clusters)
    width = published_width(errors, ELEMENTS, ELEMENTS, "x_h", giants.scatter, "Poovelil+2020")
    return Case(values, width.covariance, np.median(errors, axis=0), clusters)
