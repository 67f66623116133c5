"""Columns that say which star belongs to which cluster, and which of their words mean none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.survey import cells
from chemtag.survey.columns import Wanted

# Besides the words of an empty cell and negative integers, which programs give to noise.
FIELD_WORDS = ("field", "noise", "?", "??")
# Field to some, a cluster to others: the user is asked.
ASKED_WORDS = ("0", "unknown", "other", "others", "outlier", "background", "unassigned", "no")


def wanted_labels(members: Mapping[str, Any]) -> list[Wanted]:
    """Columns that a `members` block of the config asks for.

    Their targets: `cluster`, `probability`, `above/COLUMN`, `min/COLUMN` and, in a table of its
    own, the columns to join by. Codes of missing values are looked for in probabilities and
    thresholds, and beyond the range of coordinates.
    """
    own = tuple(float(code) for code in members["missing_codes"])
    codes = (*own, *cells.MEMBER_CODES)
    result = [Wanted("cluster", members["cluster"], "text", (), "members/cluster")]
    if "probability" in members:
        key = "members/probability"
        result.append(Wanted("probability", members["probability"], "number", codes, key, "1"))
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
            result.append(position(name, members[name], own, f"members/{name}"))
    return result


def position(name: str, address: str, own: tuple[float, ...], key: str) -> Wanted:
    """A column of right ascension or declination, in degrees, with `own` codes of the config."""
    limits = (-180.0, 360.0) if name == "ra" else (-90.0, 90.0)
    return Wanted(name, address, "number", (*own, *cells.POSITION_CODES), key, "deg", limits)


def field_labels(
    labels: npt.NDArray[np.object_],
    field_values: Sequence[Any] = (),
    cluster_values: Sequence[Any] = (),
) -> npt.NDArray[np.bool_]:
    """Return (n,) True where a label means no cluster; case and padding do not count.

    Field are empty cells, the words of `cells.EMPTY_WORDS` and `FIELD_WORDS`, negative integers,
    and `field_values`; a cluster is what `cluster_values` says.
    """
    field = {_folded(value) for value in field_values}
    clusters = {_folded(value) for value in cluster_values}
    known = {label: _means_field(label, field, clusters) for label in set(labels.tolist())}
    return np.array([known[label] for label in labels.tolist()], dtype=bool)


def _folded(label: Any) -> str:
    return cells.whole_label(str(label).strip()).casefold()


def _means_field(label: Any, field: set[str], clusters: set[str]) -> bool:
    word = _folded(label)
    if word in clusters:
        return False
    negative = word[:1] == "-" and word[1:].isdigit()
    return cells.is_empty(word) or negative or word in FIELD_WORDS or word in field


def classified(
    labels: npt.NDArray[np.object_], block: Mapping[str, Any], place: str
) -> npt.NDArray[np.bool_]:
    """As `field_labels` for a `members` block; logs what counts as field, asks where unsure.

    Raises `InputProblem` for labels that may mean either, such as 0 where no label is negative.
    """
    clusters = block.get("cluster_values", [])
    field = field_labels(labels, block["field_values"], clusters)
    counts = Counter(_folded(label) for label in labels[field].tolist())
    if counts:
        listed = ", ".join(f"{word!r} {n}" for word, n in counts.most_common(8))
        more = f" and {len(counts) - 8} other words" if len(counts) > 8 else ""
        # Empty cells and words of the config are expected; of any other word the user should know.
        expected = {"", *(_folded(value) for value in block["field_values"])}
        say = logger.info if set(counts) <= expected else logger.warning
        say(
            "%s: column %r (members/cluster): %d of %d rows count as field: %s%s",
            place,
            block["cluster"],
            int(field.sum()),
            len(labels),
            listed,
            more,
        )
    said = {_folded(value) for value in clusters}
    rest = Counter(_folded(label) for label in labels[~field].tolist())
    numbered = any(word[:1] == "-" and word[1:].isdigit() for word in counts)
    for word in ASKED_WORDS:
        # Where noise is -1, groups are counted from 0.
        if word in rest and word not in said and not (word == "0" and numbered):
            raise InputProblem(
                f"{place}: column {block['cluster']!r} (members/cluster) holds {word!r} in "
                f"{rest[word]} of {len(labels)} rows, which may mean the field or a cluster; put "
                "it in members/field_values or in members/cluster_values."
            )
    return field
