"""Groups of stars over a grid of settings: one space in, one partition a setting out."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chemtag.base.problems import InputProblem

if TYPE_CHECKING:
    from chemtag.tag.density import Method, Metric

logger = logging.getLogger(__name__)

NOISE = -1


@dataclass(frozen=True, order=True)
class Setting:
    """One point of the grid, named as in every table."""

    metric: Metric
    method: Method
    min_cluster_size: int
    min_samples: int

    @property
    def name(self) -> str:
        return f"{self.metric}-{self.method}-mcs{self.min_cluster_size}-ms{self.min_samples}"


@dataclass(frozen=True)
class Partition:
    """Groups of one setting: `group` (n,) int, −1 = noise; `probability` (n,) in [0, 1];
    `persistence` (number of groups,), in the order of the group numbers."""

    setting: Setting
    group: NDArray[np.int32]
    probability: NDArray[np.float64]
    persistence: NDArray[np.float64]


def settings_of(grid: Mapping[str, Sequence]) -> list[Setting]:
    """Return the settings of a grid with keys metric, method, min_cluster_size, min_samples."""
    axes = ("metric", "method", "min_cluster_size", "min_samples")
    return sorted(Setting(*point) for point in itertools.product(*(grid[axis] for axis in axes)))


def headline_of(block: Mapping[str, Any]) -> Setting:
    """Return the setting of a `headline` block of the config, which names its space as well."""
    return Setting(
        block["metric"], block["method"], block["min_cluster_size"], block["min_samples"]
    )


def number_groups(labels: NDArray[np.integer], star_id: Sequence[str]) -> NDArray[np.int64]:
    """Return, for each label 0 … K−1, its group number: by size, then by smallest star_id.

    `labels` (n,), −1 = noise; every label 0 … K−1 occurs. The numbers depend on the partition
    only, not on the order of the rows nor on the numbers the algorithm gave.
    """
    labels = np.asarray(labels)
    n_groups = int(labels.max(initial=NOISE)) + 1
    grouped = labels >= 0
    sizes = np.bincount(labels[grouped], minlength=n_groups)
    rank = np.empty(len(labels), dtype=np.int64)
    rank[np.argsort(np.asarray(star_id, dtype=str), kind="stable")] = np.arange(len(labels))
    first = np.full(n_groups, len(labels), dtype=np.int64)
    np.minimum.at(first, labels[grouped], rank[grouped])
    number = np.empty(n_groups, dtype=np.int64)
    number[np.lexsort((first, -sizes))] = np.arange(n_groups)
    return number


def partition(
    setting: Setting,
    labels: NDArray[np.integer],
    probability: NDArray[np.float64],
    persistence: NDArray[np.float64],
    star_id: Sequence[str],
) -> Partition:
    """Return the partition with its groups numbered as `number_groups` does."""
    labels = np.asarray(labels)
    number = number_groups(labels, star_id)
    group = np.full(len(labels), NOISE, dtype=np.int32)
    grouped = labels >= 0
    group[grouped] = number[labels[grouped]]
    ordered = np.empty(len(number))
    ordered[number] = persistence
    strength = np.where(grouped, np.asarray(probability, dtype=float), 0.0)
    return Partition(setting, group, strength, ordered)


def check_sizes(n_stars: int, settings: Sequence[Setting], place: str) -> None:
    """Raise `InputProblem` where a setting asks for more stars than the sample has."""
    for axis in ("min_cluster_size", "min_samples"):
        largest = max(getattr(setting, axis) for setting in settings)
        if largest >= n_stars:
            raise InputProblem(
                f"{place}: grid/{axis} asks for {largest} but the sample has {n_stars} stars; "
                f"choose values of grid/{axis} below the number of stars, or loosen the cuts."
            )


def memory_needed_mb(n_stars: int, dimensions: int, settings: Sequence[Setting]) -> float:
    """Return the memory in MB (10^6 bytes) that the exact core surely needs for a grid.

    The interpreter with its libraries (300 MB), two copies of the coordinates as table and array,
    the core (`tag.density.predicted_memory`) and the groups of every setting (12 bytes a star).
    The groups table is left out: its size is known only when the groups are (about 80 bytes a star
    in a group, for each setting).
    """
    from chemtag.tag.density import predicted_memory
    from chemtag.tag.density.grid import LEAST_NEIGHBOURS

    lists = max(LEAST_NEIGHBOURS, *(setting.min_samples for setting in settings))
    core = predicted_memory(n_stars, dimensions, lists)
    held = n_stars * (16 * dimensions + 12 * len(settings))
    return 300 + (core + held) / 1e6


def check_memory(
    n_stars: int,
    dimensions: int,
    settings: Sequence[Setting],
    memory_mb: int,
    place: str,
    rule: str,
) -> None:
    """Raise `InputProblem` where the job `rule` was given less memory than it surely needs."""
    needed = memory_needed_mb(n_stars, dimensions, settings)
    logger.info("memory needed: %.0f MB at least, given: %d MB", needed, memory_mb)
    if needed > memory_mb:
        enough = int(np.ceil(needed / 500)) * 500
        raise InputProblem(
            f"{place}: {n_stars} stars in {dimensions} dimensions need {needed:.0f} MB of memory "
            f"at least for {len(settings)} settings and the job has {memory_mb} MB; give it more "
            f"with `--set-resources {rule}:mem_mb={enough}` (or under set-resources of the "
            "profile), or shorten the grid of the sample."
        )


def tag_with_core(
    values: NDArray[np.float64], settings: Sequence[Setting], star_id: Sequence[str]
) -> Iterator[Partition]:
    """Yield the partition of each setting from the exact core (`chemtag.tag.density`).

    `values` (n, d). Neighbours are found once a metric, spanning trees once a `min_samples`; ties
    are removed at once, so the groups do not depend on the order of the rows.
    """
    from chemtag.tag.density import cluster_grid

    for metric in sorted({setting.metric for setting in settings}):
        wanted = {setting for setting in settings if setting.metric == metric}
        clusterings = cluster_grid(
            values,
            sorted({setting.min_cluster_size for setting in wanted}),
            sorted({setting.min_samples for setting in wanted}),
            sorted({setting.method for setting in wanted}),
            metric=metric,
        )
        for found in clusterings:
            setting = Setting(metric, found.method, found.min_cluster_size, found.min_samples)
            if setting in wanted:
                yield partition(
                    setting, found.labels, found.probabilities, found.persistence, star_id
                )


def tag_with_hdbscan(
    values: NDArray[np.float64], settings: Sequence[Setting], star_id: Sequence[str]
) -> Iterator[Partition]:
    """Yield the partition of each setting from the package `hdbscan`, one fit a setting.

    `values` (n, d). The package breaks ties by the order of the rows, which is that of star_id.
    """
    from chemtag.tag.density import reference_cluster

    for setting in settings:
        found = reference_cluster(
            values,
            setting.min_cluster_size,
            setting.min_samples,
            setting.method,
            metric=setting.metric,
        )
        yield partition(setting, found.labels, found.probabilities, found.persistence, star_id)


BACKENDS = {"exact": tag_with_core, "hdbscan": tag_with_hdbscan}


def groups_table(partitions: Sequence[Partition], star_id: Sequence[str]) -> pd.DataFrame:
    """Return the groups of all settings as the table `groups` (stars in no group are left out)."""
    names = np.asarray(star_id, dtype=object)
    settings, stars, groups, strengths = [], [], [], []
    for code, part in enumerate(partitions):
        grouped = np.flatnonzero(part.group >= 0)
        settings.append(np.full(len(grouped), code, dtype=np.int64))
        stars.append(names[grouped])
        groups.append(part.group[grouped])
        strengths.append(part.probability[grouped])
    return pd.DataFrame(
        {
            "setting": pd.Categorical.from_codes(
                np.concatenate(settings), pd.Index([part.setting.name for part in partitions])
            ),
            "star_id": np.concatenate(stars),
            "group": np.concatenate(groups),
            "probability": np.concatenate(strengths),
        }
    )


def settings_table(partitions: Sequence[Partition]) -> pd.DataFrame:
    """Return one row a setting, the table `settings`."""
    rows = []
    for part in partitions:
        sizes = np.bincount(part.group[part.group >= 0])
        n_stars = len(part.group)
        rows.append(
            {
                "setting": part.setting.name,
                "metric": part.setting.metric,
                "method": part.setting.method,
                "min_cluster_size": part.setting.min_cluster_size,
                "min_samples": part.setting.min_samples,
                "n_stars": n_stars,
                "n_groups": len(sizes),
                "noise_fraction": 1 - sizes.sum() / n_stars,
                "largest_group": int(sizes.max(initial=0)),
                "median_group": float(np.median(sizes)) if len(sizes) else np.nan,
                "mean_persistence": float(part.persistence.mean()) if len(sizes) else np.nan,
            }
        )
    return pd.DataFrame(rows)


def log_progress(partitions: Iterator[Partition], total: int) -> Iterator[Partition]:
    """Pass the partitions on, saying how many are done and the time left every 10 seconds."""
    start = last = time.monotonic()
    for done, part in enumerate(partitions, start=1):
        now = time.monotonic()
        if now - last > 10:
            left = (now - start) / done * (total - done)
            logger.info("%d of %d settings, about %.0f s left", done, total, left)
            last = now
        yield part
