"""The samples of a config against the rest of it: what a schema cannot say."""

from typing import Any

from chemtag.base.derived import check_labels
from chemtag.base.documents import read_document
from chemtag.base.found import has_found_truth
from chemtag.base.problems import InputProblem
from chemtag.base.settings import AXES, GRID, IN_FIELD, NEEDS

# Kinds of features beside chemistry, in the order of the columns.
OTHER_KINDS = ("astrometry", "velocity", "age")


def check_sample(name: str, sample: dict[str, Any], config: dict[str, Any]) -> None:
    """Raise `InputProblem` where a sample names what the config does not have elsewhere.

    Its `features` become complete, and `elements` those of `features/chemistry`. Where nothing says
    who is in a cluster, its `truth` becomes `none`: it is run without scores.
    """
    key = f"config: samples/{name}"
    _settle_features(key, sample)
    if sample["catalog"] not in config["catalogs"]:
        known = ", ".join(config["catalogs"])
        raise InputProblem(
            f"{key}/catalog is {sample['catalog']!r}, which is not under catalogs; "
            f"there are {known}."
        )
    catalog = config["catalogs"][sample["catalog"]]
    _settle_truth(key, sample, catalog)
    _refuse_astrometry(key, sample, config)
    known_elements = catalog.get("elements")
    for element in sample["elements"]:
        if known_elements is not None and element not in known_elements:
            raise InputProblem(
                f"{key}/elements names {element!r}, which the column map of catalogs/"
                f"{sample['catalog']} does not have; there are "
                f"{', '.join(known_elements) or 'none'}."
            )
    for space in sample["spaces"]:
        if space not in config["spaces"]:
            known = ", ".join(config["spaces"])
            raise InputProblem(
                f"{key}/spaces names {space!r}, which is not under spaces; there are {known}."
            )
    _check_needs(key, sample, config)
    _check_headline(key, sample)
    check_labels(name, sample, config)


def _settle_features(key: str, sample: dict[str, Any]) -> None:
    """Fill in `features` from `elements` or the other way round, and refuse a sample of neither."""
    given: dict[str, list[str]] = sample.get("features", {})
    elements: list[str] = sample.get("elements", given.get("chemistry", []))
    if given.get("chemistry", elements) != elements:
        raise InputProblem(
            f"{key} gives other elements under `elements` than under `features/chemistry`; leave "
            "`elements` out."
        )
    sample["elements"] = list(elements)
    others = {kind: given.get(kind, []) for kind in OTHER_KINDS}
    sample["features"] = {"chemistry": list(elements), **others}
    found = sum(map(len, sample["features"].values()))
    if found < 2:
        raise InputProblem(
            f"{key} has {found} features, expected 2 or more; give `features: {{chemistry: [fe, "
            "mg]}`, `features: {astrometry: [pmra, pmdec, parallax]}`, or both."
        )


def has_astrometry(name: str, config: dict[str, Any]) -> bool:
    """Whether a sample of a checked config is tagged by other than abundances, or beside them."""
    return any(config["samples"][name]["features"][kind] for kind in OTHER_KINDS)


def _refuse_astrometry(key: str, sample: dict[str, Any], config: dict[str, Any]) -> None:
    """Refuse other features where nothing gives them, and spaces that they do not have."""
    asked = [kind for kind in OTHER_KINDS if sample["features"][kind]]
    if not asked:
        return
    catalog = config["catalogs"][sample["catalog"]]
    if catalog["kind"] == "simulate":
        _refuse_recipe(key, sample["features"], asked, catalog)
    for space in sample["spaces"]:
        scale = config["spaces"].get(space, {}).get("scale")
        if scale == "signal" or (scale == "raw" and sample["elements"]):
            why = (
                "is in units of the width of a birth cluster, which astrometry has not"
                if scale == "signal"
                else "adds dex to mas and mas/yr"
            )
            raise InputProblem(
                f"{key}/spaces names {space!r}, which {why}; take zscore, robust or error_scaled."
            )
        places = [name for name in ("xi", "eta") if name in sample["features"]["astrometry"]]
        if scale == "error_scaled" and places:
            raise InputProblem(
                f"{key}/spaces names {space!r}, which divides by errors; those of {places[0]} are "
                "a millionth of a cone, so that nothing else would count: take robust or zscore."
            )


def _refuse_recipe(
    key: str, features: dict[str, list[str]], asked: list[str], catalog: dict[str, Any]
) -> None:
    """Refuse features that the recipe of a simulated catalogue does not make."""
    recipe = _recipe(catalog)
    made = {"astrometry"} if "phase_space" in recipe else set()
    made = set(OTHER_KINDS) if "orbits" in recipe else made
    lacking = [kind for kind in asked if kind not in made]
    places = [name for name in features["astrometry"] if name in ("xi", "eta")]
    if lacking:
        raise InputProblem(
            f"{key}/features names {lacking[0]}, which the recipe {catalog['recipe']} does not "
            "have; give chemistry alone, a recipe with `phase_space` (astrometry) or `orbits` "
            "(all), or a catalogue of kind table."
        )
    if places and "orbits" in recipe:
        raise InputProblem(
            f"{key}/features/astrometry names {places[0]}, a place in a cone, but the stars of the "
            f"recipe {catalog['recipe']} are all over the sky; take it out."
        )


def _recipe(catalog: dict[str, Any]) -> dict[str, Any]:
    """The recipe of a simulated catalogue, unchecked; empty if it is no readable file."""
    try:
        found = read_document(catalog["recipe"], "recipe")
    except InputProblem:
        return {}  # the job that reads it says what is wrong
    return found if isinstance(found, dict) else {}


