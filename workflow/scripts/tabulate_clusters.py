"""Write T1: the clusters of a sample and what became of them."""

import logging
from pathlib import Path

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.paper.latex import clusters_page
from chemtag.paper.printed import write_printed
from chemtag.paper.tables import cluster_table, rows_of_setting

logger = logging.getLogger("chemtag.tabulate_clusters")

NOTES = (
    r"$N$ counts members in the sample; $\sigma$ is the median over elements of the scatter within "
    r"the cluster (dex; ends: medians of the ends of the 68\,\% intervals), $\sigma_\mathrm{err}$ "
    r"that of the rms measurement errors. $P$ and $C$ are purity and completeness of the best "
    r"group as counts of this partition, which have no interval; $p$ is their chance level under "
    r"the permutation null, $p_\mathrm{FDR}$ after Benjamini \& Hochberg (1995) over clusters that "
    r"count. \tablefoottext{a}{Recovered at 40\,\%.}"
)


def tabulate_clusters(
    clusters: Path,
    coherence: Path,
    table: Path,
    latex: Path,
    deluxe: Path,
    mrt: Path,
    setting: str,
    label: str,
    sample: str,
) -> None:
    """Write T1 as ECSV, LaTeX (A&A and AASTeX) and machine-readable table."""
    rows = rows_of_setting(read_table(clusters, "clusters"), setting, str(clusters))
    result = cluster_table(rows, read_table(coherence, "coherence"))
    write_table(result, table, "table_clusters", {"sample": sample, "setting": setting})
    written = read_table(table, "table_clusters")
    page = clusters_page(written, label, NOTES, sample)
    title = f"Clusters of the sample: {label}"
    write_printed(written, page, title, latex, deluxe, mrt)
    found = int((result["recovered_40"] & result["eligible"]).sum())
    logger.info(
        "%d clusters, %d eligible, %d recovered", len(result), result["eligible"].sum(), found
    )


if __name__ == "__main__":
    run(tabulate_clusters, snakemake)
