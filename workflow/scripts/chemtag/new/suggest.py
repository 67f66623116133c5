"""What to tag of a table, and at which setting, each choice with its reason."""

import math
from dataclasses import dataclass

from chemtag.new.look import COARSE, Element, Look

MOST_MISSING = 0.2
"""Share of stars without an element above which it is left out: few stars would be complete."""
WORST_ERROR = 0.1
"""Median error in dex above which an element is left out."""

_CHANGED = {
    "c": "dredge-up changes it with the mass of a giant",
    "ci": "dredge-up changes carbon with the mass of a giant",
    "n": "dredge-up changes it with the mass of a giant",
    "cn": "dredge-up changes carbon and nitrogen with the mass of a giant",
    "li": "stars destroy it",
    "be": "stars destroy it",
    "b": "stars destroy it",
}
_TWICE = {"alpha": "it follows from other elements"} | {
    ion: f"{ion.rstrip('i')} is measured already" for ion in ("tii", "tiii", "crii", "feii", "scii")
}


@dataclass(frozen=True)
class Suggestion:
    """Elements to tag with, those left out and why, and the headline with its reason."""

    elements: tuple[str, ...]
    left_out: dict[str, str]
    spaces: tuple[str, ...]
    space_reason: str
    min_cluster_size: int
    min_samples: int
    setting_reason: str
    duplicates: str
    duplicates_reason: str


def suggest(seen: Look) -> Suggestion:
    """Suggest what to tag of the table, whatever its cluster labels say."""
    left_out = {
        element: reason
        for element, one in seen.elements.items()
        if (reason := _reason_against(element, one, seen))
    }
    elements = tuple(element for element in seen.elements if element not in left_out)
    if len(elements) < 2:
        elements = tuple(e for e, one in seen.elements.items() if one.spread > 0)
        left_out = {e: reason for e, reason in left_out.items() if e not in elements}
    suffix = "" if seen.ratio == "x_fe" else "_h"
    errors = all(math.isfinite(seen.elements[element].median_error) for element in elements)
    if errors:
        spaces = (f"error_scaled{suffix}", f"raw{suffix}")
        reason = (
            "abundances in units of their median error, so that a well measured element counts more"
        )
    else:
        spaces = (f"raw{suffix}", f"zscore{suffix}")
        reason = "dex as they are: some elements have no errors to scale by"
    small = seen.n_rows < 500
    return Suggestion(
        elements=elements,
        left_out=left_out,
        spaces=spaces,
        space_reason=reason,
        min_cluster_size=3 if small else 5,
        min_samples=1 if small else 3,
        setting_reason=(
            "few stars, so few in a cluster: small groups must be found"
            if small
            else "leaves of the tree with five stars or more; the whole grid is scored beside it"
        ),
        duplicates="best_snr" if "snr" in seen.roles else "first",
        duplicates_reason=(
            "the entry of the highest S/N"
            if "snr" in seen.roles
            else "the table has no S/N to choose by"
        ),
    )


def _reason_against(element: str, one: Element, seen: Look) -> str:
    """Why an element is left out of what is tagged, or nothing."""
    if one.spread == 0:
        return "the same for every star" if one.missing < 1 else "no value for any star"
    if one.missing > MOST_MISSING:
        return f"missing for {one.missing:.0%} of the stars"
    if one.median_error > WORST_ERROR:
        return f"median error {one.median_error:.2f} dex; above {COARSE:g} it says little"
    if element in _TWICE and (element == "alpha" or element.rstrip("i") in seen.elements):
        return _TWICE[element]
    return _CHANGED.get(element, "")
