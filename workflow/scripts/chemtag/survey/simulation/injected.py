"""Clusters with the sizes, motions and scatters of known ones, put into a field of real stars."""

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.survey.simulation.phase_space import TIDAL, in_disc, plummer

FEATURES = ("xi", "eta", "pmra", "pmdec", "parallax")


def draw_known(
    summary: pd.DataFrame, count: int, radius: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw `count` different clusters of a summary that fit a cone of `radius` (deg).

    A cluster fits if `TIDAL` times its r50 is within half of the cone. Columns as in the lists of
    members summed up: cluster, n_members, r50 (deg), pmra, pmdec, parallax, and `*_scatter`.
    """
    fit = summary[TIDAL * summary["r50"] < radius / 2].sort_values("cluster")
    if len(fit) < count:
        raise InputProblem(
            f"{len(fit)} of {len(summary)} clusters fit a cone of {radius:.2f} deg, and {count} "
            "are asked for; take a larger cone or fewer clusters."
        )
    return fit.iloc[np.sort(rng.choice(len(fit), size=count, replace=False))].reset_index(drop=True)


def injected(
    clusters: pd.DataFrame, radius: float, rng: np.random.Generator, most: int | None = None
) -> pd.DataFrame:
    """Return the members of `clusters` (rows of `draw_known`), at random places of the cone.

    Plummer profiles (`phase_space.plummer`) whose radius a is the r50 of the known cluster:
    cut at 3 a, half of the members lie within 0.905 a, so that injected clusters are 10 % more
    compact than the known ones. Proper motions and
    parallaxes normal about the cluster's, with its robust scatter, which holds the errors. `most`:
    largest number of members. Columns `FEATURES` and cluster.
    """
    parts = []
    for row, stream in zip(clusters.to_dict("records"), rng.spawn(len(clusters)), strict=True):
        placing, spreading, moving = stream.spawn(3)
        count = int(row["n_members"]) if most is None else min(int(row["n_members"]), most)
        centre = in_disc(placing.random((1, 2)), radius - TIDAL * row["r50"])
        plane = centre + plummer(spreading.random((count, 2)), row["r50"])
        own = moving.standard_normal((count, 3))
        motion = [
            row[name] + row[f"{name}_scatter"] * own[:, column]
            for column, name in enumerate(FEATURES[2:])
        ]
        table = pd.DataFrame(dict(zip(FEATURES, [*plane.T, *motion], strict=True)))
        parts.append(table.assign(cluster=row["cluster"]))
    return pd.concat(parts, ignore_index=True)
