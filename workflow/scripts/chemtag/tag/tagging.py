"""What the settings of a sample need and gave: sizes, memory, and the tables of their groups."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.settings import GRID, AnySetting
from chemtag.tag.protocol import Groups

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Partition(Groups):
    """The groups of one setting."""

    setting: AnySetting


def check_sizes(n_stars: int, settings: Sequence[AnySetting], place: str) -> None:
    """Raise `InputProblem` where a setting asks for more stars than the sample has."""
    for axis in ("min_cluster_size", "min_samples"):
        largest = max(getattr(setting, axis) for setting in settings)
        if largest >= n_stars:
            raise InputProblem(
                f"{place}: grid/{axis} asks for {largest} but the sample has {n_stars} stars; "
                f"choose values of grid/{axis} below the number of stars, or loosen the cuts."
            )


def memory_needed_mb(n_stars: int, dimensions: int, settings: Sequence[AnySetting]) -> float:
    """Return the memory in MB (10^6 bytes) that the exact core surely needs for a grid.

    The interpreter with its libraries (300 MB), two copies of the coordinates as table and array,
    the core (`tag.density.predicted_memory`) and the groups of every setting (16 bytes a star).
    The groups table is left out: its size is known only when the groups are (about 80 bytes a star
    in a group, for each setting).
    """
    from chemtag.tag.density import predicted_memory
    from chemtag.tag.density.grid import LEAST_NEIGHBOURS

    lists = max(LEAST_NEIGHBOURS, *(setting.min_samples for setting in settings))
    core = predicted_memory(n_stars, dimensions, lists)
    held = n_stars * (16 * dimensions + 16 * len(settings))
    return 300 + (core + held) / 1e6


def check_memory(
    n_stars: int,
    dimensions: int,
    settings: Sequence[AnySetting],
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
                **described(part.setting),
                "n_stars": n_stars,
                "n_groups": len(sizes),
                "noise_fraction": 1 - sizes.sum() / n_stars,
                "largest_group": int(sizes.max(initial=0)),
                "median_group": float(np.median(sizes)) if len(sizes) else np.nan,
                "mean_persistence": mean_persistence(part),
            }
        )
    table = pd.DataFrame(rows)
    # Which tagger is said where there are several.
    return table if (table["tagger"] != GRID).any() else table.drop(columns="tagger")


def described(setting: AnySetting) -> dict[str, object]:
    """Return the columns of the table `settings` that say what the setting is."""
    given = setting.parameters
    return {
        "setting": setting.name,
        "tagger": setting.tagger,
        "metric": given.get("metric", ""),
        "method": given.get("method", ""),
        "min_cluster_size": int(given.get("min_cluster_size", 0)),
        "min_samples": int(given.get("min_samples", 0)),
    }


def mean_persistence(part: Partition) -> float:
    """Return the mean persistence of the groups of HDBSCAN, NaN without groups and of others."""
    if part.setting.tagger != GRID or part.significance is None or not part.n_groups:
        return np.nan
    return float(part.significance.mean())
