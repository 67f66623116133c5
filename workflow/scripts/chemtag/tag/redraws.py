"""Draws of a sample's abundances within their errors.

A catalogue holds w = x + e, the true abundance x with an error e of covariance V. What is found in
w can be tried on draws w' of the sample, in three ways (`DRAWS`):

*full*: w' = w + e', the error a second time. The draws scatter about the truth by 2 V: twice the
noise variance of the catalogue, so groups look less stable than they are.

*half*: w' = w + sqrt(1/2) e', noise of 1.5 V: a milder trial, in the sense of the first terms of
how the groups depend on the noise.

*deconvolved*: x' drawn from the posterior of x for a Gaussian population of mean m and covariance
S, the observed covariance less the mean error covariance: mean m + S (S + V)^-1 (w - m),
covariance S - S (S + V)^-1 S (Bovy, Hogg & Roweis 2011, AnnApS 5, 1657, with one component). The
covariance of the draws is that of the population, S: as a whole they carry no noise. Abundances
whose scatter is mostly noise are drawn towards what the star's other abundances say. A population
of one Gaussian does not know of the clusters: inside a cluster much tighter than the population
the scatter is still close to 2 V along axes where S is much larger than V.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.space.covariance import Errors, correlations_in
from chemtag.survey.abundances import column_of, to_ratio
from chemtag.survey.quantities import features_in, is_element

VARIANCE = {"full": 1.0, "half": 0.5}  # of the error drawn, in units of the error's variance
DRAWS = (*VARIANCE, "deconvolved")
BLOCK = 4096  # stars whose matrices are held at once


@dataclass(frozen=True)
class Population:
    """A Gaussian of `mean` (D,) and covariance `factor` @ `factor`.T, `factor` (D, R)."""

    mean: Floats
    factor: Floats

    @property
    def covariance(self) -> Floats:
        """Covariance (D, D) of the true abundances."""
        return self.factor @ self.factor.T


def checked_errors(errors: Floats, columns: Sequence[str], place: str, scale: str) -> None:
    """Raise `InputProblem` unless the errors (N, D) allow draws of the kind `scale`.

    Where an error is missing (imputed abundances) only "deconvolved" is possible: it takes the
    abundance as not measured.
    """
    for i, column in enumerate(columns):
        given = np.isfinite(errors[:, i])
        remedy = "set cuts/errors/floor, or tag/draws: 0 for a run without draws."
        if not given.any():
            raise InputProblem(
                f"{place}: column {column}_err is empty, and a draw within the errors needs them; "
                + remedy
            )
        if not (errors[given, i] > 0).all():
            count = int((errors[given, i] <= 0).sum())
            raise InputProblem(
                f"{place}: column {column}_err holds {count} errors that are not above 0, and a "
                f"draw within the errors needs them to be; {remedy}"
            )
        if scale != "deconvolved" and not given.all():
            raise InputProblem(
                f"{place}: column {column}_err is empty for {int((~given).sum())} stars (imputed "
                f"abundances have no error), which tag/draw_scale: {scale} cannot draw; choose "
                "deconvolved, which takes them as not measured, set cuts/errors/floor, or set "
                "tag/draws: 0."
            )


def added(values: Floats, errors: Floats, share: float, rng: np.random.Generator) -> Floats:
    """Return values (N, D) plus an error drawn with `share` of its variance.

    `errors` are standard deviations (N, D), or covariances (N, D, D) of errors that are not
    independent.
    """
    z = rng.standard_normal(values.shape)
    if errors.ndim == 2:
        return values + np.sqrt(share) * errors * z
    drawn = np.empty_like(z)
    for block in _blocks(len(values)):
        drawn[block] = np.einsum("nij,nj->ni", np.linalg.cholesky(errors[block]), z[block])
    return values + np.sqrt(share) * drawn


def population_of(values: Floats, errors: Floats) -> Population:
    """Return the Gaussian population behind values (N, D) with errors (N, D) or (N, D, D).

    Its covariance is the observed one less the mean error covariance, from the stars with all
    errors. Directions in which the noise is larger than what is observed get no variance: those
    of the eigenvalues below 1 after the mean error is scaled to unity (for equal errors this is
    the most likely covariance). Raises `InputProblem` with fewer stars than 2 D.
    """
    n, dimensions = values.shape
    whole = np.isfinite(errors.reshape(n, -1)).all(axis=1)
    if whole.sum() < 2 * dimensions:
        raise InputProblem(
            f"the population needs {2 * dimensions} stars with an error of every abundance, there "
            f"are {int(whole.sum())}; set tag/draw_scale: half, or choose fewer elements."
        )
    kept = errors[whole]
    noise = np.diag((kept**2).mean(axis=0)) if errors.ndim == 2 else kept.mean(axis=0)
    root = np.linalg.cholesky(noise)
    observed = np.atleast_2d(np.cov(values[whole], rowvar=False))
    scaled = np.linalg.solve(root, np.linalg.solve(root, observed).T)
    size, axes = np.linalg.eigh((scaled + scaled.T) / 2)
    real = size > 1.0
    factor = root @ (axes[:, real] * np.sqrt(size[real] - 1.0))
    return Population(values[whole].mean(axis=0), factor)


def deconvolved(
    values: Floats, errors: Floats, population: Population, rng: np.random.Generator
) -> Floats:
    """Return a draw (N, D) of the true abundances, given values, errors and the population.

    With x = m + L u, L the factor of the population, u is a unit Gaussian before the measurement
    and a Gaussian of precision 1 + L' V^-1 L after it; a singular S does no harm. `errors` (N, D)
    or (N, D, D); an abundance without error (NaN) counts as not measured, in a star without full
    covariance all of them.
    """
    factor = population.factor
    rank = factor.shape[1]
    z = rng.standard_normal((len(values), rank))
    latent = np.empty_like(z)
    for block in _blocks(len(values)):
        if errors.ndim == 2:
            weighted = factor.T * np.nan_to_num(errors[block] ** -2.0, nan=0.0)[:, None, :]
        else:
            weighted = factor.T @ _inverses(errors[block])
        precision = np.eye(rank) + weighted @ factor
        offset = (values[block] - population.mean)[:, :, None]
        lower = np.linalg.cholesky(precision)
        mean = np.linalg.solve(precision, weighted @ offset)[:, :, 0]
        drawn = np.linalg.solve(np.swapaxes(lower, 1, 2), z[block][:, :, None])
        latent[block] = mean + drawn[:, :, 0]
    return population.mean + latent @ factor.T


def redrawn(
    values: Floats,
    errors: Floats,
    scale: str,
    population: Population | None,
    rng: np.random.Generator,
) -> Floats:
    """Return one draw (N, D) of the kind `scale`, one of `DRAWS`; see the head of the module.

    `values` and `errors` in the ratio of the catalogue, whose errors are independent; what depends
    on several abundances follows by conversion of the draw. `population` is needed for
    "deconvolved" (`population_of`).
    """
    if scale == "deconvolved":
        if population is None:
            raise ValueError("a deconvolved draw needs the population")
        return deconvolved(values, errors, population, rng)
    return added(values, errors, VARIANCE[scale], rng)


@dataclass(frozen=True)
class Redraws:
    """Draws of the coordinates of a space: abundances are drawn, then mapped as the observed ones.

    `values` (N, E) and `errors` (N, E), or (N, E, E) of errors that are correlated, of `elements`
    (and other features) in `ratio`, the one their errors are known in;
    `target` is the ratio of the space, `centre` and `divisor` (D,) are its scaling and `matrix`
    (D, K) its transform, if it has one.
    """

    values: Floats
    errors: Floats
    elements: list[str]
    ratio: str
    target: str
    centre: Floats
    divisor: Floats
    matrix: Floats | None
    scale: str
    population: Population | None

    def coordinates(self, rng: np.random.Generator) -> Floats:
        """Return one draw (N, K) in the scaling of the observed space, which does not move."""
        drawn = redrawn(self.values, self.errors, self.scale, self.population, rng)
        mapped, _ = to_ratio(
            drawn, self.errors, self.elements, self.ratio, self.target, error_conversion="unchanged"
        )
        scaled = (mapped[:, : len(self.centre)] - self.centre) / self.divisor
        return scaled if self.matrix is None else scaled @ self.matrix


def redraws_of(
    abundances: pd.DataFrame, space: pd.DataFrame, error_conversion: str, scale: str, place: str
) -> Redraws:
    """Return the draws of kind `scale` of the stars of a space (tables with their attributes).

    Errors are independent in the ratio of the catalogue, so draws are made there; [X/H] then shares
    the error of iron. With `error_conversion` "unchanged" the errors are said to be those of the
    ratio of the space, and draws are made in that. Iron comes last where the conversion needs it
    and it is no element of the sample. Raises `InputProblem` if the tables disagree on the stars
    or an error is missing; `place` names the abundances in it.
    """
    if abundances["star_id"].tolist() != space["star_id"].tolist():
        raise InputProblem(
            f"{place}: its {len(abundances)} stars are not the {len(space)} stars of the space; "
            "delete both files and let the stages select and space write them again."
        )
    elements, ratio = features_in(abundances.attrs), abundances.attrs["ratio"]
    target = space.attrs["ratio"]
    if ratio != target and "fe" not in elements and any(map(is_element, elements)):
        elements.append("fe")
    columns = [column_of(element, ratio) for element in elements]
    values = abundances[columns].to_numpy(dtype=float)
    errors = abundances[[f"{column}_err" for column in columns]].to_numpy(dtype=float)
    checked_errors(errors, columns, place, scale)
    if ratio != target and error_conversion == "unchanged":
        values, errors = to_ratio(
            values, errors, elements, ratio, target, error_conversion="unchanged"
        )
        ratio = target
    correlations = correlations_in(abundances, columns)
    if correlations:
        errors = Errors(tuple(columns), errors, np.eye(len(columns)), correlations).covariance()
    return Redraws(
        values=values,
        errors=errors,
        elements=elements,
        ratio=ratio,
        target=target,
        centre=np.array(space.attrs["centre"]),
        divisor=np.array(space.attrs["divisor"]),
        matrix=None if space.attrs.get("matrix") is None else np.array(space.attrs["matrix"]),
        scale=scale,
        population=population_of(values, errors) if scale == "deconvolved" else None,
    )


def _inverses(matrices: Floats) -> Floats:
    known = np.isfinite(matrices).all(axis=(1, 2))
    result = np.zeros_like(matrices)
    result[known] = np.linalg.inv(matrices[known])
    return result


def _blocks(n: int) -> list[slice]:
    return [slice(start, start + BLOCK) for start in range(0, n, BLOCK)]
