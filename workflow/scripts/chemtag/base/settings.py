"""Settings of taggers, named as in every table; the config is read here and nowhere else.

Imports nothing heavy: the rules ask for these names while a run is planned.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Metric = Literal["euclidean", "mahalanobis", "manhattan"]
Method = Literal["eom", "leaf"]

GRID = "hdbscan"
"""The tagger whose settings are a grid: all of it is found in one go."""
MOTION = ("pmra", "pmdec", "parallax")
SKY = ("xi", "eta")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "ladder": MOTION,
    "motion_mixture": MOTION,
    "dbscan_shuffled": MOTION,
    "upmask": (*SKY, *MOTION),
}
"""Features that a tagger of the registry cannot do without, by its name."""
IN_FIELD = frozenset(NEEDS)
"""Taggers that tell a cluster from the field about it, of which a sample of members has none."""
PLANNED = "planned"
"""The set of elements of the plane of the planner itself, beside which others are tried."""
AXES = ("metric", "method", "min_cluster_size", "min_samples")


@dataclass(frozen=True, order=True)
class Setting:
    """One point of the grid of HDBSCAN, named as in every table."""

    metric: Metric
    method: Method
    min_cluster_size: int
    min_samples: int

    @property
    def tagger(self) -> str:
        """Name of the tagger in the registry."""
        return GRID

    @property
    def parameters(self) -> dict[str, Any]:
        """What the tagger is given."""
        return {axis: getattr(self, axis) for axis in AXES}

    @property
    def name(self) -> str:
        """Name in the tables."""
        return f"{self.metric}-{self.method}-mcs{self.min_cluster_size}-ms{self.min_samples}"


@dataclass(frozen=True)
class TaggerSetting:
    """One setting of another tagger of the registry: what differs from its defaults, by name."""

    tagger: str
    changed: tuple[tuple[str, Any], ...] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        """What the tagger is given beside its defaults."""
        return dict(self.changed)

    @property
    def name(self) -> str:
        """Name in the tables: the tagger and what is set."""
        return "-".join([self.tagger, *(f"{key}_{_word(value)}" for key, value in self.changed)])

    @property
    def min_cluster_size(self) -> int:
        """Smallest group asked for; 2 where the tagger does not say."""
        return int(self.parameters.get("min_cluster_size", 2))

    @property
    def min_samples(self) -> int:
        """Neighbours that a star is compared with where its groups are."""
        return int(self.parameters.get("min_samples", 5))


AnySetting = Setting | TaggerSetting


def _word(value: Any) -> str:
    """A value in the name of a setting; those of a list are joined by +."""
    return "+".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _fixed(value: Any) -> Any:
    """A value that can be a key: a list as a tuple."""
    return tuple(value) if isinstance(value, list) else value


def on_grid(settings: Any) -> list[bool]:
    """Which rows of a table `settings` are of HDBSCAN's grid; without a column `tagger`, all."""
    if "tagger" not in settings:
        return [True] * len(settings)
    return [tagger == GRID for tagger in settings["tagger"]]


def settings_of(
    grid: Mapping[str, Sequence[Any]],
    taggers: Mapping[str, Mapping[str, Sequence[Any]] | None] | None = None,
) -> list[AnySetting]:
    """Return the settings of a sample: HDBSCAN's `grid`, then every other tagger of the config.

    `grid` has the keys metric, method, min_cluster_size and min_samples; `taggers` the values of
    each setting, by tagger and name of the setting.
    """
    points: list[AnySetting] = list(grid_of(grid))
    for tagger, values in (taggers or {}).items():
        axes = sorted(values or {})
        for point in itertools.product(*((values or {})[axis] for axis in axes)):
            fixed = map(_fixed, point)
            points.append(TaggerSetting(tagger, tuple(zip(axes, fixed, strict=True))))
    return points


def grid_of(grid: Mapping[str, Sequence[Any]]) -> list[Setting]:
    """Return the settings of HDBSCAN's grid, in the order of the tables."""
    return sorted(Setting(*point) for point in itertools.product(*(grid[axis] for axis in AXES)))


def with_metric(setting: AnySetting, metric: str) -> AnySetting:
    """Return the setting with another metric; a tagger without one stays as it is."""
    if isinstance(setting, Setting):
        return replace(setting, metric=metric)  # type: ignore[arg-type]
    return setting


def headline_of(block: Mapping[str, Any]) -> AnySetting:
    """Return the setting of a `headline` block of the config, which names its space as well."""
    if block.get("tagger", GRID) == GRID:
        return Setting(*(block[axis] for axis in AXES))
    changed = {key: _fixed(value) for key, value in block.get("settings", {}).items()}
    return TaggerSetting(block["tagger"], tuple(sorted(changed.items())))


def setting_words(setting: str) -> str:
    """Return a setting of HDBSCAN in words: `euclidean-leaf-mcs2-ms1` gives its three choices."""
    parts = setting.split("-")
    if len(parts) != 4 or (parts[2][:3], parts[3][:2]) != ("mcs", "ms"):
        return setting
    metric = "" if parts[0] == "euclidean" else f"{parts[0]} distance, "
    return (
        f"HDBSCAN {metric}{parts[1]}, min. cluster size {parts[2][3:]}, min. samples {parts[3][2:]}"
    )
