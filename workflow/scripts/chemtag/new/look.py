"""What a table holds: the columns a config can name, what stands in them, and what is doubtful."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.new.flags import Bits, are_bits, recognised
from chemtag.new.names import ROLES, Ratio, abundance_of, plain, role_of
from chemtag.survey.cells import (
    ABUNDANCE_CODES,
    BadCell,
    coded,
    is_empty,
    numbers_of,
    words_of,
)
from chemtag.survey.files import TableFile, open_table
from chemtag.survey.labels import AFFIRMED_WORDS, asked_words, field_labels
from chemtag.survey.suspects import repeated_far

FEWEST_MEMBERS = 4
"""Members a cluster needs to count, the default of `min_members`."""
COARSE = 0.05
"""Median error in dex above which an element tells few clusters apart."""


@dataclass(frozen=True)
class Element:
    """Columns of an element; share missing, median, range, median error, codes."""

    value: str
    error: str | None
    flag: str | None
    missing: float
    median: float
    spread: float
    median_error: float
    codes: tuple[float, ...] = ()


@dataclass
class Look:
    """What was seen of a table; `doubts` are sentences for its owner."""

    path: Path
    n_rows: int
    columns: list[str]
    roles: dict[str, str] = field(default_factory=dict)
    elements: dict[str, Element] = field(default_factory=dict)
    ratio: Ratio = "x_fe"
    repeated_ids: int = 0
    clusters: Counter[str] = field(default_factory=Counter)
    field_words: tuple[str, ...] = ()
    windows: dict[str, tuple[float, float]] = field(default_factory=dict)
    flag_bits: Bits | None = None
    doubts: list[str] = field(default_factory=list)


def look_at(path: Path, hdu: int | str | None = None) -> Look:
    """Look at the table at `path`.

    Raises `InputProblem` if it cannot be read, has no column that looks like an identifier, or
    fewer than two that look like abundances.
    """
    table = open_table(path, hdu)
    columns = list(table.columns)
    seen = Look(path, 0, columns)
    _find_roles(seen)
    groups = _find_elements(seen)
    wanted = sorted(
        {*seen.roles.values(), *(name for parts in groups.values() for name in parts.values())}
    )
    read = _read(table, wanted)
    seen.n_rows = len(read.get(seen.roles["star_id"], ()))
    if seen.n_rows < 2:
        raise InputProblem(
            f"{path}: the table has {seen.n_rows} rows, expected stars to tag; give a catalogue "
            "that has some."
        )
    _look_at_identifiers(seen, read)
    for element, parts in groups.items():
        seen.elements[element] = _look_at_element(seen, element, parts, read)
    _look_at_flags(seen, read)
    for name in ("snr", "teff", "logg"):
        if name in seen.roles:
            known = _numbers(read[seen.roles[name]], seen.roles[name], path)
            if np.isfinite(known).any():
                low, high = np.nanpercentile(known, [0, 100])
                seen.windows[name] = float(low), float(high)
    if "cluster" in seen.roles:
        _look_at_clusters(seen, read[seen.roles["cluster"]])
    else:
        seen.doubts.append(
            "no column of cluster names: the run finds groups and cannot score them; give a list "
            "of members under `members` (docs/howto/clusters.md) or name the column."
        )
    return seen


def _find_roles(seen: Look) -> None:
    """The surest column for each role, with a doubt where there are several."""
    for role in ROLES:
        found = role_of(seen.columns, role)
        if not found:
            continue
        seen.roles[role] = found[0]
        if role == "cluster" and plain(found[0]) in ("cl", "group", "association", "oc"):
            seen.doubts.append(f"{found[0]!r} is taken as the name of the cluster.")
        if len(found) > 1 and role in ("star_id", "cluster"):
            seen.doubts.append(
                f"{found[0]!r} is taken as {role}; {', '.join(map(repr, found[1:]))} may be meant."
            )
    if "star_id" not in seen.roles:
        listed = ", ".join(map(repr, seen.columns[:12]))
        raise InputProblem(
            f"{seen.path}: no column looks like a star identifier (found {listed}); expected one "
            f"such as {', '.join(ROLES['star_id'][:6])}; rename the identifier's column."
        )
    if seen.roles.get("gaia_source_id") == seen.roles["star_id"]:
        del seen.roles["gaia_source_id"]


def _find_elements(seen: Look) -> dict[str, dict[str, str]]:
    """Columns by element and kind, in the ratio that most elements have."""
    named = [(column, abundance_of(column)) for column in seen.columns]
    found = [(column, one) for column, one in named if one is not None]
    ratios = Counter(
        one.ratio for _, one in found if one.kind == "value" and one.ratio and one.element != "fe"
    )
    if not ratios:
        listed = ", ".join(map(repr, seen.columns[:12]))
        raise InputProblem(
            f"{seen.path}: no column looks like an abundance (found {listed}); expected names such "
            "as mg_fe, [Mg/Fe] or MG_H; rename the columns or write the config by hand."
        )
    ranked = ratios.most_common()
    if ranked[0][0] == "log_epsilon":
        raise InputProblem(
            f"{seen.path}: abundances such as {_first(found, 'log_epsilon')!r} are log epsilon; "
            "expected [X/Fe] or [X/H]; subtract the solar abundances first."
        )
    seen.ratio = ranked[0][0]
    if len(ranked) > 1:
        others = ", ".join(f"{count} in {ratio}" for ratio, count in ranked[1:])
        seen.doubts.append(f"abundances in {seen.ratio} are taken; there are also {others}.")
    groups: dict[str, dict[str, str]] = {}
    # A name that says the ratio goes first: K_ERR is the error of a magnitude, K_FE_ERR is not.
    for column, one in sorted(found, key=lambda item: item[1].ratio is None):
        right = one.ratio in (None, seen.ratio) or (one.element == "fe" and one.ratio == "x_h")
        if right and not (one.kind == "value" and one.ratio is None):
            groups.setdefault(one.element, {}).setdefault(one.kind, column)
    kept = {element: parts for element, parts in groups.items() if "value" in parts}
    if "fe" not in kept:
        seen.doubts.append("no column of [Fe/H]: spaces in the other ratio cannot be made.")
    if len(kept) < 2:
        raise InputProblem(
            f"{seen.path}: {len(kept)} column looks like an abundance in {seen.ratio} "
            f"({', '.join(kept)}); expected two at least; rename the columns or write the config "
            "by hand."
        )
    return dict(sorted(kept.items(), key=lambda item: seen.columns.index(item[1]["value"])))


def _first(found: Sequence[tuple[str, Any]], ratio: str) -> str:
    return next(column for column, one in found if one.ratio == ratio)


def _read(table: TableFile, names: list[str]) -> dict[str, npt.NDArray[Any]]:
    """The columns `names` of all rows, masks kept."""
    parts: dict[str, list[Any]] = {name: [] for name in names}
    for block in table.blocks(names):
        for name in names:
            parts[name].append(block[name])
    return {name: np.ma.concatenate(values) for name, values in parts.items() if values}


def _numbers(values: npt.NDArray[Any], name: str, path: Path) -> Floats:
    if values.ndim > 1:
        raise InputProblem(
            f"{path}: column {name!r} holds {values.shape[1]} numbers a star, expected one; name "
            f"the element of the vector in the config as {name}[0]."
        )
    try:
        numbers, missing = numbers_of(np.ma.getdata(values), np.ma.getmaskarray(values))
    except BadCell as bad:
        raise InputProblem(
            f"{path}: column {name!r}, row {bad.row + 1}: found {bad.word!r}, expected a number or "
            "an empty cell; correct the cell or rename the column."
        ) from None
    return np.where(missing, np.nan, numbers)


def _look_at_identifiers(seen: Look, read: dict[str, npt.NDArray[Any]]) -> None:
    column = read[seen.roles["star_id"]]
    words = words_of(np.ma.getdata(column), np.ma.getmaskarray(column))
    counts = Counter(words)
    empty = sum(count for word, count in counts.items() if is_empty(word))
    seen.repeated_ids = sum(c - 1 for word, c in counts.items() if c > 1 and not is_empty(word))
    if empty:
        seen.doubts.append(f"{empty} rows have no identifier in {seen.roles['star_id']!r}.")
    if seen.repeated_ids:
        seen.doubts.append(
            f"{seen.repeated_ids} rows repeat an identifier: `cuts/duplicates` says which is kept."
        )


def _look_at_element(
    seen: Look, element: str, parts: dict[str, str], read: dict[str, npt.NDArray[Any]]
) -> Element:
    """What stands in the columns of an element, codes taken for missing."""
    values = _measured(seen, read, parts["value"])
    errors = np.full(len(values), np.nan)
    if "error" in parts:
        errors = _measured(seen, read, parts["error"])
    codes = []
    for name, numbers in (("value", values), ("error", errors)):
        code = repeated_far(numbers)
        # Many stars may share the smallest error; an error of 99 is none.
        if code is None or (name == "error" and code.value < np.nanmedian(numbers)):
            continue
        codes.append(code.value)
        seen.doubts.append(
            f"{parts[name]!r} holds exactly {code.value:g} in {code.count} rows, far from all "
            "others: taken as a code for missing."
        )
        numbers[numbers == code.value] = np.nan
    known = values[np.isfinite(values)]
    given = errors[np.isfinite(errors) & (errors > 0)]
    return Element(
        value=parts["value"],
        error=parts.get("error"),
        flag=parts.get("flag"),
        missing=1 - len(known) / max(len(values), 1),
        median=float(np.median(known)) if len(known) else np.nan,
        spread=float(np.ptp(known)) if len(known) else 0.0,
        median_error=float(np.median(given)) if len(given) else np.nan,
        codes=tuple(codes),
    )


def _look_at_flags(seen: Look, read: dict[str, npt.NDArray[Any]]) -> None:
    """Recognise flags of abundances, which cut nothing unasked."""
    flags = [one.flag for one in seen.elements.values() if one.flag]
    if not flags:
        return
    if all(are_bits(read[flag]) for flag in flags):
        seen.flag_bits = recognised(seen.columns, flags)
    whose = f"those of {seen.flag_bits.survey}" if seen.flag_bits else "of a meaning not known here"
    remedy = (
        "a cut is proposed under `cuts`"
        if seen.flag_bits
        else "name the bits that make an abundance useless in `cuts/element_flags`"
    )
    seen.doubts.append(
        f"flags of {len(flags)} abundances ({flags[0]!r} ...) are {whose}; they cut nothing "
        f"unasked: {remedy}."
    )


def _measured(seen: Look, read: dict[str, npt.NDArray[Any]], name: str) -> Floats:
    """Numbers of a column of abundances or errors, the usual codes as missing."""
    numbers = _numbers(read[name], name, seen.path)
    values = np.ma.getdata(read[name])
    return np.where(coded(values, numbers, ABUNDANCE_CODES), np.nan, numbers)


def _look_at_clusters(seen: Look, column: npt.NDArray[Any]) -> None:
    """Count the clusters; words that mean the field are told apart from names."""
    words = words_of(np.ma.getdata(column), np.ma.getmaskarray(column))
    named = Counter(word.strip() for word in words if not is_empty(word))
    names = list(named)
    labels = np.array(names, dtype=object)
    fields = {name for name, is_field in zip(names, field_labels(labels), strict=True) if is_field}
    asked = set(asked_words(Counter({n: named[n] for n in named if n not in fields}), fields))
    flags = {word for word in asked if word.casefold() in AFFIRMED_WORDS}
    for word in sorted(flags):
        seen.doubts.append(
            f"{word!r} of {seen.roles['cluster']!r} ({named[word]} rows) marks members, but names "
            "no cluster; if they are those of one cluster, put it in members/cluster_values."
        )
    asked -= flags
    for word in sorted(asked):
        seen.doubts.append(
            f"{word!r} of {seen.roles['cluster']!r} ({named[word]} rows) is taken as the field; "
            "if it is a cluster, put it in members/cluster_values in place of field_values."
        )
    fields |= asked
    seen.field_words = tuple(sorted(fields))
    seen.clusters = Counter({word: n for word, n in named.items() if word not in fields})
    large = sum(1 for count in seen.clusters.values() if count >= FEWEST_MEMBERS)
    if len(seen.clusters) > 0.5 * max(seen.n_rows, 1):
        seen.doubts.append(
            f"{seen.roles['cluster']!r} has {len(seen.clusters)} different names for {seen.n_rows} "
            "stars: is it the name of the star?"
        )
        del seen.roles["cluster"]
        seen.clusters = Counter()
    elif large < 2:
        seen.doubts.append(
            f"{large} clusters of {seen.roles['cluster']!r} have {FEWEST_MEMBERS} members or more; "
            "scores need two."
        )
