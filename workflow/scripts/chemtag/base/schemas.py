"""A document against its schema: defaults filled in, mistakes as sentences."""

import copy
import math
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from chemtag.base.problems import InputProblem
from chemtag.base.yaml_scalars import SAFE_LOADER

_WHOLE = "a whole number with a point"
_TOP = "the top level"


def checked(document: dict[str, Any], schema_path: str | Path, place: str) -> dict[str, Any]:
    """Return `document` with the defaults of its schema, or raise `InputProblem`.

    Numbers such as 3.0 become 3 where the schema asks for whole ones. `place` names the file in the
    message, which says the key, what was found, what was expected.
    """
    _check_keys(document, place)
    schema = _schema(Path(schema_path))
    registry = _beside(Path(schema_path).parent)
    result = copy.deepcopy(document)
    for path in _whole_numbers(_Finder(schema, registry=registry).iter_errors(result)):
        *parents, last = path
        block: Any = result
        for key in parents:
            block = block[key]
        block[last] = int(block[last])
    error = best_match(_Filler(schema, registry=registry).iter_errors(result))
    if error is not None:
        raise InputProblem(_sentence(error, place))
    return result


def _properties(
    validator: Any, entries: dict[str, Any], instance: Any, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """Fill in the defaults of the schema before checking."""
    if isinstance(instance, dict):
        for name, entry in entries.items():
            if "default" in entry:
                instance.setdefault(name, copy.deepcopy(entry["default"]))
    yield from Draft202012Validator.VALIDATORS["properties"](validator, entries, instance, schema)


def _pattern(
    validator: Any, expression: str, instance: Any, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """Hold to the end of a text: `$` of Python also matches before a last line break."""
    exact = expression[:-1] + r"\Z" if expression.endswith("$") else expression
    if isinstance(instance, str) and not re.search(exact, instance):
        yield ValidationError(f"{instance!r} does not match {expression!r}")


def _type(
    validator: Any, allowed: Any, instance: Any, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """Find numbers such as 3.0 where only whole ones are meant (JSON schema calls them whole)."""
    names = [allowed] if isinstance(allowed, str) else allowed
    whole = isinstance(instance, float) and instance.is_integer()
    if whole and "integer" in names and "number" not in names:
        yield ValidationError(_WHOLE)
    else:
        yield from Draft202012Validator.VALIDATORS["type"](validator, allowed, instance, schema)


_Filler: Any = validators.extend(
    Draft202012Validator, {"properties": _properties, "pattern": _pattern}
)
_Finder: Any = validators.extend(_Filler, {"type": _type})


def _whole_numbers(errors: Iterable[ValidationError]) -> Iterator[list[str | int]]:
    for error in errors:
        if error.message == _WHOLE:
            yield list(error.absolute_path)
        yield from _whole_numbers(error.context)


@cache
def _schema(path: Path) -> Any:
    """What a file of a schema holds."""
    return yaml.load(path.read_text(encoding="utf-8"), SAFE_LOADER)


@cache
def _beside(folder: Path) -> Any:
    """The schemas of a folder, by file name, for references between them."""
    files = sorted(folder.glob("*.schema.yaml"))
    return Registry().with_resources(
        (file.name, DRAFT202012.create_resource(_schema(file))) for file in files
    )


def _check_keys(document: Any, place: str, above: str = _TOP) -> None:
    """Refuse keys that YAML does not read as text, such as `12:` and `no:`."""
    if isinstance(document, dict):
        for key, entry in document.items():
            if not isinstance(key, str):
                raise InputProblem(
                    f"{place}: a key at {above} is {_as_read(key)}, expected text; put it in "
                    "quotes."
                )
            _check_keys(entry, place, key if above == _TOP else f"{above}/{key}")
    elif isinstance(document, (list, tuple)):
        for number, entry in enumerate(document):
            _check_keys(entry, place, f"{above}/{number}")
    elif isinstance(document, str) and re.search("[\ud800-\udfff\0]", document):
        raise InputProblem(
            f"{place}: {above} is {short(document)}, with a character that no file can hold; "
            "remove it."
        )


def _as_read(value: Any) -> str:
    """Say what YAML took words without quotes for."""
    if isinstance(value, bool):
        said = "yes, on and true" if value else "no, off and false"
        return f"{str(value).lower()} (as {said} without quotes are)"
    words = {int: "a whole number", float: "a number", type(None): "nothing"}
    return f"{value} ({words.get(type(value), 'a date or time')}, as it is without quotes)"


def _sentence(error: ValidationError, place: str) -> str:
    instance: Any = error.instance
    required: Any = error.validator_value
    key = "/".join(map(str, error.absolute_path)) or _TOP
    allowed = list(error.schema.get("properties", {})) if isinstance(error.schema, dict) else []
    if error.validator == "additionalProperties":
        unknown = next(k for k in instance if k not in allowed)
        near = get_close_matches(str(unknown), allowed, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"allowed are {', '.join(allowed)}."
        return f"{place}: unknown key {short(unknown)} at {key}; {remedy}"
    if error.validator == "required":
        missing = next(k for k in required if k not in instance)
        return f"{place}: key {missing!r} is missing at {key}; add it (see config/README.md)."
    meaning = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    expected = f" Expected: {meaning}" if meaning else ""
    if "propertyNames" in error.absolute_schema_path:
        limit = "is too long" if error.validator == "maxLength" else "does not match"
        return f"{place}: {short(instance)} {limit} as a name at {key} ({required}); rename it."
    if (
        error.validator == "type"
        and required == "string"
        and not isinstance(instance, (dict, list))
    ):
        return f"{place}: {key} is {_as_read(instance)}, expected text; put it in quotes.{expected}"
    said = error.message.replace(repr(instance), short(instance))
    types = [required] if isinstance(required, str) else required
    numeric = error.validator == "type" and not {"number", "integer"}.isdisjoint(types)
    if numeric and isinstance(instance, str) and _is_number(instance):
        said = f"this is text; write {_as_written(float(instance))}, without quotes"
    return f"{place}: {key} is {short(instance)}: {said}.{expected}"


def _is_number(text: str) -> bool:
    """Say whether a text is a number to all but YAML, which wants 1.0e+3 for 1e3."""
    number = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text.strip())
    return number is not None and math.isfinite(float(text))


def _as_written(number: float) -> str:
    """Return a number as YAML reads one: an exponent needs a point in front of it."""
    mantissa, e, exponent = f"{number:.15g}".partition("e")
    return f"{mantissa}{'' if not e or '.' in mantissa else '.0'}{e}{exponent}"


def short(value: Any, length: int = 120) -> str:
    """Return the representation of a value, cut where it is long."""
    text = repr(value)
    return text if len(text) <= length else f"{text[: length - 30]}... ({len(text)} characters)"
