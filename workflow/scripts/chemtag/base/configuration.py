"""The config against its schema: defaults filled in, mistakes as sentences."""

import copy
import os
import re
from collections.abc import Iterator
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
    validator = _with_defaults(Draft202012Validator)(
        schema, registry=_beside(Path(schema_path).parent)
    )
    error = best_match(validator.iter_errors(result))
    if error is not None:
        raise InputProblem(_sentence(error, place))
    return result


@cache
def _beside(folder: Path) -> Any:
    """The schemas of a folder, by file name, for references between them."""
    files = sorted(folder.glob("*.schema.yaml"))
    return Registry().with_resources(
        (file.name, DRAFT202012.create_resource(yaml.safe_load(file.read_text(encoding="utf-8"))))
        for file in files
    )


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


def check_writable(folder: str | Path) -> None:
    """Raise `InputProblem` unless `folder`, or the nearest folder above it, can be written to."""
    nearest = Path(folder)
    while not nearest.exists():
        nearest = nearest.parent
    if not nearest.is_dir():
        raise InputProblem(
            f"{nearest} is a file where the run needs a folder for its results; remove or rename "
            "it, or choose another `run` in the config."
        )
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputProblem(
            f"{nearest.resolve()} is not writable, so {folder} cannot be written; change its "
            "permissions or run in a folder of your own (snakemake --directory)."
        )


def checked_config(config: dict[str, Any], schema_path: str | Path) -> dict[str, Any]:
    """Return the config with its defaults after schema and cross checks, or raise `InputProblem`.

    Cross checks are those a schema cannot say: names that must exist elsewhere in the config, and
    a headline setting that must be on the grid.
    """
    result = checked(config, schema_path, "config")
    for name, block in result["catalogs"].items():
        if block["kind"] == "table":
            schema = Path(schema_path).with_name("survey.schema.yaml")
            result["catalogs"][name] = whole_catalog(block, schema, f"config: catalogs/{name}")
    for name, sample in result["samples"].items():
        _check_sample(name, sample, result)
    for key, name in [(k, n) for k in ("samples", "umap_samples") for n in result["ablate"][k]]:
        if name not in result["samples"]:
            known = ", ".join(result["samples"])
            raise InputProblem(
                f"config: ablate/{key} names {name!r}, which is not under samples; there are "
                f"{known}."
            )
    _check_comparison(result["compare"], result["samples"])
    return result


def whole_catalog(block: dict[str, Any], schema_path: Path, place: str) -> dict[str, Any]:
    """Return a `kind: table` block with the column map of its `survey` file filled in.

    Keys of the block override those of the file, inside `columns`, `flags`, `elements` and `extra`
    one by one; null takes an entry out. Raises `InputProblem` for a map wrong or unfinished.
    """
    if ("path" in block) == ("dataset" in block):
        raise InputProblem(f"{place}: give either path or dataset, the file of the catalogue.")
    beside = ("kind", "path", "dataset", "survey", "members")
    own = {key: entry for key, entry in block.items() if key not in beside}
    if "survey" in block:
        own = _overridden(_survey_map(block["survey"], schema_path, place), own)
    else:
        own = _overridden({}, own)
    complete = checked(own, schema_path, place)
    _check_ratio(complete, place)
    _check_join(block.get("members", {}), complete["columns"], f"{place}/members")
    return {**{key: entry for key, entry in block.items() if key in beside}, **complete}


def _survey_map(path: str, schema_path: Path, place: str) -> dict[str, Any]:
    try:
        document = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InputProblem(
            f"{place}/survey is {path!r}, which is no readable column map ({reason}); "
            "give a file such as those in resources/surveys/."
        ) from None
    if not isinstance(document, dict):
        raise InputProblem(f"{path}: is not a column map; see resources/surveys/ for examples.")
    checked(document, schema_path, path)
    return document


def _overridden(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    result = {**base, **own}
    for key in ("columns", "flags", "elements", "extra"):
        entries = {**(base.get(key) or {}), **(own.get(key) or {})}
        if key in result:
            result[key] = {name: entry for name, entry in entries.items() if entry is not None}
    return result


def _check_join(members: dict[str, Any], columns: dict[str, str], place: str) -> None:
    """A table of members of its own is joined by one thing that the catalogue has as well."""
    ways = [way for way in ("star_id", "gaia_source_id", "ra") if way in members]
    if "path" in members and "dataset" in members:
        raise InputProblem(f"{place}: give either path or dataset, not both.")
    expected = 1 if "path" in members or "dataset" in members else 0
    if len(ways) != expected:
        found = ", ".join(ways) or "none"
        asked = (
            "give one of star_id, gaia_source_id, or ra and dec, the columns to join by"
            if expected
            else "labels of the catalogue itself (no path or dataset) are not joined: remove them"
        )
        raise InputProblem(f"{place}: columns to join by: {found}; {asked}.")
    for name in [*ways, *(["dec"] if "ra" in ways else [])]:
        if name not in columns:
            raise InputProblem(
                f"{place} joins by {name}, which the catalogue's own `columns` do not have; "
                "add it there or join by another column."
            )


def _check_ratio(block: dict[str, Any], place: str) -> None:
    """Refuse a column whose name says the other ratio than the config does."""
    spelled = {"x_fe": "[X/Fe]", "x_h": "[X/H]"}
    said = block["ratio"]
    other = "x_h" if said == "x_fe" else "x_fe"
    suffix = re.compile(rf"(?i)(_|/){other[2:]}(\]|_spec|_lte|_nlte)?$")
    for element, entry in block["elements"].items():
        address = entry["value"]
        if element != "fe" and suffix.search(re.sub(r"\[\d+\]$", "", address)):
            raise InputProblem(
                f"{place}: ratio is {said}, that is {spelled[said]}, but elements/{element}/value "
                f"is {address!r}, which is named as {spelled[other]}; set `ratio: {other}` or "
                "correct the column."
            )


def _check_comparison(block: dict[str, Any], samples: dict[str, Any]) -> None:
    asked = {"samples": block["samples"]}
    if "scaling" in block:
        asked["scaling/sample"] = [block["scaling"]["sample"]]
    for key, names in asked.items():
        for name in names:
            if name not in samples:
                raise InputProblem(
                    f"config: compare/{key} names {name!r}, which is not under samples; there are "
                    f"{', '.join(samples)}."
                )


def _check_sample(name: str, sample: dict[str, Any], config: dict[str, Any]) -> None:
    key = f"config: samples/{name}"
    if sample["catalog"] not in config["catalogs"]:
        known = ", ".join(config["catalogs"])
        raise InputProblem(
            f"{key}/catalog is {sample['catalog']!r}, which is not under catalogs; "
            f"there are {known}."
        )
    known_elements = config["catalogs"][sample["catalog"]].get("elements")
    for element in sample["elements"]:
        if known_elements is not None and element not in known_elements:
            raise InputProblem(
                f"{key}/elements names {element!r}, which the column map of catalogs/"
                f"{sample['catalog']} does not have; there are {', '.join(known_elements)}."
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
