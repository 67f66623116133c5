"""The densities the simulator draws from: Gaussians with a few latent factors, and mixtures.

They stand as explicit means and covariances, so that the true density of stars and clusters can
be evaluated as well as drawn. Draws are made row by row: the first rows of a long draw are
bit for bit those of a short one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtag.base.types import Floats


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian x = mean + z factors + w unique, with z and w standard normal.

    `mean` (E,) in dex; `factors` (L, E) in dex, one row a latent; `unique` (E,) in dex, the
    scatter that no other abundance shares. The covariance is factors^T factors + diag(unique^2).
    """

    mean: Floats
    factors: Floats
    unique: Floats

    @property
    def covariance(self) -> Floats:
        """The covariance matrix (E, E) in dex^2."""
        return self.factors.T @ self.factors + np.diag(self.unique**2)

    def transform(self, normals: Floats) -> Floats:
        """Turn standard normals (n, L + E) into draws (n, E).

        The sum over latents is written out: a matrix product could round differently with the
        number of rows, and the cluster stars must not depend on the number of field stars.
        """
        latents = len(self.factors)
        drawn = self.mean + normals[:, latents:] * self.unique
        for latent, loadings in enumerate(self.factors):
            drawn = drawn + normals[:, latent : latent + 1] * loadings
        return drawn

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw `size` vectors (size, E) in dex."""
        return self.transform(rng.standard_normal((size, len(self.factors) + len(self.mean))))

    def log_density(self, points: Floats) -> Floats:
        """Return ln p of `points` (n, E); needs a positive definite covariance."""
        from scipy.stats import multivariate_normal

        density = multivariate_normal(self.mean, self.covariance)
        return np.atleast_1d(density.logpdf(np.atleast_2d(points)))

    def convolved(self, other: "Gaussian") -> "Gaussian":
        """Return the density of the sum of two independent draws, one of each."""
        return Gaussian(
            self.mean + other.mean,
            np.vstack([self.factors, other.factors]),
            np.hypot(self.unique, other.unique),
        )


@dataclass(frozen=True)
class Mixture:
    """A mixture of Gaussians with as many latents each; `shares` sum to 1."""

    names: tuple[str, ...]
    shares: Floats
    components: tuple[Gaussian, ...]

    def draw(self, rng: np.random.Generator, size: int) -> tuple[Floats, NDArray[np.int64]]:
        """Draw `size` vectors (size, E) in dex and the number of the component of each."""
        choosing, drawing = rng.spawn(2)
        edges = np.cumsum(self.shares)[:-1]
        codes = np.searchsorted(edges, choosing.random(size), side="right").astype(np.int64)
        first = self.components[0]
        normals = drawing.standard_normal((size, len(first.factors) + len(first.mean)))
        drawn = np.empty((size, len(first.mean)))
        for code, component in enumerate(self.components):
            drawn[codes == code] = component.transform(normals[codes == code])
        return drawn, codes

    def log_density(self, points: Floats) -> Floats:
        """Return ln p of `points` (n, E)."""
        from scipy.special import logsumexp

        parts = [component.log_density(points) for component in self.components]
        return logsumexp(np.column_stack(parts) + np.log(self.shares), axis=1)

    def convolved(self, other: Gaussian) -> "Mixture":
        """Return the density of a draw of the mixture plus an independent draw of `other`."""
        parts = tuple(component.convolved(other) for component in self.components)
        return Mixture(self.names, self.shares, parts)


def vector_of(values: dict[str, float], elements: Sequence[str]) -> Floats:
    """Return `values` (element: number) as a vector in the order of `elements`; unnamed are 0."""
    return np.array([float(values.get(element, 0.0)) for element in elements])


def birth_model(recipe: dict[str, Any], latents: dict[str, dict[str, float]]) -> Gaussian:
    """Return the density of the abundances of birth clouds whose latents follow `latents`.

    A latent l has `mean` and `sd`; `on_iron` tilts its mean with the iron latent,
    E[l | iron] = mean + on_iron (iron - mean of iron). The abundances of a cloud are
    sum_l l loadings_l + N(0, unique) with the loadings of `pattern`, columns as the recipe's
    `elements` ([Fe/H] for iron, [X/Fe] for the others). Latents without an entry are 0.
    """
    elements = recipe["elements"]
    pattern = recipe["pattern"]
    names = list(pattern["latents"])
    loadings = {name: vector_of(pattern["latents"][name], elements) for name in names}
    absent = {"mean": 0.0, "sd": 0.0}
    entries = {name: {"on_iron": 0.0, **latents.get(name, absent)} for name in names}
    tilted = loadings["iron"] + sum(
        (entries[name]["on_iron"] * loadings[name] for name in names if name != "iron"),
        start=np.zeros(len(elements)),
    )
    factors = [
        entries[name]["sd"] * (tilted if name == "iron" else loadings[name]) for name in names
    ]
    mean = sum(
        (entries[name]["mean"] * loadings[name] for name in names), start=np.zeros(len(elements))
    )
    return Gaussian(mean, np.array(factors), vector_of(pattern["unique"], elements))


def cluster_model(recipe: dict[str, Any]) -> Gaussian:
    """Return the density of the cluster centres (abundances of birth clusters, in dex)."""
    return birth_model(recipe, recipe["clusters"]["latents"])


def member_model(recipe: dict[str, Any]) -> Gaussian:
    """Return the density of a member about its cluster's centre: the intrinsic scatter."""
    elements = recipe["elements"]
    intrinsic = vector_of(recipe["intrinsic"], elements)
    return Gaussian(np.zeros(len(elements)), np.zeros((0, len(elements))), intrinsic)


def field_model(recipe: dict[str, Any]) -> Mixture:
    """Return the density of the true abundances of field stars, one component a population.

    A field star is a member of a birth cloud of its own: cloud plus intrinsic scatter.
    """
    populations = recipe["field"]["populations"]
    shares = np.array([entry["share"] for entry in populations.values()], dtype=float)
    parts = [
        birth_model(recipe, entry["latents"]).convolved(member_model(recipe))
        for entry in populations.values()
    ]
    return Mixture(tuple(populations), shares / shares.sum(), tuple(parts))


def noise_model(recipe: dict[str, Any], error_scale: float = 1.0) -> Gaussian:
    """Return the density of the measurement error at the reference signal-to-noise (dex).

    error_X = sigma_X (sqrt(share) t L_X + sqrt(1 - share) N(0, 1)), with one t ~ N(0, 1) a star:
    the errors of stellar parameters move all abundances of a star together. All of it is
    multiplied by `error_scale`.
    """
    elements = recipe["elements"]
    measurement = recipe["measurement"]
    sigma = error_scale * vector_of(measurement["sigma"], elements)
    share = measurement["common_mode"]["share"]
    loadings = vector_of(measurement["common_mode"]["loadings"], elements)
    common = np.sqrt(share) * sigma * loadings
    return Gaussian(np.zeros(len(elements)), common[None, :], np.sqrt(1 - share) * sigma)
