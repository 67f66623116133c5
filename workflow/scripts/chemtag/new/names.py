"""What a column is by its name: an abundance, its error or flag, an identifier, a position.

Spellings are those of APOGEE, GALAH, Gaia-ESO, VizieR, TOPCAT and of tables in papers: [Mg/Fe],
MG_FE, mg_fe, e_Mg, Mg_Fe_err, A(Mg). A name says nothing sure, so what is recognised is
shown with the values (`chemtag.new.look`) and never used in silence.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["value", "error", "flag"]
Ratio = Literal["x_fe", "x_h", "log_epsilon"]

SYMBOLS = frozenset(
    (
        *("li", "be", "b", "c", "n", "o", "f", "na", "mg", "al", "si", "p", "s", "cl", "k", "ca"),
        *("sc", "ti", "v", "cr", "mn", "fe", "co", "ni", "cu", "zn", "ga", "ge", "rb", "sr", "y"),
        *("zr", "nb", "mo", "ru", "rh", "pd", "ag", "ba", "la", "ce", "pr", "nd", "sm", "eu", "gd"),
        *("tb", "dy", "ho", "er", "tm", "yb", "lu", "hf", "os", "ir", "pb", "th"),
        # What surveys print beside elements: C from atomic lines, ions, C + N together, alpha.
        *("ci", "tii", "tiii", "feii", "crii", "scii", "cn", "alpha"),
    )
)
# Words in front of or behind a name that make it an error or a flag.
_ERROR = ("err", "error", "e", "unc", "uncertainty", "sig", "sigma", "std", "stdev", "eps", "u")
_FLAG = ("flags", "flag", "flg", "f", "q", "quality", "l")

# Roles of other columns, the surest spelling first.
ROLES: dict[str, tuple[str, ...]] = {
    "star_id": (
        *("star_id", "starid", "apogee_id", "sobject_id", "tmass_id", "tmass", "2mass", "cname"),
        *("sdss_id", "source_id", "gaia_source_id", "gaiaedr3_source_id", "gaiadr3_source_id"),
        *("dr3_source_id", "edr3_source_id", "gaia", "gaiadr3", "gaiaedr3", "gaia_id", "gaiaid"),
        *("object_id", "objid", "object", "designation", "hip", "hd", "kic", "star", "name"),
        *("starname", "star_name", "id"),
    ),
    "ra": (
        *("ra", "radeg", "ra_icrs", "raj2000", "ra_deg", "_ra", "ra2000", "alpha_j2000"),
        "_raj2000",
    ),
    "dec": (
        *("dec", "dedeg", "decdeg", "de_icrs", "dec_icrs", "dej2000", "decj2000", "dec_deg", "_de"),
        *("_dej2000", "dec2000", "delta_j2000"),
    ),
    "teff": ("teff", "teff_k", "t_eff", "effective_temperature", "teffk"),
    "teff_err": ("teff_err", "e_teff", "teff_error", "err_teff", "sigma_teff", "teff_unc"),
    "logg": ("logg", "log_g", "log(g)", "logg_dex", "surface_gravity"),
    "logg_err": ("logg_err", "e_logg", "logg_error", "err_logg", "sigma_logg"),
    "snr": (
        *("snr", "snrev", "s/n", "sn", "snr_px_ccd2", "snr_c2_iraf", "snr_c3_iraf"),
        "signal_to_noise",
    ),
    "chi2": ("chi2", "aspcap_chi2", "chi2_sp", "rchi2"),
    "gaia_source_id": (
        *("gaia_source_id", "gaiaedr3_source_id", "gaiadr3_source_id", "source_id"),
        *("dr3_source_id", "gaia", "gaiadr3", "gaiaedr3", "gaia_dr3"),
    ),
    "cluster": (
        *("cluster", "cluster_name", "clustername", "cl_name", "oc", "open_cluster", "oc_name"),
        *("host_cluster", "name_cluster", "cl", "group", "association"),
    ),
    "probability": (
        *("probability", "cg_prob", "membership_probability", "member_prob", "proba", "prob"),
        *("p_mem", "pmem", "pmemb"),
    ),
}


@dataclass(frozen=True)
class Abundance:
    """A column of an abundance: the element (as its key in the config), what of it, and the ratio.

    `ratio` is None where the name does not say it, as in `e_Mg`.
    """

    element: str
    kind: Kind
    ratio: Ratio | None


def plain(name: str) -> str:
    """Return a name in lower case without blanks and with one underscore between its parts."""
    folded = re.sub(r"[\s\-.]+", "_", name.strip().lower())
    return re.sub(r"_+", "_", folded).strip("_") or name.strip().lower()


def abundance_of(name: str) -> Abundance | None:
    """Return what abundance a column name stands for, or None."""
    word, kind = _without_marks(plain(name))
    for pattern, ratio in (
        (r"a[_\[({]([a-z]{1,5})[\])}]?", "log_epsilon"),
        (r"(?:eps|epsilon|log_?eps(?:ilon)?|abn)_?[\[({]?([a-z]{1,5})[\])}]?", "log_epsilon"),
        (r"\[?([a-z]{1,5})[/_ ]?(?:over_)?fe\]?", "x_fe"),
        (r"\[?([a-z]{1,5})[/_ ]?(?:over_)?[hm]\]?", "x_h"),
    ):
        found = re.fullmatch(pattern, word)
        if found and found[1] in SYMBOLS and not (found[1] == "fe" and ratio == "x_fe"):
            return Abundance(found[1], kind, ratio)  # type: ignore[arg-type]
    if word in SYMBOLS and (kind != "value" or len(word) > 1):
        return Abundance(word, kind, None)
    return None


def _without_marks(word: str) -> tuple[str, Kind]:
    """Take the words that mean error or flag off a name."""
    marks: tuple[tuple[Kind, tuple[str, ...]], ...] = (("error", _ERROR), ("flag", _FLAG))
    for kind, words in marks:
        for mark in sorted(words, key=len, reverse=True):
            for pattern in (rf"{mark}_(.+)", rf"(.+)_{mark}", rf"{mark}[\[(](.+)[\])]"):
                found = re.fullmatch(pattern, word)
                if found and not (mark == "eps" and pattern.startswith("eps")):
                    return found[1].strip("[]()"), kind
            if len(mark) > 2 and word.startswith(mark) and word.removeprefix(mark) in SYMBOLS:
                return word.removeprefix(mark), kind
    return word, "value"


def role_of(columns: Iterable[str], role: str) -> list[str]:
    """Return the columns that may have a role, the surest first."""
    names = {plain(column): column for column in reversed(list(columns))}
    return [names[word] for word in ROLES[role] if word in names]
