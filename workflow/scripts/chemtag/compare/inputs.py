"""A sample as the algorithms see it, and what each of them is asked to do."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.seeds import integer_seed_for
from chemtag.base.settings import IN_FIELD
from chemtag.space.sample_width import width_in_space, width_of_sample
from chemtag.tag.algorithms import ALGORITHMS, Algorithm, settings_of, told_settings
from chemtag.tag.protocol import Space
from chemtag.tag.spaces import space_in

logger = logging.getLogger(__name__)
NO_FIELD = "needs field stars"


@dataclass(frozen=True)
class Task:
    """One algorithm with its settings and seed; `cap`: largest number of stars it is run on;
    `lacks`: why it is not run on the sample whatever its size, or nothing."""

    algorithm: Algorithm
    settings: dict[str, Any]
    seed: int
    cap: int | None
    lacks: str = ""

    def skipped(self, n_stars: int) -> str:
        """Return why it is not run on `n_stars`, or nothing."""
        if self.lacks:
            return self.lacks
        if self.cap is None or n_stars <= self.cap:
            return ""
        return f"{n_stars} stars are above its cap of {self.cap} (compare/caps)"


def tasks_of(
    names: Sequence[str],
    changed: Mapping[str, Mapping[str, Any]],
    caps: Mapping[str, int],
    headline: Mapping[str, Any],
    sizes: Sequence[int],
    seed: int,
    sample: str,
    alone: bool = False,
) -> list[Task]:
    """Return the tasks of the algorithms `names`.

    `changed`: settings that differ from the defaults, by algorithm. HDBSCAN takes
    min_cluster_size and min_samples from the sample's `headline` unless they are changed. `sizes`
    of the true clusters reach only those algorithms that are told. `alone`: the sample is of
    members alone by the config, so that taggers that test groups against a field have none.
    """
    tasks = []
    for name in names:
        algorithm = ALGORITHMS[name]
        own = dict(changed.get(name, {}))
        if name.startswith("hdbscan"):
            own = {key: headline[key] for key in ("min_cluster_size", "min_samples")} | own
        settings = settings_of(algorithm, own) | told_settings(algorithm, sizes)
        tasks.append(
            Task(algorithm, settings, integer_seed_for(seed, "compare", sample, name),
                 caps.get(name), NO_FIELD if alone and name in IN_FIELD else "")
        )  # fmt: skip
    return tasks


def true_sizes(clusters: npt.NDArray[np.integer]) -> list[int]:
    """Return the sizes of the true clusters in the sample; `clusters` (N,), -1 = field."""
    return [int(size) for size in np.bincount(clusters[clusters >= 0])]


def stars_of(
    space: pd.DataFrame,
    errors: pd.DataFrame,
    abundances: pd.DataFrame,
    error_conversion: str,
    width: Mapping[str, Any],
) -> Space:
    """Return the stars of a sample with their error covariances, if all errors are given.

    The width of a birth cluster is that of the quoted errors and what the block `width` of the
    config assumes beside them; astrometry has none.
    """
    stars = space_in(space, errors)
    if stars.covariance is None:
        logger.warning("no errors for the algorithms: %s", errors.attrs["absent"])
    blur = None
    if stars.covariance is not None and "features" not in abundances.attrs:
        blur = quoted_in_space(space, abundances, error_conversion, width)
    by_star = abundances.set_index("star_id").reindex(space["star_id"])
    beside = {"fe_h": by_star["fe_h"].to_numpy(dtype=float)} if "fe_h" in by_star else {}
    return replace(stars, beside=beside, width=blur)


def quoted_in_space(
    space: pd.DataFrame, abundances: pd.DataFrame, error_conversion: str, width: Mapping[str, Any]
) -> npt.NDArray[np.float64]:
    """Return the width (N, D, D) by the quoted errors in the coordinates of the space."""
    by_star = abundances.set_index("star_id").reindex(space["star_id"]).reset_index()
    by_star.attrs.update(abundances.attrs)
    found = width_of_sample(by_star, space.attrs["ratio"], error_conversion, width, "quoted")
    return width_in_space(found, space.attrs["divisor"], space.attrs.get("matrix"))
