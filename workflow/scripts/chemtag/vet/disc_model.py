"""Velocities and ages of a stated model, for power tables and trials: simulated, never measured.

A field of one Gaussian in radial velocity (15 km/s) and one in age (5 +- 1.8 Gyr, above 0), as
for stars matched in Teff, log g and [Fe/H]. Birth groups share one age within 0.3 Gyr, by which
ages of stars of one age differ in the models that give them, and one velocity within 0.5 km/s while
they are bound. The numbers are assumptions, taken from no source.
"""

from dataclasses import dataclass

import numpy as np

from chemtag.base.types import Floats, Ints


@dataclass(frozen=True)
class DiscModel:
    """Standard deviations in km/s and Gyr."""

    velocity_field: float = 15.0
    velocity_within: float = 0.5
    age_mean: float = 5.0
    age_field: float = 1.8
    age_within: float = 0.3

    def words(self) -> str:
        """Return the model in a sentence."""
        return (
            f"simulated: field velocities Gaussian with {self.velocity_field:g} km/s, bound groups "
            f"{self.velocity_within:g} km/s; field ages Gaussian with {self.age_mean:g} +- "
            f"{self.age_field:g} Gyr, groups {self.age_within:g} Gyr"
        )

    def velocities(self, n: int, generator: np.random.Generator) -> Floats:
        """Return true radial velocities (n,) of field stars in km/s."""
        return generator.normal(0.0, self.velocity_field, n)

    def ages(self, n: int, generator: np.random.Generator) -> Floats:
        """Return true ages (n,) of field stars in Gyr, drawn anew where not above 0."""
        found = generator.normal(self.age_mean, self.age_field, n)
        while (found <= 0).any():
            wrong = found <= 0
            found[wrong] = generator.normal(self.age_mean, self.age_field, int(wrong.sum()))
        return found

    def of_stars(self, cluster: Ints, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Return true velocities and ages (N,) of stars in clusters (N,), −1 for the field."""
        n = len(cluster)
        velocity, age = self.velocities(n, generator), self.ages(n, generator)
        for one in np.unique(cluster[cluster >= 0]):
            inside = np.flatnonzero(cluster == one)
            blur = generator.normal(0.0, self.velocity_within, len(inside))
            velocity[inside] = velocity[inside[0]] + blur
            blur = generator.normal(0.0, self.age_within, len(inside))
            age[inside] = np.abs(age[inside[0]] + blur)
        return velocity, age
