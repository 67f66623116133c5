"""Read a user's catalogue and its cluster members into the canonical tables."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from chemtag.base.step import run
from chemtag.base.tables import write_table
from chemtag.survey.cluster_names import Aliases
from chemtag.survey.columns import read_columns
from chemtag.survey.labels import wanted_labels
from chemtag.survey.membership import members_of
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
) -> None:
    """Write the stars of `table` and its members, as the catalog `block` of the config says.

    Labels come from `members_table`, or from `table` itself if that is None.
    """
    labels = block.get("members")
    also = wanted_labels(labels) if labels and members_table is None else []
    star_table, beside = read_stars(table, block, also)
    meta = meta_of(catalog, block)
    write_table(star_table, stars, "stars", meta)
    known = star_table[[n for n in ("star_id", "gaia_source_id", "ra", "dec") if n in star_table]]
    del star_table
    if labels is None:
        logger.warning("%s: no `members` in the config, so no star is in a cluster", table)
        found = pd.DataFrame({"star_id": [], "cluster": [], "probability": [], "source": []})
    else:
        if members_table is None:
            candidates = beside.assign(star_id=known["star_id"])
        else:
            read = read_columns(members_table, wanted_labels(labels), labels.get("hdu"))
            candidates = pd.DataFrame(read.values)
        names = Aliases(yaml.safe_load(aliases.read_text(encoding="utf-8")))
        place = str(members_table or table)
        found = members_of(candidates, known, labels, names, place)
    write_table(found, members, "members", meta)


if __name__ == "__main__":
    run(read_catalog, snakemake)
