"""The config against its schema: defaults filled in, mistakes as sentences."""

import copy
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError, best_match

from chemtag.problems import InputProblem


def _with_defaults(base: type[Draft202012Validator]) -> Any:
    """A validator that fills in the defaults of the schema before it checks."""
    check_properties = base.VALIDATORS["properties"]

    def properties(
        validator: Any, entries: dict[str, Any], instance: Any, schema: dict[str, Any]
    ) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            for name, entry in entries.items():
                if "default" in entry:
                    instance.setdefault(name, copy.deepcopy(entry["default"]))
        yield from check_properties(validator, entries, instance, schema)

    return validators.extend(base, {"properties": properties})


def checked(document: dict[str, Any], schema_path: str | Path, place: str) -> dict[str, Any]:
    """Return `document` with the defaults of its schema, or raise `InputProblem`.

    `place` names the file in the message, which says the key, what was found, what was expected.
    """
    schema = yaml.safe_load(Path(schema_path).read_text(encoding="utf-8"))
    result = copy.deepcopy(document)
    error = best_match(_with_defaults(Draft202012Validator)(schema).iter_errors(result))
    if error is not None:
        raise InputProblem(_sentence(error, place))
    return result


def _sentence(error: ValidationError, place: str) -> str:
    instance: Any = error.instance
    required: Any = error.validator_value
    key = "/".join(map(str, error.absolute_path)) or "the top level"
    allowed = list(error.schema.get("properties", {})) if isinstance(error.schema, dict) else []
    if error.validator == "additionalProperties":
        unknown = next(k for k in instance if k not in allowed)
        near = get_close_matches(str(unknown), allowed, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"allowed are {', '.join(allowed)}."
        return f"{place}: unknown key {unknown!r} at {key}; {remedy}"
    if error.validator == "required":
        missing = next(k for k in required if k not in instance)
        return f"{place}: key {missing!r} is missing at {key}; add it (see config/README.md)."
    meaning = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    expected = f" Expected: {meaning}" if meaning else ""
    return f"{place}: {key} is {instance!r}: {error.message}.{expected}"


def checked_config(config: dict[str, Any], schema_path: str | Path) -> dict[str, Any]:
    """Return the config with its defaults after schema and cross checks, or raise `InputProblem`.

    Cross checks are those a schema cannot say: names that must exist elsewhere in the config, and
    a headline setting that must be on the grid.
    """
    result = checked(config, schema_path, "config")
    for name, sample in result["samples"].items():
        _check_sample(name, sample, result)
    return result


def _check_sample(name: str, sample: dict[str, Any], config: dict[str, Any]) -> None:
    key = f"config: samples/{name}"
    if sample["catalog"] not in config["catalogs"]:
        known = ", ".join(config["catalogs"])
        raise InputProblem(
            f"{key}/catalog is {sample['catalog']!r}, which is not under catalogs; "
            f"there are {known}."
        )
    for space in sample["spaces"]:
        if space not in config["spaces"]:
            known = ", ".join(config["spaces"])
            raise InputProblem(
                f"{key}/spaces names {space!r}, which is not under spaces; there are {known}."
            )
    headline, grid = sample["headline"], sample["grid"]
    if headline["space"] not in sample["spaces"]:
        raise InputProblem(
            f"{key}/headline/space is {headline['space']!r}, which is not one of the sample's "
            f"spaces {sample['spaces']}; add it there or choose one of them."
        )
    for axis in ("metric", "method", "min_cluster_size", "min_samples"):
        if headline[axis] not in grid[axis]:
            raise InputProblem(
                f"{key}/headline/{axis} is {headline[axis]!r}, which is not on the grid "
                f"{grid[axis]}; add it to grid/{axis} or choose a setting of the grid."
            )
