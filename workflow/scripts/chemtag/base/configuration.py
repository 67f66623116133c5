"""The config as a whole: its schema, and what a schema cannot say."""

import os
import re
from pathlib import Path
from typing import Any

import yaml

from chemtag.base.found import settle_found_truths
from chemtag.base.lists import settle_lists
from chemtag.base.problems import InputProblem
from chemtag.base.samples import check_chemistry, check_sample, check_truth, check_two_spaces
from chemtag.base.schemas import checked

OF_CHECKOUT = ("resources/", "workflow/", "config/")
"""Folders of the checkout that a config may name from wherever it is run."""


def located(value: Any, checkout: Path, folder: Path) -> Any:
    """Return a config whose files of the checkout are found from `folder`, where the run is.

    A text that begins with one of `OF_CHECKOUT` and names no file in `folder` but one in `checkout`
    becomes the path to it; anything else stays as it is.
    """
    if isinstance(value, dict):
        return {key: located(entry, checkout, folder) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [located(entry, checkout, folder) for entry in value]
    if not isinstance(value, str) or not value.startswith(OF_CHECKOUT):
        return value
    if _is_there(folder / value) or not _is_there(checkout / value):
        return value
    return os.path.relpath(checkout / value, folder)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # Too long to be a path.
        return False


def check_python(executable: str) -> None:
    """Raise `InputProblem` for a Python that Snakemake cannot start scripts with.

    It writes the path into a command of the shell as it is.
    """
    bad = re.search(r"[^\w/.,:@%+=-]", executable)
    if bad:
        raise InputProblem(
            f"Python is {executable!r}, with {bad[0]!r} in its path, which Snakemake cannot start "
            "scripts with; move the checkout to a folder without blanks and quotes in its name, or "
            "make the environment in one: `UV_PROJECT_ENVIRONMENT=~/chemtag-env uv sync`, and the "
            "same before each `uv run`."
        )


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
        check_sample(name, sample, result)
    settle_found_truths(result["samples"])
    settle_lists(result)
    for key, name in [(k, n) for k in ("samples", "umap_samples") for n in result["ablate"][k]]:
        if name not in result["samples"]:
            known = ", ".join(result["samples"])
            raise InputProblem(
                f"config: ablate/{key} names {name!r}, which is not under samples; there are "
                f"{known}."
            )
    _check_comparison(result["compare"], result["samples"])
    _check_scan(result)
    _check_vetting(result)
    check_truth(result)
    check_chemistry(result)
    check_two_spaces(result)
    return result


def whole_catalog(block: dict[str, Any], schema_path: Path, place: str) -> dict[str, Any]:
    """Return a `kind: table` block with the column map of its `survey` file filled in.

    Keys of the block override those of the file, inside each of `MAPS` one by one; null takes an
    entry out. Raises `InputProblem` for a map wrong or unfinished.
    """
    if ("path" in block) == ("dataset" in block):
        raise InputProblem(f"{place}: give either path or dataset, the file of the catalogue.")
    beside = ("kind", "path", "dataset", "survey", "members", "field", "n_field")
    own = {key: entry for key, entry in block.items() if key not in beside}
    if "survey" in block:
        own = _overridden(_survey_map(block["survey"], schema_path, place), own)
    else:
        own = _overridden({}, own)
    if own.get("elements") and "ratio" not in own:
        raise InputProblem(f"{place}: key 'ratio' is missing at the top; add it: x_fe or x_h.")
    complete = checked(own, schema_path, place)
    _check_ratio(complete, place)
    _check_elements(complete["elements"], place)
    _check_positions(complete["columns"], f"{place}/columns")
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


MAPS = ("columns", "flags", "elements", "quantities", "correlations", "extra")
"""Parts of a column map that are overridden entry by entry."""


def _overridden(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    result = {**base, **own}
    for key in MAPS:
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


def _check_elements(elements: dict[str, Any], place: str) -> None:
    """Refuse a column that is named for another element of the catalogue.

    An error may be borrowed of an element that has none of its own.
    """
    for element, entry in elements.items():
        for part in ("value", "error"):
            address = entry.get(part, "")
            match = re.fullmatch(
                r"(?i)(?:e_|err_|sigma_)?\[?([a-z]+)(?:[_/](?:fe|h|m)|fe)\]?(_?err(or)?)?", address
            )
            other = match[1].lower() if match else element
            its = elements.get(other, {})
            # A column that both name is refused where columns are counted.
            if other != element and part in its and address not in its.values():
                raise InputProblem(
                    f"{place}: elements/{element}/{part} is {address!r}, which is named for "
                    f"{other}, another element of the catalogue; correct the column, or rename it "
                    "in the table."
                )


_GALACTIC = re.compile(
    r"(?i)_?(g?[lb](ii)?|gl(on|at)|gal_?([lb]|lon|lat)|(e|ecl)_?(lon|lat))_?(deg)?"
)


def _check_positions(columns: dict[str, str], place: str) -> None:
    """Refuse galactic or ecliptic columns in the place of right ascension and declination."""
    named = [columns.get(name, "") for name in ("ra", "dec")]
    if all(_GALACTIC.fullmatch(address) for address in named):
        raise InputProblem(
            f"{place}: ra and dec are {named[0]!r} and {named[1]!r}, which are named as galactic "
            "or ecliptic coordinates, expected ICRS; convert them, or name the columns of right "
            "ascension and declination."
        )


def _check_scan(config: dict[str, Any]) -> None:
    samples = config["samples"]
    asked = {
        "tag/scan/samples": config["tag"]["scan"]["samples"],
        "limits/told_width/samples": config["limits"]["told_width"]["samples"],
    }
    for key, names in asked.items():
        for name in names:
            if name not in samples:
                raise InputProblem(
                    f"config: {key} names {name!r}, which is not under samples; there are "
                    f"{', '.join(samples)}."
                )
    if "scan" in config["spaces"]:
        raise InputProblem(
            "config: spaces has one named 'scan', the name of the files of tag/scan; give the "
            "space another name."
        )


def _check_vetting(config: dict[str, Any]) -> None:
    for name in config["vet"]["samples"]:
        if name not in config["samples"]:
            raise InputProblem(
                f"config: vet/samples names {name!r}, which is not under samples; there are "
                f"{', '.join(config['samples'])}."
            )


def _check_comparison(block: dict[str, Any], samples: dict[str, Any]) -> None:
    asked = {"samples": block["samples"]}
    if "scaling" in block:
        asked["scaling/sample"] = [block["scaling"]["sample"]]
    if "two_spaces" in block:
        asked["two_spaces/samples"] = block["two_spaces"]["samples"]
    for key, names in asked.items():
        for name in names:
            if name not in samples:
                raise InputProblem(
                    f"config: compare/{key} names {name!r}, which is not under samples; there are "
                    f"{', '.join(samples)}."
                )
