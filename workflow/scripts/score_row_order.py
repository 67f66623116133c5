"""Score the packages of HDBSCAN with the rows of a sample in many orders, over the whole grid."""

import logging
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from chemtag.base.seeds import generator_for
from chemtag.base.settings import Setting, grid_of
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.limits.sample import labelled_sample
from chemtag.score.row_order import n_recovered, recovered_in_orders
from chemtag.tag.peers import PEERS, installed_peers
from chemtag.tag.protocol import Space
from chemtag.tag.taggings import tag_with_core

logger = logging.getLogger("chemtag.score_row_order")


def score_row_order(
    space: Path,
    truth: Path,
    row_orders: Path,
    sample: str,
    grid: dict,
    orders: int,
    seed: int,
) -> None:
    """Write the fewest and most clusters recovered over `orders` orders by package and setting."""
    table = read_table(space, "space")
    known = labelled_sample(table, read_table(truth, "truth"), str(truth))
    points = known.coordinates
    settings = [one for one in grid_of(grid) if one.metric == "euclidean"]
    exact = {
        part.setting: n_recovered(part.group, known.truth)
        for part in tag_with_core(Space(known.star_id, points), settings)
    }
    peers = installed_peers()
    for name in sorted(set(PEERS) - set(peers)):
        logger.warning("%s is not installed and left out", name)
    rows = []
    for name, tag in tqdm(peers.items(), "packages", file=sys.stderr, delay=10):
        rng = generator_for(seed, "row orders", sample)
        found = recovered_in_orders(points, known.truth, settings, tag, orders, rng)
        rows += [
            row_of(name, setting, found.recovered[i], found.groups[i], exact[setting])
            for i, setting in enumerate(settings)
        ]
        moved = int((np.ptp(found.recovered, axis=1) > 0).sum())
        logger.info("%s: the count moves in %d of %d settings", name, moved, len(settings))
    meta = {
        "sample": sample,
        "orders": orders,
        "n_clusters": int(known.truth.eligible.sum()),
        "absent": sorted(set(PEERS) - set(peers)),
        "seed": seed,
    }
    write_table(pd.DataFrame(rows), row_orders, "row_orders", meta)


def row_of(
    package: str, setting: Setting, recovered: np.ndarray, groups: np.ndarray, exact: int
) -> dict:
    """Row of the contract `row_orders`."""
    return {
        "package": package,
        "setting": setting.name,
        "exact": exact,
        "given": int(recovered[0]),
        "fewest": int(recovered.min()),
        "most": int(recovered.max()),
        "mean": float(recovered.mean()),
        "fewest_groups": int(groups.min()),
        "most_groups": int(groups.max()),
        "n_orders": len(recovered),
    }


if __name__ == "__main__":
    run(score_row_order, snakemake)
