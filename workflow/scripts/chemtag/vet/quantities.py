"""What may vet: quantities with their units, and what of them is no independent witness."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.types import Bools, Floats

ABUNDANCES = "abundances"
"""Source in `derived_from` of what is no independent witness for groups of abundances."""
AXIS_LIMIT = 0.9999
COARSE = 0.05
"""Error (dex) above which a predicted label is no dimension of a tagging space."""


@dataclass(frozen=True)
class Quantity:
    """A kind of datum: its values with units, and whether it holds for bound groups alone."""

    words: str
    units: Mapping[str, str]
    bound: bool
    largest: float = np.inf


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
    if "derived_from" not in block:
        raise InputProblem(
            f"{place}/derived_from is missing; say what the datum was made from (such as [spectra, "
            "astrometry]): what derives from the abundances is no independent witness."
        )
    refuse_derived(block["derived_from"], place)


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


def refuse_derived(sources: Sequence[str], place: str) -> None:
    """Raise `InputProblem` for a datum that derives from the abundances that made the groups."""
    if ABUNDANCES in sources:
        raise InputProblem(
            f"{place} derives from abundances, so that stars alike in abundances are alike in it "
            "whether they are siblings or not; take it out, or give one measured otherwise."
        )


def refuse_dimension(
    values: Floats, dimensions: Floats, names: Sequence[str], value: str, place: str
) -> None:
    """Raise `InputProblem` if the values (N,) are one of the tagging dimensions (N, D).

    Compared by rank, so in whatever unit: a rank correlation above 0.9999 is the dimension itself.
    """
    for name, dimension in zip(names, dimensions.T, strict=True):
        both = np.isfinite(values) & np.isfinite(dimension)
        if both.sum() < 8:
            continue
        alike = abs(np.corrcoef(_ranks(values[both]), _ranks(dimension[both]))[0, 1])
        if alike > AXIS_LIMIT:
            raise InputProblem(
                f"{place}/values/{value} orders the stars as the tagging dimension {name!r} does "
                f"(rank correlation {alike:.5f}); what made the groups cannot vet them: take it "
                "out here or out of the space."
            )


def _ranks(values: Floats) -> Floats:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(float)


def refuse_coarse(errors: Floats, name: str, place: str) -> None:
    """Raise `InputProblem` for a predicted label (errors (N,), dex) too coarse to tag by."""
    middle = float(np.nanmedian(errors)) if np.isfinite(errors).any() else np.inf
    if middle > COARSE:
        raise InputProblem(
            f"{place}: the label {name!r} has a median error of {middle:.3f} dex, above "
            f"{COARSE:g} dex, with which hardly a cluster can be tagged; take it out of the "
            "dimensions."
        )


def refuse_units(values: Floats, quantity: str, value: str, place: str) -> None:
    """Raise `InputProblem` for values (N,) that no star has, as ages in years."""
    known = values[np.isfinite(values)]
    limit = QUANTITIES[quantity].largest
    beyond = known[np.abs(known) > limit]
    if not len(beyond):
        return
    unit = QUANTITIES[quantity].units[value]
    remedy = f"convert the column to {unit}"
    if quantity == "age" and np.median(known) > 1e5:
        remedy = "it seems to be in years: divide it by 1e9, or give the column its unit"
    elif quantity == "age" and np.median(known) > limit:
        remedy = "it seems to be in Myr: divide it by 1000, or give the column its unit"
    raise InputProblem(
        f"{place}/values/{value} holds {beyond[0]:g}, expected at most {limit:g} {unit}; {remedy}."
    )


def usable(errors: Floats) -> Bools:
    """Return which errors (N,) are finite and positive: others are none."""
    return np.isfinite(errors) & (errors > 0)
