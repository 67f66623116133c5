"""Count the stars that candidates share with known clusters and associations."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import yaml

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.survey.cluster_names import Aliases
from chemtag.vet.coincidences import coincidences as shared_with
from chemtag.vet.reading import read_known
from chemtag.vet.seal import check_seal

logger = logging.getLogger("chemtag.cross_identify")


def cross_identify(
    abundances: Path,
    candidates: Path,
    candidate_members: Path,
    seal: Path,
    aliases: Path,
    known: list[Path],
    coincidences: Path,
    lists: Mapping[str, Mapping[str, str]],
    sample: str,
) -> None:
    """Write the coincidences with the `known` lists of the user, in the order of `lists`."""
    members = read_table(candidate_members, "candidate_members")
    tables = {"candidates": read_table(candidates, "candidates"), "members": members}
    check_seal(json.loads(seal.read_text(encoding="utf-8")), tables, str(seal))
    star_id = read_table(abundances, columns=["star_id"])["star_id"].tolist()
    names = Aliases(yaml.safe_load(aliases.read_text(encoding="utf-8")))
    parts, counts = [], {}
    for (name, block), path in zip(lists.items(), known, strict=True):
        listed = read_known(path, block, names, star_id, f"vet/known/{name}")
        parts.append(shared_with(members, listed, star_id, name))
        counts[name] = listed["star_id"].isin(star_id).sum().item()
        logger.info("%s: %d stars of the sample listed, %d coincidences", name, counts[name],
                    len(parts[-1]))  # fmt: skip
    meta = {"sample": sample, "listed_in_sample": counts}
    write_table(pd.concat(parts, ignore_index=True), coincidences, "coincidences", meta)


if __name__ == "__main__":
    run(cross_identify, snakemake)
