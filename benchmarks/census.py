"""Clusters found by motion: injected into real fields, with other metrics, and beside chemistry.

    uv run python benchmarks/census.py --what injection --seeds 10

`injection`: 20 clusters drawn from a summary of known ones, put into the fields of NGC 103
(crowded) and Blanco 1 (sparse) of Gaia DR3, G < 18, by several algorithms at plain settings;
`metrics`: the same by HDBSCAN in other metrics of the five dimensions; `near`: with one near
cluster more; `both`: the simulated cone by motions and abundances with other weights of abundances;
`truths`: members of the simulated cone by their abundances, judged by lists made by motion.
`--only` takes those whose label holds a word. Fields and summary: --data, a folder with
`field_ngc103_dr3.parquet`, `field_blanco1_dr3.parquet` and `clusters_cg18_summary.parquet`.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numba import njit

from chemtag.base.documents import CHECKOUT
from chemtag.base.seeds import generator_for
from chemtag.base.settings import IN_FIELD
from chemtag.compare.inputs import NO_FIELD
from chemtag.compare.views import views_of
from chemtag.score import ScoreKey, contingency, scores_of_counts
from chemtag.select.truth import truth_of
from chemtag.space.chemical import make_space
from chemtag.survey.abundances import column_of
from chemtag.survey.astrometry import KM_S, centre_of, gaia_errors, radius_of, tangent_plane
from chemtag.survey.simulation import read_recipe, simulate_survey
from chemtag.survey.simulation.injected import FEATURES, draw_known, injected
from chemtag.survey.simulation.survey import Survey
from chemtag.tag.algorithms import ALGORITHMS, settings_of, told_settings
from chemtag.tag.density.extraction import extract
from chemtag.tag.density.hierarchy import condense, single_linkage
from chemtag.tag.density.spanning_tree import SpanningTree
from chemtag.tag.numbering import find_groups
from chemtag.tag.protocol import Space

ELEMENTS = ["fe", "o", "na", "mg", "al", "si", "s", "k", "ca", "ti", "v", "cr", "mn", "co", "ni"]
CONE = {"min_cluster_size": 8, "min_samples": 5}
CUTS = (0.1, 0.3, 0.5, 0.7, 0.9)
ERRORS = tuple(f"{name}_error" for name in FEATURES[2:])
FIELDS = {"NGC 103": "field_ngc103_dr3.parquet", "Blanco 1": "field_blanco1_dr3.parquet"}
N_CLUSTERS = 20
NEAR = "Mamajek_1"
PLAIN = {"min_cluster_size": 10, "min_samples": 10}
TAGGERS = {
    "HDBSCAN leaf": ("hdbscan_leaf", PLAIN),
    "HDBSCAN eom": ("hdbscan_eom", PLAIN),
    "HDBSCAN leaf and the test, 3 sigma": (
        "ladder",
        {"rungs": (10,), "significance": 3.0, "dispersion_cut": False},
    ),
    "HDBSCAN ladder, 5 sigma": ("ladder", {}),
    "HDBSCAN ladder, 3 sigma": ("ladder", {"significance": 3.0}),
    "friends of friends": ("friends_of_friends", {}),
    "DBSCAN k-distance": ("dbscan", {}),
    "DBSCAN Castro-Ginard, minPts 8": ("dbscan_castro_ginard", {"min_samples": 8}),
    "DBSCAN Castro-Ginard, minPts 12": ("dbscan_castro_ginard", {"min_samples": 12}),
    "Gaussian mixture, told K": ("gaussian_mixture", {}),
    "k-means, told K": ("kmeans", {}),
}


def field_of(data: Path, name: str) -> tuple[pd.DataFrame, float]:
    """Stars of a field (FEATURES, ERRORS, modelled if not given, and G), and its radius (deg)."""
    stars = pd.read_parquet(data / FIELDS[name]).dropna(subset=["parallax", "pmra", "pmdec"])
    stars = stars[stars["phot_g_mean_mag"] < 18]
    sky = stars[["ra", "dec"]].to_numpy(float).T
    plane = tangent_plane(*sky, centre_of(*sky))
    stars = stars.assign(xi=plane[:, 0], eta=plane[:, 1])
    if not set(ERRORS) <= set(stars):
        modelled = gaia_errors(stars["phot_g_mean_mag"].to_numpy(float))
        stars = stars.assign(**{f"{name}_error": modelled[name] for name in FEATURES[2:]})
    return stars[[*FEATURES, *ERRORS, "phot_g_mean_mag"]].astype(float), radius_of(plane)


def samples(data: Path, name: str, seed: int) -> Iterator[tuple[str, pd.DataFrame]]:
    """Injected clusters alone, and among the stars of the field.

    Errors of an injected star are those of a field star at random.
    """
    field, radius = field_of(data, name)
    summary = pd.read_parquet(data / "clusters_cg18_summary.parquet")
    choosing, drawing, dealing = generator_for(seed, "census", name).spawn(3)
    members = injected(draw_known(summary, N_CLUSTERS, radius, choosing), radius, drawing)
    errors = field[list(ERRORS)].sample(len(members), replace=True, random_state=dealing)
    members = members.assign(**dict(zip(ERRORS, errors.to_numpy().T, strict=True)))
    members["phot_g_mean_mag"] = np.nan
    yield "members only", members
    yield "in the field", pd.concat([members, field.assign(cluster="")], ignore_index=True)


def scored(groups: np.ndarray, clusters: pd.Series) -> tuple[float, float]:
    """RF40 and the share of the groups that match no cluster."""
    truth = truth_of(clusters.to_numpy(), 4)
    counts = contingency(groups, truth.clusters, n_clusters=truth.n_clusters)
    found = scores_of_counts(counts, truth.eligible)
    return float(found[ScoreKey("rf40")]), float(found[ScoreKey("statistical_40")])


def tagged(name: str, changed: dict, stars: Space, clusters: pd.Series) -> np.ndarray:
    """Groups of an algorithm, told the number of clusters where it asks for it."""
    one = ALGORITHMS[name]
    sizes = truth_of(clusters.to_numpy(), 4).sizes
    settings = settings_of(one, changed) | told_settings(one, [int(size) for size in sizes])
    return find_groups(one.tagger, stars, settings, 1).group


def space_of(points: np.ndarray, scale: str = "robust", transform: str = "none") -> Space:
    """A space of motions whose axes have their names and units."""
    made = make_space(points, np.full(points.shape, np.nan), scale, FEATURES, transform)
    ids = np.array([f"{row:08d}" for row in range(len(points))], dtype=object)
    known = {"centre": made.centre, "divisor": made.scale} if transform == "none" else {}
    fields = Space.__dataclass_fields__
    return Space(ids, made.coordinates, names=FEATURES if known else (),
                 **{key: value for key, value in known.items() if key in fields})  # fmt: skip


def weighted(places: float) -> Callable[[pd.DataFrame], Space]:
    """The robust space with the two places times a factor."""

    def made(table: pd.DataFrame) -> Space:
        stars = space_of(table[list(FEATURES)].to_numpy())
        return stars.moved(stars.coordinates * [places, places, 1, 1, 1])

    return made


def by_errors(table: pd.DataFrame) -> Space:
    """Motions over their median error at G, places over their interquartile range."""
    points = table[list(FEATURES)].to_numpy()
    errors = gaia_errors(table["phot_g_mean_mag"].dropna().to_numpy())
    scale = [*np.subtract(*np.percentile(points[:, :2], [75, 25], axis=0))]
    scale += [float(np.median(errors[name])) for name in FEATURES[2:]]
    return Space.of(points / scale)


def physical(table: pd.DataFrame) -> Space:
    """Places in pc and velocities in km/s at the parallax of each star, at least 0.1 mas."""
    points = table[list(FEATURES)].to_numpy()
    parallax = np.maximum(points[:, 4], 0.1)[:, None]
    moved = np.hstack(
        [
            np.radians(points[:, :2]) * 1000 / parallax,
            KM_S * points[:, 2:4] / parallax,
            points[:, 4:],
        ]
    )
    return space_of(moved)


@njit(cache=True)
def pair(one, two, points, variances):  # type: ignore[no-untyped-def]
    """Distance of two stars: places by Euclid, motions by the mean covariance of both errors."""
    square = (points[one, 0] - points[two, 0]) ** 2 + (points[one, 1] - points[two, 1]) ** 2
    for axis in range(variances.shape[1]):
        gap = points[one, axis + 2] - points[two, axis + 2]
        square += 2 * gap * gap / (variances[one, axis] + variances[two, axis])
    return np.sqrt(square)


@njit(cache=True)
def reachability_tree(points, variances, min_samples):  # type: ignore[no-untyped-def]
    """Edges (first, second, weight) of Prim's tree of mutual reachability, in N^2 pairs twice."""
    n = len(points)
    core, row = np.empty(n), np.empty(n)
    for one in range(n):
        for two in range(n):
            row[two] = pair(one, two, points, variances)
        core[one] = np.partition(row, min_samples)[min_samples]
    gap, source = np.full(n, np.inf), np.zeros(n, np.int32)
    inside = np.zeros(n, np.bool_)
    first, second = np.empty(n - 1, np.int32), np.empty(n - 1, np.int32)
    weight, here = np.empty(n - 1), 0
    for edge in range(n - 1):
        inside[here] = True
        nearest = -1
        for other in range(n):
            if inside[other]:
                continue
            reach = max(pair(here, other, points, variances), core[here], core[other])
            if reach < gap[other]:
                gap[other], source[other] = reach, here
            if nearest < 0 or gap[other] < gap[nearest]:
                nearest = other
        first[edge], second[edge], weight[edge] = source[nearest], nearest, gap[nearest]
        here = nearest
    return first, second, weight


