"""The one way of tagging: a space and settings in, the groups of each setting out.

HDBSCAN's grid is found in one go (neighbours once a metric, spanning trees once a `min_samples`);
every other setting runs its tagger of the registry.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.settings import AnySetting, Setting, TaggerSetting
from chemtag.tag.numbering import find_groups, numbered
from chemtag.tag.protocol import Groups, NoGroups, Space
from chemtag.tag.tagging import Partition

EXACT = "exact"


def taggings(
    space: Space, settings: Sequence[AnySetting], seed: int = 0, backend: str = EXACT
) -> Iterator[Partition]:
    """Yield the groups of each setting, those of HDBSCAN's grid first and in an order of its own.

    `seed` is for taggers that draw; `backend` of HDBSCAN is one of `BACKENDS`. Raises
    `InputProblem` where a tagger lacks what it needs.
    """
    grid = [setting for setting in settings if isinstance(setting, Setting)]
    if grid:
        yield from BACKENDS[backend](space, grid)
    for setting in settings:
        if not isinstance(setting, Setting):
            yield _other_tagging(space, setting, seed)


def _other_tagging(space: Space, setting: TaggerSetting, seed: int) -> Partition:
    # Its libraries take a second to load, and most runs have none but HDBSCAN.
    from chemtag.tag.algorithms import ALGORITHMS, settings_of

    algorithm = ALGORITHMS[setting.tagger]
    given = settings_of(algorithm, setting.parameters)
    try:
        return partition(setting, find_groups(algorithm.tagger, space, given, seed))
    except NoGroups as reason:
        raise InputProblem(
            f"tagger {setting.tagger} found no groups among {len(space)} stars: {reason}; "
            "choose other settings or leave it out of the sample's taggers."
        ) from None


def tagging(space: Space, setting: AnySetting, seed: int = 0, backend: str = EXACT) -> Partition:
    """Return the groups of one setting (see `taggings`)."""
    return next(taggings(space, [setting], seed, backend))


def partition(setting: AnySetting, found: Groups) -> Partition:
    """Return groups as those of a setting."""
    return Partition(found.group, found.probability, found.significance, setting=setting)


def tag_with_core(space: Space, settings: Sequence[Setting]) -> Iterator[Partition]:
    """Yield the partition of each setting from the exact core (`chemtag.tag.density`).

    Neighbours are found once a metric, spanning trees once a `min_samples`; ties are removed at
    once, so the groups do not depend on the order of the rows.
    """
    from chemtag.tag.density import cluster_grid

    for metric in sorted({setting.metric for setting in settings}):
        wanted = {setting for setting in settings if setting.metric == metric}
        clusterings = cluster_grid(
            space.coordinates,
            sorted({setting.min_cluster_size for setting in wanted}),
            sorted({setting.min_samples for setting in wanted}),
            sorted({setting.method for setting in wanted}),
            metric=metric,
        )
        for found in clusterings:
            setting = Setting(metric, found.method, found.min_cluster_size, found.min_samples)
            if setting in wanted:
                groups = Groups(
                    found.labels.astype(np.int64), found.probabilities, found.persistence
                )
                yield partition(setting, numbered(groups, space.star_id))


def tag_with_hdbscan(space: Space, settings: Sequence[Setting]) -> Iterator[Partition]:
    """Yield the partition of each setting from the package `hdbscan`, one fit a setting.

    The package breaks ties by the order of the rows, which is that of star_id.
    """
    from chemtag.tag.density import reference_cluster

    for setting in settings:
        found = reference_cluster(
            space.coordinates,
            setting.min_cluster_size,
            setting.min_samples,
            setting.method,
            metric=setting.metric,
        )
        groups = Groups(found.labels.astype(np.int64), found.probabilities, found.persistence)
        yield partition(setting, numbered(groups, space.star_id))


BACKENDS: dict[str, Callable[[Space, Sequence[Setting]], Iterator[Partition]]] = {
    EXACT: tag_with_core,
    "hdbscan": tag_with_hdbscan,
}
