"""Write T3: the scores of the headline setting, each beside its chance level."""

import logging
from pathlib import Path

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.paper.latex import metrics_page
from chemtag.paper.printed import write_printed
from chemtag.paper.tables import METRIC_HEADINGS, metric_table, rows_of_setting

logger = logging.getLogger("chemtag.tabulate_metrics")

NOTES = (
    r"Values with 68\,\% intervals over clusters; null: mean and 95th percentile when "
    r"groups are permuted over stars; $z$ and $p$ against that null. Redrawn: 68\,\% range of the "
    r"score when stars are moved within their abundance errors. In brackets: how noise and "
    r"field stars enter. A dotted cell is undefined; the machine-readable table says why, and "
    r"holds further scores."
)


def tabulate_metrics(
    scores: Path,
    table: Path,
    latex: Path,
    deluxe: Path,
    mrt: Path,
    setting: str,
    label: str,
    sample: str,
    redrawn: Path | None = None,
) -> None:
    """Write T3 as ECSV and MRT (every score) and as LaTeX (the scores of `METRIC_HEADINGS`)."""
    rows = rows_of_setting(read_table(scores, "scores"), setting, str(scores))
    draws = None if redrawn is None else read_table(redrawn, "redrawn_scores")
    result = metric_table(rows, draws)
    write_table(result, table, "table_metrics", {"sample": sample, "setting": setting})
    written = read_table(table, "table_metrics")
    page = metrics_page(written, METRIC_HEADINGS, label, NOTES, sample)
    title = f"Scores of the headline setting: {label}"
    write_printed(written, page, title, latex, deluxe, mrt)
    logger.info("%d scores", len(result))


if __name__ == "__main__":
    run(tabulate_metrics, snakemake)
