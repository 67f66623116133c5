"""Draw the UMAP of a chemical space."""

import logging
from pathlib import Path

import pandas as pd

from chemtag.embedding import trustworthiness_of, umap_of
from chemtag.seeds import generator_for, integer_seed_for
from chemtag.tables import read_table, write_table

logger = logging.getLogger("chemtag.embed_stars")


def embed_stars(
    space: Path, embedding: Path, seed: int, job: str, n_neighbors: int, min_dist: float
) -> None:
    """Write the UMAP of a space with its trustworthiness in the meta."""
    table = read_table(space, "space")
    values = table.drop(columns="star_id").to_numpy(dtype=float)
    logger.info("UMAP of %d stars in %d dimensions", *values.shape)
    points = umap_of(values, n_neighbors, min_dist, integer_seed_for(seed, "embed", job))
    rng = generator_for(seed, "trustworthiness", job)
    trust = trustworthiness_of(values, points, 15, rng)
    logger.info("trustworthiness %.3f (15 neighbours)", trust)
    meta = {
        **table.attrs,
        "embedding": "umap",
        "n_neighbors": n_neighbors,
        "min_dist": min_dist,
        "trustworthiness_15": round(trust, 4),
    }
    stars = pd.DataFrame({"star_id": table["star_id"], "x": points[:, 0], "y": points[:, 1]})
    write_table(stars, embedding, "embedding", meta)


if __name__ == "__main__":
    from chemtag.log import log_to

    with log_to(snakemake.log[0]):
        embed_stars(
            space=Path(snakemake.input.space),
            embedding=Path(snakemake.output.embedding),
            seed=snakemake.params.seed,
            job=f"{snakemake.wildcards.sample}.{snakemake.wildcards.space}",
            n_neighbors=snakemake.params.n_neighbors,
            min_dist=snakemake.params.min_dist,
        )
