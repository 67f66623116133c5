"""Clusters recovered by packages of HDBSCAN with the rows of a large sample in other orders.

    uv run python benchmarks/row_order.py results/shipped field --space error_scaled
    uv run python benchmarks/row_order.py results/giants giants --space raw --package hdbscan

The headline of the sample and eight settings spread over its grid, as `tag` has them; the run does
the same for small samples over the whole grid (`score/row_orders`). Trees of hdbscan are kept
between settings of one min_samples, so the first of these has the cost of all.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from joblib import Memory
from tqdm import tqdm

from chemtag.base.settings import Setting
from chemtag.base.tables import read_table
from chemtag.limits.sample import labelled_sample
from chemtag.score.row_order import n_recovered, recovered_in_orders
from chemtag.tag.peers import hdbscan_with_trees_in, installed_peers
from chemtag.tag.protocol import Space
from chemtag.tag.taggings import tag_with_core


def chosen_settings(settings: list[Setting], headline: str, others: int) -> list[Setting]:
    """The headline, and so many settings at equal steps of the rest in their order."""
    rest = sorted(one for one in settings if one.name != headline)
    at = np.unique(np.linspace(0, len(rest) - 1, min(others, len(rest))).round().astype(int))
    return [*(one for one in settings if one.name == headline), *(rest[i] for i in at)]


def main() -> None:
    """Print a table of Markdown: fewest and most clusters and groups a package and setting."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a run")
    parser.add_argument("sample")
    parser.add_argument("--space", required=True)
    parser.add_argument("--orders", type=int, default=10)
    parser.add_argument("--others", type=int, default=8, help="settings beside the headline")
    parser.add_argument("--package", action="append", help="default: all that are installed")
    asked = parser.parse_args()
    stem = f"{asked.sample}.{asked.space}"
    table = read_table(asked.results / "space" / f"{stem}.parquet", "space")
    truth = asked.results / "select" / f"{asked.sample}.truth.parquet"
    known = labelled_sample(table, read_table(truth, "truth"), str(truth))
    listed = read_table(asked.results / "tag" / f"{stem}.settings.ecsv", "settings")
    scores = read_table(asked.results / "score" / f"{stem}.scores.ecsv", "scores")
    euclidean = listed[listed["metric"] == "euclidean"]
    columns = ["metric", "method", "min_cluster_size", "min_samples"]
    every = [Setting(*row) for row in euclidean[columns].itertuples(index=False)]
    settings = chosen_settings(every, scores.attrs["headline"], asked.others)
    exact = {
        part.setting: n_recovered(part.group, known.truth)
        for part in tag_with_core(Space(known.star_id, known.coordinates), settings)
    }
    print(f"{len(table)} stars, {known.truth.eligible.sum()} clusters, {asked.orders} orders\n")
    print(
        "| package | setting | exact | clusters | groups | CPU s a fit |\n|---|---|---|---|---|---|"
    )
    peers = installed_peers()
    trees = tempfile.TemporaryDirectory()
    peers["hdbscan"] = hdbscan_with_trees_in(Memory(trees.name, verbose=0))
    for name, tag in peers.items():
        if asked.package and name not in asked.package:
            continue
        for setting in tqdm(settings, name):
            start = time.process_time()
            found = recovered_in_orders(
                known.coordinates, known.truth, [setting], tag, asked.orders,
                np.random.default_rng(1),
            )  # fmt: skip
            seconds = (time.process_time() - start) / asked.orders
            clusters, groups = found.recovered[0], found.groups[0]
            print(
                f"| {name} | {setting.name} | {exact[setting]} | {clusters.min()}–{clusters.max()} "
                f"| {groups.min()}–{groups.max()} | {seconds:.1f} |",
                flush=True,
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak of memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
