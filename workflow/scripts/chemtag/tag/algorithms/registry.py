"""The taggers by name: what they are told, whether they leave noise, how they should scale."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.settings import NEEDS
from chemtag.base.types import Ints
from chemtag.tag.algorithms import baselines, deconvolution, densities, hierarchy, partitions
from chemtag.tag.motion.tagger import (
    DENSE_SETTINGS,
    LADDER_SETTINGS,
    MIXTURE_SETTINGS,
    UPMASK_SETTINGS,
    tag_by_dense_places,
    tag_by_ladder,
    tag_by_mixture,
    tag_by_upmask,
)
from chemtag.tag.protocol import Groups, Settings, Space, Tagger
from chemtag.tag.scan.tagger import (
    LINKAGE_SETTINGS,
    SCAN_SETTINGS,
    tag_by_linkage,
    tag_by_scan,
)

Told = Literal["nothing", "number", "sizes"]


@dataclass(frozen=True)
class Scaling:
    """Growth of the time with the number of stars n that the literature states.

    `exponent` of n (logarithms left out, in many dimensions), or None if none is stated.
    """

    exponent: float | None
    words: str
    source: str


NOT_STATED = Scaling(None, "not stated", "")


@dataclass(frozen=True)
class Algorithm:
    """A tagger by its name.

    told: what it learns of the truth: `nothing`, the `number` of clusters (setting n_clusters) or
    their `sizes`. noise: it may leave stars in no group. seeded: its groups depend on the seed.
    ordered: its groups may depend on the order of the stars, which is that of star_id.
    baseline: it stands for what needs no chemistry. needs: features without which it finds nothing.
    """

    name: str
    label: str
    tagger: Tagger
    settings: Mapping[str, Any] = field(default_factory=dict)
    told: Told = "nothing"
    noise: bool = False
    seeded: bool = False
    ordered: bool = False
    baseline: bool = False
    needs: tuple[str, ...] = ()
    scaling: Scaling = NOT_STATED

    @property
    def board(self) -> str:
        """Leaderboard it stands on: `own`, or `oracle` if it is told anything of the truth."""
        return "own" if self.told == "nothing" else "oracle"


@dataclass(frozen=True)
class Whole:
    """The tagger of an algorithm that knows no degrees: stars belong to their group or to none."""

    find: Callable[[Space, Settings, int], Ints]

    def __call__(self, space: Space, settings: Settings, seed: int) -> Groups:
        """Groups of the stars, each with probability 1."""
        group = np.asarray(self.find(space, settings, seed))
        return Groups(group, (group >= 0).astype(float))


EM_STEP = "n a step of EM, for a given number of components"
TREE = "n log n with a tree in few dimensions, n^2 in many"
K_DISTANCE = {"neighbour": 3, "quantile": 0.25}

_LISTED = (
    Algorithm(
        "kmeans", "k-means", Whole(partitions.kmeans), {"n_init": 10}, "number", seeded=True,
        scaling=Scaling(1, "k n T for T rounds", "Arthur & Vassilvitskii 2006, SoCG, 144"),
    ),
    Algorithm(
        "spectral", "Spectral", Whole(partitions.spectral), {"n_neighbors": 10}, "number",
        seeded=True,
        scaling=Scaling(3, "n^3 for all eigenvectors", "Yan, Huang & Jordan 2009, KDD, 907"),
    ),
    Algorithm(
        "ward", "Ward", Whole(partitions.ward), {}, "number", ordered=True,
        scaling=Scaling(2, "n^2 by chains of neighbours", "Muellner 2011, arXiv:1109.2378"),
    ),
    Algorithm(
        "average", "Average linkage", Whole(partitions.average), {}, "number", ordered=True,
        scaling=Scaling(2, "n^2 by chains of neighbours", "Muellner 2011, arXiv:1109.2378"),
    ),
    Algorithm(
        "birch", "Birch", Whole(partitions.birch), {"threshold": 0.5}, "number", ordered=True,
        scaling=Scaling(
            1, "n, for a given number of subclusters", "Zhang et al. 1996, SIGMOD, 103"
        ),
    ),
    Algorithm(
        "gaussian_mixture", "Gaussian mixture", Whole(partitions.gaussian_mixture),
        {"n_init": 1, "max_iter": 200, "floor": 1e-4}, "number", seeded=True,
        scaling=Scaling(1, EM_STEP, "Bovy et al. 2011, AnnApS 5, 1657"),
    ),
    Algorithm(
        "extreme_deconvolution", "Extreme deconvolution",
        Whole(deconvolution.extreme_deconvolution),
        {"max_iter": 10, "tolerance": 1e-3}, "number", seeded=True,
        scaling=Scaling(1, EM_STEP, "Bovy et al. 2011, AnnApS 5, 1657"),
    ),
    Algorithm(
        "random_groups", "Random groups", Whole(baselines.random_groups), {}, "sizes", noise=True,
        seeded=True, baseline=True,
    ),
    Algorithm(
        "hdbscan_leaf", "HDBSCAN leaf", hierarchy.hdbscan_leaf,
        {"min_cluster_size": 3, "min_samples": 1}, noise=True,
        scaling=Scaling(2, TREE, "Campello et al. 2015, TKDD 10, 5; McInnes & Healy 2017"),
    ),
    Algorithm(
        "hdbscan_eom", "HDBSCAN eom", hierarchy.hdbscan_eom,
        {"min_cluster_size": 3, "min_samples": 2}, noise=True,
        scaling=Scaling(2, TREE, "Campello et al. 2015, TKDD 10, 5; McInnes & Healy 2017"),
    ),
    Algorithm(
        "affinity_propagation", "Affinity propagation", Whole(partitions.affinity_propagation),
        {"damping": 0.9, "max_iter": 1000}, seeded=True,
        scaling=Scaling(2, "n^2 T for T rounds", "Frey & Dueck 2007, Science 315, 972"),
    ),
    Algorithm(
        "optics", "OPTICS", Whole(densities.optics),
        {"min_samples": 3, "xi": 0.05, "min_cluster_size": 3}, noise=True, ordered=True,
        scaling=Scaling(2, TREE, "Ankerst et al. 1999, SIGMOD, 49"),
    ),
    Algorithm(
        "dbscan", "DBSCAN, k-distance", Whole(densities.dbscan), {"min_samples": 3, **K_DISTANCE},
        noise=True, ordered=True,
        scaling=Scaling(2, TREE, "Ester et al. 1996, KDD, 226; Schubert et al. 2017, TODS 42, 19"),
    ),
    Algorithm(
        "dbscan_castro_ginard", "DBSCAN, Castro-Ginard", Whole(densities.dbscan_castro_ginard),
        {"min_samples": 3, "repeats": 30}, noise=True, seeded=True, ordered=True,
        scaling=Scaling(2, TREE, "Ester et al. 1996, KDD, 226; Schubert et al. 2017, TODS 42, 19"),
    ),
    Algorithm(
        "friends_of_friends", "Friends of friends", Whole(densities.friends_of_friends),
        {"min_cluster_size": 3, **K_DISTANCE}, noise=True,
        scaling=Scaling(2, TREE, "as DBSCAN: all pairs within a length"),
    ),
    Algorithm(
        "mean_shift", "Mean shift", Whole(partitions.mean_shift), {"quantile": 0.05},
        scaling=Scaling(2, "T n^2 for T rounds", "Comaniciu & Meer 2002, TPAMI 24, 603"),
    ),
    Algorithm(
        "scan", "Scan of known width", tag_by_scan, SCAN_SETTINGS, noise=True,
        seeded=True,
        scaling=Scaling(2, "all pairs of stars within reach, once", "docs/tagger.md"),
    ),
    Algorithm(
        "known_width_linkage", "Linkage of known width", tag_by_linkage, LINKAGE_SETTINGS,
        noise=True, seeded=True,
        scaling=Scaling(2, "n^2 by chains of neighbours", "Muellner 2011, arXiv:1109.2378"),
    ),
    Algorithm(
        "ladder", "HDBSCAN ladder", tag_by_ladder, LADDER_SETTINGS, noise=True,
        needs=NEEDS["ladder"],
        scaling=Scaling(2, TREE, "Campello et al. 2015, TKDD 10, 5; McInnes & Healy 2017"),
    ),
    Algorithm(
        "motion_mixture", "Mixture in motion", tag_by_mixture, MIXTURE_SETTINGS, noise=True,
        seeded=True, ordered=True, needs=NEEDS["motion_mixture"],
        scaling=Scaling(1, EM_STEP, "Bovy et al. 2011, AnnApS 5, 1657"),
    ),
    Algorithm(
        "dbscan_shuffled", "DBSCAN, shuffled fields", tag_by_dense_places, DENSE_SETTINGS,
        noise=True, seeded=True, ordered=True, needs=NEEDS["dbscan_shuffled"],
        scaling=Scaling(2, TREE, "Ester et al. 1996, KDD, 226; Schubert et al. 2017, TODS 42, 19"),
    ),
    Algorithm(
        "upmask", "UPMASK", tag_by_upmask, UPMASK_SETTINGS, noise=True, seeded=True,
        ordered=True, needs=NEEDS["upmask"],
    ),
    Algorithm(
        "iron_bins", "Bins of [Fe/H]", Whole(baselines.iron_bins), {"width": 0.05}, baseline=True,
    ),
)  # fmt: skip

ALGORITHMS: dict[str, Algorithm] = {one.name: one for one in _LISTED}


def settings_of(algorithm: Algorithm, changed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the default settings with `changed` ones; raise InputProblem for an unknown key."""
    changed = dict(changed or {})
    unknown = sorted(set(changed) - set(algorithm.settings))
    if unknown:
        allowed = ", ".join(algorithm.settings) or "none"
        raise InputProblem(
            f"config: compare/settings/{algorithm.name}: unknown setting {unknown[0]!r}; allowed "
            f"are {allowed}."
        )
    return {**algorithm.settings, **changed}


def told_settings(algorithm: Algorithm, sizes: Sequence[int]) -> dict[str, Any]:
    """Return what an algorithm is told of the truth, from the sizes of the true clusters."""
    if algorithm.told == "number":
        return {"n_clusters": len(sizes)}
    return {"sizes": tuple(int(size) for size in sizes)} if algorithm.told == "sizes" else {}