def by_each_error(table: pd.DataFrame) -> np.ndarray:
    """Groups of HDBSCAN leaf by the Mahalanobis distance of the errors of both stars.

    Of motions x^T ((S_i + S_j) / 2)^-1 x, S diagonal as the tables have no correlations; places
    over their interquartile range. With equal errors this is the metric of `by_errors`.
    """
    points = table[list(FEATURES)].to_numpy(copy=True)
    points[:, :2] /= np.subtract(*np.percentile(points[:, :2], [75, 25], axis=0))
    edges = reachability_tree(points, table[list(ERRORS)].to_numpy() ** 2, PLAIN["min_samples"])
    order = np.argsort(edges[2], kind="stable")
    tree = SpanningTree(*(array[order] for array in edges))
    hierarchy = condense(single_linkage(tree), PLAIN["min_cluster_size"])
    return extract(hierarchy, method="leaf").labels.astype(np.int64)


def blurred(table: pd.DataFrame) -> pd.DataFrame:
    """The same stars, members moved as far from the mean of their cluster as their errors ask for.

    Variance of a member: its error squared, and what the median error leaves of the cluster's.
    """
    moved, member = table.copy(), table["cluster"] != ""
    for name in FEATURES[2:]:
        square = table[f"{name}_error"] ** 2
        mean, variance = (table.groupby("cluster")[name].transform(of) for of in ("mean", "var"))
        own = (variance - square.groupby(table["cluster"]).transform("median")).clip(lower=0)
        offset = (table[name] - mean) * np.sqrt((own + square) / variance)
        moved[name] = (mean + offset).where(member, table[name])
    return moved


