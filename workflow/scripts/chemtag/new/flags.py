"""Flags of abundances whose bits a survey has described: which cut it recommends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chemtag.new.names import plain


@dataclass(frozen=True)
class Bits:
    """Bits of a survey's flags of abundances with which an abundance is not measured.

    The flags are recognised by the `spelling` of their columns (in lower case) where one of
    `beside` is a column too: other tables name flags alike and mean other bits. Of `SURVEYS` the
    first that fits is taken. `mask` names the bits, `names` are those of the cut, as in the overlay
    of the survey (config/).
    """

    survey: str
    spelling: str
    beside: tuple[str, ...]
    mask: str
    names: tuple[str, ...]
    reason: str


SURVEYS = (
    Bits(
        "APOGEE DR17",
        r"\w+_(fe|h)_flag",
        # DR16 spells its flags alike and is cut by other bits; its Gaia columns are of DR2.
        ("gaiaedr3_source_id", "gaiaedr3_parallax", "gaiaedr3_pmra"),
        "resources/bitmasks/apogee_paramflag.yaml",
        ("GRIDEDGE_BAD", "OTHER_BAD", "FERRE_FAIL", "TEFF_CUT"),
        "what the release calls BAD; a whole flag of zero would lose good stars",
    ),
    Bits(
        "APOGEE DR16",
        r"\w+_(fe|h)_flag",
        ("aspcapflag", "apogee_id", "aspcap_id"),
        "resources/bitmasks/apogee_paramflag.yaml",
        ("GRIDEDGE_BAD", "CALRANGE_BAD", "OTHER_BAD", "FERRE_FAIL", "PARAM_MISMATCH_BAD",
         "FERRE_ERR_USED", "TEFF_CUT", "GRIDEDGE_WARN", "CALRANGE_WARN", "OTHER_WARN",
         "FERRE_WARN", "PARAM_MISMATCH_WARN", "OPTICAL_WARN", "ERR_WARN", "FAINT_WARN",
         "PARAM_FIXED", "RV_WARN"),
        "every bit that finds fault; DR17, which has columns GAIAEDR3_*, calls fewer BAD",
    ),
    Bits(
        "APOGEE DR19",
        r"\w+_h_flags",
        ("sdss_id", "result_flags"),
        "resources/bitmasks/dr19_elementflag.yaml",
        ("UPPER_LIMIT_1", "CENSORED_TEFF", "CENSORED_LOW_TEFF_VMICRO", "CENSORED_UNPHYSICAL",
         "GRIDEDGE_BAD"),
        "censored and unphysical values, edges of the grid and upper limits",
    ),
    Bits(
        "GALAH DR4",
        r"(nn_)?flag_\w+_(fe|h)",
        ("gaiadr3_source_id",),  # DR3 numbers other bits and has dr3_source_id
        "resources/bitmasks/galah_dr4_flag_x_fe.yaml",
        ("UPPER_LIMIT", "NOT_DETECTABLE", "NOT_CONVERGED", "ABOVE_LIMIT", "BELOW_LIMIT",
         "CNO_ISSUE", "LI_CA_BA_ISSUE"),
        "flag_X_fe = 0, as the survey recommends: every bit it names",
    ),
)  # fmt: skip


def recognised(columns: Sequence[str], flags: Sequence[str]) -> Bits | None:
    """Return the survey whose flags of abundances the columns `flags` are, or None.

    `columns` are all of the table.
    """
    names = {plain(column) for column in columns}
    for survey in SURVEYS:
        spelt = all(re.fullmatch(survey.spelling, plain(flag)) for flag in flags)
        if flags and spelt and names & set(survey.beside):
            return survey
    return None


def are_bits(values: npt.NDArray[Any]) -> bool:
    """Return whether a column of flags can hold bits: whole numbers, not words or shares."""
    column = np.ma.getdata(values)
    if column.dtype.kind == "f":
        known = column[np.isfinite(column)]
        return bool((known == np.floor(known)).all())
    return column.dtype.kind in "iu"
