"""The space `signal`: coordinates in units of the width of a birth cluster, without the noise.

A birth cluster is a point blurred by V_i, the *width*: errors of star i plus the scatter within a
cluster. In the coordinates z made here a cluster is a ball of radius one in every direction, so any
algorithm that uses Euclidean distance measures it rightly; and directions in which all stars
together are no wider than one cluster, and which therefore tell clusters apart in nothing, are
left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats

FEWEST_AXES = 2
"""Axes kept even if none stands out, so that a sample of one cluster still has a map."""


@dataclass(frozen=True)
class Signal:
    """Coordinates z (N, d) = (values - centre) @ matrix, `variance` (N, d) of each star in them.

    Variances are the diagonal of matrix^T V_i matrix; they average 1 over the stars along each
    axis. `centre` (D,) in dex, `matrix` (D, d) per dex. `eigenvalues` (D,) are the variances of all
    stars in units of the width, largest first; axes above `noise_edge` are kept.
    """

    coordinates: Floats
    variance: Floats
    centre: Floats
    matrix: Floats
    eigenvalues: Floats
    noise_edge: float

    @property
    def names(self) -> list[str]:
        """Names of the axes, the widest first."""
        return [f"signal{k}" for k in range(1, self.matrix.shape[1] + 1)]


def noise_edge(n_stars: int, dimensions: int) -> float:
    """Largest eigenvalue of the covariance of pure noise of unit variance, (1 + sqrt(D/N))^2.

    Marchenko & Pastur (1967, Math. USSR Sb. 1, 457), for many stars N and dimensions D.
    """
    return float((1 + np.sqrt(dimensions / n_stars)) ** 2)


def canonical_order(*tables: Floats) -> NDArray[np.int64]:
    """Order (N,) of the rows of tables (N, .) by their own numbers, the first column first.

    Sums taken in this order, and what follows from them, do not depend on the order of the rows.
    """
    columns = np.concatenate([np.reshape(table, (len(table), -1)) for table in tables], axis=1)
    return np.lexsort(columns.T[::-1])


def mean_width(width: Floats, n_stars: int) -> Floats:
    """Mean covariance (D, D) of a shared width (D, D) or one a star (N, D, D)."""
    width = np.asarray(width, dtype=float)
    if width.ndim == 2:
        return width
    if len(width) != n_stars:
        raise ValueError(f"{len(width)} widths for {n_stars} stars")
    return width.mean(axis=0)


def check_values(values: Floats, dimensions: Sequence[str]) -> None:
    """Raise `InputProblem` if the space `signal` cannot be made of `values` (N, D)."""
    if len(values) < 2:
        raise InputProblem(
            f"the space signal needs 2 stars or more and the sample has {len(values)}; loosen the "
            "cuts of the sample."
        )
    missing = ~np.isfinite(values)
    if missing.any():
        worst = int(missing.sum(axis=0).argmax())
        raise InputProblem(
            f"column {dimensions[worst]} has no value for {int(missing[:, worst].sum())} of "
            f"{len(values)} stars, and the space signal needs all of them; leave the element out "
            "or set the sample's cuts/missing/policy to complete."
        )


def root_of_width(width: Floats, dimensions: Sequence[str]) -> Floats:
    """Cholesky factor (D, D) of a mean width, D > 0; raise `InputProblem` if it is singular.

    Judged after scaling each element by its own standard deviation, so that precise and coarse
    elements may stand side by side.
    """
    deviation = np.sqrt(np.clip(np.diag(width), 0, None))
    if not np.isfinite(width).all() or (deviation == 0).any():
        worst = int(np.argmax(~np.isfinite(width).all(axis=0) | (deviation == 0)))
        raise InputProblem(
            f"the width of a birth cluster is {deviation[worst]:g} dex in {dimensions[worst]}, and "
            "the space signal divides by it; give the element an error above 0 (cuts/errors/floor) "
            "or an intrinsic scatter."
        )
    correlation = width / np.outer(deviation, deviation)
    smallest = float(np.linalg.eigvalsh(correlation)[0])
    if smallest < 1e-8:
        raise InputProblem(
            "the width of a birth cluster is singular: the correlation of its abundances has the "
            f"eigenvalue {smallest:.1e}, where one above 1e-8 is needed; leave out an element that "
            f"follows from the others ({', '.join(dimensions)}) or add an intrinsic scatter."
        )
    return deviation[:, None] * np.linalg.cholesky(correlation)


def signal_space(
    values: Floats, width: Floats, dimensions: Sequence[str] | None = None, axes: int | None = None
) -> Signal:
    """Return the space `signal` of abundances `values` (N, D) in dex for a given width.

    `width` is the covariance of a star about its cluster's centre in dex^2, (D, D) for all or
    (N, D, D) for each; with its mean L L^T the stars are whitened, y = L^-1 (x - mean x), turned to
    the principal axes of y, and axes with a variance above `noise_edge` are kept, the first `axes`
    if given. Principal axes have their largest loading positive. The result does not depend on the
    order of the rows. Raises `InputProblem` for missing values, fewer than two stars, and a width
    that is singular; a constant element is none, it only adds no axis.
    """
    values = np.asarray(values, dtype=float)
    width = np.asarray(width, dtype=float)
    names = list(dimensions or [f"dimension {k}" for k in range(1, values.shape[1] + 1)])
    check_values(values, names)
    n, full = values.shape
    order = canonical_order(values)
    root = root_of_width(mean_width(width if width.ndim == 2 else width[order], n), names)
    centre = values[order].mean(axis=0)
    # einsum adds in one order, where a matrix product may follow the number of threads.
    white = np.einsum("nd,kd->nk", values[order] - centre, np.linalg.inv(root))
    eigenvalues, directions = np.linalg.eigh(np.einsum("nd,ne->de", white, white) / (n - 1))
    eigenvalues, directions = eigenvalues[::-1], directions[:, ::-1]
    edge = noise_edge(n, full)
    kept = int((eigenvalues > edge).sum()) if axes is None else axes
    kept = min(max(kept, FEWEST_AXES if axes is None else 1), full)
    directions = directions[:, :kept]
    strongest = np.abs(directions).argmax(axis=0)
    directions = directions * np.sign(directions[strongest, np.arange(kept)])
    matrix = np.linalg.solve(root.T, directions)
    return Signal(
        coordinates=np.einsum("nd,dk->nk", values - centre, matrix),
        variance=variance_along(width, matrix, n),
        centre=centre,
        matrix=matrix,
        eigenvalues=eigenvalues,
        noise_edge=edge,
    )


def variance_along(width: Floats, matrix: Floats, n_stars: int) -> Floats:
    """Variances (N, d) of the stars along the columns of `matrix` (D, d), diag(A^T V_i A)."""
    if width.ndim == 2:
        return np.tile(np.einsum("dk,de,ek->k", matrix, width, matrix), (n_stars, 1))
    return np.einsum("dk,nde,ek->nk", matrix, width, matrix, optimize=True)