METRICS: dict[str, Callable[[pd.DataFrame], Space]] = {
    "robust": weighted(1.0),
    "z-score": lambda table: space_of(table[list(FEATURES)].to_numpy(), "zscore"),
    "errors": by_errors,
    "whitened": lambda table: space_of(table[list(FEATURES)].to_numpy(), "robust", "whitened"),
    "physical": physical,
    "places x 0": lambda table: Space.of(weighted(1.0)(table).coordinates[:, 2:]),
    "places x 0.25": weighted(0.25),
    "places x 0.5": weighted(0.5),
    "places x 2": weighted(2.0),
    "places x 4": weighted(4.0),
}


def said(rows: list[tuple[float, float]]) -> str:
    """Means and standard errors of RF40 and of the statistical fraction."""
    values = np.array(rows)
    mean = np.nanmean(values, axis=0)
    error = np.nanstd(values, axis=0, ddof=1) / np.sqrt(len(values))
    return f"{mean[0]:.2f} ± {error[0]:.2f} ({mean[1]:.2f} ± {error[1]:.2f})"


def injection(data: Path, seeds: int, only: str = "") -> None:
    """Print RF40 (statistical fraction) of each algorithm in each field, of those named `only`."""
    for label, (name, changed) in TAGGERS.items():
        if name not in ALGORITHMS or only not in label:
            continue
        start, cells = time.process_time(), {}
        for place in FIELDS:
            for seed in range(seeds):
                for kind, table in samples(data, place, seed):
                    cell = cells.setdefault((place, kind), [])
                    if name in IN_FIELD and (table["cluster"] != "").all():
                        continue
                    stars = space_of(table[list(FEATURES)].to_numpy())
                    groups = tagged(name, changed, stars, table["cluster"])
                    cell.append(scored(groups, table["cluster"]))
        words = " | ".join(said(rows) if rows else NO_FIELD for rows in cells.values())
        print(f"| {label} | {words} |  {time.process_time() - start:.0f} CPU s", flush=True)
    print(list(cells))


