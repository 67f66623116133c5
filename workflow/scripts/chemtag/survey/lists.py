"""A user's list of members, beside that of the catalogue."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from chemtag.survey.cluster_names import Aliases
from chemtag.survey.columns import read_columns
from chemtag.survey.labels import wanted_labels
from chemtag.survey.membership import assigned


def read_list(
    path: Path,
    block: Mapping[str, Any],
    stars: pd.DataFrame,
    aliases: Aliases,
    catalog: Mapping[str, Any],
) -> pd.DataFrame:
    """Return the members (contract `members`) that a table lists among the `stars` of a catalogue.

    `block` is as `members` of a `catalog` block, and read in the same way; without a table of its
    own its columns are those of the catalogue, whose file `path` then is. Stars named for a cluster
    that are no members (`not_members: drop`) are in the table without a cluster. Raises
    `InputProblem` as `assigned` does.
    """
    own = "path" in block or "dataset" in block
    if not own:
        block = {**block, "star_id": catalog["columns"]["star_id"]}
    file = block if own else catalog
    read = read_columns(path, wanted_labels(block), file.get("hdu"), file.get("readme"))
    known = stars[[n for n in ("star_id", "gaia_source_id", "ra", "dec") if n in stars]]
    members, possible = assigned(pd.DataFrame(read.values), known, block, aliases, str(path))
    if block["not_members"] == "field":
        return members
    others = pd.DataFrame({"star_id": possible, "cluster": ""})
    return pd.concat([members, others], ignore_index=True)
