"""Columns that say which star belongs to which cluster, and which of their words mean none."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.survey import cells
from chemtag.survey.columns import Wanted

# Besides the words of an empty cell, labels without a letter or digit, and negative integers, which
# programs give to noise. Blanks, `_`, `-` and `.` between letters do not count (`_joined`).
FIELD_WORDS = (
    *("field", "fieldstar", "fieldstars", "noise", "nocluster"),
    *("nonmember", "nonmembers", "notmember", "notamember"),
)
# Of a flag of members, which names no cluster: all members of all clusters would be one.
AFFIRMED_WORDS = ("yes", "true", "y", "t")
# Field to some, a cluster to others: the user is asked.
ASKED_WORDS = (
    *("0", "unknown", "other", "others", "outlier", "background", "bg", "fld", "isolated"),
    *("unassigned", "unassociated", "unclustered", "ungrouped", "no", "false", "n", "f"),
    *("99", "999", "9999", "99999", *AFFIRMED_WORDS),
)
# A label of so many rows, and so many times the rows of any other, may be a word for the field.
_MOST_ROWS, _TIMES_OTHERS = 0.3, 3


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
    labels without a letter or digit (`?`), and `field_values`; a cluster is what `cluster_values`
    says.
    """
    field = {_folded(value) for value in field_values}
    clusters = {_folded(value) for value in cluster_values}
    known = {label: _means_field(label, field, clusters) for label in set(labels.tolist())}
    return np.array([known[label] for label in labels.tolist()], dtype=bool)


def _folded(label: Any) -> str:
    """A label of a table or a word of the config, written alike."""
    return cells.whole_label(cells.plain(label)).casefold()


def _joined(word: str) -> str:
    """A word without what may stand between its letters: non-member is nonmember; -1, 9.99 stay."""
    return word if _negative(word) else re.sub(r"(?<!\d)[\s_.-]+|[\s_.-]+(?!\d)", "", word)


def _negative(word: str) -> bool:
    return word[:1] == "-" and word[1:].isdigit()


def _means_field(label: Any, field: set[str], clusters: set[str]) -> bool:
    word = _folded(label)
    if word in clusters:
        return False
    nothing = cells.is_empty(word) or not any(map(str.isalnum, word))
    return nothing or _negative(word) or _joined(word) in FIELD_WORDS or word in field


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
    rest = Counter(_folded(label) for label in labels[~field].tolist())
    _ask(rest, counts, {_folded(value) for value in clusters}, block, place)
    _doubt_largest(rest, len(labels), block, place)
    return field


def asked_words(rest: Counter[str], field: Collection[str]) -> Iterator[str]:
    """Yield labels that may mean the field or a cluster, unless their company says which.

    `rest` counts the labels that are no certain field, `field` are those that are.
    """
    folded = {_folded(word) for word in rest}
    for label in rest:
        word = _folded(label)
        joined = _joined(word)
        if joined not in ASKED_WORDS:
            continue
        if joined == "0" and any(map(_negative, map(_folded, field))):
            continue  # noise is -1, groups count from 0
        if joined.startswith("99") and _counted_to(int(joined), folded):
            continue
        if len(joined) == 1 and joined.isalpha() and _letters_name(joined, folded):
            continue
        yield label


def _counted_to(number: int, folded: Collection[str]) -> bool:
    """Say whether groups are numbered up to `number`; small ones may have been left out."""
    below = [str(number - k) in folded for k in range(1, 11)]
    return below[0] or sum(below) >= 5


def _letters_name(letter: str, folded: Collection[str]) -> bool:
    """Say whether single letters name clusters (A, B, F), and not no and yes, false and true."""
    letters = {word for word in folded if len(word) == 1 and word.isalpha()}
    flag = not letters.isdisjoint("nf") and not letters.isdisjoint("ytm")
    return len(letters) > (2 if letter in "nf" else 1) and not flag


def _ask(
    rest: Counter[str],
    counted: Counter[str],
    said: set[str],
    block: Mapping[str, Any],
    place: str,
) -> None:
    """Refuse words that may mean the field or a cluster and of which the config says nothing."""
    for word in asked_words(rest, counted):
        if word in said:
            continue
        raise InputProblem(
            f"{place}: column {block['cluster']!r} (members/cluster) holds {word!r} in "
            f"{rest[word]} of {rest.total() + counted.total()} rows, which may mean the field or a "
            "cluster; put it in members/field_values or in members/cluster_values."
        )


def _doubt_largest(rest: Counter[str], n_rows: int, block: Mapping[str, Any], place: str) -> None:
    """Warn of a label of many rows beside small clusters: a word for the field nobody listed."""
    if len(rest) < 3:
        return
    (word, count), (_, second) = rest.most_common(2)
    if count > _MOST_ROWS * n_rows and count >= _TIMES_OTHERS * second:
        logger.warning(
            "%s: column %r (members/cluster) names %d of %d rows %r, %.3g times as many as any "
            "other cluster; if it means the field, put it in members/field_values",
            place,
            block["cluster"],
            count,
            n_rows,
            word,
            count / second,
        )
