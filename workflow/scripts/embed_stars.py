"""Draw maps of a chemical space: UMAP of all stars, and UMAP, t-SNE and PCA side by side."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.embed.maps import (
    neighbour_overlap,
    pca_of,
    placed_beside,
    trustworthiness_of,
    tsne_of,
    umap_of,
)

logger = logging.getLogger("chemtag.embed_stars")

RUNS = 2
NEIGHBOURS = 15
# Mapped neighbours that place a star outside the compared sample.
PLACED_BY = 5


def embed_stars(
    space: Path,
    embedding: Path,
    maps: Path,
    quality: Path,
    seed: int,
    name: str,
    parameters: dict[str, Any],
) -> None:
    """Write the UMAP of all stars, maps of each method and what they keep of the neighbourhoods.

    Above `parameters["cap"]` stars the methods are compared on a random sample of so many, drawn
    without regard to the truth; in the first run of each method the others are placed beside it.
    """
    table = read_table(space, "space")
    values = table.drop(columns="star_id").to_numpy(dtype=float)
    logger.info("maps of %d stars in %d dimensions", *values.shape)
    methods = methods_of(parameters)
    points = methods["umap"](values, integer_seed_for(seed, "embed", name))
    rng = generator_for(seed, "trustworthiness", name)
    trust = trustworthiness_of(values, points, NEIGHBOURS, rng)
    logger.info("UMAP of all stars: trustworthiness %.3f (%d neighbours)", trust, NEIGHBOURS)
    meta = {**table.attrs, "embedding": "umap", "parameters": parameters}
    stars = pd.DataFrame({"star_id": table["star_id"], "x": points[:, 0], "y": points[:, 1]})
    write_table(stars, embedding, "embedding", {**meta, "trustworthiness_15": round(trust, 4)})
    chosen = np.arange(len(values))
    if len(values) > parameters["cap"]:
        rng = generator_for(seed, "embed", name, "cap")
        chosen = np.sort(rng.choice(len(values), parameters["cap"], replace=False))
        logger.info("methods are compared on %d stars drawn at random", len(chosen))
    parts, rows = [], []
    for method in tqdm(parameters["methods"], desc="maps", unit="method"):
        runs = [
            methods[method](values[chosen], integer_seed_for(seed, "embed", name, method, run))
            for run in range(RUNS)
        ]
        names = table["star_id"].to_numpy()[chosen]
        left = np.setdiff1d(np.arange(len(values)), chosen)
        for number, found in enumerate(runs):
            parts.append(
                pd.DataFrame(
                    {"method": method, "run": number, "placed": False, "star_id": names,
                     "x": found[:, 0], "y": found[:, 1]}
                )
            )  # fmt: skip
        if len(left):
            places = placed_beside(values[left], values[chosen], runs[0], PLACED_BY)
            others = table["star_id"].to_numpy()[left]
            parts.append(
                pd.DataFrame(
                    {"method": method, "run": 0, "placed": True, "star_id": others,
                     "x": places[:, 0], "y": places[:, 1]}
                )
            )  # fmt: skip
        rng = generator_for(seed, "embed", name, method, "quality")
        rows += quality_rows(method, values[chosen], runs, rng)
    compared = {**meta, "n_stars": len(values), "n_compared": len(chosen)}
    write_table(pd.concat(parts), maps, "maps", compared)
    write_table(pd.DataFrame(rows), quality, "map_quality", compared)


def methods_of(parameters: dict[str, Any]) -> dict[str, Callable[[np.ndarray, int], np.ndarray]]:
    """Return each method as a function of the coordinates and a seed."""
    return {
        "umap": lambda values, seed: umap_of(
            values, parameters["n_neighbors"], parameters["min_dist"], seed
        ),
        "tsne": lambda values, seed: tsne_of(
            values, parameters["perplexity"], parameters["iterations"], seed
        ),
        "pca": lambda values, seed: pca_of(values),
    }


def quality_rows(
    method: str, values: np.ndarray, runs: list[np.ndarray], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Rows of the contract `map_quality`; the null is the first map with its stars exchanged."""
    k = min(NEIGHBOURS, (len(values) - 1) // 2)
    mixed = runs[0][rng.permutation(len(values))]
    trust = [trustworthiness_of(values, run, k, rng) for run in runs]
    kept = [float(neighbour_overlap(values, run, k).mean()) for run in runs]
    between = float(neighbour_overlap(*runs, k).mean())
    fixed = "the map has no seed: its runs are one" if method == "pca" else ""
    once = fixed or "one pair of seeds: no range"
    chance = k / (len(values) - 1)
    found = [
        ("trustworthiness", trust, trustworthiness_of(values, mixed, k, rng), fixed),
        ("neighbours_kept", kept, chance, fixed),
        ("seed_overlap", [between], chance, once),
    ]
    for measure, numbers, *_ in found:
        logger.info("%s: %s %.3f", method, measure, np.mean(numbers))
    return [
        {
            "method": method,
            "measure": measure,
            "value": float(np.mean(numbers)),
            "lowest": float(min(numbers)) if not note else np.nan,
            "highest": float(max(numbers)) if not note else np.nan,
            "null": null,
            "n_neighbours": k,
            "n_stars": len(values),
            "note": note,
        }
        for measure, numbers, null, note in found
    ]


if __name__ == "__main__":
    run(embed_stars, snakemake)
