"""The covariance of the errors of coordinates, kept as small as the errors they come from.

Coordinates y = A x are linear in what was measured, x (S quantities), and so are their errors:
C_n = A V_n A^T with V_n = diag(s_n) R_n diag(s_n), s_n the errors of star n and R_n their
correlations. A is one for all stars. In [X/H] = [X/Fe] + [Fe/H] every abundance shares the error of
iron, which A says by its column of iron: var([X/H]) = s_X^2 + s_Fe^2 + 2 rho s_X s_Fe, and
cov([X/H], [Y/H]) = s_Fe^2 where nothing is correlated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.survey.abundances import unit_of
from chemtag.survey.quantities import correlation_columns


@dataclass(frozen=True)
class Errors:
    """Errors (N, S) of the measured `names`, and how coordinates follow: `loadings` (D, S).

    `correlations` (N,) by pair of names; a pair without one is uncorrelated.
    """

    names: tuple[str, ...]
    values: Floats
    loadings: Floats
    correlations: Mapping[tuple[str, str], Floats] = field(default_factory=dict)

    def covariance(self) -> Floats:
        """Covariance of the errors of the coordinates of each star (N, D, D).

        Raises `InputProblem` where a star has no error above 0, and where correlations are such
        that no errors can have them.
        """
        for i, name in enumerate(self.names):
            missing = ~(self.values[:, i] > 0)
            if missing.any():
                raise InputProblem(
                    f"column {name}_err has no error above 0 for {int(missing.sum())} of "
                    f"{len(missing)} stars; set cuts/errors/floor."
                )
        spread = self.loadings * self.values[:, None, :]  # (N, D, S)
        plain = spread @ spread.transpose(0, 2, 1)
        if not self.correlations:
            return plain
        turn = np.tile(np.eye(len(self.names)), (len(self.values), 1, 1))
        for (one, other), values in self.correlations.items():
            i, j = self.names.index(one), self.names.index(other)
            turn[:, i, j] = turn[:, j, i] = values
        if not (np.linalg.eigvalsh(turn)[:, 0] > 0).all():
            pairs = ", ".join(f"{a} and {b}" for a, b in self.correlations)
            raise InputProblem(
                f"the correlations of {pairs} are none that errors can have (a matrix of them is "
                "not positive definite); correct their columns."
            )
        return spread @ turn @ spread.transpose(0, 2, 1)


def correlations_in(table: pd.DataFrame, names: Sequence[str]) -> dict[tuple[str, str], Floats]:
    """Return the correlations (N,) that a table has of the errors of two of its columns `names`."""
    pairs = correlation_columns(names).items()
    return {pair: table[name].to_numpy(float) for pair, name in pairs if name in table}


def loadings_of(
    sources: Sequence[str],
    dimensions: Sequence[str],
    iron_shared: float,
    divisor: Floats,
    matrix: Floats | None,
) -> Floats:
    """Return A (K, S): coordinates from measured quantities.

    The first D of the S `sources` become the D `dimensions` one by one; abundances but iron take
    `iron_shared` times the error of iron ("fe_h") with them: +1 from [X/Fe] to [X/H], -1 back, 0
    without a change of ratio. Then follow the scale (`divisor`, (D,)) and the transform (`matrix`,
    (D, K)) of the space.
    """
    turn = np.eye(len(dimensions), len(sources))
    if iron_shared:
        at = list(sources).index("fe_h")
        others = [i for i, d in enumerate(dimensions) if i != at and unit_of(d) in ("dex", "")]
        turn[others, at] = iron_shared
    turn = turn / np.asarray(divisor, dtype=float)[:, None]
    return turn if matrix is None else np.asarray(matrix, dtype=float).T @ turn
