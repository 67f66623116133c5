"""Gather the lists of members that a sample is scored against beside its truth."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from chemtag.base.documents import read_document
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.select.found import members_found, of_catalog
from chemtag.select.lists import check_cuts, everyone, listed_members, rows_of_lists
from chemtag.survey.cluster_names import Aliases
from chemtag.survey.lists import read_list

logger = logging.getLogger("chemtag.gather_lists")


def gather_lists(
    stars: Path,
    catalog_members: Path,
    members: Path,
    birth: Path | None,
    groups: list[Path],
    tables: list[Path],
    aliases: Path,
    lists: Path,
    listed: Path,
    sample: str,
    named: dict[str, dict[str, Any]],
    catalog: dict[str, Any],
) -> None:
    """Write who is in which cluster by each list, and all stars `listed` by the truth or by a list.

    `named` is the block of the sample under score/lists; `groups` are those of its lists that name
    a sample, `tables` those of its lists with `members`, in this order; `members` is the truth of
    the sample, `catalog_members` that of its catalogue, `catalog` its block.
    """
    names = Aliases(read_document(aliases, "list of aliases"))
    places = read_table(stars)
    at_groups, at_tables = iter(groups), iter(tables)
    found: dict[str, pd.DataFrame] = {}
    for name, block in named.items():
        if "sample" in block:
            key = f"score/lists/{sample}/{name}"
            found[name] = _of_groups(next(at_groups), block, key, places)
        elif "members" in block:
            found[name] = read_list(next(at_tables), block["members"], places, names, catalog)
        elif block["truth"] == "birth":
            found[name] = listed_members(read_table(birth, "birth"))
        else:
            found[name] = read_table(catalog_members, "members")
        inside = found[name].loc[found[name]["cluster"] != "", "cluster"]
        logger.info("%s: %d stars in %d clusters", name, len(inside), inside.nunique())
    rows = rows_of_lists(found)
    cuts = {name: block["cuts"] for name, block in named.items()}
    check_cuts(rows, cuts, f"score/lists/{sample}")
    write_table(rows, lists, "lists", {"sample": sample})
    union = everyone(read_table(members, "members"), rows, cuts)
    logger.info("%d stars are named by the truth of the sample or by a list", len(union))
    write_table(union, listed, "members", {"sample": sample, "lists": list(named)})


def _of_groups(path: Path, block: dict[str, Any], key: str, stars: pd.DataFrame) -> pd.DataFrame:
    """Members of all strengths in the groups of another sample: cuts are made by who scores."""
    other, setting = block["sample"], block["tagger"]
    remedy = f"name another setting of samples/{other} ({key}/tagger), or take the list out"
    found = members_found(read_table(path, "groups"), other, setting, 0.0, str(path), remedy)
    return of_catalog(found, stars["star_id"].to_numpy(dtype=object), str(path), f"{key}/sample")


if __name__ == "__main__":
    run(gather_lists, snakemake)
