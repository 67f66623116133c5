"""Published clusters hidden among a user's own field stars: injection and recovery.

A star of a cluster is the published mean plus intrinsic scatter, blurred by the errors of a host: a
field star of like [Fe/H], whose errors it takes over element by element. So the field keeps its
real shape and the errors their real spread; only the clusters are invented.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats, Ints
from chemtag.survey.abundances import column_of, to_ratio

HOSTS = 0.1
"""Share of the field stars, the nearest in [Fe/H] to the cluster, that hosts are drawn from."""


@dataclass(frozen=True)
class PublishedClusters:
    """Names and sizes (K,), means (K, E) and intrinsic scatter (E,) in [X/Fe] ([Fe/H] for iron)."""

    names: list[str]
    sizes: Ints
    means: Floats
    scatter: Floats
    elements: list[str]


@dataclass(frozen=True)
class Injected:
    """Abundances and errors (n, E) in the ratio of the field, clusters (n,), hosts (n,)."""

    values: Floats
    errors: Floats
    clusters: Ints
    hosts: Ints


def published_clusters(
    means: pd.DataFrame, scatter: pd.DataFrame, elements: list[str], place: str
) -> PublishedClusters:
    """Clusters with all of the sample's `elements` that have a published scatter.

    `means`: columns cluster, n_stars and abundances in [X/Fe]; `scatter`: columns element and
    scatter (dex). Raises `InputProblem` without iron, another element, or a complete cluster.
    """
    known = scatter.set_index("element")["scatter"]
    used = [e for e in elements if e in known.index and column_of(e, "x_fe") in means]
    if "fe" not in used or len(used) < 2:
        raise InputProblem(
            f"{place}: injection needs iron and another element with a published mean and "
            f"scatter; the sample has {', '.join(elements)}, of which {', '.join(used) or 'none'} "
            "are published; add elements to the sample or remove limits/injection."
        )
    columns = [column_of(element, "x_fe") for element in used]
    complete = means[np.isfinite(means[columns].to_numpy(dtype=float)).all(axis=1)]
    if complete.empty:
        raise InputProblem(
            f"{place}: no published cluster has all of {', '.join(used)}; use fewer elements."
        )
    return PublishedClusters(
        names=[str(name) for name in complete["cluster"]],
        sizes=complete["n_stars"].to_numpy(dtype=np.int64),
        means=complete[columns].to_numpy(dtype=float),
        scatter=known.loc[used].to_numpy(dtype=float),
        elements=used,
    )


def inject(
    published: PublishedClusters,
    field: Floats,
    field_errors: Floats,
    ratio: str,
    rng: np.random.Generator,
) -> Injected:
    """Draw the members of the published clusters, each with the errors of a host.

    `field`, `field_errors` (N, E): abundances and 1 sigma errors in dex of the field stars, columns
    as `published.elements`, in `ratio`. Errors of different elements are drawn independently.
    """
    iron = published.elements.index("fe")
    clusters = np.repeat(np.arange(len(published.sizes)), published.sizes)
    hosting, scattering, blurring = rng.spawn(3)
    hosts = np.empty(len(clusters), dtype=np.int64)
    n_hosts = max(1, round(HOSTS * len(field)))
    for code, stream in enumerate(hosting.spawn(len(published.sizes))):
        apart = np.abs(field[:, iron] - published.means[code, iron])
        near = np.sort(np.argsort(apart, kind="stable")[:n_hosts])
        hosts[clusters == code] = stream.choice(near, size=int(published.sizes[code]))
    truth = published.means[clusters] + published.scatter * scattering.standard_normal(
        (len(clusters), len(published.elements))
    )
    converted, _ = to_ratio(truth, np.zeros_like(truth), published.elements, "x_fe", ratio)
    errors = field_errors[hosts]
    values = converted + errors * blurring.standard_normal(converted.shape)
    return Injected(values, errors, clusters, hosts)
