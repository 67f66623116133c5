"""Write T2: the groups that recover a cluster."""

import logging
from pathlib import Path

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.paper.latex import groups_page
from chemtag.paper.printed import write_printed
from chemtag.paper.tables import group_table, rows_of_setting

logger = logging.getLogger("chemtag.tabulate_groups")

NOTES = (
    r"$P$ and $C$ are purity and completeness, counts of this partition, which have no interval; "
    r"$p$ is their chance level under the permutation null, $p_\mathrm{FDR}$ after Benjamini "
    r"\& Hochberg (1995) over clusters that count. \tablefoottext{a}{Recovered at 70\,\%.}"
)


def tabulate_groups(
    clusters: Path,
    group_scores: Path,
    table: Path,
    latex: Path,
    deluxe: Path,
    mrt: Path,
    setting: str,
    label: str,
    sample: str,
) -> None:
    """Write T2 as ECSV, LaTeX (A&A and AASTeX) and machine-readable table."""
    rows = rows_of_setting(read_table(group_scores, "group_scores"), setting, str(group_scores))
    result = group_table(read_table(clusters, "table_clusters"), rows)
    write_table(result, table, "table_groups", {"sample": sample, "setting": setting})
    written = read_table(table, "table_groups")
    page = groups_page(written, label, NOTES, sample)
    title = f"Groups that recover a cluster: {label}"
    write_printed(written, page, title, latex, deluxe, mrt)
    logger.info("%d groups, %d recovered clusters", len(rows), len(result))


if __name__ == "__main__":
    run(tabulate_groups, snakemake)
