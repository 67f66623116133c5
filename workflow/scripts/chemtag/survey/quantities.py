"""What is measured of a star beside abundances: name, kind, unit, usual columns of catalogues.

A *feature* is an element (`mg`) or one of these quantities (`pmra`): what a sample may be tagged
by. Imports nothing heavy: the rules ask for it while a run is planned.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from chemtag.base.samples import OTHER_KINDS


@dataclass(frozen=True)
class Quantity:
    """A quantity of a star, named as the Gaia archive names its column where Gaia measures it.

    `unit` as astropy writes it; `usual` and `usual_error` are columns in which catalogues have it
    and its standard error, those of the Gaia archive first.
    """

    name: str
    kind: str
    unit: str
    words: str
    usual: tuple[str, ...]
    usual_error: tuple[str, ...]


def _of_gaia(name: str, kind: str, unit: str, words: str, *others: str) -> Quantity:
    """A quantity whose columns have the names of the Gaia archive, or `others` (of VizieR)."""
    return Quantity(
        name, kind, unit, words, (name, *others), (f"{name}_error", *(f"e_{o}" for o in others))
    )


QUANTITIES = {
    quantity.name: quantity
    for quantity in (
        _of_gaia("parallax", "astrometry", "mas", "parallax", "Plx"),
        _of_gaia(
            "pmra", "astrometry", "mas / yr",
            "proper motion in right ascension, times cos(dec)", "pmRA",
        ),
        _of_gaia("pmdec", "astrometry", "mas / yr", "proper motion in declination", "pmDE"),
        Quantity("xi", "astrometry", "deg", "eastward from the centre of the cone", ("xi",), ()),
        Quantity("eta", "astrometry", "deg", "northward from the centre of the cone", ("eta",), ()),
        _of_gaia("phot_g_mean_mag", "photometry", "mag", "magnitude in the G band of Gaia", "Gmag"),
        _of_gaia("bp_rp", "photometry", "mag", "colour BP - RP of Gaia", "BP-RP"),
        _of_gaia("radial_velocity", "velocity", "km / s", "radial velocity", "RV"),
        Quantity("age", "age", "Gyr", "age", ("age",), ("age_error",)),
    )
}  # fmt: skip
PLACES = ("xi", "eta")
"""Coordinates on the tangent plane, which follow from ra and dec (`survey.astrometry`)."""
ZERO_POINT = ("nu_eff_used_in_astrometry", "pseudocolour", "astrometric_params_solved")
"""Columns of the Gaia archive that the zero point of a parallax follows from, beside G."""
ASTROMETRY = tuple(name for name, entry in QUANTITIES.items() if entry.kind == "astrometry")
MAY_BE_FEATURES = tuple(name for name, entry in QUANTITIES.items() if entry.kind in OTHER_KINDS)


def is_element(feature: str) -> bool:
    """Whether a feature is the abundance of an element."""
    return feature not in QUANTITIES


def features_of(block: Mapping[str, Any]) -> list[str]:
    """Return the features of a sample's block of the config, elements first."""
    given = block["features"]
    others = [name for kind in OTHER_KINDS for name in given.get(kind, [])]
    return [*given["chemistry"], *others]


def features_in(meta: Mapping[Any, Any]) -> list[str]:
    """Return the features of a table of a sample from its meta, elements first.

    The meta of samples of abundances alone has nothing but its elements.
    """
    return list(meta.get("features", meta["elements"]))


def units_of(features: Sequence[str]) -> list[str]:
    """Return the units of features, each once, in their order."""
    return list(dict.fromkeys("dex" if is_element(f) else QUANTITIES[f].unit for f in features))


def usual_entry(name: str) -> dict[str, list[str]]:
    """Return the entry of a quantity in a column map that says nothing of it."""
    return {"value": list(QUANTITIES[name].usual), "error": list(QUANTITIES[name].usual_error)}


def usual_correlations(names: Sequence[str]) -> dict[str, list[str]]:
    """Return, by pair of the quantities `names`, the columns that usually hold its correlation.

    `{one}_{other}_corr` in the Gaia archive, `{one}{other}cor` in VizieR, in either order.
    """
    found: dict[str, list[str]] = {}
    for one, other in permutations(names, 2):
        key = f"{one}_{other}" if names.index(one) < names.index(other) else f"{other}_{one}"
        first, second = QUANTITIES[one].usual, QUANTITIES[other].usual
        found.setdefault(key, []).append(f"{one}_{other}_corr")
        found[key] += [f"{a}{b}cor" for a, b in zip(first[1:], second[1:], strict=False)]
    return found


def correlation_columns(columns: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return the column of the correlation of the errors of two columns of our tables, by both."""
    return {(one, other): f"{one}_{other}_corr" for one, other in permutations(columns, 2)}


def pair_of(key: str) -> tuple[str, str] | None:
    """Return the two features of a key of `correlations` (`pmra_pmdec`, `fe_mg`), or None."""
    match = re.fullmatch(r"([a-z][a-z0-9]*)_([a-z][a-z0-9]*)", key)
    return (match[1], match[2]) if match and match[1] != match[2] else None
