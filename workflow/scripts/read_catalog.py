"""Read a user's catalogue and its cluster members into the canonical tables."""

from pathlib import Path
from typing import Any

from chemtag.base.documents import read_document
from chemtag.base.step import run
from chemtag.base.tables import write_table
from chemtag.survey.catalog import catalog_of
from chemtag.survey.cluster_names import Aliases
from chemtag.survey.cone import with_cone
from chemtag.survey.stars import meta_of


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
    """Write the stars of `table` and its members, as the catalog `block` of the config says."""
    names = Aliases(read_document(aliases, "list of aliases"))
    found, known = catalog_of(table, members_table, names, catalog, block, field_table, asked, seed)
    found = with_cone(found, asked, block.get("cone", {}), str(table))
    meta = meta_of(catalog, block, list(found.columns))
    write_table(found, stars, "stars", meta)
    write_table(known, members, "members", meta)


if __name__ == "__main__":
    run(read_catalog, snakemake)
