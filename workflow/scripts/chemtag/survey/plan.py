"""What a config alone says of its tables: mistakes that need not wait for the first job."""

import re
from collections.abc import Mapping
from typing import Any

from chemtag.base.problems import InputProblem
from chemtag.survey.quantities import (
    ASTROMETRY,
    MAY_BE_FEATURES,
    PLACES,
    QUANTITIES,
    ZERO_POINT,
    features_of,
    is_element,
    pair_of,
    usual_correlations,
    usual_entry,
)

# Every job plans its part of the run, so this module imports no numpy and repeats a line of
# `abundances.element_of`.
_ABUNDANCE = re.compile(r"(?!fe_fe)([a-z][a-z0-9]*)_(fe|h)")
_PLAIN = ("ra", "dec", "teff", "teff_err", "logg", "logg_err", "snr", "chi2")


def refuse_shared_columns(block: Mapping[str, Any], place: str) -> None:
    """Raise `InputProblem` if one column of the catalogue stands for two quantities."""
    named = {f"columns/{name}": address for name, address in block["columns"].items()}
    for element, entry in block["elements"].items():
        named[f"elements/{element}/value"] = entry["value"]
    for name, entry in block.get("quantities", {}).items():
        if isinstance(entry["value"], str):
            named[f"quantities/{name}/value"] = entry["value"]
    taken: dict[str, str] = {}
    for key, address in named.items():
        if address in taken:
            raise InputProblem(
                f"{place}: {taken[address]} and {key} are both the column {address!r}; correct one "
                "of them, as it would be counted twice."
            )
        taken[address] = key
    for element, entry in block["elements"].items():
        for part in ("error", "flag"):
            shared = taken.get(entry.get(part, ""))
            if shared is not None and (part == "error" or shared.startswith("elements")):
                raise InputProblem(
                    f"{place}: {shared} and elements/{element}/{part} are both the column "
                    f"{entry[part]!r}; correct one of them."
                )


def with_usual_columns(config: Mapping[str, Any]) -> None:
    """Fill in the columns of features beside elements that samples ask for and no column map names.

    They are looked for under their usual names (`chemtag.survey.quantities`); so are correlations,
    which may be absent. Raises `InputProblem` for an element or a correlation of a wrong name.
    """
    for name, block in config["catalogs"].items():
        if block["kind"] != "table":
            continue
        key = f"config: catalogs/{name}"
        for element in block["elements"]:
            if not is_element(element):
                raise InputProblem(
                    f"{key}/elements names {element!r}, which is no element; write it under "
                    f"`quantities: {{{element}: {{value: ..., error: ...}}}}`."
                )
        known = {*block["elements"], *block["quantities"], *ASTROMETRY}
        for pair in block["correlations"]:
            if not set(pair_of(pair) or [""]) <= known:
                raise InputProblem(
                    f"{key}/correlations names {pair!r}, which is not two features of the "
                    f"catalogue joined by _, such as pmra_pmdec; it has {', '.join(sorted(known))}."
                )
        asked = [
            feature
            for sample in config["samples"].values()
            if sample["catalog"] == name
            for feature in features_of(sample)
            if not is_element(feature)
        ]
        if set(PLACES) & set(asked) and not {"ra", "dec"} <= set(block["columns"]):
            raise InputProblem(
                f"{key}/columns names no ra and dec, from which {' and '.join(PLACES)} are made; "
                "add both, or leave them out of features/astrometry."
            )
        _settle_cone(block)
        wanted = [f for f in MAY_BE_FEATURES if f in asked and f not in PLACES]
        for feature in wanted:
            block["quantities"].setdefault(feature, usual_entry(feature))
        with_errors = [f for f in wanted if f in ASTROMETRY and "error" in block["quantities"][f]]
        for pair, columns in usual_correlations(with_errors).items():
            one, other = pair.split("_")
            if not {pair, f"{other}_{one}"} & set(block["correlations"]):
                block["correlations"][pair] = columns


def _settle_cone(block: Any) -> None:
    """Name the columns that the modelled errors and the zero point of a cone follow from."""
    cone = block.get("cone", {})
    if cone.get("zero_point") or cone.get("errors") == "modelled":
        usual = usual_entry("phot_g_mean_mag")
        block["quantities"].setdefault("phot_g_mean_mag", {"value": usual["value"]})
    if cone.get("zero_point"):
        for name in ZERO_POINT:
            block["extra"].setdefault(name, name)


