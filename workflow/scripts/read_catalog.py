"""Read a user's catalogue and its cluster members into the canonical tables."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import write_table
from chemtag.survey.cluster_names import Aliases
from chemtag.survey.columns import read_columns
from chemtag.survey.field import drawn, field_block, with_field
from chemtag.survey.labels import wanted_labels
from chemtag.survey.membership import assigned
from chemtag.survey.stars import meta_of, read_stars

logger = logging.getLogger("chemtag.read_catalog")


def read_catalog(
    table: Path,
    members_table: Path | None,
    aliases: Path,
    catalog: str,
    block: dict[str, Any],
    stars: Path,
    members: Path,
    field_table: Path | None = None,
    asked: list[str] | None = None,
    seed: int = 0,
) -> None:
    """Write the stars of `table` and its members, as the catalog `block` of the config says.

    Labels come from `members_table`, or from `table` itself if that is None. Stars of
    `field_table` join those of `table` as field stars. `asked` are the elements that samples ask
    for (default all), `seed` is that of the draw `n_field`.
    """
    labels = block.get("members")
    also = wanted_labels(labels) if labels and members_table is None else []
    star_table, beside = read_stars(table, block, also, asked)
    known = star_table[[n for n in ("star_id", "gaia_source_id", "ra", "dec") if n in star_table]]
    possible = np.array([], dtype=object)
    if labels is None:
        logger.warning("%s: no `members` in the config, so no star is in a cluster", table)
        found = pd.DataFrame({"star_id": [], "cluster": [], "probability": [], "source": []})
    else:
        if members_table is None:
            candidates = beside.assign(star_id=known["star_id"])
        else:
            wanted = wanted_labels(labels)
            read = read_columns(members_table, wanted, labels.get("hdu"), labels.get("readme"))
            candidates = pd.DataFrame(read.values)
        names = Aliases(yaml.safe_load(aliases.read_text(encoding="utf-8")))
        place = str(members_table or table)
        found, possible = assigned(candidates, known, labels, names, place)
    if labels is not None and len(possible):
        star_table = marked(star_table, possible, labels.get("not_members", "drop"), str(table))
    if field_table is not None:
        field, _ = read_stars(field_table, field_block(block), (), asked)
        star_table = with_field(star_table, field, (str(table), str(field_table)))
    if block.get("n_field") is not None:
        star_table = with_drawn_field(star_table, found, block["n_field"], seed, catalog)
    meta = meta_of(catalog, block, list(star_table.columns))
    write_table(star_table, stars, "stars", meta)
    write_table(found, members, "members", meta)


def marked(stars: pd.DataFrame, possible: np.ndarray, policy: str, place: str) -> pd.DataFrame:
    """Stars with a column `possible_member`, for `select` to drop, or as they are."""
    hit = stars["star_id"].isin(possible).to_numpy()
    logger.warning(
        "%s: %d stars are named for a cluster without being members (below a threshold of "
        "members/above or min, or not of members/clusters): %s",
        place,
        len(possible),
        "they are dropped, as they are no certain field stars; see members/not_members"
        if policy == "drop"
        else "they count as field stars",
    )
    return stars.assign(possible_member=hit.astype(np.int64)) if policy == "drop" else stars


def with_drawn_field(
    stars: pd.DataFrame, members: pd.DataFrame, number: int, seed: int, catalog: str
) -> pd.DataFrame:
    """Stars with `number` of the field stars, drawn at random; members all stay."""
    is_field = ~stars["star_id"].isin(members["star_id"]).to_numpy()
    if "possible_member" in stars:
        is_field = is_field & (stars["possible_member"] == 0).to_numpy()
    keep = drawn(
        stars["star_id"].to_numpy(), is_field, number, generator_for(seed, "n_field", catalog)
    )
    there = stars.loc[is_field, "star_id"].nunique()
    if there < number:
        logger.warning("n_field: %d field stars are asked for, there are %d", number, there)
    else:
        logger.info("n_field: %d of %d field stars drawn at random", number, there)
    return stars[keep].reset_index(drop=True)


if __name__ == "__main__":
    run(read_catalog, snakemake)
