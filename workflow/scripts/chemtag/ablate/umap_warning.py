"""Groups sought on a UMAP instead of in the space: a warning, with its test on structureless data.

UMAP draws near stars nearer and leaves gaps where there are none in the space. On a Gaussian, which
has no groups, whatever is found is false; so the sample's size and covariance are given to a
Gaussian, and groups are counted on its coordinates and on its UMAP.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.settings import AnySetting
from chemtag.base.types import Floats
from chemtag.embed.maps import umap_of
from chemtag.forecast.summary import mean_interval
from chemtag.score import RECOVERED, cluster_matches, contingency, intervals, recovery_fraction
from chemtag.score.evaluation import LEVELS
from chemtag.score.intervals import NO_INTERVAL, Interval
from chemtag.score.nulls import PermutedClusters, permutation_draws, summarise_null
from chemtag.select.truth import Truth
from chemtag.tag.protocol import Space
from chemtag.tag.tagging import mean_persistence
from chemtag.tag.taggings import tagging

BOUNDS = {"n_groups": (0.0, np.inf), "grouped": (0.0, 1.0), "persistence": (0.0, 1.0)}
FALSE = "no star of it has siblings: every group is false"
ONE = "one partition of one sample: no interval"
MAPS = "interval of the seeds of the map; the sample is one"
MEAN = "interval of the clusters, at the mean over the seeds"


@dataclass(frozen=True)
class Found:
    """Groups, share of stars in them, their mean persistence; RF40 and its null if there is truth.

    `draws` (n_permutations,) are RF40 under permuted truths.
    """

    n_groups: float
    grouped: float
    persistence: float
    rf40: float
    draws: Floats


def gaussian_like(points: Floats, rng: np.random.Generator) -> Floats:
    """Draw stars (N, D) from the Gaussian with mean and covariance of the points (N, D)."""
    covariance = np.atleast_2d(np.cov(points, rowvar=False))
    return rng.multivariate_normal(points.mean(axis=0), covariance, len(points), method="cholesky")


def found_in(
    points: Floats,
    setting: AnySetting,
    truth: Truth | None = None,
    permuted: PermutedClusters | None = None,
) -> Found:
    """Tag points (N, D) at the setting and count; RF40 where the truth of the stars is given."""
    part = tagging(Space.of(points), setting)
    rf40, draws = np.nan, np.empty(0)
    if truth is not None and permuted is not None:
        eligible = truth.eligible
        counts = contingency(part.group, truth.clusters, None, truth.n_clusters)
        rf40 = float(recovery_fraction(cluster_matches(counts), eligible, RECOVERED)[0])
        draws = permutation_draws(
            part.group,
            permuted,
            lambda batch: {
                "rf40": recovery_fraction(cluster_matches(batch), eligible, RECOVERED)[..., 0]
            },
            truth.n_clusters,
        )["rf40"]
    return Found(
        n_groups=float(part.n_groups),
        grouped=float((part.group >= 0).mean()),
        persistence=mean_persistence(part),
        rf40=rf40,
        draws=draws,
    )


def trials(
    points: Floats,
    setting: AnySetting,
    truth: Truth,
    permuted: PermutedClusters,
    umap: dict[str, Any],
    seeds: Sequence[int],
    rngs: Sequence[np.random.Generator],
) -> dict[tuple[str, str], list[Found]]:
    """Results by (gaussian or sample, space or umap), one a seed; the sample's space has one.

    `umap` are n_neighbors and min_dist; `seeds` are those of the maps, `rngs` of the Gaussians.
    """
    result: dict[tuple[str, str], list[Found]] = {
        ("sample", "space"): [found_in(points, setting, truth, permuted)],
        ("sample", "umap"): [],
        ("gaussian", "space"): [],
        ("gaussian", "umap"): [],
    }
    for seed, rng in zip(seeds, rngs, strict=True):
        drawn = gaussian_like(points, rng)
        result["gaussian", "space"].append(found_in(drawn, setting))
        flat = umap_of(drawn, umap["n_neighbors"], umap["min_dist"], seed)
        result["gaussian", "umap"].append(found_in(flat, setting))
        flat = umap_of(points, umap["n_neighbors"], umap["min_dist"], seed)
        result["sample", "umap"].append(found_in(flat, setting, truth, permuted))
    return result


def warning_rows(result: dict[tuple[str, str], list[Found]], n_clusters: int) -> pd.DataFrame:
    """Rows of the contract `umap_warning`; `n_clusters` are those that count in RF40.

    Means over the seeds with Student intervals, paired differences of UMAP less space. RF40 has
    the Jeffreys interval of the clusters, at the mean over the seeds.
    """
    rows = []
    for data in ("gaussian", "sample"):
        space, flat = result[data, "space"], result[data, "umap"]
        for score, bounds in BOUNDS.items():
            one, two = (np.array([getattr(f, score) for f in part]) for part in (space, flat))
            note = FALSE if data == "gaussian" else MAPS
            rows.append(
                _row(data, "space", score, one, bounds, FALSE if data == "gaussian" else ONE)
            )
            rows.append(_row(data, "umap", score, two, bounds, note))
            reach = bounds[1] - bounds[0]
            rows.append(_row(data, "difference", score, two - one, (-reach, reach), note))
    for place in ("space", "umap"):
        found = result["sample", place]
        value = float(np.mean([f.rf40 for f in found]))
        k = value * n_clusters
        narrow, wide = (intervals.jeffreys_interval(k, n_clusters, level) for level in LEVELS)
        null = summarise_null(value, np.mean([f.draws for f in found], axis=0))
        row = {
            "value": value,
            "null_mean": null.mean,
            "null_p95": null.p95,
            "p_value": null.p_value,
        }
        rows.append(
            {"data": "sample", "coordinates": place, "score": "rf40", "n_seeds": len(found),
             "note": MEAN if place == "umap" else ""}
            | row | _ends(narrow, wide)
        )  # fmt: skip
    return pd.DataFrame(rows)


def _row(
    data: str, place: str, score: str, values: Floats, bounds: tuple[float, float], note: str
) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    ends = [mean_interval(known, level, bounds) if len(known) else NO_INTERVAL for level in LEVELS]
    return {
        "data": data,
        "coordinates": place,
        "score": score,
        "value": float(known.mean()) if len(known) else np.nan,
        "null_mean": np.nan,
        "null_p95": np.nan,
        "p_value": np.nan,
        "n_seeds": len(known),
        "note": note,
    } | _ends(*ends)


def _ends(narrow: Interval, wide: Interval) -> dict[str, float]:
    return {"low": narrow.low, "high": narrow.high, "low_95": wide.low, "high_95": wide.high}
