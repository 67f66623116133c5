"""Clustering algorithms in one shape: stars in a space, settings and a seed in, groups out."""

from chemtag.tag.algorithms.registry import (
    ALGORITHMS,
    Algorithm,
    Scaling,
    find_groups,
    settings_of,
    told_settings,
)
from chemtag.tag.algorithms.stars import NoGroups, Stars

__all__ = [
    "ALGORITHMS",
    "Algorithm",
    "NoGroups",
    "Scaling",
    "Stars",
    "find_groups",
    "settings_of",
    "told_settings",
]
