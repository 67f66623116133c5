"""One name for one cluster, however a catalogue writes it: `NGC_2682`, `NGC 2682`, `M 67`."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
_WORDS = re.compile(r"[^\W\d_]+|\d+|[^\w\s-]|(?<![^\W_])-(?=\d)")


def key_of(name: str) -> str:
    """What two spellings of a name share: words and numbers, without case, gaps or zeros in front.

    A name that is a mere number (a group number, with its sign) is its own key, and a sign in front
    of a number counts: group_-1 is not group_1, but NGC-188 is NGC 188.
    """
    name = unicodedata.normalize("NFKC", name).strip()
    if _NUMBER.fullmatch(name):
        return name
    words = _WORDS.findall(name.upper())
    return " ".join(str(int(word)) if word.isdigit() else word for word in words)


class Aliases:
    """Known aliases: `names` (alias -> name kept), `prefixes` (spelling kept -> others)."""

    def __init__(self, document: Mapping[str, Any] | None = None) -> None:
        document = document or {}
        self._names = {key_of(alias): name for alias, name in document.get("names", {}).items()}
        self._prefixes = {
            key_of(spelling): kept
            for kept, others in document.get("prefixes", {}).items()
            for spelling in (kept, *others)
        }

    def spelled(self, name: str) -> str:
        """The name with known aliases and prefixes resolved and `_` as a blank."""
        name = " ".join(name.replace("_", " ").split()).removeprefix("Cl ")
        known = self._names.get(key_of(name))
        if known is not None:
            return known
        match = re.fullmatch(r"(?P<prefix>\D*[^\W\d])[\s-]*(?P<rest>\d.*)", name)
        kept = self._prefixes.get(key_of(match["prefix"])) if match else None
        return f"{kept} {match['rest']}" if match and kept else name


def normalised(names: Iterable[str], aliases: Aliases) -> dict[str, str]:
    """Return {name as written: name kept} for all `names`.

    Names whose keys agree get one spelling, the first in alphabetical order, so that the result
    does not depend on the order of `names`.
    """
    spelled = {name: aliases.spelled(name) for name in sorted(set(names))}
    kept: dict[str, str] = {}
    for spelling in sorted(spelled.values()):
        kept.setdefault(key_of(spelling), spelling)
    return {name: kept[key_of(spelling)] for name, spelling in spelled.items()}


def merged_names(names: Mapping[str, str]) -> dict[str, list[str]]:
    """Return {name kept: names as written} of clusters that are written in several ways.

    `names` is what `normalised` returns. A name that differs from another only by gaps and `_` is
    the same to anybody and is left out.
    """
    written: dict[str, list[str]] = {}
    for name, kept in sorted(names.items()):
        written.setdefault(kept, []).append(name)
    return {
        kept: those
        for kept, those in written.items()
        if len({" ".join(name.replace("_", " ").split()) for name in those}) > 1
    }


def unknown_names(asked: Sequence[str], present: Iterable[str], aliases: Aliases) -> list[str]:
    """Return those of `asked` that no name of `present` means."""
    keys = {key_of(aliases.spelled(name)) for name in present}
    return [name for name in asked if key_of(aliases.spelled(name)) not in keys]
