"""What may vet: quantities with their units, and the block of the config that names them.

Imports no numpy: every job plans its part of the run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chemtag.base.derived import refuse_as_witness
from chemtag.base.problems import InputProblem


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
    "other": Quantity("datum", {}, False),
}


def check_block(name: str, block: Mapping[str, Any]) -> None:
    """Raise `InputProblem` for a datum of the config that is wrong by itself."""
    place = f"config: vet/data/{name}"
    quantity = QUANTITIES[block["quantity"]]
    for value, columns in block["values"].items():
        if quantity.units and value not in quantity.units:
            raise InputProblem(
                f"{place}/values names {value!r}, but {block['quantity']} has "
                f"{', '.join(quantity.units)}; correct the name or set quantity to other."
            )
        if "error" not in columns and not {"low", "high"} <= set(columns):
            raise InputProblem(
                f"{place}/values/{value} has no error; give the column of the standard error "
                "(error), or those of the 16th and 84th percentile (low and high): without errors "
                "nobody knows how alike the stars of a group should be."
            )
    spread = block["spread"]
    strange = sorted(set(spread) - set(block["values"]))
    if strange:
        raise InputProblem(
            f"{place}/spread names {strange[0]!r}, which is not under its values; there are "
            f"{', '.join(block['values'])}."
        )
    if quantity.bound and set(spread) != set(block["values"]):
        raise InputProblem(
            f"{place}/spread is missing for {', '.join(sorted(set(block['values']) - set(spread)))}"
            "; give the standard deviation of true values within a birth group, 0 if its stars "
            "share one value."
        )
    refuse_as_witness(block.get("derived_from"), name, place)


def check_data(config: Mapping[str, Any]) -> None:
    """Raise `InputProblem` for independent data of a config that cannot vet its samples."""
    data = config["vet"]["data"]
    for name, block in data.items():
        check_block(name, block)
    for sample in config["vet"]["samples"]:
        catalog = config["catalogs"][config["samples"][sample]["catalog"]]
        lacking = [name for name, block in data.items() if "path" not in block]
        if catalog["kind"] == "simulate" and lacking:
            raise InputProblem(
                f"config: vet/data/{lacking[0]} has no path, and the catalogue of the sample "
                f"{sample!r} is simulated, without such a column; give the table of the datum."
            )
