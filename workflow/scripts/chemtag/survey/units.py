"""Units of a catalogue's columns: converted to those of the project, or refused."""

import re
import warnings

from chemtag.base.problems import InputProblem

# Spellings by which catalogues say that a number has no unit or is a logarithm relative to solar.
_NONE = frozenset(
    ("", "-", "--", "---", "none", "null", "nan", "1", "unitless", "dimensionless", "adimensional")
)
_DEX = frozenset(
    ("dex", "[-]", "[sun]", "sun", "solar", "log", "[dex]", "log10", "dex(1)", "dex(---)")
)
_LOGG = frozenset(
    (
        *(
            "dex",
            "[-]",
            "dex(---)",
            "cgs",
            "[cgs]",
            "log",
            "log(cgs)",
            "log10(cgs)",
            "[cm/s2]",
            "[cm.s-2]",
        ),
        *("dex(cm/s2)", "dex(cm.s-2)", "log(cm/s2)", "log(cm/s^2)", "log(cm/s**2)", "log(cm.s-2)"),
        *("log(cm.s**-2)", "log10(cm.s**-2)", "log10(cm/s2)", "log10(cm/s^2)", "log(g/cgs)"),
        *("logcm.s**-2", "dexcm.s**-2", "logcm/s2", "cm/s2", "cm.s-2", "cm/s**2", "cm/s^2"),
    )
)
_NAMES = {
    **{"deg": "degrees", "K": "kelvin", "dex": "dex", "logg": "dex of cm/s2", "1": "no unit"},
    **{unit: unit for unit in ("mas", "mas / yr", "mag", "km / s", "Gyr")},
}
_WORDS = {
    "degree": "deg",
    "degrees": "deg",
    "radian": "rad",
    "radians": "rad",
    "hours": "h",
    "hour": "h",
    "hr": "h",
    "hourangle": "h",
    "kelvin": "K",
    "kelvins": "K",
    "deg_c": "deg_C",
    "%": "percent",
    "pct": "percent",
    "mdex": "mdex",
}
_FACTORS = {
    ("h", "deg"): 15.0,
    ("mdex", "dex"): 0.001,
    ("mdex", "logg"): 0.001,
    ("percent", "1"): 0.01,
}


def factor(unit: str, expected: str, place: str) -> tuple[float, bool]:
    """Return what numbers in `unit` are multiplied by, and whether the unit is understood.

    `expected` is a unit as astropy writes it, "dex", "logg" or "1" (a pure number). `place` begins
    the sentence ("t.fits: column 'RA' (columns/ra)") of the `InputProblem` that another quantity
    raises.
    """
    written = unit.strip()
    folded = written.casefold().replace(" ", "")
    known = {"dex": _DEX, "logg": _LOGG}.get(expected, frozenset())
    logarithm = _logarithm(written) if expected in ("dex", "logg") else None
    if logarithm is not None and folded not in known and logarithm != expected:
        raise _refused(written, expected, place)
    if (
        logarithm == expected
        or folded in _NONE
        or folded in known
        or (expected == "dex" and folded.startswith("dex("))
    ):
        return 1.0, True
    name = _WORDS.get(folded, written)
    if name == expected:
        return 1.0, True
    if (name, expected) in _FACTORS:
        return _FACTORS[name, expected], True
    found = _converted(name, expected)
    if found is None:
        return 1.0, False
    if found == 0:
        raise _refused(written, expected, place)
    return found, True


def _refused(written: str, expected: str, place: str) -> InputProblem:
    return InputProblem(
        f"{place} is in {written!r}, expected {_NAMES[expected]}; convert the column or choose "
        "another one."
    )


def _logarithm(written: str) -> str | None:
    """What `dex(UNIT)` or `log(UNIT)` is: "dex" of a pure number, "logg" of cm/s2, "" of another.

    None for anything else, and where UNIT is not of a kind that a column of stars may have: astropy
    reads the elements of log(N/H) as newton over henry, and the gravity of log(g) as gram.
    """
    match = re.fullmatch(r"(?i)(?:dex|log|log10)\s*\((.+)\)", written)
    if match is None:
        return None
    word = match[1].strip()
    if word.casefold() in ("sun", "solar"):  # the first is [Sun] of VizieR, as astropy writes it
        return "dex"
    if word == "g":
        return "logg"
    from astropy import units

    solar = (units.solMass, units.solRad, units.solLum)
    others = (units.m, units.m / units.s, units.K, units.mag, units.deg, *solar)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for form in ("generic", "cds", "fits", "vounit"):
            try:
                inner = units.Unit(word.replace(" / ", "/"), format=form)
            except (ValueError, TypeError):
                continue
            for name, unit in (("dex", units.one), ("logg", units.cm / units.s**2)):
                if inner.is_equivalent(unit):
                    return name if abs(float(inner.to(unit)) - 1) < 1e-9 else ""
            return "" if any(inner.is_equivalent(unit) for unit in others) else None
    return None


def _converted(unit: str, expected: str) -> float | None:
    """The factor of a unit; 0 of another quantity, None of a word that astropy does not know."""
    if unit == "mdex" or unit == "percent":
        return 0.0
    from astropy import units

    numbers = ("dex", "logg", "1", "mag")  # mag has no factor: it is written so, or is none
    target = units.dimensionless_unscaled if expected in numbers else units.Unit(expected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parsed = units.Unit(unit)
        except (ValueError, TypeError):
            return None
    try:
        # A logarithmic unit, mag or dex of something, is not what dex relative to solar means.
        if not isinstance(parsed, units.UnitBase) or parsed in (units.mag, units.dex):
            return 0.0
        number = float(parsed.to(target))
        # A hundredth (how FITS writes percent) of a logarithm means nothing.
        return number if expected not in ("dex", "logg", "mag") or number == 1 else 0.0
    except units.UnitsError:
        return 0.0