def _settle_truth(key: str, sample: dict[str, Any], catalog: dict[str, Any]) -> None:
    """Set `truth` to none where the catalogue has no members, and refuse what needs them."""
    simulated = catalog["kind"] == "simulate"
    if sample["truth"] == "birth" and not simulated:
        raise InputProblem(
            f"{key}/truth is 'birth', which only a simulated catalogue has; set it to members, or "
            "to none for a sample without scores."
        )
    if simulated or "members" in catalog or has_found_truth(sample):
        return
    if sample["stars"] == "members":
        raise InputProblem(
            f"{key}/stars is 'members', but catalogs/{sample['catalog']} has no `members`; add "
            "them to the catalogue or set stars to all."
        )
    sample["truth"] = "none"


def _check_needs(key: str, sample: dict[str, Any], config: dict[str, Any]) -> None:
    """Refuse taggers of features that the sample, or a space that mixes them, does not have."""
    features = [*sample["elements"], *sample["features"]["astrometry"]]
    for tagger in sample["taggers"]:
        needs = NEEDS.get(tagger, ())
        lacking = [feature for feature in needs if feature not in features]
        if lacking:
            raise InputProblem(
                f"{key}/taggers names {tagger!r}, which needs {', '.join(needs)}, but the sample "
                f"has {', '.join(features)}; add {', '.join(lacking)} to features/astrometry or "
                "leave the tagger out."
            )
        if tagger in IN_FIELD and sample["stars"] == "members":
            raise InputProblem(
                f"{key}/taggers names {tagger!r}, which tells a cluster from the field about it, "
                "but stars is 'members', and members alone have no field; set stars to all or "
                "leave the tagger out."
            )
        for space in sample["spaces"] if needs else ():
            transform = config["spaces"][space].get("transform", "none")
            if transform != "none":
                raise InputProblem(
                    f"{key}/taggers names {tagger!r}, which needs each of {', '.join(needs)} as an "
                    f"axis, but the space {space!r} has the transform {transform!r}; take a space "
                    "without transform or leave the tagger out."
                )


def _check_headline(key: str, sample: dict[str, Any]) -> None:
    headline = sample["headline"]
    if headline["space"] not in sample["spaces"]:
        raise InputProblem(
            f"{key}/headline/space is {headline['space']!r}, which is not one of the sample's "
            f"spaces {sample['spaces']}; add it there or choose one of them."
        )
    if headline["tagger"] == GRID:
        grid, place = sample["grid"], "grid"
        chosen = {axis: headline[axis] for axis in AXES}
    elif headline["tagger"] in sample["taggers"]:
        grid, place = sample["taggers"][headline["tagger"]], f"taggers/{headline['tagger']}"
        chosen = headline["settings"]
        if set(chosen) != set(grid):
            raise InputProblem(
                f"{key}/headline/settings names {', '.join(chosen) or 'nothing'}, but "
                f"{key}/{place} varies {', '.join(grid) or 'nothing'}; name one value of each."
            )
    else:
        raise InputProblem(
            f"{key}/headline/tagger is {headline['tagger']!r}, which is neither hdbscan nor one of "
            f"the sample's taggers ({', '.join(sample['taggers']) or 'none'}); add it there."
        )
    for axis, value in chosen.items():
        if value not in grid[axis]:
            raise InputProblem(
                f"{key}/headline/{axis} is {value!r}, which is not on the grid "
                f"{grid[axis]}; add it to {place}/{axis} or choose a setting of the grid."
            )


def check_chemistry(config: dict[str, Any]) -> None:
    """Raise `InputProblem` where stages that are about abundances name a sample with astrometry."""
    asked = {
        "ablate/samples": config["ablate"]["samples"],
        "tag/scan/samples": config["tag"]["scan"]["samples"],
    }
    for key, names in asked.items():
        for name in names:
            if has_astrometry(name, config):
                raise InputProblem(
                    f"config: {key} names {name!r}, which is tagged by other than abundances, but "
                    "it is about these alone; take the sample out there."
                )


def check_two_spaces(config: dict[str, Any]) -> None:
    """Raise `InputProblem` where a sample compared in two spaces has features of one only."""
    for name in config["compare"].get("two_spaces", {}).get("samples", []):
        for kind in ("astrometry", "chemistry"):
            if not config["samples"][name]["features"][kind]:
                raise InputProblem(
                    f"config: compare/two_spaces/samples names {name!r}, which has no {kind} among "
                    f"its features; add samples/{name}/features/{kind}, or take it out there."
                )


def check_truth(config: dict[str, Any]) -> None:
    """Raise `InputProblem` where stages that need a truth name a sample that has none."""
    compared = config["compare"]
    asked = {
        "compare/samples": compared["samples"],
        "compare/scaling/sample": [compared["scaling"]["sample"]] if "scaling" in compared else [],
        "compare/two_spaces/samples": compared.get("two_spaces", {}).get("samples", []),
        "ablate/samples": config["ablate"]["samples"],
        "ablate/umap_samples": config["ablate"]["umap_samples"],
    }
    for key, names in asked.items():
        for name in names:
            sample = config["samples"][name]
            if sample["truth"] == "none":
                raise InputProblem(
                    f"config: {key} names {name!r}, but nothing says which of its stars are in a "
                    f"cluster ({why_no_truth(name, config)}); take it out there or give members."
                )


def why_no_truth(name: str, config: dict[str, Any]) -> str:
    """Return in words why a sample has no truth, empty if it has one."""
    sample = config["samples"][name]
    if sample["truth"] != "none":
        return ""
    catalog = config["catalogs"][sample["catalog"]]
    if catalog["kind"] == "table" and "members" not in catalog:
        return f"catalogs/{sample['catalog']} has no `members`"
    return f"samples/{name}/truth is none"
