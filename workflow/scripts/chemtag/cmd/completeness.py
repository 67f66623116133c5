"""Whether the cuts of a sample leave diagrams that are those of whole clusters."""

from collections.abc import Mapping
from typing import Any

# What tells giants from dwarfs: chosen by these, siblings have no main sequence.
EVOLUTION = ("teff", "logg")


def why_incomplete(cuts: Mapping[str, Any]) -> str:
    """Return why diagrams of a sample with these `cuts` cannot be judged, else "".

    Synthetic clusters have all their stars above a limit in G; a sample with a window on Teff or
    log g has not.
    """
    chosen = {
        "windows": cuts.get("windows", {}),
        "members/windows": cuts.get("members", {}).get("windows", {}),
        "require_flags": cuts.get("require_flags", {}),
    }
    found = [
        f"{cut}/{name}" for cut, names in chosen.items() for name in EVOLUTION if name in names
    ]
    if not found:
        return ""
    return (
        f"stars were chosen by {' and '.join(found)} (cuts), and the diagram of a cluster is known "
        "for all stars to a limit in G alone"
    )
