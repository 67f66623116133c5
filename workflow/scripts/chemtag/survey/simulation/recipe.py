"""Reading a recipe of the simulator and telling in a sentence what is wrong with it."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from chemtag.base.configuration import checked
from chemtag.base.documents import CHECKOUT
from chemtag.base.problems import InputProblem

SCHEMA = CHECKOUT / "workflow" / "schemas" / "recipe.schema.yaml"


def read_recipe(path: str | Path) -> dict[str, Any]:
    """Read the recipe at `path` (YAML) and check it; raise `InputProblem` naming the key."""
    try:
        recipe = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputProblem(f"{path}: there is no such recipe; check the path.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputProblem(f"{path}: the recipe cannot be read ({error}).") from error
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise InputProblem(f"{path}: the recipe is not valid YAML ({reason}).") from error
    check_recipe(recipe, str(path))
    return recipe


def check_recipe(recipe: Any, place: str = "recipe") -> None:
    """Raise `InputProblem` if `recipe` breaks the schema or contradicts itself.

    `place` names the file in the message.
    """
    checked(recipe, SCHEMA, place)
    for key, number in _numbers(recipe):
        if not math.isfinite(number):
            raise InputProblem(f"{place}: {key} is {number}; recipes hold finite numbers only.")
    for sentence in _contradictions(recipe):
        raise InputProblem(f"{place}: {sentence}")


def _numbers(value: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Yield each number of the recipe with its dotted key."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _numbers(part, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _numbers(part, f"{key}.{place}")
    elif isinstance(value, int | float):
        yield key, value


def plain_observation(recipe: dict[str, Any]) -> dict[str, Any]:
    """Return `recipe` observed plainly: errors as at S/N = 100, nothing missing, members exact.

    The numbers of tagging experiments are easiest to compare in this form.
    """
    off = dict.fromkeys(("snr", "tails", "systematics", "missing", "quality"))
    membership = {"probability": [1.0, 1.0], "contamination": 0.0, "missed": 0.0}
    observation = {**recipe["observation"], **off, "membership": membership}
    return {**recipe, "observation": observation}


def _contradictions(recipe: dict[str, Any]) -> Iterator[str]:
    """Yield what a schema cannot see: keys that name no element, shares that do not add up."""
    elements = recipe["elements"]
    if "fe" not in elements:
        yield f"elements are {', '.join(elements)}; iron (fe) must be one of them."
    for key, values, complete in _element_maps(recipe):
        unknown = [name for name in values if name not in elements]
        if unknown:
            yield (
                f"{key} names {', '.join(unknown)}, which is not in `elements` "
                f"({', '.join(elements)}); remove it or add it there."
            )
        absent = [name for name in elements if name not in values]
        if complete and absent:
            yield f"{key} has no number for {', '.join(absent)}; give one for each element."
    for key, priors in _latent_maps(recipe):
        unknown = [name for name in priors if name not in recipe["pattern"]["latents"]]
        if unknown:
            known = ", ".join(recipe["pattern"]["latents"])
            yield f"{key} names the latent {', '.join(unknown)}; pattern.latents has {known}."
        if "on_iron" in priors.get("iron", {}):
            yield f"{key}.iron has the key on_iron; iron cannot lean on itself, remove the key."
    names = [entry["name"] for entry in recipe["clusters"]["members"]]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        yield f"clusters.members names {', '.join(repeated)} more than once; names are unique."
    if recipe["field"]:
        total = sum(entry["share"] for entry in recipe["field"]["populations"].values())
        galaxy = "galaxy" in recipe["field"]
        for name, entry in recipe["field"]["populations"].items():
            if ("age" in entry) != galaxy:
                found, there = "an" if "age" in entry else "no", "a" if galaxy else "no"
                yield (
                    f"field.populations.{name} has {found} age, and field has {there} galaxy; give "
                    "both or none."
                )
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            yield f"the shares of field.populations add up to {total:g}; they must add up to 1."
    elif recipe["observation"]["membership"]["contamination"] > 0:
        yield "observation.membership.contamination needs a `field` to draw contaminants from."
    yield from _empty_ranges(recipe)
    if "orbits" in recipe:
        if "phase_space" in recipe:
            yield "it has both phase_space and orbits, which place the same stars; remove one."
        total = sum(entry["share"] for entry in recipe["orbits"]["states"].values())
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            yield f"the shares of orbits.states add up to {total:g}; they must add up to 1."


def _empty_ranges(recipe: dict[str, Any]) -> Iterator[str]:
    observation = recipe["observation"]
    for key, (low, high) in {
        "observation.giants.branch_logg": observation["giants"]["branch_logg"],
        "observation.membership.probability": observation["membership"]["probability"],
    }.items():
        if low > high:
            yield f"{key} is [{low}, {high}]; the lower end comes first."


def _element_maps(recipe: dict[str, Any]) -> Iterator[tuple[str, dict[str, float], bool]]:
    """Yield key, map and whether it must have a number for each element."""
    for name, loadings in recipe["pattern"]["latents"].items():
        yield f"pattern.latents.{name}", loadings, False
    yield "pattern.unique", recipe["pattern"]["unique"], False
    yield "intrinsic", recipe["intrinsic"], True
    yield "measurement.sigma", recipe["measurement"]["sigma"], True
    common = recipe["measurement"]["common_mode"]
    yield "measurement.common_mode.loadings", common["loadings"], False
    trends = recipe["observation"]["systematics"]
    if trends:
        yield "observation.systematics.per_500_kelvin", trends["per_500_kelvin"], False
        yield "observation.systematics.per_logg", trends["per_logg"], False
    errors = recipe["observation"].get("errors")
    if errors:
        yield "observation.errors.per_500_kelvin", errors["per_500_kelvin"], False
    missing = recipe["observation"]["missing"]
    if missing:
        yield "observation.missing.rates", missing["rates"], False


def _latent_maps(recipe: dict[str, Any]) -> Iterator[tuple[str, dict[str, dict[str, float]]]]:
    yield "clusters.latents", recipe["clusters"]["latents"]
    if recipe["field"]:
        for name, entry in recipe["field"]["populations"].items():
            yield f"field.populations.{name}.latents", entry["latents"]
