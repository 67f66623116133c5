"""Clusters found by motion, over several draws (docs/census.md has the last figures)."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
GAIA = ROOT.parent / "shared" / "data" / "gaia"
SEEDS = 5

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def census():
    """The benchmark, whose injections and spaces are tried here."""
    spec = importlib.util.spec_from_file_location("census", ROOT / "benchmarks" / "census.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def found(census):
    """Mean RF40 and statistical fraction by tagger, field and kind of sample."""
    if not (GAIA / "clusters_cg18_summary.parquet").is_file():
        pytest.skip(f"{GAIA} is not there")
    rates = {}
    for name in ("HDBSCAN leaf", "HDBSCAN ladder, 3 sigma", "k-means, told K"):
        tagger, changed = census.TAGGERS[name]
        for place in census.FIELDS:
            for seed in range(SEEDS):
                for kind, table in census.samples(GAIA, place, seed):
                    stars = census.space_of(table[list(census.FEATURES)].to_numpy())
                    groups = census.tagged(tagger, changed, stars, table["cluster"])
                    one = census.scored(groups, table["cluster"])
                    rates.setdefault((name, place, kind), []).append(one)
    means = {key: np.nanmean(rows, axis=0) for key, rows in rates.items()}
    for key, (recovered, statistical) in means.items():
        print(*key, f"RF40 {recovered:.2f}, match no cluster {statistical:.2f}", sep=", ")
    return means


@pytest.mark.parametrize("place", ["NGC 103", "Blanco 1"])
def test_injected_clusters_are_recovered_by_density_and_lost_by_partitions(found, place):
    assert found["HDBSCAN leaf", place, "in the field"][0] >= 0.8
    assert found["k-means, told K", place, "members only"][0] >= 0.8
    assert found["k-means, told K", place, "in the field"][0] <= 0.1


@pytest.mark.parametrize("place", ["NGC 103", "Blanco 1"])
def test_the_significance_test_leaves_few_false_groups(found, place):
    assert found["HDBSCAN ladder, 3 sigma", place, "in the field"][1] < 0.12
    assert found["HDBSCAN leaf", place, "in the field"][1] > 0.12


def test_abundances_find_nothing_alone_and_halve_the_false_groups_of_motions(census, capsys):
    census.both(SEEDS)
    said = capsys.readouterr().out
    print(said)
    rows = {}
    for line in said.splitlines():
        _, label, rates, _ = line.split("|")
        numbers = rates.replace("(", "±").replace(")", "").split("±")
        rows[label.strip()] = (float(numbers[0]), float(numbers[2]))
    assert rows["motion"][0] >= 0.85
    assert rows["chemistry"][0] <= 0.1
    together = rows["both, abundances x 1"]
    assert together[0] >= 0.95
    assert together[1] < rows["motion"][1]
