"""Say of each star of a sample which cluster it belongs to: the truth of all scores."""

import logging
from pathlib import Path

import pandas as pd

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.select.lists import listed_members
from chemtag.select.truth import truth_in, truth_table

logger = logging.getLogger("chemtag.label_stars")


def label_stars(
    abundances: Path, listed: Path, truth: Path, sample: str, kind: str, min_members: int
) -> None:
    """Join the stars of the sample with who is `listed`, once for all that score.

    `listed` is the members table of the catalogue or of the groups of another sample, or for the
    `kind` "birth" the birth table of the simulator.
    """
    star_id = read_table(abundances, columns=["star_id"])["star_id"].to_numpy(dtype=object)
    source = read_table(listed, kind)
    known = listed_members(source)
    weighed = source.attrs.get("birth_mass", {})
    seen = set(known.loc[known["star_id"].isin(star_id), "cluster"])
    if weighed:
        known = in_large_clusters(known[known["star_id"].isin(star_id)], min_members)
    table = truth_table(star_id, known, min_members, str(listed))
    found = truth_in(table, star_id, str(truth))
    absent = sorted(set(known["cluster"]) - set(found.names))
    n_members = int(found.members.sum())
    logger.info("%d stars, %d cluster members, %d field stars",
                len(star_id), n_members, len(star_id) - n_members)  # fmt: skip
    logger.info("%d of %d members of %s are in the sample", n_members, len(known), listed)
    logger.info("%d clusters in the sample, %d of them with at least %d members",
                found.n_clusters, int(found.eligible.sum()), min_members)  # fmt: skip
    small = [f"{name} {size}" for name, size, counts in
             zip(found.names, found.sizes, found.eligible, strict=True) if not counts]  # fmt: skip
    if small:
        logger.info("too few members to count in scores: %s", ", ".join(small))
    if absent:
        logger.info("%d clusters have no star in the sample: %s", len(absent), ", ".join(absent))
    meta = {"sample": sample, "truth": kind, "min_members": min_members, "absent": absent}
    meta |= {key: source.attrs[key] for key in ("found",) if key in source.attrs}
    if weighed:
        # In solar masses, of the dissolved clusters with a star in the sample.
        meta["birth_mass"] = {name: weighed[name] for name in sorted(seen & set(weighed))}
    write_table(table, truth, "truth", meta)


def in_large_clusters(known: pd.DataFrame, min_members: int) -> pd.DataFrame:
    """Return the stars of clusters with at least `min_members` of them.

    Of a Galaxy the others are field: tens of thousands of clusters of one star hold no siblings.
    """
    sizes = known["cluster"].map(known["cluster"].value_counts())
    return known[sizes >= min_members]


if __name__ == "__main__":
    run(label_stars, snakemake)
