"""The width of a birth cluster: how far its members lie from each other, and who says so.

The width of star i is the covariance V_i of its abundances about the centre of its cluster: errors
and the scatter within a cluster, with their correlations. Whitened by the width, a cluster is a
ball of radius one. A wrong width is worse than a wrong algorithm, so every width names its source:

`quoted`          the catalogue's errors and an assumed correlation;
`published`       the same, and the published scatter within open clusters;
`other_clusters`  measured on known members of clusters other than the one that is scored
                  (`width_of_clusters`), which learns from truth and says so in its name;
`self`            learnt from the groups that a blind search finds (`chemtag.tag.scan.calibrate`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats

Source = Literal["quoted", "published", "other_clusters", "self"]
SCATTER = 0.01
"""Scatter within a cluster in dex if none is given: Bovy (2016, ApJ 817, 49)."""
SOURCES: tuple[Source, ...] = ("quoted", "published", "other_clusters", "self")


@dataclass(frozen=True)
class Width:
    """`covariance` in dex^2, (D, D) for all stars or (N, D, D) for each, columns as `names` (D,).

    `basis` says in one sentence what it rests on; `notes` hold what a user should know.
    """

    source: Source
    covariance: Floats
    names: list[str]
    basis: str
    notes: list[str] = field(default_factory=list)

    @property
    def deviation(self) -> Floats:
        """Standard deviation (D,) of a typical star in dex: square root of the mean variance."""
        shared = self.covariance if self.covariance.ndim == 2 else self.covariance.mean(axis=0)
        return np.sqrt(np.diag(shared))

    @property
    def correlation(self) -> Floats:
        """Correlation (D, D) of the mean covariance."""
        shared = self.covariance if self.covariance.ndim == 2 else self.covariance.mean(axis=0)
        return shared / np.outer(self.deviation, self.deviation)


def common_mode(loadings: Mapping[str, float], share: float, names: Sequence[str]) -> Floats:
    """Correlation (D, D) of errors of which one common mode holds `share` of the variance.

    C = share l l^T + (1 - share l^2) on the diagonal: errors of Teff and log g move all abundances
    of a star together, element j by `loadings`[j] = -1 ... 1 (0 where none is given).
    """
    load = np.array([float(loadings.get(name, 0.0)) for name in names])
    if not 0 <= share < 1 or (np.abs(load) > 1).any():
        raise ValueError("a common mode has a share from 0 to below 1 and loadings from -1 to 1")
    return share * np.outer(load, load) + np.diag(1 - share * load**2)


def check_errors(errors: Floats, names: Sequence[str]) -> None:
    """Raise `InputProblem` where an error (N, D) is missing or negative."""
    wrong = ~(errors >= 0) | ~np.isfinite(errors)
    if wrong.any():
        worst = int(wrong.sum(axis=0).argmax())
        raise InputProblem(
            f"column {names[worst]}_err has no error of 0 or more for {int(wrong[:, worst].sum())} "
            f"of {len(errors)} stars, and the width of a birth cluster is built on it; set "
            "cuts/errors/floor, or choose a width that needs no errors (other_clusters)."
        )


def quoted_width(
    errors: Floats,
    names: Sequence[str],
    correlation: Floats | None = None,
    assumed: str = "none",
    scatter: float = SCATTER,
) -> Width:
    """V_i = s_i C s_i + `scatter`^2 of errors s_i (N, D) in dex and a correlation C.

    C is (D, D) for all stars or (N, D, D) for each; `assumed` names where it is from. Without it
    errors are independent; a note warns, since they never are in a survey. `scatter` (dex) is that
    within a cluster, alike in all abundances.
    """
    errors = np.asarray(errors, dtype=float)
    check_errors(errors, names)
    notes = []
    if correlation is None:
        correlation = np.eye(errors.shape[1])
        notes.append(
            "errors are taken as independent between elements; those of a survey share Teff, "
            "log g and continuum, and without their correlation most of the gain is lost."
        )
    covariance = errors[:, :, None] * correlation * errors[:, None, :]
    covariance = covariance + scatter**2 * np.eye(errors.shape[1])
    basis = f"errors of the catalogue, correlation: {assumed}; scatter {scatter:g} dex"
    return Width("quoted", covariance, list(names), basis, notes)


def scatter_covariance(
    scatter: Mapping[str, float], elements: Sequence[str], ratio: str, correlation: float = 0.0
) -> tuple[Floats, list[str]]:
    """Covariance (D, D) of a scatter within clusters published in [X/Fe], for a table in `ratio`.

    `scatter` (dex) by element, [Fe/H] for iron. All pairs of [X/Fe] have the `correlation`, which
    nobody has published. Since [X/H] = [X/Fe] + [Fe/H], the scatter of iron is in all elements of a
    table in x_h. Elements without a published value take the median; they are the second result.
    Raises `InputProblem` if none of the elements is published, or iron is needed and is not.
    """
    known = [element for element in elements if element in scatter]
    if not known or (ratio == "x_h" and "fe" not in scatter):
        raise InputProblem(
            "the published scatter within clusters holds "
            f"{', '.join(known) or 'none'} of the sample's elements ({', '.join(elements)})"
            f"{' and needs fe in x_h' if ratio == 'x_h' else ''}; choose another source of the "
            "width, or other elements."
        )
    typical = float(np.median([scatter[element] for element in known]))
    sigma = np.array([float(scatter.get(element, typical)) for element in elements])
    shared = np.full((len(sigma), len(sigma)), correlation)
    np.fill_diagonal(shared, 1.0)
    covariance = np.outer(sigma, sigma) * shared
    if ratio == "x_h":
        to_h = np.eye(len(sigma))
        if "fe" in elements:
            to_h[[e != "fe" for e in elements], list(elements).index("fe")] = 1.0
            covariance = to_h @ covariance @ to_h.T
        else:
            covariance = covariance + scatter["fe"] ** 2
    return covariance, [element for element in elements if element not in scatter]


def published_width(
    errors: Floats,
    names: Sequence[str],
    elements: Sequence[str],
    ratio: str,
    scatter: Mapping[str, float],
    citation: str,
    correlation: Floats | None = None,
    assumed: str = "none",
) -> Width:
    """`quoted_width` plus a published scatter within clusters (`scatter_covariance`)."""
    quoted = quoted_width(errors, names, correlation, assumed, scatter=0.0)
    intrinsic, unknown = scatter_covariance(scatter, elements, ratio)
    notes = list(quoted.notes)
    if unknown:
        notes.append(
            f"no scatter within clusters is published for {', '.join(unknown)}; the median of the "
            "other elements is taken."
        )
    basis = (
        f"errors of the catalogue, correlation: {assumed}; scatter within clusters: {citation}, "
        "taken as independent"
    )
    return Width("published", quoted.covariance + intrinsic, list(names), basis, notes)


def scaled_width(width: Width, factor: float) -> Width:
    """The width with its variances multiplied by `factor`, to see how far a wrong one hurts."""
    basis = f"{width.basis}; variances x {factor:g}"
    return Width(width.source, factor * width.covariance, width.names, basis, width.notes)


def diagonal_width(width: Width) -> Width:
    """The width without its correlations, to see what they are worth."""
    diagonal = width.covariance * np.eye(width.covariance.shape[-1])
    return Width(width.source, diagonal, width.names, f"{width.basis}; diagonal", width.notes)
