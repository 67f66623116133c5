"""Abundances that carry no information: elements that do not vary, or follow from others."""

from collections.abc import Sequence

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats

FEWEST_STARS = 20  # of fewer stars equal abundances say little
_PER_ELEMENT = 3  # stars an element, below which any element may follow from the others by chance
_SMALLEST = 1e-6  # eigenvalue of the correlation matrix: a scatter of 0.001 of an element's own
_PART = 0.1  # of an eigenvector, from which an element takes part in the relation


def constant_elements(values: Floats, elements: Sequence[str]) -> list[str]:
    """Return the elements that have one value for all stars of values (N, E), NaN left out."""
    if len(values) < FEWEST_STARS:
        return []
    constant = []
    for i, element in enumerate(elements):
        known = values[np.isfinite(values[:, i]), i]
        if len(known) and np.ptp(known) == 0:
            constant.append(element)
    return constant


def dependent_elements(values: Floats, elements: Sequence[str]) -> list[str]:
    """Return elements that follow from one another by a linear relation, most involved first.

    From the smallest eigenvalue of the correlation matrix of the complete stars of values (N, E),
    at least 3 stars an element; empty where there is no such relation.
    """
    complete = values[np.isfinite(values).all(axis=1)]
    if len(elements) < 2 or len(complete) < _PER_ELEMENT * len(elements):
        return []
    if (np.ptp(complete, axis=0) == 0).any():
        return []
    eigenvalues, vectors = np.linalg.eigh(np.corrcoef(complete, rowvar=False))
    if eigenvalues[0] > _SMALLEST:
        return []
    share = np.abs(vectors[:, 0])
    return [elements[i] for i in np.argsort(-share, kind="stable") if share[i] > _PART]


def refuse_uninformative(values: Floats, elements: Sequence[str], place: str) -> None:
    """Raise `InputProblem` if elements of values (N, E) do not vary or follow from others."""
    constant = constant_elements(values, elements)
    if constant and len(constant) == len(elements):
        raise InputProblem(
            f"{place}: all {len(values)} stars have the same abundances ({', '.join(constant)}), "
            "so there is nothing to tell them apart by; loosen the cuts or give a catalogue of "
            "measurements."
        )
    if constant:
        known = values[:, list(elements).index(constant[0])]
        others = f" (and {', '.join(constant[1:])})" if len(constant) > 1 else ""
        raise InputProblem(
            f"{place}: element {constant[0]!r} is {known[np.isfinite(known)][0]:g} for all "
            f"{len(values)} stars, expected values that differ; leave {constant[0]}{others} out of "
            "the sample's elements."
        )
    follows = dependent_elements(values, elements)
    if follows:
        raise InputProblem(
            f"{place}: the elements {', '.join(follows)} follow from one another (one is a sum or "
            "a copy of the others), so they count twice and have no covariance to invert; leave "
            "one of them out of the sample's elements."
        )
