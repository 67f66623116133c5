"""The loader of YAML, and what YAML reads as something else than it looks.

010 is 8, of two equal keys the first is lost without a word, and .nan passes any limit of a schema.
"""

import math
import re
from pathlib import Path
from typing import Any

import yaml

from chemtag.base.problems import InputProblem

SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader written in C, where it was built, is ten times faster."""
_OCTAL = re.compile(r"[+-]?0[0-7_]+")
_SIXTIES = re.compile(r"[+-]?\d[\d_]*(:[0-5]?\d)+(\.\d*)?")


def refuse_misread(path: str | Path) -> None:
    """Raise `InputProblem` for numbers in base 8 or 60, .nan, .inf, and a key that is there twice.

    Quoted numbers are text and pass. A file that is no YAML passes, too: its reader says so better.
    """
    try:
        document = yaml.compose(Path(path).read_text(encoding="utf-8"), Loader=SAFE_LOADER)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return
    _refuse_in(document, str(path), set())


def _refuse_in(node: Any, place: str, seen: set[int]) -> None:
    if node is None or id(node) in seen:  # an alias may stand for a node many times
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        number = _constructed(node) if node.tag == "tag:yaml.org,2002:float" else None
        if isinstance(number, float) and not math.isfinite(number):
            raise InputProblem(
                f"{place}: line {node.start_mark.line + 1}: {node.value} is no number to compare "
                "with; write a number, or leave the key out."
            )
        numeric = node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
        if numeric and (_OCTAL.fullmatch(node.value) or _SIXTIES.fullmatch(node.value)):
            base = 60 if ":" in node.value else 8
            raise InputProblem(
                f"{place}: line {node.start_mark.line + 1}: {node.value} would be read as a number "
                f"in base {base}; write it in quotes if it is a name, and without "
                f"{'colons' if base == 60 else 'a zero in front'} if it is a number."
            )
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _refuse_in(child, place, seen)
    elif isinstance(node, yaml.MappingNode):
        _refuse_repeated(node, place)
        for key, value in node.value:
            _refuse_in(key, place, seen)
            _refuse_in(value, place, seen)


def _constructed(node: Any) -> Any:
    """What a scalar is read as; its tag and words where it can be read as nothing."""
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError, KeyError, AttributeError):
        return node.tag, node.value


def _refuse_repeated(node: Any, place: str) -> None:
    """Raise `InputProblem` for a key that a mapping has twice: YAML keeps the last one.

    All of several merges (<<) count.
    """
    lines: dict[Any, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
            continue
        line, read = key.start_mark.line + 1, _constructed(key)
        if read in lines:
            raise InputProblem(
                f"{place}: line {line}: key {key.value!r} is there already in line "
                f"{lines[read]}, and only the last one would count; remove one of them, or put "
                "their entries under one key."
            )
        lines[read] = line
