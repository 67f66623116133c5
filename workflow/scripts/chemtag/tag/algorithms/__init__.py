"""The taggers by name, in one shape: stars in a space, settings and a seed in, groups out."""

from chemtag.tag.algorithms.registry import (
    ALGORITHMS,
    Algorithm,
    Scaling,
    settings_of,
    told_settings,
)

__all__ = ["ALGORITHMS", "Algorithm", "Scaling", "settings_of", "told_settings"]