def near(data: Path, seeds: int, only: str = "") -> None:
    """Print the same in NGC 103, without and with one near cluster that the cone cuts off."""
    summary = pd.read_parquet(data / "clusters_cg18_summary.parquet")
    close, radius = summary[summary["cluster"] == NEAR], field_of(data, "NGC 103")[1]
    one = injected(close, radius, generator_for(0, "census", "near"))
    one = one[np.hypot(one["xi"], one["eta"]) < radius]
    for label in (name for name in ("HDBSCAN leaf", "HDBSCAN eom") if only in name):
        for words, more in (("without", one[:0]), (f"with {NEAR}", one)):
            cell = []
            for seed in range(seeds):
                *_, (_, table) = samples(data, "NGC 103", seed)
                stars = pd.concat([more, table], ignore_index=True)
                space = space_of(stars[list(FEATURES)].to_numpy())
                groups = tagged(*TAGGERS[label], space, stars["cluster"])
                cell.append(scored(groups, stars["cluster"]))
            print(f"| {label}, {words} | {said(cell)} |", *(f"{row[0]:.2f}" for row in cell))


def metrics(data: Path, seeds: int, only: str = "") -> None:
    """Print RF40 (statistical fraction) of HDBSCAN leaf in each metric, in both fields."""
    ways: dict[str, Callable[[pd.DataFrame], np.ndarray]] = {
        label: lambda table, made=made: tagged("hdbscan_leaf", PLAIN, made(table), table["cluster"])
        for label, made in METRICS.items()
    }
    ways["errors of each star"] = by_each_error
    for label in ("robust", "errors", "errors of each star"):
        ways[f"blurred, {label}"] = lambda table, way=ways[label]: way(blurred(table))
    for label, way in ways.items():
        if only not in label:
            continue
        start = time.process_time()
        cells: dict[str, list] = {}
        for place in FIELDS:
            for seed in range(seeds):
                *_, (_, table) = samples(data, place, seed)
                cells.setdefault(place, []).append(scored(way(table), table["cluster"]))
        words = " | ".join(said(rows) for rows in cells.values())
        print(f"| {label} | {words} |  {time.process_time() - start:.0f} CPU s", flush=True)


def both(seeds: int) -> None:
    """Print the same on the simulated cone, by the extent of abundances over that of motions."""
    recipe = read_recipe(CHECKOUT / "resources" / "recipes" / "cone.yaml")
    cells: dict[str, list] = {}
    for seed in range(seeds):
        table, survey = cone(recipe, seed)
        clusters = named(table, survey.members)
        spaces = views_of(table)
        n_motion = len(spaces["motion"].names)
        views = {"motion": spaces["motion"], "chemistry": spaces["chemistry"]}
        for weight in (0.125, 0.25, 0.5, 1, 2, 4):
            factor = np.where(np.arange(len(spaces["both"].names)) < n_motion, 1.0, weight)
            views[f"both, abundances x {weight:g}"] = spaces["both"].moved(
                spaces["both"].coordinates * factor
            )
        for label, stars in views.items():
            groups = tagged("hdbscan_leaf", CONE, stars, clusters)
            cells.setdefault(label, []).append(scored(groups, clusters))
    for label, rows in cells.items():
        print(f"| {label} | {said(rows)} |", flush=True)