def check_tables(config: Mapping[str, Any]) -> None:
    """Raise `InputProblem` where samples of a checked config ask tables for what is not there.

    The columns of astrometry are filled in before (`with_usual_columns`). Looked at: one column
    for two quantities, errors that a space needs and no column gives, columns of windows,
    flags, `duplicates: best_snr` and trends.
    """
    with_usual_columns(config)
    for name, block in config["catalogs"].items():
        if block["kind"] == "table":
            refuse_shared_columns(block, f"config: catalogs/{name}")
    for name, sample in config["samples"].items():
        catalog = config["catalogs"].get(sample.get("catalog"), {})
        if catalog.get("kind") == "table":
            _check_errors(name, sample, catalog, config["spaces"])
            _check_windows(name, sample, catalog)
            _check_cuts(name, sample, catalog)


def _check_errors(
    name: str, sample: Mapping[str, Any], catalog: Mapping[str, Any], spaces: Mapping[str, Any]
) -> None:
    floor = sample["cuts"].get("errors", {}).get("floor", {})
    for space in sample["spaces"]:
        if spaces.get(space, {}).get("scale") != "error_scaled":
            continue
        for element in features_of(sample):
            part = "elements" if is_element(element) else "quantities"
            floored = element in floor if isinstance(floor, Mapping) else part == "elements"
            if "error" not in catalog[part].get(element, {"error": ""}) and not floored:
                raise InputProblem(
                    f"config: samples/{name}/spaces: {space} divides by errors, but the column map "
                    f"of catalogs/{sample['catalog']} names none of {element!r}; add "
                    f"{part}/{element}/error, a floor (cuts/errors/floor), or take another space."
                )


def _check_windows(name: str, sample: Mapping[str, Any], catalog: Mapping[str, Any]) -> None:
    cuts = sample["cuts"]
    asked = {"windows": cuts.get("windows", {})}
    asked["members/windows"] = cuts.get("members", {}).get("windows", {})
    known = {*catalog["columns"], *catalog["quantities"]}
    known |= {f"extra_{extra}" for extra in catalog.get("extra", {})}
    for key, windows in asked.items():
        for column, limits in windows.items():
            _check_limits(limits, f"config: samples/{name}/cuts/{key}/{column}")
            pair = _ABUNDANCE.fullmatch(column)
            there = pair[1] in catalog["elements"] if pair else column in known
            if column.startswith(("extra_", *_PLAIN)) or column in QUANTITIES or pair:
                if there:
                    continue
                raise InputProblem(
                    f"config: samples/{name}/cuts/{key}/{column}: the column map of catalogs/"
                    f"{sample['catalog']} has no {column}; it has "
                    f"{', '.join(sorted(known - {'star_id'})) or 'none'} and the elements "
                    f"{', '.join(catalog['elements'])}."
                )


def _check_limits(limits: Mapping[str, Any], key: str) -> None:
    """Refuse a window that no number lies in."""
    low, high = limits.get("min"), limits.get("max")
    if low is not None and high is not None and low > high:
        round_zero = (
            "; for a range across 0 h move right ascensions to -180 to 180 deg in the table"
            if key.endswith("/ra")
            else ""
        )
        raise InputProblem(
            f"{key}: min is {low:g}, above max, {high:g}, so that no star can pass; correct one of "
            f"them{round_zero}."
        )


def _check_cuts(name: str, sample: Mapping[str, Any], catalog: Mapping[str, Any]) -> None:
    cuts, key = sample["cuts"], f"config: samples/{name}/cuts"
    if cuts.get("duplicates") == "best_snr" and "snr" not in catalog["columns"]:
        raise InputProblem(
            f"{key}/duplicates is best_snr, but the column map of catalogs/{sample['catalog']} has "
            "no snr; name it there or set duplicates to first."
        )
    if cuts.get("element_flags"):
        for element in sample["elements"]:
            if "flag" not in catalog["elements"].get(element, {"flag": ""}):
                raise InputProblem(
                    f"{key}/element_flags needs a flag of {element!r}, which the column map of "
                    f"catalogs/{sample['catalog']} does not name; add elements/{element}/flag or "
                    "leave the cut out."
                )
    if cuts.get("trends"):
        for column in ("teff", "logg"):
            if column not in catalog["columns"]:
                raise InputProblem(
                    f"{key}/trends needs {column}, which the column map of catalogs/"
                    f"{sample['catalog']} does not name; add it or leave the trends out."
                )
