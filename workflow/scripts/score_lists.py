"""Score the headline groups of a sample against each of its lists of members."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.score.lists import Draws, list_scores_rows, reference, truths_of_lists
from chemtag.score.rows import codes_of_groups
from chemtag.select.truth import truth_in

logger = logging.getLogger("chemtag.score_lists")


def score_lists(
    groups: Path,
    truth: Path,
    lists: Path,
    list_scores: Path,
    headline: str,
    named: dict[str, dict[str, Any]],
    min_members: int,
    n_permutations: int,
    n_bootstrap: int,
    seed: int,
    sample: str,
) -> None:
    """Write the scores of the headline by the truth of the sample and by each list at each cut."""
    known = read_table(truth, "truth")
    star_id = known["star_id"].to_numpy(dtype=object)
    table = read_table(groups, "groups")
    own = table[(table["setting"].astype(str) == headline).to_numpy(dtype=bool)]
    codes = codes_of_groups(own, [headline], star_id, str(groups))[0]
    first = reference(truth_in(known, star_id, str(truth)))
    others = truths_of_lists(read_table(lists, "lists"), named, star_id, min_members)
    draws = Draws(n_permutations, n_bootstrap, seed, sample)
    parts = list_scores_rows(codes, first, others, draws)
    for part in parts:
        row = part[part["metric"] == "rf40"].iloc[0]
        logger.info("%s, %g: %d stars in %d clusters, RF40 %.2f", row["list"], row["cut"],
                    row["n_stars"], row["n_clusters"], row.get("value", float("nan")))  # fmt: skip
    meta = {
        "sample": sample,
        "setting": headline,
        "n_stars": len(star_id),
        "n_groups": len(set(codes[codes >= 0])),
        "min_members": min_members,
        "n_permutations": n_permutations,
        "n_bootstrap": n_bootstrap,
        "seed": seed,
    }
    write_table(pd.concat(parts, ignore_index=True), list_scores, "list_scores", meta)


if __name__ == "__main__":
    run(score_lists, snakemake)