def truths(seeds: int) -> None:
    """Print RF40 of the members of each list by their abundances, judged by the list itself.

    Lists: births, the observer's members, and groups found by motion among the stars of the field,
    by the least strength of a member. Beside it the stars and clusters of 4 or more in the list,
    and the share of its stars that were born in the cluster that most stars of theirs were born in.
    """
    recipe = read_recipe(CHECKOUT / "resources" / "recipes" / "cone.yaml")
    cells: dict[str, list] = {}
    for seed in range(seeds):
        table, survey = cone(recipe, seed)
        born = named(table, survey.birth.rename(columns={"birth_cluster": "cluster"}))
        lists = {"born": born, "observer's list": named(table, survey.members)}
        for name, changed in (("hdbscan_leaf", CONE), ("ladder", {})):
            one = ALGORITHMS[name]
            found = find_groups(one.tagger, views_of(table)["motion"], settings_of(one, changed), 1)
            for least in CUTS:
                kept = (found.group >= 0) & (found.probability >= least)
                labels = pd.Series(np.where(kept, found.group.astype(str), ""))
                lists[f"{name}, {least:g}"] = labels
        for label, clusters in lists.items():
            cells.setdefault(label, []).append(judged(table, clusters, born))
    for label, rows in cells.items():
        values = np.array(rows)
        mean = np.nanmean(values, axis=0)
        error = np.nanstd(values, axis=0, ddof=1) / np.sqrt(seeds)
        words = (f"{m:.2f} ± {e:.2f}" for m, e in zip(mean, error, strict=True))
        print(f"| {label} | {' | '.join(words)} |", flush=True)


def judged(table: pd.DataFrame, clusters: pd.Series, born: pd.Series) -> tuple[float, ...]:
    """Stars, clusters and purity of a list, RF40 and statistical fraction of its members alone."""
    member = (clusters != "").to_numpy()
    own = clusters[member].reset_index(drop=True)
    alone = table[member].reset_index(drop=True)
    alone.attrs = table.attrs
    groups = tagged("hdbscan_leaf", CONE, views_of(alone)["chemistry"], own)
    true = born[member].reset_index(drop=True)
    most = true.groupby(own).transform(lambda names: names.mode().iloc[0])
    purity = float(((true == most) & (true != "")).mean())
    return member.sum(), int((own.value_counts() >= 4).sum()), purity, *scored(groups, own)


def cone(recipe: dict, seed: int) -> tuple[pd.DataFrame, Survey]:
    """Stars of a simulated cone with all abundances, and the whole survey."""
    survey = simulate_survey(recipe, generator_for(seed, "simulate", "cone"))
    names = [column_of(element, "x_fe") for element in ELEMENTS]
    table = survey.stars[np.isfinite(survey.stars[names]).all(axis=1)].reset_index(drop=True)
    table.attrs = {"ratio": "x_fe", "elements": ELEMENTS, "features": [*ELEMENTS, *FEATURES]}
    return table, survey


def named(table: pd.DataFrame, listed: pd.DataFrame) -> pd.Series:
    """Cluster of each star of `table` in a list, empty for the field."""
    return table["star_id"].map(listed.set_index("star_id")["cluster"]).fillna("")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--what", choices=["injection", "metrics", "near", "both", "truths"], default="injection"
    )
    parser.add_argument("--data", type=Path, default=CHECKOUT.parent / "shared" / "data" / "gaia")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", default="", help="a word of the labels, such as sigma")
    asked = parser.parse_args()
    if asked.what in ("both", "truths"):
        {"both": both, "truths": truths}[asked.what](asked.seeds)
    else:
        of_fields = {"injection": injection, "metrics": metrics, "near": near}[asked.what]
        of_fields(asked.data, asked.seeds, asked.only)
