"""Models of the diagrams of groups, trained on synthetic clusters and asterisms alone.

Boosted trees (scikit-learn) tell clusters from asterisms, and clusters within the ranges of the
training from some beyond them; with random trees beside them they give age, distance modulus and
A_V, with split-conformal intervals from clusters that they have not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.base.types import Bools, Floats
from chemtag.cmd.clusters import Photometry, Physics, Ranges, synthetic_clusters
from chemtag.cmd.diagram import features_of, shape_of
from chemtag.cmd.field import asterisms, simulated_field
from chemtag.cmd.isochrones import Grid
from chemtag.predict.conformal import Calibration, calibrate
from chemtag.predict.domain import Domain, domain_of

QUANTITIES = ("log_age", "distance_modulus", "a_v")
LEVEL = 0.68
# Lines of sight that asterisms are drawn from, stars in each, and their faintest G.
FIELDS, FIELD_STARS, FIELD_LIMIT = 24, 4000, 18.5
# A small training has a line of sight for so many clusters, and some at least.
CLUSTERS_A_FIELD, LEAST_FIELDS = 30, 4
# Clusters beyond the ranges of the training: old and poor in metals, or behind much dust.
GLOBULARS = replace(
    Ranges(), log_age=(10.0, 10.2), mh=(-2.2, -0.7), distance_modulus=(10.5, 14.5), a_v=2.0,
    n_stars=(30, 600), interlopers=(0.0, 0.2),
)  # fmt: skip
REDDENED = replace(Ranges(), least_a_v=4.0, a_v=8.0, a_v_a_kpc=1e9, limit=(17.5, 18.5))
TREES: Mapping[str, Any] = {"max_iter": 300, "learning_rate": 0.08, "early_stopping": False}

FOREST: Mapping[str, Any] = {"n_estimators": 200, "max_features": 0.3, "min_samples_leaf": 2}


@dataclass(frozen=True)
class Examples:
    """Synthetic clusters, what they are, and as many asterisms; in which line of sight each is."""

    clusters: list[Photometry]
    physics: list[Physics]
    asterisms: list[Photometry]
    sight: np.ndarray


def examples(grid: Grid, ranges: Ranges, n: int, fields: int, seed: int, name: str) -> Examples:
    """Return about `n` clusters and as many asterisms in so many simulated lines of sight."""
    clusters, physics, chance, sight = [], [], [], []
    for number in range(fields):
        generator = generator_for(seed, "cmd", name, number)
        field = simulated_field(grid, FIELD_STARS, FIELD_LIMIT, generator)
        some, what, others = pair(grid, ranges, field, n // fields, generator)
        clusters += some
        physics += what
        chance += others
        sight += [number] * len(some)
    return Examples(clusters, physics, chance, np.array(sight))


def pair(
    grid: Grid, ranges: Ranges, field: Photometry, n: int, generator: np.random.Generator
) -> tuple[list[Photometry], list[Physics], list[Photometry]]:
    """Return `n` clusters in a field, what they are, and `n` asterisms of like sizes and limits."""
    clusters, physics = synthetic_clusters(grid, ranges, n, field, generator)
    low, high = np.log(ranges.n_stars)
    sizes = np.exp(generator.uniform(low, high, n)).astype(int)
    limits = generator.uniform(*ranges.limit, size=n)
    return clusters, physics, asterisms(field, sizes, limits, generator)


@dataclass(frozen=True)
class Models:
    """The trained models; `with_parallax`: whether groups have parallaxes."""

    with_parallax: bool
    cluster: Any
    beyond: Any
    domain: Domain
    quantities: Mapping[str, Any]
    calibration: Mapping[str, Calibration]

    def features(self, groups: list[Photometry]) -> Floats:
        """Return the features (G, F) of groups."""
        return features_of(groups, self.with_parallax)

    def probability(self, features: Floats) -> Floats:
        """Return the probability (G,) of a cluster, were there as many asterisms."""
        with threadpool_limits(1):
            return np.asarray(self.cluster.predict_proba(features)[:, 1])

    def in_domain(self, features: Floats) -> Bools:
        """Return which groups (G,) are like those of the training, clusters or asterisms."""
        with threadpool_limits(1):
            beyond = self.beyond.predict_proba(features)[:, 1] > 0.5
        return ~beyond & (self.domain.outside(shape_of(features)) == 0)

    def values(self, features: Floats, n: Floats) -> dict[str, tuple[Floats, Floats, Floats]]:
        """Return value, low and high (G,) of each of QUANTITIES, of groups of `n` (G,) stars.

        No extinction is below 0.
        """
        found = {}
        for name, model in self.quantities.items():
            with threadpool_limits(1):
                value = model.predict(features)
            ends = (value, *self.calibration[name].interval(value, difficulty(n)))
            least = 0.0 if name == "a_v" else -np.inf
            value, low, high = (np.maximum(end, least) for end in ends)
            found[name] = (value, low, high)
        return found


def difficulty(n: Floats) -> Floats:
    """Return how wide intervals are, relatively, by the number of stars (G,): as n to the -1/4.

    Any fixed function of what is known beforehand leaves the coverage as it is.
    """
    return np.asarray(n, dtype=float) ** -0.25


def regressor(state: Mapping[str, Any]) -> Any:
    """Return boosted trees and extremely random ones, whose mean errs less than either."""
    from sklearn.ensemble import (
        ExtraTreesRegressor,
        HistGradientBoostingRegressor,
        VotingRegressor,
    )

    boosted = HistGradientBoostingRegressor(**state)
    random = ExtraTreesRegressor(**FOREST, random_state=state["random_state"])
    return VotingRegressor([("boosted", boosted), ("random", random)])


def train(grid: Grid, ranges: Ranges, n: int, with_parallax: bool, seed: int) -> Models:
    """Return models trained on `n` synthetic clusters and `n` asterisms.

    A quarter of the clusters, in lines of sight of their own, calibrates the intervals. No real
    star is seen.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    sights = min(FIELDS, max(n // CLUSTERS_A_FIELD, LEAST_FIELDS))
    known = examples(grid, ranges, n, sights, seed, "train")
    clusters = features_of(known.clusters, with_parallax)
    chance = features_of(known.asterisms, with_parallax)
    both = np.vstack([clusters, chance])
    is_cluster = np.repeat([1, 0], [len(clusters), len(chance)])
    state = {"random_state": integer_seed_for(seed, "cmd", "trees"), **TREES}
    generator = generator_for(seed, "cmd", "beyond")
    field = simulated_field(grid, FIELD_STARS, FIELD_LIMIT, generator)
    others = [
        group for kind in (GLOBULARS, REDDENED) if grid.between(kind.log_age, kind.mh)
        for group in synthetic_clusters(grid, kind, max(n // 6, 20), field, generator)[0]
    ]  # fmt: skip
    far = features_of(others, with_parallax)
    apart = known.sight >= sights - sights // 4
    truth = np.array([[getattr(what, q) for q in QUANTITIES] for what in known.physics])
    size = np.array([len(group) for group in known.clusters], dtype=float)
    quantities, calibration = {}, {}
    with threadpool_limits(1):
        cluster = HistGradientBoostingClassifier(**state).fit(both, is_cluster)
        beyond = HistGradientBoostingClassifier(**state).fit(
            np.vstack([both, far]), np.repeat([0, 1], [len(both), len(far)])
        )
        for column, name in enumerate(QUANTITIES):
            model = regressor(state).fit(clusters[~apart], truth[~apart, column])
            value = model.predict(clusters[apart])
            quantities[name] = model
            calibration[name] = calibrate(
                truth[apart, column] - value, value, difficulty(size[apart]), "split", LEVEL
            )
    domain = domain_of(shape_of(both), np.arange(len(both)), integer_seed_for(seed, "cmd"))
    return Models(with_parallax, cluster, beyond, domain, quantities, calibration)
