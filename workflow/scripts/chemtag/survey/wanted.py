"""Which columns of a catalogue are read, by a catalog block of the config."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chemtag.survey import cells
from chemtag.survey.abundances import column_of
from chemtag.survey.columns import Wanted
from chemtag.survey.labels import position
from chemtag.survey.quantities import QUANTITIES, pair_of

_LARGE_CODE = 99.0  # below it a positive code is a number that any quantity may have
_ROLES = {"star_id": "identifier", "gaia_source_id": "source_id"}
_UNITS = {"teff": "K", "teff_err": "K", "logg": "logg", "logg_err": "logg"}


def wanted_columns(block: Mapping[str, Any], asked: Collection[str] | None = None) -> list[Wanted]:
    """Columns that a catalog block of the config asks for, with the codes of missing values.

    `missing_codes` of the config add to those of `cells`. A positive code (99.999) is looked for
    among abundances and their errors only, as it may be a true coordinate or signal-to-noise
    ratio, and from `_LARGE_CODE` on among other quantities, where it stands apart; negative ones
    are looked for everywhere, in coordinates beyond their range. Elements that are not `asked` for
    (default: all are) may be absent.
    """
    codes = tuple(float(code) for code in block["missing_codes"])
    negative = tuple(code for code in codes if code < 0)
    flags = (*negative, *cells.NUMBER_CODES)
    result = []
    for name, address in block["columns"].items():
        key = f"columns/{name}"
        if name in ("ra", "dec"):
            result.append(position(name, address, codes, key))
        else:
            used = () if name == "star_id" else (*negative, *cells.POSITIVE_CODES)
            kind: Any = _ROLES.get(name, "number")
            result.append(Wanted(name, address, kind, used, key, _UNITS.get(name, "")))
    for name, address in block.get("flags", {}).items():
        result.append(Wanted(f"flag_{name}", address, "mask", flags, f"flags/{name}"))
    for element, entry in block["elements"].items():
        name, key = column_of(element, block["ratio"]), f"elements/{element}"
        optional = asked is not None and element not in asked
        dex = (*codes, *cells.ABUNDANCE_CODES)
        parts: list[Any] = [("value", "", "number", dex), ("error", "_err", "number", dex)]
        for part, suffix, role, known in [*parts, ("flag", "_flag", "mask", flags)]:
            if part in entry:
                unit = "dex" if role == "number" else ""
                result.append(
                    Wanted(
                        f"{name}{suffix}",
                        entry[part],
                        role,
                        known,
                        f"{key}/{part}",
                        unit,
                        optional=optional,
                    )
                )
    result += wanted_quantities(block, codes, asked)
    for name, address in block.get("extra", {}).items():
        result.append(Wanted(f"extra_{name}", address, "number", flags, f"extra/{name}"))
    return result


def wanted_quantities(
    block: Mapping[str, Any], codes: tuple[float, ...], asked: Collection[str] | None
) -> list[Wanted]:
    """Columns of quantities other than abundances, and of correlations between features."""
    result = []
    negative = tuple(code for code in codes if code < 0)
    large = tuple(code for code in codes if code >= _LARGE_CODE)
    modelled = block.get("cone", {}).get("errors") == "modelled"
    for name, entry in block.get("quantities", {}).items():
        optional, unit = asked is not None and name not in asked, QUANTITIES[name].unit
        remedy = (
            f"Correct the column map; a catalogue without errors says `quantities: {{{name}: "
            "{value: ...}}`, with the column alone."
        )
        for part, suffix in (("value", ""), ("error", "_err")):
            if part in entry:
                first, *others = _names(entry[part])
                key = f"quantities/{name}/{part}"
                known = (*negative, *(cells.POSITIVE_CODES if suffix else cells.NUMBER_CODES))
                item = Wanted(f"{name}{suffix}", first, "number", known, key, unit, doubted=large)
                item = replace(item, optional=optional, usual=tuple(others), remedy=remedy)
                if part == "error" and modelled and not optional:
                    item = replace(item, optional=True, otherwise="it is modelled from G")
                result.append(item)
    for key, address in block.get("correlations", {}).items():
        first, *others = _names(address)
        one, other = (column_of(feature, block["ratio"]) for feature in pair_of(key) or ())
        result.append(
            Wanted(
                f"{one}_{other}_corr",
                first,
                codes=codes,
                key=f"correlations/{key}",
                limits=(-1.0, 1.0),
                optional=len(others) > 0,
                usual=tuple(others),
                otherwise=f"errors of {one} and {other} are taken as independent",
            )
        )
    return result


def _names(address: str | Sequence[str]) -> list[str]:
    """The names a column may have: one that the config gives, or the usual ones."""
    return [address] if isinstance(address, str) else list(address)
