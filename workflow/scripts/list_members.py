"""List the members of the groups of another sample, which are the truth of this one."""

import logging
from pathlib import Path
from typing import Any

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.select.found import members_found

logger = logging.getLogger("chemtag.list_members")


def list_members(groups: Path, members: Path, sample: str, truth: dict[str, Any]) -> None:
    """Write who is in a group of the sample and setting that `truth` of `sample` names."""
    table = read_table(groups, "groups")
    other, setting, least = truth["sample"], truth["tagger"], truth["min_strength"]
    key = f"samples/{sample}/truth"
    remedy = (
        f"name another setting of samples/{other} ({key}/tagger), lower {key}/min_strength, or set "
        "`truth: none`"
    )
    found = members_found(table, other, setting, least, str(groups), remedy)
    of_setting = table[(table["setting"].astype(str) == setting).to_numpy(dtype=bool)]
    counts = {
        "in_groups": len(of_setting),
        "groups": int(of_setting["group"].nunique()),
        "members": len(found),
        "clusters": int(found["cluster"].nunique()),
    }
    logger.info(
        "%s, %s: %d of %d stars in groups have a strength of %g or more, in %d of %d groups; the "
        "others are field",
        other, setting, counts["members"], counts["in_groups"], least, counts["clusters"],
        counts["groups"],
    )  # fmt: skip
    write_table(found, members, "members", {"sample": sample, "found": {**truth, **counts}})


if __name__ == "__main__":
    run(list_members, snakemake)
