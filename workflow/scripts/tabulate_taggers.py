"""Write T5: the tagger of known width beside HDBSCAN."""

import logging
from pathlib import Path

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.paper.printed import write_printed
from chemtag.paper.tagger_table import tagger_table, taggers_page

logger = logging.getLogger("chemtag.tabulate_taggers")

NOTES = (
    r"Clusters recovered at 40\,\% and their share with 68\,\% interval, its mean under the "
    r"permutation null, the share at 70\,\%, the area under RF($t$), groups, and the share of "
    r"groups that match no cluster. The headline of HDBSCAN is named in the config and chosen by "
    r"no score; its oracle is the best setting of the grid in any space by the truth. The tagger "
    r"of known width reads no truth; each of its levels is a run of its own."
)


def tabulate_taggers(
    scores: Path,
    oracle: Path,
    scan: Path,
    table: Path,
    latex: Path,
    deluxe: Path,
    mrt: Path,
    setting: str,
    label: str,
    sample: str,
) -> None:
    """Write T5 from the `scores` of the settings, of the `oracle` and of the levels of the scan."""
    levels = read_table(scan, "scores")
    result = tagger_table(
        read_table(scores, "scores"),
        read_table(oracle, "oracle_scores"),
        levels,
        setting,
        str(scores),
    )
    meta = {"sample": sample, "setting": setting, "width": levels.attrs["width"]}
    write_table(result, table, "table_taggers", meta)
    written = read_table(table, "table_taggers")
    page = taggers_page(written, label, NOTES, sample)
    title = f"Taggers side by side: {label}"
    write_printed(written, page, title, latex, deluxe, mrt)
    logger.info("%d taggers", len(result))


if __name__ == "__main__":
    run(tabulate_taggers, snakemake)
