"""What may vet: quantities with their units, and the block of the config that names them.

Imports no numpy: every job plans its part of the run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chemtag.base.derived import refuse_as_witness
from chemtag.base.problems import InputProblem
from chemtag.survey.quantities import QUANTITIES as FEATURES
from chemtag.survey.quantities import features_of, is_element


@dataclass(frozen=True)
class Quantity:
    """A kind of datum: its values with units, and whether it holds for bound groups alone."""

    words: str
    units: Mapping[str, str]
    bound: bool
    largest: float = float("inf")


QUANTITIES = {
    "radial_velocity": Quantity("radial velocity", {"rv": "km/s"}, True, 2000.0),
    "astrometry": Quantity(
        "proper motion and parallax", {"pmra": "mas/yr", "pmdec": "mas/yr", "parallax": "mas"}, True
    ),
    "age": Quantity("age", {"age": "Gyr"}, False, 20.0),
    "actions": Quantity(
        "orbital actions", {"jr": "kpc km/s", "lz": "kpc km/s", "jz": "kpc km/s"}, False
    ),
    # Of the stage `cmd` alone, never named in the config.
    "colour_magnitude": Quantity("colour-magnitude diagram", {}, True),
    "other": Quantity("datum", {}, False),
}
# Values that actions are computed from, with their units; the first two are taken as exact.
PHASE_SPACE = {
    "ra": "deg", "dec": "deg", "parallax": "mas", "pmra": "mas/yr", "pmdec": "mas/yr", "rv": "km/s"
}  # fmt: skip
EXACT = ("ra", "dec")
# Kinds of features of a tagger, and the quantities that follow from them.
FOLLOWS = {
    "astrometry": ("astrometry", "actions"),
    "velocity": ("radial_velocity", "actions"),
    "age": ("age",),
}


def is_computed(block: Mapping[str, Any]) -> bool:
    """Whether a datum is computed from its values: actions, from place and motion."""
    return block["quantity"] == "actions" and bool(set(block["values"]) & set(PHASE_SPACE))


def units_of_actions() -> Mapping[str, str]:
    """Return the units of the orbital actions, by name."""
    return QUANTITIES["actions"].units


def units_in(block: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the units of the values that a datum is read from, by name."""
    return PHASE_SPACE if is_computed(block) else QUANTITIES[block["quantity"]].units


def names_in(block: Mapping[str, Any]) -> list[str]:
    """Return the names of the values that vet: those of the config, or computed from them."""
    return list(units_of_actions()) if is_computed(block) else list(block["values"])


def check_block(name: str, block: Mapping[str, Any]) -> None:
    """Raise `InputProblem` for a datum of the config that is wrong by itself."""
    place = f"config: vet/data/{name}"
    if ("star_id" in block) == ("position" in block):
        raise InputProblem(
            f"{place} has {'both star_id and' if 'star_id' in block else 'neither star_id nor'} "
            "position; join it by one of them."
        )
    quantity = QUANTITIES[block["quantity"]]
    units = units_in(block)
    for value, columns in block["values"].items():
        if units and value not in units:
            raise InputProblem(
                f"{place}/values names {value!r}, but {block['quantity']} has "
                f"{', '.join(units)}; correct the name or set quantity to other."
            )
        if is_computed(block) and value in EXACT:
            if set(columns) != {"value"}:
                raise InputProblem(
                    f"{place}/values/{value} has {' and '.join(sorted(set(columns) - {'value'}))}, "
                    "expected its value alone: places are taken as exact, their errors move no "
                    "action; take it out."
                )
            continue
        if "error" not in columns and not {"low", "high"} <= set(columns):
            raise InputProblem(
                f"{place}/values/{value} has no error; give the column of the standard error "
                "(error), or those of the 16th and 84th percentile (low and high): without errors "
                "nobody knows how alike the stars of a group should be."
            )
    lacking = [value for value in PHASE_SPACE if value not in block["values"]]
    if is_computed(block) and lacking:
        raise InputProblem(
            f"{place}/values has no {', '.join(lacking)}; actions are computed from all of "
            f"{', '.join(PHASE_SPACE)}: name their columns, or those of {', '.join(quantity.units)}"
            " where the table has actions."
        )
    spread, names = block["spread"], names_in(block)
    strange = sorted(set(spread) - set(names))
    if strange:
        raise InputProblem(
            f"{place}/spread names {strange[0]!r}, which is not under its values; there are "
            f"{', '.join(names)}."
        )
    if (quantity.bound or is_computed(block)) and set(spread) != set(names):
        raise InputProblem(
            f"{place}/spread is missing for {', '.join(sorted(set(names) - set(spread)))}; give "
            "the standard deviation of true values within a birth group, 0 if its stars share one "
            "value."
        )
    refuse_as_witness(block.get("derived_from"), name, place)


def refuse_kind(features: Sequence[str], name: str, block: Mapping[str, Any], place: str) -> None:
    """Raise `InputProblem` for a datum of a kind that the groups were tagged by."""
    for feature in features:
        kind = "" if is_element(feature) else FEATURES[feature].kind
        if block["quantity"] in FOLLOWS.get(kind, ()):
            raise InputProblem(
                f"{place}: {name!r} has the quantity {block['quantity']}, which follows from "
                f"{feature!r} ({kind}) among the features of the sample; what made the groups "
                "cannot vet them: take it out here or out of the features."
            )


def check_data(config: Mapping[str, Any]) -> None:
    """Raise `InputProblem` for independent data of a config that cannot vet its samples."""
    data = config["vet"]["data"]
    for name, block in data.items():
        check_block(name, block)
    for sample in config["vet"]["samples"]:
        catalog = config["catalogs"][config["samples"][sample]["catalog"]]
        features = features_of(config["samples"][sample])
        for name, block in data.items():
            refuse_kind(features, name, block, f"config: vet/data/{name}, sample {sample!r}")
        lacking = [name for name, block in data.items() if "path" not in block]
        if catalog["kind"] == "simulate" and lacking:
            raise InputProblem(
                f"config: vet/data/{lacking[0]} has no path, and the catalogue of the sample "
                f"{sample!r} is simulated, without such a column; give the table of the datum, "
                "<results>/survey/<catalog>.stars.parquet where the recipe has orbits."
            )
