"""Write T4: in how many settings of the grid each cluster is recovered."""

import logging
from pathlib import Path

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.paper.latex import settings_page
from chemtag.paper.printed import write_printed
from chemtag.paper.tables import settings_table

logger = logging.getLogger("chemtag.tabulate_settings")

NOTES = (
    r"Settings that recover the cluster at 40 and 70\,\%, and those of the former whose match is "
    r"better than chance ($p<0.05$ under the permutation null of the setting alone). Settings "
    r"share the stars and are not independent, so their counts have no interval. The best match is "
    r"chosen with the truth. \tablefoottext{a}{Recovered at 40\,\% by the headline setting.}"
)


def tabulate_settings(
    clusters: list[Path],
    table: Path,
    latex: Path,
    deluxe: Path,
    mrt: Path,
    spaces: list[str],
    space: str,
    setting: str,
    label: str,
    sample: str,
) -> None:
    """Write T4 of the `clusters` tables of the `spaces`, headline `setting` in `space`."""
    each = zip(spaces, clusters, strict=True)
    tables = {name: read_table(path, "clusters") for name, path in each}
    result = settings_table(tables, (space, setting))
    write_table(result, table, "table_settings", {"sample": sample, "setting": setting})
    written = read_table(table, "table_settings")
    page = settings_page(written, label, NOTES, sample)
    title = f"Settings of the grid that recover each cluster: {label}"
    write_printed(written, page, title, latex, deluxe, mrt)
    logger.info("%d eligible clusters in %d spaces", result["cluster"].nunique(), len(tables))


if __name__ == "__main__":
    run(tabulate_settings, snakemake)
