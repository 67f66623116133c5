"""One survey drawn from a recipe, observed with more or fewer field stars, errors and elements.

Errors are those at S/N = 100 and the same for every star, nothing is missing, members are exact:
the plain observation of `survey.simulation`. All views of a realisation share their stars and
the draws of their errors, so differences between views are not differences of luck.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats, Ints
from chemtag.survey.simulation import cluster_model, field_model, member_model, noise_model


@dataclass(frozen=True)
class Realisation:
    """Centres (K, E), true abundances and errors of members and field stars (n, E), in dex.

    `clusters` (members,) are the codes of the members; errors are one draw at error scale 1.
    """

    recipe: dict[str, Any]
    centres: Floats
    clusters: Ints
    members: Floats
    member_errors: Floats
    field: Floats
    field_errors: Floats

    def codes(self, n_field: int) -> Ints:
        """True clusters of members and the first `n_field` field stars, -1 = field."""
        return np.append(self.clusters, np.full(n_field, -1, dtype=np.int64))

    def observed(self, n_field: int, error_scale: float, elements: Ints) -> Floats:
        """Abundances (members + n_field, len(elements)) in dex; error scale 0 is the truth."""
        members = self.members + error_scale * self.member_errors
        field = self.field[:n_field] + error_scale * self.field_errors[:n_field]
        return np.vstack([members, field])[:, elements]


def draw_realisation(recipe: dict[str, Any], n_field: int, rng: np.random.Generator) -> Realisation:
    """Draw the clusters and members of the recipe and `n_field` field stars."""
    if n_field and not recipe["field"]:
        raise InputProblem(
            f"recipe {recipe['name']!r} has no `field` to draw field stars from; give a recipe "
            "with one under limits/forecast/recipe, or n_field [0]."
        )
    if recipe["field"] and "galaxy" in recipe["field"]:
        raise InputProblem(
            f"recipe {recipe['name']!r} has a field of dissolved clusters (field/galaxy), whose "
            "density is no mixture of Gaussians; give another recipe to forecast and planner."
        )
    central, scatter, blurring, placing, spoiling = rng.spawn(5)
    sizes = np.array([entry["stars"] for entry in recipe["clusters"]["members"]])
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    centres = cluster_model(recipe).draw(central, len(sizes))
    noise = noise_model(recipe)
    empty = np.empty((0, centres.shape[1]))
    return Realisation(
        recipe=recipe,
        centres=centres,
        clusters=clusters,
        members=centres[clusters] + member_model(recipe).draw(scatter, len(clusters)),
        member_errors=noise.draw(blurring, len(clusters)),
        field=field_model(recipe).draw(placing, n_field)[0] if n_field else empty,
        field_errors=noise.draw(spoiling, n_field) if n_field else empty,
    )


def informative_elements(recipe: dict[str, Any]) -> Ints:
    """Elements (E,) by number, the most informative first, each beside those before it.

    The next element is the one with which abundances say most about the centre of their cluster:
    mutual information 1/2 ln det(B + W) / det W of Gaussians, with the recipe's covariances
    between clusters B and within them W (intrinsic scatter and errors). An element that only
    repeats others so comes late, however well it is measured.
    """
    within = member_model(recipe).covariance + noise_model(recipe).covariance
    both = within + cluster_model(recipe).covariance
    order: list[int] = []
    while len(order) < len(within):
        left = [element for element in range(len(within)) if element not in order]
        gain = [_information(both, within, [*order, element]) for element in left]
        order.append(left[int(np.argmax(np.round(gain, 12)))])
    return np.array(order)


def _information(both: Floats, within: Floats, elements: list[int]) -> float:
    chosen = np.ix_(elements, elements)
    return float(np.linalg.slogdet(both[chosen])[1] - np.linalg.slogdet(within[chosen])[1]) / 2


def element_sets(
    recipe: dict[str, Any],
    numbers: list[int],
    without: Sequence[str] = (),
    key: str = "limits/forecast/n_elements",
) -> dict[int, Ints]:
    """The `number` most informative elements for each of `numbers`, as sorted element numbers.

    Elements in `without` are never taken, whatever they tell: C and N of giants tell their mass.
    Raises `InputProblem`, naming `key`, where a number is larger than the elements left.
    """
    left_out = [at for at, element in enumerate(recipe["elements"]) if element in without]
    order = informative_elements(recipe)
    order = order[~np.isin(order, left_out)]
    for number in numbers:
        if number > len(order):
            raise InputProblem(
                f"{key} asks for {number} elements, but recipe "
                f"{recipe['name']!r} has {len(order)}"
                f"{' without ' + ', '.join(without) if without else ''}; give at most that many."
            )
    return {number: np.sort(order[:number]) for number in numbers}
