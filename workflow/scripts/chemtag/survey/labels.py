"""Columns that say which star belongs to which cluster."""

from collections.abc import Mapping
from typing import Any

from chemtag.survey.columns import Wanted


def wanted_labels(members: Mapping[str, Any]) -> list[Wanted]:
    """Columns that a `members` block of the config asks for.

    Their targets: `cluster`, `probability`, `above/COLUMN`, `min/COLUMN` and, in a table of its
    own, the columns to join by. Codes of missing values are looked for in probabilities and
    thresholds.
    """
    codes = tuple(float(code) for code in members["missing_codes"])
    result = [Wanted("cluster", members["cluster"], "text", (), "members/cluster")]
    if "probability" in members:
        key = "members/probability"
        result.append(Wanted("probability", members["probability"], "number", codes, key))
    for kind in ("above", "min"):
        for name in members[kind]:
            key = f"members/{kind}"
            result.append(Wanted(f"{kind}/{name}", name, "number", codes, key))
    if "star_id" in members:
        result.append(Wanted("star_id", members["star_id"], "identifier", (), "members/star_id"))
    if "gaia_source_id" in members:
        key = "members/gaia_source_id"
        result.append(Wanted("gaia_source_id", members["gaia_source_id"], "source_id", (), key))
    for name in ("ra", "dec"):
        if name in members:
            result.append(Wanted(name, members[name], "number", (), f"members/{name}"))
    return result
