"""The taggers of known width in the shape of every tagger: a space and settings in, groups out.

The scan is compiled, so it is loaded when it is called: the registry is read by many steps that
do not tag, and by one that forks, which no process with running threads can do safely.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.space.signal import Signal, signal_space
from chemtag.tag.linkage import ALPHA, known_width_linkage
from chemtag.tag.protocol import NOISE, Groups, Space

SCAN_SETTINGS: Mapping[str, Any] = {"level": "claims", "field": "held_out"}
LINKAGE_SETTINGS: Mapping[str, Any] = {"alpha": ALPHA}


def signal_of(space: Space) -> Signal:
    """The space `signal` of any space with the width of a birth cluster.

    Where nobody gives a width the errors alone are taken. Raises `InputProblem` for a space without
    either.
    """
    width = space.covariance if space.width is None else space.width
    if width is None:
        raise InputProblem(
            "this tagger needs the width of a birth cluster and the space has none; tag in a space "
            "with the scale signal."
        )
    return signal_space(space.coordinates, width, list(space.names) or None)


def tag_by_scan(space: Space, settings: Mapping[str, Any], seed: int) -> Groups:
    """Groups of known width above a smooth field; significance is their evidence.

    `level` is a name of `scanning.THRESHOLDS` (claims, listed, candidates) or the least evidence
    itself, `field` a `Kind` of field.
    """
    from chemtag.tag.scan.scanning import THRESHOLDS, scan

    level = settings.get("level", SCAN_SETTINGS["level"])
    signal = signal_of(space)
    least = THRESHOLDS[level] if isinstance(level, str) else float(level)
    kind = settings.get("field", SCAN_SETTINGS["field"])
    found = scan(signal.coordinates, signal.variance, kind, seed, {"asked": least}).found["asked"]
    return Groups(found.group, found.probability, found.evidence)


def tag_by_linkage(space: Space, settings: Mapping[str, Any], seed: int) -> Groups:
    """Ward's tree cut by the known width; membership is certain and nothing is significant."""
    signal = signal_of(space)
    alpha = float(settings.get("alpha", LINKAGE_SETTINGS["alpha"]))
    group = known_width_linkage(signal.coordinates, alpha, seed)
    return Groups(group, np.where(group == NOISE, 0.0, 1.0))
